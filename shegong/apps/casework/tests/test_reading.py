"""Lists, the page of a case, the home page: what they show to whom, and how many queries they take."""

from __future__ import annotations

import datetime as dt
import functools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shegong.apps.casework.models import Case, CaseSearch
from shegong.apps.casework.queries import lists
from shegong.apps.casework.queries.cases import client_history, open_case
from shegong.apps.casework.queries.lists import Filters, list_rows
from shegong.apps.casework.queries.pages import case_page
from shegong.apps.casework.queries.todo import todo
from shegong.apps.casework.services import aside, bulk, cases, phases, records
from shegong.apps.casework.sheets import CASES_SHEET
from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.audit.models import Entry
from shegong.kernel.orgs.reach import acting, everything, today
from shegong.kernel.sheets.declare import SheetRow
from shegong.registry.models import Person
from tests import cast

from . import given
from .given import do

pytestmark = pytest.mark.django_db


def listed(account: str, **asked: str) -> list[str]:
    with acting(cast.actor(account)) as actor:
        return [c.number for c in list_rows(actor, Filters.read(asked)).rows]


# --- the list -----------------------------------------------------------------------------------------------------------------
def test_newest_first_page_by_page_without_a_gap_or_repeat():
    numbers = [given.case().number for _ in range(7)]
    for account in ("town_worker", "county_clerk", "city_officer", "province_officer"):
        with acting(cast.actor(account)) as actor:
            got, after = [], ""
            while True:
                page = list_rows(actor, Filters(), after, limit=3)
                got += [c.number for c in page.rows]
                after = page.after
                if not after:
                    break
        assert got == numbers[::-1], account
        assert page.count == 7


@pytest.mark.parametrize(("rows", "queries"), [(1, 2), (3, 2), (21, 3)])
def test_the_list_takes_the_same_few_queries_however_long(rows, queries):
    """Ties and cases; a count only where the page does not show everything."""
    for _ in range(rows):
        given.case()
    with (
        acting(cast.actor("town_worker")) as actor,
        CaptureQueriesContext(
            connection,
        ) as taken,
    ):
        page = list_rows(actor, Filters())
        assert [(c.client.name, c.org.name, str(c.worker)) for c in page.rows]
    assert page.count == rows
    assert len(taken) == queries, [q["sql"][:90] for q in taken]


def test_priority_puts_danger_first_and_pages_in_that_order():
    plain, urgent, danger = given.case(), given.case(risk=2), given.case(risk=3)
    given.closed_early()
    with acting(cast.actor("county_clerk")) as actor:
        first = list_rows(actor, Filters.read({"order": "priority"}), limit=2)
        rest = list_rows(actor, Filters.read({"order": "priority"}), first.after, limit=2)
    assert [c.pk for c in [*first.rows, *rest.rows]] == [danger.pk, urgent.pk, plain.pk]


def test_every_filter_of_the_allow_list():
    a = given.case(line="rights", problem="wages", source="visit", risk=2, registered_on=dt.date(2026, 1, 5))
    b = given.accepted()
    assert listed("town_worker", line="rights") == [a.number]
    assert listed("town_worker", problem="wages") == [a.number]
    assert listed("town_worker", source="visit") == [a.number]
    assert listed("town_worker", risk="1") == [a.number]
    assert listed("town_worker", state="assessment") == [b.number]
    assert listed("town_worker", state="open") == [b.number, a.number]
    assert listed("town_worker", number=a.number) == [a.number]
    assert listed("town_worker", registered_to="2026-01-31") == [a.number]
    assert listed("town_worker", registered_from="2026-02-01") == [b.number]
    assert listed("town_worker", worker=str(cast.user("town_worker").pk)) == [b.number]
    assert listed("town_worker", mine="1") == [b.number]
    assert listed("town_worker", org=str(cast.org("town2").pk)) == []
    assert listed("county_clerk", org=str(cast.org("town").pk)) == [b.number, a.number]
    assert listed("town_worker", escalated="1") == []
    assert listed("town_worker", nonsense="1") == [b.number, a.number]
    with everything():
        Case.objects.filter(pk=b.pk).update(due_on=dt.date(2026, 1, 1))
    assert listed("town_worker", overdue="1") == [b.number]


