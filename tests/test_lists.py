"""Law 7: a list asks the database the same number of questions for three rows as for one, whoever looks.

The pages are discovered from the addresses, so a new list is held to it too. Between the two counts every thing of the small world
is written twice more, each copy with its own client, and with the tasks, approvals and notices that hang on it.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from shegong.apps.casework.models import Case, CaseSearch, DutyRoster, Member, Participant, PlanNeed, Task
from shegong.kernel.actions.models import Approval, Notice
from shegong.kernel.audit import trail
from shegong.kernel.orgs import tree
from shegong.kernel.orgs.models import Grant, User
from shegong.kernel.orgs.reach import everything
from shegong.kernel.vault import search
from shegong.registry.models import Duplicate, PersonSearch

from . import cast, world
from .access_policy import PAGES
from .test_access import sign_in
from .test_pages_access import filled

pytestmark = pytest.mark.django_db
FIXED = {"report_list"}  # what is declared in code: no row can be added
RECORD = "lists"  # the trail is never emptied: tests before this one may have filled its first page
SEATS = {role: account for account, _name, role, _place in reversed(cast.PEOPLE)}  # one account for each role


def _names(resolver: Any) -> Iterator[str]:
    for entry in resolver.url_patterns:
        if hasattr(entry, "url_patterns"):
            yield from _names(entry)
        elif entry.callback.__module__.startswith("shegong.") and entry.name:
            yield entry.name


LISTS = sorted({n for n in _names(get_resolver()) if n.endswith("_list") or n in ("search", "home")})


def _first(home: world.World) -> None:
    """What the world itself lacks: rows for the duplicates, the inbox, the trail and the search."""
    person, other = home.things["registry.person"], home.things["other_person"]
    Duplicate.objects.create(
        first=person, second=other, score=9, reasons=["name"], org=person.org, org_path=person.org_path
    )
    case = home.things["casework.case"]
    _beside(case)
    CaseSearch.objects.filter(owner_id=case.pk).delete()
    for thing in (person, other):
        search.put(PersonSearch, thing.pk, thing.name)


def _beside(case: Case) -> None:
    """An approval and a notice for everybody, an entry in the trail, the search tokens."""
    place = {"org": case.org, "org_path": case.org_path}
    tiers = [{"role": "supervisor", "need": 1, "days": 3}]
    Approval.objects.create(
        flow="casework.plan", tiers=tiers, kind="casework.case", object_id=case.pk, title="金丝雀", due_on=world.DAY,
        opened_by=cast.user("town_worker"), **place,
    )  # fmt: skip
    for user in User.objects.all():
        Notice.objects.create(user=user, text="A new request came in: %(number)s.", values={"number": case.number})
    trail.write(cast.actor("town_worker"), trail.Line("casework.case.view", "casework.case", RECORD, case.org_path))
    search.put(CaseSearch, case.pk, case.summary)


def _more(home: world.World) -> None:
    """One more of everything."""
    things = home.things
    person = world.again(things["registry.person"], user_id=None)
    search.put(PersonSearch, person.pk, person.name)
    employer = world.again(things["registry.employer"])
    case = world.again(things["casework.case"], client=person, employer=employer)
    need = world.again(PlanNeed.objects.get(case=things["casework.case"]), case=case)
    world.again(Task.objects.get(case=things["casework.case"]), case=case, need=need)
    for member in Member.objects.filter(case=things["casework.case"]):
        world.again(member, case=case)
    world.again(things["casework.referral"], case=case, need=need)
    world.again(things["casework.legal_clock"], case=case)
    world.again(things["casework.aid"], case=case, entry=None)
    world.again(things["casework.mediation"], case=None)
    world.again(things["casework.aid_rule"], state="withdrawn")
    world.again(things["casework.hearing"], case=case)
    world.again(things["casework.letter"], serial=None)
    world.again(things["casework.law_firm"], credit_code=uuid.uuid4().hex[:18])
    world.again(things["casework.station"], name=uuid.uuid4().hex)
    another = dt.date(2026, 3 + DutyRoster.objects.count(), 1)
    roster = world.again(things["casework.duty_roster"], month=another)
    world.again(things["casework.duty"], roster=roster, day=another)
    world.again(things["casework.fee_rate"], valid_from=another)
    world.again(things["casework.fee_sheet"], month=another)
    Participant.objects.create(case=things["casework.case"], person=person, org=case.org, org_path=case.org_path)
    resource = world.again(things["casework.resource"])
    world.again(things["casework.promise"], case=case, resource=resource)
    for code in ("casework.rating", "casework.urgent_need", "casework.legal_aid", "run"):
        world.again(things[code], **({"case": case} if code == "casework.rating" else {}))
    pair = Duplicate.objects.first()
    assert pair
    world.again(pair, first=person)
    _beside(case)
    for place in ("town", "county", "city", "province"):
        code = uuid.uuid4().hex
        tree.found(tree.Founding(code, f"新会{code[:4]}", "base", cast.org(place), "440106", world.DAY))
    user = User.objects.create(username=uuid.uuid4().hex, name="新来的")
    Grant.objects.create(user=user, role="town_worker", org=cast.org("town"), valid_from=world.DAY)


def _asks(client: Client, name: str, home: dict[str, str]) -> tuple[int, str, list[str]]:
    """Status, page and questions of a second call: the first one fills what is remembered per process."""
    address = filled(PAGES[name].address, home).partition("?")[0]
    searches: dict[str, dict[str, Any]] = {
        "search": {"q": "金丝雀"}, "org_list": {"below": cast.org("county").pk}, "trail_list": {"record": RECORD},
    }  # fmt: skip
    given = searches.get(name)
    client.get(address, given)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address, given)
    return answer.status_code, answer.content.decode(), [q["sql"][:300] for q in asked.captured_queries]


def _rows(page: str) -> int:
    return len(re.findall(r"<tr\b|<li\b|<article\b|<a\b", page))


def _difference(name: str, account: str, one: list[str], three: list[str]) -> str:
    before, after = (Counter(re.sub(r"'[^']*'|\d+|s\d+_x\d+", "?", sql) for sql in asked) for asked in (one, three))
    return f"{name} for {account}: {len(one)} → {len(three)} questions, more of {list(after - before)[:2]}"


def test_lists_ask_no_more_for_three_rows_than_for_one():
    clients = {account: sign_in(account) for account in SEATS.values()}
    with everything():
        home = world.build()
        _first(home)
    names = world.addresses(home)
    before = {(n, a): _asks(client, n, names) for n in LISTS for a, client in clients.items()}
    with everything():
        _more(home)
        _more(home)
    wrong, grown = [], set()
    for (name, account), (status, page, one) in before.items():
        if status != 200:
            continue  # who may look is the business of test_pages_access
        _status, fuller, three = _asks(clients[account], name, names)
        if len(three) > len(one):
            wrong.append(_difference(name, account, one, three))
        if _rows(fuller) > _rows(page):
            grown.add(name)
    assert not wrong, "\n".join(wrong)
    assert grown == set(LISTS) - FIXED, {"never grew, so nothing was shown": sorted(set(LISTS) - FIXED - grown)}
