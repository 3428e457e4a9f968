"""WRITE: corrections. An entry is never changed; a correction is a new entry that names the old one."""

from __future__ import annotations

from django.utils.translation import gettext as _

from shegong.kernel.actions.deeds import Done, action
from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.orgs.reach import Actor
from shegong.registry.policy import FIELD

from ..models import Case, Record
from ..policy import RecordKind
from ._file import add_record, need_text


@action("casework.case.correct_record")
def correct_record(actor: Actor, case: Case, *, record: Record, text: str, reason: str, field: str = "text") -> Done:
    """Say how ``field`` of an entry should read; the old text stays. Lawyers and mediators correct their own entries only.

    Raises ``Refused`` for an entry of another case or a field it does not have, ``NotAllowed`` for another's entry.
    """
    row = Record.objects.filter(pk=record.pk, case=case).first()
    if row is None:
        raise Refused(_("This entry is not part of this case."), field="record")
    by_place = any(p.role in FIELD and case.org_path.startswith(p.path) for p in actor.posts) or actor.system
    if not by_place and row.by_id != actor.user_id:
        raise NotAllowed(_("You can correct your own entries only."))
    body = row.filled
    name = field if field in body else str(body.get("field", "")) if row.kind == RecordKind.CORRECTION else field
    if row.kind != RecordKind.CORRECTION and name not in body:
        raise Refused(_("This entry has no such field."), field="field")
    made = add_record(
        actor,
        case,
        RecordKind.CORRECTION,
        {"field": name, "text": need_text(text, "text"), "reason": need_text(reason, "reason")},
        corrects=row,
    )
    return Done(case, reason=reason, changes={"corrects": str(row.pk), "record": [None, str(made.pk)]})
