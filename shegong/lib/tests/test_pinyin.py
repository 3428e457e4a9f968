"""Names by sound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shegong.lib import pinyin


@pytest.mark.parametrize(
    ("name", "full", "initials"),
    [
        ("单雄信", "shanxiongxin", "sxx"), ("曾国藩", "zengguofan", "zgf"), ("仇和", "qiuhe", "qh"), ("解放", "xiefang", "xf"),
        ("区伟明", "ouweiming", "owm"), ("尉迟恭", "yuchigong", "ycg"), ("长孙无忌", "zhangsunwuji", "zswj"), ("万俟卨", "moqixie", "mqx"),
        ("吕布", "lvbu", "lb"), ("欧阳锋", "ouyangfeng", "oyf"), ("买买提·艾力", "maimaitiaili", "mmtal"), ("王 伟", "wangwei", "ww"),
        ("Tom李", "tomli", "tl"), ("", "", ""), ("、。", "", ""),
    ],
)  # fmt: skip
def test_names_are_read_as_names(name: str, full: str, initials: str) -> None:
    assert pinyin.full(name) == full
    assert pinyin.initials(name) == initials


def test_a_surname_reading_is_not_used_inside_the_given_name() -> None:
    assert pinyin.full("李解放") == "lijiefang"


@pytest.mark.parametrize(
    "typed",
    [
        "z",
        "zw",
        "zhang",
        "zhangw",
        "zhangwei",
        "Zhang Wei",
        "ZHANGWEI",
        "zhāng wěi",
        "ｚｈａｎｇ",
    ],
)
def test_what_people_begin_to_type_is_a_key(typed: str) -> None:
    assert pinyin.normalise_query(typed) in pinyin.search_keys("张伟")


@pytest.mark.parametrize(("name", "typed"), [("单雄信", "dan"), ("王乐", "wangyue"), ("王乐", "wangle"), ("吕布", "lvbu"), ("吕布", "lubu"),
                                             ("吕布", "lyubu"), ("吕布", "lü"), ("翟天临", "di"), ("覃辉", "tan"), ("覃辉", "qin")])  # fmt: skip
def test_other_readings_are_found_too(name: str, typed: str) -> None:
    assert pinyin.normalise_query(typed) in pinyin.search_keys(name)


def test_another_name_is_not_found() -> None:
    assert "zl" not in pinyin.search_keys("张伟") and "wei" not in pinyin.search_keys("张伟")


@given(st.text(alphabet="单曾解王李伟娜重乐吕翟欧阳·aB 3", max_size=8))
def test_every_beginning_of_both_spellings_is_a_key(name: str) -> None:
    keys = pinyin.search_keys(name)
    for spelled in (pinyin.full(name), pinyin.initials(name)):
        assert {spelled[:end] for end in range(1, len(spelled) + 1)} <= keys
    assert all(key == pinyin.normalise_query(key) for key in keys)


@given(st.text(max_size=12))
def test_any_text_is_read_without_error(name: str) -> None:
    assert len(pinyin.initials(name)) <= len(pinyin.full(name)) or not name
    pinyin.search_keys(name)
