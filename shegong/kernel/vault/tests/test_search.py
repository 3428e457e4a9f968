"""The blind search in PostgreSQL finds exactly what ILIKE finds."""

import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shegong.kernel.vault import search, tokens

from .cast import NameWords, Note, NoteWords, Person
from .conftest import owner_role

ALPHABET = "工伤认定欠薪广东公司张伟的的，。 \n-abAB12"
WORDS = st.text("工伤认定欠薪的abAB12", min_size=2, max_size=5)


def write(*bodies):
    notes = Note.objects.bulk_create([Note(body=body) for body in bodies])
    search.put_many(NoteWords, [(note.pk, "", note.body) for note in notes])
    return notes


def found(text, **options):
    return set(search.narrow(Note.objects.all(), NoteWords, text, **options).values_list("body", flat=True))


def like(*words):
    notes = Note.objects.all()
    for word in words:
        notes = notes.filter(body__icontains=word)
    return set(notes.values_list("body", flat=True))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)
@given(
    bodies=st.lists(st.text(ALPHABET, max_size=80), min_size=1, max_size=15),
    words=st.lists(WORDS, min_size=1, max_size=3),
    limit=st.sampled_from([0, 1, 1000]),
)
def test_search_equals_ilike_on_random_texts(tables, bodies, words, limit):
    with transaction.atomic():
        write(*bodies)
        assert found(" ".join(words), limit=limit) == like(*words)
        transaction.set_rollback(True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(body=st.text(ALPHABET, min_size=2, max_size=60), start=st.integers(0, 58), length=st.integers(2, 20))
def test_every_piece_of_a_text_finds_it(tables, body, start, length):
    words = [word for word in tokens.RUN.findall(body[start : start + length]) if len(word) > 1]
    with transaction.atomic():
        write(body)
        for word in words:
            assert found(word) == {body}
        transaction.set_rollback(True)


def test_latin_digits_and_mixtures_are_found_as_substrings(tables):
    body = "广州地铁3号线B出口，Worker热线12351，2023年5月6日"
    write(body)
    for text in ("3号", "号线b", "ork", "WORKER热线", "235", "023年5月", "６日", "ｗｏｒｋ 热线"):
        assert found(text) == {body}, text
    for text in ("线Worker", "出口worker", "12351 2024", "3线"):
        assert found(text) == set(), text


def test_long_texts_are_found_in_every_part_and_across_parts(tables):
    filler = "".join(chr(0x4E00 + n) for n in range(16_500))
    long = "开头欠薪，" + filler + "，结尾工伤"
    often = "哈" * 3000 + "完了"
    write(long, often, "只有工伤")
    assert NoteWords.objects.filter(parts__gt=1).count() > 3
    for limit in (0, 1000):
        assert found("欠薪 工伤", limit=limit) == {long}
        assert found("工伤", limit=limit) == {long, "只有工伤"}
        assert found("哈完了", limit=limit) == {often}
        for at in range(15_900, 16_100, 7):
            assert found(filler[at : at + 60], limit=limit) == {long}
        assert found(filler[:190], limit=limit) == {long}


def test_words_are_sought_within_one_text(tables):
    owner = Note.objects.create(body="x")
    search.put(NoteWords, owner.pk, "工伤", kind="story")
    search.put(NoteWords, owner.pk, "欠薪", kind="plan")
    for limit in (0, 1000):
        assert found("工伤 欠薪", limit=limit) == set()
        assert found("工伤", kind="plan", limit=limit) == set()
        assert found("欠薪", kind="plan", limit=limit) == {"x"}


def test_rare_words_give_ids_and_frequent_ones_say_so(tables):
    notes = write(*["工伤" + str(n) for n in range(10)], "欠薪")
    assert search.matching_ids(NoteWords, "欠薪") == search.Hits((notes[-1].pk,), frequent=False)
    assert search.matching_ids(NoteWords, "没有") == search.Hits((), frequent=False)
    assert search.matching_ids(NoteWords, "工伤", limit=9) == search.Hits((), frequent=True)
    assert len(search.matching_ids(NoteWords, "工伤", limit=10).ids) == 10


def test_an_empty_search_keeps_the_list_and_one_character_is_refused(tables):
    write("工伤")
    assert found("  ，") == {"工伤"}
    with translation.override("en"), pytest.raises(ValueError, match="two characters"):
        found("工")


def test_narrow_costs_one_probe_and_keeps_the_callers_order(tables):
    write(*[f"工伤{n:02}" for n in range(30)])
    with CaptureQueriesContext(connection) as queries:
        page = list(search.narrow(Note.objects.order_by("-id"), NoteWords, "工伤", limit=5)[:3])
    assert [note.body for note in page] == ["工伤29", "工伤28", "工伤27"]
    assert len(queries) == 2
    assert "工伤" not in str([query["sql"] for query in queries.captured_queries])


def test_putting_again_replaces_and_cuts_the_tail(tables):
    (note,) = write("开头" + "".join(chr(0x4E00 + n) for n in range(20_000)))
    assert NoteWords.objects.filter(owner_id=note.pk).count() == 2
    search.put(NoteWords, note.pk, "工伤")
    assert NoteWords.objects.filter(owner_id=note.pk).count() == 1
    assert found("开头") == set()
    search.put(NoteWords, note.pk, "")
    assert found("工伤") == set()
    search.remove(NoteWords, [note.pk])
    assert not NoteWords.objects.exists()


def test_copy_fills_new_owners_and_refuses_known_ones(tables):
    notes = Note.objects.bulk_create([Note(body=body) for body in ("工伤，'a\\b'", "欠薪")])
    entries = [(note.pk, "", note.body) for note in notes]
    assert search.add_many(NoteWords, entries) == 2
    assert found("欠薪") == {"欠薪"}
    with pytest.raises(IntegrityError), transaction.atomic():
        search.add_many(NoteWords, entries)


def test_a_bulk_load_ends_with_its_indexes(tables):
    def indexes():
        with connection.cursor() as cursor:
            cursor.execute("select indexdef from pg_indexes where tablename = 'vault_tests_notewords' order by 1")
            return [row[0] for row in cursor.fetchall()]

    before = indexes()
    with owner_role(), search.bulk_loading(NoteWords):
        assert len(indexes()) == len(before) - 2
        (note,) = Note.objects.bulk_create([Note(body="工伤")])
        search.add_many(NoteWords, [(note.pk, "", note.body)])
    assert indexes() == before
    assert found("工伤") == {"工伤"}


def test_the_table_holds_no_plaintext(tables):
    write("拖欠工资worker")
    with connection.cursor() as cursor:
        cursor.execute("select t::text from vault_tests_notewords t")
        row = cursor.fetchone()[0]
    assert not any(word in row for word in ("拖欠", "工资", "拖", "worker", "wo"))


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def people(tables):
    names = ["张伟", "张大伟", "单雄信", "买买提·艾力", "欧阳娜娜", "John Smith", "吕布"]
    people = Person.objects.bulk_create([Person(name=name) for name in names])
    search.add_many(NameWords, [(person.pk, "", person.name) for person in people])
    return people


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("张", {"张伟", "张大伟"}),
        ("伟", {"张伟", "张大伟"}),
        ("张伟", {"张伟"}),
        ("张 伟", {"张伟"}),
        ("大伟", {"张大伟"}),
        ("zhang", {"张伟", "张大伟"}),
        ("zhangd", {"张大伟"}),
        ("zw", {"张伟"}),
        ("ZDW", {"张大伟"}),
        ("z", {"张伟", "张大伟"}),
        ("shanx", {"单雄信"}),
        ("danxiong", {"单雄信"}),
        ("买买提艾力", {"买买提·艾力"}),
        ("买买提·艾", {"买买提·艾力"}),
        ("娜娜", {"欧阳娜娜"}),
        ("smith", {"John Smith"}),
        ("ohn", {"John Smith"}),
        ("lvbu", {"吕布"}),
        ("lubu", {"吕布"}),
        ("hang", set()),
        ("李", set()),
    ],
)
def test_names_are_found_by_character_part_pinyin_and_initials(people, text, names):
    for limit in (0, 1000):
        hits = search.narrow(Person.objects.all(), NameWords, text, limit=limit)
        assert set(hits.values_list("name", flat=True)) == names


def test_several_names_of_one_person_are_searched_together(tables):
    person = Person.objects.create(name="张伟")
    search.put(NameWords, person.pk, ["张伟", "李明"])
    for text in ("张伟", "李明", "lm"):
        assert search.matching_ids(NameWords, text).ids == (person.pk,)
    assert search.matching_ids(NameWords, "伟李").ids == ()


def test_narrow_by_another_column_than_the_primary_key(tables):
    (note,) = write("工伤")
    other = Note.objects.create(pk=uuid.UUID(int=5), body="x")
    search.put(NoteWords, other.pk, "欠薪")
    assert search.narrow(NoteWords.objects.all(), NoteWords, "工伤", key="owner_id").get().owner_id == note.pk
