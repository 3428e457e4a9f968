"""The dated tree: towns move, merge and are renamed; every earlier day still reads as it was."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shegong.kernel.orgs import tree
from shegong.kernel.orgs.models import Org, OrgTerm
from shegong.kernel.orgs.reach import everything, orgs_on, today
from tests import cast

pytestmark = pytest.mark.django_db
JULY = dt.date(2024, 7, 1)
JUNE_30 = dt.date(2024, 6, 30)


@pytest.fixture(autouse=True)
def _reach(db):
    with everything():
        yield


def _names_below(place: Org, day: dt.date) -> set[str]:
    then = orgs_on(day).get(pk=place.pk)
    return {o.name_then for o in orgs_on(day, below=then.path_then)}


def test_a_moved_town_hangs_where_it_hung_on_each_day():
    town, to = cast.org("town"), cast.org("neighbour_county")
    tree.change(town, JULY, parent=to, because="区划调整")
    assert "石牌街道总工会" in _names_below(cast.org("county"), JUNE_30)
    assert "石牌街道总工会" not in _names_below(cast.org("county"), JULY)
    assert "石牌街道总工会" in _names_below(to, JULY)
    # what hangs below it moved along, and today's path follows
    assert Org.objects.get(code="station").path.startswith(Org.objects.get(code="neighbour_county").path)


def test_a_renamed_town_keeps_its_old_name_in_the_past():
    town = tree.change(cast.org("town"), JULY, name="石牌街道工会联合会")
    assert town.name == "石牌街道工会联合会"
    assert orgs_on(JUNE_30).get(pk=town.pk).name_then == "石牌街道总工会"


def test_a_merged_town_is_read_by_its_successor_and_its_children_move():
    old, into = cast.org("town2"), cast.org("town")
    child = tree.found(tree.Founding("wushan-station", "五山工作站", "station", old, opened_on=dt.date(2020, 1, 1)))
    tree.close(old, JULY, into=into, because="合并")
    old.refresh_from_db()
    child.refresh_from_db()
    assert old.closed_on == JULY
    assert old.path.startswith(into.path)
    assert child.path.startswith(into.path)
    assert child.parent_id == into.pk


def test_a_change_in_the_future_waits_for_its_day():
    tomorrow = today() + dt.timedelta(days=1)
    town = tree.change(cast.org("town"), tomorrow, name="明天的名字")
    assert town.name == "石牌街道总工会"
    assert tree.apply_terms(tomorrow) == 1
    town.refresh_from_db()
    assert town.name == "明天的名字"


@pytest.mark.parametrize("what", ["below itself", "open children", "into itself", "before it was"])
def test_what_would_make_the_tree_wrong_is_refused(what):
    county, town = cast.org("county"), cast.org("town")
    with pytest.raises(tree.TreeRefused):
        if what == "below itself":
            tree.change(county, JULY, parent=town)
        elif what == "open children":
            tree.close(county, JULY)
        elif what == "into itself":
            tree.close(town, JULY, into=town)
        else:
            tree.change(town, dt.date(1990, 1, 1), name="早了")


def test_two_terms_of_one_organisation_cannot_overlap():
    town = cast.org("town")
    with pytest.raises(IntegrityError), transaction.atomic():
        OrgTerm.objects.create(org=town, name="重复", path=town.path, valid_from=dt.date(2023, 1, 1))


def test_scoped_rows_move_along():
    from shegong.apps.casework.models import Case

    town = cast.org("town")
    case = Case.objects.create(
        org=town, org_path=town.path, number="X1", line="rights", summary="x", registered_on=JULY
    )
    tree.change(town, JULY, parent=cast.org("neighbour_county"))
    case.refresh_from_db()
    assert case.org_path == Org.objects.get(pk=town.pk).path


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["town", "town2", "station", "neighbour_town", "other_town", "county"]),
        st.sampled_from(["county", "neighbour_county", "city", "other_city"]),
    ),
    max_size=6,
)


@given(moves=MOVES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_moves_paths_agree_with_parents_on_every_day(moves):
    with transaction.atomic():
        day = dt.date(2021, 1, 1)
        for what, to in moves:
            day += dt.timedelta(days=40)
            try:
                with transaction.atomic():
                    tree.change(cast.org(what), day, parent=cast.org(to))
            except tree.TreeRefused:
                continue
        for when in (dt.date(2020, 6, 1), dt.date(2021, 3, 1), today()):
            rows = {o.pk: o for o in orgs_on(when)}
            for row in rows.values():
                above = rows[row.parent_then].path_then if row.parent_then else ""
                assert row.path_then == f"{above}{row.pk}."
        transaction.set_rollback(True)
