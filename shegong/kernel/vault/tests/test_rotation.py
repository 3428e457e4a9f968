"""Keys change while people work: nothing is lost, nothing stays behind, and it can be killed at any point."""

import threading
import time

import pytest
from django.db import connection, transaction

from shegong.kernel.vault import fields, keyring, rotation, rotation_batches, search
from shegong.kernel.vault.cells import Sealed, open_secret
from shegong.kernel.vault.ringfile import KeyRingError

from .cast import TABLES, Early, NameWords, Note, NoteWords, Person

COUNT = 60


def fill(count=COUNT):
    Person.objects.bulk_create(
        [
            Person(name=f"张{n}", id_number=f"{n:018}", phone=None if n % 3 else f"{n}", story=f"故事{n}")
            for n in range(count)
        ]
    )


def rotate(purpose="seal", suite=None, **options):
    return rotation.rotate(purpose, suite, **{"settle": 0, "batch": 7, "only": TABLES} | options)


def used(purpose):
    return {
        key.key_id: sum(key.rows.values()) for key in rotation.status(TABLES) if key.purpose == purpose and key.rows
    }


def assert_readable(count=COUNT):
    people = {person.name: person for person in Person.objects.all()}
    assert len(people) == count
    for n in range(count):
        person = people[f"张{n}"]
        assert person.story == f"故事{n}"
        assert open_secret(person.id_number) == f"{n:018}"
        assert Person.objects.get(fields.matching(Person, "id_number", f"{n:018}")).pk == person.pk


def test_a_rotation_leaves_no_value_under_the_old_key_and_destroys_it(tables, keys):
    fill()
    Early.objects.create(number="7")
    old = keyring.keyring().active("seal").id
    steps = []
    outcome = rotate(on_progress=steps.append)
    assert outcome.destroyed == [old]
    assert outcome.rewritten == COUNT * 2 + COUNT // 3 + 1
    assert used("seal") == {outcome.key_id: outcome.rewritten}
    assert keyring.keyring().entries[old].state == "destroyed"
    assert {(step.table, step.column) for step in steps} == {
        ("vault_tests_person", "id_number"),
        ("vault_tests_person", "phone"),
        ("vault_tests_person", "story"),
        ("vault_tests_early", "number"),
    }
    assert all(0 <= step.left < COUNT for step in steps)
    assert [step.left for step in steps if step.column == "story"][-1] == 0
    assert_readable()


def test_the_suite_switches_both_ways(tables, keys):
    fill()
    for suite, code in [("sm", 2), ("aes", 1), ("sm", 2)]:
        for purpose in ("seal", "index", "search"):
            outcome = rotate(purpose, suite)
            assert outcome.suite == suite
            assert outcome.destroyed
        with connection.cursor() as cursor:
            cursor.execute("select distinct get_byte(story, 1), get_byte(id_number, 1) from vault_tests_person")
            assert cursor.fetchall() == [(code, code)]
        assert_readable()


def test_an_old_key_waits_until_it_has_settled(tables, keys):
    fill(3)
    old = keyring.keyring().active("seal").id
    outcome = rotate(settle=900)
    assert (outcome.waiting, outcome.destroyed) == ([old], [])
    assert rotation.finish("seal", settle=900, only=TABLES).waiting == [old]
    done = rotation.finish("seal", settle=0, only=TABLES)
    assert (done.destroyed, done.key_id) == ([old], outcome.key_id)


def test_a_straggler_sealed_before_the_change_is_met_by_finish(tables, keys):
    pk, late = Person.objects.create(story="x").pk, Person(story="spät")
    token = fields.seal(Person, "story", late.pk, "迟到")
    outcome = rotate(settle=900)
    late.story = Sealed(token)
    late.save(force_insert=True)
    done = rotation.finish("seal", settle=0, only=TABLES)
    assert done.rewritten == 1
    assert done.destroyed == outcome.waiting
    assert Person.objects.get(pk=late.pk).story == "迟到"
    assert Person.objects.get(pk=pk).story == "x"


class Killed(BaseException):
    pass


