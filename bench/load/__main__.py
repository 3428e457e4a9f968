"""``python -m bench.load JSON``: fill the migrated database of ``SHEGONG_DATABASE_URL``. Run as its owner."""

from __future__ import annotations

import json
import random
import sys
import time

import psycopg


def main(words: list[str]) -> int:
    import django

    django.setup()
    from django.conf import settings

    from bench.sizes import Size
    from shegong.kernel.indicators import upkeep

    from . import cases, facts, people, province

    size = Size(**json.loads(words[0]))
    rng = random.Random(f"bench:{size.persons}:{size.cases}")
    begun = time.perf_counter()

    def tell(text: str) -> None:
        print(f"  load {size.name}: {text} ({time.perf_counter() - begun:.0f} s)", file=sys.stderr, flush=True)

    made = province.build(rng, size)
    tell("tree and accounts")
    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as connection:
        # rows are right by construction: foreign keys need no second look
        connection.execute("set session_replication_role = replica")
        connection.execute("set statement_timeout = 0")
        connection.execute("set synchronous_commit = off")
        known = people.load(connection, rng, made, size.persons)
        tell(f"{size.persons:,} people")
        cases.load(connection, rng, made, known, size)
        tell(f"{size.cases:,} cases")
        facts.load(connection, made, size.facts)
        tell(f"{size.facts:,} register entries")
        connection.execute("truncate indicators_dirty")
        leaves = upkeep.rebuild()
        tell(f"{leaves:,} leaf cells")
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")
        connection.execute(f"comment on database {connection.info.dbname} is 'loaded'")
    tell("done")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
