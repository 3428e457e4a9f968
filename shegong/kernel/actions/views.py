"""SHOW: the one page of every deed, the page that explains rights, and the inbox."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from shegong.kernel.audit import trail
from shegong.kernel.audit.models import Outcome
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor
from shegong.kernel.vault.cells import Secret
from shegong.ui.lists import Difference

from . import inbox, pages
from .deeds import service_of
from .errors import DeedFailed, NotAllowed, Refused, Stale
from .forms import DeedForm
from .models import SavedFilter
from .rights import may, role_names
from .vocabulary import Deed, Kind, all_kinds, form_of
from .vocabulary import deed as declared

# Fields every deed form posts besides its own; anything else is refused (rule 8).
_OWN_FIELDS = {"csrfmiddlewaretoken", "idempotency_key", "version", "next"}


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in actor; set by the middleware."""
    return request.actor  # type: ignore[attr-defined,no-any-return]


def thing_for(actor: Actor, deed: Deed, pk: str) -> Any:
    """The target of a deed, fetched through the actor's reach; what is out of reach does not exist."""
    if deed.creates:
        found = Org.objects.filter(pk=pk).first() if pk.isdigit() else None
    else:
        try:
            found = deed.kind.fetch(actor, deed.code).filter(pk=pk).first()
        except (ValueError, TypeError, ValidationError):  # a malformed key is no such record, not an incident
            found = None
    if found is None:
        raise NotAllowed(_("There is no such record."), missing=True)
    return found


def page_url(kind: Kind, thing: Any) -> str:
    """Where a thing of ``kind`` is shown: its page, the list it stands in (a page named so), or home."""
    return _address(kind, thing.pk)


def _address(kind: Kind | None, pk: Any) -> str:
    if kind is None or not kind.page:
        return reverse("home")
    return reverse(kind.page) if kind.page.endswith("_list") else reverse(kind.page, args=[pk])


@require_http_methods(["GET", "POST"])
def deed_page(request: HttpRequest, code: str, pk: str) -> HttpResponse:
    """Show the form of a deed and do it. Without a form, ask for confirmation."""
    try:
        deed, service = declared(code), service_of(code)
    except KeyError:
        raise Http404 from None
    if deed.batch:
        raise Http404
    actor = actor_of(request)
    target = thing_for(actor, deed, pk)
    form = _form(request, deed, actor, target)
    if request.method == "POST" and form.is_valid():
        try:
            done = service(actor, target, key=_key(request), version=_version(request), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        except Stale as stale:
            return _both_versions(request, deed, form, stale.detail["theirs"])
        else:
            return _after(request, deed, target, done)
    else:
        _explain_now(deed, actor, target)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "actions/deed_page.html", _context(request, deed, target, form), status=status)


def _explain_now(deed: Deed, actor: Actor, target: Any) -> None:
    """Say at once, not after a filled form, that this cannot be done."""
    if deed.creates:
        verdict = may(actor, deed, target)
        if not verdict:
            raise NotAllowed(verdict.why, missing=not verdict.near)
        return
    found = next((e for e in pages.explain(actor, target) if e.deed is deed), None)
    if found and not found.ok:
        from .errors import WrongState

        raise (WrongState if deed.source and target.state not in deed.source else NotAllowed)(found.why)


def _form(request: HttpRequest, deed: Deed, actor: Actor, target: Any) -> DeedForm:
    form_class = form_of(deed.code) or DeedForm
    if request.method != "POST":
        initial = {k: v for k, v in request.GET.items() if k in form_class.base_fields}
        return form_class(actor=actor, target=target, initial=initial)
    form = form_class(request.POST, request.FILES, actor=actor, target=target)
    _refuse_unknown(set(request.POST), form)
    return form


def _refuse_unknown(posted: set[str], form: DeedForm | None) -> None:
    """Raise ``DeedFailed`` for fields that the form does not have (rule 8)."""
    if form is None:  # nothing here to do it to: nothing is read
        return
    unknown = posted - set(form.fields) - _OWN_FIELDS - {f"{name}_{i}" for name in form.fields for i in range(4)}
    if unknown:
        raise DeedFailed(
            _("The form sent fields that do not belong to it: %(names)s.") % {"names": ", ".join(sorted(unknown))}
        )