@pytest.mark.parametrize("purpose", ["seal", "index", "search"])
def test_a_killed_rotation_goes_on_where_it_stopped(tables, keys, purpose, monkeypatch):
    fill()
    search.put_many(NameWords, [(person.pk, "", person.name) for person in Person.objects.all()])
    before = keyring.keyring().active(purpose).id

    def kill(step):
        if step.done > COUNT // 3:
            raise Killed

    with pytest.raises(Killed):
        rotate(purpose, on_progress=kill)
    keyring.forget()
    half = used(purpose)
    assert set(half) == {before, keyring.keyring().active(purpose).id}
    assert_readable()
    outcome = rotate(purpose)
    assert outcome.key_id == max(half)
    assert outcome.rewritten == half[before]
    assert outcome.destroyed == [before]
    assert_readable()
    assert len(search.matching_ids(NameWords, "张").ids) == COUNT


def test_a_writer_between_read_and_write_wins(tables, keys, monkeypatch):
    person = Person.objects.create(story="旧")
    real = rotation_batches._swap

    def slow(model, column, fresh):
        if column.name == "story":
            token = fields.seal(Person, "story", person.pk, "新")
            Person.objects.filter(pk=person.pk).update(story=Sealed(token))
        return real(model, column, fresh)

    monkeypatch.setattr(rotation_batches, "_swap", slow)
    rotate()
    assert Person.objects.get(pk=person.pk).story == "新"


def test_people_write_and_read_while_keys_rotate(real_tables, keys):
    fill()
    search.put_many(NameWords, [(person.pk, "", person.name) for person in Person.objects.all()])
    pks = list(Person.objects.order_by("pk").values_list("pk", flat=True))
    stop, errors, last = threading.Event(), [], {}

    def work(mine):
        turn = 0
        try:
            while not stop.is_set():
                pk, turn = mine[turn % len(mine)], turn + 1
                with transaction.atomic():
                    person = Person.objects.select_for_update().get(pk=pk)
                    assert person.story.startswith("故事")
                    person.story = f"故事，第{turn}稿"
                    person.id_number = f"{turn:06}{open_secret(person.id_number)[6:]}"
                    person.name = f"{person.name.partition('，')[0]}，又名{turn}"
                    person.save()
                    search.put(NameWords, pk, person.name)
                last[pk] = (person.story, open_secret(person.id_number), person.name)
                time.sleep(0.001)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(pks[part::2],)) for part in range(2)]
    for thread in threads:
        thread.start()
    try:
        for purpose, suite in [("seal", "sm"), ("index", "sm"), ("search", None), ("seal", "aes")]:
            outcome = rotate(purpose, suite, settle=900, batch=13)
            assert not outcome.stuck
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert errors == []
    for purpose in ("seal", "index", "search"):
        done = rotation.finish(purpose, settle=0, only=TABLES)
        assert done.destroyed
        assert set(used(purpose)) == {done.key_id}
    assert len(last) == COUNT
    for pk, (story, number, name) in last.items():
        person = Person.objects.get(pk=pk)
        assert (person.story, open_secret(person.id_number)) == (story, number)
        assert Person.objects.get(fields.matching(Person, "id_number", number)).pk == pk
        assert pk in search.matching_ids(NameWords, name).ids


def test_rows_held_by_others_are_met_again(real_tables, keys):
    fill(5)
    pk = Person.objects.first().pk
    held, free = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            Person.objects.select_for_update().get(pk=pk)
            held.set()
            free.wait(10)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    steps = []

    def let_go(step):
        steps.append(step)
        free.set()

    outcome = rotate(on_progress=let_go)
    thread.join()
    assert outcome.destroyed
    assert_readable(5)


def test_only_one_rotation_runs_at_a_time(real_tables, keys):
    seen = []

    def other():
        try:
            rotate()
        except KeyRingError as error:
            seen.append(str(error))
        connection.close()

    fill(3)

    def start_other(step):
        if not seen:
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()

    rotate(on_progress=start_other)
    assert "Another key rotation is running" in seen[0]
    assert sum(entry.purpose == "seal" for entry in keyring.refresh().entries.values()) == 2


