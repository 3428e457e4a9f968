"""CARRY: joint mediations (T10) and letters of supervision (T11): registers of earlier years in, what is counted out."""

# ruff: noqa: E501 - tables of spellings read better in lines
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from shegong.kernel.orgs.reach import Actor
from shegong.kernel.sheets.declare import Choice, Column, RowResult, Sheet, SheetRow, Type, declare

from ..models import Letter, Mediation
from ..policy import LETTER, LetterKind
from ..policy.letters import Reply, Way
from ..queries.letters import addressee
from ..services.letter_register import check_letters, import_letters
from ..services.mediation import check_mediations, import_mediations
from ._place import place_for

MEDIATIONS_SHEET = declare(
    Sheet(
        code="casework.mediations",
        title=_("Joint mediations"),
        deed="casework.mediation.import",
        commit="shegong.apps.casework.sheets.disputes.commit_mediations",
        check="shegong.apps.casework.sheets.disputes.dry_run_mediations",
        help=_("One row for each mediation of an older register that has ended."),
        columns=(
            Column("number", _("Number"), required=True, max_length=32, example="2025调0001", synonyms=("编号", "案号", "调解编号", "登记号")),
            Column("applied_on", _("Applied on"), Type.DATE, required=True, example="2025-05-06",
                   synonyms=("申请日期", "申请时间", "登记日期", "收案日期")),
            Column("accepted_on", _("Taken on (day)"), Type.DATE, synonyms=("受理日期", "受理时间", "立案日期")),
            Column("applicant_name", _("Applicant"), required=True, max_length=40, example="张三",
                   synonyms=("申请人", "劳动者", "职工姓名", "姓名", "当事人")),
            Column("opponent", _("Opponent"), max_length=80, synonyms=("被申请人", "用人单位", "单位名称", "对方当事人")),
            Column("claim", _("Claim"), max_length=2000, secret=True, synonyms=("调解请求", "诉求", "争议事项", "案由")),
            Column("people", _("Number of people"), Type.INTEGER, unit="人", synonyms=("人数", "涉及人数")),
            Column("claimed_fen", _("Amount claimed"), Type.MONEY, unit="yuan", synonyms=("诉求金额", "请求金额", "涉案金额", "涉及金额")),
            Column("result", _("Result"), Type.CHOICE, required=True, synonyms=("调解结果", "结果", "处理结果"),
                   choices=(
                       Choice("agreed", _("Agreement reached"), ("达成", "达成协议", "调解成功", "成功")),
                       Choice("performed", _("Performed"), ("已履行", "履行完毕", "当场履行")),
                       Choice("defaulted", _("Not performed"), ("未履行",)),
                       Choice("not_reached", _("No agreement"), ("未达成", "调解不成", "不成功", "转仲裁", "移交仲裁")),
                       Choice("declined", _("Declined"), ("不予受理",)),
                       Choice("withdrawn", _("Withdrawn"), ("撤回", "撤回申请")),
                   )),
            Column("ended_on", _("Ended on"), Type.DATE, required=True, synonyms=("结案日期", "办结日期", "达成日期", "协议日期", "调解日期")),
            Column("agreed_fen", _("Amount agreed"), Type.MONEY, unit="yuan", synonyms=("协议金额", "达成金额", "调解金额")),
            Column("confirmed_on", _("Confirmed on"), Type.DATE, synonyms=("司法确认日期", "确认日期", "置换日期")),
            Column("confirm_number", _("Number of the confirmation"), max_length=40, synonyms=("司法确认书号", "确认书编号", "裁定书号")),
            Column("commission", _("Arbitration commission"), max_length=80, synonyms=("移交仲裁委", "仲裁委员会", "仲裁委")),
            Column("workshop", _("Workshop"), Type.ORGANISATION, synonyms=("调解工作室", "工作室", "调解组织")),
        ),
        key=("number",),
    )
)  # fmt: skip


