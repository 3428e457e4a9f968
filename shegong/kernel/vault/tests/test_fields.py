"""Sealed columns: readable in their own place only, never shown by accident, never in the clear in the database."""

# ruff: noqa: DJ008, UP032

import copy
import json
import logging
import pickle
import uuid

import jinja2
import pytest
from django.apps import apps
from django.core.exceptions import FieldError
from django.core.serializers import serialize
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.writer import MigrationWriter
from django.forms.models import model_to_dict
from django.template import Context, Engine
from django.test.utils import CaptureQueriesContext

from shegong.kernel.vault import fields, keyring
from shegong.kernel.vault.cells import Sealed, SealedUseError, Secret, open_secret
from shegong.kernel.vault.provider import BadSealError
from shegong.lib.ids import new_id

from .cast import ID_NUMBER, STORY, Early, Person
from .conftest import as_owner

MASK = "4401**********1234"


def make(**changes):
    values = {"name": "张伟", "id_number": ID_NUMBER, "phone": "13800138000", "story": STORY} | changes
    return Person.objects.create(**values)


def raw(column, pk, table="vault_tests_person"):
    with connection.cursor() as cursor:
        cursor.execute(f'select "{column}" from "{table}" where id = %s', [pk])
        found = cursor.fetchone()[0]
    return None if found is None else bytes(found)


# --- reading and writing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suite", ["aes", "sm"])
def test_values_come_back_as_they_went_in(tables, keys, suite):
    keyring.add_key(keys, "seal", suite)
    keyring.refresh()
    person = Person.objects.get(pk=make(other_story="第二段").pk)
    assert person.story == STORY
    assert person.other_story == "第二段"
    assert isinstance(person.id_number, Secret)
    assert open_secret(person.id_number) == ID_NUMBER
    assert person.id_number.mask == MASK


def test_null_stays_null_and_empty_stays_empty(tables):
    person = Person.objects.get(pk=make(id_number=None, phone="", story="", other_story=None).pk)
    assert person.id_number is None
    assert person.id_digest is None
    assert person.other_story is None
    assert person.story == ""
    assert open_secret(person.phone) == ""
    assert Person.objects.filter(id_number__isnull=True).count() == 1


def test_the_table_holds_no_plaintext(tables):
    person = make()
    with connection.cursor() as cursor:
        cursor.execute("select t::text from vault_tests_person t")
        row = cursor.fetchone()[0]
    for plain in (ID_NUMBER, "13800138000", STORY, "拖欠"):
        assert plain not in row
        assert plain.encode().hex() not in row
    assert raw("story", person.pk)[0] == keyring.VERSION


def test_statements_and_their_log_hold_no_plaintext(tables, caplog):
    caplog.set_level(logging.DEBUG, logger="django.db.backends")
    with CaptureQueriesContext(connection) as queries:
        person = make()
        person.story = STORY * 2
        person.phone = "13900139000"
        person.save()
        Person.objects.bulk_create([Person(story=STORY, id_number="11010519491231002X")])
        list(Person.objects.filter(fields.matching(Person, "id_number", ID_NUMBER)))
    written = "".join(query["sql"] for query in queries.captured_queries) + caplog.text
    for plain in (ID_NUMBER, STORY, "13800138000", "13900139000", "11010519491231002X"):
        assert plain not in written
        assert plain.encode().hex() not in written


def test_bulk_create_seals_each_row_for_itself(tables):
    people = [Person(name=str(n), id_number=f"{n:018}", story=f"故事{n}") for n in range(30)]
    Person.objects.bulk_create(people)
    for person in Person.objects.all():
        assert person.story == f"故事{person.name}"
        assert person.id_number.matches(f"{int(person.name):018}")
        assert person.id_digest == fields.index_of(Person, "id_number", f"{int(person.name):018}")