def test_a_duplicate_that_slipped_in_is_reported_and_keeps_its_key(tables, keys):
    fill(9)
    old = keyring.keyring().active("index").id
    first, second = Person.objects.order_by("pk")[2:4]
    with connection.cursor() as cursor:  # the same number twice: once under a digest that the constraint cannot compare
        token = fields.seal(Person, "id_number", second.pk, open_secret(first.id_number))
        cursor.execute("update vault_tests_person set id_number = %s where id = %s", [token, second.pk])
    outcome = rotate("index")
    assert [(stuck.table, stuck.column) for stuck in outcome.stuck] == [("vault_tests_person", "id_digest")]
    assert outcome.stuck[0].pk in (first.pk, second.pk)
    assert outcome.kept == [old]
    assert outcome.rewritten == 8
    Person.objects.filter(pk=second.pk).delete()
    assert rotation.finish("index", settle=0, only=TABLES).destroyed == [old]


def test_an_unreadable_value_is_reported_and_keeps_its_key(tables, keys):
    fill(9)
    broken, other = Person.objects.order_by("pk")[3:5]
    old = keyring.keyring().active("seal").id
    Person.objects.filter(pk=broken.pk).update(
        story=Sealed(Person.objects.values("story").get(pk=other.pk)["story"].token)
    )
    outcome = rotate()
    assert [(stuck.column, stuck.pk) for stuck in outcome.stuck] == [("story", broken.pk)]
    assert (outcome.kept, outcome.destroyed) == ([old], [])


def test_a_new_search_key_reads_the_texts_again(tables, keys):
    notes = Note.objects.bulk_create([Note(body=f"工伤认定{n}") for n in range(20)])
    search.put_many(NoteWords, [(note.pk, "", note.body) for note in notes])
    gone = notes[0].pk
    Note.objects.filter(pk=gone).delete()
    keyring.add_key(keys, "search")
    keyring.refresh()
    assert len(search.matching_ids(NoteWords, "认定").ids) == 20
    outcome = rotate("search")
    assert outcome.rewritten == 20
    assert set(used("search")) == {outcome.key_id}
    assert len(search.matching_ids(NoteWords, "认定").ids) == 19


def test_an_audit_key_is_added_and_the_old_one_kept(tables, keys):
    old = keyring.keyring().mac_key("audit")
    outcome = rotate("audit")
    assert outcome.destroyed == []
    assert keyring.keyring().mac_key("audit").key_id == outcome.key_id != old.key_id
    assert keyring.keyring().mac_key("audit", old.key_id).digest(b"x") == old.digest(b"x")


def test_status_counts_values_by_key_and_column(tables, keys):
    fill(4)
    by_purpose = {key.purpose: key for key in rotation.status(TABLES)}
    assert by_purpose["seal"].rows == {
        "vault_tests_person.id_number": 4,
        "vault_tests_person.phone": 2,
        "vault_tests_person.story": 4,
    }
    assert by_purpose["index"].rows == {"vault_tests_person.id_digest": 4}


def test_other_holders_are_counted_rewritten_and_keep_their_key(tables, keys, monkeypatch):
    monkeypatch.setattr(rotation, "_holders", {})
    box = [keyring.keyring().seal(b"box:", b"x")]
    fixed = keyring.keyring().active("index").id

    def rewrite():
        box[0] = keyring.keyring().seal(b"box:", keyring.keyring().open(b"box:", box[0]))
        return 1

    rotation.register(rotation.Holder("seal", "box", lambda: {keyring.key_id_of(box[0]): 1}, rewrite))
    rotation.register(rotation.Holder("index", "codes", lambda: {fixed: 5}))
    fill(2)
    outcome = rotate("seal")
    assert keyring.key_id_of(box[0]) == outcome.key_id
    assert (outcome.rewritten, len(outcome.destroyed)) == (2 * 2 + 1 + 1, 1)
    kept = rotate("index")
    assert (kept.kept, kept.destroyed) == ([fixed], [])
    assert next(key for key in rotation.status(TABLES) if key.key_id == fixed).rows == {"codes": 5}
    assert keyring.keyring().open(b"box:", box[0]) == b"x"
