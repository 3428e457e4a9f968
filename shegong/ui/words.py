"""What the scripts say (frontend/app/words.js), once a language: the same on every page."""

from __future__ import annotations

import functools
import json

from django.utils import translation
from django.utils.translation import gettext_lazy as _
from markupsafe import Markup

WORDS = {
    "characters_left": _("{count} characters left"),
    "close": _("Close"),
    "copied": _("Copied"),
    "copy_failed": _("The browser did not allow copying. Select the text and copy it yourself."),
    "delete": _("Delete"),
    "draft_discard": _("Discard it"),
    "draft_found": _("Text you did not send ({when}) was kept on this device."),
    "draft_restore": _("Put it back"),
    "error_0": _("No connection to the server. What you typed is still here; try again when the signal is back."),
    "error_403": _("Your role here does not allow this. Nothing was changed."),
    "error_404": _("This record does not exist or is not within your reach. Nothing was changed."),
    "error_409": _("Somebody changed this meanwhile. Reload the page and look before you send again."),
    "error_413": _("The file is too big. Choose a smaller one."),
    "error_422": _("Something in the form needs mending. Look at the fields marked in red."),
    "error_429": _("Too many requests in a short time. Wait a minute and try again."),
    "error_500": _(
        "The server failed. What you typed is still here; try again, and report the incident number if it stays."
    ),
    "error_503": _("The system is being maintained. What you typed is still here; try again in a few minutes."),
    "error_other": _("The server answered with status {status}. Nothing was changed; try again."),
    "file_too_big": _("too big"),
    "incident": _("Incident number: {incident}"),
    "open": _("Open"),
    "outbox_cannot_wait": _(
        "No connection, and this form may not wait on the device (secret fields or more than 10 MB). "
        "Keep the page open and send it again."
    ),
    "outbox_delete_confirm": _("Delete this entry? It has not been sent."),
    "outbox_kept": _("No connection. Your entry waits on this device and is sent by itself when the signal is back."),
    "outbox_refused": _("The server did not accept “{label}”. Open it and mend it."),
    "outbox_retry": _("Send now"),
    "outbox_sent": _("“{label}” has been sent."),
    "outbox_sign_in": _(
        "You have been signed out. Your entry waits on this device; sign in again and it will be sent."
    ),
    "outbox_state_refused": _("not accepted"),
    "outbox_state_waiting": _("waiting to be sent"),
    "outbox_title": _("Entries waiting to be sent"),
    "outbox_waiting": _("Waiting to be sent: {count}"),
    "selected": _("{count} selected"),
    "sign_in": _("Sign in"),
    "unsaved": _("What you typed has not been sent. Leave anyway?"),
}


def words() -> Markup:
    """The words in the language of the reader, as the body of a JSON script element."""
    return _in(translation.get_language() or "zh-hans")


@functools.cache
def _in(language: str) -> Markup:
    with translation.override(language):
        text = json.dumps({key: str(value) for key, value in WORDS.items()}, ensure_ascii=False)
    # Nothing in a translation may end the script element.
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704
