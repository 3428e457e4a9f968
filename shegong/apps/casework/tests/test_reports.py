"""T09 and the casework table: golden G01–G04, and ties in every direction."""

from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

from shegong.apps.casework import reports
from shegong.apps.casework.reports.filling import share
from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.audit.models import Entry
from shegong.kernel.indicators import asking, upkeep
from shegong.kernel.indicators.declare import indicator_of
from shegong.kernel.indicators.figures import Ask
from shegong.kernel.orgs import tree
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor, acting, everything
from shegong.lib import quantity
from tests import cast

from . import register

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
PERIOD = (dt.date(2017, 1, 1), dt.date(2020, 12, 31))
SYSTEM = Actor.machine("测试")


@pytest.fixture(scope="module")
def _songjiang(django_db_setup, django_db_blocker):
    """The whole register once; taken out again by rolling back."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        with everything():
            register.fill()
            upkeep.rebuild(["casework.aid"])
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _open(_songjiang, db):
    with everything():
        yield


def t09(**given):
    return reports.report(given.pop("actor", SYSTEM), "T09", cast.org(given.pop("place", "county")), *PERIOD, **given)


def totals(filled):
    return {h.key: c.value for h, c in zip(filled.heads, filled.total.cells, strict=True)}


def test_g01_parts_equal_the_stated_total():
    found = totals(t09())
    assert {k: found[k] for k in register.PARTS} == register.PARTS
    assert found["all"] == sum(register.PARTS.values()) == register.TOTAL == 24_556


def test_g02_shares_are_from_raw_counts_and_the_whole_is_100():
    filled = t09(by="form")
    found = dict(zip([h.key for h in filled.heads], filled.shares, strict=True))
    assert [found[k] for k in ("mediation", "representation", "consultation", "drafting")] == [
        "76.0%",
        "2.8%",
        "20.6%",
        "0.7%",
    ]
    assert found["all"] == "100.0%", "not the 100.1% of the rounded parts"
    assert [share(n, 24_556, 2) for n in register.PARTS.values()] == ["76.01%", "2.76%", "20.55%", "0.67%"]


def test_g03_recovered_keeps_its_bound():
    fen = totals(t09())["recovered"]
    assert 38_257_000_000 <= fen < 38_258_000_000
    stated = quantity.parse("38,257余万元")
    assert str(stated) == "≥382,570,000元"
    each = quantity.rounded(quantity.divide(stated, quantity.exact(24_556, "件"), "元", attributable=True), 2)
    assert str(each) == "≥15,579.49元"
    settled = quantity.exact(register.PARTS["mediation"] + register.PARTS["representation"], "件")
    assert str(quantity.rounded(quantity.divide(stated, settled, "元", attributable=True), 2)) == "≥19,777.19元"


def test_g04_a_year():
    years = t09(by="year").rows
    assert [row.cells[0].value for row in years] == [6139] * 4
    assert Decimal(38_257) / 4 == Decimal("9564.25")


@pytest.mark.parametrize("by", ["area", "unit", "form", "year"])
@pytest.mark.parametrize("place", ["county", "city"])
def test_it_ties_in_every_direction(by, place):
    assert reports.contradictions(t09(by=by, place=place), splits=by == "area") == []


def test_a_table_that_does_not_tie_is_found_out():
    from shegong.apps.casework.models import LegalAid

    LegalAid.objects.filter(number="G000007").delete()
    assert reports.contradictions(t09(), splits=False)


def test_rows_are_the_centre_and_each_station():
    rows = t09(by="unit").rows
    assert len(rows) == 19
    assert {Org.objects.get(pk=r.key.removesuffix("-own")).kind for r in rows} == {"station", "centre"}


def test_a_moved_station_keeps_its_past():
    before = totals(t09())
    tree.change(Org.objects.get(code="S01"), dt.date(2020, 7, 1), parent=cast.org("neighbour_town"))
    upkeep.keep_once()
    filled = t09()
    assert reports.contradictions(filled, splits=True) == []
    assert totals(filled)["all"] + totals(t09(place="neighbour_county"))["all"] == before["all"]
    today = t09(tree="today")
    assert reports.contradictions(today, splits=True) == []
    assert totals(today)["all"] < totals(filled)["all"]
    assert totals(t09(place="city")) == before


def test_exports_say_the_same_as_the_page():
    filled = t09(by="unit")
    expected = [[str(c.value) for c in row.cells] for row in filled.rows]
    book = CalamineWorkbook.from_filelike(io.BytesIO(reports.export(filled, "xlsx"))).get_sheet_by_index(0).to_python()
    at = next(i for i, row in enumerate(book) if row[0] == filled.rows[0].label)
    parsed = json.loads(reports.export(filled, "json"))
    lines = reports.export(filled, "csv").decode("utf-8-sig").splitlines()
    money = [i for i, h in enumerate(filled.heads) if h.money]
    for number, row in enumerate(filled.rows):
        shown = [
            str(Decimal(str(v)).quantize(1) if i not in money else round(v * 100))
            for i, v in enumerate(book[at + number][1:])
        ]
        assert shown == expected[number]
        values = list(parsed["rows"][number]["values"].values())
        assert [str(v if i not in money else int(Decimal(v) * 100)) for i, v in enumerate(values)] == expected[number]
        assert lines[at + number].startswith(f'"{row.label}","{row.cells[0].value}"')
    exported = Entry.objects.filter(outcome="exported", deed="casework.legal_aid.export")
    assert exported.count() == 3
    assert exported.first().changes["rows"] == 19


def test_out_of_reach_is_as_if_it_were_not_there():
    for account in ("neighbour_county_clerk", "employer_hr", "worker", "expired", "lawyer"):
        with acting(cast.actor(account)), pytest.raises(NotAllowed) as refused:
            t09(actor=cast.actor(account))
        assert refused.value.missing
    with acting(cast.actor("county_clerk")), pytest.raises(NotAllowed):
        t09(actor=cast.actor("county_clerk"), place="city")


def test_bad_questions_name_their_field():
    for given, name in (({"by": "colour"}, "by"), ({"tree": "oak"}, "tree")):
        with pytest.raises(Refused) as refused:
            t09(**given)
        assert refused.value.field == name
    with pytest.raises(Refused) as refused:
        reports.report(SYSTEM, "T99", cast.org("county"), *PERIOD)
    assert refused.value.field == "table"


def test_the_clerk_sees_every_cell_and_the_finance_officer_no_small_one():
    clerk, finance = cast.actor("county_clerk"), cast.actor("finance")
    place = cast.org("county")
    ask = Ask(place, dt.date(2018, 1, 1), dt.date(2018, 12, 1), {"form": ("drafting",)})
    codes = ["casework.aid_accepted", "casework.aid_recovered"]
    seen = asking.shown_by_unit(clerk, codes, ask)
    assert all(s.value is not None for row in seen for cells in row.cells.values() for s in cells.values())
    veiled = {row.org_id: row for row in asking.shown_by_unit(finance, codes, ask)}
    small = [row for row in seen if row.cells[()]["casework.aid_accepted"].value < 5]
    assert small, "the register has small cells to hide"
    for row in small:
        cell = veiled[row.org_id].cells[()]
        assert cell["casework.aid_accepted"].value is cell["casework.aid_recovered"].value is None
        assert str(cell["casework.aid_accepted"].why)
    assert asking.shown(finance, "casework.aid_accepted", Ask(place, *PERIOD)).value == register.TOTAL
    assert not asking.opens(finance, "casework.aid_accepted", place)
    assert indicator_of("casework.aid_accepted").persons
