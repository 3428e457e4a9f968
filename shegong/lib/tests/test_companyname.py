"""Two writings of one company meet; two companies of one trade do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shegong.lib import lawlicence
from shegong.lib.companyname import SHORTEST_CORE, core, plain


@pytest.mark.parametrize(
    "name",
    ["广州市天河区金鼎电子有限公司", "广州金鼎电子有限责任公司", "金鼎电子（广州）有限公司", "金鼎电子(广州市)有限公司", " 广东省 金鼎电子　有限公司"],
)
def test_writings_of_one_company_have_one_core(name):
    assert core(name) == "金鼎电子"


def test_what_would_leave_too_little_stays_whole():
    assert core("广东省电子公司") == "广东省电子公司"
    assert core("好又多超市有限公司") == "好又多超市"
    assert core("") == plain("") == ""


@given(st.text(max_size=30))
def test_never_fails_and_never_leaves_a_short_core(name):
    assert plain(plain(name)) == plain(name)
    assert core(name) == plain(name) or len(core(name)) >= SHORTEST_CORE


def test_licence_numbers_by_form():
    assert lawlicence.parse("１４４０１ 2015 1 0 000001") == "14401201510000001"
    for wrong, code in (("24401201510000001", "form"), ("1440120151000001", "form"), ("19901201510000001", "province")):
        with pytest.raises(lawlicence.InvalidLicence) as refused:
            lawlicence.parse(wrong)
        assert refused.value.code == code
