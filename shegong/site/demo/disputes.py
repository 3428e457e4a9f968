"""A district's two years of disputes as its offices send them: registers, group lists, lawyers, the workshop's books, letters.

Everybody in it is invented. The same seed writes the same bytes.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter

from shegong.kernel.sheets.reading import letter
from shegong.lib import creditcode

from .names import Inventor
from .register import DISTRICT, Fault, Manifest, SentFile, write_register
from .register.files import MADE_AT, SAFE
from .register.truth import scaled

SEED = "district"
WORKSHOP, WORKSHOP_CODE = "天河区劳动争议联合调解工作室", "W440106"
GROUPS = {"群体-001": 48, "群体-002": 130, "群体-003": 9}
FIRMS = {"广东示例一律师事务所": 16, "广东示例二律师事务所": 14, "广东示例三律师事务所": 12, "广东示例四律师事务所": 8}
RESULTS = {"达成协议": 410, "履行完毕": 395, "未履行": 38, "转仲裁": 262, "不予受理": 41, "撤回申请": 54}  # 1,200 files
SETTLED = {"达成协议", "履行完毕", "未履行"}
LETTERS = {"提示函": 60, "意见书": 28, "建议书": 12}
AUTHORITY = "天河区人力资源和社会保障局"
ERRORS = 0.01
Progress = Callable[[str, int, int], object]


@dataclass
class Book:
    """One workbook to be written: titles over a head over lines; ``faults`` stand in ``lines`` already."""

    name: str
    titles: Sequence[str]
    head: Sequence[str]
    lines: list[list[Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def spoil(self, line: int, column: int, kind: str, written: Any) -> None:
        """Write something wrong into a cell; what should stand there goes into the manifest."""
        truth = self.lines[line][column]
        row = len(self.titles) + 1 + line + 1
        kind_of = "number" if isinstance(truth, int | float) else "text"
        self.faults.append(
            Fault(row, column, letter(column), self.head[column], kind, written, {"kind": kind_of, "value": truth})
        )
        self.lines[line][column] = written

    def write(self, folder: Path) -> SentFile:
        folder.mkdir(parents=True, exist_ok=True)
        with xlsxwriter.Workbook(str(folder / self.name), SAFE) as book:
            book.set_properties({"created": MADE_AT})
            page, bold = book.add_worksheet(), book.add_format({"bold": True})
            for at, title in enumerate(self.titles):
                page.merge_range(at, 0, at, len(self.head) - 1, title, bold)
            for at, cells in enumerate([self.head, *self.lines], len(self.titles)):
                for column, value in enumerate(cells):
                    if value not in ("", None):
                        page.write(at, column, value)
        return SentFile(self.name, WORKSHOP_CODE, WORKSHOP, len(self.lines), self.faults)


def write_disputes(folder: Path, seed: str = SEED, *, progress: Progress | None = None, scale: float = 1.0) -> list[Path]:
    """Write ``register/``, ``groups/``, ``panel/``, ``mediations/`` and ``letters/``, each with a ``manifest.json``. ``scale``
    below 1 makes registers and mediations smaller. Needs no database; returns every path written."""
    parts = {
        "groups": _groups(random.Random(f"{seed}:groups")),  # noqa: S311 - invented people, not keys
        "panel": _panel(random.Random(f"{seed}:panel")),  # noqa: S311
        "mediations": _mediations(random.Random(f"{seed}:mediations"), scale),  # noqa: S311
        "letters": _letters(random.Random(f"{seed}:letters")),  # noqa: S311
    }
    written = list(write_register(folder / "register", seed, progress=progress, scale=scale, shape=DISTRICT))
    for at, (name, books) in enumerate(parts.items(), 1):
        manifest = Manifest(folder / name, seed, [book.write(folder / name) for book in books], _golden(name, books))
        manifest.save()
        written += list(manifest)
        if progress:
            progress("其他表格 others", at, len(parts))
    return written


def _golden(name: str, books: Iterable[Book]) -> dict[str, dict[str, dict[str, int]]]:
    """What the books add up to once their faults are mended."""
    if name != "mediations":
        return {"book": {book.name: {"count": len(book.lines)} for book in books}}
    sums: dict[str, Counter[str]] = {}
    for book in books:
        truth = {(f.row - len(book.titles) - 2, f.column): f.truth["value"] for f in book.faults}
        for n, line in enumerate(book.lines):
            cells = [truth.get((n, at), value) for at, value in enumerate(line)]
            told = dict(zip(book.head, cells, strict=True))
            agreed = round(float(told["协议金额"] or 0) * 100)
            for key in ("all", told["调解结果"]):
                sums.setdefault(key, Counter()).update(count=1, agreed_fen=agreed)
    return {"result": {key: dict(found) for key, found in sorted(sums.items())}}


# --- group cases ----------------------------------------------------------------------------------------------------------
def _groups(rng: random.Random) -> list[Book]:
    """The three cases as a case register, and a list of workers for each."""
    head = ["编号", "日期", "条线", "服务形式", "问题类型", "涉及人数", "诉求"]
    cases = Book("00-群体案件登记.xlsx", ["天河区群体性劳动争议登记"], head)
    inventor, books = Inventor(rng, area=993000), [cases]
    for n, (number, people) in enumerate(GROUPS.items(), 1):
        cases.lines.append([number, f"2025-0{n + 2}-1{n}", "权益维护", "群体", "欠薪", people, f"{people}人被拖欠三个月工资"])
        book = Book(
            f"{n:02d}-{people}人名单.xlsx", [f"{number} 拖欠工资职工名单", "单位：元"],
            ["序号", "姓名", "身份证号码", "手机号", "拖欠工资", "职工代表", "个人方案"],
        )  # fmt: skip
        for at in range(1, people + 1):
            one = inventor.person()
            owed = rng.randint(30, 260) * 100 + rng.choice((0, 0, 0, 50.5))
            speaks = "是" if people >= 10 and at <= 3 else "否"
            book.lines.append([at, one.name, one.id_number, one.phone, owed, speaks, rng.choice(("一次付清", "分三期支付", ""))])
        books.append(book)
    return books


# --- the panel ------------------------------------------------------------------------------------------------------------
def _panel(rng: random.Random) -> list[Book]:
    """Fifty lawyers of four firms, and whom the firms act for."""
    inventor = Inventor(rng, area=992000)
    lawyers = Book(
        "00-律师志愿团.xlsx", ["天河区工会律师志愿团名册"],
        ["律师事务所", "统一社会信用代码", "律师姓名", "执业证号", "执业证有效期", "联系电话", "专长"],
    )  # fmt: skip
    parties = Book("01-律所当事人.xlsx", [], ["律师事务所", "单位名称", "关系", "统一社会信用代码", "委托日期"])
    serial = 0
    for at, (firm, count) in enumerate(FIRMS.items(), 1):
        code = creditcode.synthetic(700 + at, prefix="31")
        for _ in range(count):
            serial += 1
            licence = f"14401{2008 + serial % 15}1{serial % 2}{serial:06d}"
            lawyers.lines.append([
                firm, code, inventor.name(), licence, f"20{27 + serial % 3}-05-31", f"1380000{serial:04d}",
                rng.choice(("欠薪", "工伤", "社保", "女职工", "")),
            ])  # fmt: skip
        for _ in range(30):
            employer = inventor.employer("广州")
            side, since = rng.choice(("常年法律顾问", "委托人", "对方当事人")), f"2024-{rng.randint(1, 12):02d}-01"
            parties.lines.append([firm, employer["name"], side, employer["credit_code"], since])
    return [lawyers, parties]


# --- the workshop -----------------------------------------------------------------------------------------------------------
def _mediations(rng: random.Random, scale: float) -> list[Book]:
    """The workshop's two yearly books; about one row in a hundred carries an error."""
    head = [
        "编号", "申请日期", "受理日期", "申请人", "被申请人", "诉求", "涉及人数", "诉求金额", "调解结果", "结案日期", "协议金额",
        "司法确认日期", "移交仲裁委", "调解工作室",
    ]  # fmt: skip
    inventor = Inventor(rng, area=994000)
    results = [result for result, count in scaled(RESULTS, scale).items() for _ in range(count)]
    rng.shuffle(results)
    books = []
    half = len(results) // 2
    for year, own in ((2024, results[:half]), (2025, results[half:])):
        book = Book(f"{year}年联合调解台账.xlsx", [f"{WORKSHOP}{year}年调解台账", "填报日期：次年1月5日　单位：元"], head)
        days = sorted(dt.date(year, 1, 1) + dt.timedelta(days=rng.randrange(340)) for _ in own)
        book.lines = [_mediation(rng, inventor, n, day, result) for n, (day, result) in enumerate(zip(days, own, strict=True), 1)]
        _spoil(rng, book)
        books.append(book)
    return books


