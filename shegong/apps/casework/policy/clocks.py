"""DECLARE: the clock of the law that runs for a case (domain.md 3.8). The limits are data: ``shegong.lib.statutes``."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from shegong.kernel.actions.vocabulary import Kind
from shegong.registry.policy import FIELD

RUNNING, STILL, MET, VOID = "running", "still", "met", "void"
LIVE = {RUNNING, STILL}
AT_WORK = {"worker_in_charge", "lawyer", "mediator", "helper", "emergency", "escalated"}

LEGAL_CLOCK = Kind(
    "casework.legal_clock",
    _("statutory clock"),
    "casework.LegalClock",
    states={
        RUNNING: _("Running"),
        STILL: _("Standing still"),
        MET: _("Done"),
        VOID: _("Entered by mistake"),
    },
    page="legal_clock_detail",
)
LEGAL_CLOCK.deed(
    "view", _("Open the clock"), _("opened the clock"), roles=FIELD, members=AT_WORK | {"client"}, reads=True
)
LEGAL_CLOCK.deed(
    "meet", _("It was done"), _("noted what the limit asked for as done"), roles=FIELD, members=AT_WORK, source=LIVE,
    target=MET, primary=True,
)  # fmt: skip
LEGAL_CLOCK.deed(
    "interrupt", _("Interrupted: begins anew"), _("noted an interruption"), roles=FIELD, members=AT_WORK, source=LIVE,
    target=RUNNING,
)  # fmt: skip
LEGAL_CLOCK.deed(
    "suspend", _("Suspended: stands still"), _("noted a suspension"), roles=FIELD, members=AT_WORK, source={RUNNING},
    target=STILL,
)  # fmt: skip
LEGAL_CLOCK.deed(
    "resume", _("Runs on"), _("noted that it runs on"), roles=FIELD, members=AT_WORK, source={STILL}, target=RUNNING
)
LEGAL_CLOCK.deed("extend", _("Extended"), _("noted an extension"), roles=FIELD, members=AT_WORK, source={RUNNING})
LEGAL_CLOCK.deed(
    "void", _("Entered by mistake"), _("voided the clock"), roles=FIELD, source=LIVE | {MET}, target=VOID, danger=True
)
