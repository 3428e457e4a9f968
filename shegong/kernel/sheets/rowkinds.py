"""Tell rows of facts from repeated headers, totals, notes and blanks below the header. Pure Python."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from .headers import Layout
from .headings import cell_text, plain

_TOTAL = re.compile(
    r"[\d年月日季度全上下半第一二三四至到\-~]*(合计|总计|小计|累计|共计|本页合计|本页小计|本月合计|本年合计|total|subtotal|grandtotal|sum)(\(.*\))?"
)
_NOTE = re.compile(
    r"(注|备注|说明|填表说明|填写说明|填表人|填报人|填报单位|填报日期|填表日期|制表|制表人|审核|审核人|负责人|单位负责人|经办人"
    r"|联系人|联系电话|单位\(盖章\)|单位盖章|盖章|note|notes|remark|remarks)(?=$|[\d:：(（、,，.])"
)
_SIGNED = re.compile(r"(填表人|填报人|制表人?|审核人?|负责人|单位负责人|经办人|联系人|填报单位|填报日期|填表日期)\s*[:：]")
_STARTS = frozenset("合总小累共本注备说填制审负单经联盖tsgnr")
_ENDS = frozenset("计)）")


@dataclass(slots=True)
class Skipped:
    """Rows that are no facts, counted by kind, with the first row numbers (from 1) of each kind."""

    counts: Counter[str] = field(default_factory=Counter)
    rows: dict[str, list[int]] = field(default_factory=dict)

    def add(self, kind: str, number: int) -> None:
        """Count one row."""
        self.counts[kind] += 1
        examples = self.rows.setdefault(kind, [])
        if len(examples) < 20:
            examples.append(number)


class RowKinds:
    """Decides the kind of a row of one layout: "row", "blank", "header", "example", "total" or "note"."""

    def __init__(self, layout: Layout) -> None:
        self.headers = [plain(header) for header in layout.headers]
        lowest = [plain(header.rsplit("/", 1)[-1]) for header in layout.headers]
        parents = [plain(header.split("/", 1)[0]) for header in layout.headers]
        self.texts = [{a, b, c} - {""} for a, b, c in zip(self.headers, lowest, parents, strict=True)]
        self.examples = {m.index: plain(m.column.example) for m in layout.matches if plain(m.column.example)}
        self.starts = (
            _STARTS | {text[0] for group in self.texts for text in group} | {t[0] for t in self.examples.values()}
        )
        self.required = [match.index for match in layout.matches if match.column.required]
        self.mapped = [match.index for match in layout.matches]

    def kind(self, row: list[Any]) -> str:
        """Kind of one non-empty row, padded to the width of the header."""
        first: Any = ""
        for first in row:
            if first != "" and not (first.__class__ is str and first.isspace()):
                break
        else:
            return "blank"
        if first.__class__ is str and (plain(first)[:1] in self.starts or first.rstrip()[-1:] in _ENDS):
            return self._suspect(row, plain(first), first)
        return "row"

    def _suspect(self, row: list[Any], start: str, written: str) -> str:
        if _TOTAL.fullmatch(start):
            return "total"
        filled = [(index, value) for index, value in enumerate(row) if value != ""]
        if self._repeats_header(filled):
            return "header"
        if self._is_example(filled):
            return "example"
        if _SIGNED.match(written.strip()) and 2 * sum(row[index] != "" for index in self.mapped) <= len(self.mapped):
            return "note"
        if _NOTE.match(written.strip().lower()) and not all(row[index] != "" for index in self.required):
            return "note"
        return "row"

    def _is_example(self, filled: list[tuple[int, Any]]) -> bool:
        """The greyed example row of our own template, left in place."""
        if len(filled) < 2 or len(self.examples) < 2:
            return False
        return len(filled) == len(self.examples) and all(
            index in self.examples and plain(cell_text(value)) == self.examples[index] for index, value in filled
        )

    def _repeats_header(self, filled: list[tuple[int, Any]]) -> bool:
        if not filled or (len(filled) == 1 and len(self.mapped) > 1):
            return False
        same = sum(
            1
            for index, value in filled
            if index < len(self.texts) and value.__class__ is str and plain(cell_text(value)) in self.texts[index]
        )
        return same >= max(1, 0.6 * len(filled))
