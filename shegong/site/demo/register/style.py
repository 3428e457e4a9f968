"""How each office keeps its register: order of columns, header, dates, money, and the small untidiness of its cells."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from typing import Any

from .places import Place, places
from .truth import GBK_STATIONS, WAN_STATIONS, Aid
from .words import FORM_WORDS, HEADERS, PARENTS, RESULT_WORDS, STAGE_WORDS

TWO_ROWS = frozenset({0, 2, 4, 6, 8, 10, 13, 15, 17})
MERGED_STATION = 7  # merges the cells of the station's name down the page
WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")
DATE_STYLES = ("dots", "chinese", "serial", "compact", "iso", "slashes", "mixed")
EPOCH = dt.date(1899, 12, 30)


@dataclass(frozen=True)
class Written:
    """One cell as written. ``kind``: text, number, date (a number shown as a day) or formula (with its stored ``result``)."""

    kind: str
    value: Any
    result: float = 0.0

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON, for the manifest: what a person types into the cell."""
        if self.kind == "formula":
            return {"kind": "number", "value": self.result}
        if self.kind == "date":
            return {"kind": "text", "value": (EPOCH + dt.timedelta(days=int(self.value))).isoformat()}
        return {"kind": self.kind, "value": self.value}


@dataclass
class Style:
    """One office's hand."""

    index: int
    place: Place
    rng: random.Random
    columns: tuple[str, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    dates: str = "dots"

    @classmethod
    def of(cls, index: int, rng: random.Random) -> Style:
        """The style of the place with this number."""
        style = cls(index, places()[index], rng)
        style.headers = {name: texts[index % len(texts)] for name, texts in HEADERS.items()}
        style.dates = DATE_STYLES[index % len(DATE_STYLES)]
        style.columns = style._order()
        return style

    @property
    def is_text(self) -> bool:
        """Kept as GBK text instead of a workbook."""
        return self.index in GBK_STATIONS

    @property
    def in_wan(self) -> bool:
        return self.index in WAN_STATIONS

    @property
    def two_rows(self) -> bool:
        return self.index in TWO_ROWS and not self.is_text

    def _order(self) -> tuple[str, ...]:
        """Columns in an order of its own; those under one parent stay together."""
        rest = [("number",), ("organisation",), ("employer_name",), ("note",)]
        groups = [*PARENTS.values(), *rest]
        self.rng.shuffle(groups)
        if self.index % 3 == 0:  # a third of them begin with the number, as books do
            groups.sort(key=lambda g: g != ("number",))
        return tuple(name for group in groups for name in group)

    def header(self, name: str) -> str:
        """What the column is called, with the unit where the office writes one."""
        text = self.headers[name]
        if name.endswith("_fen") and not self.two_rows:
            return f"{text}（万元）" if self.in_wan else f"{text}(元)" if self.index % 2 else text
        if name.endswith("_fen") and self.in_wan:
            return f"{text}\n（万元）"
        return f"{text[0]} {text[1]}" if text == "备注" and self.index % 4 == 0 else text

    # --- cells -----------------------------------------------------------------------------------------------------
    def cell(self, aid: Aid, name: str) -> Written:
        """One cell of an entry, in this office's hand."""
        if name.endswith("_on"):
            return self.day(getattr(aid, name))
        if name.endswith("_fen"):
            return self.money(getattr(aid, name))
        maker = getattr(self, f"_{name}", None)
        return maker(aid) if maker else self._text(str(getattr(aid, name)))

    def _text(self, text: str) -> Written:
        """Now and then with a blank that does not belong there."""
        if text and self.rng.random() < 0.01:
            text = self.rng.choice((f" {text}", f"{text} ", f"{text}　", f"\t{text}"))
        return Written("text", text)

    def _word(self, words: dict[str, tuple[str, ...]], value: str) -> Written:
        texts = words[value]
        pick = self.index if self.rng.random() < 0.9 else self.rng.randrange(len(texts))
        return self._text(texts[pick % len(texts)])

    def _number(self, aid: Aid) -> Written:
        return Written("text", aid.number)

    def _organisation(self, aid: Aid) -> Written:
        return Written("text", aid.place.name)

    def _form(self, aid: Aid) -> Written:
        return self._word(FORM_WORDS, aid.form)

    def _stage(self, aid: Aid) -> Written:
        return self._word(STAGE_WORDS, aid.stage)

    def _result(self, aid: Aid) -> Written:
        return self._word(RESULT_WORDS, aid.result)

    def _applicant_name(self, aid: Aid) -> Written:
        name = aid.applicant.name
        if len(name) == 2 and int(aid.applicant.id_number[14:17]) % 7 == 0:  # the same way each time she comes
            name = f"{name[0]}　{name[1]}"  # two characters spread to the width of three
        return self._text(name)

    def _id_number(self, aid: Aid) -> Written:
        number = aid.applicant.id_number if aid.has_id else ""
        if number and self.rng.random() < 0.02:
            spaced = f"{number[:6]} {number[6:14]} {number[14:]}"
            number = self.rng.choice((f" {number}", number.lower(), number.translate(WIDE), spaced))
        return Written("text", number)

    def _phone(self, aid: Aid) -> Written:
        number = aid.applicant.phone
        if self.rng.random() < 0.05:
            number = f"{number[:3]}-{number[3:7]}-{number[7:]}"
        return Written("text", number)

    def _employer_name(self, aid: Aid) -> Written:
        return self._text(aid.opponent)

    def _people(self, aid: Aid) -> Written:
        return self._count(aid.people)

    def _count(self, number: int) -> Written:
        if self.is_text or self.rng.random() < 0.01:
            return Written("text", str(number).translate(WIDE))
        return Written("number", number)

    def _is_group(self, aid: Aid) -> Written:
        return Written("text", "是" if aid.is_group else "否" if self.index % 2 or aid.people > 1 else "")

    def day(self, day: dt.date | None) -> Written:
        """A day as people of this office type it."""
        if day is None:
            return Written("text", "")
        style = self.rng.choice(DATE_STYLES[:6]) if self.dates == "mixed" or self.rng.random() < 0.03 else self.dates
        if style == "serial" and not self.is_text:
            return Written("date", (day - EPOCH).days)
        if style == "compact":
            digits = f"{day:%Y%m%d}"
            as_text = self.is_text or self.rng.random() < 0.5
            return Written("text", digits) if as_text else Written("number", int(digits))
        texts = {
            "dots": f"{day.year}.{day.month}.{day.day}",
            "chinese": f"{day.year}年{day.month}月{day.day}日",
            "iso": day.isoformat(),
            "slashes": f"{day.year}/{day.month:02d}/{day.day:02d}",
        }
        text = texts.get(style, texts["dots"])
        return Written("text", text.translate(WIDE) if self.rng.random() < 0.01 else text)

    def money(self, fen: int) -> Written:
        """An amount in this office's unit: numbers mostly, text and formulas now and then, nothing for none."""
        if not fen:
            return (
                Written("text", "")
                if self.index % 2
                else Written("number", 0)
                if not self.is_text
                else Written("text", "0")
            )
        draw = self.rng.random()
        if self.in_wan:
            return self._wan(fen, draw)
        yuan = fen / 100
        shown = f"{fen // 100}" if fen % 100 == 0 else f"{fen // 100}.{fen % 100:02d}"
        if self.is_text or draw < 0.03:
            grouped = f"{fen // 100:,}" + (f".{fen % 100:02d}" if fen % 100 else "")
            return Written(
                "text", self.rng.choice((shown, grouped, f"{grouped}元", f"￥{grouped}", shown.translate(WIDE)))
            )
        if draw < 0.05 and fen % 300 == 0:
            return Written("formula", f"={fen // 300}*3", yuan)
        return Written("number", int(yuan) if fen % 100 == 0 else yuan)

    def _wan(self, fen: int, draw: float) -> Written:
        """万元 with as many decimals as it needs: whole yuan need four."""
        wan = f"{fen / 1_000_000:.6f}".rstrip("0").rstrip(".")
        if draw < 0.03:
            return Written("text", f"{fen // 100}元")
        return Written("text", wan) if self.is_text else Written("number", float(wan))
