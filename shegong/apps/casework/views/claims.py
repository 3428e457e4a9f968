"""PAGE: what may be claimed, reckoned from stated inputs; nothing is stored."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from shegong.lib import money
from shegong.lib.claims import CALCULATORS, Asked, Step
from shegong.ui.lists import Tab

from ..forms.claims import ClaimForm


def claim_reckon(request: HttpRequest) -> HttpResponse:
    """One calculator by ``?claim=``; another choice of it shows its inputs, the inputs show the answer."""
    calculator = CALCULATORS.get(request.GET.get("claim", ""), next(iter(CALCULATORS.values())))
    asked = any(a.name in request.GET for a in calculator.asks)
    form = ClaimForm(calculator, request.GET if asked else None, initial={"claim": calculator.code})
    answer = form.answer() if asked else None
    context = {
        "tabs": [Tab(_(c.title), f"?claim={c.code}", c is calculator) for c in CALCULATORS.values()],
        "form": form, "calculator": calculator, "answer": answer,
        "inputs": [(_(a.label), _shown(a, form)) for a in calculator.asks] if answer else [],
        "steps": [(_said(step), step.fen) for step in answer.steps] if answer else [],
    }  # fmt: skip
    return render(request, "casework/claim_reckon.html", context)


def _shown(asked: Asked, form: ClaimForm) -> str:
    value = form.cleaned_data[asked.name]
    if value is None:
        return "—"
    if asked.kind == "money":
        return money.format_yuan(value)
    return date_format(value, "DATE_FORMAT") if asked.kind == "date" else str(value)


def _said(step: Step) -> str:
    return _(step.text) % {k: date_format(v, "DATE_FORMAT") if hasattr(v, "year") else v for k, v in step.values.items()}
