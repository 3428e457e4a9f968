"""The lawyer panel (S40): licences, parties, conflicts of interest under any writing of a name, and whom the form offers first."""

from __future__ import annotations

import datetime as dt

import pytest

from shegong.apps.casework.forms.aside import AssignForm
from shegong.apps.casework.models import FirmParty, LawFirm, Lawyer, Member
from shegong.apps.casework.queries.panel import conflicts_of, firms_with, fitness
from shegong.apps.casework.services import aside, panel
from shegong.apps.casework.sheets import FIRM_PARTIES_SHEET, LAWYERS_SHEET
from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.audit.models import Entry
from shegong.kernel.orgs.reach import acting, everything, today
from shegong.kernel.sheets.tests.files import table
from shegong.kernel.sheets.tests.taking import take
from shegong.lib import creditcode, idcard
from shegong.registry.models import Employer
from tests import cast

from . import given
from .given import do

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
EMPLOYER = "广州市天河区金鼎电子有限公司"
CODE = creditcode.synthetic(7)
FIRM_CODE = creditcode.synthetic(1, prefix="31")


def firm(**facts):
    return do("county_clerk", panel.register_firm, cast.org("county"), name="广东正道律师事务所", credit_code=FIRM_CODE, **facts)


def with_lawyer(found=None, user="lawyer", licence="14401201510000001", **facts):
    found = found or firm()
    do("county_clerk", panel.add_lawyer, found, name="郑律师", licence=licence, user=cast.user(user), **facts)
    return found


def case(**facts):
    employer, _made = None, None
    with everything():
        employer, _made = Employer.objects.get_or_create(name=EMPLOYER, defaults={"credit_code": CODE})
    return given.case(line="rights", problem="wages", employer=employer, **facts)


def assign(found, user="lawyer", tie="lawyer", **more):
    return do("county_clerk", aside.assign_member, found, user=cast.user(user), tie=tie, **more)


def tied(found, user="lawyer"):
    with everything():
        return Member.objects.filter(case=found, user=cast.user(user)).exists()


# --- who acts for whom --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("party", "code"),
    [
        (EMPLOYER, ""),
        ("广州市天河区金鼎电子有限公司 ", ""),
        ("廣州某某", CODE),  # another name on file, the same credit code
    ],
)
def test_a_firm_that_acts_for_the_employer_gives_no_lawyer_to_the_worker(party, code):
    found = with_lawyer()
    do("county_clerk", panel.note_party, found, name=party, side="for", credit_code=code)
    one = case()
    with pytest.raises(Refused, match="Conflict of interest") as refused:
        assign(one, because="她愿意")
    assert refused.value.field == "user"
    assert not tied(one)


@pytest.mark.parametrize("like", ["广州金鼎电子有限责任公司", "金鼎电子（广州）有限公司"])
def test_a_like_name_asks_for_a_reason_and_keeps_it(like):
    found = with_lawyer()
    do("county_clerk", panel.note_party, found, name=like, side="for")
    one = case()
    with pytest.raises(Refused) as refused:
        assign(one)
    assert refused.value.field == "because"
    assert "正道" in refused.value.message
    one = assign(one, because="同名的另一家公司，信用代码不同")
    assert tied(one)
    with everything():
        line = Entry.objects.filter(object_id=str(one.pk), deed="casework.case.assign").latest("seq")
    assert line.changes["conflicts"] == ["perhaps"]


def test_different_credit_codes_of_one_name_only_ask():
    found = with_lawyer()
    do("county_clerk", panel.note_party, found, name=EMPLOYER, side="for", credit_code=creditcode.synthetic(8))
    with everything():
        codes = [c.code for c in conflicts_of(cast.user("lawyer"), case())]
    assert codes == ["perhaps"]


def test_an_ended_mandate_asks_and_one_to_come_does_not():
    found = with_lawyer()
    do("county_clerk", panel.note_party, found, name=EMPLOYER, side="for", since=today() - 400 * DAY, until=today() - 30 * DAY)
    one = case()
    with everything():
        assert [(c.code, c.bars) for c in conflicts_of(cast.user("lawyer"), one)] == [("acted_for_opponent", False)]
        FirmParty.objects.update(since=today() + DAY, until=None)
        assert conflicts_of(cast.user("lawyer"), one) == []


def test_a_firm_that_acts_against_a_worker_of_the_group_is_barred():
    found = with_lawyer()
    number = idcard.synthetic(birth_on=dt.date(1980, 2, 3), sex="1", sequence=5)
    do("county_clerk", panel.note_party, found, name="王大力", side="against", id_number=number)
    group = case(form="group", client=None)
    group = do("town_worker", aside.add_participant, group, newcomer={"name": "王大力", "id_number": number})
    with pytest.raises(Refused):
        assign(group, because="先派")
    namesake = case(client=given.person("王大力"))
    with everything():
        assert [c.code for c in conflicts_of(cast.user("lawyer"), namesake)] == ["perhaps"]


def test_who_mediated_in_a_dispute_is_not_its_lawyer_also_not_for_the_one_split_out():
    from shegong.apps.casework.models import Case, Participant
    from shegong.apps.casework.services import groups

    group = case(form="group", client=None)
    group = do("town_worker", aside.add_participant, group, newcomer={"name": "王大力"})
    with everything():
        Member.objects.create(case=group, user=cast.user("lawyer"), tie="mediator", org=group.org, org_path=group.org_path)
        row = Participant.objects.get(case=group)
        group.refresh_from_db()
    do("town_worker", groups.split_participant, group, participant=row, reason="单独仲裁")
    with everything():
        alone = Case.objects.get(group=group)
        assert [(c.code, c.bars) for c in conflicts_of(cast.user("lawyer"), alone)] == [("mediated", True)]


