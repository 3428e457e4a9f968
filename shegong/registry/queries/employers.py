"""READ: employers, an open directory for everyone who works with them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from shegong.kernel.actions.errors import NotAllowed, Refused
from shegong.kernel.actions.vocabulary import deed, reads, relates
from shegong.kernel.orgs.reach import Actor, within
from shegong.kernel.vault.search import narrow
from shegong.lib import creditcode

from ..models import Employer, EmployerSearch
from ..policy import ABOVE, EMPLOYER, FIELD, INTAKE
from .organisations import AreaShown, area_shown

VIEW = "registry.employer.view"
PAGE = 50


@reads(EMPLOYER)
def employers(actor: Actor, code: str = VIEW) -> QuerySet[Employer]:
    """Employers to which the actor may do the deed: all for looking; for correcting those of their unions and of none."""
    found = Employer.objects.all()
    if actor.system:
        return found
    wanted = deed(code)
    if wanted.reads:
        return found if actor.roles() & wanted.roles else found.none()
    mine = within(actor.prefixes(wanted.roles), "union_org__path")
    return found.filter(mine | Q(union_org=None)) if actor.roles() & wanted.roles else found.none()


@relates(EMPLOYER)
def ties_of(actor: Actor, employer: Employer) -> frozenset[str]:
    """``directory``: may look at employers at all; ``unclaimed``: it is on no union's list, and the actor works in the field."""
    held = {"directory"} if actor.roles() & (INTAKE | ABOVE) else set()
    if employer.union_org_id is None and actor.roles() & FIELD:
        held.add("unclaimed")
    return frozenset(held)


def employers_found(
    actor: Actor, text: str = "", *, after: UUID | None = None, limit: int = PAGE
) -> tuple[list[Employer], str]:
    """A page of employers by any part of the name or by exact credit code, newest first, and the key of the next page."""
    found = employers(actor).select_related("union_org")
    plain = creditcode.normalise(text)
    if len(plain) == 18 and plain.isascii():
        found = found.filter(credit_code=plain)
    elif len(text.strip()) == 1:
        found = found.filter(name__startswith=text.strip())
    elif text.strip():
        found = narrow(found, EmployerSearch, text[:200])
    if after:
        found = found.filter(pk__lt=after)
    rows = list(found.order_by("-pk")[: limit + 1])
    return rows[:limit], str(rows[limit - 1].pk) if len(rows) > limit else ""


def employer_coded(code: str) -> Employer | None:
    """The employer of a credit code as typed; None for none. Raises ``Refused`` where nobody on file has it."""
    if not code.strip():
        return None
    found = Employer.objects.filter(credit_code=creditcode.normalise(code)).first()
    if found is None:
        raise Refused(
            _("No employer with this credit code is on file. Register the employer first."), field="employer_code"
        )
    return found


@dataclass(frozen=True)
class EmployerPage:
    """What the page of an employer shows. ``people``: of those within the reader's reach."""

    employer: Employer
    area: AreaShown
    class_name: str
    people: int


def employer_page(actor: Actor, pk: UUID) -> EmployerPage:
    """One employer's page. Raises ``NotAllowed`` as for a record that is not there."""
    employer = employers(actor).select_related("union_org").filter(pk=pk).first()
    if employer is None:
        raise NotAllowed(_("There is no such record."), missing=True)
    from .people import people

    code = employer.credit_code or ""
    return EmployerPage(
        employer=employer,
        area=area_shown(employer.area_code),
        class_name=creditcode.CLASSES.get(code[:2], ""),
        people=people(actor).filter(employer=employer, state="active").count(),
    )
