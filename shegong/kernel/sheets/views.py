"""SHOW: imports — my uploads, a new one, how one stands and what is to be mended in it."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shegong.kernel.actions import pages
from shegong.kernel.actions.errors import DeedFailed
from shegong.kernel.actions.views import actor_of
from shegong.kernel.orgs.models import User
from shegong.kernel.orgs.reach import Actor
from shegong.ui.lists import Column
from shegong.ui.papers import attachment

from . import runs, services, telling
from .declare import Sheet, sheet
from .exports import CONTENT_TYPES
from .forms import ConfirmForm, UploadForm
from .models import ImportRun, RunState
from .refusal import Unreadable
from .services import AlreadyTaken
from .words import file_message
from .write.template import write_template

ERRORS_A_PAGE = 100
CHUNK = 256 * 1024
LOOSE = (RunState.UPLOADED, RunState.CHECKED, RunState.FAILED)  # nothing decided yet
TONES = {
    RunState.DONE: "good", RunState.FAILED: "bad", RunState.CANCELLED: "done", RunState.CHECKED: "warn",
    RunState.CHECKING: "info", RunState.COMMITTING: "info", RunState.UPLOADED: "info",
}  # fmt: skip


@require_GET
def import_list(request: HttpRequest) -> HttpResponse:
    """Uploads of mine and of my organisations, newest first."""
    actor = actor_of(request)
    found = runs.uploads(actor)
    if request.GET.get("mine"):
        found = found.filter(actor_id=actor.user_id)
    rows, after = pages.keyset(found, request.GET.get("after"))
    names = dict(User.objects.filter(pk__in={run.actor_id for run in rows}).values_list("pk", "name"))
    columns = [
        Column("sheet", _("Sheet"), fixed=True), Column("state", _("State")), Column("good", _("Good rows"), numeric=True),
        Column("bad", _("Rows with errors"), numeric=True), Column("org", _("Organisation")), Column("by", _("Uploaded by")),
        Column("at", _("Uploaded at")),
    ]  # fmt: skip
    query = request.GET.copy()
    query["after"] = after
    return render(request, "sheets/import_list.html", {
        "rows": [(run, _title(run), names.get(run.actor_id, ""), TONES[RunState(run.state)]) for run in rows],
        "columns": columns, "more_url": f"?{query.urlencode()}" if after else "", "mine": bool(request.GET.get("mine")),
        "new_url": reverse("import_new") if runs.importable(actor) else "",
    })  # fmt: skip


def _title(run: ImportRun) -> str:
    try:
        return str(sheet(run.sheet_code).title)
    except KeyError:
        return run.sheet_code


@require_http_methods(["GET", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    """Choose a sheet, see what it holds, fetch its empty workbook, send the file."""
    actor = actor_of(request)
    sheets = runs.importable(actor)
    code = request.GET.get("sheet", "") or (sheets[0].code if len(sheets) == 1 else "")
    entry = next((s for s in sheets if s.code == code), None)
    if code and entry is None:
        runs.deed_of("")  # no such sheet, or not for this person: the same answer
    form = _upload_form(request, actor, entry) if entry else None
    taken: ImportRun | None = None
    if request.method == "POST" and entry and form and form.is_valid():
        try:
            return HttpResponseRedirect(reverse("import_detail", args=[_take(request, entry, form).pk]))
        except AlreadyTaken as refusal:
            taken = refusal.run
            form.add_error("file", refusal.message)
        except Unreadable as error:
            form.add_error("file", file_message(error.code, error.params))
    status = 422 if form is not None and form.is_bound and form.errors else 200
    return render(request, "sheets/import_new.html", {
        "sheets": sheets, "entry": entry, "form": form, "taken": taken, "columns": _described(entry) if entry else [],
        "heads": [Column("name", _("Column"), fixed=True), Column("kind", _("Content")), Column("also", _("Also understood as"))],
    }, status=status)  # fmt: skip


def _upload_form(request: HttpRequest, actor: Actor, entry: Sheet) -> UploadForm:
    """The address may bring what is given once for the file, e.g. from the page of a record."""
    brought = {f"once_{name}": request.GET.get(name, "") for name in entry.once}
    return UploadForm(request.POST or None, request.FILES or None, actor=actor, entry=entry, initial=brought)


def _take(request: HttpRequest, entry: Sheet, form: UploadForm) -> ImportRun:
    sent = form.cleaned_data["file"]
    return runs.upload(
        actor_of(request), sent, sheet_code=entry.code, place=form.places[form.cleaned_data["org"]], name=sent.name,
        sheet_name=form.cleaned_data["page"], once=form.once(), key=_key(request),
    )  # fmt: skip


def _key(request: HttpRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.POST["idempotency_key"]) if request.POST.get("idempotency_key") else None
    except ValueError:
        raise DeedFailed(_("The form's key is malformed. Reload the page.")) from None


def _described(entry: Sheet) -> list[dict[str, Any]]:
    kinds = {
        "text": _("text"), "id_number": _("ID number"), "credit_code": _("credit code"), "phone": _("phone"), "date": _("date"),
        "month": _("month"), "money": _("amount"), "integer": _("whole number"), "decimal": _("number"), "choice": _("one of"),
        "yes_no": _("yes or no"), "organisation": _("organisation"),
    }  # fmt: skip
    return [
        {
            "column": c, "kind": kinds[c.type.value], "unit": {"yuan": _("yuan"), "wan": _("10,000 yuan")}.get(c.unit, c.unit),
            "choices": "、".join(str(choice.label) for choice in c.choices), "also": "、".join(c.synonyms[:6]),
        }
        for c in entry.columns
    ]  # fmt: skip


@require_GET
def import_template(request: HttpRequest, code: str) -> HttpResponse:
    """The empty workbook of a sheet that I may import."""
    entry = next((s for s in runs.importable(actor_of(request)) if s.code == code), None)
    if entry is None:
        runs.deed_of("")
        raise AssertionError
    out = io.BytesIO()
    write_template(entry, out)
    return HttpResponse(out.getvalue(), content_type=CONTENT_TYPES["xlsx"], headers=attachment(f"{entry.title}.xlsx"))


# --- one upload -------------------------------------------------------------------------------------------------------
@require_GET
def import_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """How an upload stands: progress, what was understood, what is to be mended, and what may be done next."""
    actor = actor_of(request)
    run = runs.upload_of(actor, pk)
    errors = services.errors_of(run)
    number = _page_number(request, len(errors))
    first = (number - 1) * ERRORS_A_PAGE
    waiting = runs.is_asked(run) or runs.is_moving(run)
    return render(request, "sheets/import_detail.html", {
        "run": run, "title": _title(run), "tone": TONES[RunState(run.state)], "by": User.objects.filter(pk=run.actor_id).first(),
        "waiting": waiting, "stuck": runs.is_stuck(run), "refusal": telling.refusal(run), "form": ConfirmForm(),
        "counts": telling.counts(run), "once": telling.once(run), "layout": telling.layout(run),
        "skipped": telling.skipped(run), "warnings": telling.warnings(run), "errors": len(errors),
        "lines": [telling.line(e, run) for e in errors[first : first + ERRORS_A_PAGE]], "number": number,
        "pages": (len(errors) + ERRORS_A_PAGE - 1) // ERRORS_A_PAGE,
        "heads": [Column("cell", _("Cell"), fixed=True), Column("column", _("Column")), Column("shown", _("Stands there")),
                  Column("why", _("What is wrong, and what to do"))],
        "may_confirm": run.state == RunState.CHECKED and not waiting and bool(run.stored_path) and _has_good(run),
        "may_check": not waiting and bool(run.stored_path) and run.state in (RunState.FAILED, RunState.UPLOADED, *runs.BUSY),
        "may_cancel": not waiting and run.state in LOOSE and not run.batches.exists(),
        "may_return": run.report is not None and bool(run.stored_path) and not waiting, "kept_days": runs.FILE_DAYS,
    })  # fmt: skip


def _page_number(request: HttpRequest, errors: int) -> int:
    asked = request.GET.get("page", "1")
    last = max(1, (errors + ERRORS_A_PAGE - 1) // ERRORS_A_PAGE)
    return min(int(asked), last) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 7 and int(asked) else 1


def _has_good(run: ImportRun) -> bool:
    return bool(run.counts.get("good") or run.counts.get("done_before"))


@require_GET
def import_progress(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The bar alone, asked for every two seconds; at the end it has the page loaded anew."""
    run = runs.upload_of(actor_of(request), pk)
    if runs.is_asked(run) or runs.is_moving(run):
        return render(request, "sheets/_progress.html", {"run": run})
    return HttpResponse(headers={"HX-Refresh": "true"})


