"""SHOW: referrals, urgent needs, resources and promises: their lists and their pages."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shegong.kernel.actions import pages
from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.actions.views import actor_of
from shegong.kernel.actions.vocabulary import Kind
from shegong.kernel.audit import trail
from shegong.kernel.audit.models import Outcome
from shegong.kernel.orgs.reach import Actor, today
from shegong.ui.lists import Column

from ..models.linked import ResourceKind
from ..policy import PROMISE, REFERRAL, RESOURCE, URGENT_NEED, Problem
from ..queries.cases import cases
from ..queries.referrals import referrals, ties_of_referral
from ..queries.resources import filtered_resources, promises, resources
from ..queries.urgent_needs import entries_of, filtered_needs, places_to_raise, urgent_needs

STATE_TONES = {
    "done": "good", "closed": "done", "confirmed": "good", "delivered": "info", "declined": "warn", "refused": "warn",
    "raised": "warn", "sent": "info", "asked": "info", "recalled": "plain",
}  # fmt: skip


class StateFilter(forms.Form):
    """Phase and problem class; the two filters all these lists share."""

    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    problem = forms.ChoiceField(label=gettext_lazy("Problem class"), required=False)
    overdue = forms.BooleanField(label=gettext_lazy("Overdue only"), required=False)

    def __init__(self, kind: Kind, *args: Any, without: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything = [("", _("all"))]
        self.fields["state"].choices = [*everything, *kind.states.items()]  # type: ignore[attr-defined]
        self.fields["problem"].choices = [*everything, *Problem.choices]  # type: ignore[attr-defined]
        for name in without:
            del self.fields[name]

    def chosen(self) -> dict[str, Any]:
        """The valid filters; a wrong one filters nothing but shows its error."""
        self.is_valid()
        return {k: v for k, v in self.cleaned_data.items() if v}


class ResourceFilter(forms.Form):
    text = forms.CharField(label=gettext_lazy("Title or owner"), required=False, max_length=40)
    problem = forms.ChoiceField(label=gettext_lazy("Helps with"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Type"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["problem"].choices = [("", _("all")), *Problem.choices]  # type: ignore[attr-defined]
        self.fields["kind"].choices = [("", _("all")), *ResourceKind.choices]  # type: ignore[attr-defined]


def _columns(*pairs: tuple[str, str]) -> list[Column]:
    return [Column(key, label, fixed=i == 0) for i, (key, label) in enumerate(pairs)]


def list_page(request: HttpRequest, template: str, found: QuerySet[Any], **context: Any) -> HttpResponse:
    rows, after = pages.keyset(found, request.GET.get("after"))
    query = request.GET.copy()
    query["after"] = after
    more = f"?{query.urlencode()}" if after else ""
    return render(
        request, template, {"rows": rows, "more_url": more, "tones": STATE_TONES, "today": today(), **context}
    )


def one(found: QuerySet[Any], pk: uuid.UUID) -> Any:
    row = found.filter(pk=pk).first()
    if row is None:
        raise NotAllowed(_("There is no such record."), missing=True)
    return row


def record_page(request: HttpRequest, actor: Actor, template: str, kind: Kind, thing: Any, **context: Any) -> HttpResponse:
    """A record's page with its deeds; the look is in the trail where the kind says it is sensitive."""
    if kind.deeds["view"].sensitive:
        trail.write(actor, trail.Line(kind.deeds["view"].code, kind.code, thing.pk, thing.org_path, Outcome.SEEN))
    primary, others = pages.buttons(actor, thing)
    state = getattr(thing, "state", "")
    return render(
        request, template,
        {"thing": thing, "kind": kind, "primary": primary, "deeds": others, "tone": STATE_TONES.get(state, "plain"),
         "today": today(), **context},
    )  # fmt: skip


# --- referrals ----------------------------------------------------------------------------------------------------------
def referral_list(request: HttpRequest) -> HttpResponse:
    """Referrals sent and received."""
    actor = actor_of(request)
    form = StateFilter(REFERRAL, request.GET, without=("problem", "overdue"))
    columns = _columns(
        ("number", _("Referral")), ("state", _("State")), ("from", _("From")), ("to", _("To")), ("due", _("Answer due"))
    )
    return list_page(
        request, "casework/referral_list.html", referrals(actor).filter(**form.chosen()), filter=form, columns=columns
    )


def referral_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One referral: what is shared with the receiver, and what came back; not the case."""
    actor = actor_of(request)
    thing = one(referrals(actor), pk)
    sender = "sender" in ties_of_referral(actor, thing)
    return record_page(request, actor, "casework/referral_detail.html", REFERRAL, thing, is_sender=sender)


# --- urgent needs -------------------------------------------------------------------------------------------------------
def urgent_need_list(request: HttpRequest) -> HttpResponse:
    """Urgent needs within reach, raised by or given to the actor."""
    actor = actor_of(request)
    form = StateFilter(URGENT_NEED, request.GET)
    columns = _columns(
        ("number", _("Number")), ("problem", _("Problem class")), ("state", _("State")), ("owner", _("Answers for it")),
        ("due", _("Due")), ("org", _("Organisation")), ("raised", _("Raised on")),
    )  # fmt: skip
    places = places_to_raise(actor)
    new = reverse("deed_page", args=[URGENT_NEED.deeds["raise"].code, places[0].pk]) if places else ""
    return list_page(
        request,
        "casework/urgent_need_list.html",
        filtered_needs(actor, **form.chosen()),
        filter=form,
        columns=columns,
        new_url=new,
    )


def urgent_need_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One need on its closed loop."""
    actor = actor_of(request)
    thing = one(urgent_needs(actor), pk)
    file_open = thing.case_id is not None and cases(actor, "casework.case.view").filter(pk=thing.case_id).exists()
    more = {"entries": list(entries_of(thing)), "file_open": file_open}
    return record_page(request, actor, "casework/urgent_need_detail.html", URGENT_NEED, thing, **more)


# --- resources and promises ---------------------------------------------------------------------------------------------
def resource_list(request: HttpRequest) -> HttpResponse:
    """The directory of what can help."""
    actor = actor_of(request)
    if not actor.roles() & RESOURCE.deeds["view"].roles:
        raise NotAllowed()
    form = ResourceFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    found = filtered_resources(actor, **{k: v for k, v in chosen.items() if v})
    columns = _columns(
        ("title", _("Resource")),
        ("kind", _("Type")),
        ("problem", _("Helps with")),
        ("giver", _("Owner")),
        ("left", _("Left")),
        ("valid", _("Available until")),
    )
    post = actor.first_post(RESOURCE.deeds["offer"].roles)
    new = reverse("deed_page", args=[RESOURCE.deeds["offer"].code, post.org_id]) if post else ""
    return list_page(request, "casework/resource_list.html", found, filter=form, columns=columns, new_url=new)


def resource_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One resource and the promises made of it that the actor may see."""
    actor = actor_of(request)
    thing = one(resources(actor), pk)
    made = list(promises(actor).filter(resource=thing).order_by("-id")[:50])
    return record_page(request, actor, "casework/resource_detail.html", RESOURCE, thing, promises=made, tones=STATE_TONES)


def promise_detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One promise, from asked to confirmed."""
    actor = actor_of(request)
    return record_page(request, actor, "casework/promise_detail.html", PROMISE, one(promises(actor), pk))
