"""CARRY: cases and the legal-aid register by Excel or CSV, in through the same deeds as a click, out for offices that count.

Headers are spelled as unions, legal-aid centres and the Songjiang register spell them (domain.md S39, T09).
"""

# ruff: noqa: E501 - tables of spellings read better in lines
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from shegong.kernel.orgs.reach import Actor
from shegong.kernel.sheets.declare import Choice, Column, RowResult, Sheet, SheetRow, Type, declare

from ..models import Case, LegalAid
from ..policy import CASE, AidForm, AidResult, AidStage, CloseReason, Form, Line, Problem, Risk, Source
from ..services.bulk import check_cases, import_cases
from ..services.groups import check_participants, import_participants
from ..services.legal_aid import check_legal_aid, import_legal_aid
from ..services.panel import import_lawyers, import_parties
from ._place import place_for

FORMS = (
    Choice("mediation", AidForm.MEDIATION.label, ("调解", "参与调解", "纠纷调解", "争议调解", "协商调解", "调处", "调解类", "联合调解")),
    Choice("representation", AidForm.REPRESENTATION.label, ("代理", "仲裁诉讼代理", "代理仲裁诉讼", "劳动仲裁诉讼代理", "法律代理", "代理类", "援助代理")),
    Choice("consultation", AidForm.CONSULTATION.label, ("咨询", "法律咨询", "来访咨询", "电话咨询", "咨询解答", "咨询类", "政策咨询")),
    Choice("drafting", AidForm.DRAFTING.label, ("代书", "代写", "代写文书", "代写法律文书", "代拟文书", "文书代写", "代书类")),
    Choice("representation:arbitration", _("Representation in arbitration"), ("仲裁代理", "代理仲裁", "劳动仲裁代理", "仲裁援助")),
    Choice("representation:litigation", _("Representation in litigation"), ("诉讼代理", "代理诉讼", "出庭代理", "诉讼援助")),
    Choice("mediation:before", _("Mediation before arbitration"), ("仲裁前调解", "裁前调解", "诉前调解", "基层调解")),
    Choice("mediation:after", _("Mediation after arbitration began"), ("仲裁后调解", "裁中调解", "仲裁中调解", "裁后调解")),
)  # fmt: skip
STAGES = (
    Choice("none", AidStage.NONE.label, ("无", "不适用", "-", "/", "—", "无阶段")),
    Choice("before", AidStage.BEFORE.label, ("仲裁前", "裁前", "诉前", "申请仲裁前", "未进入仲裁", "立案前")),
    Choice("after", AidStage.AFTER.label, ("仲裁后", "裁后", "裁中", "仲裁中", "已申请仲裁", "进入仲裁", "立案后")),
    Choice("arbitration", AidStage.ARBITRATION.label, ("仲裁", "劳动仲裁", "仲裁阶段", "裁决")),
    Choice("litigation", AidStage.LITIGATION.label, ("诉讼", "一审", "二审", "再审", "诉讼阶段", "法院", "执行")),
)
RESULTS = (
    Choice(
        "pending",
        AidResult.PENDING.label,
        ("办理中", "在办", "未结", "未结案", "处理中", "待结", "进行中", "承办中", "调解中"),
    ),
    Choice(
        "success",
        AidResult.SUCCESS.label,
        ("成功", "调解成功", "达成协议", "达成调解协议", "胜诉", "部分胜诉", "支持", "已解决", "和解"),
    ),
    Choice(
        "failure",
        AidResult.FAILURE.label,
        ("失败", "未成功", "调解不成", "调解失败", "未达成协议", "败诉", "不予支持", "未解决"),
    ),
    Choice(
        "closed",
        AidResult.CLOSED.label,
        ("结案", "已结案", "办结", "已办结", "完成", "已完成", "已答复", "答复", "已代书"),
    ),
    Choice("ended", _("broken off"), ("终止", "中止", "撤回", "撤诉", "放弃", "终止援助", "自行撤回")),
)

