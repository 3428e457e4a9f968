"""The keeper does its duties, one failing duty holds up no other, and a deed is in the figures a moment later."""

from __future__ import annotations

import datetime as dt
import json
import os
import threading
import time
import uuid

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from shegong.kernel.actions.inbox import tell_user
from shegong.kernel.actions.models import Notice, Receipt
from shegong.kernel.audit import sealing, trail
from shegong.kernel.orgs import tree
from shegong.kernel.orgs.models import Org, OrgTerm
from shegong.kernel.orgs.reach import Actor, acting, everything, today
from shegong.site import keeper
from shegong.site.keeper import Duty
from tests import cast


def test_a_failing_duty_waits_longer_each_time_and_holds_up_no_other(caplog):
    done = []

    def fail() -> None:
        raise RuntimeError("out of order")

    bad, good = Duty("bad", fail, 0.1), Duty("good", lambda: done.append(1), 0.1)
    waits = []
    for _ in range(3):
        before = time.monotonic()
        assert bad.perform() is False
        waits.append(bad.due - before)
        assert good.perform() is True
    assert len(done) == 3
    assert waits[0] < waits[1] < waits[2]
    assert not bad.is_due(time.monotonic(), today())
    assert sum(bool(record.exc_info) for record in caplog.records) == 1  # the trace once, not at every try


def test_a_daily_duty_runs_at_the_start_and_at_the_change_of_day():
    duty = Duty("daily", lambda: None, 0)
    now = time.monotonic()
    assert duty.is_due(now, today())
    duty.perform()
    assert not duty.is_due(time.monotonic(), today())
    assert duty.is_due(time.monotonic(), today() + dt.timedelta(days=1))


@pytest.mark.django_db
def test_the_loop_ends_when_asked():
    wanted, ran = threading.Event(), []

    def once() -> None:
        ran.append(1)
        wanted.set()

    keeper.keep(wanted, [Duty("once", once, 0.01)])
    assert ran == [1]


@pytest.mark.django_db
def test_a_long_duty_does_not_come_between_a_deed_and_its_figure():
    wanted, begun, counted = threading.Event(), threading.Event(), threading.Event()

    def long() -> None:
        begun.set()
        assert counted.wait(20)
        wanted.set()

    def prompt() -> None:
        if begun.is_set():
            counted.set()

    for thread in keeper.loops(wanted, [Duty("long", long, 60), Duty("figures", prompt, 0.05)]):
        thread.join(timeout=30)
    assert counted.is_set()
    assert wanted.is_set()


@pytest.mark.django_db
def test_every_duty_of_the_house_runs():
    for duty in keeper.duties():
        assert duty.perform(), duty.name
    assert {d.every for d in keeper.duties() if d.name in ("seal the trail", "keep the figures")} == {0.5}


@pytest.mark.django_db
def test_what_has_served_its_time_goes_and_nothing_else():
    actor = cast.actor("town_worker")
    with acting(actor):
        old, new = uuid.uuid4(), uuid.uuid4()
        for key in (old, new):
            Receipt.objects.create(actor_id=actor.user_id, key=key, deed="x", body="x", object_id="1")
        tell_user(actor.user_id, "old and read", {}, "registry.person", 1)
        tell_user(actor.user_id, "old and unread", {}, "registry.person", 1)
    with everything():
        long_ago = timezone.now() - dt.timedelta(days=200)
        Notice.objects.filter(text="old and read").update(read_at=long_ago, at=long_ago)
        Notice.objects.filter(text="old and unread").update(at=long_ago)
        keeper.forget_notices()
        assert list(Notice.objects.values_list("text", flat=True)) == ["old and unread"]
    assert keeper.forget_receipts() == 0  # both are young
    Session.objects.create(session_key="ended", session_data="", expire_date=timezone.now() - dt.timedelta(hours=1))
    Session.objects.create(session_key="alive", session_data="", expire_date=timezone.now() + dt.timedelta(hours=1))
    keeper.forget_sessions()
    assert list(Session.objects.values_list("session_key", flat=True)) == ["alive"]


