"""The keeper: loops beside the job worker that keep what must always be true a moment after every deed.

Every half second the trail is sealed and the figures are counted up to the last deed, in a loop of their own: nothing that takes
long may come between a deed and its figure. In the other loop overdue things move up every minute, and at each change of day the
tree takes its dated terms and what has served its time goes. Each duty is a transaction of its own: one that fails is logged and
tried again later, longer apart each time, and holds up no other. Several keepers may run: duties lock.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import close_old_connections, connection
from django.utils import timezone

from shegong.kernel.actions import approvals
from shegong.kernel.actions.models import Notice
from shegong.kernel.audit import sealing
from shegong.kernel.indicators import upkeep
from shegong.kernel.indicators.declare import month_of
from shegong.kernel.orgs import tree
from shegong.kernel.orgs.reach import everything, today
from shegong.kernel.sheets import store

log = logging.getLogger("shegong.keeper")

NOTICES_DAYS = 180  # read ones only
ORPHAN_HOURS = 24  # a file is written before its row: give the row a day
LONGEST_PAUSE = 300.0
PROMPT = 1.0  # duties repeated within so many seconds wait for no others

Work = Callable[[], object]


@dataclass
class Duty:
    """Something done again and again. ``every``: seconds apart; 0 means once at start and at each change of business day."""

    name: str
    work: Work
    every: float
    due: float = 0.0
    day: dt.date | None = None
    failures: int = 0

    def is_due(self, now: float, day: dt.date) -> bool:
        if now < self.due:
            return False
        return self.every > 0 or self.day != day

    def perform(self) -> bool:
        """Do it once; False when it failed. Never raises: the loop goes on."""
        day = today()
        try:
            self.work()
        except Exception:
            self.failures += 1
            self.due = time.monotonic() + min(LONGEST_PAUSE, max(self.every, 1.0) * 2**self.failures)
            # once in full; repetitions in a line, so that a lasting fault does not flood the log
            log.error("the duty “%s” failed (%s in a row)", self.name, self.failures, exc_info=self.failures == 1)
            _drop_connection()
            return False
        self.failures, self.day = 0, day
        self.due = time.monotonic() + self.every
        return True


def _drop_connection() -> None:
    """A broken connection must not fail the next duty too."""
    if not connection.in_atomic_block:
        connection.close()


def duties() -> list[Duty]:
    """All of them, the urgent ones first."""
    from shegong.apps.casework.services import documents, keeping, ratings, resources, urgent_needs
    from shegong.kernel.sheets import runs
    from shegong.registry import services as registry

    from .trail import ask_for_check

    return [
        Duty("seal the trail", sealing.seal_once, 0.5),
        Duty("keep the figures", upkeep.keep_once, 0.5),
        Duty("tell of overdue approvals", _alone("approvals", approvals.tell_overdue), 60),
        Duty("remind of due dates", _alone("remind", keeping.remind_due), 60),
        Duty("move overdue work up", _alone("overdue", keeping.move_up_overdue), 60),
        Duty("move unanswered needs up", _alone("needs", urgent_needs.move_up_overdue_needs), 60),
        Duty("remind of promises", _alone("promises", resources.remind_of_promises), 60),
        Duty("warn of statutory clocks", _alone("clocks", keeping.warn_of_clocks), 60),
        Duty("remind of hearings", _alone("hearings", keeping.remind_of_hearings), 60),
        Duty("remind of instalments", _alone("instalments", keeping.remind_of_instalments), 60),
        Duty("warn of answers to letters", _alone("letters", keeping.warn_of_letters), 60),
        Duty("reckon statutory clocks anew", _alone("reckon", keeping.reckon_anew), 0),
        Duty("compare new people", registry.keep_comparing, 2),
        Duty("propose duplicates", _alone("duplicates", registry.propose_all), 0),
        Duty("apply the terms of the day", _alone("terms", apply_terms), 0),
        Duty("let receipts go", _alone("receipts", forget_receipts), 0),
        Duty("let read notices go", _alone("notices", forget_notices), 0),
        Duty("let old uploads go", _alone("uploads", runs.forget_uploads), 0),
        Duty("let ended sessions go", _alone("sessions", forget_sessions), 0),
        Duty("have the trail checked", _alone("trail", ask_for_check), 0),
        Duty("remove orphaned uploads", _alone("orphans", remove_orphans), 0),
        Duty("remove orphaned documents", _alone("documents", documents.sweep_files), 0),
        Duty("forget tries of codes", _alone("tries", ratings.forget_tries), 0),
    ]


def _alone(name: str, work: Work) -> Work:
    """In one transaction that sees every row, and only where no other keeper does the same."""

    def once() -> object:
        with everything(), connection.cursor() as cursor:
            cursor.execute("select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"shegong keeper {name}"])
            return work() if cursor.fetchone()[0] else None

    return once


# --- once a day ----------------------------------------------------------------------------------------------------------
def apply_terms() -> int:
    """The tree as of today; figures of the running month follow. Returns how many organisations changed."""
    changed = tree.apply_terms(today())
    if changed:
        upkeep.roll_up(month_of(today()))
    return changed


def forget_receipts() -> int:
    """Receipts older than 180 days (rule 19), by the one function that may delete them."""
    with connection.cursor() as cursor:
        cursor.execute("select shegong_forget_receipts()")
        return int(cursor.fetchone()[0])


def forget_notices() -> int:
    return Notice.objects.filter(read_at__lt=timezone.now() - dt.timedelta(days=NOTICES_DAYS)).delete()[0]


def forget_sessions() -> int:
    from django.contrib.sessions.models import Session

    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]


def remove_orphans() -> int:
    """Uploads whose row was never written, and torn temporary ones; a day old at least. Returns how many. Only the folder
    of uploads: documents have a janitor of their own, which knows their rows."""
    folder = store.folder()
    oldest = time.time() - ORPHAN_HOURS * 3600
    named = stored_paths()
    removed = 0
    for path in sorted(p for p in folder.rglob("*") if p.is_file()) if folder.is_dir() else []:
        if path.relative_to(settings.SHEGONG_FILES_DIR).as_posix() not in named and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
            removed += 1
            log.warning("removed the orphaned file %s", path.name)
    return removed


def stored_paths() -> set[str]:
    """Every path below the files folder that some row names: the columns called ``stored_path`` of all models."""
    found: set[str] = set()
    for model in apps.get_models():
        if any(f.name == "stored_path" for f in model._meta.concrete_fields):
            manager: Any = model._base_manager
            found.update(manager.exclude(stored_path="").values_list("stored_path", flat=True))
    return found


# --- the loop --------------------------------------------------------------------------------------------------------------
def keep(wanted: threading.Event, mine: list[Duty]) -> None:
    """Perform these duties until ``wanted`` is set."""
    while not wanted.is_set():
        day = today()
        for duty in mine:
            if duty.is_due(time.monotonic(), day) and not wanted.is_set():
                close_old_connections()
                duty.perform()
        wanted.wait(0.25)
    _drop_connection()


def loops(wanted: threading.Event, all_duties: list[Duty] | None = None) -> list[threading.Thread]:
    """The threads of the keeper, started: prompt duties and all others. They end when ``wanted`` is set."""
    mine = duties() if all_duties is None else all_duties
    prompt = [duty for duty in mine if 0 < duty.every <= PROMPT]
    others = [duty for duty in mine if duty not in prompt]
    made = [threading.Thread(target=keep, args=(wanted, part), name="keeper", daemon=True) for part in (prompt, others)]
    for thread in made:
        thread.start()
    return made


def run() -> None:
    """The worker process: the keeper in threads, procrastinate's worker for heavy jobs in the foreground. Ends on SIGTERM."""
    from procrastinate.contrib.django import app

    wanted = threading.Event()
    threads = loops(wanted)
    try:
        with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]
            app.run_worker(concurrency=1, name="shegong", delete_jobs="successful", shutdown_graceful_timeout=15)
    finally:
        wanted.set()
        for thread in threads:
            thread.join(timeout=20)
