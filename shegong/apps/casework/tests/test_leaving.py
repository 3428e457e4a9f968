"""Exports of lists and the pages of the legal-aid register: what leaves, for whom, and what the trail keeps."""

from __future__ import annotations

import csv
import io
import uuid
import zipfile
from typing import Any

import pytest
from django.test import Client

from shegong.apps.casework.models import Case, LegalAid
from shegong.apps.casework.sheets import CASES_EXPORT, case_rows
from shegong.kernel.audit.models import Entry
from shegong.kernel.orgs.reach import everything
from shegong.kernel.sheets import takeout
from tests import cast, world

pytestmark = pytest.mark.django_db
PURPOSE = {"purpose": "季度统计报表", "format": "csv"}


@pytest.fixture
def home(db: None) -> world.World:
    return world.build()


def sign_in(account: str) -> Client:
    client = Client()
    client.force_login(cast.user(account), backend="django.contrib.auth.backends.ModelBackend")
    return client


def taken(answer: Any) -> bytes:
    assert answer.status_code == 200, answer.content.decode()
    return b"".join(answer.streaming_content)


def lines(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))


def exported() -> list[Entry]:
    with everything():
        return list(Entry.objects.filter(outcome="exported").order_by("seq"))


def test_the_page_says_what_will_leave_and_the_file_holds_just_that(home):
    client = sign_in("county_clerk")
    listed = client.get("/cases?line=rights&number=2026-9000001").content.decode()
    assert "/cases/export?line=rights" in listed
    page = client.get("/cases/export?line=rights&number=2026-9000001").content.decode()
    assert "2026-9000001" in page and 'name="purpose"' in page
    rows = lines(taken(client.post("/cases/export?line=rights&number=2026-9000001", PURPOSE)))
    assert rows[1][0] == "2026-9000001"
    assert len(rows) == 3
    assert "季度统计报表" in rows[2][0] and "吴谷雨" in rows[2][0]
    text = str(rows)
    assert world.CLIENT not in text and world.CANARY not in text and world.PHONE not in text
    entry = exported()[-1]
    assert (entry.deed, entry.reason, entry.changes["rows"]) == ("casework.case.export", "季度统计报表", 1)
    assert set(entry.changes["filter"]) == {"line", "number"}
    assert "2026-9000001" not in str(entry.changes)  # what was searched for is not repeated
    assert str(entry.object_id) in rows[2][0]


def test_no_purpose_no_file(home):
    client = sign_in("county_clerk")
    for body in ({}, {"purpose": "统", "format": "csv"}, {"purpose": "季度统计报表", "format": "pdf"}):
        assert client.post("/cases/export", body).status_code == 422
    assert not exported()


def test_the_workbook_opens_and_no_cell_of_it_is_a_formula(home):
    with everything():
        type(home.things["casework.case"]).objects.update(close_reason="")
    raw = taken(
        sign_in("province_officer").post(
            "/cases/export", {**PURPOSE, "format": "xlsx", "purpose": "=HYPERLINK(1)+说明"}
        )
    )
    book = zipfile.ZipFile(io.BytesIO(raw))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet and "2026-9000001" in sheet and "朱大寒" in sheet


@pytest.mark.parametrize(
    "account",
    ["town_worker", "lawyer", "worker", "partner", "hotline", "employer_hr", "base_cadre", "auditor", "expired"],
)
def test_who_may_not_export(home, account):
    client = sign_in(account)
    assert client.get("/cases/export").status_code in (403, 404)
    assert client.post("/cases/export", PURPOSE).status_code in (403, 404)
    assert "/cases/export" not in client.get("/cases").content.decode()
    assert not exported()


@pytest.mark.parametrize("account", ["neighbour_county_clerk", "neighbour_supervisor", "other_city_officer"])
def test_nothing_of_the_neighbours_leaves(home, account):
    client = sign_in(account)
    assert client.post("/cases/export", PURPOSE).status_code in (200, 422)
    answer = client.post("/cases/export", PURPOSE)
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert b"2026-9000001" not in raw


def test_too_many_rows_are_refused_not_cut(home, monkeypatch):
    monkeypatch.setattr(takeout, "MOST", 0)
    client = sign_in("county_clerk")
    assert client.post("/cases/export", PURPOSE).status_code == 422
    assert not exported()


def test_rows_come_in_pieces_and_all_of_them(home, monkeypatch):
    monkeypatch.setattr(takeout, "CHUNK", 2)
    place = cast.org("town")
    with everything():
        for n in range(5):
            LegalAid.objects.create(
                number=f"S-{n}",
                form="mediation",
                applicant_name="欧阳",
                accepted_on=world.DAY,
                org=place,
                org_path=place.path,
            )
    rows = lines(taken(sign_in("county_clerk").post("/legal-aid/export?text=欧阳", PURPOSE)))
    assert {row[1] for row in rows[1:-1]} == {f"S-{n}" for n in range(5)}


def test_a_download_broken_off_is_in_the_trail_with_what_had_left(home, monkeypatch):
    monkeypatch.setattr(takeout, "CHUNK", 1)
    actor = cast.actor("county_clerk")
    with everything():
        found = Case.objects.all()
    offer = takeout.Offer(CASES_EXPORT, "casework.case.export", found, case_rows, back="/")
    pieces = takeout._chunks(actor, offer, "季度统计报表", "csv", uuid.uuid4(), "")
    next(pieces)
    pieces.close()
    assert exported()[-1].changes["rows"] == 1


# --- the legal-aid register -----------------------------------------------------------------------------------------------
def test_the_register_lists_sums_and_opens(home):
    entry, client = home.things["casework.legal_aid"], sign_in("county_clerk")
    page = client.get("/legal-aid").content.decode()
    assert "金丝雀-1" in page and world.CLIENT in page and f"/legal-aid/{entry.pk}" in page
    assert "金丝雀-1" not in client.get("/legal-aid?form=drafting").content.decode()
    assert client.get("/legal-aid?form=nonsense").status_code == 422
    detail = client.get(f"/legal-aid/{entry.pk}")
    assert detail.status_code == 200 and "金丝雀-1" in detail.content.decode()
    with everything():
        assert (
            Entry.objects.filter(object_id=str(entry.pk), deed="casework.legal_aid.view", outcome="seen").count() == 1
        )


def test_levels_above_see_rows_without_names(home):
    entry, client = home.things["casework.legal_aid"], sign_in("city_officer")
    page = client.get("/legal-aid").content.decode()
    assert "金丝雀-1" in page and world.CLIENT not in page and "欧**" in page
    assert client.get(f"/legal-aid/{entry.pk}").status_code == 404
    assert client.get("/legal-aid/export").status_code == 403


@pytest.mark.parametrize("account", ["neighbour_county_clerk", "neighbour_town_worker", "other_city_officer", "town2_worker", "worker", "lawyer",
                                     "employer_hr", "expired"])  # fmt: skip
def test_a_foreign_entry_does_not_exist(home, account):
    entry, client = home.things["casework.legal_aid"], sign_in(account)
    assert client.get(f"/legal-aid/{entry.pk}").status_code == 404
    assert world.CLIENT not in client.get("/legal-aid").content.decode()