MEDIATIONS_EXPORT = declare(
    Sheet(
        code="casework.mediations_export",
        title=_("Joint mediations"),
        deed="casework.mediation.export",
        columns=(
            Column("workshop", _("Workshop")), Column("number", _("Number")), Column("state", _("State")),
            Column("opponent", _("Opponent")), Column("people", _("Number of people"), Type.INTEGER),
            Column("claimed_fen", _("Amount claimed"), Type.MONEY, unit="yuan"), Column("applied_on", _("Applied on"), Type.DATE),
            Column("accepted_on", _("Taken on (day)"), Type.DATE), Column("ended_on", _("Ended on"), Type.DATE),
            Column("days", _("Days from the application"), Type.INTEGER),
            Column("agreed_fen", _("Amount agreed"), Type.MONEY, unit="yuan"), Column("confirmed_on", _("Confirmed on"), Type.DATE),
            Column("commission", _("Arbitration commission")),
        ),
    )
)  # fmt: skip


def mediation_rows(found: Iterable[Mediation]) -> Iterator[tuple[Any, ...]]:
    """Rows of an export in the order of MEDIATIONS_EXPORT: facts to count by, no names of workers, no claim, no agreement."""
    for m in found:
        yield (
            m.org.name, m.number, str(m.get_state_display()), m.opponent, m.people, m.claimed_fen, m.applied_on, m.accepted_on,
            m.ended_on, m.days if m.ended_on else None, m.agreed_fen, m.confirmed_on, m.commission,
        )  # fmt: skip


def commit_mediations(actor: Actor, rows: Sequence[SheetRow], *, batch_key: str) -> Sequence[RowResult]:
    """Take in a batch of a workshop's register."""
    return import_mediations(actor, place_for(actor, "casework.mediation.import"), rows, batch_key=batch_key)  # type: ignore[no-any-return]


def dry_run_mediations(actor: Actor, rows: Sequence[SheetRow]) -> Sequence[RowResult]:
    """The refusals a batch would meet; nothing is written."""
    return check_mediations(actor, place_for(actor, "casework.mediation.import"), rows)


