"""Addresses of static files and the markup of icons, found once a process: they are on every page many times."""

from __future__ import annotations

import functools

from django.templatetags.static import static
from markupsafe import Markup


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