@require_POST
def import_check(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Check again: after a failure, or when the worker was cut off."""
    actor = actor_of(request)
    run = runs.upload_of(actor, pk)
    again = runs.COMMIT if run.state == RunState.COMMITTING else runs.CHECK
    runs.ask(actor, run, again, run.mode if again == runs.COMMIT else "")
    return HttpResponseRedirect(reverse("import_detail", args=[pk]))


@require_POST
def import_confirm(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take the rows in, as chosen."""
    actor = actor_of(request)
    run = runs.upload_of(actor, pk)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        raise DeedFailed(_("Choose what to do with rows that have errors."))
    runs.ask(actor, run, runs.COMMIT, form.cleaned_data["mode"])
    return HttpResponseRedirect(reverse("import_detail", args=[pk]))


@require_POST
def import_cancel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Give the upload up; the file is deleted."""
    actor = actor_of(request)
    runs.cancel(actor, runs.upload_of(actor, pk))
    return HttpResponseRedirect(reverse("import_list"))


@require_GET
def import_returned(request: HttpRequest, pk: uuid.UUID) -> StreamingHttpResponse:
    """The same workbook back with red cells and comments; ``bad=1`` leaves only the rows to mend."""
    actor = actor_of(request)
    run = runs.upload_of(actor, pk)
    only_bad = request.GET.get("bad") == "1"
    runs.hand_out(actor, run, only_bad=only_bad)
    stem = run.original_name.rpartition(".")[0] or run.original_name
    name = f"{stem}-{_('to mend')}.xlsx"
    return StreamingHttpResponse(_written(run, only_bad), content_type=CONTENT_TYPES["xlsx"], headers=attachment(name))


def _written(run: ImportRun, only_bad: bool) -> Iterator[bytes]:
    """Made while it is sent, after the request's transaction has ended: reading the file again takes seconds."""
    out = io.BytesIO()
    services.returned_workbook(run, out, only_bad=only_bad)
    whole = out.getbuffer()
    for start in range(0, len(whole), CHUNK):
        yield bytes(whole[start : start + CHUNK])
