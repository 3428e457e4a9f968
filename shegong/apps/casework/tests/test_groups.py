"""Group cases (S42): forty-eight workers by workbook, one split out, one joined in; people, cases and money are three figures."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

from shegong.apps.casework import rules
from shegong.apps.casework.models import Case, ClockEvent, LegalClock, Member, Participant, Record
from shegong.apps.casework.queries.cases import client_history
from shegong.apps.casework.queries.groups import workers_of
from shegong.apps.casework.services import aside, clocks, groups, phases
from shegong.apps.casework.services._file import file_of
from shegong.apps.casework.sheets import PARTICIPANTS_SHEET
from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.audit.models import Entry
from shegong.kernel.indicators import asking, upkeep
from shegong.kernel.indicators.figures import Ask
from shegong.kernel.orgs.reach import acting, everything, today
from shegong.kernel.sheets.declare import RowResult, SheetRow
from shegong.kernel.sheets.tests.files import table
from shegong.kernel.sheets.tests.taking import take
from shegong.lib import idcard
from shegong.registry.models import Person
from tests import cast

from . import given
from .given import do

pytestmark = pytest.mark.django_db
HEAD = ["序号", "姓名", "身份证号码", "手机号", "拖欠工资", "职工代表", "个人方案"]


def _id(n: int) -> str:
    return idcard.synthetic(birth_on=dt.date(1980, 1, 1) + dt.timedelta(days=n), sex="1", sequence=1)


def _line(n: int, owed: float = 1234.5) -> list[Any]:
    name = "工友" + "".join("零一二三四五六七八九"[int(d)] for d in f"{n:02d}")
    return [n, name, _id(n), f"1380000{n:04d}", owed, "是" if n <= 3 else "否", f"先付{n}成"]


def _group(**facts: Any) -> Case:
    return given.case(form="group", line="rights", problem="wages", client=None, people=1, **facts)


def _rows(case: Case, lines: list[list[Any]]) -> list[SheetRow]:
    """As people send it: a title row, their own headers, yuan as numbers; the case is given once for the file."""
    taken = take(table([["某某公司欠薪职工名单"], HEAD, *lines]), PARTICIPANTS_SHEET)
    assert not taken.errors
    return [SheetRow(row.number, {**row.values, "case": case.number}) for row in taken.rows]


def _import(case: Case, lines: list[list[Any]], by: str = "town_worker", org: str = "town") -> list[RowResult]:
    return do(by, groups.import_participants, cast.org(org), rows=_rows(case, lines), batch_key="k" * 64)  # type: ignore[no-any-return]


def _again(case: Case) -> Case:
    with everything():
        case.refresh_from_db()
    return case


def _worker(case: Case, n: int) -> Participant:
    with everything():
        return Participant.objects.select_related("person").get(case=case, person__name=_line(n)[1])


# --- the list ---------------------------------------------------------------------------------------------------------
def test_forty_eight_workers_become_one_group_case_with_forty_eight_plans():
    case = _group()
    results = _import(case, [_line(n) for n in range(1, 49)])
    assert {r.outcome for r in results} == {"created"}
    case = _again(case)
    assert (case.people, case.claimed_fen, case.recovered_fen, case.risk) == (48, 48 * 123_450, 0, 1)
    with everything():
        rows = list(Participant.objects.filter(case=case))
        assert sum(r.is_representative for r in rows) == 3
        assert {r.plan for r in rows} == {f"先付{n}成" for n in range(1, 49)}
        assert Entry.objects.filter(object_id=str(case.pk), deed=groups.IMPORT).count() == 48
    with acting(cast.actor("town_worker")) as actor:
        found = workers_of(actor, case)
        assert found.totals == (("open", 48, 48 * 123_450, 0),)
        assert list(client_history(actor, _worker(case, 7).person)) == [case]


def test_the_same_list_again_changes_nothing_and_a_changed_line_only_itself():
    case = _group()
    _import(case, [_line(n) for n in range(1, 6)])
    version = _again(case).version
    assert [r.outcome for r in _import(case, [_line(n) for n in range(1, 6)])] == ["unchanged"] * 5
    assert _again(case).version == version
    results = _import(case, [_line(1), _line(2, owed=9000), _line(6)])
    assert [r.outcome for r in results] == ["unchanged", "updated", "created"]
    assert _again(case).claimed_fen == 5 * 123_450 + 900_000


def test_what_a_row_leaves_empty_stays():
    case = _group()
    _import(case, [_line(1)])
    do("town_worker", aside.settle_participant, _again(case), participant=_worker(case, 1), result="agreed", recovered_fen=500_00)
    row = _line(1, owed=2000)
    row[6] = ""
    assert [r.outcome for r in _import(case, [row])] == ["updated"]
    kept = _worker(case, 1)
    assert (kept.result, kept.recovered_fen, kept.claimed_fen) == ("agreed", 500_00, 2000_00)


def test_bad_rows_are_refused_by_name_and_the_others_stand():
    case, single = _group(), given.case()
    twice = _line(1)
    twice[0] = 9
    nobody = _line(2)
    nobody[2] = nobody[3] = ""
    rows = _rows(case, [_line(1), twice, nobody, _line(4)])
    rows.append(SheetRow(90, {**rows[3].values, "case": single.number}))
    rows.append(SheetRow(91, {**rows[3].values, "case": "20000000000"}))
    rows.append(SheetRow(92, {**rows[3].values, "case": ""}))
    rows.append(SheetRow(93, {**rows[3].values, "claimed_fen": -1}))
    with acting(cast.actor("town_worker")) as actor:
        dry = groups.check_participants(actor, cast.org("town"), rows)
    assert _again(case).people == 1, "a dry run writes nothing"
    done = do("town_worker", groups.import_participants, cast.org("town"), rows=rows)
    assert {r.number for r in dry} == {r.number for r in done if r.outcome == "refused"} == {4, 5, 90, 91, 92, 93}
    fields = {r.number: r.complaints[0].column for r in done if r.outcome == "refused"}
    assert fields == {4: "name", 5: "id_number", 90: "case", 91: "case", 92: "case", 93: "claimed_fen"}
    assert _again(case).claimed_fen == 2 * 123_450


def test_workers_without_an_id_number_are_met_by_name_and_phone():
    case = _group()
    line = _line(1)
    line[2] = ""
    assert [r.outcome for r in _import(case, [line])] == ["created"]
    line[4] = 10
    assert [r.outcome for r in _import(case, [line])] == ["updated"]
    namesake = [*line]
    namesake[3], namesake[4] = "13900000009", 20
    assert [r.outcome for r in _import(case, [line, namesake])] == ["unchanged", "created"]
    assert _again(case).claimed_fen == 3000
    with_number = _line(2)
    assert [r.outcome for r in _import(case, [with_number])] == ["created"]
    with_number[2] = ""
    assert [r.outcome for r in _import(case, [with_number])] == ["unchanged"]


def test_a_worker_whose_record_was_merged_is_still_one_worker():
    case = _group()
    _import(case, [_line(1)])
    with everything():
        old = _worker(case, 1).person
        kept = given.person(old.name)
        kept.id_number, old_number = _id(1), old.id_number
        Person.objects.filter(pk=old.pk).update(state="merged", merged_into=kept)
        kept.save()
        assert old_number
    assert [r.outcome for r in _import(case, [_line(1, owed=10)])] == ["updated"]
    assert (_again(case).people, _again(case).claimed_fen) == (1, 1000)


def test_what_an_import_changed_stands_in_the_trail():
    case = _group()
    _import(case, [_line(1)])
    _import(case, [_line(1, owed=9000)])
    with everything():
        line = Entry.objects.filter(object_id=str(case.pk), deed=groups.IMPORT).latest("seq")
    assert line.changes["claimed_fen"] == [123_450, 900_000]


def test_a_group_does_not_close_while_a_worker_has_no_result():
    case = _group()
    _import(case, [_line(1), _line(2)])
    with everything():
        assert "open_shares" in rules.may_submit_closure(file_of(_again(case)), "goal").reasons
    for n in (1, 2):
        do("town_worker", aside.settle_participant, _again(case), participant=_worker(case, n), result="agreed")
    with everything():
        assert "open_shares" not in rules.may_submit_closure(file_of(_again(case)), "goal").reasons


def test_a_neighbour_fills_no_group_of_ours():
    case = _group()
    refused = _import(case, [_line(1)], by="neighbour_town_worker", org="neighbour_town")
    assert [r.complaints[0].column for r in refused] == ["case"]
    with pytest.raises(NotAllowed):
        _import(case, [_line(1)], by="lawyer")
    assert _again(case).people == 1


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@drawn(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 10_000), st.sampled_from(("left", "agreed", "open"))), max_size=6))
def test_sums_follow_the_workers_whatever_comes_in(lines):
    case = _group()
    for n, owed, result in lines:
        _import(case, [_line(n, owed=owed)])
        row = _worker(case, n)
        do("town_worker", aside.settle_participant, _again(case), participant=row, result=result, recovered_fen=owed)
    with everything():
        rows = list(Participant.objects.filter(case=case))
        case.refresh_from_db()
    assert case.claimed_fen == sum(r.claimed_fen for r in rows if r.result != "left")
    assert case.recovered_fen == sum(r.recovered_fen for r in rows)
    assert case.people >= len([r for r in rows if r.result != "left"])


# --- one out, one in --------------------------------------------------------------------------------------------------
def test_one_goes_on_alone_with_claim_consent_and_history():
    case = _group()
    _import(case, [_line(n) for n in range(1, 4)])
    case = _again(case)
    do("town_worker", clocks.start_legal_clock, case, limit="arbitration.limitation", started_on=today() - dt.timedelta(days=9))
    with everything():
        clock = LegalClock.objects.get(case=case)
    do("town_worker", clocks.interrupt_clock, clock, happened_on=today() - dt.timedelta(days=2), reason="书面催告")
    case = do("town_worker", groups.split_participant, _again(case), participant=_worker(case, 2), reason="本人要求单独仲裁")
    assert (case.people, case.claimed_fen) == (2, 2 * 123_450)
    row = _worker(case, 2)
    with everything():
        alone = Case.objects.get(pk=row.own_case_id)
    assert row.result == "left"
    assert (alone.form, alone.client_id, alone.claimed_fen, alone.group_id) == ("individual", row.person_id, 123_450, case.pk)
    assert (alone.line, alone.problem, alone.state, alone.people) == (case.line, case.problem, "intake", 1)
    assert alone.due_on is not None
    with everything():
        copied = LegalClock.objects.get(case=alone)
        original = LegalClock.objects.get(case=case)
        assert (copied.limit, copied.due_on, copied.state) == (original.limit, original.due_on, "running")
        assert ClockEvent.objects.filter(clock=copied).count() == 1
        assert "本人要求" not in "".join(r.body for r in Record.objects.filter(case=case))
        assert [json.loads(r.body)["decision"] for r in Record.objects.filter(case=alone)] == ["split_from"]
    with acting(cast.actor("town_worker")) as actor:
        assert {c.pk for c in client_history(actor, row.person)} == {case.pk, alone.pk}
    with pytest.raises(Refused) as refused:
        do("town_worker", groups.split_participant, case, participant=row, reason="再来一次")
    assert refused.value.field == "participant"
    with pytest.raises(NotAllowed):
        do("neighbour_town_worker", groups.split_participant, case, participant=row, reason="看看")


def test_the_one_split_out_comes_back_and_is_one_person_throughout():
    case = _group()
    _import(case, [_line(n) for n in range(1, 4)])
    case = do("town_worker", groups.split_participant, _again(case), participant=_worker(case, 2), reason="单独仲裁")
    with everything():
        alone = Case.objects.get(pk=_worker(case, 2).own_case_id)

    def figure(code: str) -> int:
        while upkeep.pending():
            upkeep.keep_once()
        with acting(cast.actor("county_clerk")) as actor:
            return int(asking.shown(actor, f"casework.{code}", Ask(cast.org("town"), today(), today())).value or 0)

    assert (figure("clients"), figure("registered")) == (3, 2)
    assert (figure("claimed"), _again(case).claimed_fen) == (3 * 123_450, 2 * 123_450)
    for change in ({"result": "open"}, {"result": "agreed"}):
        with pytest.raises(Refused, match="case of her own"):
            do("town_worker", aside.settle_participant, _again(case), participant=_worker(case, 2), **change)
    assert [r.outcome for r in _import(case, [_line(2, owed=9)])] == ["refused"]
    alone = do("supervisor", groups.join_group, alone, group=case, reason="撤回仲裁，回到群体")
    assert (alone.state, alone.group_id) == ("closed", case.pk)
    assert figure("claimed") == 3 * 123_450
    case = _again(case)
    assert (case.people, case.claimed_fen) == (3, 3 * 123_450)
    row = _worker(case, 2)
    assert (row.result, row.own_case_id) == ("open", None)
    assert figure("clients") == 3


def test_a_case_joins_only_an_open_group_of_its_own_place_and_takes_nothing_unfinished_along():
    case, alone = _group(), given.accepted(line="rights", claimed_fen=300_00)
    with pytest.raises(NotAllowed):
        do("neighbour_town_worker", groups.join_group, alone, group=case, reason="并案")
    with pytest.raises(Refused) as refused:
        do("supervisor", groups.join_group, alone, group=given.case(), reason="并案")
    assert refused.value.field == "group"
    with pytest.raises(Refused):
        do("supervisor", groups.join_group, case, group=_group(), reason="并案")
    do("town_worker", clocks.start_legal_clock, alone, limit="award.sue", started_on=today())
    with pytest.raises(Refused):
        do("supervisor", groups.join_group, alone, group=case, reason="并案")
    with everything():
        clock = LegalClock.objects.get(case=alone)
    do("town_worker", clocks.void_clock, clock, reason="日期录错")
    with pytest.raises(NotAllowed):
        do("town_worker", groups.join_group, alone, group=case, reason="不经督导结案")
    joined = do("supervisor", groups.join_group, alone, group=case, reason="同一企业同一诉求")
    assert joined.state == "closed"
    assert (_again(case).people, _again(case).claimed_fen) == (1, 300_00)
    assert joined.claimed_fen == 0, "claimed once, in the group"
    with pytest.raises(Refused, match="group case"):
        do("town_worker", phases.reopen_case, joined, reason="她想单独办理")


# --- who reads the others ---------------------------------------------------------------------------------------------
def test_a_worker_of_the_group_reads_no_other_workers_matter():
    case = given.case(form="group", line="rights", client=given.person())
    _import(case, [_line(1)])
    with everything():
        case.client.user_id = cast.user("worker").pk
        case.client.save()
        Member.objects.create(case=case, user=cast.user("worker"), tie="client", org=case.org, org_path=case.org_path)
    with acting(cast.actor("worker")) as actor, pytest.raises(NotAllowed):
        workers_of(actor, case)
    do("county_clerk", aside.assign_member, _again(case), user=cast.user("lawyer"), tie="lawyer")
    with acting(cast.actor("lawyer")) as actor:
        found = workers_of(actor, case)
    assert [r.person.name for r in found.rows] == [_line(1)[1]]
    assert not found.names
