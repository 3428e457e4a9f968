"""CARRY: leaves and wishes of lawyers in; duties and lines of fee sheets out (S40)."""

# ruff: noqa: E501 - tables of spellings read better in lines
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from shegong.kernel.orgs.reach import Actor
from shegong.kernel.sheets.declare import Choice, Column, RowResult, Sheet, SheetRow, Type, declare

from ..models import Duty, FeeLine
from ..policy import DUTY, FeeItem, Weekday, WishKind
from ..services.wishes import import_wishes
from ._place import place_for

_DUTY_STATION = Column(
    "station",
    _("Service point"),
    max_length=60,
    example="石牌街道法律援助工作站",
    synonyms=("服务点", "工作站", "驻点", "值班地点"),
)
WISHES_SHEET = declare(
    Sheet(
        code="casework.wishes",
        title=_("Leaves and wishes"),
        deed="casework.lawyer.import_wishes",
        commit="shegong.apps.casework.sheets.duty.commit_wishes",
        help=_("One row for each leave or wish of a lawyer of the panel. The same row again changes nothing."),
        columns=(
            Column("name", _("Lawyer"), max_length=40, example="张三", synonyms=("姓名", "律师", "律师姓名")),
            Column("licence", _("Licence number"), max_length=24, synonyms=("执业证号", "执业证号码")),
            Column("kind", _("What"), Type.CHOICE, required=True, example="请假", synonyms=("类型", "事项", "种类"),
                   choices=(
                       Choice("leave", WishKind.LEAVE.label, ("请假", "休假", "出差", "年假")),
                       Choice("cannot", WishKind.CANNOT.label, ("不能", "不可", "没空", "不能值班")),
                       Choice("rather", WishKind.RATHER_NOT.label, ("尽量不排", "不希望", "最好不排")),
                       Choice("near", WishKind.NEAR.label, ("就近", "离得近", "希望去")),
                   )),
            Column("first", _("first day"), Type.DATE, synonyms=("开始日期", "起始日期", "自", "首日")),
            Column("last", _("last day"), Type.DATE, synonyms=("结束日期", "终止日期", "至", "末日")),
            Column("weekday", _("only on"), Type.CHOICE, synonyms=("星期", "周几"),
                   choices=tuple(Choice(str(d.value), d.label, (f"周{c}", f"星期{c}")) for d, c in zip(Weekday, "一二三四五六日", strict=True))),
            _DUTY_STATION,
        ),
    )
)  # fmt: skip
DUTIES_EXPORT = declare(
    Sheet(
        code="casework.duties_export",
        title=_("Duties"),
        deed="casework.duty.export",
        columns=(
            Column("day", _("Day"), Type.DATE, synonyms=("日期",)), _DUTY_STATION,
            Column("opens", _("from"), max_length=5, example="09:00", synonyms=("上班",)),
            Column("closes", _("to"), max_length=5, example="17:00", synonyms=("下班",)),
            Column("lawyer", _("Lawyer"), max_length=40, synonyms=("值班律师",)),
            Column("firm", _("Firm"), max_length=80, synonyms=("律师事务所",)),
            Column("state", _("State"), Type.CHOICE, choices=tuple(Choice(k, v) for k, v in DUTY.states.items()), synonyms=("状态",)),
            Column("missed_by", _("Did not come"), max_length=40, synonyms=("缺勤律师",)),
            Column("consultations", _("consultations"), Type.INTEGER, synonyms=("接待件数",)),
            Column("minutes", _("minutes"), Type.INTEGER, synonyms=("时长",)),
        ),
    )
)  # fmt: skip
FEE_LINES_EXPORT = declare(
    Sheet(
        code="casework.fee_lines_export",
        title=_("Lines of a fee sheet"),
        deed="casework.fee_sheet.export",
        columns=(
            Column("firm", _("Firm"), max_length=80, synonyms=("律师事务所",)),
            Column("lawyer", _("Lawyer"), max_length=40, synonyms=("律师姓名",)),
            _DUTY_STATION,
            Column("item", _("For"), Type.CHOICE, choices=tuple(Choice(i.value, i.label) for i in FeeItem), synonyms=("项目",)),
            Column("told", _("Record"), max_length=80, synonyms=("记录",)),
            Column("on", _("On"), Type.DATE, synonyms=("日期",)),
            Column("rate_fen", _("Fee"), Type.MONEY, unit="yuan", synonyms=("标准",)),
            Column("amount_fen", _("Amount"), Type.MONEY, unit="yuan", synonyms=("金额",)),
        ),
    )
)  # fmt: skip


def commit_wishes(actor: Actor, rows: Sequence[SheetRow], *, batch_key: str) -> Sequence[RowResult]:
    """Note a batch of leaves and wishes of the actor's own panel."""
    return import_wishes(actor, place_for(actor, "casework.lawyer.import_wishes"), rows, batch_key=batch_key)  # type: ignore[no-any-return]


def duty_rows(duties: Iterable[Duty]) -> Iterator[tuple[Any, ...]]:
    """Rows of an export in the order of DUTIES_EXPORT. Notes stay inside."""
    for d in duties:
        yield (
            d.day, d.station.name, f"{d.opens:%H:%M}", f"{d.closes:%H:%M}", d.lawyer.name if d.lawyer else "",
            d.lawyer.firm.name if d.lawyer else "", d.state, d.missed_by.name if d.missed_by else "", d.consultations, d.minutes,
        )  # fmt: skip


def fee_line_rows(lines: Iterable[FeeLine]) -> Iterator[tuple[Any, ...]]:
    """Rows of an export in the order of FEE_LINES_EXPORT."""
    for one in lines:
        yield (
            one.firm_name, one.lawyer_name, one.station_name, one.item, one.told, one.happened_on, one.rate_fen, one.amount_fen,
        )  # fmt: skip