@pytest.mark.parametrize(
    ("name", "value"),
    [("line", "x"), ("risk", "9"), ("registered_from", "soon"), ("org", "-1"), ("order", "random"), ("employer", "7")],
)
def test_a_wrong_filter_shows_nothing_and_says_why(name, value):
    given.case()
    with acting(cast.actor("town_worker")) as actor:
        page = list_rows(actor, Filters.read({name: value}))
    assert page.rows == []
    assert set(page.errors) == {name}


def test_names_of_one_and_two_characters_and_pinyin_find_the_client():
    case = given.case(client=given.person("欧阳春雨"))
    given.case()
    for text in ("欧", "阳春", "欧阳春雨", "ouyang", "oycy"):
        assert listed("town_worker", client=text) == [case.number], text
    assert listed("neighbour_town_worker", client="欧") == []


def test_texts_of_summaries_records_and_corrections_are_found():
    case = given.assessed(summary="包工头卷款失踪")
    given.case()
    with everything():
        record = case.records.get(kind="assessment")
    do(
        "town_worker",
        records.correct_record,
        case,
        record=record,
        field="problems",
        text="实为歇业四个月",
        reason="核实",
    )
    for text in ("卷款", "停工", "歇业"):
        assert listed("town_worker", text=text) == [case.number], text
    assert listed("neighbour_town_worker", text="卷款") == []
    with acting(cast.actor("town_worker")) as actor:
        assert list_rows(actor, Filters.read({"text": "卷"})).errors


def test_tokens_can_be_made_again_from_the_file():
    case = given.assessed(summary="包工头卷款失踪")
    with everything():
        ((owner, kind, texts),) = list(CaseSearch.texts_of([case.pk]))
    assert (owner, kind) == (case.pk, "")
    assert {"包工头卷款失踪", "停工两个月"} <= set(texts)


def test_a_helper_sees_her_own_list_and_the_tie_in_one_order():
    first = given.case()
    other = do("town2_worker", cases.create_case, cast.org("town2"), line="care", summary="想参加交友活动")
    last = given.case()
    do("county_clerk", aside.assign_member, other, user=cast.user("town_worker"), tie="helper")
    assert listed("town_worker") == [last.number, other.number, first.number]
    assert listed("town2_worker") == [other.number]


# --- the page -----------------------------------------------------------------------------------------------------------------
def test_the_page_takes_at_most_eight_queries_and_leaves_one_look_in_the_trail():
    case = given.settled()
    with acting(cast.actor("town_worker")) as actor, CaptureQueriesContext(connection) as taken:
        found = open_case(actor, case.pk)
        page = case_page(actor, found)
    assert len(taken) <= 8, [q["sql"][:90] for q in taken]
    assert [r.kind for r in page.records] == ["consent", "assessment", "plan"]
    assert page.needs[0].goal == "渡过停工期"
    assert page.approvals[0]["votes"][0]["opinion"] == "同意"
    assert [m["tie"] for m in page.members] == []
    assert {t["owner"] for t in page.tasks} == {"陈小满"}
    assert ("intervention", "Intervention", "now") in page.steps
    assert "evaluate" in {d.verb for d in page.deeds}
    assert page.timeline[0].at >= page.timeline[-1].at
    with everything():
        assert Entry.objects.filter(object_id=str(case.pk), outcome="seen").count() == 1


def test_corrections_stand_beside_what_they_correct():
    case = given.assessed()
    with everything():
        record = case.records.get(kind="assessment")
    do("colleague", records.correct_record, case, record=record, field="problems", text="停工三个月", reason="核实")
    with acting(cast.actor("town_worker")) as actor:
        page = case_page(actor, open_case(actor, case.pk))
    shown = next(r for r in page.records if r.kind == "assessment")
    assert {n: t for n, _, t in shown.fields}["problems"] == "停工两个月"
    assert [(c.field, c.text) for c in shown.corrections] == [("Problems", "停工三个月")]


def test_the_client_reads_her_part_and_nothing_of_the_inside():
    with everything():
        place = cast.org("town")
        from shegong.registry.models import Person

        own = Person.objects.create(org=place, org_path=place.path, name="张大雪", user=cast.user("worker"))
    case = given.working(client=own)
    do("supervisor", aside.note_supervision, case, text="社工情绪耗竭，需要支持")
    do("town_worker", phases.log_contact, case, kind="visit", text="邻居反映家庭矛盾")
    with acting(cast.actor("worker")) as actor:
        page = case_page(actor, open_case(actor, case.pk))
    assert {r.kind for r in page.records} == {"consent", "plan"}
    assert page.tasks == page.members == page.approvals == page.needs == ()
    assert {m.kind for m in page.timeline} == {"record"}
    assert {d.verb for d in page.deeds} <= {"reopen", "add_document"}
    with acting(cast.actor("other_worker")) as actor, pytest.raises(NotAllowed) as refused:
        open_case(actor, case.pk)
    assert refused.value.status == 404


