"""Where rows belong that name no organisation, and how organisations named in cells are found."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from shegong.kernel.actions.vocabulary import all_deeds
from shegong.kernel.orgs.reach import Actor, Post

from .coerce import Resolver
from .declare import sheet
from .models import ImportRun


def at_place(actor: Actor, run: ImportRun) -> Actor:
    """The actor with the post from which they import this upload first: rows that name no organisation belong to the
    organisation chosen for the file, not to wherever the first of several posts lies. Gives no right that is not held."""
    wanted = all_deeds().get(sheet(run.sheet_code).deed)
    roles = wanted.roles if wanted else frozenset()
    held = next((p for p in actor.posts if p.role in roles and run.org_path.startswith(p.path)), None)
    if held is None or (held == actor.posts[0] and held.org_id == run.org_id):
        return actor
    here = Post(held.role, run.org_id, run.org_path, held.kind, held.org_name)
    return actor.working_as(posts=(here, *actor.posts))


_resolver: list[str] = []


def resolve_with(path: str) -> None:
    """Name the function ``(actor, deed code) -> Resolver`` that finds organisations in cells; set by a layer above."""
    _resolver[:] = [path]


def resolver_for(actor: Actor, code: str) -> Resolver | None:
    """Finds organisations for one sheet within the actor's reach; None where no layer above brought one."""
    if not _resolver:
        return None
    module, _dot, name = _resolver[0].rpartition(".")
    make: Callable[[Actor, str], Resolver] = getattr(importlib.import_module(module), name)
    return make(actor, sheet(code).deed)
