"""A workbook of invented people as an office would send it: Chinese headers, dates as text, one row in a hundred wrong."""

from __future__ import annotations

import random
from pathlib import Path

import xlsxwriter

HEADERS = ("姓名", "身份证号", "手机", "性别", "出生日期", "家庭住址", "是否农民工", "是否工会会员", "工会")
AREA = 995000  # other people than the loaded ones


def write_people(target: Path, count: int, seed: str) -> None:
    """Write ``count`` rows; the same seed gives the same people."""
    from shegong.site.demo.names import Inventor

    rng = random.Random(seed)
    inventor = Inventor(rng, area=AREA)
    with xlsxwriter.Workbook(str(target), {"constant_memory": True}) as book:
        page = book.add_worksheet("职工")
        page.write_row(0, 0, HEADERS)
        for at in range(1, count + 1):
            page.write_row(at, 0, _row(rng, inventor, at))


def _row(rng: random.Random, inventor: object, at: int) -> list[str]:
    person = inventor.person()  # type: ignore[attr-defined]
    number = person.id_number
    if at % 100 == 0:  # a slip in the check character
        number = number[:-1] + ("1" if number[-1] != "1" else "2")
    day = person.birth_on
    return [
        person.name, number, person.phone, "男" if person.sex == "1" else "女", f"{day.year}年{day.month}月{day.day}日",
        f"广州市天河区示例路{rng.randrange(1, 900)}号", rng.choice("是否"), rng.choice("是否"), "天河区总工会",
    ]  # fmt: skip