def _both_versions(request: HttpRequest, deed: Deed, form: DeedForm, theirs: Any) -> HttpResponse:
    """Stale: what was typed beside what is saved now; nobody's work is lost (rule 22)."""
    rows = [
        Difference(str(form.fields[name].label or name), _shown(value), _shown(getattr(theirs, name, "")))
        for name, value in form.cleaned_data.items()
        if not isinstance(getattr(theirs, name, ""), Secret)
    ]
    last = trail.of_object(theirs.pk, outcomes=[Outcome.DONE]).first()
    return render(
        request,
        "ui/errors/409.html",
        {
            "differences": rows, "changed_by": last.actor_name if last else "", "changed_at": last.at if last else None,
            "current_url": page_url(deed.kind, theirs), "message": "",
        },
        status=409,
    )  # fmt: skip


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


def _key(request: HttpRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.POST["idempotency_key"]) if request.POST.get("idempotency_key") else None
    except ValueError:
        raise DeedFailed(_("The form's key is malformed. Reload the page.")) from None


def _version(request: HttpRequest) -> int | None:
    text = request.POST.get("version", "")
    return int(text) if text.isdigit() and len(text) < 10 else None


def _context(request: HttpRequest, deed: Deed, target: Any, form: DeedForm) -> dict[str, Any]:
    back = reverse("home") if deed.creates else page_url(deed.kind, target)
    return {
        "deed": deed, "target": target, "form": form, "back": back,
        "panel": bool(request.headers.get("HX-Request")), "version": getattr(target, "version", ""),
    }  # fmt: skip


def _after(request: HttpRequest, deed: Deed, target: Any, done: Any) -> HttpResponse:
    answer = getattr(done, "shown_once", None)
    kind = next((k for k in all_kinds().values() if k.page and isinstance(done, k.model)), deed.kind)
    url = page_url(kind, done if isinstance(done, kind.model) else target)
    if answer:
        return render(
            request, "actions/answer.html", {"deed": deed, "thing": done, "url": url, **shown_answer(request, answer)}
        )
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


MANY = 200  # things a bulk deed takes at once


@require_POST
def deed_many(request: HttpRequest, code: str) -> HttpResponse:
    """One deed on many things: first a preview of what will happen to how many and why some are left out, then the deed on
    each by itself, so that one refusal does not undo the others."""
    try:
        deed, service = declared(code), service_of(code)
    except KeyError:
        raise Http404 from None
    if deed.batch or deed.creates or deed.vote or deed.sensitive:  # what opens something sensitive is done one by one
        raise Http404
    actor = actor_of(request)
    things = _selected(request, deed, actor)
    judged = [(thing, next((e for e in pages.explain(actor, thing) if e.deed is deed), None)) for thing in things]
    able = [thing for thing, e in judged if e and e.ok]
    left_out = [(thing, e.why if e else "") for thing, e in judged if not (e and e.ok)]
    form_class = form_of(deed.code) or DeedForm
    confirmed = "confirmed" in request.POST
    form = form_class(request.POST if confirmed else None, actor=actor, target=able[0]) if able else None
    _refuse_unknown(set(request.POST) - {"selected", "confirmed", "back"}, form)
    context = {
        "deed": deed,
        "able": able,
        "left_out": left_out,
        "form": form,
        "back": _back(request),
    }
    if not (confirmed and form is not None and form.is_valid()):
        return render(request, "actions/deed_many.html", context, status=422 if confirmed else 200)
    done, refused = _do_each(service, actor, able, form.cleaned_data, _key(request))
    return render(request, "actions/deed_many.html", context | {"done": done, "refused": refused, "finished": True})


def _back(request: HttpRequest) -> str:
    """The list that the things were chosen from; home for anything that leads out of the house."""
    asked = request.POST.get("back", "")
    fits = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if fits else reverse("home")


