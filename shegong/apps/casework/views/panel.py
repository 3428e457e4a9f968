"""PAGE: the lawyer panel: firms, their lawyers with licences and load, and the parties they act for or against."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from shegong.kernel.actions import pages
from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.actions.views import actor_of
from shegong.kernel.orgs.reach import today
from shegong.ui.lists import Column

from ..forms.panel import FirmFilter
from ..policy import LAW_FIRM
from ..queries.panel import MOST, VIEW, firms_with, law_firms, lawyers_of, parties_of
from .linked import list_page, one, record_page


def law_firm_list(request: HttpRequest) -> HttpResponse:
    """Firms on the panel."""
    actor = actor_of(request)
    if not actor.roles() & LAW_FIRM.deeds["view"].roles:
        raise NotAllowed()
    form = FirmFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    columns = [
        Column("name", _("Firm"), fixed=True), Column("lawyers", _("Lawyers"), numeric=True),
        Column("contract", _("Contract until")), Column("org", _("Panel of")),
    ]  # fmt: skip
    post = actor.first_post(LAW_FIRM.deeds["register"].roles)
    new = reverse("deed_page", args=[LAW_FIRM.deeds["register"].code, post.org_id]) if post else ""
    found = firms_with(actor, text=chosen.get("text", ""), party=chosen.get("party", ""))
    more = {"filter": form, "columns": columns, "new_url": new, "today": today()}
    return list_page(request, "casework/law_firm_list.html", found, **more)


def law_firm_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One firm: contract, lawyers, and the parties it acts for or against."""
    actor = actor_of(request)
    firm = one(law_firms(actor, VIEW), pk)
    doable = {d.verb for d in pages.allowed(actor, firm)}
    parties = parties_of(firm)
    heads = [
        Column("name", _("Name"), fixed=True), Column("licence", _("Licence number")), Column("valid", _("Licence valid until")),
        Column("problem", _("Specialty")), Column("load", _("Open cases"), numeric=True), Column("account", _("Account")),
        Column("deeds", "", fixed=True),
    ]  # fmt: skip
    sides = [
        Column("name", _("Name"), fixed=True), Column("side", _("Side")), Column("code", _("Credit code or ID number")),
        Column("since", _("Since")), Column("until", _("Until")),
    ]  # fmt: skip
    more = {
        "heads": heads, "sides": sides,
        "lawyers": lawyers_of(firm), "parties": parties[:MOST], "full": len(parties) > MOST, "doable": doable,
        "deed_url": lambda verb: reverse("deed_page", args=[LAW_FIRM.deeds[verb].code, firm.pk]), "today": today(),
    }  # fmt: skip
    return record_page(request, actor, "casework/law_firm_detail.html", LAW_FIRM, firm, **more)
