"""Backup and restore of a whole house: database, sealed files, anchor of the trail. The keys are not in it, on purpose: whoever
finds a backup cannot read it, and whoever restores needs the key ring from its own safe place.

Dump and row digests are taken in one snapshot. The anchor is copied before it, so that it never names a seal the dump lacks;
files after it, for a file is always there before its row. The manifest names every file with its SHA-256 and every table with the
number and digest of its rows, under a keyed digest, so that no changed byte goes unnoticed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from shegong import __name__ as _house
from shegong.kernel.vault.keyring import AUDIT, keyring
from shegong.kernel.vault.ringfile import KeyRingError

FORMAT = 1
MANIFEST, MARK, DUMP, FILES, ANCHOR = "manifest.json", "manifest.mac", "database.dump", "files", "audit.anchor"
_FIXED = (
    "set timezone = 'UTC'; set extra_float_digits = 1; set bytea_output = 'hex'; "
    "set intervalstyle = 'postgres'; set datestyle = 'ISO'"
)
# Every row, for an owner whom FORCE ROW LEVEL SECURITY binds too (a superuser passes anyway).
_ALL_ROWS = "-c app.reach=, -c statement_timeout=0 -c lock_timeout=0"

Tell = Callable[[str, int, int], None]


class CopyRefused(RuntimeError):
    """The backup cannot be made or used; the message says why and what to do. Nothing was changed, unless it says so."""


@dataclass(frozen=True)
class Place:
    """Where a house keeps what is copied. ``url``: the database, as its owner."""

    url: str
    files: Path
    anchor: Path
    app_role: str


@dataclass
class Manifest:
    """What a backup holds. ``tables``: name → [rows, digest]; ``files``: path → [bytes, SHA-256]; ``keys``: ids it needs."""

    made_at: str
    server: str
    tables: dict[str, list[Any]]
    files: dict[str, list[Any]]
    keys: list[int]
    format: int = FORMAT
    house: str = _house
    extra: dict[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        return json.dumps(self.__dict__, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


# --- backup --------------------------------------------------------------------------------------------------------------
def backup(place: Place, folder: Path, tell: Tell = lambda *_: None) -> Manifest:
    """Copy the house into a new or empty ``folder`` while it runs. Raises CopyRefused."""
    if folder.exists() and any(folder.iterdir()):
        raise CopyRefused(f"{folder} 不是空文件夹。 {folder} is not empty: give a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if place.anchor.exists():
        shutil.copyfile(place.anchor, folder / ANCHOR)
    with _owner(place.url) as connection, connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        snapshot = _one(connection, "select pg_export_snapshot()")
        _client(
            "pg_dump",
            place.url,
            "--format=custom",
            "--enable-row-security",
            f"--snapshot={snapshot}",
            f"--file={folder / DUMP}",
        )
        tables = digests(connection, tell)
        server = str(_one(connection, "show server_version"))
    _copy_tree(place.files, folder / FILES, tell)
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    keys = sorted(e.id for e in keyring().entries.values() if e.state != "destroyed")
    made = Manifest(now, server, tables, _inventory(folder), keys)
    _write(folder / MANIFEST, made.text())
    key = keyring().mac_key(AUDIT)
    _write(folder / MARK, f"{key.key_id} {key.digest(made.text().encode()).hex()}\n")
    return made


def digests(connection: psycopg.Connection[Any], tell: Tell = lambda *_: None) -> dict[str, list[Any]]:
    """Every table with the number of its rows and a digest that does not depend on their order."""
    connection.execute(_FIXED)
    names = [row[0] for row in connection.execute(
        "select tablename from pg_tables where schemaname = 'public' order by 1"
    )]  # fmt: skip
    found: dict[str, list[Any]] = {}
    for number, name in enumerate(names):
        query = sql.SQL(
            "select count(*), coalesce(sum(hashtextextended(t::text, 1)::numeric), 0)::text || '/' || "
            "coalesce(sum(hashtextextended(t::text, 2)::numeric), 0)::text from {} t"
        ).format(sql.Identifier(name))
        rows, digest = connection.execute(query).fetchone() or (0, "")
        found[name] = [rows, digest]
        tell("表 tables", number + 1, len(names))
    return found


def _copy_tree(source: Path, target: Path, tell: Tell) -> None:
    target.mkdir(mode=0o700, exist_ok=True)
    paths = sorted(p for p in source.rglob("*") if p.is_file() and not p.is_symlink()) if source.is_dir() else []
    for number, path in enumerate(paths):
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            shutil.copyfile(path, copy)
        except FileNotFoundError:
            continue  # removed meanwhile: no row of the snapshot can need it any longer but one that was cancelled
        copy.chmod(0o600)
        tell("文件 files", number + 1, len(paths))


def _inventory(folder: Path) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        path.chmod(0o600)
        with path.open("rb") as stream:
            found[path.relative_to(folder).as_posix()] = [
                path.stat().st_size,
                hashlib.file_digest(stream, "sha256").hexdigest(),
            ]
    return found


def _write(path: Path, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


# --- checking a backup -----------------------------------------------------------------------------------------------------
def checked(folder: Path) -> Manifest:
    """The manifest of a whole, unchanged backup whose keys are at hand. Raises CopyRefused naming the first thing amiss."""
    try:
        text = (folder / MANIFEST).read_text(encoding="utf-8")
        first, second = (folder / MARK).read_text().split()
        key_id, mark = int(first), bytes.fromhex(second)
        loaded = json.loads(text)
        manifest = Manifest(**loaded)
    except (OSError, ValueError, TypeError) as error:
        raise CopyRefused(f"{folder} 不是完整的备份。 {folder} is no whole backup: {error}") from None
    if manifest.format != FORMAT:
        raise CopyRefused(
            f"备份格式 {manifest.format} 不认识。 Backup format {manifest.format} is not known to this version."
        )
    _check_keys(manifest, key_id)
    try:
        sound = keyring().mac_key(AUDIT, key_id).verify(text.encode(), mark)
    except KeyRingError:  # the mark names a key of another purpose
        sound = False
    if not sound:
        raise CopyRefused("清单被改动。 The manifest was changed, or belongs to other keys.")
    present = _present(folder)
    for name in sorted(set(manifest.files) | present):
        if name not in present:
            raise CopyRefused(f"缺少 {name}。 {name} is missing from the backup.")
        if name not in manifest.files:
            raise CopyRefused(f"{name} 不在清单里。 {name} is not in the manifest.")
        with (folder / name).open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != manifest.files[name][1]:
                raise CopyRefused(f"{name} 已损坏。 {name} is damaged.")
    return manifest


def _present(folder: Path) -> set[str]:
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    return found - {MANIFEST, MARK}


def _check_keys(manifest: Manifest, mark_key: int) -> None:
    have = {e.id for e in keyring().entries.values() if e.state != "destroyed"}
    lacking = sorted({*manifest.keys, mark_key} - have)
    if lacking:
        raise CopyRefused(
            f"密钥环缺少密钥 {lacking}；请先恢复当时的密钥环（SHEGONG_KEY_DIR）。 The key ring lacks the keys {lacking}: "
            "put the key ring of that time in place first (SHEGONG_KEY_DIR)."
        )


# --- restore -----------------------------------------------------------------------------------------------------------------
def restore(place: Place, folder: Path, *, accept_loss: bool = False, tell: Tell = lambda *_: None) -> Manifest:
    """Bring a backup back into an empty database and folder; hold every row against the manifest. Raises CopyRefused."""
    manifest = checked(folder)
    _require_empty(place)
    _require_anchor(place, folder, accept_loss)
    with _owner(place.url) as connection:
        connection.execute(_role(place.app_role))
    _load(place.url, folder / DUMP)
    with _owner(place.url) as connection:
        connection.execute(_default_rights(place.app_role))
        found = digests(connection, tell)
    wrong = sorted(name for name in set(found) | set(manifest.tables) if found.get(name) != manifest.tables.get(name))
    if wrong:
        raise CopyRefused(
            f"恢复后的表与清单不符，请勿使用：{wrong}。 Tables differ from the manifest; do not use this database: {wrong}"
        )
    _copy_tree(folder / FILES, place.files, tell)
    _put_anchor(place, folder)
    return manifest


def _require_empty(place: Place) -> None:
    with _owner(place.url) as connection:
        if _one(
            connection,
            "select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace where nspname = 'public'",
        ):
            raise CopyRefused("目标数据库不是空的，什么也没有改动。 The database is not empty; nothing was changed.")
    if place.files.is_dir() and any(p.is_file() for p in place.files.rglob("*")):
        raise CopyRefused(f"{place.files} 里已有文件。 There are files in {place.files} already; nothing was changed.")


def _require_anchor(place: Place, folder: Path, accept_loss: bool) -> None:
    """An anchor that knows later seals than the backup: what happened after it will be gone. A person must want that."""
    now, then = _seals(place.anchor), _seals(folder / ANCHOR)
    if not accept_loss and now - then:
        raise CopyRefused(
            f"锚点记有备份之后的 {len(now - then)} 个封印：恢复会丢失其后的留痕；确认请加 --accept-loss。 The anchor knows "
            f"{len(now - then)} seals made after this backup: what they cover will be lost. If that is meant: --accept-loss"
        )


def _seals(path: Path) -> set[tuple[int, str]]:
    found = set()
    for line in path.read_text().splitlines() if path.exists() else []:
        try:
            each = json.loads(line)
        except ValueError:
            continue  # torn by a power cut
        found.add((each["seal"], each["mac"]))
    return found


def _put_anchor(place: Place, folder: Path) -> None:
    """The backup's anchor takes its place; the later one is kept beside it, for it tells what was lost."""
    place.anchor.parent.mkdir(parents=True, exist_ok=True)
    if place.anchor.exists():
        stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
        place.anchor.rename(place.anchor.with_name(f"{place.anchor.name}.before-restore-{stamp}"))
    if (folder / ANCHOR).exists():
        shutil.copyfile(folder / ANCHOR, place.anchor)


