"""CARRY: people and employers by Excel or CSV, through the same deeds as a click."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor
from shegong.kernel.sheets.declare import Choice, Column, RowResult, Sheet, SheetRow, Type, declare

from .models import NewForm, Person, Sex
from .queries import home_org
from .services import check_employers, check_people, import_employers, import_people

_FORM_SYNONYMS = {
    NewForm.NONE: ("无", "否"),
    NewForm.TRUCK_DRIVER: ("货车司机", "卡车司机"),
    NewForm.RIDE_HAILING_DRIVER: ("网约车司机", "网约车驾驶员"),
    NewForm.COURIER: ("快递员", "快递小哥"),
    NewForm.DELIVERY_RIDER: ("外卖配送员", "网约配送员", "外卖员", "骑手", "外卖骑手"),
    NewForm.OTHER: ("其他", "其他新就业形态"),
}
SEXES = (
    Choice("1", _("male"), ("男", "男性", "M")),
    Choice("2", _("female"), ("女", "女性", "F")),
    Choice("0", _("unknown"), ("未知", "不详")),
    Choice("9", _("not stated"), ("未说明",)),
)

PEOPLE = declare(
    Sheet(
        code="registry.people",
        title=_("People"),
        deed="registry.person.import",
        commit="shegong.registry.sheets.commit_people",
        check="shegong.registry.sheets.dry_run_people",
        key=("id_number",),
        help=_("One row for each person. The ID number decides whether somebody is on file already."),
        columns=(
            Column("name", _("Name"), required=True, max_length=40, example="张三",
                   synonyms=("姓名", "职工姓名", "申请人", "申请人姓名", "当事人", "会员姓名", "服务对象", "名字")),
            Column("id_number", _("ID number"), Type.ID_NUMBER, example="110101199003070000", width=22,
                   synonyms=("身份证号", "身份证号码", "证件号", "证件号码", "身份证", "公民身份号码"),
                   help=_("18 characters as text; 15-digit numbers of the first generation are converted.")),
            Column("phone", _("Phone"), Type.PHONE, example="13800000000",
                   synonyms=("手机", "手机号", "手机号码", "联系电话", "电话", "联系方式", "移动电话", "本人电话")),
            Column("sex", _("Sex"), Type.CHOICE, synonyms=("性别",), choices=SEXES),
            Column("birth_on", _("Born on"), Type.DATE, synonyms=("出生日期", "出生年月日", "生日")),
            Column("other_names", _("Other names"), secret=True, max_length=200, synonyms=("曾用名", "别名", "其他姓名")),
            Column("address", _("Address"), secret=True, max_length=300,
                   synonyms=("住址", "家庭住址", "地址", "现住址", "联系地址", "居住地址", "户籍地址")),
            Column("area_code", _("Area code"), max_length=12, synonyms=("区划代码", "行政区划代码", "地区代码")),
            Column("employer_code", _("Employer (credit code)"), Type.CREDIT_CODE, optional_checksum=True,
                   synonyms=("单位统一社会信用代码", "统一社会信用代码", "信用代码", "单位代码", "用人单位信用代码")),
            Column("new_form", _("New-form employment"), Type.CHOICE, synonyms=("新就业形态", "新业态", "就业形态", "新就业群体"),
                   choices=tuple(Choice(f.value or "none", f.label, _FORM_SYNONYMS[f]) for f in NewForm)),
            Column("is_migrant", _("Migrant worker"), Type.YES_NO, synonyms=("是否农民工", "农民工")),
            Column("is_member", _("Union member"), Type.YES_NO, synonyms=("是否工会会员", "工会会员", "会员", "是否会员")),
            Column("organisation", _("Organisation"), Type.ORGANISATION, synonyms=("所属工会", "工会", "建档单位", "受理单位"),
                   help=_("Code or exact name of an organisation below yours; yours where it is empty.")),
        ),
    )
)  # fmt: skip

EMPLOYERS = declare(
    Sheet(
        code="registry.employers",
        title=_("Employers"),
        deed="registry.employer.import",
        commit="shegong.registry.sheets.commit_employers",
        check="shegong.registry.sheets.dry_run_employers",
        key=("credit_code",),
        help=_("One row for each employer. A credit code that fails its check needs a reason in the same row."),
        columns=(
            Column("name", _("Registered name"), required=True, max_length=80, example="示例制造有限公司",
                   synonyms=("单位名称", "用人单位", "企业名称", "公司名称", "单位", "用人单位名称")),
            Column("credit_code", _("Unified social credit code"), Type.CREDIT_CODE, optional_checksum=True, width=22,
                   synonyms=("统一社会信用代码", "信用代码", "社会信用代码", "统一信用代码", "单位代码")),
            Column("code_override", _("Why a failing code is right"), max_length=200, synonyms=("代码异常说明", "代码说明")),
            Column("area_code", _("Area code"), max_length=12, synonyms=("区划代码", "行政区划代码", "地区代码")),
            Column("industry", _("Industry (GB/T 4754)"), max_length=5, example="C3921",
                   synonyms=("行业代码", "行业", "国民经济行业")),
            Column("workers", _("Workers"), Type.INTEGER, synonyms=("职工人数", "职工数", "从业人数", "用工人数")),
        ),
    )
)  # fmt: skip


def commit_people(actor: Actor, rows: Sequence[SheetRow], *, batch_key: str) -> Sequence[RowResult]:
    """Take a batch of people in at the actor's own organisation, or where a row says."""
    return import_people(actor, _place(actor, "registry.person.import"), _usual(rows), batch_key=batch_key)  # type: ignore[no-any-return]


def dry_run_people(actor: Actor, rows: Sequence[SheetRow]) -> Sequence[RowResult]:
    """The refusals a batch would meet; nothing is written."""
    return check_people(actor, _place(actor, "registry.person.import"), _usual(rows))


def commit_employers(actor: Actor, rows: Sequence[SheetRow], *, batch_key: str) -> Sequence[RowResult]:
    """Take a batch of employers in."""
    return import_employers(actor, _place(actor, "registry.employer.import"), rows, batch_key=batch_key)  # type: ignore[no-any-return]


def dry_run_employers(actor: Actor, rows: Sequence[SheetRow]) -> Sequence[RowResult]:
    """The refusals a batch would meet; nothing is written."""
    return check_employers(rows)


def _place(actor: Actor, code: str) -> Org:
    place = home_org(actor, code)
    if place is None:
        raise NotAllowed(_now("You do not hold a role that may do this."))
    return place


def _usual(rows: Sequence[SheetRow]) -> list[SheetRow]:
    """Choices of a sheet need a code; the register writes "no new form" as nothing."""
    none = [row for row in rows if row.values.get("new_form") == "none"]
    changed = {row.number: SheetRow(row.number, {**row.values, "new_form": ""}) for row in none}
    return [changed.get(row.number, row) for row in rows]


def person_rows(people: Iterable[Person]) -> Iterator[tuple[Any, ...]]:
    """Rows of an export in the order of the sheet's columns. ID number and phone leave masked (domain.md 3.14)."""
    for p in people:
        yield (
            p.name, str(p.id_number or ""), str(p.phone or ""), p.sex if p.sex in Sex.values else "0", p.birth_on,
            p.other_names or "", p.address or "", p.area_code, p.employer.credit_code if p.employer else "", p.new_form or "none",
            p.is_migrant, p.is_member, p.org.name,
        )  # fmt: skip
