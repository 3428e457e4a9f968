"""People and employers as offices really send them, through the sheets mechanism to the register."""

from __future__ import annotations

import io

import pytest

from shegong.kernel.orgs.reach import acting, everything
from shegong.kernel.sheets import services as intake
from shegong.lib import creditcode
from shegong.registry import queries
from shegong.registry.models import Employer, Person, PersonTie
from shegong.registry.services import register_person
from tests import cast

from .synthetic import number, spoiled

pytestmark = pytest.mark.django_db


def take(text: str, sheet: str, *, mode="good_rows", account="town_worker", place="town", encoding="gb18030"):
    actor, org = cast.actor(account), cast.org(place)
    run = intake.receive(
        actor, io.BytesIO(text.encode(encoding)), sheet_code=sheet, org_id=org.pk, org_path=org.path, name="名册.csv"
    )
    deed = "registry.person.import" if sheet == "registry.people" else "registry.employer.import"
    with acting(actor):
        resolve = queries.resolver(actor, deed)
    run = intake.check(actor, run, resolve=resolve)
    checked = dict(run.counts)
    run = intake.commit(actor, run, mode=mode, resolve=resolve)
    return run, checked


def test_a_gbk_register_with_title_row_and_other_headers_comes_in_and_the_bad_rows_come_back():
    with acting(cast.actor("neighbour_town_worker")) as actor:
        far = register_person(actor, cast.org("neighbour_town"), name="远人", id_number=number(2))
        register_person(actor, cast.org("neighbour_town"), name="别人", id_number=number(3))
    text = "\n".join(
        [
            "石牌街道职工名册,,,,,",
            "序号,联系电话,职工姓名,身份证号码,是否工会会员,就业形态,建档单位",
            f"1,138 0000 0001,欧阳明月,{number(1)},是,外卖骑手,town",
            f"2,,远人,{number(2)},否,无,",
            f"3,,不是别人,{number(3)},否,,",
            f"4,13800000004,坏号,{spoiled(number(4))},否,,",
            f"5,,外地,{number(5)},否,,北京街道总工会",
            "6,13800000006,无证,,是,,",
        ]
    )
    run, checked = take(text, "registry.people")
    assert run.state == "done", run.refusal
    assert checked["good"] == 4  # the name of a hidden record is compared at import only
    assert {k: run.counts.get(k) for k in ("created", "updated", "bad")} == {"created": 2, "updated": 1, "bad": 3}
    assert sorted(error.row for error in intake.errors_of(run)) == [5, 6, 7]
    with everything():
        person = Person.objects.get(name="欧阳明月")
        assert (person.is_member, person.new_form, person.org.code) == (True, "delivery_rider", "town")
        assert person.phone.matches("13800000001")
        assert set(PersonTie.objects.values_list("person_id", "org__code")) == {(far.pk, "town")}


def test_the_same_file_twice_does_nothing_twice():
    text = f"姓名,身份证号\n欧阳明月,{number(1)}\n"
    take(text, "registry.people")
    with pytest.raises(intake.AlreadyTaken):
        take(text, "registry.people")
    take(text + "\n", "registry.people")  # another file with the same person
    with everything():
        assert Person.objects.count() == 1


def test_all_or_nothing_leaves_nothing():
    text = f"姓名,身份证号\n欧阳明月,{number(1)}\n坏号,{spoiled(number(2))}\n"
    run, _checked = take(text, "registry.people", mode="all_or_nothing")
    assert run.state == "checked"
    with everything():
        assert Person.objects.count() == 0


def test_employers_with_a_failing_code_need_a_reason():
    good = creditcode.synthetic(1)
    bad, accepted = spoiled(creditcode.synthetic(2)), spoiled(creditcode.synthetic(3))
    text = f"单位名称,统一社会信用代码,代码说明,职工人数\n甲公司,{good},,12\n乙公司,{bad},,3\n丙公司,{accepted},执照原件如此,4\n"
    run, _checked = take(text, "registry.employers")
    assert {k: run.counts.get(k) for k in ("created", "bad")} == {"created": 2, "bad": 1}
    assert Employer.objects.get(name="丙公司").code_override == "执照原件如此"
    assert Employer.objects.get(name="甲公司").workers == 12