def test_an_expired_licence_takes_no_case():
    found = with_lawyer(licence_to=today() - DAY)
    with pytest.raises(Refused) as refused:
        assign(case())
    assert refused.value.field == "user"
    with everything():
        row = Lawyer.objects.get(firm=found)
    do("county_clerk", panel.correct_lawyer, found, lawyer=row, licence_to=today() + 300 * DAY)
    assign(case())


def test_lawyers_without_conflict_of_this_specialty_with_few_cases_come_first():
    good = with_lawyer(problem="wages")
    other = do("county_clerk", panel.register_firm, cast.org("county"), name="广东对方律师事务所",
               credit_code=creditcode.synthetic(2, prefix="31"))  # fmt: skip
    with_lawyer(other, user="mediator", licence="14401201510000002", problem="wages")
    do("county_clerk", panel.note_party, other, name=EMPLOYER, side="for")
    one = case()
    with everything():
        ranked = fitness(one, [cast.user("lawyer").pk, cast.user("mediator").pk])
    assert ranked[cast.user("lawyer").pk].order < ranked[cast.user("mediator").pk].order
    with acting(cast.actor("county_clerk")) as actor:
        form = AssignForm(actor=actor, target=one)
        labels = [label for _value, label in form.fields["user"].choices][1:]
    assert labels[0].startswith(cast.user("lawyer").name)
    assert good.name in labels[0]
    assert "conflict of interest" in " ".join(labels[1:])


# --- what may stand on the panel ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"licence": "1234"}, "licence"),
        ({"licence": "19901201510000001"}, "licence"),
        ({"name": ""}, "name"),
        ({"problem": "moon"}, "problem"),
    ],
)
def test_a_lawyer_needs_a_licence_of_the_right_form(facts, field):
    found = firm()
    with pytest.raises(Refused) as refused:
        do("county_clerk", panel.add_lawyer, found, **{"name": "郑律师", "licence": "14401201510000001", **facts})
    assert refused.value.field == field


def test_a_firm_is_a_firm_and_stands_there_once():
    firm()
    for code in (FIRM_CODE, creditcode.synthetic(3)):
        with pytest.raises(Refused) as refused:
            do("county_clerk", panel.register_firm, cast.org("county"), name="另一家", credit_code=code)
        assert refused.value.field == "credit_code"


def test_a_licence_and_an_account_stand_there_once():
    found = with_lawyer()
    for more, field in (({"licence": "14401201510000001"}, "licence"), ({"licence": "14401201510000009"}, "user")):
        with pytest.raises(Refused) as refused:
            do("county_clerk", panel.add_lawyer, found, name="甲律师", user=cast.user("lawyer"), **more)
        assert refused.value.field == field


def test_the_neighbour_sees_neither_firm_nor_party():
    found = with_lawyer()
    do("county_clerk", panel.note_party, found, name=EMPLOYER, side="for")
    with acting(cast.actor("neighbour_county_clerk")) as actor:
        assert list(firms_with(actor)) == []
        assert FirmParty.objects.count() == LawFirm.objects.count() == 0
    with pytest.raises(NotAllowed):
        do("neighbour_county_clerk", panel.note_party, found, name="某厂", side="for")
    with pytest.raises(NotAllowed):
        do("town_worker", panel.note_party, found, name="某厂", side="for")


# --- workbooks ------------------------------------------------------------------------------------------------------------
def test_fifty_lawyers_of_four_firms_and_their_parties_from_workbooks():
    codes = [creditcode.synthetic(n, prefix="31") for n in range(1, 5)]
    lines = [
        [f"第{'一二三四'[n % 4]}律师事务所", codes[n % 4], f"律师{n}", f"1440120151{n:07d}", "2027年5月31日", "13800000000"]
        for n in range(50)
    ]
    head = ["律师事务所", "统一社会信用代码", "姓名", "执业证号", "有效期至", "联系电话"]
    rows = take(table([["律师志愿团名册"], head, *lines, lines[0]]), LAWYERS_SHEET).rows
    results = do("county_clerk", panel.import_lawyers, cast.org("county"), rows=rows)
    assert [r.outcome for r in results].count("created") == 50
    again = do("county_clerk", panel.import_lawyers, cast.org("county"), rows=rows)
    assert {r.outcome for r in again} == {"unchanged"}
    with acting(cast.actor("county_clerk")) as actor:
        assert sorted(f.lawyer_count for f in firms_with(actor)) == [12, 12, 13, 13]
    parties = take(
        table([["律所", "顾问单位", "关系"], ["第一律师事务所", EMPLOYER, "常年法律顾问"], ["没有的律所", "某厂", ""]]), FIRM_PARTIES_SHEET
    ).rows
    results = do("county_clerk", panel.import_parties, cast.org("county"), rows=parties)
    assert [r.outcome for r in results] == ["created", "refused"]
    assert results[1].complaints[0].column == "firm"
    with acting(cast.actor("county_clerk")) as actor:
        assert [f.name for f in firms_with(actor, party="广州金鼎电子有限公司")] == ["第一律师事务所"]