def test_an_assigned_lawyer_reads_the_file_without_supervision_and_knows_the_client():
    case = given.working(line="rights")
    do("supervisor", aside.note_supervision, case, text="督导意见")
    do("county_clerk", aside.assign_member, case, user=cast.user("lawyer"), tie="lawyer")
    with acting(cast.actor("lawyer")) as actor:
        page = case_page(actor, open_case(actor, case.pk))
    assert {r.kind for r in page.records} == {"consent", "assessment", "plan"}
    assert page.client.name == "王小雨"


def test_an_officer_above_may_list_but_is_refused_the_content():
    case = given.case()
    with acting(cast.actor("city_officer")) as actor, pytest.raises(NotAllowed) as refused:
        open_case(actor, case.pk)
    assert refused.value.status == 403
    assert refused.value.detail["case"].pk == case.pk


def test_a_malformed_key_is_no_such_record():
    for pk in ("x", "0198c9f2-0000-7000-8000-000000000000"):
        with acting(cast.actor("town_worker")) as actor, pytest.raises(NotAllowed) as refused:
            open_case(actor, pk)
        assert refused.value.status == 404


def test_history_goes_across_lines_groups_and_merged_rows():
    from shegong.registry.models import Person

    person, twin = given.person(), given.person("王小雨（曾用）")
    a, b = given.case(client=person, line="care"), given.case(client=twin, line="rights")
    group = given.case(form="group", client=None, line="mediation")
    do("town_worker", aside.add_participant, group, person=person)
    with everything():
        Person.objects.filter(pk=twin.pk).update(state="merged", merged_into=person)
        twin.refresh_from_db()
    for asked in (person, twin):
        with acting(cast.actor("town_worker")) as actor:
            assert {c.pk for c in client_history(actor, asked)} == {a.pk, b.pk, group.pk}
    with acting(cast.actor("neighbour_town_worker")) as actor:
        assert list(client_history(actor, person)) == []


# --- the home page ------------------------------------------------------------------------------------------------------------
def test_my_to_do():
    case = given.submitted()
    do("town_worker", aside.set_task, case, text="联系企业", due_on=today())
    given.case(risk=2)
    with acting(cast.actor("town_worker")) as actor, CaptureQueriesContext(connection) as taken:
        mine = todo(actor)
    assert len(taken) <= 10, [q["sql"][:90] for q in taken]
    assert [r.title for r in mine.due_today.rows] == ["联系企业"]
    assert mine.overdue.count == 0
    assert mine.queue.rows[0].risk == 2
    with acting(cast.actor("supervisor")) as actor:
        theirs = todo(actor)
    assert [r.pk for r in theirs.awaiting.rows] == [str(case.pk)]
    assert theirs.unread.count >= 1
    with acting(cast.actor("neighbour_supervisor")) as actor:
        foreign = todo(actor)
    assert sum(s.count for s in foreign.sections) == 0


def test_early_warnings_add_up_lone_cases_of_one_employer():
    from shegong.registry.models import Employer

    employer = Employer.objects.create(name="示例制造有限公司")
    for people in (4, 6):
        given.case(employer=employer, problem="wages", people=people, line="rights")
    given.case(employer=employer, problem="rest", people=9, line="rights")
    with acting(cast.actor("city_officer")) as actor:
        found = todo(actor).warnings
    assert [(r.title.split(" ")[0], r.note) for r in found.rows] == [("示例制造有限公司", "10")]


