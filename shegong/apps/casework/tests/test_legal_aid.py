"""The legal-aid register: one entry, a workbook of thousands, the same twice, logic checks, and who reaches what."""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given as drawn
from hypothesis import strategies as st

from shegong.apps.casework import sheets
from shegong.apps.casework.models import LegalAid
from shegong.apps.casework.policy import AidForm, AidResult
from shegong.apps.casework.queries import legal_aid as reading
from shegong.apps.casework.services import legal_aid
from shegong.apps.casework.services._register import ENDED, read_entry
from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.audit.models import Entry
from shegong.kernel.orgs.reach import acting, everything, today
from shegong.kernel.sheets import services as sheets_services
from shegong.kernel.sheets.declare import SheetRow, sheet
from shegong.registry.models import Employer, Person
from shegong.registry.queries import resolver
from tests import cast

from .given import do

pytestmark = pytest.mark.django_db
DAY = dt.date(2019, 5, 6)
ID_NUMBER = "11010119900307803X"
FACTS = {"number": "A-1", "form": "mediation", "accepted_on": DAY, "applicant_name": "王小雨", "people": 1}


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.SHEGONG_FILES_DIR = tmp_path / "files"


def register(by: str = "legal_officer", org: str = "centre", **facts: object) -> LegalAid:
    return do(by, legal_aid.register_legal_aid, cast.org(org), **{**FACTS, **facts})


def bring(rows: list[dict], by: str = "county_clerk", org: str = "county", key: str = "") -> dict:
    numbered = [SheetRow(n, {**FACTS, **row}) for n, row in enumerate(rows, 2)]
    results = do(by, legal_aid.import_legal_aid, cast.org(org), rows=numbered, batch_key=key or uuid.uuid4().hex * 2)
    return {r.number: r for r in results}


def field_of(**facts: object) -> str | None:
    with pytest.raises(Refused) as error:
        read_entry({**FACTS, **facts}, dt.date(2024, 1, 1))
    return error.value.field


# --- what a line says -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"number": ""}, "number"), ({"number": "x" * 33}, "number"), ({"form": "x"}, "form"), ({"accepted_on": None}, "accepted_on"),
        ({"accepted_on": dt.date(2024, 1, 2)}, "accepted_on"), ({"accepted_on": dt.date(1919, 5, 4)}, "accepted_on"),
        ({"applicant_name": " "}, "applicant_name"), ({"people": 0}, "people"), ({"people": 1, "is_group": True}, "people"),
        ({"claimed_fen": -1}, "claimed_fen"), ({"concluded_on": dt.date(2019, 5, 5)}, "concluded_on"),
        ({"concluded_on": dt.date(2024, 1, 2)}, "concluded_on"), ({"result": "success"}, "concluded_on"),
        ({"result": "pending", "concluded_on": DAY}, "result"), ({"recovered_fen": 5}, "recovered_fen"),
        ({"result": "failure", "concluded_on": DAY, "recovered_fen": 5}, "result"), ({"stage": "litigation"}, "stage"),
        ({"form": "representation", "stage": "before"}, "stage"), ({"form": "consultation", "stage": "before"}, "stage"),
        ({"form": "representation:arbitration", "stage": "litigation"}, "stage"), ({"result": "won"}, "result"),
    ],
)  # fmt: skip
def test_logic_checks_name_the_field(facts, field):
    assert field_of(**facts) == field


def test_what_is_implied_is_filled_in():
    today_ = dt.date(2024, 1, 1)
    light = read_entry({**FACTS, "form": "consultation"}, today_)
    assert (light.state, light.result, light.concluded_on) == ("concluded", "closed", DAY)
    assert read_entry({**FACTS, "form": "representation:arbitration"}, today_).stage == "arbitration"
    assert read_entry({**FACTS, "people": 12}, today_).is_group
    ended = read_entry({**FACTS, "result": "ended", "concluded_on": DAY}, today_)
    assert (ended.state, ended.result) == ("ended", "closed")
    odd = read_entry(
        {**FACTS, "result": "success", "concluded_on": DAY, "claimed_fen": 100, "recovered_fen": 200}, today_
    )
    assert [name for name, _text in odd.doubts] == ["recovered_fen"]


