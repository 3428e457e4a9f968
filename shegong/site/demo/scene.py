"""What happens in the home street today: the cast work through the real deeds, so that trail, approvals, notices and receipts
are genuine. Read from top to bottom it is one day of a town social worker."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from shegong.apps.casework.models import AidApplication, Mediation, Participant, Promise, Referral, Resource
from shegong.apps.casework.services import (
    aid,
    aside,
    cases,
    duty,
    fees,
    hearings,
    legal_aid,
    letters,
    mediation,
    panel,
    phases,
    ratings,
    referrals,
    resources,
    stations,
    urgent_needs,
)
from shegong.kernel.orgs.reach import Actor, acting, everything, today
from shegong.lib import calendar, creditcode
from shegong.registry.models import Employer, Person
from shegong.registry.services import employers, people

from .province import HOME_COUNTY
from .stage import Stage

FACTORY = "天河示例制造有限公司"
FACTORY_SERIAL = 88_000_001
GROUP = 12


def play(stage: Stage, tell: Callable[[int, int], object]) -> Stage:
    """The whole day. ``tell`` hears (acts done, acts)."""
    acts = (
        _morning,
        _reviews,
        _panel,
        _in_hand,
        _with_others,
        _endings,
        _group,
        _danger,
        _needs,
        _resources,
        _counter,
        _register,
        _aid,
        _mediation,
        _letters,
        _duty,
    )
    for n, act in enumerate(acts, 1):
        act(stage)
        tell(n, len(acts))
    return stage


def _morning(stage: Stage) -> None:
    """What came in: from the worker herself, from 12351, from an enterprise's union; and what was just accepted."""
    person = stage.inventor.person()
    own = {"name": stage.users["zhang"].name, "id_number": person.id_number, "phone": person.phone, "sex": person.sex}
    zhang = stage.do("chen", people.register_person, stage.town, user=stage.users["zhang"], is_member=True, **own)
    _told_before(stage, zhang)
    text = "车间连续三周没有休息，也没有加班费"
    stage.do("zhang", cases.request_case, stage.town, line="rights", problem="rest", summary=text)
    stage.case("rights", "wages", "热线来电：美甲店拖欠两个月工资，店主失联", by="qin", days=0, source="hotline")
    stage.case("hardship", "relief", "本厂一名职工家里失火，代为反映", by="feng", days=1, source="visit")
    stage.accepted(stage.case("care", "relief", "最近失眠、情绪低落，想找人谈谈"))
    stage.do("chen", cases.accept_case, stage.case("employment", "job", "被裁员两个月，会开叉车，想找工作"))
    case = stage.case("hardship", "relief", "爱人住院，自费八万多元，孩子上高中")
    case = stage.planned(case, ("渡过眼前困难", "补助到账", "申请困难帮扶"))
    stage.do("chen", aside.set_task, case, text="把收入证明补齐", due_on=today())
    stage.made += 1


def _told_before(stage: Stage, zhang: Person) -> None:
    """An earlier case of the worker's is closed; her rating is still open."""
    text = "离职后最后一个月工资没有结清"
    case = stage.do("zhang", cases.request_case, stage.town, line="rights", problem="wages", summary=text)
    case = stage.closed(case, recovered_fen=6_800_00)
    stage.rating_code = case.shown_once["rating_code"]
    stage.made += 1


def _reviews(stage: Stage) -> None:
    """Two plans await the supervisor, a third came back for correction."""
    stage.submitted(
        stage.case("rights", "wages", "工程完工，包工头以尾款未到为由不付工资三万元", claimed_fen=30_000_00)
    )
    case = stage.case("care", "women", "产后情绪不好，家里人不理解", days=6)
    stage.submitted(case, ("情绪恢复稳定", "量表分数下降", "每周一次面谈，联系心理咨询"))
    case = stage.case("employment", "job", "四十八岁，想学电工转岗", days=8)
    case = stage.submitted(case, ("取得电工证", "考试通过", "报名免费培训"))
    stage.do("zhou", phases.return_plan, case, opinion="请写明培训班的开班时间和费用")