# --- many at once -------------------------------------------------------------------------------------------------------------
def test_import_takes_the_good_rows_names_the_bad_ones_and_does_nothing_twice():
    good = {
        "line": "rights",
        "summary": "欠薪",
        "registered_on": dt.date(2025, 5, 6),
        "external_ref": "A-1",
        "client_name": "丁三",
    }
    closed = {**good, "external_ref": "A-2", "closed_on": dt.date(2025, 6, 1), "people": 3}
    rows = [
        SheetRow(2, good),
        SheetRow(3, closed),
        SheetRow(4, {**good, "external_ref": "A-3", "line": "x"}),
        SheetRow(5, {**good, "external_ref": "A-4", "closed_on": dt.date(2025, 1, 1)}),
        SheetRow(6, {**good, "external_ref": "A-5", "org": cast.org("neighbour_town")}),
        SheetRow(7, {**good, "external_ref": "A-6", "id_number": "44010619900101123"}),
    ]
    results = do(
        "county_clerk",
        bulk.import_cases,
        cast.org("county"),
        rows=[SheetRow(r.number, {"org": cast.org("town"), **r.values}) for r in rows],
    )
    assert [r.outcome for r in results] == ["created", "created", "refused", "refused", "refused", "refused"]
    assert [r.complaints[0].column for r in results[2:]] == ["line", "closed_on", "org", "id_number"]
    with everything():
        assert Case.objects.filter(source="imported").count() == 2
        assert Case.objects.get(external_ref="A-2").close_reason == "goal"
        assert Entry.objects.filter(deed="casework.case.import", outcome="done").count() == 2
    assert listed("town_worker", text="欠薪") != []
    again = do("county_clerk", bulk.import_cases, cast.org("county"), rows=rows[:2])
    assert [r.outcome for r in again] == ["unchanged", "unchanged"]
    with acting(cast.actor("neighbour_county_clerk")) as actor, pytest.raises(NotAllowed):
        bulk.import_cases(actor, cast.org("county"), rows[:1])


def test_a_register_that_counts_from_one_again_is_not_taken_for_what_is_on_file():
    row = {"line": "rights", "summary": "欠薪", "registered_on": dt.date(2025, 5, 6), "external_ref": "１"}
    march, other = {**row, "external_ref": "1"}, {**row, "external_ref": "1", "registered_on": dt.date(2025, 6, 6)}
    for values, outcome in ((row, "created"), (march, "unchanged"), (other, "refused")):
        results = do("town_worker", bulk.import_cases, cast.org("town"), rows=[SheetRow(2, values)])
        assert [r.outcome for r in results] == [outcome]
    assert results[0].complaints[0].column == "external_ref"
    assert "2025-05-06" in results[0].complaints[0].message
    assert "序号" not in CASES_SHEET.by_name["external_ref"].synonyms


def test_the_dry_run_of_a_register_names_what_the_import_would_refuse_and_writes_nothing():
    row = {"line": "rights", "summary": "欠薪", "registered_on": dt.date(2025, 5, 6), "client_name": "丁三"}
    wrong = [
        {**row, "claimed_fen": 9 * 10**18}, {**row, "people": 99_999_999_999}, {**row, "recovered_fen": -1},
        {**row, "registered_on": dt.date(1900, 1, 1)}, {**row, "id_number": "44010619900101123"}, {**row, "client_name": ""},
        {**row, "client_name": "", "phone": "13800138000"},
    ]  # fmt: skip
    rows = [SheetRow(n, values) for n, values in enumerate([row, *wrong], 2)]
    with acting(cast.actor("town_worker")) as actor:
        checked = bulk.check_cases(actor, cast.org("town"), rows)
    columns = ["claimed_fen", "people", "recovered_fen", "registered_on", "id_number", "client_name"]
    assert [r.complaints[0].column for r in checked] == columns
    with everything():
        assert not Case.objects.exists() and not Person.objects.filter(name="丁三").exists()
    taken = do("town_worker", bulk.import_cases, cast.org("town"), rows=rows)
    assert [r.number for r in taken if r.outcome == "refused"] == [r.number for r in checked]


def test_a_frequent_word_is_shown_and_not_counted(monkeypatch):
    """A word in more texts than are fetched as keys is tested row by row: no count unless all hits stand on the page."""
    for _ in range(4):
        given.case(summary="宿舍漏雨")
    given.case(summary="想学电工")
    monkeypatch.setattr(lists, "narrow", functools.partial(lists.narrow, limit=0))
    wanted = Filters.read({"text": "漏雨"})
    with acting(cast.actor("town_worker")) as actor:
        whole, part = list_rows(actor, wanted), list_rows(actor, wanted, limit=3)
    assert (len(whole.rows), whole.count, whole.after) == (4, 4, "")
    assert (len(part.rows), part.count, bool(part.after)) == (3, None, True)
