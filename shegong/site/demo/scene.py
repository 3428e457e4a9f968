"""What happens in the home street today: the cast work through the real deeds, so that trail, approvals, notices and receipts
are genuine. Read from top to bottom it is one day of a town social worker."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shegong.apps.casework.models import Case, Participant, PlanNeed, Promise, Referral, Resource
from shegong.apps.casework.services import aside, cases, legal_aid, phases, ratings, referrals, resources, urgent_needs
from shegong.kernel.orgs.models import Org, User
from shegong.kernel.orgs.reach import Actor, acting, actor_of, everything, today
from shegong.lib import creditcode
from shegong.registry.models import Employer, Person
from shegong.registry.services import employers, people

from .names import Inventor
from .province import HOME_COUNTY, HOME_TOWN

FACTORY = "天河示例制造有限公司"
FACTORY_SERIAL = 88_000_001
GROUP = 12


@dataclass
class Scene:
    """The actors, the stage and what was made. ``rating_code``: of a closed case whose worker has not rated yet."""

    rng: random.Random
    orgs: dict[str, Org]
    users: dict[str, User]
    inventor: Inventor
    made: int = 0
    rating_code: str = ""
    actors: dict[str, Actor] = field(default_factory=dict)

    @property
    def town(self) -> Org:
        return self.orgs[f"U{HOME_TOWN}"]

    @property
    def factory_union(self) -> Org:
        return self.orgs[f"B{HOME_TOWN}"]

    def do(self, account: str, service: Callable[..., Any], target: Any, **given: Any) -> Any:
        """One deed by one of the cast, with a client-made key as a page sends it."""
        if account not in self.actors:
            self.actors[account] = actor_of(account, via="web")
        key = uuid.UUID(int=self.rng.getrandbits(128), version=4)
        with acting(self.actors[account]) as actor:
            return service(actor, target, key=key, **given)

    def ago(self, days: int) -> dt.date:
        return today() - dt.timedelta(days=days)

    # --- steps of one case -------------------------------------------------------------------------------------------
    def newcomer(self) -> dict[str, Any]:
        person = self.inventor.person()
        return {"name": person.name, "id_number": person.id_number, "phone": person.phone}

    def case(self, line: str, problem: str, summary: str, *, by: str = "chen", days: int = 5, **facts: Any) -> Case:
        """A new request; without a client given, of somebody new."""
        if "client" not in facts and facts.get("form") != "group":
            facts["newcomer"] = self.newcomer()
        self.made += 1
        given = {"line": line, "problem": problem, "summary": summary, "registered_on": self.ago(days), **facts}
        place = self.factory_union if by == "feng" else self.town
        return self.do(by, cases.create_case, place, **given)

    def accepted(self, case: Case, days: int = 4) -> Case:
        """Accepted, with consent."""
        case = self.do("chen", cases.accept_case, case)
        return self.do(
            "chen", cases.record_consent, case, kind="written", exceptions_explained=True, consent_on=self.ago(days)
        )

    def assessed(self, case: Case, days: int = 3, **facts: Any) -> Case:
        given = {"problems": "收入中断，支出压力大", "needs": "尽快拿到应得的钱", "self_system": "表达清楚，愿意配合", **facts}
        return self.do("chen", phases.assess_case, self.accepted(case, days + 1), happened_on=self.ago(days), **given)

    def planned(self, case: Case, goal: str, indicator: str, method: str, *, due: int = 14) -> Case:
        given = {"problem": case.problem or "relief", "goal": goal, "indicator": indicator, "method": method}
        return self.do("chen", phases.plan_need, self.assessed(case), due_on=today() + dt.timedelta(days=due), **given)

    def submitted(self, case: Case, *plan: str, due: int = 14) -> Case:
        goal, indicator, method = plan or ("讨回工资", "工资到账", "约谈单位，必要时转劳动监察")
        return self.do("chen", phases.submit_plan, self.planned(case, goal, indicator, method, due=due))

    def working(self, case: Case, *plan: str, due: int = 14) -> Case:
        """The plan was approved and a first contact logged."""
        case = self.do("zhou", phases.approve_plan, self.submitted(case, *plan, due=due), opinion="同意，注意时限")
        return self.do("chen", phases.log_contact, case, kind="contact", text="与单位人事通话，对方答应本周内答复", minutes=20)

    def need_of(self, case: Case) -> PlanNeed:
        with everything():
            return PlanNeed.objects.filter(case=case).order_by("id")[0]

    def evaluated(self, case: Case, **money: int) -> Case:
        case = self.working(case)
        case = self.do("chen", phases.settle_need, case, need=self.need_of(case), outcome="met", note="款项已到账")
        return self.do("chen", phases.evaluate_case, case, goals_reached="目标达成", client_view="满意", **money)

    def to_close(self, case: Case, **money: int) -> Case:
        case = self.evaluated(case, **money)
        return self.do("chen", phases.submit_closure, case, close_reason="goal", text="目标达成，已告知回访安排")

    def closed(self, case: Case, **money: int) -> Case:
        return self.do("zhou", phases.approve_closure, self.to_close(case, **money), opinion="同意结案")


def play(scene: Scene, tell: Callable[[int, int], object]) -> Scene:
    """The whole day. ``tell`` hears (acts done, acts)."""
    acts = (_morning, _reviews, _working, _with_others, _endings, _group, _danger, _needs, _resources, _counter, _register)
    for n, act in enumerate(acts, 1):
        act(scene)
        tell(n, len(acts))
    return scene


def _morning(scene: Scene) -> None:
    """What came in: from the worker herself, from 12351, from an enterprise's union; and what was just accepted."""
    zhang = scene.do(
        "chen", people.register_person, scene.town, user=scene.users["zhang"], **_own_facts(scene),
    )  # fmt: skip
    _told_before(scene, zhang)
    scene.do("zhang", cases.request_case, scene.town, line="rights", problem="rest", summary="车间连续三周没有休息，也没有加班费")
    scene.made += 1
    scene.case("rights", "wages", "热线来电：美甲店拖欠两个月工资，店主失联", by="qin", days=0, source="hotline")
    scene.case("hardship", "relief", "本厂一名职工家里失火，代为反映，希望得到帮助", by="feng", days=1, source="visit")
    scene.accepted(scene.case("care", "relief", "最近失眠、情绪低落，想找人谈谈"))
    scene.do("chen", cases.accept_case, scene.case("employment", "job", "被裁员两个月，会开叉车，想找附近的工作"))
    case = scene.planned(scene.case("hardship", "relief", "爱人住院，自费八万多元，孩子上高中"), "渡过眼前困难", "补助到账", "申请困难帮扶")
    scene.do("chen", aside.set_task, case, text="把收入证明补齐", due_on=today())


