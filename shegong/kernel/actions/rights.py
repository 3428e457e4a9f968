"""May this actor do this to that? One answer with its reason, for the check, the button and the page that explains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shegong.kernel.orgs.reach import Actor
from shegong.kernel.orgs.roles import all_roles

from .vocabulary import Deed


@dataclass(frozen=True)
class May:
    """``ok`` with the reason in words. ``near``: out of role, but within reach: 403 rather than 404."""

    ok: bool
    why: str
    near: bool = False

    def __bool__(self) -> bool:
        return self.ok


def role_names(codes: frozenset[str] | set[str]) -> str:
    """Labels of roles, for people."""
    known = all_roles()
    return "、".join(str(known[c].label) for c in sorted(codes) if c in known)


Ties = Callable[[Deed, Any], frozenset[str]]
TIE_NAMES = {
    "client": gettext_lazy("the client"),
    "raiser": gettext_lazy("raised it"),
    "worker_in_charge": gettext_lazy("in charge"),
    "lawyer": gettext_lazy("lawyer"),
    "mediator": gettext_lazy("mediator"),
    "partner": gettext_lazy("partner agency"),
    "helper": gettext_lazy("helper"),
    "emergency": gettext_lazy("opened in an emergency"),
    "escalated": gettext_lazy("escalated to you"),
    "sender": gettext_lazy("sent it"),
    "receiver": gettext_lazy("sent to you"),
    "code_holder": gettext_lazy("holder of the code"),
    "owner": gettext_lazy("assigned to you"),
    "giver": gettext_lazy("owner of the resource"),
    "self": gettext_lazy("yourself"),
}


def relations_of(actor: Actor, deed: Deed, target: Any) -> frozenset[str]:
    """The actor's ties to the very thing, as the app's relations tell them."""
    return deed.kind.relations(actor, target) if deed.kind.relations else frozenset()


def may(actor: Actor, deed: Deed, target: Any, *, ties: Ties | None = None) -> May:
    """By place: a role of the deed at the target's organisation or above. By tie: a relation that the deed names."""
    if actor.system:
        return May(True, _("The system itself does this."))
    path = target.org_path
    for post in actor.posts:
        if post.role in deed.roles and path.startswith(post.path):
            return May(
                True, _("As %(role)s of %(org)s.") % {"role": all_roles()[post.role].label, "org": post.org_name}
            )
    if deed.members and not deed.creates:
        held = ties(deed, target) if ties else relations_of(actor, deed, target)
        if held & deed.members:
            names = "、".join(str(TIE_NAMES.get(t, t)) for t in sorted(held & deed.members))
            return May(True, _("You are tied to this record: %(ties)s.") % {"ties": names})
    if not actor.posts:
        return May(False, _("Your account holds no post today."))
    near = any(path.startswith(p) for p in actor.row_prefixes())
    if near:
        return May(False, _("This needs one of these roles: %(roles)s.") % {"roles": role_names(deed.roles)}, near=True)
    return May(False, _("It belongs to an organisation outside your posts."))