def _panel(stage: Stage) -> None:
    """Two firms on the panel; one of them advises the factory, so its lawyers are kept from the factory's workers."""
    firms = (
        ("广东示例律师事务所", (("卫春分", "safety", 211_001), ("祝谷风", "wages", 211_002))),
        ("广东示例二所律师事务所", (("欧阳霜降", "wages", 211_003),)),
    )
    for serial, (name, lawyers) in enumerate(firms, 77_000_001):
        firm = stage.do(
            "zheng", panel.register_firm, stage.orgs[f"C{HOME_COUNTY}"], name=name, contract_from=today().replace(month=1, day=1),
            credit_code=creditcode.synthetic(serial, prefix="31"), contract_to=dt.date(today().year + 1, 12, 31),
        )  # fmt: skip
        for who, problem, number in lawyers:
            user = stage.users["wei"] if who == stage.users["wei"].name else None
            licence = {"licence": f"14401201510{number}", "licence_to": dt.date(today().year + 1, 5, 31)}
            firm = stage.do("zheng", panel.add_lawyer, firm, name=who, problem=problem, user=user, **licence)
    stage.do("zheng", panel.note_party, firm, name=FACTORY, side="for", since=today().replace(month=1, day=1))


def _in_hand(stage: Stage) -> None:
    """In hand: with a lawyer, with a mediator, with a supervision on file; one is suspended."""
    case = stage.case("rights", "safety", "左手被机器压伤，单位不申报工伤", days=9)
    case = stage.working(case, ("依法认定工伤", "收到认定决定", "准备材料"))
    case = _assign(stage, case, "wei", "lawyer", "需要律师代理工伤认定")
    stage.do("wei", phases.log_contact, case, kind="session", text="与职工核对病历和考勤，材料齐全", minutes=50)
    case = stage.case("mediation", "wages", "解除劳动合同补偿有争议，愿意调解", days=3)
    case = stage.working(case, ("达成调解协议", "签订协议书", "联合调解"))
    case = _assign(stage, case, "jiang", "mediator", "请联合调解工作室主持")
    stage.do("jiang", phases.log_contact, case, kind="session", text="第一次调解，双方对年限有分歧", minutes=90)
    stage.do("chen", aside.set_task, case, text="通知双方第二次调解时间", due_on=today())
    case = stage.case("education", "job", "新入职青年不了解劳动合同", days=12)
    case = stage.working(case, ("懂得合同要点", "测试合格", "车间讲座两次"))
    advice = "请律师共同备课"
    stage.do("zhou", aside.note_supervision, case, text="讲座材料偏法条，建议多用案例", advice=advice)
    case = stage.case("hardship", "relief", "每周透析三次，不能全职工作", days=15)
    case = stage.working(case, ("稳定治疗和收入", "医疗互助金到账", "申请互助金"))
    again = today() + dt.timedelta(days=14)
    stage.do("chen", aside.suspend_case, case, reason="住院治疗，两周后再联系", review_on=again)


def _assign(stage: Stage, case: Any, who: str, tie: str, because: str) -> Any:
    return stage.do("zhou", aside.assign_member, case, user=stage.users[who], tie=tie, because=because)


def _with_others(stage: Stage) -> None:
    """Referred to the partner agency: one waits, one was accepted, one is done."""
    to_org = stage.orgs[f"P{HOME_COUNTY}-RS"]
    found: list[Referral] = []
    for n, text in enumerate(("单位不缴社会保险，想补缴", "技能补贴申请被退回", "劳动监察投诉后没有答复")):
        case = stage.case("rights", "wages", text, days=7 + n)
        case = stage.working(case, ("由人社部门处理", "人社部门书面答复", "转介人社局"))
        with everything():
            name = case.client.name
        stage.do(
            "chen", referrals.refer_case, case, need=stage.need_of(case), to_org=to_org, shared=f"{text}，材料见附件清单",
            client_name=name, consent_on=today(), share_phone=True,
        )  # fmt: skip
        with everything():
            found.append(Referral.objects.get(case=case))
    stage.do("shen", referrals.accept_referral, found[1], note="已受理")
    done = stage.do("shen", referrals.accept_referral, found[2])
    stage.do("shen", referrals.finish_referral, done, outcome="met", answer="已责令单位补缴，三日内到账")