@drawn(
    form=st.sampled_from(AidForm.values), stage=st.sampled_from(["", "none", "before", "after", "arbitration", "litigation"]),
    result=st.sampled_from(["", ENDED, *AidResult.values]), days=st.none() | st.integers(-3, 3),
    claimed=st.integers(0, 10**9), recovered=st.integers(0, 10**9), people=st.integers(-1, 30), group=st.none() | st.booleans(),
)  # fmt: skip
def test_what_is_taken_never_contradicts_itself(form, stage, result, days, claimed, recovered, people, group):
    told = {
        **FACTS, "form": form, "stage": stage, "result": result, "claimed_fen": claimed, "recovered_fen": recovered, "people": people,
        "is_group": group, "concluded_on": None if days is None else DAY + dt.timedelta(days=days),
    }  # fmt: skip
    try:
        facts = read_entry(told, DAY + dt.timedelta(days=2))
    except Refused as refusal:
        assert refusal.field and refusal.message
        return
    assert (facts.state == "pending") == (facts.concluded_on is None) == (facts.result == "pending")
    assert facts.concluded_on is None or facts.accepted_on <= facts.concluded_on <= DAY + dt.timedelta(days=2)
    assert facts.people >= (2 if facts.is_group else 1)
    assert not facts.recovered_fen or (facts.state != "pending" and facts.result != "failure")


# --- one entry --------------------------------------------------------------------------------------------------------
def test_registered_and_corrected_with_the_old_value_in_the_trail():
    entry = register()
    fixed = do("legal_officer", legal_aid.correct_legal_aid, entry, applicant_name="王晓雨", reason="姓名写错")
    assert (fixed.applicant_name, fixed.version) == ("王晓雨", 2)
    with everything():
        line = Entry.objects.get(object_id=str(entry.pk), deed="casework.legal_aid.correct")
        assert line.changes["applicant_name"] == ["王小雨", "王晓雨"] and line.reason == "姓名写错"


def test_recovered_money_needs_proof_and_doubts_need_a_second_look():
    won = {"result": "success", "concluded_on": today(), "claimed_fen": 100, "recovered_fen": 200}
    with pytest.raises(Refused) as error:
        register(**won)
    assert error.value.field == "proof"
    with pytest.raises(Refused) as error:
        register(**won, proof="调解书2019-1")
    assert error.value.field == "recovered_fen"
    assert register(**won, proof="调解书2019-1", sure=True).recovered_fen == 200


def test_a_number_stands_once_per_office():
    register()
    with pytest.raises(Refused) as error:
        register()
    assert error.value.field == "number"
    register("town_worker", "town")  # another office has its own numbers
    second = register(number="A-2")
    with pytest.raises(Refused):
        do("legal_officer", legal_aid.correct_legal_aid, second, number="A-1", reason="改号")


def test_with_an_id_number_the_applicant_is_put_on_file():
    entry = register("county_clerk", "county", id_number=ID_NUMBER)
    assert entry.applicant.name == "王小雨" and entry.applicant.id_number.matches(ID_NUMBER)


@pytest.mark.parametrize(
    "account", ["neighbour_county_clerk", "lawyer", "base_cadre", "worker", "employer_hr", "finance", "city_officer"]
)
def test_others_neither_write_nor_see(account):
    entry = register()
    with pytest.raises(NotAllowed):
        register(account, "centre", number="B")
    with pytest.raises(NotAllowed):
        do(account, legal_aid.correct_legal_aid, entry, reason="改一改")
    with pytest.raises(NotAllowed):
        bring([{"number": "C"}], by=account, org="county")
    with acting(cast.actor(account)) as actor:
        assert not reading.legal_aid(actor, "casework.legal_aid.view").exists()
        if account != "city_officer":
            assert not LegalAid.objects.exists()


# --- a batch ----------------------------------------------------------------------------------------------------------
def test_a_batch_is_created_then_unchanged_then_updated():
    rows = [{"number": f"N{n}"} for n in range(3)]
    assert [r.outcome for r in bring(rows).values()] == ["created"] * 3
    assert [r.outcome for r in bring(rows).values()] == ["unchanged"] * 3
    rows[1] |= {"result": "success", "concluded_on": DAY, "recovered_fen": 500}
    assert [r.outcome for r in bring(rows).values()] == ["unchanged", "updated", "unchanged"]
    with everything():
        entry = LegalAid.objects.get(number="N1")
        assert (entry.state, entry.recovered_fen, entry.version) == ("concluded", 500, 2)
        lines = Entry.objects.filter(object_id=str(entry.pk)).order_by("seq")
        assert [line.deed for line in lines] == ["casework.legal_aid.import"] * 2
        assert lines[1].changes["recovered_fen"] == [0, 500]


def test_what_was_corrected_by_hand_is_not_overwritten():
    bring([{"number": "N1"}])
    with everything():
        entry = LegalAid.objects.get(number="N1")
    do("county_clerk", legal_aid.correct_legal_aid, entry, applicant_name="改过的人", reason="核对身份证")
    result = bring([{"number": "N1"}])[2]
    assert result.outcome == "refused" and result.complaints[0].column == "number"


