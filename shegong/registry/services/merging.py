"""WRITE: two records of one person become one, and apart again. Nothing is re-pointed, so that the way back is exact."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from shegong.kernel.actions.deeds import Done, action
from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.actions.rights import may
from shegong.kernel.actions.vocabulary import deed
from shegong.kernel.orgs.reach import Actor, everything

from ..models import Duplicate, Person, PersonTie
from ..policy import LEADERS
from .duplicates import likeness
from .people import index_names

# The offices that held the merged record go on seeing the person, for as long as the merger holds.
_LEND = """
insert into registry_persontie (person_id, org_id, org_path, because, since)
select %(kept)s, o.id, o.path, %(because)s, now() from orgs_org o
where o.id <> %(home)s and (o.id = %(gone_home)s or o.id in (select org_id from registry_persontie where person_id = %(gone)s))
on conflict (person_id, org_id) do nothing
"""


@action("registry.person.merge")
def merge_people(actor: Actor, kept: Person, *, gone: Person, reason: str, despite_numbers: bool = False) -> Done:
    """Merge ``gone`` into ``kept``: the record stays, says where it went, and what hangs on it is read as the person's.

    Needs the right over both. Two different ID numbers need ``despite_numbers``. Raises ``Refused`` and ``NotAllowed``.
    """
    gone = _other(actor, kept, gone, "registry.person.merge")
    if not actor.system and not within_home(actor, gone):
        raise NotAllowed(_("The other record is kept by an office outside your posts; the office above both merges them."))
    if len(reason.strip()) < 2:
        raise Refused(_("Say how you know that both are the same person."), field="reason")
    one, other = likeness(kept), likeness(gone)
    if one.number and other.number and one.number != other.number and not despite_numbers:
        raise Refused(
            _(
                "The two records hold different ID numbers. Look at the card; if they are one person all the same, confirm it."
            ),
            field="despite_numbers",
        )
    gone.state, gone.merged_into = "merged", kept
    gone.version += 1
    gone.save(update_fields=["state", "merged_into", "version"])
    _lend_ties(kept, gone)
    index_names([gone])
    _decide(actor, kept, gone, "merged")
    return Done(kept, touched=[gone], reason=reason.strip(), changes={"merged": ["", str(gone.pk)]})


def _other(actor: Actor, person: Person, other: Person, code: str) -> Person:
    """The second record of a pair, locked, with the same right over it. What is out of reach does not exist."""
    found = Person.objects.select_for_update(of=("self",)).filter(pk=other.pk).first()
    verdict = may(actor, deed(code), found) if found else None
    if found is None or not verdict:
        raise NotAllowed(
            verdict.why if verdict else _("There is no such record."), missing=not (verdict and verdict.near)
        )
    if found.pk == person.pk:
        raise Refused(_("A record cannot be paired with itself."), field="gone")
    if found.state != "active":
        raise Refused(_("The other record is merged already."), field="gone")
    return found


def within_home(actor: Actor, person: Person) -> bool:
    """Whether the actor answers for the office that keeps the record. A tie lets an office read it and merge others into it, not
    make it vanish from where it is kept."""
    return any(person.org_path.startswith(prefix) for prefix in actor.prefixes(LEADERS))


def _lend_ties(kept: Person, gone: Person) -> None:
    # also the ties of offices beyond the actor's own reach
    with everything(), connection.cursor() as cursor:
        cursor.execute(
            _LEND,
            {
                "kept": kept.pk,
                "gone": gone.pk,
                "home": kept.org_id,
                "gone_home": gone.org_id,
                "because": f"merge:{gone.pk}",
            },
        )


def _decide(actor: Actor, one: Person, other: Person, state: str) -> None:
    first, second = sorted((one, other), key=lambda p: p.pk)
    Duplicate.objects.filter(first=first, second=second).update(
        state=state, decided_by_id=actor.user_id or None, decided_at=timezone.now()
    )


@action("registry.person.unmerge")
def unmerge_people(actor: Actor, gone: Person, *, reason: str) -> Done:
    """Undo a merger that was a mistake: ``gone`` is a record of its own again, as it was. Raises ``Refused``."""
    if len(reason.strip()) < 2:
        raise Refused(_("Say why the merger was a mistake."), field="reason")
    kept = Person.objects.filter(merged=gone).first()
    if kept is None:
        raise Refused(_("The record it was merged into is out of your reach; ask the office above."))
    gone.state, gone.merged_into = "active", None
    try:
        with transaction.atomic():
            gone.save(update_fields=["state", "merged_into"])
    except IntegrityError as error:
        raise Refused(
            _("The ID number of this record is on file for another active one. Correct that one first."), field="reason"
        ) from error
    _take_back_ties(kept, gone)
    index_names([gone, kept])
    _decide(actor, kept, gone, "dismissed")
    return Done(gone, touched=[kept], reason=reason.strip(), changes={"merged": [str(kept.pk), ""]})


def _take_back_ties(kept: Person, gone: Person) -> None:
    with everything():
        PersonTie.objects.filter(person=kept, because=f"merge:{gone.pk}").delete()


@action("registry.person.dismiss_duplicate")
def dismiss_duplicate(actor: Actor, person: Person, *, other: Person, reason: str = "") -> Any:
    """Rule that two records are two people; the pair is not proposed again."""
    other = _other(actor, person, other, "registry.person.dismiss_duplicate")
    pair = Q(first=person, second=other) | Q(first=other, second=person)
    if not Duplicate.objects.filter(pair, state="proposed").exists():
        raise Refused(_("These two records are not proposed as duplicates."), field="other")
    _decide(actor, person, other, "dismissed")
    return Done(person, reason=reason.strip(), changes={"not_the_same": ["", str(other.pk)]})