def _endings(stage: Stage) -> None:
    """Evaluated, awaiting closure, closed and rated, followed up, declined."""
    case = stage.case("rights", "wages", "最后两个月提成没有结算", days=20, claimed_fen=9_600_00)
    stage.evaluated(case, recovered_fen=9_600_00)
    stage.to_close(stage.case("mediation", "rest", "排班每月只休两天", days=18))
    case = stage.case("rights", "women", "怀孕后被调岗降薪", days=25, claimed_fen=12_000_00)
    stage.to_close(case, recovered_fen=12_000_00)
    case = stage.case("rights", "wages", "装修队拖欠工资一万八", days=30, claimed_fen=18_000_00)
    case = stage.closed(case, recovered_fen=18_000_00)
    guest = Actor(user_id=0, name="", via="web", address="192.0.2.7")
    scores = {"overall": 5, "attitude": 5, "speed": 4, "result": 5}
    with acting(guest):
        ratings.rate(guest, case.shown_once["rating_code"], comment="谢谢工会，钱拿到了。", **scores)
    case = stage.closed(stage.case("hardship", "relief", "台风淹了出租屋，家电损坏", days=28))
    stage.do("chen", phases.follow_up_case, case, text="回访：已搬回，补助用于修缮", stable=True)
    case = stage.case("care", "relief", "要求工会代为追讨民间借款", days=2)
    stage.do("zhou", cases.decline_case, case, reason="民间借贷不属于服务范围，已告知法律援助热线12348")


def _group(stage: Stage) -> None:
    """Twelve workers of one enterprise with one claim: an early warning goes up."""
    factory = stage.do(
        "wu", employers.register_employer, stage.orgs[f"U{HOME_COUNTY}"], name=FACTORY, industry="C", workers=186,
        credit_code=creditcode.synthetic(FACTORY_SERIAL), area_code=HOME_COUNTY, union_org=stage.factory_union,
    )  # fmt: skip
    text = "注塑车间十二名职工三个月没有发工资"
    case = stage.case("rights", "wages", text, form="group", people=GROUP, employer=factory, days=2, risk=1)
    for n in range(GROUP):
        share = {"claimed_fen": (9_000 + 300 * n) * 100, "is_representative": n < 2}
        case = stage.do("chen", aside.add_participant, case, newcomer=stage.newcomer(), **share)
    case = stage.assessed(case, days=1)
    with everything():
        first = Participant.objects.filter(case=case).order_by("id")[0]
    stage.do("chen", aside.settle_participant, case, participant=first, result="agreed", recovered_fen=9_000_00)
    for text in ("同厂包装车间，工资晚发两个月", "同厂质检员，被要求签空白工资条"):
        stage.case("rights", "wages", text, employer=factory, days=1)


def _danger(stage: Stage) -> None:
    """Danger to life is escalated at once; another question went up and was answered."""
    case = stage.accepted(stage.case("rights", "wages", "职工情绪激动，扬言爬上塔吊讨薪", days=1), days=1)
    stage.do("chen", aside.set_risk, case, risk=3, reason="有爬高讨薪的过激言语，需要上级到场")
    case = stage.accepted(stage.case("mediation", "wages", "两区交界工地欠薪，管辖不清", days=4))
    case = stage.do("chen", aside.escalate_case, case, reason="请区总工会明确由哪个街道受理")
    stage.do("wu", aside.answer_escalation, case, answer="由石牌街道受理，越秀区配合取证")


def _needs(stage: Stage) -> None:
    """Urgent needs: one answered and waiting for its raiser, one escalated, one just raised."""
    raise_need = urgent_needs.raise_need
    text = "宿舍区没有母婴室，哺乳期女工不方便"
    need = stage.do("zhang", raise_need, stage.town, problem="women", text=text, people=6)
    need = stage.do("wu", urgent_needs.assign_need, need, owner=stage.users["chen"], note="请实地看一看")
    need = stage.do("chen", urgent_needs.take_need, need)
    stage.do("chen", urgent_needs.answer_need, need, answer="已与物业商定，一楼改造一间，下周开放")
    text = "注塑车间高温，风扇不够，已有人中暑"
    need = stage.do("feng", raise_need, stage.factory_union, problem="safety", text=text, people=30)
    stage.do("chen", urgent_needs.escalate_need, need, reason="需要区总工会联系应急部门")
    stage.do("lin", raise_need, stage.town, problem="job", text="骑手换电柜太少，排队影响接单", people=40)


