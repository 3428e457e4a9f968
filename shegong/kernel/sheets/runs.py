"""READ and ASK: which uploads somebody may see, what they may import where, and the deeds around an upload.

The rights of an upload are those of its sheet's deed at the upload's organisation, looked up anew at every step: by the
page, and again by the worker when it comes to the work. An upload out of reach does not exist. Every step leaves a line.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from typing import IO, Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from shegong.kernel.actions.errors import KeyReused, NotAllowed, Refused, WrongState
from shegong.kernel.actions.models import Receipt
from shegong.kernel.actions.rights import may
from shegong.kernel.actions.vocabulary import Deed
from shegong.kernel.actions.vocabulary import deed as declared
from shegong.kernel.audit import trail
from shegong.kernel.audit.models import Outcome
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor, acting, load_actor, orgs_on, today, within

from . import services, store
from .coerce import Resolver
from .declare import Sheet, all_sheets, sheet
from .models import ImportBatch, ImportRun, Mode, RunState
from .placing import resolver_for
from .services import STALE_SECONDS

KIND = "sheets.run"
MOST_PLACES = 400
BUSY = (RunState.CHECKING, RunState.COMMITTING)
CHECK, COMMIT = "check", "commit"


# --- rights -----------------------------------------------------------------------------------------------------------
def deed_of(code: str) -> Deed:
    """The deed that importing a sheet is. Raises ``NotAllowed`` as for nothing there: not every sheet is for import."""
    try:
        entry = sheet(code)
    except KeyError:
        raise NotAllowed(_("There is no such record."), missing=True) from None
    if not entry.commit or not entry.deed:
        raise NotAllowed(_("There is no such record."), missing=True)
    return declared(entry.deed)


def importable(actor: Actor) -> list[Sheet]:
    """Sheets that the actor may import somewhere."""
    return [s for s in all_sheets() if s.commit and s.deed and actor.roles() & declared(s.deed).roles]


def places(actor: Actor, code: str) -> list[Org]:
    """Organisations for which the actor may import a sheet: their posts', and those below them."""
    found: list[Org] = []
    for prefix in actor.prefixes(deed_of(code).roles):
        found += orgs_on(today(), below=prefix)[: MOST_PLACES - len(found)]
    return found


def authorise(actor: Actor, code: str, place: Any) -> None:
    """Raise ``NotAllowed`` unless the actor may import the sheet there. ``place``: an organisation or an upload."""
    verdict = may(actor, deed_of(code), place)
    if not verdict:
        raise NotAllowed(verdict.why, missing=not verdict.near)


def uploads(actor: Actor) -> QuerySet[ImportRun]:
    """Uploads of the sheets and places that the actor may import, newest first."""
    found = Q(pk__in=[])
    for entry in importable(actor):
        found |= Q(sheet_code=entry.code) & within(actor.prefixes(declared(entry.deed).roles))
    return ImportRun.objects.filter(found).select_related("org").order_by("-pk")


def upload_of(actor: Actor, pk: uuid.UUID) -> ImportRun:
    """One upload. Raises ``NotAllowed`` as for one that is not there."""
    run = uploads(actor).filter(pk=pk).first()
    if run is None:
        raise NotAllowed(_("There is no such record."), missing=True)
    return run


# --- deeds ------------------------------------------------------------------------------------------------------------
def upload(
    actor: Actor, stream: IO[bytes], *, sheet_code: str, place: Org, name: str, sheet_name: str = "",
    once: Mapping[str, str] | None = None, key: uuid.UUID | None = None,
) -> ImportRun:  # fmt: skip
    """Take a file and have it checked. The same key gives the same upload again. `once`: see ``Sheet.once``.

    Raises ``NotAllowed``, ``AlreadyTaken``, ``Unreadable``.
    """
    authorise(actor, sheet_code, place)
    if key and (earlier := Receipt.objects.filter(actor_id=actor.user_id, key=key).first()):
        if earlier.deed != sheet(sheet_code).deed or earlier.body != f"{place.pk}":
            raise KeyReused(_("This form was already sent with other content. Reload the page and send it again."))
        return upload_of(actor, uuid.UUID(earlier.object_id))
    run = services.receive(
        actor, stream, sheet_code=sheet_code, org_id=place.pk, org_path=place.path, name=name, sheet_name=sheet_name,
        once=once,
    )  # fmt: skip
    if key:
        Receipt.objects.create(
            actor_id=actor.user_id, key=key, deed=sheet(sheet_code).deed, body=f"{place.pk}", object_id=str(run.pk)
        )
    note(actor, run, "upload", {"file": run.digest[:16], "bytes": run.size_bytes})
    ask(actor, run, CHECK)
    return run


