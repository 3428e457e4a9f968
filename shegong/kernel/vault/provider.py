"""One door to cryptography: suites that seal (AEAD) and digest (HMAC). Pure Python, no Django.

Two suites ship: ``aes`` (AES-256-GCM, HMAC-SHA-256; NIST SP 800-38D, RFC 2104) and ``sm`` (SM4-GCM, HMAC-SM3; GB/T
32907,
GB/T 32905, RFC 8998). Both run on the ``cryptography`` package, which is tested but is *not* a certified module.

A certified module (cipher card, HSM, cloud KMS) takes the place of either by a subclass of ``Suite`` handed to
``install()`` from the composition root before the first request:

* ``code`` 16 to 255, unused by others: it is written into every sealed value and must never change its meaning;
* ``new_key(use)`` may return a *handle* instead of key material: the key ring wraps and stores whatever bytes it gets;
* ``sealer(key)`` and ``digester(key)`` are called once per key and process and must give thread-safe objects;
* ``digest`` gives at least 32 bytes, and equal input gives equal output for ever.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import ClassVar, Literal, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
TAG_BYTES = 16
MAC_KEY_BYTES = 32

Use = Literal["seal", "mac"]


class BadSealError(ValueError):
    """The sealed value does not belong here: altered, moved to another row or column, or sealed with another key."""


class UnknownSuiteError(LookupError):
    """No suite of this name or code is installed."""


class Sealer(Protocol):
    """Authenticated encryption bound to one key. A nonce is 12 bytes and never used twice with one key."""

    def seal(self, nonce: bytes, plain: bytes, aad: bytes, /) -> bytes:
        """Give ciphertext followed by the 16-byte tag."""

    def open(self, nonce: bytes, sealed: bytes, aad: bytes, /) -> bytes:
        """Give the plain bytes, or raise BadSealError."""


class Digester(Protocol):
    """A keyed hash bound to one key."""

    def digest(self, message: bytes) -> bytes:
        """Give 32 bytes, the same for the same message."""


class Suite(ABC):
    """One family of algorithms."""

    name: ClassVar[str]
    code: ClassVar[int]

    @abstractmethod
    def new_key(self, use: Use) -> bytes:
        """Make a fresh key for sealing or digesting."""

    @abstractmethod
    def fit_key(self, secret: bytes) -> bytes:
        """Cut 32 secret bytes to the length this suite seals with (used to wrap keys under the master key)."""

    @abstractmethod
    def sealer(self, key: bytes) -> Sealer:
        """Bind authenticated encryption to a key."""

    @abstractmethod
    def digester(self, key: bytes) -> Digester:
        """Bind the keyed hash to a key."""


class AesSealer:
    """AES-256-GCM with one key schedule for the life of the process."""

    __slots__ = ("_cipher", "seal")

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            raise ValueError(f"An AES-256 key has 32 bytes, not {len(key)}.")
        self._cipher = AESGCM(key)
        self.seal = self._cipher.encrypt  # bound once: this is the hot path of an import

    def open(self, nonce: bytes, sealed: bytes, aad: bytes, /) -> bytes:
        """Give the plain bytes, or raise BadSealError."""
        try:
            return self._cipher.decrypt(nonce, sealed, aad)
        except (InvalidTag, ValueError) as error:
            raise BadSealError("The sealed value does not fit its key, table, column and row.") from error


class Sm4Sealer:
    """SM4-GCM (128-bit key). The library offers no one-shot call, so each value makes one short-lived context."""

    __slots__ = ("_algorithm",)

    def __init__(self, key: bytes) -> None:
        if len(key) != 16:
            raise ValueError(f"An SM4 key has 16 bytes, not {len(key)}.")
        self._algorithm = algorithms.SM4(key)

    def seal(self, nonce: bytes, plain: bytes, aad: bytes, /) -> bytes:
        """Give ciphertext followed by the 16-byte tag."""
        context = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        context.authenticate_additional_data(aad)
        ciphertext = context.update(plain) + context.finalize()
        return ciphertext + context.tag

    def open(self, nonce: bytes, sealed: bytes, aad: bytes, /) -> bytes:
        """Give the plain bytes, or raise BadSealError."""
        try:
            mode = modes.GCM(nonce, sealed[-TAG_BYTES:])
            context = Cipher(self._algorithm, mode).decryptor()
            context.authenticate_additional_data(aad)
            return context.update(sealed[:-TAG_BYTES]) + context.finalize()
        except (InvalidTag, ValueError) as error:
            raise BadSealError("The sealed value does not fit its key, table, column and row.") from error


class HmacDigester:
    """HMAC that prepares its key once and copies the prepared state for each message."""

    __slots__ = ("_prepared",)

    def __init__(self, key: bytes, algorithm: hashes.HashAlgorithm) -> None:
        self._prepared = hmac.HMAC(key, algorithm)

    def digest(self, message: bytes) -> bytes:
        """Give the 32-byte keyed hash of the message."""
        state = self._prepared.copy()
        state.update(message)
        return state.finalize()


class AesSuite(Suite):
    """The international suite."""

    name = "aes"
    code = 1

    def new_key(self, use: Use) -> bytes:
        """Give 32 random bytes for either use."""
        return os.urandom(32)

    def fit_key(self, secret: bytes) -> bytes:
        """AES-256 takes all 32 bytes."""
        return secret[:32]

    def sealer(self, key: bytes) -> Sealer:
        """Bind AES-256-GCM to the key."""
        return AesSealer(key)

    def digester(self, key: bytes) -> Digester:
        """Bind HMAC-SHA-256 to the key."""
        return HmacDigester(key, hashes.SHA256())


class SmSuite(Suite):
    """The Chinese national (国密) suite."""

    name = "sm"
    code = 2

    def new_key(self, use: Use) -> bytes:
        """Give 16 random bytes for SM4 or 32 for HMAC-SM3."""
        return os.urandom(16 if use == "seal" else MAC_KEY_BYTES)

    def fit_key(self, secret: bytes) -> bytes:
        """SM4 takes 16 bytes."""
        return secret[:16]

    def sealer(self, key: bytes) -> Sealer:
        """Bind SM4-GCM to the key."""
        return Sm4Sealer(key)

    def digester(self, key: bytes) -> Digester:
        """Bind HMAC-SM3 to the key."""
        return HmacDigester(key, hashes.SM3())


_by_name: dict[str, Suite] = {}


def install(suite: Suite) -> None:
    """Make a suite known. Raises ValueError when its name or code is taken by another class."""
    for known in _by_name.values():
        same_class = type(known) is type(suite)
        if not same_class and suite.code == known.code:
            raise ValueError(f"Suite code {suite.code} already belongs to “{known.name}”.")
        if not same_class and suite.name == known.name:
            raise ValueError(f"A suite named “{suite.name}” is already installed.")
    _by_name[suite.name] = suite


def suite_named(name: str) -> Suite:
    """Give the installed suite of this name, or raise UnknownSuiteError naming the ones there are."""
    try:
        return _by_name[name]
    except KeyError:
        known = ", ".join(sorted(_by_name))
        raise UnknownSuiteError(f"No cryptographic suite named “{name}”. Installed: {known}.") from None


install(AesSuite())
install(SmSuite())