def _resources(stage: Stage) -> None:
    """Resources asked for: one delivered and confirmed, one waiting."""
    with everything():
        found = {r.title: r for r in Resource.objects.filter(org=stage.orgs[f"U{HOME_COUNTY}"])}
    case = stage.case("hardship", "relief", "单亲带两个孩子，停工三个月", days=6)
    case = stage.working(case, ("基本生活有保障", "慰问包送达", "链接资源"))
    for title in ("爱心超市慰问包", "暑期子女托管班"):
        case = stage.do("chen", resources.promise_resource, case, resource=found[title], purpose="单亲家庭，两个孩子")
    with everything():
        promise = Promise.objects.filter(case=case).order_by("id")[0]
    promise = stage.do("wu", resources.give_promise, promise, note="本周送达")
    promise = stage.do("wu", resources.deliver_promise, promise, amount_fen=300_00)
    stage.do("chen", resources.confirm_promise, promise, effect="米面油已送到，孩子很高兴")


def _counter(stage: Stage) -> None:
    """Quick consultations at the counter and on the phone; two records that may be one person."""
    asked = (
        ("chen", "rights", "试用期可以不签合同吗？", "不可以，一个月内应当签订书面合同"),
        ("chen", "hardship", "困难职工建档去哪里办？", "在本街道工会，带身份证和收入证明"),
        ("chen", "employment", "免费的月嫂培训什么时候开班？", "每月第一周，已登记"),
        ("qin", "rights", "加班费怎么计算？", "已按工作日、休息日、节假日分别说明"),
    )
    for account, line, question, answer in asked:
        source = "hotline" if account == "qin" else "walk_in"
        given = {"line": line, "question": question, "answer": answer, "source": source}
        stage.do(account, cases.consult_case, stage.town, **given)
        stage.made += 1
    person = stage.inventor.person()
    known = {"name": person.name, "sex": person.sex, "birth_on": person.birth_on, "phone": person.phone}
    stage.do("chen", people.register_person, stage.town, id_number=person.id_number, **known)
    stage.do("lin", people.register_person, stage.town, **known)


def _register(stage: Stage) -> None:
    """The legal-aid officer enters three lines by hand."""
    paid = {"claimed_fen": 8_000_00, "recovered_fen": 7_500_00, "proof": "调解协议书"}
    forms: dict[str, dict[str, Any]] = {
        "consultation": {},
        "mediation": {"stage": "before", "result": "success", "concluded_on": today(), **paid},
        "representation": {"stage": "arbitration"},
    }
    for n, (form, given) in enumerate(forms.items(), 1):
        stage.do(
            "zheng", legal_aid.register_legal_aid, stage.orgs[f"C{HOME_COUNTY}"], number=f"{today().year}-手工-{n:03d}",
            form=form, accepted_on=today(), applicant_name=stage.inventor.name(), dispute="拖欠工资", **given,
        )  # fmt: skip


def _aid(stage: Stage) -> None:
    """Legal aid at the district's centre: one application waits, one was granted and has its hearing next week."""
    stage.do(
        "wu", aid.set_aid_rule, stage.orgs[f"U{HOME_COUNTY}"], valid_from=today().replace(month=1, day=1), ceiling_fen=2_500_00,
        basis="天河区职工法律援助办法（示例）", keep_years=10, exempt=("migrant",),
    )  # fmt: skip
    waiting = stage.case("rights", "wages", "公司搬迁后拒付三个月工资和经济补偿", days=6, claimed_fen=36_000_00)
    granted = stage.case("rights", "safety", "下班途中受伤，单位否认劳动关系", days=9, claimed_fen=52_000_00)
    for case in (waiting, granted):
        case = stage.working(case, ("依法维权", "拿到裁决", "申请法律援助"))
        told = {"form": "representation", "stage": "arbitration", "dispute": case.summary[:20], "facts": case.summary}
        stage.do("chen", aid.apply_for_aid, case, office=stage.orgs[f"C{HOME_COUNTY}"], household=3, income_fen=6_000_00, **told)
    with everything():
        found = AidApplication.objects.get(case=granted)
    found = stage.do("zheng", aid.accept_aid, found)
    found = stage.do("zheng", aid.assign_aid, found, user=stage.users["wei"])
    stage.do("wei", aid.begin_aid, found)
    at = dt.datetime.combine(today() + dt.timedelta(days=7), dt.time(9, 30))
    with everything():
        granted.refresh_from_db()
    stage.do("wei", hearings.add_hearing, granted, kind="arbitration", at=at, forum="天河区劳动人事争议仲裁院")


