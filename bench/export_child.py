"""``python -m bench.export_child WAY ROWS FILE``: write one workbook, say how long it took."""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

COLUMNS = 20
DAY = dt.date(2024, 1, 1)


def rows(count: int) -> Iterator[tuple[Any, ...]]:
    """Ten texts, four dates, three amounts in fen, two counts, one yes/no."""
    for n in range(count):
        texts = (
            f"2026{n:07d}",
            "拖欠工资",
            f"示例制造有限公司（{n % 997}）",
            "石牌街道",
            "陈小满",
            f"4401{n:014d}",
            "受理",
            "个案",
            "协商",
            "无",
        )
        dates = tuple(DAY + dt.timedelta(days=(n * k) % 900) for k in (1, 3, 7, 11))
        yield (*texts, *dates, n * 100, n * 37, n % 5000, n % 13, n % 7, n % 2 == 0)


def ours(count: int, target: str) -> None:
    """By the writer that every export of Shegong goes through."""
    import django

    django.setup()
    from shegong.kernel.sheets import exports
    from shegong.kernel.sheets.declare import Column, Sheet, Type

    kinds = [Type.TEXT] * 10 + [Type.DATE] * 4 + [Type.MONEY] * 3 + [Type.INTEGER] * 2 + [Type.YES_NO]
    columns = tuple(Column(f"c{n}", f"列{n}", k, unit="yuan" if k is Type.MONEY else "") for n, k in enumerate(kinds))
    sheet = Sheet(code="bench.wide", title="bench", columns=columns)
    with open(target, "wb") as out:
        exports.export(sheet, rows(count), out, format="xlsx")


def xlsxwriter(count: int, target: str) -> None:
    """By xlsxwriter as its manual says for long files."""
    import xlsxwriter as library

    book = library.Workbook(target, {"constant_memory": True})
    page = book.add_worksheet("bench")
    day, money = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "#,##0.00"})
    page.write_row(0, 0, [f"列{n}" for n in range(COLUMNS)])
    for at, row in enumerate(rows(count), 1):
        for column, value in enumerate(row):
            if column < 10:
                page.write_string(at, column, value)
            elif column < 14:
                page.write_datetime(at, column, value, day)
            elif column < 17:
                page.write_number(at, column, value / 100, money)
            elif column < 19:
                page.write_number(at, column, value)
            else:
                page.write_string(at, column, "是" if value else "否")
    book.close()


def main(way: str, count: str, target: str) -> int:
    write = {"ours": ours, "xlsxwriter": xlsxwriter}[way]
    write(1, target)  # imports and set-up are not what is measured
    start = time.perf_counter()
    write(int(count), target)
    print(json.dumps({"seconds": time.perf_counter() - start}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
