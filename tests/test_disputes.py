"""A district's two years of disputes as its offices send them: in through the command line, mended, counted, tied (S37–S42)."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.db.models import Count, Sum

from shegong.apps.casework import reports
from shegong.apps.casework.models import Case, Duty, FirmParty, LawFirm, Lawyer, Letter, Mediation, Participant
from shegong.apps.casework.queries.fees import lines_of, sums_of
from shegong.apps.casework.queries.stations import coverage
from shegong.apps.casework.services import duty, fees, stations
from shegong.kernel.actions.models import Notice
from shegong.kernel.indicators import upkeep
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import acting, actor_of, everything, today
from shegong.site.cli import main
from shegong.site.demo import mend
from shegong.site.demo.disputes import FIRMS, GROUPS, LETTERS, write_disputes
from shegong.site.demo.register import DISTRICT, Manifest
from tests.test_register import DONE, REFUSED, ROWS_LEFT, empty, home  # noqa: F401 - fixtures

pytestmark = pytest.mark.slow
FIRST, LAST = dt.date(2024, 1, 1), dt.date(2025, 12, 1)
SCALE = 0.1


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("disputes")
    write_disputes(folder, scale=SCALE)
    return folder


def take_in(sheet: str, path: Path, *more: str, by: str = "wu") -> tuple[int, dict[str, int]]:
    """``shegong import SHEET FILE --as wu --json``: exit code and what was counted."""
    done = CliRunner().invoke(main, ["import", sheet, str(path), "--as", by, "--json", *more])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    text = done.stdout.lstrip()
    return done.exit_code, json.loads(text)["counts"] if text.startswith("{") else {}


def test_the_whole_district_is_eight_thousand_entries_and_twelve_hundred_mediations(tmp_path: Path) -> None:
    write_disputes(tmp_path / "one")
    assert Manifest.load(tmp_path / "one/register").golden["all"]["all"]["count"] == DISTRICT.total == 8_000
    assert Manifest.load(tmp_path / "one/mediations").golden["result"]["all"]["count"] == 1_200
    assert len(Manifest.load(tmp_path / "one/register").files) == 19
    small = [write_disputes(tmp_path / n, scale=0.02) for n in ("two", "three")]
    assert [p.read_bytes() for p in small[0]] == [p.read_bytes() for p in small[1]]


def test_group_cases_find_their_workers_by_the_office_s_own_number(home: Org, sent: Path) -> None:  # noqa: F811
    lists = sorted((sent / "groups").glob("0[1-3]-*.xlsx"))
    code, counts = take_in("casework.participants", lists[0], "--set", "case=群体-001")
    assert (code, counts["refused"]) == (ROWS_LEFT, 48)  # the case itself is not on file yet
    code, counts = take_in("casework.cases", sent / "groups/00-群体案件登记.xlsx")
    assert (code, counts["created"]) == (DONE, 3)
    for path, (number, people) in zip(lists, GROUPS.items(), strict=True):
        code, counts = take_in("casework.participants", path, "--set", f"case={number}")
        assert (code, counts["created"]) == (DONE, people)
        assert take_in("casework.participants", path, "--set", f"case={number}")[0] == REFUSED
    with everything():
        found = Case.objects.filter(form="group", external_ref__in=GROUPS)
        told = dict(found.annotate(n=Count("participants")).values_list("external_ref", "n"))
        assert told == GROUPS == dict(found.values_list("external_ref", "people"))
        for case in found:
            whole = Participant.objects.filter(case=case).aggregate(n=Sum("claimed_fen"))["n"]
            assert case.claimed_fen == whole > 0
        raised = {ref: risk > 0 for ref, risk in found.values_list("external_ref", "risk")}
        assert raised == {ref: people >= 10 for ref, people in GROUPS.items()}
        told = Notice.objects.filter(text__startswith="Early warning", user__username="yang")
        assert {n.values["number"] for n in told} == set(found.filter(people__gte=10).values_list("number", flat=True))


def test_the_panel_comes_in_with_its_firms_and_their_parties(home: Org, sent: Path) -> None:  # noqa: F811
    assert take_in("casework.lawyers", sent / "panel/00-律师志愿团.xlsx", by="zheng")[1]["created"] == 50
    assert take_in("casework.firm_parties", sent / "panel/01-律所当事人.xlsx", by="zheng")[1]["created"] == 120
    with everything():
        assert dict(LawFirm.objects.annotate(n=Count("lawyers")).values_list("name", "n")) == FIRMS
        assert (Lawyer.objects.count(), FirmParty.objects.count()) == (50, 120)


def test_every_mediation_comes_in_once_after_mending_and_t10_ties(home: Org, sent: Path, tmp_path: Path) -> None:  # noqa: F811
    manifest = Manifest.load(sent / "mediations")
    returned, mended = tmp_path / "returned", tmp_path / "mended"
    returned.mkdir()
    for one in manifest.files:
        code, counts = take_in("casework.mediations", sent / "mediations" / one.name, "--report", str(returned / one.name))
        assert (code, counts["created"]) == (ROWS_LEFT, one.rows - len(one.faults))
    for name, done in mend.mend_all(sent / "mediations", returned, mended).items():
        assert not done.unmarked
        code, counts = take_in("casework.mediations", mended / name)
        assert (code, counts["created"]) == (DONE, done.cells)
    golden = manifest.golden["result"]["all"]
    with everything():
        whole = Mediation.objects.aggregate(n=Count("pk"), fen=Sum("agreed_fen"))
        assert (whole["n"], whole["fen"]) == (golden["count"], golden["agreed_fen"])
        while upkeep.keep_once():
            pass
    for by in ("unit", "area", "year", "month", "state"):
        with acting(actor_of("wu")) as actor:
            filled = reports.report(actor, "T10", home, FIRST, LAST, by=by)
            assert reports.contradictions(filled) == []
        cells: dict[str, Any] = {head.key: cell.value for head, cell in zip(filled.heads, filled.total.cells, strict=True)}
        assert (cells["received"], cells["agreed"]) == (golden["count"], golden["agreed_fen"])
        assert cells["settled"] + cells["arbitration"] <= cells["accepted"] <= cells["received"]


def test_the_register_of_letters_comes_in_and_t11_ties(home: Org, sent: Path) -> None:  # noqa: F811
    path = next((sent / "letters").glob("*.xlsx"))
    code, counts = take_in("casework.letters", path)
    assert (code, counts["created"]) == (DONE, sum(LETTERS.values()))
    with everything():
        while upkeep.keep_once():
            pass
        told = dict(Letter.objects.values_list("kind").annotate(n=Count("pk")).order_by())
    assert told == dict(zip(("reminder", "opinion", "proposal"), LETTERS.values(), strict=True))
    for by in ("kind", "unit", "area", "month"):
        with acting(actor_of("wu")) as actor:
            filled = reports.report(actor, "T11", home, dt.date(2025, 1, 1), LAST, by=by)
            assert reports.contradictions(filled) == []
        cells: dict[str, Any] = {head.key: cell.value for head, cell in zip(filled.heads, filled.total.cells, strict=True)}
        assert {k: cells[k] for k in told} == told and cells["in_time"] + cells["late"] == cells["answered"] > 0


def test_fifty_lawyers_nineteen_places_a_month_and_its_fee_sheet(home: Org, sent: Path) -> None:  # noqa: F811
    """A fair month over every station, what was stood of it noted as done, and a sheet that ties with the duties."""
    take_in("casework.lawyers", sent / "panel/00-律师志愿团.xlsx", by="zheng")
    month = today().replace(day=1)
    with everything():
        centre = Org.objects.get(code="C440106")
        sites = list(Org.objects.filter(kind__in=["station", "centre"], path__startswith=home.path).order_by("code"))
    assert len(sites) == 19

    def do(service: Any, target: Any, who: str = "zheng", **given: Any) -> Any:
        with acting(actor_of(who)) as actor:
            return service(actor, target, **given)

    for n, site in enumerate(sites):
        point = do(stations.set_up_station, centre, site=site, name=f"{site.name}服务点")
        hours = {"opens": dt.time(9), "closes": dt.time(17), "needed": 1, "valid_from": dt.date(2020, 1, 1)}
        point = do(stations.set_station_hours, point, weekdays=[n % 5, (n + 2) % 5], **hours)
        point = do(stations.add_station_staff, point, name="接待员", since=dt.date(2020, 1, 1))
        do(stations.start_station, point, opened_on=dt.date(2020, 1, 1))
    with acting(actor_of("wu")):
        found = coverage(home, today())
        assert sum(1 for part in found.parts if part.places) == 18  # every street with a station, the centre's beside
    roster = do(duty.plan_roster, centre, month=month)
    roster = do(duty.generate_roster, roster, week_limit=2, month_limit=8)
    assert roster.best["proven"] and roster.best["unfilled"] == 0
    do(duty.publish_roster, roster)
    with everything():
        rows = list(Duty.objects.filter(roster=roster).select_related("lawyer__firm"))
        counts = Counter(row.lawyer_id for row in rows)
        assert max(counts.values()) - min(counts.get(pk, 0) for pk in Lawyer.objects.values_list("pk", flat=True)) <= 1
    stood = [row for row in rows if row.day <= today()][:60]
    for row in stood:
        do(duty.log_duty, row, consultations=3, minutes=480)
    do(fees.set_fee_rate, centre, item="duty", amount_fen=500_00, valid_from=dt.date(2020, 1, 1))
    sheet = do(fees.draw_up_sheet, centre, month=month)
    with acting(actor_of("zheng")):
        lines = lines_of(sheet)
        sums = sums_of(lines)
    assert len(lines) == len(stood) and sheet.total_fen == len(stood) * 500_00
    for part in (sums.by_firm, sums.by_lawyer, sums.by_station, sums.by_item):
        assert sum(one[-1] for one in part) == sheet.total_fen
    firms = {name: sum(1 for row in stood if row.lawyer.firm.name == name) for name in FIRMS} if stood else {}
    assert {name: n for name, n, _fen in sums.by_firm} == {name: n for name, n in firms.items() if n}
