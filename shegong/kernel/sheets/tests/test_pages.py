"""Imports in the browser: who may, what they see, that the worker asks for the rights again, and what stays in the trail."""

from __future__ import annotations

import datetime as dt
import io
import uuid
import zipfile
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from shegong.kernel.audit.models import Entry
from shegong.kernel.orgs.models import Grant
from shegong.kernel.orgs.reach import everything
from shegong.kernel.sheets import runs, tasks
from shegong.kernel.sheets.models import ImportRun, RunState
from shegong.lib import idcard
from tests import cast

from .files import table

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store", "jobs")]
Person = apps.get_model("registry", "Person")  # a layer above: asked for by name
PEOPLE = "registry.people"
HEAD = ["姓名", "身份证号", "联系电话", "爱好"]


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    """Jobs are done as they are asked for; gives what was asked."""
    asked: list[tuple] = []

    def start(*job: Any) -> None:
        asked.append(job)
        runs.perform(*job)

    monkeypatch.setattr(tasks, "start", start)
    return asked


def sign_in(account: str) -> Client:
    client = Client()
    client.force_login(cast.user(account), backend="django.contrib.auth.backends.ModelBackend")
    return client


def number(n: int) -> str:
    return idcard.synthetic(birth_on=dt.date(1980, 1, 1) + dt.timedelta(days=n), sex="1", sequence=3)


def book(*rows: list[Any]) -> bytes:
    return table([HEAD, *rows])


GOOD = ["卓一", "", "13800000001", "钓鱼"]


def rows_with_one_bad() -> bytes:
    return book(
        ["卓一", number(1), "13800000001", "钓鱼"], ["卓二", number(2)[:-1] + "0", "", ""], ["卓三", number(3), "", ""]
    )


def send(client: Client, raw: bytes, org: str = "town", **more: Any) -> Any:
    file = SimpleUploadedFile("名册.xlsx", raw)
    given = {"org": cast.org(org).pk, "file": file, "page": "", "idempotency_key": str(uuid.uuid4()), **more}
    return client.post(f"/imports/new?sheet={PEOPLE}", given)


def the_run() -> ImportRun:
    with everything():
        return ImportRun.objects.select_related("org").latest("pk")


def steps(run: ImportRun) -> list[tuple[str, str]]:
    with everything():
        return list(Entry.objects.filter(object_id=str(run.pk)).order_by("seq").values_list("reason", "outcome"))


def test_from_upload_to_done_with_the_bad_rows_back():
    client = sign_in("town_worker")
    answer = send(client, rows_with_one_bad())
    run = the_run()
    assert answer.status_code == 302 and answer["Location"] == f"/imports/{run.pk}"
    assert (run.state, run.counts["good"], run.counts["bad"]) == ("checked", 2, 1)
    page = client.get(f"/imports/{run.pk}").content.decode()
    assert "B3" in page and "爱好" in page and "2 rows" not in page
    assert number(2)[6:14] not in page  # masked in the report
    back = b"".join(client.get(f"/imports/{run.pk}/returned?bad=1").streaming_content)
    assert zipfile.ZipFile(io.BytesIO(back)).testzip() is None
    done = client.post(f"/imports/{run.pk}/confirm", {"mode": "good_rows"})
    assert done.status_code == 302
    run = the_run()
    assert (run.state, run.counts["created"]) == (RunState.DONE, 2)
    with everything():
        assert {p.org_id for p in Person.objects.filter(name__in=["卓一", "卓三"])} == {cast.org("town").pk}
    assert steps(run) == [
        ("upload", "done"), ("check", "done"), ("returned workbook", "exported"), ("commit", "done"),
    ]  # fmt: skip


def test_the_same_file_again_says_so_and_does_nothing():
    client = sign_in("town_worker")
    raw = rows_with_one_bad()
    send(client, raw)
    run = the_run()
    client.post(f"/imports/{run.pk}/confirm", {"mode": "good_rows"})
    again = send(client, raw)
    assert again.status_code == 422
    assert f"/imports/{run.pk}" in again.content.decode()
    assert the_run() == run


def test_the_same_key_is_the_same_upload(jobs):
    client, key = sign_in("town_worker"), str(uuid.uuid4())
    first = send(client, rows_with_one_bad(), idempotency_key=key)
    second = send(client, rows_with_one_bad(), idempotency_key=key)
    assert first["Location"] == second["Location"]
    assert len(jobs) == 1


def test_all_or_nothing_takes_nothing_with_a_bad_row():
    client = sign_in("town_worker")
    send(client, rows_with_one_bad())
    run = the_run()
    client.post(f"/imports/{run.pk}/confirm", {"mode": "all_or_nothing"})
    run = the_run()
    assert run.state == RunState.CHECKED
    with everything():
        assert not Person.objects.filter(name="卓一").exists()


def test_rows_belong_to_the_organisation_chosen_for_the_file():
    client = sign_in("county_clerk")
    send(client, book(["卓四", number(4), "", ""]), org="town2")
    run = the_run()
    client.post(f"/imports/{run.pk}/confirm", {"mode": "good_rows"})
    with everything():
        assert Person.objects.get(name="卓四").org_id == cast.org("town2").pk


@pytest.mark.parametrize("account", ["neighbour_county_clerk", "town2_worker", "other_town_worker", "city_officer", "employer_hr",
                                     "worker", "auditor", "expired", "lawyer"])  # fmt: skip