def test_bad_rows_do_not_stop_good_ones():
    results = bring(
        [
            {"number": "1"},
            {"number": "2", "people": 0},
            {"number": "1"},
            {"number": "3", "organisation": cast.org("neighbour_town")},
        ]
    )
    assert [r.outcome for r in results.values()] == ["created", "refused", "refused", "refused"]
    assert [r.complaints[0].column for r in results.values() if r.complaints] == ["people", "number", "organisation"]


def test_doubtful_rows_are_taken_and_told():
    won = {"result": "success", "concluded_on": DAY, "claimed_fen": 1, "recovered_fen": 2}
    result = bring([won])[2]
    assert result.outcome == "created" and [(c.column, c.code) for c in result.complaints] == [
        ("recovered_fen", "doubt")
    ]


def test_applicants_with_numbers_are_linked_and_others_keep_the_name():
    rows = [
        {"number": "1", "id_number": ID_NUMBER}, {"number": "2", "id_number": ID_NUMBER}, {"number": "3"},
        {"number": "4", "id_number": ID_NUMBER, "applicant_name": "别的人"},
    ]  # fmt: skip
    results = bring(rows)
    assert [r.outcome for r in results.values()] == ["created", "created", "created", "refused"]
    assert results[5].complaints[0].column == "applicant_name"
    with everything():
        person = Person.objects.get(name="王小雨")
        linked = LegalAid.objects.filter(applicant=person).order_by("number").values_list("number", flat=True)
        assert list(linked) == ["1", "2"]
        assert LegalAid.objects.get(number="3").applicant is None


def test_the_opponent_is_linked_when_it_is_on_file_and_unmistakable():
    with everything():
        one = Employer.objects.create(name="示例电子厂")
        Employer.objects.create(name="同名公司")
        Employer.objects.create(name="同名公司")
    bring([{"number": "1", "employer_name": "示例电子厂"}, {"number": "2", "employer_name": "同名公司"}])
    with everything():
        assert LegalAid.objects.get(number="1").employer == one
        assert LegalAid.objects.get(number="2").employer is None


def test_the_dry_run_writes_nothing():
    with acting(cast.actor("county_clerk")) as actor:
        rows = [SheetRow(2, dict(FACTS)), SheetRow(3, {**FACTS, "people": 0})]
        refused = legal_aid.check_legal_aid(actor, cast.org("county"), rows)
        assert [r.number for r in refused] == [3] and not LegalAid.objects.exists()


def test_a_thousand_rows_cost_no_more_statements_than_ten():
    def statements(count: int, start: int) -> int:
        with CaptureQueriesContext(connection) as seen:
            bring([{"number": f"{start + n}", "note": "内部备注"} for n in range(count)])
        return len(seen)

    statements(1, 0)
    assert statements(1000, 10_000) <= statements(10, 100) + 1
    with everything():
        assert LegalAid.objects.get(number="10500").note == "内部备注"


# --- files ------------------------------------------------------------------------------------------------------------
HEAD = [
    "受理编号",
    "受理站点",
    "受理时间",
    "援助形式",
    "阶段",
    "受援人",
    "被申请单位",
    "案由",
    "涉及人数",
    "标的额(万元)",
    "为职工挽回经济损失(元)",
    "办理结果",
    "结案时间",
    "承办律师",
]
LINES = [
    [
        "S-1",
        "石牌街道法律援助工作站",
        "2019.5.6",
        "调解",
        "仲裁前",
        "王小雨",
        "某某公司",
        "欠薪",
        "３",
        "1.2",
        "12000",
        "调解成功",
        "2019年5月20日",
        "卫春分",
    ],
    ["S-2", "石牌街道法律援助工作站", "2019-05-07", "法律咨询", "", "李四", "", "加班费", "1", "", "", "", "", ""],
    [
        "S-3",
        "天河区职工法律援助中心",
        "2019/5/8",
        "仲裁代理",
        "",
        "赵五",
        "某厂",
        "工伤",
        "1",
        "5",
        "30000",
        "胜诉",
        "2019-9-1",
        "",
    ],
    ["S-4", "北京街道总工会", "2019/5/8", "代书", "", "钱六", "", "", "1", "", "", "", "", ""],
    ["S-5", "石牌街道法律援助工作站", "2019/5/9", "调解", "", "孙七", "", "", "1", "", "", "成功", "2019/5/1", ""],
]


