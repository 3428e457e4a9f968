"""A small province with a small named cast: enough for every relation a right can depend on.

Home is Shipai street in Tianhe district of Guangzhou; the neighbour is Beijing street in Yuexiu district; Dongguan has towns
directly below the city. Organisations are named by a key, actors by role, with ``neighbour_`` for the other county.
"""

from __future__ import annotations

import datetime as dt

from shegong.kernel.orgs import tree
from shegong.kernel.orgs.models import Grant, Org, User
from shegong.kernel.orgs.reach import Actor, actor_of

LONG_AGO = dt.date(2020, 1, 1)
ORGS = [
    # key, name, kind, parent key, area
    ("province", "广东省总工会", "province", None, "440000"),
    ("city", "广州市总工会", "city", "province", "440100"),
    ("county", "天河区总工会", "county", "city", "440106"),
    ("town", "石牌街道总工会", "town", "county", "440106006"),
    ("town2", "五山街道总工会", "town", "county", "440106001"),
    ("base", "示例制造有限公司工会", "base", "town", "440106006"),
    ("station", "石牌街道法律援助工作站", "station", "town", "440106006"),
    ("centre", "天河区职工法律援助中心", "centre", "county", "440106"),
    ("workshop", "天河区联合调解工作室", "workshop", "county", "440106"),
    ("new_biz", "天河区网约配送行业工会联合会", "new_biz", "county", "440106"),
    ("neighbour_county", "越秀区总工会", "county", "city", "440104"),
    ("neighbour_town", "北京街道总工会", "town", "neighbour_county", "440104003"),
    ("other_city", "东莞市总工会", "city", "province", "441900"),
    ("other_town", "长安镇总工会", "town", "other_city", "441900119"),
    ("partner", "天河区人力资源和社会保障局", "partner", None, "440106"),
    ("neighbour_partner", "越秀区人力资源和社会保障局", "partner", None, "440104"),
    ("firm", "示例律师事务所", "firm", None, "440106"),
]
PEOPLE = [
    # account, name, role, organisation key
    ("town_worker", "陈小满", "town_worker", "town"),
    ("colleague", "林白露", "town_worker", "town"),
    ("town2_worker", "赵霜降", "town_worker", "town2"),
    ("supervisor", "周立秋", "supervisor", "county"),
    ("second_supervisor", "孙处暑", "supervisor", "county"),
    ("county_clerk", "吴谷雨", "county_clerk", "county"),
    ("legal_officer", "郑清明", "legal_officer", "centre"),
    ("base_cadre", "冯惊蛰", "base_cadre", "base"),
    ("employer_hr", "褚立冬", "employer_hr", "base"),
    ("lawyer", "卫春分", "lawyer", "firm"),
    ("mediator", "蒋夏至", "mediator", "workshop"),
    ("partner", "沈秋分", "partner", "partner"),
    ("neighbour_partner", "韩冬至", "partner", "neighbour_partner"),
    ("city_officer", "杨小寒", "city_officer", "city"),
    ("province_officer", "朱大寒", "province_officer", "province"),
    ("hotline", "秦立夏", "hotline", "city"),
    ("finance", "尤小暑", "finance", "county"),
    ("auditor", "许大暑", "auditor", "province"),
    ("system_admin", "何白霜", "system_admin", "province"),
    ("security_admin", "吕寒露", "security_admin", "province"),
    ("audit_admin", "施小雪", "audit_admin", "province"),
    ("worker", "张大雪", "worker", "town"),
    ("other_worker", "孔雨水", "worker", "town"),
    ("neighbour_town_worker", "曹芒种", "town_worker", "neighbour_town"),
    ("neighbour_supervisor", "严小满", "supervisor", "neighbour_county"),
    ("neighbour_county_clerk", "华立春", "county_clerk", "neighbour_county"),
    ("other_city_officer", "金霜叶", "city_officer", "other_city"),
    ("other_town_worker", "魏初雪", "town_worker", "other_town"),
]
NO_POST = [("expired", "陶旧岗", "town_worker", "town"), ("suspended", "姜停用", "town_worker", "town")]


def build() -> None:
    """Make the tree and the cast. Once per database; needs no reach, for neither is walled."""
    made: dict[str, Org] = {}
    for key, name, kind, parent, area in ORGS:
        made[key] = tree.found(tree.Founding(key, name, kind, made.get(parent or ""), area, LONG_AGO))
    for account, name, role, place in [*PEOPLE, *NO_POST]:
        user = User(username=account, name=name, is_active=account != "suspended")
        user.set_password("demo-" + account)
        user.save()
        until = dt.date(2021, 1, 1) if account == "expired" else None
        Grant.objects.create(user=user, role=role, org=made[place], valid_from=LONG_AGO, valid_to=until)


def org(key: str) -> Org:
    return Org.objects.get(code=key)


def user(account: str) -> User:
    return User.objects.get(username=account)


def actor(account: str) -> Actor:
    return actor_of(account, via="test")