def _selected(request: HttpRequest, deed: Deed, actor: Actor) -> list[Any]:
    keys = request.POST.getlist("selected")[:MANY]
    try:
        return list(deed.kind.fetch(actor, deed.code).filter(pk__in=keys))
    except (ValueError, ValidationError):
        raise DeedFailed(_("The form's key is malformed. Reload the page.")) from None


def _do_each(
    service: Any, actor: Actor, things: list[Any], given: dict[str, Any], key: uuid.UUID | None
) -> tuple[list[Any], list[tuple[Any, str]]]:
    """Each under a key of its own, made from the form's: sending the form again does nothing again."""
    done, refused = [], []
    for thing in things:
        own = uuid.uuid5(key, str(thing.pk)) if key else None
        try:
            service(actor, thing, key=own, **given)
        except DeedFailed as failure:
            refused.append((thing, failure.message))
        else:
            done.append(thing)
    return done, refused


@require_POST
def filter_save(request: HttpRequest) -> HttpResponse:
    """Keep the present filter of a list under a name; the same name again replaces it."""
    page, label = request.POST.get("page", "")[:40], " ".join(request.POST.get("label", "").split())[:40]
    try:
        back = reverse(page)
    except NoReverseMatch:
        raise Http404 from None
    query = request.POST.get("query", "")[:500].lstrip("?")
    if label:
        SavedFilter.objects.update_or_create(
            user_id=actor_of(request).user_id, page=page, label=label, defaults={"query": query}
        )
    return HttpResponseRedirect(f"{back}?{query}")


@require_POST
def filter_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget one of one's own saved filters."""
    found = SavedFilter.objects.filter(pk=pk, user_id=actor_of(request).user_id).first()
    if found is None:
        raise NotAllowed(_("There is no such record."), missing=True)
    page = found.page
    found.delete()
    return HttpResponseRedirect(reverse(page))


# How the parts of an answer are called and pictured; an app adds its own (``casework`` the rating code).
ANSWER_NAMES: dict[str, Any] = {}
ANSWER_PICTURES: dict[str, Any] = {}


def shown_answer(request: HttpRequest, answer: dict[str, Any]) -> dict[str, Any]:
    """The context of ``actions/answer.html``: the parts with their names, and the picture of the one that has one."""
    picture = next((ANSWER_PICTURES[k](request, v) for k, v in answer.items() if k in ANSWER_PICTURES), "")
    return {"answer": answer, "names": {k: str(v) for k, v in ANSWER_NAMES.items()}, "qr": picture}


def why(request: HttpRequest, code: str, pk: str) -> HttpResponse:
    """Why can I (not) see or do this? Says nothing about a thing out of reach beyond that it would be out of reach."""
    kind = all_kinds().get(code)
    if kind is None or kind.reader is None:
        raise Http404
    actor = actor_of(request)
    looks = [d for d in kind.deeds.values() if d.reads and not d.creates]
    thing = None
    for deed in sorted(looks, key=lambda d: d.verb != "view"):
        try:
            thing = thing_for(actor, deed, pk)
            break
        except NotAllowed:
            continue
    rows = pages.explain(actor, thing) if thing is not None else []
    return render(
        request, "actions/why.html",
        {"kind": kind, "thing": thing, "rows": rows, "looks": looks, "role_names": role_names},
        status=200 if thing is not None else 404,
    )  # fmt: skip


def inbox_list(request: HttpRequest) -> HttpResponse:
    """The actor's notices, newest first."""
    found = list(inbox.notices(actor_of(request))[:100])
    for notice in found:
        notice.line = inbox.said(notice)  # type: ignore[attr-defined]
    return render(request, "actions/inbox_list.html", {"notices": found})


@require_POST
def inbox_read(request: HttpRequest) -> HttpResponse:
    """Mark all notices read."""
    inbox.mark_read(actor_of(request))
    return HttpResponseRedirect(reverse("inbox_list"))


def notice_open(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Go to what a notice is about. A GET changes nothing (rule 36): it is marked read by the button of the list."""
    actor = actor_of(request)
    notice = inbox.notices(actor).filter(pk=pk).first()
    if notice is None:
        raise NotAllowed(_("There is no such record."), missing=True)
    return HttpResponseRedirect(_address(all_kinds().get(notice.kind), notice.object_id))
