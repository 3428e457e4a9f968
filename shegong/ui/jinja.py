"""The template environment: autoescape, messages, addresses, formats. Wired in settings as `shegong.ui.jinja.environment`."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from typing import Any

import jinja2
from django.urls import reverse
from django.utils import translation
from markupsafe import Markup

from shegong.ui import assets, fields, formats, words


class LoudUndefined(jinja2.Undefined):
    """A missing name may be asked for (`{% if x %}`) but never printed: a typing mistake must not become a blank."""

    __str__ = jinja2.StrictUndefined.__str__
    __iter__ = jinja2.StrictUndefined.__iter__
    __len__ = jinja2.StrictUndefined.__len__
    __eq__ = jinja2.StrictUndefined.__eq__
    __ne__ = jinja2.StrictUndefined.__ne__
    __hash__ = jinja2.Undefined.__hash__


def url(name: str, *args: object, **kwargs: object) -> str:
    """The address of a page by its URL name."""
    return reverse(name, args=args, kwargs=kwargs) if args or kwargs else _plain_url(name)


@functools.cache
def _plain_url(name: str) -> str:
    return reverse(name)


def new_key() -> str:
    """An idempotency key for one form on one page; the script renews it after success."""
    return str(uuid.uuid4())


def late(shape: Callable[..., object]) -> Callable[..., object]:
    """A filter that runs at every rendering.

    Jinja folds the filter of a constant when it compiles a template, in whatever language is on just then.
    """

    @jinja2.pass_context
    @functools.wraps(shape)
    def run(context: jinja2.runtime.Context, *args: object, **kwargs: object) -> object:
        return shape(*args, **kwargs)

    return run


def said(message: str, /, **values: object) -> Markup:
    """The message in the language of the reader, its ``%(name)s`` filled in and escaped; the same as Jinja's own ``_``, which
    resolves and formats anew at every call. A page asks hundreds of times for what never changes while we run."""
    text, plain = _said(message, translation.get_language() or "")
    return text % values if values else plain


@functools.lru_cache(maxsize=20_000)
def _said(message: str, language: str) -> tuple[Markup, Markup]:
    """With places to fill in, and as it reads without."""
    with translation.override(language or None):
        text = Markup(translation.gettext(message))  # noqa: S704 - our own catalogue
    return text, text if "%(" in text else text % {}


@functools.lru_cache(maxsize=512)
def _slot(key: tuple[object, ...]) -> list[str]:
    return []


def kept(*key: object, caller: Callable[[], str]) -> str:
    """``{% call kept("name", …) %}``: what stands inside, drawn once for this key and language. Only for what is the same for
    everybody who gives the same key: no name of a person, no token against forgery. A key with None in it is not kept."""
    if None in key:
        return caller()
    slot = _slot((translation.get_language(), *key))
    if not slot:
        slot.append(caller())
    return slot[0]


GLOBALS = {
    "badge_markup": assets.badge,
    "control": fields.control,
    "control_options": fields.options,
    "error_id": fields.error_id,
    "field_kind": fields.kind,
    "first_errors": fields.first_errors,
    "get_language": translation.get_language,
    "hint_id": fields.hint_id,
    "kept": kept,
    "icon_markup": assets.icon,
    "new_key": new_key,
    "now": formats.today,
    "static": assets.asset,
    "url": url,
    "words": words.words,
}


def environment(**options: Any) -> jinja2.Environment:
    """Django's Jinja2 backend calls this with its loader and options. Autoescape cannot be switched off from settings.

    `{% import "ui/kit.html" as ui %}` without context is cached by Jinja: macros must not translate at import time.
    """
    options |= {"autoescape": True, "undefined": LoudUndefined, "trim_blocks": True, "lstrip_blocks": True}
    options.setdefault("extensions", ["jinja2.ext.i18n", "jinja2.ext.do"])
    made = jinja2.Environment(**options)  # noqa: S701 -- autoescape is set in options above
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(  # type: ignore[attr-defined]
        translation.gettext,
        translation.ngettext,
        newstyle=True,
        pgettext=translation.pgettext,
        npgettext=translation.npgettext,
    )
    made.globals.update(GLOBALS | {"_": said})
    made.filters.update({name: late(shape) for name, shape in formats.FILTERS.items()})
    return made
