"""Figures from the deed to the province, their pages, and who sees what of them."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse

from shegong.apps.casework import indicators, reports
from shegong.apps.casework.models import Case, Rating
from shegong.apps.casework.queries import figures as questions
from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.audit.models import Entry
from shegong.kernel.indicators import asking, behind, figures, upkeep
from shegong.kernel.indicators.declare import all_cubes, all_indicators, indicator_of
from shegong.kernel.indicators.figures import Ask
from shegong.kernel.orgs.reach import Actor, acting, everything, today
from shegong.lib.ids import new_id
from tests import cast

pytestmark = pytest.mark.django_db
SYSTEM = Actor.machine()


def client_of(account: str) -> Client:
    client = Client()
    client.force_login(cast.user(account), backend="django.contrib.auth.backends.ModelBackend")
    return client


def case(key: str = "town", day: dt.date | None = None, **given) -> Case:
    """One case, saved and noted."""
    org = cast.org(key)
    fields = {"line": "rights", "summary": "欠薪三个月", "registered_on": day or today(), **given}
    with everything():
        made = Case.objects.create(org=org, org_path=org.path, number=new_id().hex[-16:], **fields)
        upkeep.touch([(made, {})])
    return made


def count() -> None:
    while upkeep.pending():
        upkeep.keep_once()
    for code in all_cubes():
        if code.startswith("casework."):
            assert upkeep.differences(code) == []


def total(code: str, key: str = "province", **where) -> int:
    now = today()
    return figures.total(f"casework.{code}", Ask(cast.org(key), now, now, where))


def test_a_deed_reaches_the_provinces_figure():
    from shegong.kernel.actions.deeds import service_of

    worker = cast.actor("town_worker")
    given = {"line": "rights", "problem": "wages", "question": "加班费怎么算", "answer": "依法计算", "topic": "加班费"}
    form = service_of("casework.case.consult")
    import inspect

    wanted = inspect.signature(form).parameters
    with acting(worker):
        form(worker, cast.org("town"), **{k: v for k, v in given.items() if k in wanted})
    assert total("registered") == 0, "the keeper has not come by yet"
    count()
    assert [total("registered", key) for key in ("province", "city", "county", "town")] == [1] * 4
    assert total("registered", "neighbour_county") == 0
    assert total("closed", form="consultation") == total("registered", form="consultation")


def test_open_is_registered_less_closed_and_a_reopened_case_is_open():
    case(day=dt.date(2026, 1, 5))
    made = case(day=dt.date(2026, 1, 6), state="closed", closed_on=dt.date(2026, 2, 7), close_reason="goal")
    case("neighbour_town", dt.date(2026, 2, 1), state="closed", closed_on=dt.date(2026, 3, 1), close_reason="goal")
    count()
    months = [dt.date(2026, m, 1) for m in range(1, 5)]
    with everything():
        assert indicators.stock(cast.org("province"), months) == [2, 2, 1, 1]
        assert indicators.stock(cast.org("county"), months) == [2, 1, 1, 1]
        before = {"org": made.org_id, "registered_on": "2026-01-06", "closed_on": "2026-02-07"}
        made.state, made.closed_on, made.close_reason, made.reopened = "assessment", None, "", 1
        made.save()
        upkeep.touch([(made, before)])
    count()
    assert indicators.stock(cast.org("county"), months) == [2, 2, 2, 2]
    now = indicators.always(cast.org("province"))
    assert figures.total("casework.open", now) == 2 == indicators.stock(cast.org("province"), [today()])[0]


def test_overdue_and_different_persons_are_counted_at_once():
    from shegong.registry.models import Person

    town = cast.org("town")
    with everything():
        one, other = (Person.objects.create(org=town, org_path=town.path, name=n) for n in ("甲", "乙"))
    case(client=one, due_on=dt.date(2026, 1, 1))
    case(client=one, due_on=dt.date(2099, 1, 1))
    case(client=other, due_on=dt.date(2026, 1, 1), state="closed", closed_on=today())
    count()
    clerk, ask = cast.actor("county_clerk"), Ask(cast.org("county"), today(), today())
    with acting(clerk):
        assert asking.shown(clerk, "casework.clients", ask).value == 2
        assert asking.shown(clerk, "casework.overdue", ask).value == 1
        assert behind.rows_behind(clerk, "casework.overdue", ask).count() == 1
        assert asking.shown(clerk, "casework.people", ask).value == 3
    finance = cast.actor("finance")
    with acting(finance):
        assert asking.shown(finance, "casework.clients", ask).value is None


def test_every_figure_equals_the_entries_behind_it():
    for n in range(14):
        made = case(("town", "town2", "neighbour_town")[n % 3], line=("rights", "care")[n % 2], risk=n % 4)
        if n % 3 == 0:
            with everything():
                given = {"state": "given", "given_on": today(), "overall": 1 + n % 5} if n % 2 else {}
                row = Rating.objects.create(
                    case=made, org=made.org, org_path=made.org_path, line=made.line, code_digest=made.pk.bytes, asked_on=today(),
                    expires_on=today(), **given,
                )  # fmt: skip
                upkeep.touch([(row, {})])
    count()
    ask = Ask(cast.org("province"), today(), today())
    with everything():
        for code, one in all_indicators().items():
            if code.startswith("casework.") and one.measure == "count" and one.live is None:
                assert behind.rows_behind(SYSTEM, code, ask).count() == figures.total(code, ask), code
        filled = reports.report(SYSTEM, "casework", cast.org("province"), today(), today(), by="line")
        assert reports.contradictions(filled) == []
        at = {h.key: c.value for h, c in zip(filled.heads, filled.total.cells, strict=True)}
        assert at["all"] == 14
        assert at["response"] == 100 * at["given"] / at["asked"]
        assert at["given"] <= at["asked"] == 5


PAGES = ("dashboard", "figure", "rows", "list", "table", "print", "csv")


def addresses(org) -> dict[str, str]:
    month = f"{today():%Y-%m}"
    asked = f"org={org.pk}&from={month}&to={month}"
    return {
        "dashboard": f"{reverse('dashboard')}?org={org.pk}",
        "figure": f"{reverse('figure_detail', args=['casework.registered'])}?{asked}",
        "rows": f"{reverse('figure_rows', args=['casework.registered'])}?{asked}",
        "table": f"{reverse('report_page', args=['casework'])}?org={org.pk}&start={month}&to={month}",
        "print": f"{reverse('report_page', args=['casework'])}?org={org.pk}&start={month}&to={month}&print=1",
        "csv": f"{reverse('report_page', args=['casework'])}?org={org.pk}&start={month}&to={month}&format=csv",
    }


@pytest.mark.parametrize(
    ("account", "key"),
    [("town_worker", "town"), ("county_clerk", "county"), ("city_officer", "city"), ("province_officer", "province")],
)
def test_each_level_opens_its_own_figures_down_to_the_entries(account, key):
    case("town")
    case("town", state="intake", line="care", due_on=dt.date(2026, 1, 1))
    count()
    client = client_of(account)
    for name, address in addresses(cast.org(key)).items():
        answer = client.get(address)
        assert answer.status_code == 200, (name, answer.content[:300])
    page = client.get(addresses(cast.org(key))["dashboard"]).content.decode()
    for link in sorted(set(re.findall(r'href="(/figures/[^"]+)"', page)))[:25]:
        answer = client.get(link.replace("&amp;", "&"))
        assert answer.status_code == 200, link
    assert client.get(reverse("report_list")).status_code == 200


@pytest.mark.parametrize(
    "account",
    [
        "neighbour_county_clerk",
        "neighbour_town_worker",
        "employer_hr",
        "base_cadre",
        "worker",
        "lawyer",
        "expired",
        "system_admin",
    ],
)
def test_a_foreign_organisation_is_as_if_it_were_not_there(account):
    case("town")
    count()
    client, nowhere = client_of(account), type("Nowhere", (), {"pk": 987654321})
    for name, address in addresses(cast.org("county")).items():
        answer = client.get(address)
        assert answer.status_code == 404, (name, account)
        other = client.get(addresses(nowhere)[name])
        assert same(answer) == same(other)


def same(answer) -> str:
    """A page without its incident number and form token."""
    return re.sub(r"\b[0-9a-f]{8}\b|[A-Za-z0-9]{64}", "", answer.content.decode())


def test_above_the_county_entries_name_nobody():
    from shegong.registry.models import Person

    town = cast.org("town")
    with everything():
        person = Person.objects.create(org=town, org_path=town.path, name="欧阳不应见")
    made = case(client=person)
    count()
    address = addresses(cast.org("town"))["rows"]
    near, far = (
        client_of("county_clerk").get(address).content.decode(),
        client_of("province_officer").get(address).content.decode(),
    )
    assert person.name in near
    assert made.number in near
    assert person.name not in far
    assert made.number in far
    assert f"/cases/{made.pk}" not in far


def test_who_may_not_see_the_entries_sees_no_small_figure_and_no_list():
    for _n in range(3):
        case("town")
    for _n in range(9):
        case("town2")
    count()
    client, there = client_of("finance"), addresses(cast.org("county"))
    assert client.get(there["rows"]).status_code == 403
    page = client.get(there["dashboard"])
    assert page.status_code == 200
    finance = cast.actor("finance")
    ask = Ask(cast.org("county"), dt.date(today().year, 1, 1), today())
    with acting(finance):
        assert asking.shown(finance, "casework.registered", ask).value == 12
        cells = {
            row.name: row.cells[()]["casework.registered"]
            for row in asking.shown_by_area(finance, ["casework.registered"], ask)
            if row.cells
        }
    assert [cells[cast.org(k).name].value for k in ("town", "town2")] == [None, None], "the 9 would give the 3 away"
    assert all(str(c.why) for c in cells.values())
    with acting(cast.actor("county_clerk")):
        clerk = cast.actor("county_clerk")
        seen = {
            row.name: row.cells[()]["casework.registered"].value
            for row in asking.shown_by_area(clerk, ["casework.registered"], ask)
            if row.cells
        }
    assert seen[cast.org("town").name] == 3


def test_entries_leave_as_a_sheet_without_persons_and_with_a_line_in_the_trail():
    from shegong.registry.models import Person

    town = cast.org("town")
    with everything():
        person = Person.objects.create(org=town, org_path=town.path, name="欧阳不应见")
    made = case(client=person)
    count()
    address = addresses(cast.org("county"))["rows"] + "&format=csv"
    text = client_of("county_clerk").get(address).content.decode("utf-8-sig")
    assert made.number in text
    assert person.name not in text
    with everything():
        line = Entry.objects.get(outcome="exported", deed="casework.case.export")
    assert line.changes["rows"] == 1
    assert client_of("town_worker").get(addresses(cast.org("town"))["rows"] + "&format=csv").status_code == 403


def test_an_address_is_read_back_as_the_same_question():
    clerk = cast.actor("county_clerk")
    ask = Ask(
        cast.org("town"),
        dt.date(2026, 1, 1),
        dt.date(2026, 5, 1),
        {"line": ("rights", "care")},
        "today",
        True,
        cast.org("county"),
    )
    from django.http import QueryDict

    assert questions.ask_of(clerk, indicator_of("casework.registered"), QueryDict(questions.query(ask)).dict()) == ask


@pytest.mark.parametrize(
    ("given", "field"),
    [({"from": "2026-13"}, "from"), ({"to": "soon"}, "to"), ({"from": "2026-05", "to": "2026-01"}, "to"), ({"w.colour": "red"}, "w"), ({"tree": "oak"}, "tree"), ({"from": "1800-01"}, "from")],
)  # fmt: skip
def test_bad_addresses_name_what_is_wrong(given, field):
    with pytest.raises(Refused) as refused:
        questions.ask_of(cast.actor("county_clerk"), indicator_of("casework.registered"), given)
    assert refused.value.field == field
    with pytest.raises(NotAllowed):
        questions.figure("casework.nothing")