def ask(actor: Actor, run: ImportRun, work: str, mode: str = "") -> None:
    """Hand checking or committing to the worker. Asked twice is asked once."""
    from . import tasks

    authorise(actor, run.sheet_code, run)
    if work == COMMIT and Mode(mode) and run.state == RunState.UPLOADED:
        raise WrongState(_("The file is not checked yet."))
    if not run.stored_path or run.state in (RunState.DONE, RunState.CANCELLED) or is_moving(run):
        raise WrongState(_("This upload is being worked on, or is finished. Reload the page."))
    run.options = {**run.options, "asked": work, "asked_at": timezone.now().isoformat()}
    run.save(update_fields=["options"])
    tasks.start(run.pk, actor.user_id, work, mode)


def cancel(actor: Actor, run: ImportRun) -> ImportRun:
    """Give the upload up; its file is deleted. Raises ``WrongState`` once rows were taken in."""
    authorise(actor, run.sheet_code, run)
    services.cancel(actor, run)
    note(actor, run, "cancel")
    return run


def note(
    actor: Actor, run: ImportRun, step: str, more: dict[str, Any] | None = None, outcome: str = Outcome.DONE
) -> None:
    """One line of the trail about a step of an upload; never a cell of the file, nor its name."""
    changes = {"step": step, "sheet": run.sheet_code, **(more or {})}
    trail.write(actor, trail.Line(sheet(run.sheet_code).deed, KIND, run.pk, run.org_path, outcome, step, changes))


def hand_out(actor: Actor, run: ImportRun, *, only_bad: bool) -> None:
    """Note that the returned workbook leaves the house. Raises ``WrongState`` where there is none."""
    authorise(actor, run.sheet_code, run)
    if run.report is None or not run.stored_path:
        raise WrongState(_("There is no workbook to mend for this upload."))
    counts = {"rows": run.counts.get("bad", 0), "only_bad": only_bad}
    note(actor, run, "returned workbook", counts, Outcome.EXPORTED)


# --- where it stands ----------------------------------------------------------------------------------------------------
def is_asked(run: ImportRun) -> bool:
    """Work was asked for, and the worker has not begun yet."""
    return bool(run.options.get("asked"))


def is_moving(run: ImportRun) -> bool:
    """A process works on it now; one silent for two minutes counts as dead, and may be asked for again."""
    return run.state in BUSY and not is_stuck(run)


def is_stuck(run: ImportRun) -> bool:
    return run.state in BUSY and run.touched_at < timezone.now() - dt.timedelta(seconds=STALE_SECONDS)


# --- what the worker does -------------------------------------------------------------------------------------------------
def perform(pk: uuid.UUID, user_id: int, work: str, mode: str = "") -> None:
    """Do the work asked for, as the account that asked, with the rights it holds now. Refusals end quietly: they are in the
    trail, or on the page of the upload already."""
    actor = load_actor(user_id, via="job")
    if actor is None:
        return
    with acting(actor):
        run = uploads(actor).filter(pk=pk).first()
        if run is None:
            return
        run.options = {k: v for k, v in run.options.items() if not k.startswith("asked")}
        run.save(update_fields=["options"])
        resolve = resolver_for(actor, run.sheet_code)
    try:
        done = _work(actor, run, work, mode, resolve)
    except (WrongState, Refused):
        return
    with acting(actor):
        counts = {k: v for k, v in done.counts.items() if isinstance(v, int)}
        note(actor, done, work, {"state": str(done.state), **counts, **({"mode": mode} if mode else {})})


def _work(actor: Actor, run: ImportRun, work: str, mode: str, resolve: Resolver | None) -> ImportRun:
    if work == COMMIT:
        return services.commit(actor, run, mode=mode, resolve=resolve)
    return services.check(actor, run, resolve=resolve)


# --- keeping ----------------------------------------------------------------------------------------------------------
FILE_DAYS, MARK_DAYS = 30, 180


def forget_uploads() -> int:
    """Delete files and reports of uploads untouched for 30 days; their rows stay. Digests of rows taken in, which recognise a
    mended workbook, go after 180. For the keeper, in a transaction that reaches everything. Returns how many files."""
    now, gone = timezone.now(), 0
    old = ImportRun.objects.filter(touched_at__lt=now - dt.timedelta(days=FILE_DAYS)).exclude(state__in=BUSY)
    for run in _pages(old.exclude(stored_path="")):
        path, run.stored_path, run.report = run.stored_path, "", None
        fields = {"stored_path": "", "report": None}
        ImportRun.objects.filter(pk=run.pk).update(**fields)
        ImportBatch.objects.filter(run_id=run.pk).update(errors=None)
        transaction.on_commit(lambda path=path: store.forget(path))  # type: ignore[misc]
        gone += 1
    older = ImportRun.objects.filter(touched_at__lt=now - dt.timedelta(days=MARK_DAYS), digest_key_id__isnull=False)
    ImportBatch.objects.filter(run__in=older.values("pk")).update(row_digests=b"")
    older.update(digest_key_id=None)
    return gone


def _pages(found: QuerySet[ImportRun]) -> Iterator[ImportRun]:
    yield from found.order_by("pk")[:5_000]
