"""The bench's own folder: a durable embedded cluster, its databases, and the servers that are measured. Loopback only."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from bench.sizes import Size
from shegong.site.embedded import Cluster
from shegong.site.processes import web_server

ROOT = Path(__file__).resolve().parents[1]
PLAIN = "bench_plain"  # the database of the baselines
OURS, FLOOR = "bench.ours", "bench.floor.settings"


@dataclass
class House:
    """``folder`` holds everything; the cluster runs with the settings a newcomer gets (fsync, checksums)."""

    folder: Path
    cluster: Cluster

    # -- environment ------------------------------------------------------------------------------------------------
    def environment(self, database: str, settings: str, **more: str) -> dict[str, str]:
        """Of a child process that works on one database with one site's settings."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("SHEGONG_", "DJANGO_", "BENCH_"))}
        return {
            **kept, "SHEGONG_MODE": "demo", "SHEGONG_VAR": str(self.folder), "SHEGONG_DATABASE_URL": self.cluster.url(database),
            "DJANGO_SETTINGS_MODULE": settings, "PYTHONPATH": str(ROOT), "SHEGONG_STATEMENT_TIMEOUT": "1h", **more,
        }  # fmt: skip

    def enter(self, database: str) -> None:
        """Set this very process up for Shegong on a database."""
        os.environ.clear()
        os.environ.update(self._entered | self.environment(database, OURS))
        import django

        django.setup()

    @property
    def _entered(self) -> dict[str, str]:
        return {k: v for k, v in os.environ.items() if not k.startswith(("SHEGONG_", "DJANGO_", "BENCH_"))}

    # -- databases --------------------------------------------------------------------------------------------------
    def connect(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.cluster.url(database), autocommit=True)

    def loaded(self, size: Size) -> str:
        """The name of a database with this much in it; loaded where it is not there from an earlier run."""
        name = f"bench_{size.name.replace('-', '_')}_{_fingerprint(size)}"
        with self.connect() as connection:
            found = connection.execute(
                "select shobj_description(oid, 'pg_database') from pg_database where datname = %s", [name]
            ).fetchone()
            if found and found[0] == "loaded":
                return name
            self._drop(connection, f"bench_{size.name.replace('-', '_')}_")
            connection.execute(f"create database {name}")
        owner = self.environment(name, OURS, SHEGONG_AS_OWNER="1")
        self.run([sys.executable, "-m", "shegong.site.cli", "migrate"], owner)
        self.run([sys.executable, "-m", "bench.load", json.dumps(size.as_dict())], owner, loud=True)
        return name

    def _drop(self, connection: psycopg.Connection[tuple[object, ...]], prefix: str) -> None:
        """Forget earlier databases of this size: they are large."""
        tail = "[0-9a-f]{8}$"
        for (old,) in connection.execute(
            "select datname from pg_database where datname ~ %s", [f"^{prefix}{tail}"]
        ).fetchall():
            connection.execute(f"drop database {old} with (force)")

    def plain(self) -> str:
        """The baselines' own database, empty but for Django's tables and the floor's rows."""
        with self.connect() as connection:
            connection.execute(f"drop database if exists {PLAIN} with (force)")
            connection.execute(f"create database {PLAIN}")
        self.run([sys.executable, "-m", "bench.floor"], self.environment(PLAIN, FLOOR))
        return PLAIN

    def run(self, words: list[str], environment: Mapping[str, str], *, loud: bool = False) -> str:
        """Run a child to its end; its stdout. Raises ``RuntimeError`` with its last words."""
        done = subprocess.run(
            words,
            env=dict(environment),
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=None if loud else subprocess.PIPE,
        )
        if done.returncode:
            raise RuntimeError(
                f"{' '.join(words[1:4])} ended with {done.returncode}: {(done.stderr or done.stdout)[-3000:]}"
            )
        return done.stdout

    # -- servers ----------------------------------------------------------------------------------------------------
    @contextmanager
    def serving(self, database: str, settings: str, *, workers: int = 1, threads: int = 4) -> Iterator[Served]:
        """gunicorn as ``shegong serve`` starts it, on a free loopback port."""
        port = _free_port()
        words = web_server("bench.wsgi:application", f"127.0.0.1:{port}", workers, threads)
        more = {"SHEGONG_POOL": str(threads), "SHEGONG_STATEMENT_TIMEOUT": "10s"}
        child = subprocess.Popen(words, env=self.environment(database, settings, **more), cwd=ROOT)
        try:
            _await(port, child)
            yield Served(self, database, port, child.pid)
        finally:
            child.terminate()
            child.wait(30)


@dataclass
class Served:
    """A running site. CPU is that of the web processes and of their database sessions together."""

    house: House
    database: str
    port: int
    pid: int

    def pids(self) -> list[int]:
        """gunicorn with its workers, and the server processes of this database's sessions."""
        web = [self.pid, *(p.pid for p in psutil.Process(self.pid).children(recursive=True))]
        with self.house.connect() as connection:
            found = connection.execute(
                "select pid from pg_stat_activity where datname = %s and pid <> pg_backend_pid()", [self.database]
            ).fetchall()
        return web + [int(str(pid)) for (pid,) in found]


@contextmanager
def opened(folder: Path) -> Iterator[House]:
    """The house in a folder, its cluster running meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(folder / "pg")
    with cluster.use():
        from shegong.kernel.vault import keyring

        keyring.create(folder / "keys")
        yield House(folder, cluster)


def _fingerprint(size: Size) -> str:
    """Changes with the sizes, the migrations and the loader."""
    total = hashlib.sha256(json.dumps({k: v for k, v in size.as_dict().items() if k not in _UNLOADED}).encode())
    for path in sorted([*ROOT.glob("shegong/**/migrations/*.py"), *ROOT.glob("bench/load/*.py")]):
        total.update(path.read_bytes())
    return total.hexdigest()[:8]


_UNLOADED = ("rows", "seconds", "requests", "rounds", "few_cases")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(port: int, child: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if child.poll() is not None:
            raise RuntimeError("the measured server ended right after its start")
        try:
            asked = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            asked.request("GET", "/health")
            if asked.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the measured server does not answer")