_AID = (
    Column("number", _("Register number"), required=True, max_length=32, example="SJ2019-00001",
           synonyms=("登记号", "编号", "案号", "受理编号", "案件编号", "受理号", "台账编号", "登记编号", "援助编号", "序列号", "案卷号")),
    Column("accepted_on", _("Accepted on"), Type.DATE, required=True, example="2019-05-06",
           synonyms=("受理日期", "受理时间", "登记日期", "立案日期", "收案日期", "接待日期", "申请日期", "日期", "接案日期", "来访日期")),
    Column("form", _("Form of aid"), Type.CHOICE, required=True, choices=FORMS, example="调解",
           synonyms=("援助方式", "援助形式", "办理方式", "服务方式", "援助类型", "案件类型", "类型", "处理方式", "受理方式", "方式")),
    Column("stage", _("Stage"), Type.CHOICE, choices=STAGES, synonyms=("阶段", "案件阶段", "办理阶段", "调解阶段", "所处阶段")),
    Column("result", _("Result"), Type.CHOICE, choices=RESULTS,
           synonyms=("结果", "办理结果", "处理结果", "援助结果", "案件结果", "调解结果", "办理情况", "结案情况", "案件状态")),
    Column("applicant_name", _("Applicant"), required=True, max_length=40, example="张三",
           synonyms=("申请人", "姓名", "申请人姓名", "当事人", "受援人", "受援职工", "职工姓名", "来访人", "咨询人", "申请职工")),
    Column("id_number", _("ID number"), Type.ID_NUMBER, width=22,
           synonyms=("身份证号", "身份证号码", "证件号码", "证件号", "公民身份号码", "身份证", "申请人身份证号"),
           help=_("18 characters as text. With it the applicant is put on file; without it only the name is kept.")),
    Column("employer_name", _("Opponent"), max_length=80,
           synonyms=("对方单位", "用人单位", "被申请人", "被申请单位", "单位名称", "单位", "企业名称", "对方当事人", "涉案单位", "对方")),
    Column("employer_code", _("Opponent's credit code"), Type.CREDIT_CODE, optional_checksum=True,
           synonyms=("统一社会信用代码", "信用代码", "单位信用代码", "对方单位信用代码")),
    Column("dispute", _("Dispute"), max_length=40,
           synonyms=("案由", "争议类型", "纠纷类型", "争议事由", "案件性质", "诉求", "主要诉求", "咨询内容", "争议内容", "事由")),
    Column("people", _("People"), Type.INTEGER, unit="人",
           synonyms=("人数", "涉及人数", "涉案人数", "援助人数", "受援人数", "服务人数", "涉及职工人数", "职工人数")),
    Column("is_group", _("Group case"), Type.YES_NO, synonyms=("是否群体", "群体性案件", "群体案件", "是否群体性", "集体争议", "是否集体案件")),
    Column("claimed_fen", _("Amount claimed"), Type.MONEY, unit="yuan",
           synonyms=("涉案金额", "诉求金额", "请求金额", "标的", "标的额", "涉及金额", "争议金额", "申请金额", "主张金额")),
    Column("recovered_fen", _("Amount recovered"), Type.MONEY, unit="yuan",
           synonyms=("挽回金额", "挽回经济损失", "为职工挽回经济损失", "挽回损失", "为职工挽回损失", "追回金额", "实际挽回金额", "挽损金额",
                     "调解金额", "兑现金额", "到位金额")),
    Column("proof", _("Proof of recovery"), max_length=120, synonyms=("凭证", "挽回依据", "证明材料", "依据", "调解书编号", "文书号")),
    Column("lawyer", _("Lawyer or mediator"), max_length=40,
           synonyms=("承办人", "承办律师", "律师", "调解员", "经办人", "承办", "办案律师", "接待人", "援助律师", "承办人员")),
    Column("concluded_on", _("Concluded on"), Type.DATE,
           synonyms=("结案日期", "结案时间", "办结日期", "办结时间", "完成日期", "结束日期", "终结日期")),
)  # fmt: skip
_STATION = Column(
    "organisation", _("Station or centre"), Type.ORGANISATION,
    synonyms=("站点", "受理站点", "工作站", "援助站", "援助机构", "受理单位", "受理机构", "街镇", "承办单位", "中心或站点", "所属站点", "填报单位"),
    help=_("Code or exact name of an organisation below yours; yours where it is empty."),
)  # fmt: skip
_NOTE = Column("note", _("Note"), max_length=2000, secret=True, synonyms=("备注", "说明", "备注说明", "情况说明"))

