"""Pure rules: likeness, codes, where an organisation may hang."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shegong.kernel.orgs.models import OrgKind
from shegong.lib import creditcode
from shegong.registry import rules
from shegong.registry.rules import Likeness, compare

from .synthetic import number

DAY = dt.date(1988, 5, 6)
names = st.sampled_from(["欧阳明月", "欧阳明悦", "欧阳明日", "李四", "买买提·艾力", "单雄信"])
likenesses = st.builds(
    Likeness, name=names, birth_on=st.sampled_from([None, DAY, dt.date(1990, 1, 1)]), sex=st.sampled_from("012"),
    phone=st.sampled_from([None, b"a", b"b"]), number=st.sampled_from(["", number(1), number(2)]), from_15=st.booleans(),
)  # fmt: skip


@given(likenesses, likenesses)
def test_likeness_is_symmetric_and_bounded(one, other):
    found = compare(one, other)
    assert found == compare(other, one)
    assert 0 <= found.score <= 100
    assert set(found.reasons) <= set(rules.REASONS)


@pytest.mark.parametrize(
    ("one", "other", "worth"),
    [
        (Likeness("欧阳明月", phone=b"a"), Likeness("欧阳明月", phone=b"a"), True),
        (Likeness("欧阳明月", phone=b"a"), Likeness("欧阳明悦", phone=b"a"), True),
        (Likeness("欧阳明月", DAY), Likeness("欧阳 明月", DAY), True),
        (Likeness("欧阳明月", DAY, number=number(1)), Likeness("欧阳明月", DAY, number=number(2)), False),
        (Likeness("欧阳明月", DAY, number=number(1), from_15=True), Likeness("欧阳明月", DAY, number=number(2)), True),
        (Likeness("张伟", phone=b"a"), Likeness("张丽", phone=b"a"), False),  # a couple on one phone
        (Likeness("李四", phone=b"a"), Likeness("王五", phone=b"a"), False),
        (Likeness("欧阳明月", phone=b"a", sex="1"), Likeness("欧阳明悦", phone=b"a", sex="2"), False),
        (Likeness("欧阳明月", phone=b"a"), Likeness("小月", phone=b"a", other_names=("欧阳明月",)), True),
        (Likeness("欧阳明月"), Likeness("欧阳明月"), False),
    ],
)
def test_who_is_proposed(one, other, worth):
    assert compare(one, other).worth_a_look is worth


@given(st.integers(0, 99_999_999))
def test_valid_codes_need_no_reason_and_failing_ones_do(serial):
    good = creditcode.synthetic(serial)
    bad = good[:-1] + ("0" if good[-1] != "0" else "1")
    assert rules.credit_code_of(good.lower(), "").code == good
    assert rules.credit_code_of(bad, "").error
    assert rules.credit_code_of(bad, "  好  ").error
    verdict = rules.credit_code_of(bad, "营业执照原件如此")
    assert (verdict.code, verdict.overridden) == (bad, True)
    assert rules.credit_code_of(good[:17], "营业执照原件如此").error


def test_every_kind_of_organisation_has_its_place():
    kinds = {k.value for k in OrgKind}
    assert set(rules.MAY_HANG_UNDER) | rules.OUTSIDE | {"province"} == kinds
    assert set().union(*rules.MAY_HANG_UNDER.values()) <= kinds
    assert not rules.may_hang("town", "city")
    assert rules.may_hang("county", "town")
    assert rules.may_hang("partner", "county")
    assert not rules.may_hang("partner", "county", outside=True)
