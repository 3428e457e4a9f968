"""Addresses of static files and the markup of icons, found once a process: they are on every page many times."""

from __future__ import annotations

import functools

from django.templatetags.static import static
from markupsafe import Markup, escape

# tone → sign: the shape says what the colour says. icon("info-circle") icon("circle-check") icon("clock-exclamation")
# icon("alert-triangle") icon("archive")
SIGNS = {"info": "info-circle", "good": "circle-check", "warn": "clock-exclamation", "bad": "alert-triangle", "done": "archive"}


@functools.cache
def asset(path: str) -> str:
    """The address of a static file, hashed in production. Manifests change only with a new process."""
    return static(path)


@functools.cache
def icon(name: str, extra: str = "") -> Markup:
    """An icon of the sprite, hidden from screen readers: the words beside it speak. `extra`: further classes.

    The build looks for the names in templates and Python, as first argument of `icon` or as `icon=`: never compute one.
    """
    classes = f"icon {extra}".strip()
    place = f"{asset('ui/icons.svg')}#{name}"
    return Markup('<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>').format(classes, place)


def badge(text: object, tone: str = "plain", sign: str = "") -> Markup:
    """A word on a coloured ground, e.g. a state. ``tone``: plain, info, good, warn, bad or done; ``sign``: another icon."""
    return _badge(escape(text), tone, sign or SIGNS.get(tone, ""))


@functools.lru_cache(maxsize=4096)
def _badge(text: Markup, tone: str, sign: str) -> Markup:
    return Markup('<span class="sg-badge sg-{}">{}{}</span>').format(tone, icon(sign) if sign else "", text)