def _own_facts(scene: Scene) -> dict[str, Any]:
    person = scene.inventor.person()
    return {"name": scene.users["zhang"].name, "id_number": person.id_number, "phone": person.phone, "sex": person.sex, "is_member": True}


def _told_before(scene: Scene, zhang: Person) -> None:
    """An earlier case of hers is closed; her rating is still open."""
    case = scene.do("zhang", cases.request_case, scene.town, line="rights", problem="wages", summary="离职后最后一个月工资没有结清")
    scene.made += 1
    case = scene.closed(case, recovered_fen=6_800_00)
    scene.rating_code = case.answer["rating_code"]


def _reviews(scene: Scene) -> None:
    """Two plans await the supervisor, a third came back for correction."""
    scene.submitted(scene.case("rights", "wages", "工程完工，包工头以尾款未到为由不付工资三万元", claimed_fen=30_000_00))
    scene.submitted(
        scene.case("care", "women", "产后情绪不好，家里人不理解", days=6), "情绪恢复稳定", "量表分数下降", "每周一次面谈，联系心理咨询"
    )
    case = scene.submitted(scene.case("employment", "job", "四十八岁，想学电工转岗", days=8), "取得电工证", "考试通过", "报名免费培训")
    scene.do("zhou", phases.return_plan, case, opinion="请写明培训班的开班时间和费用")


def _working(scene: Scene) -> None:
    """In hand: with a lawyer, with a mediator, alone; one is suspended."""
    case = scene.working(scene.case("rights", "safety", "左手被机器压伤，单位不申报工伤", days=9), "依法认定工伤", "收到认定决定", "准备材料")
    case = scene.do("zhou", aside.assign_member, case, user=scene.users["wei"], tie="lawyer", because="需要律师代理工伤认定")
    scene.do("wei", phases.log_contact, case, kind="session", text="与职工核对病历和考勤，材料齐全", minutes=50)
    case = scene.working(scene.case("mediation", "wages", "解除劳动合同补偿有争议，愿意调解", days=3), "达成调解协议", "签订协议书", "联合调解")
    case = scene.do("zhou", aside.assign_member, case, user=scene.users["jiang"], tie="mediator", because="请联合调解工作室主持")
    scene.do("jiang", phases.log_contact, case, kind="session", text="第一次调解，双方对年限有分歧", minutes=90)
    scene.do("chen", aside.set_task, case, text="通知双方第二次调解时间", due_on=today())
    case = scene.working(scene.case("education", "job", "新入职青年不了解劳动合同", days=12), "懂得合同要点", "测试合格", "车间讲座两次")
    scene.do("zhou", aside.note_supervision, case, text="讲座材料偏法条，建议多用案例", advice="请律师共同备课")
    case = scene.working(scene.case("hardship", "relief", "每周透析三次，不能全职工作", days=15), "稳定治疗和收入", "医疗互助金到账", "申请互助金")
    scene.do("chen", aside.suspend_case, case, reason="住院治疗，两周后再联系", review_on=today() + dt.timedelta(days=14))


