"""The words of the registers: what nineteen offices call the same columns and the same values."""

from __future__ import annotations

#: Field → what its column is called; a station takes one of them.
HEADERS: dict[str, tuple[str, ...]] = {
    "number": ("登记编号", "编号", "案号", "登记号"),
    "organisation": ("受理站点", "承办单位", "受理单位", "工作站"),
    "form": ("援助方式", "援助形式", "服务方式", "办理方式"),
    "stage": ("阶段", "办理阶段", "案件阶段"),
    "result": ("办理结果", "处理结果", "结果"),
    "dispute": ("争议类型", "案由", "纠纷类型"),
    "applicant_name": ("申请人", "申请人姓名", "受援人", "职工姓名"),
    "id_number": ("身份证号", "身份证号码", "公民身份号码"),
    "phone": ("联系电话", "手机号", "电话"),
    "employer_name": ("被申请人", "用人单位", "对方单位"),
    "people": ("涉及人数", "人数"),
    "is_group": ("是否群体性", "群体性案件", "集体争议"),
    "claimed_fen": ("涉案金额", "诉求金额", "请求金额"),
    "recovered_fen": ("挽回金额", "追回金额", "挽回经济损失"),
    "proof": ("凭证", "挽回依据", "文书号"),
    "lawyer": ("承办人", "承办律师", "经办人"),
    "accepted_on": ("受理日期", "受理时间", "登记日期"),
    "concluded_on": ("结案日期", "办结日期", "结案时间"),
    "note": ("备注",),
}
#: Parents of a two-row header, each over fields that stand together.
PARENTS: dict[str, tuple[str, ...]] = {
    "申请人情况": ("applicant_name", "id_number", "phone"),
    "案件情况": ("form", "stage", "dispute", "people", "is_group"),
    "金额": ("claimed_fen", "recovered_fen", "proof"),
    "办理情况": ("lawyer", "accepted_on", "concluded_on", "result"),
}
FORM_WORDS: dict[str, tuple[str, ...]] = {
    "mediation": ("调解", "争议调解", "参与调解"),
    "representation": ("代理", "仲裁诉讼代理", "代理仲裁诉讼"),
    "consultation": ("咨询", "法律咨询", "来访咨询"),
    "drafting": ("代书", "代写法律文书", "代拟文书"),
}
STAGE_WORDS: dict[str, tuple[str, ...]] = {
    "": ("",),
    "before": ("仲裁前", "裁前"),
    "after": ("仲裁后", "仲裁中"),
    "arbitration": ("仲裁", "劳动仲裁"),
    "litigation": ("诉讼", "法院"),
}
RESULT_WORDS: dict[str, tuple[str, ...]] = {
    "pending": ("在办", "进行中", "未结"),
    "success": ("成功", "调解成功", "达成协议"),
    "failure": ("未达成协议", "调解不成", "失败"),
    "closed": ("办结", "已办结", "结案"),
}
UNKNOWN_FORMS = ("信访接待", "普法宣传", "其他服务")
TEXT_AMOUNTS = ("约三万元", "待核", "3万左右", "见协议")
