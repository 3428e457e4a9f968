"""Two records of one person: proposed with reasons, merged, and apart again exactly as before."""

from __future__ import annotations

import datetime as dt

import pytest

from shegong.kernel.actions.errors import NotAllowed, Refused, WrongState
from shegong.kernel.orgs.reach import acting, everything
from shegong.registry import queries
from shegong.registry.models import Duplicate, Person, PersonSearch, PersonTie
from shegong.registry.services import (
    dismiss_duplicate,
    merge_people,
    propose_all,
    record_tie,
    register_person,
    unmerge_people,
)  # fmt: skip
from tests import cast

from .synthetic import number

pytestmark = pytest.mark.django_db


def register(account="town_worker", place="town", **given):
    with acting(cast.actor(account)) as actor:
        return register_person(actor, cast.org(place), **given)


def rows(*models) -> list:
    """Everything that is in these tables, but for versions and the moment of a tie."""
    with everything():
        found = []
        for model in models:
            names = [
                f.attname for f in model._meta.concrete_fields if f.name not in ("version", "since", "id", "key_id")
            ]
            if model is Person:
                names = ["id", *[n for n in names if n not in ("id_number", "phone", "other_names", "address")]]
            values = [
                tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)
                for row in model.objects.values_list(*names)
            ]
            found.append(sorted(values, key=repr))
    return found


def test_same_phone_and_name_are_proposed_with_reasons_and_shown_side_by_side():
    one = register(name="欧阳明月", phone="13800000001", birth_on=dt.date(1988, 5, 6))
    other = register(name="欧阳明悦", phone="13800000001", birth_on=dt.date(1988, 5, 6))
    register(name="李四", phone="13800000001")
    with acting(cast.actor("town_worker")) as actor:
        (proposal,) = queries.duplicates(actor)
        assert {proposal.first_id, proposal.second_id} == {one.pk, other.pk}
        assert set(proposal.reasons) == {"same_phone", "same_sound", "same_birth"}
        _a, _b, sides, reasons = queries.pair(actor, one.pk, other.pk)
        by_label = {s.label: s.sign for s in sides}
        assert list(by_label.values()).count("≠") == 1
        assert len(reasons) == 3
    with acting(cast.actor("neighbour_county_clerk")) as actor:
        assert not queries.duplicates(actor).exists()
        with pytest.raises(NotAllowed) as refusal:
            queries.pair(actor, one.pk, other.pk)
        assert refusal.value.status == 404


def test_records_of_two_counties_are_proposed_to_those_above_both():
    register(name="欧阳明月", phone="13800000001")
    register("neighbour_town_worker", "neighbour_town", name="欧阳明月", phone="13800000001")
    with everything():
        assert not Duplicate.objects.exists()
    assert propose_all() == 1
    assert propose_all() == 0
    with everything():
        assert Duplicate.objects.get().org == cast.org("city")
    for account in ("county_clerk", "neighbour_county_clerk", "town_worker"):
        with acting(cast.actor(account)) as actor:
            assert not queries.duplicates(actor).exists()


def test_merge_and_unmerge_leave_everything_as_it_was():
    kept = register(name="欧阳明月", id_number=number(1), phone="13800000001")
    gone = register(name="欧阳明", phone="13800000001", other_names="小月")
    with acting(cast.actor("town_worker")):
        record_tie(gone.pk, cast.org("town"), "case")
    with everything():
        record_tie(gone.pk, cast.org("neighbour_town"), "referral")
    before = rows(Person, PersonTie, PersonSearch)
    with acting(cast.actor("county_clerk")) as actor:
        merge_people(actor, kept, gone=gone, reason="同一证件")
        assert queries.family(kept) == (kept.pk, gone.pk)
        assert queries.current(Person.objects.get(pk=gone.pk)) == kept
        assert [p.pk for p in queries.find_people(actor, "小月").people] == [kept.pk]
        assert [p.pk for p in queries.find_people(actor, "13800000001").people] == [kept.pk]
        with pytest.raises(WrongState):
            merge_people(actor, gone, gone=kept, reason="又一次")
    with acting(cast.actor("neighbour_town_worker")) as actor:
        assert kept in queries.people(actor)  # whoever saw the merged record sees the person
    with acting(cast.actor("supervisor")) as actor:
        unmerge_people(actor, Person.objects.get(pk=gone.pk), reason="弄错了")
    assert rows(Person, PersonTie, PersonSearch) == before
    with acting(cast.actor("neighbour_town_worker")) as actor:
        assert kept not in queries.people(actor)


def test_a_tie_with_a_reason_of_its_own_outlives_the_merger():
    kept = register(name="欧阳明月", id_number=number(1))
    gone = register("town2_worker", "town2", name="欧阳明月", phone="13800000001")
    with acting(cast.actor("county_clerk")) as actor:
        merge_people(actor, kept, gone=gone, reason="同一证件")
    again = register("town2_worker", "town2", name="欧阳明月", id_number=number(1))
    assert again.pk == kept.pk
    with acting(cast.actor("county_clerk")) as actor:
        unmerge_people(actor, Person.objects.get(pk=gone.pk), reason="弄错了")
    with acting(cast.actor("town2_worker")) as actor:
        assert kept in queries.people(actor)


def test_two_different_numbers_need_a_second_look():
    kept, gone = register(name="欧阳明月", id_number=number(1)), register(name="欧阳明月", id_number=number(2))
    with acting(cast.actor("county_clerk")) as actor:
        with pytest.raises(Refused) as refusal:
            merge_people(actor, kept, gone=gone, reason="同名")
        assert refusal.value.field == "despite_numbers"
        merge_people(actor, kept, gone=gone, reason="看过两张证件", despite_numbers=True)
    # the number of the merged record finds the person, and makes no third one
    assert register(name="欧阳明月", id_number=number(2)).pk == kept.pk


def test_merging_needs_the_right_over_both():
    kept = register(name="欧阳明月", phone="13800000001")
    foreign = register("neighbour_town_worker", "neighbour_town", name="欧阳明月", phone="13800000001")
    for account in ("county_clerk", "town_worker"):
        with acting(cast.actor(account)) as actor, pytest.raises(NotAllowed):
            merge_people(actor, kept, gone=foreign, reason="同名同号")
    with acting(cast.actor("county_clerk")) as actor, pytest.raises(Refused):
        merge_people(actor, kept, gone=kept, reason="自己")
    with everything():
        assert not Person.objects.filter(state="merged").exists()


def test_a_pair_ruled_out_is_not_proposed_again():
    one, other = (register(name="欧阳明月", phone="13800000001") for _i in range(2))
    with acting(cast.actor("town_worker")) as actor:
        dismissed = dismiss_duplicate(actor, one, other=other, reason="双胞胎")
        assert dismissed.version == 1
        assert not queries.duplicates(actor).exists()
        with pytest.raises(Refused):
            dismiss_duplicate(actor, one, other=other)
    assert propose_all() == 0
