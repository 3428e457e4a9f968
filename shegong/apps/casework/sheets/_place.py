"""Where what a file brings is put."""

from __future__ import annotations

from django.utils.translation import gettext as _now

from shegong.kernel.actions.errors import NotAllowed
from shegong.kernel.orgs.models import Org
from shegong.kernel.orgs.reach import Actor
from shegong.registry.queries import home_org


def place_for(actor: Actor, code: str) -> Org:
    place = home_org(actor, code)
    if place is None:
        raise NotAllowed(_now("You do not hold a role that may do this."))
    return place
