"""Chinese full-text search over sealed narratives: the first page of hits, and whether the hits are those of ILIKE."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from uuid import UUID

from bench.house import House
from bench.result import Goal, Measure
from bench.sizes import Size
from bench.timing import alternated, median, share, wall

RARE_MOST = 100  # a word in at most so many texts is rare
PAGE = 20
COMMON = ("工资", "工伤", "加班", "拖欠", "合同", "医药费", "职业病", "经济补偿", "无人机械", "工伤认定")
_RUN = re.compile(r"[\u3400-\u9fff]+")


def measure(house: House, many: str, few: str, plain: str, size: Size) -> list[Measure]:
    """Latency over the whole province, which no person reaches in full; hits against ILIKE over the same texts in plain."""
    words = _words(house, many, size)
    took, slow = _latency(words["rare"] + words["absent"]), _latency(words["common"])
    wrong = sum(_differs(house, many, word) for word in words["rare"] + words["absent"] + words["common"])
    checked = sum(len(found) for found in words.values())
    ilike = _beside(house, many, words["rare"][0] if words["rare"] else "珺瑶")
    how = (
        f"the narrowed case list, newest {PAGE}, the whole province in reach, row-level security on, wall clock, "
        f"{len(took)} timings of {len(words['rare'])} rare and {len(words['absent'])} absent words, of two characters and more"
    )
    note = f"{size.cases:,} cases are searched, {size.texts:,} of them with a narrative of about 200 characters."
    rare = {"p50_ms": median(took), "p95_ms": share(took, 0.95), "words": words["rare"][:5]}
    common = {"p50_ms": median(slow), "p95_ms": share(slow, 0.95)}
    return [
        Measure("search.rare.p95", "Rare and absent words: first page, p95", Goal("<=", 5, "ms"), rare["p95_ms"], how,
                {**rare, "frequent_words": common}, ilike, note),
        Measure("search.hits", "Hits that differ from ILIKE", Goal("==", 0, "words"), wrong,
                f"ids of {checked} words compared as sets with ILIKE over the plain texts"),
    ]  # fmt: skip


def _words(house: House, database: str, size: Size) -> dict[str, list[str]]:
    """Drawn from the texts: two-, three- and four-character pieces that are rare; and the same ones backwards, found nowhere."""
    rng = random.Random(11)
    with house.connect(database) as connection:
        rows = connection.execute("select body from bench_text where body like '%珺瑶%' limit 400").fetchall()
        rows += connection.execute("select body from bench_text order by owner_id limit 400").fetchall()
        pieces = {p for (body,) in rows for run in _RUN.findall(str(body)) for n in (2, 3, 4) for p in _pieces(run, n)}
        rare, absent = [], []
        for piece in rng.sample(sorted(pieces), min(len(pieces), 400)):
            shuffled = piece[::-1]
            for word in (piece, shuffled):
                count = _count(connection, word)
                if 0 < count <= RARE_MOST and word not in rare and len(rare) < 15:
                    rare.append(word)
                if count == 0 and word not in absent and len(absent) < 15:
                    absent.append(word)
            if len(rare) == 15 and len(absent) == 15:
                break
    return {"rare": ["珺瑶", *rare], "absent": absent, "common": list(COMMON)}


def _pieces(run: str, length: int) -> Sequence[str]:
    return [run[i : i + length] for i in range(len(run) - length + 1)]


def _count(connection: object, word: str) -> int:
    found = connection.execute(  # type: ignore[attr-defined]
        "select count(*) from (select 1 from bench_text where body ilike %s limit %s) z", [f"%{word}%", RARE_MOST + 1]
    ).fetchone()
    return int(found[0])


def _latency(words: Sequence[str]) -> list[float]:
    """Milliseconds of the first page, three times each word, after one uncounted."""
    from shegong.apps.casework.queries.lists import Filters, list_rows
    from shegong.kernel.orgs.reach import everything

    found = []
    with everything() as actor:
        for word in words:
            filters = Filters.read({"text": word})
            list_rows(actor, filters, count=False)
            found += [wall(lambda: list_rows(actor, filters, count=False)) * 1000 for _ in range(3)]  # noqa: B023
    return found


def _differs(house: House, database: str, word: str) -> bool:
    """Whether the blind index finds other cases than ILIKE does."""
    from shegong.apps.casework.models import Case, CaseSearch
    from shegong.kernel.orgs.reach import everything
    from shegong.kernel.vault.search import narrow

    with everything():
        ours = set(
            narrow(Case.objects.order_by(), CaseSearch, word)
            .filter(raised_by__isnull=False)
            .values_list("pk", flat=True)
        )
    with house.connect(database) as connection:
        known = {
            UUID(str(pk))
            for (pk,) in connection.execute("select owner_id from bench_text where body ilike %s", [f"%{word}%"])
        }
        loaded = (
            {UUID(str(pk)) for (pk,) in connection.execute("select owner_id from bench_text")} if ours - known else ours
        )
    return ours & loaded != known


def _beside(house: House, database: str, word: str) -> dict[str, float]:
    """ILIKE over the same texts in plain, without an index (the embedded server has no pg_trgm)."""
    with house.connect(database) as connection:
        ask = "select owner_id from bench_text where body ilike %s order by owner_id desc limit 20"
        took = alternated({"ilike": lambda: wall(lambda: connection.execute(ask, [f"%{word}%"]).fetchall())}, 3)
    return {"ilike_ms": median(took["ilike"]) * 1000}