def _with_others(scene: Scene) -> None:
    """Referred: one waits for the partner agency, one was accepted, one is done."""
    to_org = scene.orgs[f"P{HOME_COUNTY}-RS"]
    found: list[Referral] = []
    for n, text in enumerate(("单位不缴社会保险，想补缴", "技能补贴申请被退回", "劳动监察投诉后没有答复")):
        case = scene.working(scene.case("rights", "wages", text, days=7 + n), "由人社部门处理", "人社部门书面答复", "转介人社局")
        case = scene.do(
            "chen", referrals.refer_case, case, need=scene.need_of(case), to_org=to_org, shared=f"{text}，材料见附件清单",
            client_name=case.client.name, consent_on=today(), share_phone=True,
        )  # fmt: skip
        with everything():
            found.append(Referral.objects.get(case=case))
    scene.do("shen", referrals.accept_referral, found[1], note="已受理")
    scene.do("shen", referrals.accept_referral, found[2])
    scene.do("shen", referrals.finish_referral, found[2], outcome="met", answer="已责令单位补缴，三日内到账")


def _endings(scene: Scene) -> None:
    """Evaluated, awaiting closure, closed and rated, followed up, declined."""
    scene.evaluated(scene.case("rights", "wages", "最后两个月提成没有结算", days=20, claimed_fen=9_600_00), recovered_fen=9_600_00)
    scene.to_close(scene.case("mediation", "rest", "排班每月只休两天", days=18))
    scene.to_close(scene.case("rights", "women", "怀孕后被调岗降薪", days=25, claimed_fen=12_000_00), recovered_fen=12_000_00)
    closed = scene.closed(scene.case("rights", "wages", "装修队拖欠工资一万八", days=30, claimed_fen=18_000_00), recovered_fen=18_000_00)
    guest = Actor(user_id=0, name="", via="web", address="192.0.2.7")
    with acting(guest):
        ratings.rate(guest, closed.answer["rating_code"], overall=5, attitude=5, speed=4, result=5, comment="谢谢工会，钱拿到了。")
    closed = scene.closed(scene.case("hardship", "relief", "台风淹了出租屋，家电损坏", days=28))
    scene.do("chen", phases.follow_up_case, closed, text="回访：已搬回，补助用于修缮", stable=True)
    declined = scene.case("care", "relief", "要求工会代为追讨民间借款", days=2)
    scene.do("zhou", cases.decline_case, declined, reason="民间借贷不属于服务范围，已告知法律援助热线12348")


def _factory(scene: Scene) -> Employer:
    code = creditcode.synthetic(FACTORY_SERIAL)
    return scene.do(
        "wu", employers.register_employer, scene.orgs[f"U{HOME_COUNTY}"], name=FACTORY, credit_code=code, industry="C",
        area_code=HOME_COUNTY, workers=186, union_org=scene.factory_union,
    )  # fmt: skip


def _group(scene: Scene) -> None:
    """Twelve workers of one enterprise with one claim: an early warning goes up."""
    factory = _factory(scene)
    case = scene.case(
        "rights", "wages", "注塑车间十二名职工三个月没有发工资", form="group", people=GROUP, employer=factory, days=2, risk=1
    )
    for n in range(GROUP):
        case = scene.do(
            "chen", aside.add_participant, case, newcomer=scene.newcomer(), claimed_fen=(9_000 + 300 * n) * 100, is_representative=n < 2
        )
    case = scene.assessed(case, days=1)
    with everything():
        first = Participant.objects.filter(case=case).order_by("id")[0]
    scene.do("chen", aside.settle_participant, case, participant=first, result="agreed", recovered_fen=9_000_00)
    for text in ("同厂包装车间，工资晚发两个月", "同厂质检员，被要求签空白工资条"):
        scene.case("rights", "wages", text, employer=factory, days=1)


