"""SHOW: letters of supervision: their list, one with its chain and the cases behind it, and the paper to seal and send."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.actions.views import actor_of
from shegong.kernel.audit import trail
from shegong.kernel.audit.models import Outcome
from shegong.kernel.orgs.reach import Actor
from shegong.kernel.sheets.takeout import Offer, export_page, said
from shegong.ui.lists import Column, Step
from shegong.ui.lists import Deed as Button
from shegong.ui.papers import paper

from ..forms.letters import LetterFilter
from ..models import Case, Letter
from ..policy.letters import (
    ANSWERED,
    APPROVED,
    CORRECTED,
    DRAFT,
    LETTER,
    SENT,
    STEPS,
    SUBMITTED,
    UNCORRECTED,
    WITHDRAWN,
    LetterKind,
)
from ..queries.clocks import length_of
from ..queries.letters import (
    VIEW,
    addressee,
    causes_of,
    chain_of,
    consents_of,
    is_late,
    is_provisional,
    letters,
    letters_found,
    place_to_write,
    rule_of,
    title_of,
    told_in,
)
from ..sheets.disputes import LETTERS_EXPORT, letter_rows
from .linked import list_page, one, record_page

EXPORT = "casework.letter.export"
PAPER = Path(__file__).resolve().parents[1] / "templates" / "casework" / "papers" / "letter.typ"
TONES = {
    DRAFT: "plain", SUBMITTED: "warn", APPROVED: "info", SENT: "info", ANSWERED: "info", CORRECTED: "good", UNCORRECTED: "danger",
    WITHDRAWN: "done",
}  # fmt: skip


def letter_list(request: HttpRequest) -> HttpResponse:
    """Letters within reach; the levels above see the rows, not what stands in them."""
    actor = actor_of(request)
    if not actor.roles() & LETTER.deeds["list"].roles:
        raise NotAllowed()
    form, chosen = _chosen(request)
    columns = [
        Column("number", _("Letter"), fixed=True), Column("kind", _("Type")), Column("to", _("Addressee")),
        Column("subject", _("Subject")), Column("state", _("State")), Column("sent", _("Sent on")),
        Column("due", _("Answer due")), Column("org", _("Organisation")),
    ]  # fmt: skip
    inside = actor.prefixes(LETTER.deeds["view"].roles)
    place = place_to_write(actor)
    more: dict[str, Any] = {
        "filter": form, "columns": columns, "inside": lambda row: any(row.org_path.startswith(p) for p in inside),
        "addressee": addressee, "late": is_late, "letter_tones": TONES,
        "new_url": reverse("deed_page", args=[LETTER.deeds["draft"].code, place]) if place else "", "export": None,
    }  # fmt: skip
    if actor.prefixes(LETTER.deeds["export"].roles):
        address = f"{reverse('letter_export')}?{request.GET.urlencode()}"
        more["export"] = Button(_("Export"), address, icon="download", panel=False)
    return list_page(request, "casework/letter_list.html", letters_found(actor, **chosen), **more)


def _chosen(request: HttpRequest) -> tuple[LetterFilter, dict[str, Any]]:
    form = LetterFilter(request.GET)
    return form, {k: v for k, v in form.cleaned_data.items() if v} if form.is_valid() else {}


@require_http_methods(["GET", "POST"])
def letter_export(request: HttpRequest) -> HttpResponseBase:
    """What of the filtered register may leave, then the file; nothing of what the letters say."""
    actor = actor_of(request)
    form, chosen = _chosen(request)
    asked = {k: _("(given)") if k == "text" else str(v) for k, v in request.GET.items() if v}
    offer = Offer(
        LETTERS_EXPORT, EXPORT, letters_found(actor, EXPORT, **chosen), letter_rows,
        back=f"{reverse('letter_list')}?{request.GET.urlencode()}", filters=said(form), asked=asked,
        note=_("Without the texts of letters and answers."),
    )  # fmt: skip
    return export_page(request, offer)


def letter_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One letter: where it stands, what it says, when its answer is due, and the letters before and after it."""
    actor = actor_of(request)
    letter: Letter = one(letters(actor, VIEW), pk)
    rule = rule_of(letter)
    told = told_in(actor, letter) if letter.state in (DRAFT, SUBMITTED) else []
    more: dict[str, Any] = {
        "steps": _steps(letter), "chain": chain_of(actor, letter), "causes": causes_of(actor, letter), "rule": rule,
        "rule_length": length_of(rule, rule.length) if rule else "", "addressee": addressee, "late": is_late(letter),
        "provisional": is_provisional(letter), "told": [one for one in told if not one.allowed], "consents": consents_of(letter),
        "letter_tones": TONES, "paper_title": title_of(letter.kind), "letter_tone": TONES[letter.state],
    }  # fmt: skip
    return record_page(request, actor, "casework/letter_detail.html", LETTER, letter, **more)