_LETTER = {
    "organisation": Column("organisation", _("Issued by"), Type.ORGANISATION,
                           synonyms=("发函单位", "发函工会", "发文单位", "制发单位", "出具单位", "工会", "填报单位"),
                           help=_("Code or exact name of an organisation below yours; yours where it is empty.")),
    "kind": Column("kind", _("Type"), Type.CHOICE, required=True, example="提示函", synonyms=("文书类型", "文书种类", "类型", "类别", "函书类型"),
                   choices=(
                       Choice("reminder", LetterKind.REMINDER.label, ("提示函", "工会劳动法律监督提示函", "劳动法律监督提示函", "函")),
                       Choice("opinion", LetterKind.OPINION.label, ("意见书", "工会劳动法律监督意见书", "劳动法律监督意见书")),
                       Choice("proposal", LetterKind.PROPOSAL.label, ("建议书", "工会劳动法律监督建议书", "劳动法律监督建议书")),
                   )),
    "number": Column("number", _("File number"), required=True, max_length=40, example="天工意字〔2025〕1号",
                     synonyms=("文号", "编号", "发文字号", "文书编号", "函号", "文书号", "发文号")),
    "addressee": Column("addressee", _("Addressee"), required=True, max_length=80, example="示例制造有限公司",
                        synonyms=("发往单位", "受文单位", "收函单位", "主送单位", "送达单位", "用人单位", "被监督单位", "致")),
    "employer_code": Column("employer_code", _("Credit code of the employer"), Type.CREDIT_CODE, optional_checksum=True,
                            synonyms=("统一社会信用代码", "信用代码", "单位信用代码")),
    "about": Column("about", _("Employer concerned (of a proposal)"), max_length=80, example="示例制造有限公司", synonyms=("涉及单位", "涉事单位", "涉及用人单位")),
    "subject": Column("subject", _("Subject"), max_length=80, synonyms=("事由", "主题", "监督事项", "主要事项", "违法事项", "内容"),
                      help=_("Shown in lists: without names of workers.")),
    "sent_on": Column("sent_on", _("Sent on"), Type.DATE, required=True, example="2025-05-06",
                      synonyms=("发出日期", "发函日期", "发文日期", "制发日期", "日期", "发出时间")),
    "way": Column("way", _("Way of service"), Type.CHOICE, synonyms=("送达方式", "送达形式"),
                  choices=(
                      Choice("hand", Way.HAND.label, ("直接送达", "当面送达", "现场送达", "上门送达")),
                      Choice("post", Way.POST.label, ("邮寄", "邮寄送达", "快递", "EMS")),
                      Choice("online", Way.ONLINE.label, ("电子送达", "线上", "邮件", "微信")),
                      Choice("left", Way.LEFT.label, ("留置送达", "拒收", "留置")),
                  )),
    "served_on": Column("served_on", _("Received on"), Type.DATE, synonyms=("送达日期", "签收日期", "收到日期", "送达时间")),
    "due_on": Column("due_on", _("Answer due"), Type.DATE, synonyms=("答复期限", "回复期限", "应答复日期", "要求回复日期", "整改期限")),
    "answered_on": Column("answered_on", _("Answered on"), Type.DATE, synonyms=("答复日期", "回复日期", "复函日期", "回函日期")),
    "reply": Column("reply", _("Answer"), Type.CHOICE, synonyms=("答复情况", "回复情况", "答复结果", "是否采纳"),
                    choices=(
                        Choice("accepted", Reply.ACCEPTED.label, ("采纳", "接受", "同意", "同意整改")),
                        Choice("partly", Reply.PARTLY.label, ("部分采纳", "部分接受")),
                        Choice("refused", Reply.REFUSED.label, ("不采纳", "不接受", "拒绝", "不同意")),
                    )),
    "corrected": Column("corrected", _("Corrected"), Type.YES_NO, synonyms=("是否整改", "整改情况", "是否改正", "是否纠正")),
    "checked_on": Column("checked_on", _("Checked on"), Type.DATE, synonyms=("核查日期", "复查日期", "整改日期", "整改完成日期")),
}  # fmt: skip
LETTERS_SHEET = declare(
    Sheet(
        code="casework.letters",
        title=_("Register of supervision letters"),
        deed="casework.letter.import",
        commit="shegong.apps.casework.sheets.disputes.commit_letters",
        check="shegong.apps.casework.sheets.disputes.dry_run_letters",
        key=("organisation", "number"),
        help=_("One row for each letter that was sent. Its number identifies it: sent again, it is brought up to date, never doubled."),
        columns=tuple(_LETTER.values()),
    )
)
LETTER_FACTS = (
    "number", "organisation", "kind", "addressee", "about", "subject", "sent_on", "way", "served_on", "due_on", "answered_on", "reply",
    "checked_on",
)  # fmt: skip
LETTERS_EXPORT = declare(
    Sheet(
        code="casework.letters_export",
        title=_("Register of supervision letters"),
        deed="casework.letter.export",
        columns=(
            *(_LETTER[name] for name in LETTER_FACTS),
            Column("state", _("State"), Type.CHOICE, choices=tuple(Choice(code, label) for code, label in LETTER.states.items())),
        ),
    )
)


def commit_letters(actor: Actor, rows: Sequence[SheetRow], *, batch_key: str) -> Sequence[RowResult]:
    """Take a batch of the register in at the actor's own office, or where a row says."""
    return import_letters(actor, place_for(actor, "casework.letter.import"), rows, batch_key=batch_key)  # type: ignore[no-any-return]


def dry_run_letters(actor: Actor, rows: Sequence[SheetRow]) -> Sequence[RowResult]:
    """The refusals a batch would meet; nothing is written."""
    return check_letters(actor, place_for(actor, "casework.letter.import"), rows)


def letter_rows(letters: Iterable[Letter]) -> Iterator[tuple[Any, ...]]:
    """Rows of an export in the order of LETTERS_EXPORT: facts to count by, without what the letters say."""
    for x in letters:
        yield (
            x.number, x.org.name, x.kind, addressee(x), x.employer.name if x.employer and x.to_org else "", x.subject, x.sent_on,
            x.way or None, x.served_on, x.due_on, x.answered_on, x.reply or None, x.checked_on, x.state,
        )  # fmt: skip