def _danger(scene: Scene) -> None:
    """Danger to life is escalated at once; another question went up and was answered."""
    case = scene.accepted(scene.case("rights", "wages", "职工情绪激动，扬言爬上塔吊讨薪", days=1))
    scene.do("chen", aside.set_risk, case, risk=3, reason="有爬高讨薪的过激言语，需要上级到场")
    case = scene.accepted(scene.case("mediation", "wages", "两区交界工地欠薪，管辖不清", days=4))
    case = scene.do("chen", aside.escalate_case, case, reason="请区总工会明确由哪个街道受理")
    scene.do("wu", aside.answer_escalation, case, answer="由石牌街道受理，越秀区配合取证")


def _needs(scene: Scene) -> None:
    """Urgent needs: raised, assigned, answered, escalated."""
    need = scene.do("zhang", urgent_needs.raise_need, scene.town, problem="rest", text="宿舍区没有母婴室，哺乳期女工不方便", people=6)
    need = scene.do("wu", urgent_needs.assign_need, need, owner=scene.users["chen"], note="请实地看一看")
    need = scene.do("chen", urgent_needs.take_need, need)
    scene.do("chen", urgent_needs.answer_need, need, answer="已与物业商定，一楼改造一间，下周开放")
    need = scene.do(
        "feng", urgent_needs.raise_need, scene.factory_union, problem="safety", text="注塑车间高温，风扇不够，已有人中暑", people=30
    )
    scene.do("chen", urgent_needs.escalate_need, need, reason="需要区总工会联系应急部门")
    scene.do("lin", urgent_needs.raise_need, scene.town, problem="job", text="骑手换电柜太少，排队影响接单", people=40)


def _resources(scene: Scene) -> None:
    """Resources asked for: one delivered and confirmed, one waiting."""
    with everything():
        found = {r.title: r for r in Resource.objects.filter(org=scene.orgs[f"U{HOME_COUNTY}"])}
    case = scene.working(scene.case("hardship", "relief", "单亲带两个孩子，停工三个月", days=6), "基本生活有保障", "慰问包送达", "链接资源")
    for title in ("爱心超市慰问包", "暑期子女托管班"):
        case = scene.do("chen", resources.promise_resource, case, resource=found[title], purpose="单亲家庭，两个孩子")
    with everything():
        first = Promise.objects.filter(case=case).order_by("id")[0]
    given = scene.do("wu", resources.give_promise, first, note="本周送达") if _may_give(scene) else None
    if given is not None:
        given = scene.do("wu", resources.deliver_promise, given, amount_fen=300_00)
        scene.do("chen", resources.confirm_promise, given, effect="米面油已送到，孩子很高兴")


def _may_give(scene: Scene) -> bool:
    return True


def _counter(scene: Scene) -> None:
    """Quick consultations at the counter and on the phone; two records that may be one person."""
    for line, question, answer in (
        ("rights", "试用期可以不签合同吗？", "不可以，一个月内应当签订书面合同"),
        ("hardship", "困难职工建档去哪里办？", "在本街道工会，带身份证和收入证明"),
        ("employment", "免费的月嫂培训什么时候开班？", "每月第一周，已登记"),
    ):
        scene.do("chen", cases.consult_case, scene.town, line=line, question=question, answer=answer)
    scene.do(
        "qin", cases.consult_case, scene.town, line="rights", question="加班费怎么计算？", answer="已按工作日、休息日、节假日分别说明",
        source="hotline",
    )  # fmt: skip
    person = scene.inventor.person()
    known = {"sex": person.sex, "birth_on": person.birth_on, "phone": person.phone}
    scene.do("chen", people.register_person, scene.town, name=person.name, id_number=person.id_number, **known)
    scene.do("lin", people.register_person, scene.town, name=person.name, **known)
    scene.made += 4


def _register(scene: Scene) -> None:
    """The legal-aid officer enters three lines by hand."""
    centre = scene.orgs[f"C{HOME_COUNTY}"]
    for n, form in enumerate(("consultation", "mediation", "representation"), 1):
        done = {"result": "success", "concluded_on": today(), "claimed_fen": 8_000_00, "recovered_fen": 7_500_00, "proof": "调解协议书"}
        given = {"consultation": {}, "mediation": {"stage": "before", **done}, "representation": {"stage": "arbitration"}}[form]
        scene.do(
            "zheng", legal_aid.register_legal_aid, centre, number=f"{today().year}-手工-{n:03d}", form=form,
            accepted_on=today(), applicant_name=scene.inventor.name(), dispute="拖欠工资", **given,
        )  # fmt: skip