@pytest.mark.django_db
def test_old_receipts_go_though_the_application_itself_cannot_delete_one(committed):
    import psycopg

    with psycopg.connect(committed, autocommit=True) as owner:
        owner.execute(
            "insert into actions_receipt (actor_id, key, deed, body, object_id, at) values (1, gen_random_uuid(), 'x', 'x', '1', now() - interval '181 days'),"
            " (1, gen_random_uuid(), 'x', 'x', '2', now() - interval '179 days')"
        )
        with everything():
            assert keeper.forget_receipts() == 1
        assert owner.execute("select object_id from actions_receipt").fetchall() == [("2",)]


@pytest.mark.django_db
def test_a_term_of_today_is_applied(monkeypatch):
    town = cast.org("town")
    OrgTerm.objects.filter(org=town).update(valid_to=today())
    OrgTerm.objects.create(
        org=town, parent=town.parent, name="石牌街道总工会（新）", path=town.path, valid_from=today()
    )
    assert keeper.apply_terms() == 1
    assert Org.objects.get(pk=town.pk).name == "石牌街道总工会（新）"
    assert keeper.apply_terms() == 0
    assert tree  # the rules of the tree are tested with it


@pytest.mark.django_db
def test_orphans_go_after_a_day_and_named_files_stay(settings, tmp_path):
    from shegong.kernel.sheets.models import ImportRun

    settings.SHEGONG_FILES_DIR = tmp_path
    folder = tmp_path / "sheets"
    folder.mkdir()
    old = time.time() - 2 * 86400
    for name in ("named.sealed", "orphan.sealed", "torn.part", "young.sealed"):
        (folder / name).write_bytes(b"x")
        if name != "young.sealed":
            os.utime(folder / name, (old, old))
    documents = tmp_path / "sealed"
    documents.mkdir()
    (documents / "a-document").write_bytes(b"x")  # not the keeper's to judge: its own janitor knows the rows
    os.utime(documents / "a-document", (old, old))
    org = cast.org("town")
    with everything():
        ImportRun.objects.create(
            sheet_code="x",
            actor_id=1,
            org_id=org.pk,
            org_path=org.path,
            digest="d",
            original_name="n",
            stored_path="sheets/named.sealed",
            size_bytes=1,
        )
        assert keeper.remove_orphans() == 2
    assert sorted(p.name for p in folder.iterdir()) == ["named.sealed", "young.sealed"]
    assert (documents / "a-document").exists()


@pytest.mark.django_db
def test_the_running_keeper_seals_what_was_just_written(committed, settings, tmp_path):
    settings.SHEGONG_ANCHOR_FILE = tmp_path / "anchor.log"
    with acting(cast.actor("town_worker")) as actor:
        trail.write(actor, trail.Line("registry.person.view", "registry.person", "1", actor.posts[0].path))
    wanted = threading.Event()
    sealed = Duty("seal", sealing.seal_once, 0.05)

    def stop_when_sealed() -> None:
        if sealing.verify().seals:
            wanted.set()

    limit = threading.Timer(20, wanted.set)
    limit.start()
    keeper.keep(wanted, [sealed, Duty("look", stop_when_sealed, 0.05)])
    limit.cancel()
    report = sealing.verify()
    assert report.sound
    assert report.unsealed == 0
    assert report.entries >= 1


@pytest.mark.django_db
def test_a_check_of_the_trail_is_handed_to_the_worker_and_kept():
    from shegong.site.models import TrailCheck
    from shegong.site.trail import ask_for_check, perform_check

    asked = ask_for_check(7)
    with connection.cursor() as cursor:
        cursor.execute("select task_name, args from procrastinate_jobs")
        name, args = cursor.fetchall()[-1]
    assert (name, json.loads(args)) == ("site.check_trail", {"pk": asked.pk})
    with acting(Actor.machine()):
        done = perform_check(asked.pk)
    assert done.finished_at
    assert TrailCheck.objects.get().sound is not None
