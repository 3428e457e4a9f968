"""WRITE: the dated tree. Founding, renaming, moving, merging, closing; each from a date on, so that the past stays as it was."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from .models import Org, OrgTerm, Scoped
from .reach import today


class TreeRefused(ValueError):
    """The change would make the tree wrong; the message says how."""


@dataclass(frozen=True)
class Founding:
    """What a new organisation needs. ``parent`` is None for the top of a tree and for agencies outside the union."""

    code: str
    name: str
    kind: str
    parent: Org | None
    area_code: str = ""
    opened_on: dt.date = dt.date(2000, 1, 1)


def found(new: Founding) -> Org:
    """Make an organisation with its first term. Returns it with its path."""
    return found_many([new])[0]


@transaction.atomic
def found_many(news: list[Founding]) -> list[Org]:
    """Make many organisations in one go; parents must be saved already. Two statements whatever the number."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval('orgs_org_id_seq') from generate_series(1, %s)", [len(news)])
        ids = [row[0] for row in cursor.fetchall()]
    made = []
    for pk, new in zip(ids, news, strict=True):
        path = f"{new.parent.path if new.parent else ''}{pk}."
        made.append(
            Org(
                id=pk,
                code=new.code,
                name=new.name,
                kind=new.kind,
                parent=new.parent,
                area_code=new.area_code,
                path=path,
                opened_on=new.opened_on,
            )
        )
    Org.objects.bulk_create(made, batch_size=2000)
    OrgTerm.objects.bulk_create(
        [OrgTerm(org=o, parent=o.parent, name=o.name, path=o.path, valid_from=o.opened_on) for o in made],
        batch_size=2000,
    )
    return made


@transaction.atomic
def change(org: Org, on: dt.date, *, name: str | None = None, parent: Org | None = None, because: str = "") -> Org:
    """Rename and/or move ``org`` from ``on``. Everything below it moves along; figures of earlier days keep the old tree."""
    org = Org.objects.select_for_update().get(pk=org.pk)
    term = _term_at(org, on)
    if OrgTerm.objects.filter(org=org, valid_from__gt=on).exists():
        raise TreeRefused(_("A later change of %(org)s is already on file; undo that one first.") % {"org": org.name})
    if _changes_later(term.path, parent, on):
        raise TreeRefused(_("Something at or below these organisations changes later on; undo that one first."))
    if parent is not None:
        above = _term_at(parent, on)
        if above.path.startswith(term.path):
            raise TreeRefused(_("%(org)s cannot be moved below itself.") % {"org": org.name})
        path = f"{above.path}{org.pk}."
    else:
        path = term.path
    _new_term(term, on, name or term.name, parent or term.parent, path, because)
    if path != term.path:
        for below in OrgTerm.objects.filter(path__startswith=term.path).exclude(org=org).filter(_holding_on(on)):
            _new_term(below, on, below.name, below.parent, path + below.path[len(term.path) :], because)
    if on <= today():
        apply_terms(today())
    org.refresh_from_db()
    return org


@transaction.atomic
def close(org: Org, on: dt.date, *, into: Org | None = None, because: str = "") -> Org:
    """Close ``org`` from ``on``. ``into``: the successor that takes over its records and what hangs below it."""
    if into is not None:
        if into.pk == org.pk:
            raise TreeRefused(_("An organisation cannot be merged into itself."))
        for child in Org.objects.filter(parent=org, closed_on__isnull=True):
            change(child, on, parent=into, because=because)
        org = change(org, on, parent=into, because=because)
    elif Org.objects.filter(parent=org, closed_on__isnull=True).exists():
        raise TreeRefused(_("%(org)s still has organisations below it: move them, or name a successor.") % {"org": org})
    Org.objects.filter(pk=org.pk).update(closed_on=on)
    org.closed_on = on
    return org


def apply_terms(day: dt.date) -> int:
    """Bring ``Org`` and the paths of every scoped row up to the terms of ``day``. Returns how many organisations changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            update orgs_org o set name = t.name, parent_id = t.parent_id, path = '~' || t.path
            from orgs_orgterm t where t.org_id = o.id and t.valid_from <= %(day)s
              and (t.valid_to is null or t.valid_to > %(day)s)
              and (o.name, o.path, coalesce(o.parent_id, 0)) is distinct from (t.name, t.path, coalesce(t.parent_id, 0))
            returning o.id, t.path
            """,
            {"day": day},
        )
        moved = [row[0] for row in cursor.fetchall()]
        # two steps: paths are unique, and a swap would collide half-way
        cursor.execute("update orgs_org set path = substr(path, 2) where path like '~%%'")
        if moved:
            for model in apps.get_models():
                if issubclass(model, Scoped) and not model._meta.proxy:
                    table = connection.ops.quote_name(model._meta.db_table)
                    cursor.execute(
                        f"update {table} s set org_path = o.path from orgs_org o "
                        "where o.id = s.org_id and o.id = any(%s) and s.org_path <> o.path",
                        [moved],
                    )
    return len(moved)


def _changes_later(path: str, parent: Org | None, on: dt.date) -> bool:
    """Whether a term that begins after ``on`` was made from the tree as it is now: below ``path``, or at the new parent."""
    later = Q(org__terms__path__startswith=path)
    if parent is not None:
        above = [int(part) for part in _term_at(parent, on).path.split(".") if part]
        later |= Q(org__in=above)
    # the first term of an organisation founded later was made from it too
    return OrgTerm.objects.filter(later, valid_from__gt=on).exists()


def _holding_on(day: dt.date) -> Q:
    return Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gt=day))


def _term_at(org: Org, day: dt.date) -> OrgTerm:
    term = OrgTerm.objects.filter(_holding_on(day), org=org).select_related("parent").first()
    if term is None:
        raise TreeRefused(_("%(org)s did not exist on %(day)s.") % {"org": org.name, "day": day})
    return term


def _new_term(old: OrgTerm, on: dt.date, name: str, parent: Org | None, path: str, because: str) -> None:
    if old.valid_from == on:
        OrgTerm.objects.filter(pk=old.pk).update(name=name, parent=parent, path=path, because=because)
        return
    OrgTerm.objects.filter(pk=old.pk).update(valid_to=on)
    OrgTerm.objects.create(org_id=old.org_id, parent=parent, name=name, path=path, valid_from=on, because=because)