def letter_paper(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The letter as a paper with a blank place for the seal. It names no case and no worker but those the text names."""
    actor = actor_of(request)
    letter: Letter = one(letters(actor, VIEW), pk)
    trail.write(actor, trail.Line(VIEW, LETTER.code, letter.pk, letter.org_path, Outcome.EXPORTED, "", {"paper": True}))
    on = letter.approved_on or letter.drafted_on
    return paper(letter.number or letter.subject, PAPER, paper_data(letter), on=on)


def paper_data(letter: Letter) -> dict[str, Any]:
    """What stands on the paper, and nothing else reaches it."""
    rule = rule_of(letter)
    day = letter.approved_on or letter.drafted_on
    asked = letter.asked_by if rule is None else None
    return {
        "kind": letter.kind, "number": letter.number, "state": letter.state, "to": addressee(letter), "subject": letter.subject,
        "employer": letter.employer.name if letter.employer and letter.to_org else "", "text": letter.text or "",
        "basis": letter.basis, "asks": letter.asks or "", "org": letter.org.name, "day": _written(day),
        "limit": {"length": rule.length, "unit": rule.unit, "article": rule.article} if rule else None,
        "asked_by": _written(asked) if asked else "",
    }  # fmt: skip


def _written(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def case_letters(actor: Actor, case: Case, rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The card of a case: of ``rows`` (letters it gave rise to) those that the actor may open, and the way to a new one with
    what is known filled in."""
    opens, place, new = actor.prefixes(LETTER.deeds["view"].roles), place_to_write(actor, case), ""
    if place:
        known = {"cases": case.number, "employer": (case.employer.credit_code or case.employer.name) if case.employer else ""}
        new = f"{reverse('deed_page', args=[LETTER.deeds['draft'].code, place])}?{urlencode(known)}"
    shown = [
        (row, f"{LetterKind(row['kind']).label} {row['number'] or row['subject']}")
        for row in rows
        if any(row["org_path"].startswith(prefix) for prefix in opens)
    ]
    told = [{"pk": row["id"], "title": title, "state": LETTER.states[row["state"]]} for row, title in shown]
    return {"rows": told, "new_url": new}


def _steps(letter: Letter) -> list[Step]:
    """Draft, approved, sent, answered, corrected; each with its day."""
    days = (letter.drafted_on, letter.approved_on, letter.sent_on, letter.answered_on, letter.checked_on)
    here = {SUBMITTED: DRAFT, UNCORRECTED: CORRECTED}.get(letter.state, letter.state)
    at = STEPS.index(here) if here in STEPS else max(i for i, day in enumerate(days) if day)
    last = _("Not corrected") if letter.state == UNCORRECTED else _("Corrected")
    labels = [_("Written"), _("Approved"), _("Sent"), _("Answered"), last]
    found = []
    for i, (label, day) in enumerate(zip(labels, days, strict=True)):
        is_now = i == at and letter.state not in (CORRECTED, WITHDRAWN)
        state = "todo" if i > at else "now" if is_now else "done" if day else "skipped"
        found.append(Step(label, state, str(day) if day else ""))
    return found