LEGAL_AID_SHEET = declare(
    Sheet(
        code="casework.legal_aid",
        title=_("Legal-aid register"),
        deed="casework.legal_aid.import",
        commit="shegong.apps.casework.sheets.commit_legal_aid",
        check="shegong.apps.casework.sheets.dry_run_legal_aid",
        key=("organisation", "number"),
        help=_(
            "One row for each case. Station and number identify it: sent again, it is brought up to date, never doubled."
        ),
        columns=(_STATION, *_AID, _NOTE),
    )
)
LEGAL_AID_EXPORT = declare(
    Sheet(
        code="casework.legal_aid_export",
        title=_("Legal-aid register"),
        deed="casework.legal_aid.export",
        columns=(_STATION, *(c for c in _AID if c.name not in ("id_number", "employer_code"))),
    )
)

_CASE = {
    "line": Column(
        "line", _("Service line"), Type.CHOICE, required=True, example="权益维护",
        synonyms=("条线", "服务类型", "服务线", "业务类型", "服务类别", "案件类别", "服务领域"),
        choices=(
            Choice("rights", Line.RIGHTS.label, ("维权", "权益维护", "维护权益", "职工维权", "劳动权益")),
            Choice("mediation", Line.MEDIATION.label, ("调解", "纠纷调解", "矛盾调处", "矛盾化解", "争议调解")),
            Choice("hardship", Line.HARDSHIP.label, ("帮扶", "困难帮扶", "扶贫济困", "困难救助", "帮扶救助")),
            Choice("employment", Line.EMPLOYMENT.label, ("就业", "就业援助", "就业帮扶", "再就业", "职业指导")),
            Choice("education", Line.EDUCATION.label, ("教育", "教育引导", "职工教育", "思想引导", "教育辅导")),
            Choice("care", Line.CARE.label, ("关怀", "人文关怀", "心理疏导", "心理关爱", "关爱")),
        ),
    ),
    "summary": Column("summary", _("What the worker asks for"), required=True, max_length=2000, secret=True, example="拖欠两个月工资",
                      synonyms=("诉求", "基本情况", "服务需求", "问题描述", "主要问题", "求助内容", "反映内容", "事由", "内容")),
    "registered_on": Column("registered_on", _("Registered on"), Type.DATE, required=True, example="2023-05-06",
                            synonyms=("登记日期", "受理日期", "接案日期", "建档日期", "日期", "受理时间", "接案时间")),
    "client_name": Column("client_name", _("Client"), max_length=40, example="张三",
                          synonyms=("服务对象", "姓名", "服务对象姓名", "职工姓名", "当事人", "求助人", "案主")),
    "id_number": Column("id_number", _("ID number"), Type.ID_NUMBER, width=22, synonyms=("身份证号", "身份证号码", "证件号码", "公民身份号码")),
    "phone": Column("phone", _("Phone"), Type.PHONE, synonyms=("手机", "手机号", "联系电话", "电话", "手机号码", "联系方式")),
    "sex": Column("sex", _("Sex"), Type.CHOICE, synonyms=("性别",),
                  choices=(Choice("1", _("male"), ("男", "M")), Choice("2", _("female"), ("女", "F")), Choice("0", _("unknown"), ("未知",)))),
    "birth_on": Column("birth_on", _("Born on"), Type.DATE, synonyms=("出生日期", "生日")),
    "problem": Column("problem", _("Problem class"), Type.CHOICE, synonyms=("问题类型", "需求类型", "问题类别", "急难愁盼类别"),
                      choices=(
                          Choice("relief", Problem.RELIEF.label, ("生活困难", "困难帮扶", "帮困")),
                          Choice("job", Problem.JOB.label, ("就业", "转岗就业", "转岗")),
                          Choice("wages", Problem.WAGES.label, ("工资", "社保", "工资社保", "欠薪", "劳动报酬")),
                          Choice("rest", Problem.REST.label, ("休息休假", "工时", "加班")),
                          Choice("safety", Problem.SAFETY.label, ("劳动安全", "安全卫生", "工伤", "职业病")),
                          Choice("women", Problem.WOMEN.label, ("女职工", "女工权益", "女职工权益")),
                      )),
    "source": Column("source", _("Source"), Type.CHOICE, synonyms=("来源", "案件来源", "受理渠道", "求助方式"),
                     choices=(
                         Choice("walk_in", Source.WALK_IN.label, ("来访", "上门", "接访", "窗口")),
                         Choice("visit", Source.VISIT.label, ("走访", "走访发现", "入企走访")),
                         Choice("online", Source.ONLINE.label, ("线上", "网络", "网上", "小程序", "公众号")),
                         Choice("hotline", Source.HOTLINE.label, ("热线", "12351", "电话")),
                         Choice("referral", Source.REFERRAL.label, ("转介", "转办", "移交")),
                         Choice("imported", Source.IMPORTED.label, ("台账", "导入")),
                     )),
    "form": Column("form", _("Form"), Type.CHOICE, synonyms=("服务形式", "个案类型", "案件形式"),
                   choices=(
                       Choice("individual", Form.INDIVIDUAL.label, ("个案", "个人", "单人")),
                       Choice("group", Form.GROUP.label, ("群体", "小组", "集体", "多人")),
                       Choice("consultation", Form.CONSULTATION.label, ("咨询", "简易咨询")),
                   )),
    "risk": Column("risk", _("Risk level"), Type.INTEGER, synonyms=("风险等级", "风险级别"), help=_("0 normal, 1 raised, 2 urgent, 3 danger to life.")),
    "people": Column("people", _("People concerned"), Type.INTEGER, unit="人", synonyms=("人数", "涉及人数", "服务人数")),
    "claimed_fen": Column("claimed_fen", _("Amount claimed"), Type.MONEY, unit="yuan", synonyms=("涉及金额", "诉求金额", "涉案金额")),
    "recovered_fen": Column("recovered_fen", _("Amount recovered"), Type.MONEY, unit="yuan", synonyms=("挽回金额", "挽回经济损失", "追回金额")),
    "closed_on": Column("closed_on", _("Closed on"), Type.DATE, synonyms=("结案日期", "结案时间", "办结日期")),
    "close_reason": Column("close_reason", _("Closing reason"), Type.CHOICE, synonyms=("结案原因", "结案类型"),
                           choices=(
                               Choice("goal", CloseReason.GOAL.label, ("目标达成", "已解决", "完成")),
                               Choice("client", CloseReason.CLIENT.label, ("服务对象终止", "本人终止", "放弃")),
                               Choice("referred", CloseReason.REFERRED.label, ("转介", "移交")),
                               Choice("lost", CloseReason.LOST.label, ("失联", "失访")),
                               Choice("death", CloseReason.DEATH.label, ("死亡", "去世")),
                               Choice("other", CloseReason.OTHER.label, ("其他",)),
                           )),
    "org": Column("org", _("Organisation"), Type.ORGANISATION, synonyms=("所属工会", "受理单位", "工会", "单位", "街镇", "组织"),
                  help=_("Code or exact name of an organisation below yours; yours where it is empty.")),
    "external_ref": Column("external_ref", _("Reference in your register"), max_length=64, synonyms=("编号", "台账编号", "登记号", "案件编号")),
}  # fmt: skip

