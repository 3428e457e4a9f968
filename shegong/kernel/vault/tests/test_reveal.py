"""Looking behind a mask leaves a trace, needs a purpose, and has a daily limit."""

import threading
from dataclasses import dataclass

import pytest
from django.db import connection, transaction

from shegong.kernel.vault import services
from shegong.kernel.vault.cells import SealedUseError
from shegong.kernel.vault.models import Reveal

from .cast import ID_NUMBER, Person


@dataclass
class Looker:
    user_id: int = 7


@pytest.fixture
def written():
    return []


@pytest.fixture
def look(tables, written):
    def look(person, column="id_number", purpose="核对身份", **options):
        actor = options.pop("actor", Looker())
        return services.reveal(actor, person, column, purpose, record=written.append, **options)

    return look


def people(count):
    return Person.objects.bulk_create([Person(id_number=f"{n:018}", phone=f"{n}") for n in range(count)])


def test_a_look_gives_the_value_and_one_trace(look, written):
    person = Person.objects.create(id_number=ID_NUMBER)
    assert look(person, purpose="  核对 身份 ") == ID_NUMBER
    entry = Reveal.objects.get()
    assert written == [entry]
    assert (entry.actor_id, entry.table, entry.record_id) == (7, "vault_tests_person", str(person.pk))
    assert (entry.column, entry.purpose) == ("id_number", "核对 身份")
    assert ID_NUMBER not in repr(entry.__dict__) + str(entry)


def test_no_trace_no_look(tables):
    person = Person.objects.create(id_number=ID_NUMBER)

    def full(entry):
        raise OSError("the trail cannot be written")

    with pytest.raises(OSError), transaction.atomic():
        services.reveal(Looker(), person, "id_number", "核对身份", record=full)
    assert not Reveal.objects.exists()


@pytest.mark.parametrize("purpose", ["", "  ", "x", "x" * 201])
def test_a_purpose_is_needed(look, written, purpose):
    with pytest.raises(services.RevealRefused) as refused:
        look(Person.objects.create(id_number=ID_NUMBER), purpose=purpose)
    assert refused.value.field == "purpose"
    assert not written
    assert not Reveal.objects.exists()


def test_the_quota_counts_different_people(look, written):
    first, second, third = people(3)
    for person, column in [(first, "id_number"), (first, "phone"), (first, "id_number"), (second, "phone")]:
        look(person, column, quota=2)
    with pytest.raises(services.RevealRefused, match="2"):
        look(third, quota=2)
    assert look(first, quota=2) == f"{0:018}"
    assert look(third, quota=2, actor=Looker(8)) == f"{2:018}"
    assert len(written) == Reveal.objects.count() == 6


def test_the_quota_is_thirty_unless_set(look, settings):
    crowd = people(31)
    for person in crowd[:30]:
        look(person)
    with pytest.raises(services.RevealRefused):
        look(crowd[30])
    settings.SHEGONG_REVEALS_PER_DAY = 31
    look(crowd[30])


def test_a_phone_in_its_own_row_counts_for_its_person(look):
    one, two = people(2)
    look(one, subject_id="person-1", quota=1)
    look(two, subject_id="person-1", quota=1)
    assert Reveal.objects.values("subject_id").distinct().count() == 1


def test_yesterdays_looks_do_not_count(look):
    one, two = people(2)
    look(one, quota=1)
    Reveal.objects.update(looked_on="2020-01-01")
    look(two, quota=1)


def test_an_empty_value_is_empty_and_a_text_column_has_no_mask(look):
    person = Person.objects.create(id_number=None)
    assert look(person) == ""
    with pytest.raises(SealedUseError):
        look(person, "story")


def test_a_look_needs_a_transaction(real_tables):
    with pytest.raises(RuntimeError, match="transaction"):
        services.reveal(Looker(), Person(id_number=ID_NUMBER), "id_number", "核对身份", record=print)


def test_parallel_looks_cannot_pass_the_quota(real_tables):
    crowd, shown, refused = people(8), [], []
    actor = Looker(-77)

    def look(person):
        try:
            with transaction.atomic():
                value = services.reveal(actor, person, "id_number", "核对身份", record=lambda entry: None, quota=3)
            shown.append(value)
        except services.RevealRefused as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=look, args=(person,)) for person in crowd]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert (len(shown), len(refused)) == (3, 5)
        assert Reveal.objects.filter(actor_id=-77).count() == 3
    finally:
        Reveal.objects.filter(actor_id=-77).delete()