def test_a_station_s_messy_csv_goes_all_the_way_in():
    out = io.StringIO()
    csv.writer(out).writerows([["松江区工会法律援助台账", *[""] * 13], HEAD, *LINES])
    actor, place = cast.actor("county_clerk"), cast.org("county")
    find = resolver(actor, "casework.legal_aid.import")
    run = sheets_services.receive(
        actor,
        io.BytesIO(out.getvalue().encode("gb18030")),
        sheet_code="casework.legal_aid",
        org_id=place.pk,
        org_path=place.path,
        name="台账.csv",
    )
    run = sheets_services.check(actor, run, resolve=find)
    assert run.state == "checked", run.refusal
    assert (run.counts["good"], run.counts["bad"]) == (3, 2)
    run = sheets_services.commit(actor, run, mode="good_rows", resolve=find)
    assert run.state == "done" and run.counts["created"] == 3
    with acting(actor):
        first, third = LegalAid.objects.get(number="S-1"), LegalAid.objects.get(number="S-3")
        assert (first.org, first.claimed_fen, first.recovered_fen, first.people, first.is_group) == (
            cast.org("station"),
            1_200_000,
            1_200_000,
            3,
            True,
        )
        assert (first.result, first.stage, first.accepted_on, first.concluded_on) == (
            "success",
            "before",
            DAY,
            dt.date(2019, 5, 20),
        )
        assert (third.form, third.stage, third.result) == ("representation", "arbitration", "success")
        assert LegalAid.objects.get(number="S-2").state == "concluded"
    errors = {(e.row, e.name) for e in sheets_services.errors_of(run)}
    assert errors == {(6, "organisation"), (7, "concluded_on")}


def test_spellings_of_headers_and_choices_do_not_clash():
    for code in ("casework.legal_aid", "casework.cases"):
        seen: dict[str, str] = {}
        for column in sheet(code).columns:
            for name in column.synonyms:
                assert seen.setdefault(name, column.name) == column.name, (code, name)
            told: dict[str, str] = {}
            for choice in column.choices:
                for name in choice.synonyms:
                    assert told.setdefault(name, choice.code) == choice.code, (code, column.name, name)


def test_exports_have_a_value_for_every_column_and_no_id_number():
    register("county_clerk", "county", id_number=ID_NUMBER)
    with acting(cast.actor("county_clerk")) as actor:
        found = reading.filtered_legal_aid(actor, reading.AidFilters(), "casework.legal_aid.export")
        row = next(iter(sheets.legal_aid_rows(found)))
    assert len(row) == len(sheets.LEGAL_AID_EXPORT.columns) and ID_NUMBER not in map(str, row)


# --- lists ------------------------------------------------------------------------------------------------------------
def test_list_totals_and_export_are_the_same_rows():
    bring([
        {"number": "1", "form": "consultation"}, {"number": "2", "people": 5, "organisation": cast.org("station")},
        {"number": "3", "result": "success", "concluded_on": DAY, "recovered_fen": 700, "accepted_on": dt.date(2019, 1, 2)},
    ])  # fmt: skip
    with acting(cast.actor("county_clerk")) as actor:
        read = reading.AidFilters.read
        everything_ = reading.filtered_legal_aid(actor, read({}))
        assert reading.totals_of(everything_) == reading.AidTotals(3, 7, 0, 700)
        for given_, numbers in (
            ({"form": "consultation"}, {"1"}), ({"state": "pending"}, {"2"}), ({"first": "2019-02-01"}, {"1", "2"}), ({"group": "1"}, {"2"}),
            ({"last": "2019-02-01"}, {"3"}), ({"result": "success"}, {"3"}), ({"text": "王小雨"}, {"1", "2", "3"}), ({"text": "3"}, {"3"}),
        ):  # fmt: skip
            found = reading.filtered_legal_aid(actor, read(given_))
            assert set(found.values_list("number", flat=True)) == numbers, given_
            assert reading.totals_of(found).entries == len(numbers) == len(list(sheets.legal_aid_rows(found)))
        assert reading.filtered_legal_aid(actor, read({}, cast.org("station"))).get().number == "2"
        for bad in ({"form": "x"}, {"order": "secret"}, {"first": "2019"}, {"stage": "x"}):
            with pytest.raises(Refused):
                read(bad)


def test_a_narrower_table_leaves_alone_what_it_does_not_tell():
    whole = {"number": "N1", "employer_name": "示例公司", "claimed_fen": 900, "result": "success", "concluded_on": DAY,
             "recovered_fen": 500, "proof": "调解书", "lawyer": "陈律师", "people": 3}  # fmt: skip
    bring([whole])
    narrow = SheetRow(2, {**{k: FACTS[k] for k in ("form", "accepted_on", "applicant_name")}, "number": "Ｎ1", "lawyer": "李律师"})
    results = do("county_clerk", legal_aid.import_legal_aid, cast.org("county"), rows=[narrow], batch_key=uuid.uuid4().hex * 2)
    assert results[0].outcome == "updated"
    with everything():
        entry = LegalAid.objects.get(number="N1")
    told = (entry.employer_name, entry.claimed_fen, entry.recovered_fen, entry.proof, entry.people, entry.state, entry.lawyer)
    assert told == ("示例公司", 900, 500, "调解书", 3, "concluded", "李律师")
