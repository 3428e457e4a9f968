"""Comparing header texts: one plain form for "联系电话 （必填）*", "联系\n电话" and "联系电话". Pure Python."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from .declare import Column, Label

_NOISE = re.compile(r"[\s*※★☆#:;,.。、·_\-—–/\\|\"'“”‘’`~!?]+")
_BRACKETS = re.compile(r"[(\[{<《【〔][^)\]}>》】〕]*[)\]}>》】〕]")
_WAN = re.compile(r"万元|万圆|10k\s*yuan|10,?000\s*yuan", re.IGNORECASE)
_YUAN = re.compile(r"元|yuan|rmb|cny|￥|¥", re.IGNORECASE)
_UNIT_OF_TABLE = re.compile(r"单位\s*[:：]\s*((?:人民币)?\s*(?:万元|万圆|元|圆))")
_LANGUAGES = ("zh-hans", "en")


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """Half-width, lower case, without blanks, line breaks, stars and punctuation; brackets kept as part of the text."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).lower()


@lru_cache(maxsize=8192)
def bare(text: str) -> str:
    """`plain` without anything in brackets: units, "required", instructions."""
    return plain(_BRACKETS.sub("", unicodedata.normalize("NFKC", text)))


def cell_text(value: Any) -> str:
    """A header cell as text; whole numbers without ".0"."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def money_unit(header: str) -> str:
    """ "wan", "yuan" or "" as the header itself says it: money_unit("金额(万元)") == "wan"."""
    if _WAN.search(header):
        return "wan"
    return "yuan" if _YUAN.search(header) else ""


def unit_above(titles: Iterable[str]) -> str:
    """The unit a title row gives for the whole table: unit_above(["援助台账", "单位：万元"]) == "wan"."""
    for title in titles:
        if said := _UNIT_OF_TABLE.search(unicodedata.normalize("NFKC", title)):
            return money_unit(said[1])
    return ""


def names_of(column: Column) -> Iterator[str]:
    """Every text that names the column: its synonyms, its label in both languages, its code name."""
    yield from column.synonyms
    yield from label_texts(column.label)
    yield column.name


def label_texts(label: Label) -> list[str]:
    """The label in every language the project speaks; just its text when Django is not set up."""
    if isinstance(label, str):
        return [label]
    try:
        from django.conf import settings
        from django.utils import translation
    except ImportError:
        return [str(label)]
    if not settings.configured:
        return list(label._proxy____args[:1])
    texts: list[str] = []
    for language in _LANGUAGES:
        with translation.override(language):
            texts.append(str(label))
    return texts
