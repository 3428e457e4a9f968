"""The test database: an embedded cluster of its own, migrated once per set of migrations, then cloned.

Tests run as the role of the application, so that row-level security binds in them as it does in production.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).parent

VAR = Path(os.environ["SHEGONG_VAR"])


def _fingerprint() -> str:
    """Changes with any migration, the cast, and what migrations import."""
    total = hashlib.sha256()
    for path in sorted(
        [*ROOT.glob("shegong/**/migrations/*.py"), ROOT / "tests" / "cast.py", ROOT / "shegong/kernel/orgs/walls.py"]
    ):
        total.update(path.read_bytes())
    return total.hexdigest()[:12]


class TestServer:
    """Makes databases by cloning a migrated template."""

    __test__ = False

    def __init__(self) -> None:
        from django.conf import settings

        from shegong.kernel.vault import keyring
        from shegong.site.embedded import Cluster

        VAR.mkdir(parents=True, exist_ok=True)
        keyring.create(settings.SHEGONG_KEY_DIR)
        given = os.environ.get("SHEGONG_TEST_DATABASE_URL")  # a server of the person's own, e.g. Debian's PostgreSQL 15
        self.cluster = None if given else Cluster(VAR / "pg", fast=True)
        self.given = given
        if self.cluster:
            with (VAR / "start.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self.cluster.start()

    def url(self, database: str) -> str:
        if self.cluster:
            return self.cluster.url(database)
        base, _, query = (self.given or "").partition("?")
        return base.rsplit("/", 1)[0] + "/" + database + (f"?{query}" if query else "")

    def sql(self, text: str, database: str = "postgres") -> list[tuple]:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(text)
            return cursor.fetchall() if cursor.description else []

    def template(self) -> str:
        name = f"shegong_template_{_fingerprint()}"
        with (VAR / "template.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self.sql(f"select 1 from pg_database where datname = '{name}' and datistemplate"):
                for (old,) in self.sql("select datname from pg_database where datname like 'shegong_template_%'"):
                    self.sql(f"alter database {old} with is_template false")
                    self.sql(f"drop database if exists {old} with (force)")
                self.sql(f"create database {name}")
                env = {
                    **os.environ,
                    "SHEGONG_DATABASE_URL": self.url(name),
                    "SHEGONG_AS_OWNER": "1",
                    "PYTHONPATH": str(ROOT),
                    "SHEGONG_STATEMENT_TIMEOUT": "120s",
                }
                code = (
                    "import django; django.setup()\n"
                    "from django.core.management import call_command\n"
                    "call_command('migrate', verbosity=0, skip_checks=True)\n"
                    "from tests import cast; cast.build()\n"
                )
                subprocess.run([sys.executable, "-c", code], env=env, check=True, cwd=ROOT)
                self.sql(f"alter database {name} with is_template true")
        return name

    def clone(self, name: str) -> str:
        """A fresh database of that name, with tree and cast. Returns its URL."""
        template = self.template()
        with (VAR / "template.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.sql(f"drop database if exists {name} with (force)")
            self.sql(f"create database {name} template {template}")
        return self.url(name)

    def drop(self, name: str) -> None:
        self.sql(f"drop database if exists {name} with (force)")


@pytest.fixture(scope="session")
def server() -> TestServer:
    """The server that tests clone databases from."""
    return TestServer()


@pytest.fixture(scope="session")
def django_db_setup(server: TestServer, django_db_blocker: object) -> Iterator[None]:
    """Point Django at a clone of the template; connections take the application's role."""
    from django.db import connections

    from shegong.site import settings

    name = f"test_shegong_{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}_{os.getpid()}"
    url = server.clone(name)
    connection = connections["default"]
    connection.close()
    connection.settings_dict.update(settings.database(url))
    yield
    connection.close()
    server.drop(name)


@pytest.fixture
def committed(server: TestServer, db: None, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of the test's own in which commits are real: for sealing, concurrency, jobs. Yields its (owner's) URL."""
    from django.db import connections

    from shegong.site import settings

    name = f"test_committed_{os.getpid()}"
    url = server.clone(name)
    usual = connections["default"]
    own = connections.create_connection("default")
    own.settings_dict = {**usual.settings_dict, **settings.database(url)}
    connections["default"] = own
    try:
        yield url
    finally:
        own.close()
        connections["default"] = usual
        server.drop(name)
