"""Sealing the trail and checking it (rule 29).

One sealer, under an advisory lock, batches all entries that no seal covers yet, at most a second old. A batch names its rows
by sequence number, so an entry whose transaction committed late simply enters the next batch. Each seal is an HMAC over the
digest of its rows and the seal before it; the head goes to an anchor file that belongs on another machine. The key is outside
the database: who can write every table still cannot make a seal that verifies.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from shegong.kernel.orgs.reach import everything
from shegong.kernel.vault.keyring import MacKey, keyring

from .models import Seal

_LOCK = 0x5EA1  # advisory lock: one sealer at a time
_LATE = 50_000  # how far below the newest sealed entry a late committer is looked for

# The digest is computed from the rows at each check, never stored.
_ROW = """encode(sha256(convert_to(concat_ws(E'\\x1f', seq, extract(epoch from at), actor_id, actor_name, actor_place, via,
  deed, kind, object_id, org_path, outcome, reason, changes::text, address), 'UTF8')), 'hex')"""

_UNSEALED = """
with covered as (
  select coalesce(range_agg(r), '{}'::int8multirange) as all_rows
  from (select unnest(rows::int8multirange) r from audit_seal where id > (select coalesce(max(id), 0) - 2000 from audit_seal)) x
)
select seq from audit_entry, covered
where seq > (select coalesce(max(upper(rows::int8multirange)), 0) from audit_seal
             where id = (select max(id) from audit_seal)) - %s
  and not covered.all_rows @> seq
order by seq limit %s
"""


@dataclass(frozen=True)
class Flaw:
    """Something that does not verify. ``seq``: the first entry concerned, 0 where it is a seal or the anchor."""

    kind: str
    seal: int
    seq: int
    detail: str


@dataclass(frozen=True)
class Report:
    entries: int
    seals: int
    unsealed: int
    flaws: tuple[Flaw, ...]

    @property
    def sound(self) -> bool:
        return not self.flaws


def seal_once(limit: int = 20_000) -> int:
    """Seal what is not sealed yet, up to ``limit`` entries; returns how many. 0 when another sealer is at work."""
    with everything(), connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_UNSEALED, [_LATE, limit])
        seqs = [row[0] for row in cursor.fetchall()]
        if not seqs:
            return 0
        rows = _as_multirange(seqs)
        last = Seal.objects.order_by("-id").first()
        previous = last.mac if last else ""
        key = keyring().mac_key("audit")
        at = timezone.now()
        mac = _mac(key, previous, rows, len(seqs), at, _digest_of(rows))
        seal = Seal.objects.create(at=at, rows=rows, count=len(seqs), key_id=key.key_id, previous=previous, mac=mac)
        transaction.on_commit(lambda: _anchor(seal))
    return len(seqs)


def _as_multirange(seqs: list[int]) -> str:
    parts: list[list[int]] = []
    for seq in seqs:
        if parts and parts[-1][1] == seq:
            parts[-1][1] = seq + 1
        else:
            parts.append([seq, seq + 1])
    return "{" + ",".join(f"[{a},{b})" for a, b in parts) + "}"


def _digest_of(rows: str) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {_ROW} from audit_entry, unnest(%s::int8multirange) r "
            "where seq >= lower(r) and seq < upper(r) order by seq",
            [rows],
        )
        total = sha256()
        for (row,) in cursor:
            total.update(row.encode())
    return total.digest()


def _mac(key: MacKey, previous: str, rows: str, count: int, at: dt.datetime, digest: bytes) -> str:
    text = f"{previous}|{rows}|{count}|{at.astimezone(dt.UTC).isoformat()}|".encode()
    return key.digest(text + digest).hex()


def _anchor(seal: Seal) -> None:
    """Append the head to the anchor file, through to the disk."""
    path: Path = settings.SHEGONG_ANCHOR_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as f:
        f.write(json.dumps({"seal": seal.pk, "mac": seal.mac, "count": seal.count, "at": seal.at.isoformat()}) + "\n")
        f.flush()
        os.fsync(f.fileno())


def verify() -> Report:
    """Recompute every seal from the rows and hold the chain against the anchor file. Finds changed, removed, added,
    re-ordered and cut-off entries; entries younger than ten seconds may be unsealed without a flaw."""
    with everything():
        flaws = list(_flaws())
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from audit_entry")
            entries = cursor.fetchone()[0]
        seals = Seal.objects.count()
        unsealed = _unsealed()
        sealed_to = _sealed_to()
        old = timezone.now() - dt.timedelta(seconds=10)
        flaws += [
            Flaw("unsealed", 0, seq, "an entry stands in the trail that no seal covers")
            for seq, at in unsealed[:20]
            if at < old and (seq < sealed_to or at < old - dt.timedelta(minutes=5))
        ]
    return Report(entries, seals, len(unsealed), tuple(flaws))


def _flaws() -> Iterator[Flaw]:
    previous, known, expected = "", dict[int, str](), 0
    for seal in Seal.objects.order_by("id").iterator(2000):
        known[seal.pk] = seal.mac
        if seal.previous != previous:
            yield Flaw("chain", seal.pk, _first(seal.rows), "the seal does not follow the one before it")
        with connection.cursor() as cursor:
            cursor.execute(
                "select count(*) from audit_entry, unnest(%s::int8multirange) r where seq >= lower(r) and seq < upper(r)",
                [seal.rows],
            )
            found = cursor.fetchone()[0]
        if found != seal.count:
            yield Flaw("missing", seal.pk, _first(seal.rows), f"{seal.count} entries were sealed, {found} are there")
        key = keyring().mac_key("audit", seal.key_id)
        if seal.mac != _mac(key, seal.previous, seal.rows, seal.count, seal.at, _digest_of(seal.rows)):
            yield Flaw("changed", seal.pk, _first(seal.rows), "entries or seal were changed after sealing")
        previous, expected = seal.mac, expected + 1
    yield from _against_anchor(known)


def _against_anchor(known: dict[int, str]) -> Iterator[Flaw]:
    path: Path = settings.SHEGONG_ANCHOR_FILE
    if not path.exists():
        if known:
            yield Flaw("anchor", max(known), 0, f"the anchor file {path.name} is missing")
        return
    for text in path.read_text().splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue  # a torn last line after a power cut; the seal itself is in the database
        if line["seal"] not in known:
            yield Flaw(
                "cut", line["seal"], 0, "a seal that was anchored is gone: the trail was cut or an old copy restored"
            )
        elif known[line["seal"]] != line["mac"]:
            yield Flaw("rewritten", line["seal"], 0, "a seal differs from its anchor: the trail was rewritten")


def _first(rows: str) -> int:
    return int(rows.strip("{[").split(",")[0])


def _sealed_to() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(max(upper(rows::int8multirange)), 0) from audit_seal")
        return int(cursor.fetchone()[0])


def _unsealed() -> list[tuple[int, dt.datetime]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select seq, at from audit_entry where not "
            "(select coalesce(range_agg(r), '{}'::int8multirange) from (select unnest(rows::int8multirange) r from audit_seal) x)"
            " @> seq order by seq"
        )
        return list(cursor.fetchall())
