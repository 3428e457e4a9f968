"""The two suites give exactly what their standards print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shegong.kernel.vault import provider

SUITES = [provider.suite_named("aes"), provider.suite_named("sm")]


def test_aes_256_gcm_matches_the_gcm_specification_case_16():
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
    nonce = bytes.fromhex("cafebabefacedbaddecaf888")
    plain = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    aad = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    sealed = bytes.fromhex(
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b"
    )
    cipher = provider.suite_named("aes").sealer(key)
    assert cipher.seal(nonce, plain, aad) == sealed
    assert cipher.open(nonce, sealed, aad) == plain


def test_sm4_gcm_matches_rfc_8998_a1():
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    nonce = bytes.fromhex("00001234567800000000abcd")
    plain = b"".join(bytes.fromhex(pair * 8) for pair in ("aa", "bb", "cc", "dd", "ee", "ff", "ee", "aa"))
    aad = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    sealed = bytes.fromhex(
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    cipher = provider.suite_named("sm").sealer(key)
    assert cipher.seal(nonce, plain, aad) == sealed
    assert cipher.open(nonce, sealed, aad) == plain


def test_hmac_sha_256_matches_rfc_4231_case_2():
    digest = provider.suite_named("aes").digester(b"Jefe").digest(b"what do ya want for nothing?")
    assert digest.hex() == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_hmac_sm3_matches_gm_t_0042():
    key = bytes(range(1, 33))
    message = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq" * 2
    digest = provider.suite_named("sm").digester(key).digest(message)
    assert digest.hex() == "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a"


def test_digester_is_not_used_up_by_a_message():
    digester = provider.suite_named("sm").digester(b"k" * 32)
    assert digester.digest(b"a") == digester.digest(b"a") != digester.digest(b"b")


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
@given(plain=st.binary(max_size=300), aad=st.binary(max_size=60), flip=st.integers(min_value=0))
def test_one_changed_bit_anywhere_is_refused(suite, plain, aad, flip):
    nonce = bytes(12)
    cipher = suite.sealer(suite.new_key("seal"))
    sealed = bytearray(cipher.seal(nonce, plain, aad))
    assert cipher.open(nonce, bytes(sealed), aad) == plain
    sealed[flip % len(sealed)] ^= 1 << (flip % 8)
    with pytest.raises(provider.BadSealError):
        cipher.open(nonce, bytes(sealed), aad)


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
@pytest.mark.parametrize("length", [0, 5, 15])
def test_a_stump_shorter_than_a_tag_is_refused_not_crashed(suite, length):
    cipher = suite.sealer(suite.new_key("seal"))
    with pytest.raises(provider.BadSealError):
        cipher.open(bytes(12), bytes(length), b"")


def test_a_second_suite_cannot_take_a_code_or_a_name():
    class SameCode(provider.AesSuite):
        name = "other"

    class SameName(provider.AesSuite):
        code = 77

    for clash in (SameCode(), SameName()):
        with pytest.raises(ValueError, match="already"):
            provider.install(clash)


def test_unknown_suite_names_the_installed_ones():
    with pytest.raises(provider.UnknownSuiteError, match="aes, sm"):
        provider.suite_named("des")
