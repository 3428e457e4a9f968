"""Import in sets does what the same people typed one by one do, and one natural person stays one under concurrency."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connection, connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.audit.models import Entry
from shegong.kernel.orgs.reach import acting, everything
from shegong.kernel.sheets.declare import SheetRow
from shegong.lib import creditcode
from shegong.registry import queries
from shegong.registry.models import Employer, Person, PersonSearch, PersonTie
from shegong.registry.services import check_people, import_employers, import_people, register_person
from tests import cast

from .synthetic import number, spoiled

pytestmark = pytest.mark.django_db


def sheet(*values: dict) -> list[SheetRow]:
    return [SheetRow(index + 3, value) for index, value in enumerate(values)]


def take(*values: dict, account="town_worker", place="town"):
    with acting(cast.actor(account)) as actor:
        return import_people(actor, cast.org(place), sheet(*values), batch_key="k" * 20)


def content() -> list[tuple]:
    """People as their facts, without keys and moments."""
    with everything():
        found = []
        for p in sorted(Person.objects.all(), key=lambda p: bytes(p.id_digest or b"")):
            tokens = {
                t
                for row in PersonSearch.objects.filter(owner_id=p.pk).values_list("tokens", flat=True)
                for t in row.split()
            }
            found.append(
                (
                    p.name,
                    p.sex,
                    p.birth_on,
                    p.id_kind,
                    p.id_from_15,
                    str(p.id_number),
                    str(p.phone),
                    p.other_names,
                    p.address,
                    p.area_code,
                    p.new_form,
                    p.is_migrant,
                    p.is_member,
                    p.org_path,
                    p.state,
                    p.version,
                    bytes(p.id_digest or b""),
                    bytes(p.phone_digest or b""),
                    frozenset(tokens),
                )
            )
        return found


FACTS = st.fixed_dictionaries(
    {"name": st.sampled_from(["欧阳明月", "单雄信", "买买提·艾力", "李四"]), "id_number": st.integers(0, 9).map(number)},
    optional={
        "phone": st.sampled_from(["13800000001", "0755-12345678", "12351"]), "sex": st.sampled_from(["1", "2", "0"]),
        "birth_on": st.just(dt.date(1990, 1, 1)), "other_names": st.just("小月，阿月"), "address": st.just("石牌西路1号"),
        "area_code": st.sampled_from(["440106", ""]), "new_form": st.sampled_from(["courier", ""]), "is_migrant": st.booleans(),
        "is_member": st.booleans(),
    },
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(FACTS, min_size=1, max_size=6))
def test_a_batch_equals_the_same_people_typed_one_by_one(people):
    with everything():
        Person.objects.all().delete()
        PersonSearch.objects.all().delete()
    seen: dict[str, int] = {}
    results = take(*people)
    batch = content()
    with everything():
        Person.objects.all().delete()
        PersonSearch.objects.all().delete()
    typed = []
    with acting(cast.actor("town_worker")) as actor:
        for index, facts in enumerate(people):
            if facts["id_number"] in seen:  # inside one file the second row of a number is refused, not tied
                typed.append("refused")
                continue
            seen[facts["id_number"]] = index
            try:
                register_person(actor, cast.org("town"), **facts)
                typed.append("created")
            except Refused:
                typed.append("refused")
    assert [r.outcome for r in results] == typed
    assert batch == content()
    with everything():
        Person.objects.all().delete()
        PersonSearch.objects.all().delete()


def test_every_row_gets_its_answer_and_every_done_row_its_line():
    with acting(cast.actor("town_worker")) as actor:
        old = register_person(actor, cast.org("town"), name="旧人", id_number=number(1))
    with acting(cast.actor("neighbour_town_worker")) as actor:
        far = register_person(actor, cast.org("neighbour_town"), name="远人", id_number=number(2))
        other = register_person(actor, cast.org("neighbour_town"), name="别人", id_number=number(3))
    with everything():
        before = Entry.objects.count()
    results = take(
        {"name": "新人", "id_number": number(4), "phone": "13800000001"},
        {"name": "新人", "id_number": number(4)},
        {"name": "旧人", "id_number": number(1)},
        {"name": "远 人", "id_number": number(2)},
        {"name": "不是别人", "id_number": number(3)},
        {"name": "坏", "id_number": spoiled(number(5))},
        {"name": "无号"},
        {"name": "有话", "phone": "13800000009"},
        {"name": "外面", "id_number": number(6), "organisation": cast.org("neighbour_town")},
        {"name": "无厂", "id_number": number(7), "employer_code": creditcode.synthetic(5)},
    )
    assert [r.number for r in results] == list(range(3, 13))
    outcomes = [
        "created",
        "refused",
        "unchanged",
        "updated",
        "refused",
        "refused",
        "refused",
        "created",
        "refused",
        "refused",
    ]
    assert [r.outcome for r in results] == outcomes
    assert results[2].ref == str(old.pk)
    assert results[3].ref == str(far.pk)
    columns = {r.number: r.complaints[0].column for r in results if r.complaints}
    assert columns == {
        4: "id_number",
        7: "name",
        8: "id_number",
        9: "id_number",
        11: "organisation",
        12: "employer_code",
    }
    with everything():
        assert Entry.objects.count() - before == 3
        assert set(PersonTie.objects.values_list("person_id", "org__code")) == {(far.pk, "town")}
        assert not PersonTie.objects.filter(person=other).exists()
    with acting(cast.actor("town_worker")) as actor:
        assert [p.name for p in queries.find_people(actor, "xinr").people] == ["新人"]
        assert queries.find_people(actor, "13800000001").people


def test_the_dry_run_writes_nothing_and_names_the_same_rows():
    with acting(cast.actor("town_worker")) as actor:
        register_person(actor, cast.org("town"), name="旧人", id_number=number(1))
        found = check_people(
            actor,
            cast.org("town"),
            sheet({"name": "新人", "id_number": number(4)}, {"name": "某人", "id_number": number(1)}, {"name": ""}),
        )
    assert {r.number for r in found} == {4, 5}
    with everything():
        assert Person.objects.count() == 1


def test_only_a_role_of_the_place_may_import():
    for account in ("neighbour_town_worker", "base_cadre", "hotline", "city_officer", "employer_hr"):
        with acting(cast.actor(account)) as actor, pytest.raises(NotAllowed):
            import_people(actor, cast.org("town"), sheet({"name": "某人", "id_number": number(1)}))


def test_people_are_linked_to_employers_on_file():
    code = creditcode.synthetic(5)
    with acting(cast.actor("town_worker")) as actor:
        (made,) = import_employers(actor, cast.org("town"), sheet({"name": "示例制造有限公司", "credit_code": code}))
        assert made.outcome == "created"
        again = import_employers(actor, cast.org("town"), sheet(
            {"name": "示例制造有限公司", "credit_code": code}, {"name": "另一家公司", "credit_code": code},
            {"name": "坏码公司", "credit_code": spoiled(code)},
            {"name": "坏码公司", "credit_code": spoiled(code), "code_override": "执照原件如此"},
        ))  # fmt: skip
    assert [r.outcome for r in again] == ["unchanged", "refused", "refused", "created"]
    take({"name": "新人", "id_number": number(4), "employer_code": code})
    with everything():
        assert Person.objects.get().employer == Employer.objects.get(credit_code=code)
        assert Employer.objects.exclude(code_override="").get().code_override == "执照原件如此"


def test_two_connections_cannot_make_one_person_twice():
    """A click and two imports of the same numbers at the same moment: each number is one active record.

    The threads have connections of their own and commit; what they made is removed again, the cast was there before.
    """
    numbers = [number(i, dt.date(1971, 1, 1)) for i in range(40)]
    start, results, failures = threading.Barrier(3), [], []

    def by_import() -> None:
        with acting(cast.actor("town2_worker")) as actor:
            start.wait()
            rows = sheet(*({"name": f"人{n[-4:]}", "id_number": n} for n in numbers))
            results.extend(import_people(actor, cast.org("town2"), rows))

    def by_click() -> None:
        start.wait()
        for n in numbers:
            with acting(cast.actor("other_town_worker")) as actor:
                results.append(register_person(actor, cast.org("other_town"), name=f"人{n[-4:]}", id_number=n))

    def clean() -> None:
        with everything(), connection.cursor() as cursor:
            results.append(Person.objects.filter(state="active").count())
            for table in (
                "registry_duplicate",
                "registry_persontie",
                "registry_person",
                "registry_personsearch",
                "registry_uncompared",
                "indicators_dirty",
            ):
                cursor.execute(f"delete from {table}")

    _in_threads(failures, by_import, by_click, by_import)
    made = len(results)
    _in_threads(failures, clean)
    assert not failures
    assert made == 120
    assert results[-1] == 40


def _in_threads(failures: list, *works) -> None:
    def run(work) -> None:
        try:
            work()
        except Exception as error:  # shown by the caller
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_same_list_without_numbers_sent_again_makes_nobody_twice():
    first = take({"name": "虚构甲", "phone": "13800138000"}, {"name": "虚构乙", "phone": "13800138000"})
    again = take({"name": "虚构甲", "phone": "13800138000"}, {"name": "虚构甲", "phone": "13800138000"})
    assert [r.outcome for r in first] == ["created", "created"]
    assert [r.outcome for r in again] == ["unchanged", "refused"]
    assert again[0].ref == first[0].ref
    assert again[1].complaints[0].column == "phone"
    elsewhere = take({"name": "虚构甲", "phone": "13800138000"}, account="neighbour_town_worker", place="neighbour_town")
    assert elsewhere[0].outcome == "created" and elsewhere[0].ref != first[0].ref