CASES_SHEET = declare(
    Sheet(
        code="casework.cases",
        title=_("Cases"),
        deed="casework.case.import",
        commit="shegong.apps.casework.sheets.commit_cases",
        check="shegong.apps.casework.sheets.dry_run_cases",
        key=("external_ref",),
        help=_(
            "One row for each case of an older register. With your own number in it, the same row is never taken in twice."
        ),
        columns=tuple(_CASE.values()),
    )
)
CASES_EXPORT = declare(
    Sheet(
        code="casework.cases_export",
        title=_("Cases"),
        deed="casework.case.export",
        columns=(
            Column("number", _("Case number")),
            _CASE["org"],
            *(_CASE[name] for name in ("form", "line", "problem", "source")),
            Column(
                "state",
                _("Phase"),
                Type.CHOICE,
                choices=tuple(Choice(code, label) for code, label in CASE.states.items()),
            ),
            Column("risk", _("Risk level"), Type.CHOICE, choices=tuple(Choice(str(r.value), r.label) for r in Risk)),
            _CASE["people"],
            Column("worker", _("In charge")),
            _CASE["registered_on"],
            Column("due_on", _("Due on"), Type.DATE),
            _CASE["closed_on"],
            _CASE["close_reason"],
            _CASE["claimed_fen"],
            _CASE["recovered_fen"],
        ),
    )
)


