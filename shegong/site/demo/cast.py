"""The cast of the demo province: invented people, one or two of every role, to sign in with one click."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from shegong.kernel.orgs.models import Grant, Org, User

SINCE = dt.date(2020, 1, 1)


@dataclass(frozen=True)
class Part:
    """One person of the cast: account, name, role, code of the organisation, and what to try as them (zh, en)."""

    account: str
    name: str
    role: str
    org: str
    zh: str
    en: str


CAST = (
    Part(
        "chen",
        "陈小满",
        "town_worker",
        "U440106006",
        "受理一件诉求，走完六个阶段",
        "Take a request through the six phases",
    ),
    Part("lin", "林白露", "town_worker", "U440106006", "同一街道的同事", "A colleague in the same street"),
    Part("zhou", "周立秋", "supervisor", "U440106", "审批计划和结案", "Approve plans and closures"),
    Part("wu", "吴谷雨", "county_clerk", "U440106", "看全区数据，导入表格", "The district's figures and imports"),
    Part("zheng", "郑清明", "legal_officer", "C440106", "法律援助登记与指派", "Legal-aid register and assignment"),
    Part("feng", "冯惊蛰", "base_cadre", "B440106006", "企业工会代职工上报", "Report for workers of one enterprise"),
    Part(
        "chu",
        "褚立冬",
        "employer_hr",
        "B440106006",
        "用人单位：看不到职工的争议",
        "The employer's side: sees no dispute",
    ),
    Part("wei", "卫春分", "lawyer", "F440106", "只看到指派给自己的案件", "Sees only assigned cases"),
    Part("jiang", "蒋夏至", "mediator", "W440106", "只看到指派给自己的调解", "Sees only assigned mediations"),
    Part("shen", "沈秋分", "partner", "P440106-RS", "接收转介并回复结果", "Receives referrals and answers"),
    Part("yang", "杨小寒", "city_officer", "U440100", "市级看板", "The city's dashboard"),
    Part("zhu", "朱大寒", "province_officer", "U440000", "省级看板，数字可以层层打开", "The province's dashboard"),
    Part("qin", "秦立夏", "hotline", "U440100", "12351 热线坐席登记来电", "Records calls of the 12351 hotline"),
    Part(
        "zhang", "张大雪", "worker", "U440106006", "职工本人：提出诉求、看进度、评价", "The worker: ask, follow, rate"
    ),
    Part(
        "cao",
        "曹芒种",
        "town_worker",
        "U440104003",
        "邻区同行：看不到天河的任何记录",
        "A neighbour: sees nothing of Tianhe",
    ),
    Part("hua", "华立春", "county_clerk", "U440104", "邻区办事员", "The neighbour's clerk"),
    Part("you", "尤小暑", "finance", "U440106", "财务", "Finance"),
    Part("xu", "许大暑", "auditor", "U440000", "经审", "Funds audit"),
    Part("he", "何白霜", "system_admin", "U440000", "系统管理员：组织树", "System administrator: the tree"),
    Part(
        "lv", "吕寒露", "security_admin", "U440000", "安全管理员：账号与岗位", "Security administrator: accounts, posts"
    ),
    Part(
        "shi", "施小雪", "audit_admin", "U440000", "审计管理员：查阅与校验留痕", "Audit administrator: reads the trail"
    ),
)
PASSWORD = "shegong-demo-2026"  # noqa: S105 - demo mode only; the start-up check refuses it with production settings


def build(orgs: dict[str, Org]) -> dict[str, User]:
    """Open the accounts with their posts. Returns the users by account."""
    hashed = make_password(PASSWORD)
    users = User.objects.bulk_create([User(username=p.account, name=p.name, password=hashed) for p in CAST])
    Grant.objects.bulk_create(
        [
            Grant(user=user, role=part.role, org=orgs[part.org], valid_from=SINCE, reason="演示")
            for part, user in zip(CAST, users, strict=True)
        ]
    )
    return {u.username: u for u in users}