def _load(url: str, dump: Path) -> None:
    """All of the dump in one transaction: after a failure the database is as empty as before."""
    listed = _client("pg_restore", None, "--list", str(dump))
    wanted = dump.with_name("restore.list")
    # Default rights name the role that made them; they are given again to the one that restores.
    wanted.write_text("\n".join(line for line in listed.splitlines() if " DEFAULT ACL " not in line) + "\n")
    try:
        words = [
            "--no-owner",
            "--exit-on-error",
            "--single-transaction",
            f"--use-list={wanted}",
            f"--dbname={url}",
            str(dump),
        ]
        _client("pg_restore", None, *words)
    finally:
        wanted.unlink()


def _role(name: str) -> sql.Composed:
    return sql.SQL(
        "do $$ begin if not exists (select from pg_roles where rolname = {text}) then "
        "create role {name} nologin nosuperuser nobypassrls "
        "nocreatedb nocreaterole; end if; execute format('grant %I to %I', {text}, current_user); end $$"
    ).format(text=sql.Literal(name), name=sql.Identifier(name))


def _default_rights(name: str) -> sql.Composed:
    return sql.SQL(
        "alter default privileges in schema public grant select, insert, update, delete on tables to {name};"
        "alter default privileges in schema public grant usage, select on sequences to {name};"
        "alter default privileges in schema public grant execute on functions to {name}"
    ).format(name=sql.Identifier(name))