def _mediation(stage: Stage) -> None:
    """In the workshop: one application waits, one agreement is paid in three parts, the first has arrived."""
    workshop = stage.orgs[f"W{HOME_COUNTY}"]
    texts = ("加班费差额有争议，愿意调解", "终止合同补偿金有争议，双方愿意调解")
    for days, text in enumerate(texts, 4):
        case = stage.case("mediation", "wages", text, days=days, claimed_fen=18_000_00)
        case = stage.working(case, ("达成协议", "签订协议书", "联合调解"))
        facts = {"claim": text, "opponent": "天河示例物流有限公司", "applied_on": stage.ago(3)}
        stage.do("chen", mediation.apply_for_mediation, case, workshop=workshop, **facts)
    with everything():
        found = Mediation.objects.get(case=case)
    found = stage.do("wu", mediation.accept_mediation, found, mediator=stage.users["jiang"])
    present = "职工、单位代理人、区人社局、区司法局"
    found = stage.do(
        "jiang", mediation.hold_session, found, note="双方核对工资表，单位同意分三期支付", held_on=stage.ago(1), present=present,
        proposer="employer", proposed_fen=15_000_00,
    )  # fmt: skip
    found = stage.do(
        "jiang", mediation.agree_mediation, found, agreement="单位分三期支付终止合同经济补偿，双方再无其他争议。",
        agreed_fen=16_500_00, parts=3, first_due_on=today(),
    )  # fmt: skip
    stage.do("jiang", mediation.note_payment, found, due_on=today(), proof="银行回单（示例）")


def _letters(stage: Stage) -> None:
    """To the factory: a reminder was sent and answered, an opinion awaits approval."""
    with everything():
        factory = Employer.objects.get(name=FACTORY)
    asks = "请于收到本函之日起核查工资支付情况，补发拖欠工资，并书面答复。"
    told: dict[str, Any] = {"basis": "《劳动法》第五十条", "asks": asks, "employer": factory}
    told["text"] = "经了解，你单位存在未按月足额支付工资的情况。"
    letter = stage.do("chen", letters.draft_letter, stage.town, kind="reminder", subject="按月足额支付工资", **told)
    letter = stage.do("chen", letters.submit_letter, letter)
    letter = stage.do("zhou", letters.approve_letter, letter, mark="石工")
    sent = {"sent_on": today(), "way": "hand", "proof": "人事主管签收"}
    letter = stage.do("chen", letters.send_letter, letter, **sent)
    answer = {"answered_on": today(), "reply": "accepted", "answer": "已核对工资表，本周内补发。"}
    stage.do("chen", letters.answer_letter, letter, **answer)
    told["text"] = "提示函送达后，你单位仍有部分职工工资未足额发放。"
    letter = stage.do("chen", letters.draft_letter, stage.town, kind="opinion", subject="补发拖欠工资", **told)
    stage.do("chen", letters.submit_letter, letter)


def _duty(stage: Stage) -> None:
    """The centre and the arbitration court are open; next month's roster is published; the tariff is set."""
    centre = stage.orgs[f"C{HOME_COUNTY}"]
    year = today().replace(month=1, day=1)
    for name, weekdays in ((centre.name, (0, 2, 4)), ("天河区劳动人事争议仲裁院值班点", range(5))):
        point = stage.do("zheng", stations.set_up_station, centre, site=centre, name=name, phone="020-00000000")
        hours = {"opens": dt.time(9), "closes": dt.time(17), "needed": 1, "valid_from": year}
        point = stage.do("zheng", stations.set_station_hours, point, weekdays=list(weekdays), **hours)
        point = stage.do("zheng", stations.add_station_staff, point, name="郑清明", task="接待登记", since=year)
        stage.do("zheng", stations.start_station, point, opened_on=year)
    for item, fen in (("duty", 500_00), ("litigate", 3_000_00), ("arbitrate", 2_000_00), ("consult", 100_00)):
        stage.do("zheng", fees.set_fee_rate, centre, item=item, amount_fen=fen, valid_from=year)
    month = (today().replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    if calendar.covered(month.year):  # a year whose holidays are not published has no roster yet
        roster = stage.do("zheng", duty.plan_roster, centre, month=month, week_limit=3, month_limit=14)
        roster = stage.do("zheng", duty.generate_roster, roster, week_limit=3, month_limit=14)
        stage.do("zheng", duty.publish_roster, roster)