def test_values_sealed_beforehand_are_taken_as_they_are(tables):
    pk = new_id()
    token = fields.seal(Person, "id_number", pk, ID_NUMBER)
    Person.objects.bulk_create([Person(pk=pk, id_number=Sealed(token))])
    assert raw("id_number", pk) == token
    found = Person.objects.get(fields.matching(Person, "id_number", ID_NUMBER))
    assert found.pk == pk
    assert found.id_number.mask == MASK


def test_update_sealed_writes_many_rows_with_their_indexes(tables):
    Person.objects.bulk_create([Person(name=str(n), id_number=f"{n:018}") for n in range(5)])
    people = list(Person.objects.all())
    for person in people:
        person.id_number = f"{int(person.name) + 100:018}"
        person.story = "新"
    assert fields.update_sealed(people, ["id_number", "story"], batch=2) == 5
    found = Person.objects.get(fields.matching(Person, "id_number", f"{103:018}"))
    assert (found.name, found.story) == ("3", "新")
    assert not Person.objects.filter(fields.matching(Person, "id_number", f"{3:018}")).exists()


@pytest.mark.parametrize("write", ["update", "bulk_update"])
def test_paths_that_cannot_seal_are_refused(tables, write):
    person = make()
    with pytest.raises(SealedUseError, match="sealed per row"):
        if write == "update":
            Person.objects.filter(pk=person.pk).update(story="明文")
        else:
            person.story = "明文"
            Person.objects.bulk_update([person], ["story"])


def test_saving_without_a_change_keeps_the_sealed_bytes(tables):
    pk = make().pk
    before = [raw(column, pk) for column in ("story", "id_number", "id_digest")]
    person = Person.objects.get(pk=pk)
    assert person.story == STORY
    assert person.id_number.mask == MASK
    person.name = "李四"
    person.full_clean()
    person.save()
    assert [raw(column, pk) for column in ("story", "id_number", "id_digest")] == before


def test_a_change_seals_anew_and_moves_the_index(tables):
    pk = make().pk
    before = raw("id_number", pk), raw("id_digest", pk)
    person = Person.objects.get(pk=pk)
    person.id_number = "11010519491231002x"
    person.save(update_fields=["id_number", "id_digest"])
    assert raw("id_number", pk) != before[0]
    assert raw("id_digest", pk) == fields.index_of(Person, "id_number", "11010519491231002X") != before[1]
    person.id_number = None
    person.save()
    assert raw("id_number", pk) is None
    assert raw("id_digest", pk) is None


def test_an_update_that_forgets_the_index_is_refused(tables):
    person = make()
    person.id_number = "11010519491231002X"
    with pytest.raises(SealedUseError, match="id_digest"):
        person.save(update_fields=["id_number"])


def test_a_copied_row_is_sealed_for_its_new_key(tables):
    person = Person.objects.get(pk=make().pk)
    old_pk = person.pk
    person.pk = new_id()
    person._state.adding = True
    person.id_number = None
    person.save()
    fresh = Person.objects.get(pk=person.pk)
    assert fresh.story == STORY
    assert open_secret(fresh.phone) == "13800138000"
    assert raw("story", fresh.pk) != raw("story", old_pk)


def test_a_secret_moves_to_another_row_without_being_shown(tables):
    source, target = make(), make(id_number=None, phone=None)
    target.phone = Person.objects.get(pk=source.pk).phone
    target.save()
    assert open_secret(Person.objects.get(pk=target.pk).phone) == "13800138000"


def test_deferred_columns_load_when_asked(tables):
    pk = make().pk
    person = Person.objects.defer("story", "id_number").get(pk=pk)
    with CaptureQueriesContext(connection) as queries:
        assert person.story == STORY
        assert person.id_number.mask == MASK
    assert len(queries) == 2
    person.refresh_from_db()
    assert person.story == STORY


