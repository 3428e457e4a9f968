"""Row-level security binds on its own: with the application's filter removed, nothing foreign comes back."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection

from shegong.kernel.orgs.models import Scoped
from shegong.kernel.orgs.reach import acting, everything, set_reach

from . import cast

pytestmark = pytest.mark.django_db


def test_the_application_is_neither_owner_nor_superuser():
    with connection.cursor() as cursor:
        cursor.execute("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
        assert cursor.fetchone() == (False,)
        cursor.execute("select current_user")
        assert cursor.fetchone() == ("shegong_app",)


def test_every_scoped_table_has_a_wall_that_binds_its_owner_too():
    tables = {m._meta.db_table for m in apps.get_models() if issubclass(m, Scoped)} | {"audit_entry", "actions_notice"}
    with connection.cursor() as cursor:
        cursor.execute("select relname from pg_class where relrowsecurity and relforcerowsecurity")
        walled = {row[0] for row in cursor.fetchall()}
    assert tables <= walled, tables - walled


def test_without_a_transaction_no_reach_can_be_set(settings):
    connection.in_atomic_block = False
    try:
        with pytest.raises(RuntimeError):
            set_reach(cast.actor("town_worker"))
    finally:
        connection.in_atomic_block = True


def test_foreign_rows_do_not_come_back_without_any_filter():
    from shegong.apps.casework.models import Case

    town, neighbour = cast.org("town"), cast.org("neighbour_town")
    with everything():
        for place in (town, neighbour):
            Case.objects.create(
                org=place,
                org_path=place.path,
                number=place.code,
                line="rights",
                summary="欠薪",
                registered_on="2026-01-05",
            )
    seen = {}
    for account in (
        "town_worker",
        "neighbour_town_worker",
        "county_clerk",
        "city_officer",
        "other_city_officer",
        "lawyer",
        "finance",
    ):
        with acting(cast.actor(account)):
            seen[account] = sorted(Case.objects.values_list("number", flat=True))
    assert seen["town_worker"] == ["town"]
    assert seen["neighbour_town_worker"] == ["neighbour_town"]
    assert seen["county_clerk"] == ["town"]
    assert seen["city_officer"] == ["neighbour_town", "town"]
    assert seen["other_city_officer"] == seen["lawyer"] == seen["finance"] == []
    assert Case.objects.count() == 0  # and without a reach, nothing at all
