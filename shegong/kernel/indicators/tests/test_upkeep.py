"""Cells equal a recount, whatever is added, changed, removed, or moved in the tree."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shegong.apps.casework.models import LegalAid
from shegong.kernel.indicators import behind, figures, spans, upkeep
from shegong.kernel.indicators.figures import Ask
from shegong.kernel.indicators.models import Cell, Dirty
from shegong.kernel.orgs import tree
from shegong.kernel.orgs.models import Org, OrgTerm
from shegong.kernel.orgs.reach import Actor, everything
from tests import cast

from .province import CODES, FORMS, entry, scatter

pytestmark = pytest.mark.django_db
SYSTEM = Actor.machine()
YEARS = (dt.date(2023, 1, 1), dt.date(2024, 12, 31))


@pytest.fixture(autouse=True)
def _everything():
    with everything():
        Dirty.objects.all().delete()
        yield


def saved(*rows: LegalAid) -> None:
    LegalAid.objects.bulk_create(rows)
    upkeep.touch([(row, {}) for row in rows])


def test_a_note_becomes_a_figure_at_every_level():
    saved(entry(cast.org("town"), dt.date(2024, 3, 5), people=3, recovered=1250))
    assert upkeep.keep_once() == 1
    for key in ("town", "county", "city", "province"):
        asked = Ask(cast.org(key), *YEARS)
        assert figures.table(CODES, asked)[()] == {
            "test.entries": 1,
            "test.people": 3,
            "test.recovered": 1250,
            "test.mediated": 1,
        }
    assert figures.table(CODES, Ask(cast.org("neighbour_county"), *YEARS)) == {}
    assert upkeep.differences("test.aid") == []


def test_a_change_moves_the_row_from_one_cell_to_the_other_and_leaves_no_zeros():
    row = entry(cast.org("town"), dt.date(2024, 3, 5))
    saved(row)
    upkeep.keep_once()
    before = {"org": row.org_id, "accepted_on": "2024-03-05"}
    row.org, row.org_path, row.accepted_on = (
        cast.org("neighbour_town"),
        cast.org("neighbour_town").path,
        dt.date(2023, 7, 9),
    )
    row.save()
    upkeep.touch([(row, before)])
    upkeep.keep_once()
    assert figures.total("test.entries", Ask(cast.org("county"), *YEARS)) == 0
    assert (
        figures.total("test.entries", Ask(cast.org("neighbour_county"), dt.date(2023, 7, 1), dt.date(2023, 7, 31))) == 1
    )
    assert not [c for c in Cell.objects.filter(cube="test.aid") if not any(c.values)]
    assert upkeep.differences("test.aid") == []


def test_figures_that_cannot_be_summed_stop_no_others_and_keep_their_notes(monkeypatch):
    saved(entry(cast.org("town"), dt.date(2024, 3, 5)))
    upkeep.touch_months([("casework.Case", cast.org("town").pk, dt.date(2024, 3, 1))])
    real = upkeep._recount

    def recount(cube, months):
        if cube.code == "test.aid":
            with connection.cursor() as cursor:
                cursor.execute("select 9e18::bigint + 9e18::bigint")
        real(cube, months)

    monkeypatch.setattr(upkeep, "_recount", recount)
    assert upkeep.keep_once() == 1
    assert {d.model for d in Dirty.objects.all()} == {LegalAid._meta.label}
    monkeypatch.undo()
    assert upkeep.keep_once() == 1
    assert upkeep.differences("test.aid") == []


def test_what_nobody_noted_is_found_by_the_comparison():
    saved(entry(cast.org("town"), dt.date(2024, 3, 5)))
    upkeep.keep_once()
    LegalAid.objects.bulk_create([entry(cast.org("town"), dt.date(2024, 3, 6))])
    assert len(upkeep.differences("test.aid")) == 1
    upkeep.rebuild(["test.aid"])
    Cell.objects.filter(cube="test.aid", own=False, org_id=cast.org("city").pk).delete()
    assert "with all below" in "".join(upkeep.differences("test.aid"))
    upkeep.roll_up(dt.date(2024, 1, 1), ["test.aid"])
    assert upkeep.differences("test.aid") == []


def test_instants_and_texts_are_business_days():
    late = dt.datetime(2024, 3, 31, 20, 0, tzinfo=dt.UTC)  # 4 o'clock on 1 April in Shanghai
    assert upkeep._as_date(late) == upkeep._as_date(late.isoformat()) == dt.date(2024, 4, 1)
    assert upkeep._as_date("2024-03-31") == dt.date(2024, 3, 31)


def test_a_moved_town_keeps_its_past_and_a_change_notes_itself():
    town = cast.org("town")
    saved(*(entry(town, dt.date(2023, m, 5)) for m in range(1, 13)))
    upkeep.keep_once()
    tree.change(town, dt.date(2023, 7, 1), parent=cast.org("neighbour_county"))
    assert upkeep.pending() > 0
    upkeep.keep_once()
    assert upkeep.differences("test.aid") == []
    assert figures.total("test.entries", Ask(cast.org("county"), *YEARS)) == 6
    assert figures.total("test.entries", Ask(cast.org("neighbour_county"), *YEARS)) == 6
    assert figures.total("test.entries", Ask(cast.org("county"), *YEARS, tree="today")) == 0
    assert figures.total("test.entries", Ask(cast.org("neighbour_county"), *YEARS, tree="today")) == 12
    assert figures.total("test.entries", Ask(cast.org("county"), *YEARS, tree=dt.date(2023, 6, 1))) == 12
    assert figures.total("test.entries", Ask(cast.org("city"), *YEARS)) == 12


def test_a_planned_move_waits_for_its_day(monkeypatch):
    town, day = cast.org("town"), dt.date(2031, 5, 15)
    monkeypatch.setattr(spans, "today", lambda: dt.date(2031, 5, 10))
    monkeypatch.setattr(upkeep, "today", lambda: dt.date(2031, 5, 10))
    saved(entry(town, dt.date(2031, 5, 3)), entry(town, dt.date(2031, 4, 3)))
    tree.change(town, day, parent=cast.org("neighbour_county"))
    upkeep.keep_once()
    months = Ask(cast.org("county"), dt.date(2031, 4, 1), dt.date(2031, 5, 31))
    assert figures.total("test.entries", months) == 2
    assert upkeep.pending() == 0
    assert Dirty.objects.filter(model="").exists()
    monkeypatch.setattr(spans, "today", lambda: day)
    monkeypatch.setattr(upkeep, "today", lambda: day)
    assert upkeep.keep_once() > 0
    assert figures.total("test.entries", months) == 1
    assert upkeep.differences("test.aid") == []


def test_months_before_an_organisation_was_founded_belong_to_its_first_place():
    saved(entry(cast.org("town"), dt.date(2015, 2, 2)))
    upkeep.keep_once()
    asked = Ask(cast.org("province"), dt.date(2015, 1, 1), dt.date(2015, 12, 31))
    assert figures.total("test.entries", asked) == 1 == behind.rows_behind(SYSTEM, "test.entries", asked).count()
    assert upkeep.differences("test.aid") == []


MONTHS = st.integers(0, 23)
PLACES = st.sampled_from(["town", "town2", "station", "base", "neighbour_town", "other_town", "county", "new_biz"])
UPPER = st.sampled_from(["county", "neighbour_county", "other_city", "city", "town2"])
DEEDS = st.one_of(
    st.tuples(st.just("add"), PLACES, MONTHS, st.sampled_from(FORMS), st.booleans()),
    st.tuples(st.just("correct"), st.integers(0, 50), MONTHS, st.sampled_from(FORMS), PLACES),
    st.tuples(st.just("drop"), st.integers(0, 50)),
    st.tuples(st.just("move"), PLACES, MONTHS, UPPER),
    st.tuples(st.just("rename"), PLACES, MONTHS),
    st.tuples(st.just("merge"), st.sampled_from(["town", "town2", "neighbour_town"]), MONTHS, st.sampled_from(["town", "town2", "other_town"])),
    st.tuples(st.just("keep"),),
)  # fmt: skip


def day_of(month: int, day: int = 14) -> dt.date:
    return dt.date(2023 + month // 12, month % 12 + 1, day)


def perform(deed: tuple) -> None:
    """One thing that can happen; what the tree refuses does not happen."""
    rows = list(LegalAid.objects.order_by("id"))
    if deed[0] == "add":
        saved(entry(cast.org(deed[1]), day_of(deed[2]), deed[3], people=2, recovered=100 * deed[2], group=deed[4]))
    elif deed[0] == "correct" and rows:
        row = rows[deed[1] % len(rows)]
        before = {"org": row.org_id, "accepted_on": str(row.accepted_on)}
        row.org = cast.org(deed[4])
        row.org_path, row.accepted_on, row.form = row.org.path, day_of(deed[2], 28), deed[3]
        row.save()
        upkeep.touch([(row, before)])
    elif deed[0] == "drop" and rows:
        row = rows[deed[1] % len(rows)]
        upkeep.touch([(row, {})])
        row.delete()
    elif deed[0] == "keep":
        upkeep.keep_once()
    elif deed[0] in ("move", "rename", "merge"):
        try:
            with transaction.atomic():
                bend(deed)
        except (tree.TreeRefused, IntegrityError):  # e.g. something below has moved away later; nothing is half done
            pass


def bend(deed: tuple) -> None:
    org, on = cast.org(deed[1]), day_of(deed[2])
    above = [int(step) for step in cast.org(deed[3]).path.split(".") if step] if len(deed) > 3 else []
    later = OrgTerm.objects.filter(valid_from__gt=on)
    if later.filter(path__contains=f".{org.pk}.").exists() or later.filter(org__in=above).exists():
        raise tree.TreeRefused("something below, or above the new place, changes later: paths would part from parents")
    if deed[0] == "move":
        tree.change(org, on, parent=cast.org(deed[3]))
    elif deed[0] == "rename":
        tree.change(org, on, name=f"{org.name}改")
    else:
        tree.close(org, on, into=cast.org(deed[3]))


@settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(DEEDS, min_size=4, max_size=22), st.sampled_from([YEARS, (dt.date(2023, 5, 1), dt.date(2024, 2, 1))]))
def test_whatever_happens_cells_equal_a_recount_and_parents_their_parts(deeds, period):
    with transaction.atomic():
        for deed in deeds:
            perform(deed)
        while upkeep.pending():
            upkeep.keep_once()
        assert upkeep.differences("test.aid") == []
        for org in Org.objects.filter(kind__in=["province", "city", "county", "town"]):
            for how in ("then", "today", dt.date(2023, 6, 1)):
                ties(Ask(org, *period, tree=how))
        transaction.set_rollback(True)


def ties(asked: Ask) -> None:
    """Whole == Σ parts == Σ dimensions == rows behind, for every indicator."""
    whole = figures.table(CODES, asked).get((), dict.fromkeys(CODES, 0))
    parts = figures.by_area(CODES, asked, by=["form", "year"])
    units = figures.by_unit(CODES, asked, by=["group"])
    assert {c: sum(v[c] for u in units for v in u.cells.values()) for c in CODES} == whole
    for row in [*units, *parts]:
        counted = sum(v["test.entries"] for v in row.cells.values())
        if row.own:
            assert (
                behind.rows_behind(SYSTEM, "test.entries", row.ask).count()
                == counted
                == figures.total("test.entries", row.ask)
            )
    assert {c: sum(v[c] for p in parts for v in p.cells.values()) for c in CODES} == whole
    split = figures.table(CODES, asked, by=["month", "group"])
    assert {c: sum(v[c] for v in split.values()) for c in CODES} == whole
    for code in ("test.entries", "test.mediated"):
        assert behind.rows_behind(SYSTEM, code, asked).count() == whole[code], (asked.org.code, asked.tree)
    filtered = asked.narrowed(form=("mediation", "drafting"), group=("false",))
    assert behind.rows_behind(SYSTEM, "test.mediated", filtered).count() == figures.total("test.mediated", filtered)
    for part in parts:
        if not part.own and not part.partial:
            assert figures.total("test.entries", part.ask) == sum(v["test.entries"] for v in part.cells.values())


def test_rebuild_gives_the_same_cells():
    rows = scatter(7, 300)
    upkeep.touch([(row, {}) for row in rows])
    upkeep.keep_once()
    kept = sorted(Cell.objects.filter(cube="test.aid").values_list("org_id", "own", "month", "dims", "values"))
    assert upkeep.rebuild(["test.aid"]) == sum(1 for c in kept if c[1])
    assert sorted(Cell.objects.filter(cube="test.aid").values_list("org_id", "own", "month", "dims", "values")) == kept