# --- the server's own tools ----------------------------------------------------------------------------------------------------
def _client(tool: str, url: str | None, *words: str) -> str:
    """Run pg_dump or pg_restore: of SHEGONG_PG_BIN, else the embedded ones. A password goes by the environment."""
    from .embedded import binaries

    given = os.environ.get("SHEGONG_PG_BIN")
    program = (Path(given) if given else binaries()) / tool
    environment = {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "TZ": "UTC", "PGOPTIONS": _ALL_ROWS}
    connect: list[str] = []
    for word in ([f"--dbname={url}"] if url else []) + list(words):
        if word.startswith("--dbname=") and (password := _password(word[9:])):
            environment["PGPASSWORD"] = password
            word = word.replace(f":{password}@", "@", 1)
        connect.append(word)
    done = subprocess.run([str(program), *connect], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise CopyRefused(f"{tool}: {done.stderr.strip()[-2000:]}")
    return done.stdout


def _password(url: str) -> str:
    return (
        str(psycopg.conninfo.conninfo_to_dict(url).get("password") or "")
        if ":" in url.partition("//")[2].partition("@")[0]
        else ""
    )


@contextmanager
def _owner(url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(url, autocommit=True, options=_ALL_ROWS) as connection:
        yield connection


def _one(connection: psycopg.Connection[Any], query: str) -> Any:
    row = connection.execute(query).fetchone()  # type: ignore[call-overload]
    return row[0] if row else None