def test_a_foreign_upload_does_not_exist(account):
    send(sign_in("town_worker"), rows_with_one_bad())
    run, client = the_run(), sign_in(account)
    nowhere = uuid.uuid4()
    for path in ("", "/progress", "/returned"):
        there, not_there = client.get(f"/imports/{run.pk}{path}"), client.get(f"/imports/{nowhere}{path}")
        assert there.status_code == not_there.status_code == 404, path
    for path in ("/confirm", "/cancel", "/check"):
        assert client.post(f"/imports/{run.pk}{path}", {"mode": "good_rows"}).status_code == 404, path
    assert str(run.pk) not in client.get("/imports").content.decode()
    run = the_run()
    assert run.state == RunState.CHECKED


@pytest.mark.parametrize(
    ("account", "org"), [("town_worker", "town2"), ("neighbour_county_clerk", "town"), ("county_clerk", "other_town")]
)
def test_nobody_uploads_for_a_place_that_is_not_theirs(account, org):
    assert send(sign_in(account), rows_with_one_bad(), org).status_code == 422
    with everything():
        assert not ImportRun.objects.exists()


@pytest.mark.parametrize("account", ["city_officer", "worker", "employer_hr", "lawyer", "auditor", "hotline"])
def test_who_imports_nothing_finds_no_form(account):
    client = sign_in(account)
    assert client.get(f"/imports/new?sheet={PEOPLE}").status_code == 404
    assert client.get(f"/imports/template/{PEOPLE}").status_code == 404
    assert send(client, rows_with_one_bad()).status_code == 404


def test_colleagues_of_the_office_and_those_above_see_it():
    send(sign_in("town_worker"), rows_with_one_bad())
    run = the_run()
    for account in ("colleague", "county_clerk", "supervisor"):
        client = sign_in(account)
        assert client.get(f"/imports/{run.pk}").status_code == 200
        assert str(run.pk) in client.get("/imports").content.decode()
        assert str(run.pk) not in client.get("/imports?mine=1").content.decode()


def test_a_post_lost_between_asking_and_doing_counts(monkeypatch):
    client = sign_in("town_worker")
    send(client, rows_with_one_bad())
    run, asked = the_run(), []
    monkeypatch.setattr(tasks, "start", lambda *job: asked.append(job))
    client.post(f"/imports/{run.pk}/confirm", {"mode": "good_rows"})
    Grant.objects.filter(user__username="town_worker").update(valid_to=dt.date(2021, 1, 1))
    runs.perform(*asked[0])
    run = the_run()
    assert run.state == RunState.CHECKED
    with everything():
        assert not Person.objects.filter(name="卓一").exists()


def test_a_job_done_twice_takes_rows_in_once(jobs):
    client = sign_in("town_worker")
    send(client, rows_with_one_bad())
    run = the_run()
    client.post(f"/imports/{run.pk}/confirm", {"mode": "good_rows"})
    runs.perform(*jobs[-1])
    with everything():
        assert Person.objects.filter(name="卓一").count() == 1
    assert [s for s in steps(run) if s[0] == "commit"] == [("commit", "done")]


def test_progress_is_asked_for_until_the_work_is_done(monkeypatch):
    monkeypatch.setattr(tasks, "start", lambda *job: None)
    client = sign_in("town_worker")
    send(client, rows_with_one_bad())
    run = the_run()
    assert "every 2s" in client.get(f"/imports/{run.pk}").content.decode()
    assert "every 2s" in client.get(f"/imports/{run.pk}/progress").content.decode()
    runs.perform(run.pk, cast.user("town_worker").pk, runs.CHECK)
    answer = client.get(f"/imports/{run.pk}/progress")
    assert answer["HX-Refresh"] == "true"
    assert "every 2s" not in client.get(f"/imports/{run.pk}").content.decode()


def test_giving_up_deletes_the_file(own_store):
    client = sign_in("town_worker")
    send(client, rows_with_one_bad())
    run = the_run()
    assert list(own_store.rglob("*.sealed"))
    assert client.post(f"/imports/{run.pk}/cancel").status_code == 302
    assert not list(own_store.rglob("*.sealed"))
    assert client.post(f"/imports/{run.pk}/confirm", {"mode": "good_rows"}).status_code == 409
    assert ("cancel", "done") in steps(run)


def test_a_file_that_is_none_is_refused_in_words():
    client = sign_in("town_worker")
    send(client, b"%PDF-1.7 nonsense")
    run = the_run()
    assert run.state == RunState.FAILED
    assert client.get(f"/imports/{run.pk}").status_code == 200
    assert run.refusal["code"]


def test_template_and_list_and_new():
    client = sign_in("town_worker")
    template = client.get(f"/imports/template/{PEOPLE}")
    assert template.status_code == 200 and zipfile.ZipFile(io.BytesIO(template.content)).testzip() is None
    assert "filename*=UTF-8''" in template["Content-Disposition"]
    page = client.get(f"/imports/new?sheet={PEOPLE}").content.decode()
    assert "身份证号码" in page and 'enctype="multipart/form-data"' in page
    assert client.get("/imports").status_code == 200


def test_files_go_after_thirty_days_and_rows_stay(own_store, django_capture_on_commit_callbacks):
    client = sign_in("town_worker")
    send(client, rows_with_one_bad())
    run = the_run()
    client.post(f"/imports/{run.pk}/confirm", {"mode": "good_rows"})
    with everything():
        assert runs.forget_uploads() == 0
        ImportRun.objects.filter(pk=run.pk).update(touched_at=timezone.now() - dt.timedelta(days=31))
        with django_capture_on_commit_callbacks(execute=True):
            assert runs.forget_uploads() == 1
    assert not list(own_store.rglob("*.sealed"))
    run = the_run()
    assert (run.state, run.stored_path, run.report, run.counts["created"]) == (RunState.DONE, "", None, 2)
    assert client.get(f"/imports/{run.pk}").status_code == 200
    assert client.get(f"/imports/{run.pk}/returned").status_code == 409