def test_a_list_decrypts_only_what_is_read(tables, monkeypatch):
    Person.objects.bulk_create([Person(story=STORY, id_number=f"{n:018}", phone="1") for n in range(20)])
    opened = []
    real = keyring.KeyRing.open
    monkeypatch.setattr(keyring.KeyRing, "open", lambda *args: opened.append(args[1]) or real(*args))
    people = list(Person.objects.all())
    assert [person.name for person in people] == [""] * 20
    assert opened == []
    assert people[3].story == people[3].story == STORY
    assert len(opened) == 1
    assert str(people[3].id_number) == str(people[3].id_number)
    assert len(opened) == 2


def test_only_text_can_be_assigned(tables):
    for wrong in (123, 4.5, b"bytes", models.F("name")):
        with pytest.raises(SealedUseError, match="takes a text"):
            Person(story=wrong)


# --- places ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suite", ["aes", "sm"])
def test_swapped_ciphertexts_are_refused(tables, keys, suite):
    keyring.add_key(keys, "seal", suite)
    keyring.refresh()
    first, second = make(other_story="一"), make(id_number="2", other_story="二")
    early = Early.objects.create(number=ID_NUMBER)
    swaps = [
        ("story", raw("story", second.pk)),  # another row
        ("story", raw("other_story", first.pk)),  # another column
        ("phone", raw("id_number", first.pk)),
        ("id_number", raw("number", early.pk, "vault_tests_early")),  # another table
    ]
    for column, token in swaps:
        Person.objects.filter(pk=first.pk).update(**{column: Sealed(token)})
        swapped = Person.objects.get(pk=first.pk)
        with pytest.raises(BadSealError):
            str(getattr(swapped, column))


def test_a_renamed_table_opens_by_its_old_place(tables):
    class Renamed(models.Model):
        id = models.UUIDField(primary_key=True, default=new_id)
        story = fields.SealedText(place="vault_tests_person:story")

        class Meta:
            app_label = "vault_tests"
            managed = False
            db_table = "vault_tests_renamed"

    person = make()
    assert fields.open_sealed(Renamed, "story", person.pk, raw("story", person.pk)) == STORY


def test_bulk_functions_agree_with_instances(tables):
    person = make()
    assert fields.open_sealed(Person, "story", person.pk, raw("story", person.pk)) == STORY
    assert fields.open_sealed(Person, "story", str(person.pk).upper(), raw("story", person.pk)) == STORY
    row = Person.objects.values("id", "story", "id_number").get()
    assert fields.open_sealed(Person, "story", row["id"], row["story"]) == STORY
    assert STORY not in repr(row)
    with pytest.raises(SealedUseError, match="reveal"):
        fields.open_sealed(Person, "id_number", row["id"], row["id_number"])
    with pytest.raises(SealedUseError, match="not a sealed column"):
        fields.seal(Person, "name", person.pk, "x")


def test_a_key_made_by_another_process_is_found_at_once(tables, keys, monkeypatch):
    person = make()
    monkeypatch.setattr(keyring, "RELOAD_SECONDS", 3600.0)
    keyring.refresh()
    keyring.add_key(keys, "seal")
    token = keyring.KeyRing(keys).seal(Person._meta.get_field("story").place(person.pk), "新钥匙".encode())
    assert fields.open_sealed(Person, "story", person.pk, token) == "新钥匙"


def test_a_destroyed_key_gives_a_clear_error(tables, keys):
    person = make()
    old = keyring.keyring().active("seal").id
    keyring.add_key(keys, "seal")
    keyring.destroy_key(keys, old)
    keyring.refresh()
    person = Person.objects.get(pk=person.pk)
    for column in ("story", "phone"):
        with pytest.raises(keyring.KeyDestroyedError, match="destroyed"):
            str(getattr(person, column))


# --- filters and indexes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "condition",
    [{"story": "x"}, {"story__icontains": "x"}, {"id_number": "x"}, {"phone__in": ["x"]}, {"story__length": 3}],
)
def test_filtering_a_sealed_column_is_refused(tables, condition):
    with pytest.raises(FieldError, match="sealed"):
        list(Person.objects.filter(**condition))