def _mediation(rng: random.Random, inventor: Inventor, n: int, day: dt.date, result: str) -> list[Any]:
    taken = day + dt.timedelta(days=rng.randint(0, 3))
    ended = taken + dt.timedelta(days=rng.randint(0, 12))
    claimed = rng.randint(8, 400) * 250
    agreed: Any = round(claimed * rng.uniform(0.5, 1), 2) if result in SETTLED else ""
    confirmed: Any = ended + dt.timedelta(days=rng.randint(1, 30)) if result in SETTLED and rng.random() < 0.3 else ""
    people = rng.choice((1, 1, 1, 1, 1, 2, 3, 7))
    claim = rng.choice(("拖欠工资", "经济补偿", "加班费", "工伤待遇", "社会保险"))
    opponent = str(inventor.employer("广州")["name"])
    return [
        f"天调〔{day.year}〕{n:04d}号", _day(day, n), "" if result == "不予受理" else _day(taken, n), inventor.name(), opponent,
        claim, people, claimed, result, _day(ended, n), agreed, _day(confirmed, n) if confirmed else "",
        "天河区劳动人事争议仲裁委员会" if result == "转仲裁" else "", WORKSHOP,
    ]  # fmt: skip


# --- letters --------------------------------------------------------------------------------------------------------------
def _letters(rng: random.Random) -> list[Book]:
    """The county's register of supervision letters of 2025, with answers and what was found."""
    head = [
        "文号", "文书类型", "发往单位", "涉及单位", "事由", "发出日期", "送达方式", "送达日期", "答复期限", "答复日期",
        "答复情况", "是否整改", "核查日期",
    ]  # fmt: skip
    inventor, book = Inventor(rng, area=991000), Book("2025年一函两书台账.xlsx", ["天河区总工会“一函两书”台账"], head)
    series = dict.fromkeys(LETTERS, 0)
    kinds = [kind for kind, count in LETTERS.items() for _ in range(count)]
    rng.shuffle(kinds)
    days = sorted(dt.date(2025, 1, 6) + dt.timedelta(days=rng.randrange(330)) for _ in kinds)
    for n, (kind, day) in enumerate(zip(kinds, days, strict=True)):
        series[kind] += 1
        employer, due = str(inventor.employer("广州")["name"]), day + dt.timedelta(days=15)
        answered = day + dt.timedelta(days=rng.randint(3, 24)) if rng.random() < 0.85 else None
        checked = answered + dt.timedelta(days=10) if answered and rng.random() < 0.8 else None
        authority = kind == "建议书"
        book.lines.append([
            f"天工{kind[0]}字〔2025〕{series[kind]}号", kind, AUTHORITY if authority else employer, employer if authority else "",
            rng.choice(("按时足额支付工资", "依法签订劳动合同", "缴纳社会保险", "落实休息休假")), _day(day, n),
            rng.choice(("直接送达", "邮寄")), _day(day, n), _day(due, n), _day(answered, n) if answered else "",
            rng.choice(("采纳", "采纳", "部分采纳", "不采纳")) if answered else "",
            rng.choice(("是", "是", "是", "否")) if checked else "", _day(checked, n) if checked else "",
        ])  # fmt: skip
    return [book]


def _day(day: dt.date, n: int) -> str:
    return f"{day.year}.{day.month}.{day.day}" if n % 3 else f"{day.year}年{day.month}月{day.day}日"


def _spoil(rng: random.Random, book: Book) -> None:
    at = {name: n for n, name in enumerate(book.head)}
    free = rng.sample(range(1, len(book.lines)), max(4, round(len(book.lines) * ERRORS)))
    for turn, line in enumerate(free):
        cells = book.lines[line]
        match turn % 4:
            case 0:
                book.spoil(line, at["结案日期"], "ended_before", "2019.1.2")
            case 1:
                book.spoil(line, at["申请日期"], "bad_date", f"{cells[at['申请日期']][:4]}年2月30日")
            case 2:
                book.spoil(line, at["调解结果"], "unknown_result", "再议")
            case _:
                book.spoil(line, at["申请人"], "missing_applicant", "")