PARTICIPANTS_SHEET = declare(
    Sheet(
        code="casework.participants",
        title=_("Workers of a group case"),
        deed="casework.case.import_participants",
        commit="shegong.apps.casework.sheets.commit_participants",
        check="shegong.apps.casework.sheets.dry_run_participants",
        once=("case",),
        help=_("One row for each worker. Sent again, a worker's line is brought up to date, never doubled."),
        columns=(
            Column("case", _("Group case"), max_length=64, example="20260000001",
                   help=_("The case number, or the case's number in your own register."),
                   synonyms=("个案编号", "案件编号", "群体案编号", "群体案件编号", "案号")),
            Column("name", _("Name"), required=True, max_length=40, example="张三",
                   synonyms=("姓名", "职工姓名", "申请人", "工人姓名", "员工姓名", "当事人")),
            _CASE["id_number"], _CASE["phone"],
            Column("claimed_fen", _("Amount claimed"), Type.MONEY, unit="yuan",
                   synonyms=("诉求金额", "申请金额", "拖欠金额", "欠薪金额", "拖欠工资", "欠付工资", "涉案金额", "请求金额", "应发工资")),
            Column("recovered_fen", _("Amount recovered"), Type.MONEY, unit="yuan",
                   synonyms=("挽回金额", "已付金额", "实发金额", "到账金额", "追回金额", "兑现金额")),
            Column("result", _("Result"), Type.CHOICE, synonyms=("结果", "处理结果", "调解结果", "办理结果"),
                   choices=(
                       Choice("open", _("open"), ("未结", "办理中", "处理中", "待处理")),
                       Choice("agreed", _("agreed"), ("已达成", "已达成协议", "调解成功", "成功", "同意", "已签协议")),
                       Choice("refused", _("no agreement"), ("未达成", "不同意", "调解不成", "不成功", "失败")),
                       Choice("left", _("left the group"), ("退出", "撤回", "已退出", "退出群体")),
                   )),
            Column("is_representative", _("Speaks for the group"), Type.YES_NO, synonyms=("代表", "职工代表", "是否代表", "推举代表")),
            Column("plan", _("her own plan"), max_length=2000, secret=True, synonyms=("个人方案", "方案", "个别方案", "处理方案")),
        ),
    )
)  # fmt: skip


LAWYERS_SHEET = declare(
    Sheet(
        code="casework.lawyers",
        title=_("Lawyers of the panel"),
        deed="casework.law_firm.import_lawyers",
        commit="shegong.apps.casework.sheets.commit_lawyers",
        help=_("One row for each lawyer; a firm that is not on the panel yet is added with its first lawyer."),
        columns=(
            Column("firm", _("Firm"), required=True, max_length=80, example="广东某某律师事务所",
                   synonyms=("律师事务所", "律所", "律所名称", "所在律所", "执业机构")),
            Column("firm_code", _("Credit code of the firm"), required=True, max_length=24, example="31440000MD0000001A",
                   synonyms=("律所统一社会信用代码", "统一社会信用代码", "信用代码")),
            Column("name", _("Name"), required=True, max_length=40, example="张三", synonyms=("姓名", "律师姓名", "律师")),
            Column("licence", _("Licence number"), required=True, max_length=24, example="14401201510000001",
                   synonyms=("执业证号", "执业证号码", "律师执业证号", "执业证书号")),
            Column("licence_to", _("Licence valid until"), Type.DATE, synonyms=("执业证有效期", "有效期至", "年检有效期")),
            Column("phone", _("Phone"), max_length=20, synonyms=("电话", "手机", "手机号", "联系电话")),
            Column("problem", _("Specialty"), Type.CHOICE, choices=_CASE["problem"].choices, synonyms=("专长", "擅长领域", "专业方向")),
        ),
        key=("licence",),
    )
)  # fmt: skip

FIRM_PARTIES_SHEET = declare(
    Sheet(
        code="casework.firm_parties",
        title=_("Parties of firms"),
        deed="casework.law_firm.import_parties",
        commit="shegong.apps.casework.sheets.commit_parties",
        once=("firm",),
        help=_("For and against whom the firms of the panel act; every assignment of a lawyer is checked against it."),
        columns=(
            Column("firm", _("Firm"), max_length=80, example="广东某某律师事务所", synonyms=("律师事务所", "律所", "律所名称")),
            Column("name", _("Party"), required=True, max_length=80, example="示例制造有限公司",
                   synonyms=("当事人", "单位名称", "顾问单位", "委托人", "客户名称", "名称")),
            Column("side", _("Side"), Type.CHOICE, synonyms=("关系", "代理关系"),
                   choices=(
                       Choice("for", _("acts for"), ("代理", "顾问", "委托人", "客户", "常年法律顾问")),
                       Choice("against", _("acts against"), ("对方", "对方当事人", "相对方")),
                   )),
            Column("credit_code", _("Unified social credit code"), Type.CREDIT_CODE, synonyms=("统一社会信用代码", "信用代码")),
            Column("id_number", _("ID number"), Type.ID_NUMBER, secret=True, synonyms=("身份证号", "身份证号码")),
            Column("since", _("Since"), Type.DATE, synonyms=("开始日期", "起始日期", "委托日期", "自")),
            Column("until", _("Until"), Type.DATE, synonyms=("终止日期", "结束日期", "到期日期", "至")),
        ),
    )
)  # fmt: skip


