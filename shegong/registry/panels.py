"""A place on the person's page for the apps above: each registers a function, the page asks them all.

An app above cannot be imported from here; it calls ``panel("cases", 10, show)`` in its own ``views.py`` or ``apps.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shegong.kernel.orgs.reach import Actor

from .models import Person

#: ``(actor, person, family)`` → context of the template, or None where there is nothing to show. ``family``: ids of the
#: person's record and of those merged into it, whose rows are hers too.
Show = Callable[[Actor, Person, tuple[Any, ...]], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Panel:
    """One block: its template is included with ``shown`` set to what ``show`` gave."""

    code: str
    order: int
    template: str
    show: Show


_PANELS: dict[str, Panel] = {}


def panel(code: str, order: int, template: str, show: Show) -> Panel:
    """Register a block of the person's page. Raises ``ValueError`` for a second one of the same code."""
    made = Panel(code, order, template, show)
    if code in _PANELS and _PANELS[code] != made:
        raise ValueError(f"panel {code} is registered twice")
    _PANELS[code] = made
    return made


def panels_of(actor: Actor, person: Person, family: tuple[Any, ...]) -> list[tuple[Panel, Mapping[str, Any]]]:
    """The blocks with something to show, in order."""
    shown = ((p, p.show(actor, person, family)) for p in sorted(_PANELS.values(), key=lambda p: (p.order, p.code)))
    return [(p, context) for p, context in shown if context is not None]
