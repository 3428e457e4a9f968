"""One natural person once; masks; ties; corrections."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.audit.models import Entry
from shegong.kernel.orgs.reach import acting, everything
from shegong.registry import queries
from shegong.registry.models import Person, PersonTie
from shegong.registry.services import correct_person, register_person, reveal_person, tie_person
from tests import cast

from .synthetic import BORN, number, spoiled

pytestmark = pytest.mark.django_db


def register(account="town_worker", place="town", **given):
    with acting(cast.actor(account)) as actor:
        return register_person(
            actor, cast.org(place), **({"name": "欧阳明月", "id_number": number(1), "phone": "13800000001"} | given)
        )


def test_sex_and_birth_come_from_the_number_and_nothing_rests_in_clear():
    person = register()
    assert (person.sex, person.birth_on, person.id_kind) == ("1", BORN, "resident")
    assert str(person.id_number).count("*") == 10
    with everything(), connection.cursor() as cursor:
        cursor.execute("select p::text from registry_person p where id = %s", [person.pk])
        (row,) = cursor.fetchone()
        cursor.execute("select string_agg(s::text, '') from registry_personsearch s")
        tokens = cursor.fetchone()[0]
        cursor.execute("select string_agg(e::text, '') from audit_entry e")
        entries = cursor.fetchone()[0]
    for secret in (number(1), "13800000001", number(1).encode().hex(), b"13800000001".hex()):
        assert secret not in row + tokens + entries
    assert "欧阳" not in tokens


def test_a_15_digit_number_is_converted_and_flagged():
    old = "990000" + "880506" + "003"
    person = register(id_number=old)
    assert person.id_from_15
    assert person.birth_on == dt.date(1988, 5, 6)
    with acting(cast.actor("town_worker")) as actor:
        assert [p.pk for p in queries.find_people(actor, old).people] == [person.pk]


@pytest.mark.parametrize(
    ("given", "field"),
    [({"name": " "}, "name"), ({"id_number": spoiled(number(1))}, "id_number"), ({"phone": "1380000"}, "phone"),
     ({"area_code": "123456"}, "area_code"), ({"birth_on": dt.date(2200, 1, 1), "id_number": ""}, "birth_on"), ({"sex": "x"}, "sex")],
)  # fmt: skip
def test_bad_input_names_its_field_and_leaves_nothing(given, field):
    given = {"name": "欧阳明月", "id_number": number(1)} | given
    with acting(cast.actor("town_worker")) as actor, pytest.raises(Refused) as refusal:
        register_person(actor, cast.org("town"), **given)
    assert refusal.value.field == field
    assert refusal.value.message
    with everything():
        assert Person.objects.count() == 0
        assert Entry.objects.filter(deed="registry.person.register", outcome="refused").count() == 1


def test_the_same_number_at_another_office_is_tied_not_made_again():
    first = register()
    with acting(cast.actor("neighbour_town_worker")) as actor:
        assert not queries.people(actor).exists()
    again = register("neighbour_town_worker", "neighbour_town", name="欧阳 明月")
    assert again.pk == first.pk
    with everything():
        assert Person.objects.count() == 1
        assert list(PersonTie.objects.values_list("org__code", flat=True)) == ["neighbour_town"]
        hit = Entry.objects.filter(deed="registry.person.register", actor_name="曹芒种").get()
        assert hit.reason
    with acting(cast.actor("neighbour_town_worker")) as actor:
        assert queries.people(actor).get().name == "欧阳明月"
        assert [p.pk for p in queries.find_people(actor, "oymy").people] == [first.pk]
        assert [p.pk for p in queries.find_people(actor).people] == [first.pk]
        correct_person(actor, queries.people(actor).get(), reason="证件核对", phone="13900000002")


def test_a_number_under_another_name_is_refused_and_gives_nothing_away():
    register()
    with pytest.raises(Refused) as refusal:
        register("neighbour_town_worker", "neighbour_town", name="李四")
    assert refusal.value.field == "name"
    assert "欧阳" not in refusal.value.message
    with everything():
        assert not PersonTie.objects.exists()


def test_tie_needs_the_exact_number():
    person = register()
    with acting(cast.actor("neighbour_town_worker")) as actor:
        with pytest.raises(Refused) as refusal:
            tie_person(actor, cast.org("neighbour_town"), id_number=number(2), because="来访")
        assert refusal.value.field == "id_number"
        assert tie_person(actor, cast.org("neighbour_town"), id_number=number(1), because="来访").pk == person.pk
        with pytest.raises(NotAllowed):
            tie_person(actor, cast.org("town"), id_number=number(1), because="来访")


def test_reveal_is_counted_recorded_and_changes_nothing(settings):
    settings.SHEGONG_REVEALS_PER_DAY = 1
    person, other = register(), register(id_number=number(2), name="欧阳明日")
    with acting(cast.actor("town_worker")) as actor:
        shown = reveal_person(actor, person, column="id_number", purpose="核对证件")
        assert shown.revealed == number(1)
        assert shown.version == 1
        with pytest.raises(Refused):
            reveal_person(actor, person, column="id_number", purpose="")
        with pytest.raises(Refused, match="1"):
            reveal_person(actor, other, column="phone", purpose="回访")
        with pytest.raises(Refused):
            reveal_person(actor, person, column="address", purpose="上门")
    with everything():
        entry = Entry.objects.filter(deed="registry.person.reveal", outcome="done").get()
    assert entry.reason == "核对证件"
    assert number(1) not in str(entry.changes)


@pytest.mark.parametrize(
    "account",
    ["neighbour_town_worker", "neighbour_county_clerk", "other_city_officer", "employer_hr", "lawyer", "finance"],
)
def test_the_neighbour_gets_the_answer_of_a_thing_that_is_not_there(account):
    person = register()
    ghost = Person(name="无", org=person.org, org_path=person.org_path)
    with acting(cast.actor(account)) as actor:
        answers = []
        for target in (person, ghost):
            for service, given in (
                (reveal_person, {"column": "phone", "purpose": "看看"}),
                (correct_person, {"reason": "试试", "name": "甲"}),
            ):
                with pytest.raises(NotAllowed) as refusal:
                    service(actor, target, **given)
                answers.append((refusal.value.status, refusal.value.message))
            with pytest.raises(NotAllowed) as refusal:
                queries.person_page(actor, target.pk)
            answers.append((refusal.value.status, refusal.value.message))
        assert answers[:3] == answers[3:]
        assert {status for status, _m in answers} == {404}
        assert not Person.objects.exists()  # no filter at all: the wall


def test_correct_takes_birth_and_sex_of_the_new_number_but_keeps_what_was_set_by_hand():
    by_number = register()
    by_hand = register(id_number=number(2), name="欧阳明日", birth_on=dt.date(1990, 1, 1))
    with acting(cast.actor("town_worker")) as actor:
        new = number(7, dt.date(1977, 7, 7), "2")
        changed = correct_person(
            actor, by_number, reason="号码录错", id_number=new, birth_on=by_number.birth_on, sex="1"
        )
        assert (changed.birth_on, changed.sex) == (dt.date(1977, 7, 7), "2")
        kept = correct_person(actor, by_hand, reason="号码录错", id_number=number(8, dt.date(1977, 7, 8)))
        assert kept.birth_on == dt.date(1990, 1, 1)
        with pytest.raises(Refused) as refusal:
            correct_person(actor, by_hand, reason="号码录错", id_number=new)
        assert refusal.value.field == "id_number"
    with everything():
        assert Person.objects.get(pk=by_number.pk).id_number.matches(new)
        assert Person.objects.get(pk=by_number.pk).phone.matches("13800000001")


def test_a_worker_sees_herself_and_nobody_else():
    me = register(user=cast.user("worker"))
    register(id_number=number(2), name="他人")
    with acting(cast.actor("worker")) as actor:
        assert [p.pk for p in queries.people(actor)] == [me.pk]


def test_found_by_name_pinyin_initials_number_and_phone_but_masked():
    person = register(other_names="欧小月")
    register(id_number=number(2), name="单雄信", phone="13800000002")
    with acting(cast.actor("town_worker")) as actor:
        for text in ("欧阳", "明月", "ouyang", "oym", number(1), number(1).lower(), "138 0000 0001", "欧小月", "月"):
            assert [p.pk for p in queries.find_people(actor, text).people] == [person.pk], text
        assert queries.find_people(actor, "shanxx").people == []
        assert [p.name for p in queries.find_people(actor, "shanx").people] == ["单雄信"]
        assert queries.find_people(actor, spoiled(number(1))).note
        assert len(queries.find_people(actor).people) == 2
        page = queries.find_people(actor, limit=1)
        assert len(page.people) == 1
        assert page.more
        import uuid

        assert len(queries.find_people(actor, after=uuid.UUID(page.more), limit=1).people) == 1
