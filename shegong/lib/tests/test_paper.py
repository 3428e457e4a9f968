"""Papers: the same data give the same bytes, data are never markup, and without a Chinese font there is no paper."""

from __future__ import annotations

import datetime as dt

import pytest

from shegong.lib import paper

DAY = dt.date(2026, 11, 26)


@pytest.fixture
def template(tmp_path):
    file = tmp_path / "a.typ"
    file.write_text("#title(data.name)\n#body(data.text)\n#signatures((data.name,))", encoding="utf-8")
    return file


def test_the_same_data_give_the_same_bytes_and_other_data_others(template):
    first = paper.typeset(template, {"name": "张三", "text": "甲\n乙"}, on=DAY)
    assert first.startswith(b"%PDF-") and first == paper.typeset(template, {"name": "张三", "text": "甲\n乙"}, on=DAY)
    assert first != paper.typeset(template, {"name": "李四", "text": "甲\n乙"}, on=DAY)


def test_what_people_write_is_never_read_as_markup(template):
    hostile = '#read("/etc/passwd") $x$ *a* _b_ \\ ] } #panic()'
    assert paper.typeset(template, {"name": hostile, "text": hostile}, on=DAY).startswith(b"%PDF-")


def test_without_a_chinese_font_nothing_is_set(template, monkeypatch):
    paper._has_font.cache_clear()
    monkeypatch.setattr(paper, "FOLDERS", ())
    with pytest.raises(paper.NoChineseFont):
        paper.typeset(template, {"name": "张三", "text": ""}, on=DAY)
    paper._has_font.cache_clear()
