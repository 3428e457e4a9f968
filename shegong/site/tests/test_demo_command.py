"""The demo: built once, begun anew when it was broken off, never on a database of real people."""

from __future__ import annotations

import psycopg
import pytest
from click import UsageError

from shegong.kernel.orgs.models import Grant, Org, OrgTerm, User
from shegong.site.cli import demo
from shegong.site.models import House

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(monkeypatch):
    """A demo's database without an organisation, and a list of what was done to it."""
    Grant.objects.all().delete()
    User.objects.all().delete()
    OrgTerm.objects.all().delete()
    Org.objects.update(parent=None)
    Org.objects.all().delete()
    House.objects.create(purpose="demo")
    done: list[str] = []
    monkeypatch.setattr(demo, "start_over", lambda: done.append("start over") or House.objects.update(unfinished=False))
    monkeypatch.setattr("shegong.site.demo.build.build", lambda **_: done.append("build"))
    return done


def test_an_empty_house_is_built_once(house):
    demo.build_when_empty()
    assert house == ["build"]
    assert not House.objects.get().unfinished
    Org.objects.create(code="X", name="某总工会", kind="province", path="1.", opened_on="2020-01-01")
    demo.build_when_empty()
    assert house == ["build"]


def test_an_attempt_broken_off_is_begun_anew(house, monkeypatch):
    def broken(**_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("shegong.site.demo.build.build", broken)
        with pytest.raises(KeyboardInterrupt):
            demo.build_when_empty()
    assert House.objects.get().unfinished
    demo.build_when_empty()
    assert house == ["start over", "build"]
    assert not House.objects.get().unfinished


def test_only_a_demos_database_is_emptied(committed, monkeypatch):
    from shegong.site import settings

    monkeypatch.setattr(settings, "DATABASE_URL", committed)
    with psycopg.connect(committed, autocommit=True) as owner:
        with pytest.raises(UsageError):
            demo.empty_database()  # accounts, and no mark
        owner.execute("insert into site_house (purpose, unfinished, since) values ('production', false, now())")
        with pytest.raises(UsageError):
            demo.empty_database()
        assert owner.execute("select count(*) from orgs_user").fetchone()[0] > 0
        owner.execute("update site_house set purpose = 'demo'")
        demo.empty_database()
        assert owner.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone() == (0,)
