"""People: invented, numbers and phones sealed for their own row, findable by name, pinyin and initials."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg

from shegong.kernel.vault.fields import index_of, seal
from shegong.kernel.vault.search import rows_of
from shegong.lib.ids import new_id
from shegong.registry.models import Person, PersonSearch
from shegong.site.demo.names import Inventor

from .copying import copy
from .province import Province

COLUMNS = (
    "id", "org_id", "org_path", "name", "sex", "birth_on", "id_kind", "id_number", "id_digest", "id_from_15", "phone",
    "phone_digest", "area_code", "employer_id", "new_form", "is_migrant", "is_member", "state", "version", "created_at",
)  # fmt: skip
SEARCH = ("owner_kind", "owner_id", "part", "parts", "key_id", "tokens")
AREA = 990000


def load(connection: psycopg.Connection[Any], rng: random.Random, province: Province, count: int) -> list[list[UUID]]:
    """COPY ``count`` people; gives their ids by office, in the order of the offices."""
    names: list[tuple[UUID, str]] = []
    by_office: list[list[UUID]] = [[] for _office in province.offices]
    copy(connection, "registry_person", COLUMNS, _rows(rng, province, count, names, by_office))
    copy(
        connection,
        "registry_personsearch",
        SEARCH,
        (row for pk, name in names for row in rows_of(PersonSearch, (pk, "", [name]))),
    )
    return by_office


def _rows(
    rng: random.Random, province: Province, count: int, names: list[tuple[UUID, str]], by_office: list[list[UUID]]
) -> Iterator[tuple[Any, ...]]:
    inventor, now = Inventor(rng, area=AREA), dt.datetime.now(dt.UTC)
    weights = [o.weight for o in province.offices]
    for place in rng.choices(range(len(weights)), weights, k=count):
        office, person, pk = province.offices[place], inventor.person(), new_id()
        names.append((pk, person.name))
        by_office[place].append(pk)
        yield (
            pk, office.org_id, office.path, person.name, person.sex, person.birth_on, "resident",
            seal(Person, "id_number", pk, person.id_number), index_of(Person, "id_number", person.id_number), False,
            seal(Person, "phone", pk, person.phone), index_of(Person, "phone", person.phone), office.area,
            rng.choice(province.employers), "", rng.random() < 0.4, rng.random() < 0.6, "active", 1, now,
        )  # fmt: skip
