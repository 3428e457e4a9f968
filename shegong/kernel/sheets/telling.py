"""How one upload is told in words: the same on its page and on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .coerce import CellError
from .declare import sheet
from .models import ImportRun, RunState
from .words import IGNORED_WORDS, SKIPPED_WORDS, WARNING_MESSAGES, cell_message, file_message, translate

UNIT_WORDS: Mapping[str, Any] = {"wan": gettext_lazy("10,000 yuan"), "yuan": gettext_lazy("yuan")}


def refusal(run: ImportRun) -> str:
    """Why the file as a whole was not taken; "" where it was."""
    if not run.refusal:
        return ""
    try:
        return file_message(run.refusal["code"], run.refusal.get("params"))
    except KeyError:
        return str(run.refusal.get("code", ""))


def counts(run: ImportRun) -> list[tuple[str, int]]:
    """What became of the rows: (words, number), zeros left out."""
    names = {
        "good": _("Good rows"), "bad": _("Rows with errors"), "done_before": _("Taken in from an earlier upload"),
        "created": _("Created"), "updated": _("Updated"), "unchanged": _("Unchanged"),
    }  # fmt: skip
    if run.state == RunState.DONE:
        names.pop("good")
    return [(label, run.counts[name]) for name, label in names.items() if run.counts.get(name)]


def once(run: ImportRun) -> list[tuple[str, str]]:
    """What was given once for the whole file, by the column's label."""
    known = sheet(run.sheet_code).by_name if run.options.get("once") else {}
    return [(str(known[name].label), text) for name, text in run.options.get("once", {}).items() if name in known]


def layout(run: ImportRun) -> dict[str, Any]:
    """What was read where, in the words of the sheet."""
    found: Mapping[str, Any] = run.layout
    try:
        known = sheet(run.sheet_code).by_name
    except KeyError:
        known = {}
    label = {name: str(column.label) for name, column in known.items()}
    return {
        "sheet": found.get("sheet", ""), "header_row": found.get("header_row"),
        "matched": [
            (letter, header, label.get(name, name), UNIT_WORDS.get(unit, ""))
            for name, letter, header, unit, *_rest in found.get("matched", [])
        ],
        "ignored": [tuple(entry)[:2] for entry in found.get("unknown", [])],
        "sheets": [(name, translate(IGNORED_WORDS.get(reason, reason))) for name, reason in found.get("ignored_sheets", [])],
        "hidden_rows": found.get("hidden_rows", 0),
    }  # fmt: skip


def _said(words: Mapping[str, str], counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(translate(words.get(code, code)), count) for code, count in counts.items() if count]


def skipped(run: ImportRun) -> list[tuple[str, int]]:
    """Rows that are no facts, by kind."""
    return _said(SKIPPED_WORDS, run.counts.get("skipped", {}))


def warnings(run: ImportRun) -> list[tuple[str, int]]:
    """What was taken although somebody should look at it."""
    return _said(WARNING_MESSAGES, run.counts.get("warnings", {}))


def line(error: CellError, run: ImportRun) -> dict[str, Any]:
    """One thing to mend: cell, column as people call it, what stands there, why and what to do."""
    try:
        column = sheet(run.sheet_code).by_name.get(error.name)
    except KeyError:
        column = None
    label = str(column.label) if column else error.name
    return {"cell": error.cell, "column": label, "shown": error.shown, "why": cell_message(error.code, error.params)}
