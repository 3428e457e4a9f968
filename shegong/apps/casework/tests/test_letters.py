"""Letters of supervision (一函两书): numbered, approved, sent, answered, corrected; who complained stays hidden; T11 ties."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connections

from shegong.apps.casework import reports, rules
from shegong.apps.casework.models import Letter, LetterCase
from shegong.apps.casework.queries.letters import due_for, is_provisional, letters
from shegong.apps.casework.queries.pages import case_page
from shegong.apps.casework.queries.todo import todo
from shegong.apps.casework.services import aside, keeping
from shegong.apps.casework.services import letters as writing
from shegong.apps.casework.sheets.disputes import LETTERS_SHEET, commit_letters
from shegong.apps.casework.views.letters import PAPER, paper_data
from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.actions.models import Notice
from shegong.kernel.indicators import upkeep
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import acting, everything, today
from shegong.kernel.sheets.declare import SheetRow
from shegong.lib import paper as typesetting
from shegong.registry.models import Employer
from tests import cast
from tests.test_access import sign_in

from . import given
from .given import do

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
WORDS = {"subject": "工资支付", "text": "单位未按月足额支付工资", "basis": "《劳动法》第五十条", "asks": "补发拖欠的工资"}


def employer(name: str = "示例电子有限公司") -> Employer:
    return Employer.objects.get_or_create(name=name)[0]


def case(**facts):
    return given.case(line="rights", problem="wages", employer=employer(), **facts)


def draft(kind: str = "reminder", by: str = "town_worker", org: str = "town", **told) -> Letter:
    if kind == "proposal":
        told.setdefault("to_org", cast.org("partner"))
    return do(by, writing.draft_letter, cast.org(org), **{"kind": kind, "employer": employer(), **WORDS, **told})


def approved(**told) -> Letter:
    found = do(told.get("by", "town_worker"), writing.submit_letter, draft(**told))
    return do("supervisor", writing.approve_letter, found, opinion="同意")


def sent(days: int = 0, **told) -> Letter:
    """Sent today; ``days`` ago is set beneath the deeds, which let nobody send before the approval."""
    found = do("town_worker", writing.send_letter, approved(**told), sent_on=today(), way="hand", proof="王经理签收")
    if days:
        with everything():
            day = today() - days * DAY
            Letter.objects.filter(pk=found.pk).update(approved_on=day, sent_on=day)
            found.refresh_from_db()
        found = do("town_worker", writing.serve_letter, found, served_on=day, proof="王经理签收")
    return found


def in_area(code: str) -> None:
    with everything():
        Org.objects.filter(code="town").update(area_code=code)


# --- numbers and the second person ----------------------------------------------------------------------------------------
def test_numbers_run_by_office_kind_and_year_and_a_discarded_draft_uses_none():
    do("town_worker", writing.discard_letter, draft(), reason="写错了单位")
    found = [approved(), approved(), approved(kind="opinion")]
    year = today().year
    assert [x.number for x in found] == [f"石工提字〔{year}〕1号", f"石工提字〔{year}〕2号", f"石工意字〔{year}〕1号"]
    withdrawn = do("supervisor", writing.withdraw_letter, found[1], reason="事实有误")
    assert withdrawn.number == found[1].number
    assert approved().serial == 3, "a number that was given is never given again"


def test_nobody_approves_what_she_wrote():
    found = draft(by="supervisor")
    do("town_worker", writing.submit_letter, found)
    with pytest.raises(Refused):
        do("supervisor", writing.approve_letter, found)
    assert do("second_supervisor", writing.approve_letter, found).serial == 1
    with pytest.raises(NotAllowed):
        do("town_worker", writing.approve_letter, do("town_worker", writing.submit_letter, draft()))


def test_a_refused_approval_leaves_no_gap():
    found = do("town_worker", writing.submit_letter, draft())
    year = today().year
    with everything():
        held = {"number": f"石工提字〔{year}〕1号", "state": "sent", "sent_on": today()}
        Letter.objects.filter(pk=draft().pk).update(**held)  # as an imported register may hold it, outside the series
    with pytest.raises(Refused) as error:
        do("supervisor", writing.approve_letter, found)
    assert error.value.field == "mark"
    assert do("supervisor", writing.approve_letter, found, mark="石牌工").number == f"石牌工提字〔{year}〕1号"


def test_two_who_approve_at_once_get_different_numbers(committed):
    waiting = [do("town_worker", writing.submit_letter, draft()) for _each in range(6)]
    database, got, gate = connections["default"].settings_dict, [], threading.Barrier(6)

    def approve(account: str, letter: Letter) -> None:
        own = connections.create_connection("default")
        own.settings_dict = database
        connections["default"] = own
        try:
            gate.wait()
            got.append(do(account, writing.approve_letter, letter).serial)
        finally:
            own.close()

    accounts = ("supervisor", "second_supervisor") * 3
    threads = [threading.Thread(target=approve, args=pair) for pair in zip(accounts, waiting, strict=True)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(got) == [1, 2, 3, 4, 5, 6]


# --- who complained stays hidden ------------------------------------------------------------------------------------------
def test_a_letter_that_names_the_complainant_is_not_submitted_without_consent():
    found = case(client=given.person("王小雨"))
    letter = draft(cases=[found], text="职工王 小雨反映未按月支付工资")
    with pytest.raises(Refused) as error:
        do("town_worker", writing.submit_letter, letter)
    assert found.number in str(error.value) and "王小雨" not in str(error.value)
    do("town_worker", writing.allow_naming, letter, case=found, naming_on=today())
    letter = do("town_worker", writing.submit_letter, letter)
    do("town_worker", writing.allow_naming, letter, case=found)  # she takes it back
    with pytest.raises(Refused):
        do("supervisor", writing.approve_letter, letter)
    do("town_worker", writing.allow_naming, letter, case=found, naming_on=today())
    assert do("supervisor", writing.approve_letter, letter).number


@pytest.mark.parametrize("where", ["text", "asks", "basis", "subject"])
def test_a_number_or_a_subject_gives_away_even_with_consent(where):
    found = case(client=given.person("王小雨", phone="13812345678"))
    for said in ("王小雨",) if where == "subject" else ("请联系13812345678", f"见个案{found.number}"):
        letter = draft(cases=[found], **{where: f"工资问题：{said}"})
        do("town_worker", writing.allow_naming, letter, case=found, naming_on=today())
        with pytest.raises(Refused):
            do("town_worker", writing.submit_letter, letter)


def test_a_worker_of_a_group_and_of_an_unlinked_case_are_hidden_too():
    group = case(form="group", client=given.person("王小雨"))
    do("town_worker", aside.add_participant, group, person=given.person("李谷雨"))
    with pytest.raises(Refused):
        do("town_worker", writing.submit_letter, draft(cases=[group], text="李谷雨等人被拖欠工资"))
    with pytest.raises(Refused):
        do("town_worker", writing.submit_letter, draft(text="王小雨被拖欠工资"))
    assert do("town_worker", writing.submit_letter, draft(cases=[group], text="王某等人被拖欠工资")).state == "submitted"


def test_the_next_letter_needs_its_own_consent():
    found = case(client=given.person("王小雨"))
    letter = draft(cases=[found], text="王小雨的工资未付")
    do("town_worker", writing.allow_naming, letter, case=found, naming_on=today())
    letter = do("supervisor", writing.approve_letter, do("town_worker", writing.submit_letter, letter))
    letter = do("town_worker", writing.send_letter, letter, sent_on=today(), way="left", proof="见证人：李主任")
    following = do("town_worker", writing.follow_letter, letter, **{**WORDS, "text": "王小雨的工资仍未付"})
    assert (following.kind, following.follows_id) == ("opinion", letter.pk)
    with pytest.raises(Refused):
        do("town_worker", writing.submit_letter, following)


def test_nothing_of_the_case_reaches_the_paper():
    found = case(client=given.person("王小雨"))
    letter = approved(cases=[found])
    with everything():
        data = paper_data(letter)
    assert found.number not in str(data) and "王小雨" not in str(data)
    made = typesetting.typeset(PAPER, data, on=today())
    assert made.startswith(b"%PDF")


@pytest.mark.parametrize("kind", ["reminder", "opinion", "proposal"])
def test_every_kind_has_its_paper_also_as_a_draft(kind):
    letter = draft(kind=kind)
    page = sign_in("town_worker").get(f"/letters/{letter.pk}/paper")
    assert page.status_code == 200 and page.content.startswith(b"%PDF")


# --- the answer and its limit -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("area", "served", "due"),
    [
        ("330106", dt.date(2025, 9, 24), dt.date(2025, 10, 21)),  # 15 working days: 1 to 8 October rest, 28.9. and 11.10. work
        ("110105", dt.date(2025, 9, 24), dt.date(2025, 10, 9)),  # 15 days
        ("440106", dt.date(2025, 9, 24), None),  # no law: the day that was asked for
    ],
)
def test_the_limit_of_an_opinion_is_that_of_its_area(area, served, due):
    in_area(area)
    letter = Letter(kind="opinion", org=cast.org("town"), served_on=served, sent_on=served)
    assert due_for(letter)[0] == due
    assert due_for(Letter(kind="reminder", org=cast.org("town"), served_on=served, asked_by=served))[0] == served


def test_a_year_without_holiday_notice_says_so():
    in_area("330106")
    letter = Letter(kind="opinion", org=cast.org("town"), served_on=dt.date(2031, 9, 24))
    assert is_provisional(letter)
    letter.served_on = dt.date(2025, 3, 3)
    assert not is_provisional(letter)


def test_where_the_law_sets_the_day_none_is_typed():
    in_area("330106")
    with pytest.raises(Refused) as error:
        draft(kind="opinion", asked_by=today() + 9 * DAY)
    assert error.value.field == "asked_by"


def test_by_post_the_limit_waits_for_the_receipt():
    in_area("110105")
    letter = do("town_worker", writing.send_letter, approved(kind="opinion"), sent_on=today(), way="post")
    assert letter.due_on is None
    with pytest.raises(Refused):
        do("town_worker", writing.answer_letter, letter, answered_on=today(), reply="accepted", answer="已安排补发")
    letter = do("town_worker", writing.serve_letter, letter, served_on=today(), proof="EMS 1234")
    assert letter.due_on == today() + 15 * DAY


def test_a_receipt_needs_its_proof():
    with pytest.raises(Refused) as error:
        do("town_worker", writing.send_letter, approved(), sent_on=today(), way="hand")
    assert error.value.field == "proof"


def test_in_time_or_late_and_a_late_answer_is_noted_after_the_check():
    in_area("110105")
    told = {"answered_on": today(), "reply": "accepted", "answer": "已安排补发"}
    assert do("town_worker", writing.answer_letter, sent(15, kind="opinion"), **told).in_time == "yes"
    late = sent(16, kind="opinion")
    late = do("town_worker", writing.find_uncorrected, late, checked_on=today(), found="工资仍未补发")
    late = do("town_worker", writing.answer_letter, late, **told)
    assert (late.state, late.in_time) == ("uncorrected", "no")


def test_the_chain_waits_for_the_answer_and_ends_with_the_proposal():
    letter = sent(asked_by=today() + 9 * DAY)
    with pytest.raises(Refused):
        do("town_worker", writing.follow_letter, letter, **WORDS)
    letter = do("town_worker", writing.find_uncorrected, letter, checked_on=today(), found="未整改")
    opinion = do("town_worker", writing.follow_letter, letter, **WORDS)
    with pytest.raises(Refused):
        do("town_worker", writing.follow_letter, letter, **WORDS)
    do("town_worker", writing.discard_letter, opinion, reason="改写")
    assert do("town_worker", writing.follow_letter, letter, **WORDS).kind == "opinion"
    last = do("town_worker", writing.find_uncorrected, sent(kind="proposal"), checked_on=today(), found="未处理")
    with pytest.raises(Refused):
        do("town_worker", writing.follow_letter, last, to_org=cast.org("partner"), **WORDS)
    assert rules.why_no_next_letter("opinion", "answered", late=False, refused=False) == "not_checked"


def test_the_writer_is_warned_and_the_overseers_once_it_is_due_each_time_once():
    in_area("110105")
    letter = sent(kind="opinion")

    def told(day: dt.date) -> list[str]:
        with everything():
            Notice.objects.all().delete()
            keeping.warn_of_letters(day)
            keeping.warn_of_letters(day)
            return sorted(Notice.objects.filter(object_id=str(letter.pk)).values_list("user__username", flat=True))

    assert told(letter.due_on - 4 * DAY) == []
    assert told(letter.due_on - 3 * DAY) == ["town_worker"]
    assert "supervisor" in told(letter.due_on) and told(letter.due_on) == []
    late = told(letter.due_on + DAY)
    assert {"town_worker", "supervisor"} <= set(late) and len(late) == len(set(late))


def test_what_waits_stands_on_the_home_page_of_the_office():
    in_area("110105")
    mine, late = draft(), sent(16, kind="opinion")
    with acting(cast.actor("town_worker")) as actor:
        assert [row.pk for row in todo(actor).letters.rows] == [str(late.pk), str(mine.pk)]
    with acting(cast.actor("county_clerk")) as actor:
        assert [row.pk for row in todo(actor).letters.rows] == [str(late.pk)]
    with acting(cast.actor("neighbour_county_clerk")) as actor:
        assert todo(actor).letters.count == 0


# --- cases, reach ---------------------------------------------------------------------------------------------------------------
def test_several_cases_a_letter_and_several_letters_a_case():
    one, two = case(), case(client=given.person("李谷雨"))
    first, second = draft(cases=[one, two]), draft(cases=[one])
    with acting(cast.actor("town_worker")) as actor:
        assert [x["id"] for x in case_page(actor, one).letters] == [str(second.pk), str(first.pk)]
        assert [x["id"] for x in case_page(actor, two).letters] == [str(first.pk)]
    page = sign_in("town_worker").get(f"/cases/{one.pk}").content.decode()
    assert f"/letters/{first.pk}" in page
    with pytest.raises(Refused) as error:
        draft(cases=[case(client=given.person("赵大暑"))], employer=employer("另一家有限公司"))
    assert error.value.field == "cases"


def test_strangers_see_neither_letter_nor_link():
    letter = sent(cases=[case()])
    for stranger in ("neighbour_county_clerk", "town2_worker", "employer_hr", "base_cadre", "lawyer", "partner", "worker", "expired"):
        with acting(cast.actor(stranger)) as actor:
            assert not letters(actor).exists() and not Letter.objects.exists() and not LetterCase.objects.exists(), stranger
    for stranger in ("neighbour_county_clerk", "employer_hr", "city_officer"):
        assert sign_in(stranger).get(f"/letters/{letter.pk}/paper").status_code in (403, 404), stranger


def test_the_list_shows_the_levels_above_rows_without_subjects():
    letter = sent(subject="金丝雀事由")
    theirs = sign_in("city_officer").get("/letters").content.decode()
    assert letter.number in theirs and "金丝雀事由" not in theirs and f"/letters/{letter.pk}" not in theirs
    mine = sign_in("town_worker").get("/letters?kind=reminder&state=sent").content.decode()
    assert f"/letters/{letter.pk}" in mine and "金丝雀事由" in mine
    assert letter.number not in sign_in("town_worker").get("/letters?kind=opinion").content.decode()


def test_the_export_has_facts_and_no_texts():
    letter = sent()
    answer = sign_in("county_clerk").post("/letters/export", {"purpose": "季度统计报表", "format": "csv"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert letter.number in text and WORDS["text"] not in text


def test_the_whole_way_by_its_pages():
    found, client, chief = case(client=given.person("王小雨")), sign_in("town_worker"), sign_in("supervisor")

    def post(who, verb: str, pk: object, **body: object) -> Letter | None:
        answer = who.post(f"/do/casework.letter.{verb}/{pk}", body)
        assert answer.status_code in (302, 303, 200, 204), (verb, answer.content.decode()[:2000])
        with everything():
            return Letter.objects.order_by("-id").first()

    offered = client.get(f"/do/casework.letter.draft/{cast.org('town').pk}?cases={found.number}").content.decode()
    assert found.number in offered
    typed = {**WORDS, "kind": "reminder", "employer": "示例电子有限公司", "cases": found.number, "text": "王小雨的工资未付"}
    letter = post(client, "draft", cast.org("town").pk, **typed)
    assert client.get(f"/letters/{letter.pk}").content.decode().count(found.number) >= 2, "warned, and linked"
    refused = client.post(f"/do/casework.letter.submit/{letter.pk}", {})
    assert refused.status_code == 422 and found.number in refused.content.decode()
    letter = post(client, "allow_naming", letter.pk, case=str(found.pk), naming_on=str(today()))
    assert post(client, "submit", letter.pk).state == "submitted"
    assert post(chief, "approve", letter.pk, mark="石工", opinion="同意").number
    sent_now = {"way": "left", "sent_on": str(today()), "proof": "见证人：李主任"}
    assert post(client, "send", letter.pk, **sent_now).served_on == today()
    assert client.get(f"/do/casework.letter.follow/{letter.pk}").status_code == 200
    following = post(client, "follow", letter.pk, **WORDS)
    assert (following.kind, following.follows_id) == ("opinion", letter.pk)
    with everything():
        assert set(LetterCase.objects.values_list("letter_id", "naming_on")) == {(letter.pk, today()), (following.pk, None)}
    chain = client.get(f"/letters/{following.pk}").content.decode()
    assert letter.number in chain and found.number in chain


# --- T11 ------------------------------------------------------------------------------------------------------------------------
def test_t11_ties_and_opens_to_its_rows():
    in_area("110105")
    told = {"answered_on": today(), "reply": "accepted", "answer": "已安排补发"}
    for letter in (sent(kind="opinion"), sent(16, kind="opinion"), sent()):
        letter = do("town_worker", writing.answer_letter, letter, **told)
    do("town_worker", writing.find_corrected, letter, checked_on=today(), found="已补发")
    do("supervisor", writing.withdraw_letter, sent(kind="proposal"), reason="事实有误")
    sent(kind="proposal")
    draft()
    upkeep.keep_once()
    first = (today() - 40 * DAY).replace(day=1)
    with acting(cast.actor("city_officer")) as actor:
        filled = reports.report(actor, "T11", cast.org("city"), first, today())
        found = {h.key: c.value for h, c in zip(filled.heads, filled.total.cells, strict=True)}
        assert found == {
            "all": 4, "reminder": 1, "opinion": 2, "proposal": 1, "answered": 3, "in_time": 1, "late": 1, "corrected": 1, "uncorrected": 0,
        }  # fmt: skip
        assert [r.cells[0].value for r in filled.rows] == [1, 2, 1]
        assert reports.contradictions(filled) == []
    client = sign_in("city_officer")
    span = f"from={first:%Y-%m}&to={today():%Y-%m}"
    api = client.get(f"/api/v1/reports/T11?org=city&{span}")
    assert api.status_code == 200 and api.json()["total"]["answered"] == 3
    page = client.get(f"/figures/casework.letters_answered/entries?org={cast.org('city').pk}&{span}").content.decode()
    assert page.count("石工意字") == 2


# --- the register ---------------------------------------------------------------------------------------------------------------
ROW = {"kind": "opinion", "number": "石工意字〔2025〕7号", "addressee": "示例电子有限公司", "sent_on": dt.date(2025, 3, 3)}


def taken(*rows: dict) -> list[str]:
    blank = {c.name: None for c in LETTERS_SHEET.columns}
    with acting(cast.actor("town_worker")) as actor:
        made = [SheetRow(n + 2, {**blank, **row}) for n, row in enumerate(rows)]
        return [r.outcome for r in commit_letters(actor, made, batch_key="b")]


def test_a_register_comes_in_once_and_its_series_goes_on():
    employer()
    assert taken(ROW, {**ROW, "number": "2025-旧-3"}, {**ROW, "sent_on": dt.date(2099, 1, 1)}) == ["created", "created", "refused"]
    assert taken(ROW) == ["unchanged"]
    told = {**ROW, "answered_on": dt.date(2025, 3, 10), "reply": "accepted"}
    assert taken(told) == ["updated"]
    with everything():
        letter = Letter.objects.get(number=ROW["number"])
    assert (letter.state, letter.serial, letter.subject) == ("answered", 7, "Written opinion")
    do("town_worker", writing.find_corrected, letter, checked_on=today(), found="已补发")
    assert taken({**told, "reply": "refused"}) == ["refused"], "worked on by hand since"


def test_a_row_that_cannot_be_true_is_refused():
    employer()
    for wrong in (
        {"served_on": dt.date(2025, 3, 1)}, {"reply": "accepted"}, {"answered_on": dt.date(2025, 3, 5)}, {"checked_on": dt.date(2025, 3, 5)},
        {"kind": "proposal", "addressee": "没有这个局"}, {"number": ""},
    ):  # fmt: skip
        assert taken({**ROW, **wrong}) == ["refused"], wrong