def commit_lawyers(actor: Actor, rows: Sequence[SheetRow], *, batch_key: str) -> Sequence[RowResult]:
    """Put a batch of lawyers on the panel of the actor's own office."""
    place = place_for(actor, "casework.law_firm.import_lawyers")
    return import_lawyers(actor, place, rows, batch_key=batch_key)  # type: ignore[no-any-return]


def commit_parties(actor: Actor, rows: Sequence[SheetRow], *, batch_key: str) -> Sequence[RowResult]:
    """Note a batch of parties of the panel's firms."""
    place = place_for(actor, "casework.law_firm.import_parties")
    return import_parties(actor, place, rows, batch_key=batch_key)  # type: ignore[no-any-return]


def commit_legal_aid(actor: Actor, rows: Sequence[SheetRow], *, batch_key: str) -> Sequence[RowResult]:
    """Take a batch of the register in at the actor's own office, or where a row says."""
    return import_legal_aid(actor, place_for(actor, "casework.legal_aid.import"), rows, batch_key=batch_key)  # type: ignore[no-any-return]


def dry_run_legal_aid(actor: Actor, rows: Sequence[SheetRow]) -> Sequence[RowResult]:
    """The refusals a batch would meet; nothing is written."""
    return check_legal_aid(actor, place_for(actor, "casework.legal_aid.import"), rows)


def commit_cases(actor: Actor, rows: Sequence[SheetRow], *, batch_key: str) -> Sequence[RowResult]:
    """Take a batch of cases in at the actor's own organisation, or where a row says."""
    return import_cases(actor, place_for(actor, "casework.case.import"), rows, batch_key=batch_key)  # type: ignore[no-any-return]


def dry_run_cases(actor: Actor, rows: Sequence[SheetRow]) -> Sequence[RowResult]:
    """The refusals a batch would meet; nothing is written."""
    return check_cases(actor, place_for(actor, "casework.case.import"), rows)


def commit_participants(actor: Actor, rows: Sequence[SheetRow], *, batch_key: str) -> Sequence[RowResult]:
    """Put a batch of workers into their group cases."""
    place = place_for(actor, "casework.case.import_participants")
    return import_participants(actor, place, rows, batch_key=batch_key)  # type: ignore[no-any-return]


def dry_run_participants(actor: Actor, rows: Sequence[SheetRow]) -> Sequence[RowResult]:
    """The refusals a batch would meet; nothing is written."""
    return check_participants(actor, place_for(actor, "casework.case.import_participants"), rows)


def legal_aid_rows(entries: Iterable[LegalAid]) -> Iterator[tuple[Any, ...]]:
    """Rows of an export in the order of LEGAL_AID_EXPORT. No ID number ever leaves."""
    for a in entries:
        yield (
            a.org.name, a.number, a.accepted_on, a.form, a.stage or "none", a.result, a.applicant_name, a.employer_name, a.dispute,
            a.people, a.is_group, a.claimed_fen, a.recovered_fen, a.proof, a.lawyer, a.concluded_on,
        )  # fmt: skip


def case_rows(cases: Iterable[Case]) -> Iterator[tuple[Any, ...]]:
    """Rows of an export in the order of CASES_EXPORT: facts to count by, no names of clients, no narratives."""
    for c in cases:
        yield (
            c.number, c.org.name, c.form, c.line, c.problem or None, c.source, c.state, str(c.risk), c.people,
            c.worker.name if c.worker else "", c.registered_on, c.due_on, c.closed_on, c.close_reason or None, c.claimed_fen,
            c.recovered_fen,
        )  # fmt: skip


from . import disputes, duty  # noqa: E402, F401 - declare on import