def test_a_blind_index_finds_exactly_the_normalised_value(tables):
    person = make(id_number="11010519491231002x")
    make(id_number="110105194912310021")
    assert Person.objects.get(fields.matching(Person, "id_number", " 11010519491231002X ")).pk == person.pk
    for other in ("11010519491231002", "110105194912310020", "", "   "):
        assert not Person.objects.filter(fields.matching(Person, "id_number", other)).exists()
    assert len(raw("id_digest", person.pk)) == fields.INDEX_BYTES


def test_a_blind_index_keeps_values_unique(tables):
    make()
    with pytest.raises(IntegrityError), transaction.atomic():
        make(id_number=ID_NUMBER + " ")


def test_one_purpose_links_tables_and_another_does_not(tables):
    person = make()
    early = Early.objects.create(number=ID_NUMBER)
    assert raw("digest", early.pk, "vault_tests_early") == raw("id_digest", person.pk)
    assert fields.blind("phone", ID_NUMBER) != fields.blind("id_number", ID_NUMBER)


def test_the_digest_needs_its_key(tables, keys):
    before = fields.blind("id_number", ID_NUMBER)
    keyring.add_key(keys, "index")
    keyring.refresh()
    after = fields.blind("id_number", ID_NUMBER)
    assert before[2:] != after[2:]
    assert fields.blind_all("id_number", ID_NUMBER) == [after, before]


def test_lookups_find_rows_of_both_keys_while_the_index_rotates(tables, keys):
    old = make()
    keyring.add_key(keys, "index")
    keyring.refresh()
    new = make(id_number="2")
    assert Person.objects.get(fields.matching(Person, "id_number", ID_NUMBER)).pk == old.pk
    assert Person.objects.get(fields.matching(Person, "id_number", "2")).pk == new.pk


def test_a_blind_index_takes_digests_only(tables):
    with pytest.raises(SealedUseError, match="matching"):
        list(Person.objects.filter(id_digest=ID_NUMBER))
    with pytest.raises(FieldError):
        list(Person.objects.filter(id_digest__contains=b"x"))


# --- nothing leaks ---------------------------------------------------------------------------------------------------


def test_a_secret_prints_as_its_mask_everywhere(tables):
    person = Person.objects.get(pk=make().pk)
    secret = person.id_number
    shown = [
        str(secret), repr(secret), f"{secret}", f"{secret:>20}", f"{secret!r}", f"{secret!a}", "{} {!r}".format(secret, secret),
        repr([secret]), repr({"x": secret}), str(person.__dict__), repr(model_to_dict(person)), str(vars(person)),
        jinja2.Environment(autoescape=True).from_string("{{ p.id_number }}{{ p.id_number|string|upper }}").render(p=person),
        jinja2.Environment().from_string("{{ [p.id_number] }}{{ p.__dict__ }}").render(p=person),
        Engine().from_string("{{ p.id_number }}{{ p.id_number|upper }}{{ p.id_number|pprint }}").render(Context({"p": person})),
    ]  # fmt: skip
    for text in shown:
        assert ID_NUMBER not in text
        assert "19900101" not in text
    assert all(text.startswith(MASK) for text in (shown[0], shown[1], shown[2], shown[-3], shown[-1]))


@pytest.mark.parametrize(
    "leak",
    [
        json.dumps,
        lambda secret: json.dumps({"x": secret}, cls=DjangoJSONEncoder),
        pickle.dumps,
        lambda secret: "".join([secret]),
        list,
        bytes,
        len,
        lambda secret: "4401" + secret,
    ],
)
def test_a_secret_is_refused_by_json_pickle_and_string_work(tables, leak):
    with pytest.raises(TypeError):
        leak(make().id_number)


def test_an_unsaved_secret_is_a_secret_already(tables, monkeypatch):
    monkeypatch.setattr(apps, "get_model", lambda *label: Person)  # its label is no installed app
    person = Person(id_number=ID_NUMBER)
    assert str(person.id_number) == MASK
    assert ID_NUMBER not in repr(person.__dict__)
    with pytest.raises(SealedUseError, match="save it first"):
        pickle.dumps(person)
    assert open_secret(copy.deepcopy(person).id_number) == ID_NUMBER


def test_a_pickled_row_carries_sealed_bytes_only(tables, monkeypatch):
    monkeypatch.setattr(apps, "get_model", lambda *label: Person)
    person = make()
    assert person.story == STORY
    dumped = pickle.dumps(person)
    for plain in (ID_NUMBER, "13800138000", STORY):
        assert plain.encode() not in dumped
    again = pickle.loads(dumped)
    assert (again.story, open_secret(again.phone)) == (STORY, "13800138000")


def test_sealed_columns_are_not_serialised(tables):
    make()
    with pytest.raises(SealedUseError, match="not serialised"):
        serialize("json", Person.objects.all())


def test_error_messages_hold_no_value(tables):
    person = make()
    with pytest.raises(SealedUseError) as refused:
        Person.objects.filter(pk=person.pk).update(story="非常私密的话")
    assert "私密" not in str(refused.value)


def test_change_marks_tell_changes_and_nothing_else(tables):
    field = Person._meta.get_field("story")
    one, two = make(), make(id_number="2")
    assert fields.change_mark(one, field) == fields.change_mark(two, field)
    two.story = "别的"
    assert fields.change_mark(one, field) != fields.change_mark(two, field)
    assert fields.change_mark(Person(other_story=None), Person._meta.get_field("other_story")) == ""


# --- declaration -----------------------------------------------------------------------------------------------------


def test_migrations_hold_the_schema_only():
    written = MigrationWriter.serialize(Person._meta.get_field("id_number"))[0]
    assert written == "shegong.kernel.vault.fields.SealedSecret(editable=False, null=True)"
    index = Person._meta.get_field("id_digest")
    assert MigrationWriter.serialize(index)[0] == "shegong.kernel.vault.fields.BlindIndex(unique=True)"
    for name in ("id_number", "id_digest", "story"):
        field = Person._meta.get_field(name)
        _name, _path, args, kwargs = field.deconstruct()
        assert type(field)(*args, **kwargs).deconstruct()[2:] == (args, kwargs)


def test_adding_a_sealed_column_to_a_filled_table_works(tables):
    person = make()

    class Later(models.Model):
        id = models.UUIDField(primary_key=True, default=new_id)
        added = fields.SealedText(default="")

        class Meta:
            app_label = "vault_tests"
            managed = False
            db_table = "vault_tests_person"

    with as_owner() as editor:
        editor.add_field(Person, Later._meta.get_field("added"))
    later = Later.objects.get(pk=person.pk)
    assert later.added == ""
    later.added = STORY
    later.save()
    assert Later.objects.get(pk=person.pk).added == STORY


def test_wrong_declarations_are_told_by_the_system_check():
    class Wrong(models.Model):
        id = models.BigAutoField(primary_key=True)
        number = fields.SealedSecret(unique=True, index="nothing")
        stray = fields.BlindIndex()

        class Meta:
            app_label = "vault_tests"

    found = {error.id for field in Wrong._meta.fields for error in field.check() if error.id.startswith("vault")}
    assert found == {"vault.E001", "vault.E002", "vault.E003", "vault.E004", "vault.E005"}
    assert [error for field in Person._meta.fields for error in field.check()] == []


def test_claims_of_one_value_need_a_transaction(real_tables):
    with pytest.raises(RuntimeError, match="transaction"):
        fields.claim(Person, "id_number", ID_NUMBER)
    with transaction.atomic():
        fields.claim(Person, "id_number", ID_NUMBER)
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()")
            assert cursor.fetchone()[0] == 1


def test_a_uuid_in_any_form_is_one_place():
    pk = uuid.UUID(int=7)
    field = Person._meta.get_field("story")
    assert field.place(pk) == field.place(str(pk)) == field.place(pk.hex)
    with pytest.raises(SealedUseError, match="primary key"):
        field.place(None)
