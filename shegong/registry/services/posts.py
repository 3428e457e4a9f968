"""WRITE: accounts and posts. A post is what gives rights; it is read at every request, so that a change works at once."""

from __future__ import annotations

import datetime as dt
import re
import secrets

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from shegong.kernel.actions.deeds import Done, action
from shegong.kernel.actions.errors import Refused
from shegong.kernel.orgs.models import Grant, Org, User
from shegong.kernel.orgs.reach import Actor, today
from shegong.kernel.orgs.roles import Role, all_roles

_USERNAME = re.compile(r"[a-z][a-z0-9_.-]{2,39}")
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is misread from a slip of paper


@action("registry.grant.give")
def give_grant(
    actor: Actor, org: Org, *, user: User, role: str, valid_from: dt.date, valid_to: dt.date | None = None, reason: str
) -> Grant:
    """Give ``user`` the post ``role`` at ``org`` from a day until before another. Raises ``Refused``.

    Nobody gives a post to themselves; the administrators' roles are never in one hand on any day.
    """
    wanted = _role_at(role, org)
    if len(reason.strip()) < 2:
        raise Refused(_("Name the decision this rests on."), field="reason")
    if valid_to is not None and valid_to <= valid_from:
        raise Refused(_("The last day must come after the first."), field="valid_to")
    if org.closed_on is not None and org.closed_on <= valid_from:
        raise Refused(_("“%(org)s” is closed.") % {"org": org.name})
    holder = User.objects.select_for_update().get(pk=user.pk)  # two posts at once for one person wait for each other
    if holder.pk == actor.user_id:
        raise Refused(_("Nobody can give a post to themselves."), field="user")
    if not holder.is_active:
        raise Refused(_("This account is closed."), field="user")
    _check_apart(holder, wanted, org, valid_from, valid_to)
    grant = Grant(
        user=holder, role=role, org=org, valid_from=valid_from, valid_to=valid_to, reason=reason.strip()[:200],
        granted_by_id=actor.user_id or None,
    )  # fmt: skip
    grant.save(force_insert=True)
    return grant


def _role_at(code: str, org: Org) -> Role:
    wanted = all_roles().get(code)
    if wanted is None:
        raise Refused(_("There is no such role."), field="role")
    if org.kind not in wanted.at:
        raise Refused(
            _("“%(role)s” cannot be held at an organisation of this kind (%(kind)s).")
            % {"role": wanted.label, "kind": org.get_kind_display()},
            field="role",
        )
    return wanted


def _check_apart(holder: User, wanted: Role, org: Org, start: dt.date, end: dt.date | None) -> None:
    overlapping = Grant.objects.filter(Q(valid_to=None) | Q(valid_to__gt=start), user=holder)
    if end is not None:
        overlapping = overlapping.filter(valid_from__lt=end)
    for held in overlapping:
        if held.role in wanted.apart:
            raise Refused(
                _("“%(one)s” and “%(other)s” must never be in one hand.")
                % {"one": wanted.label, "other": all_roles()[held.role].label},
                field="role",
            )
        if held.role == wanted.code and held.org_id == org.pk:
            raise Refused(_("This person holds the post already in that time."), field="valid_from")


@action("registry.grant.end")
def end_grant(actor: Actor, grant: Grant, *, on: dt.date | None = None, reason: str) -> Done:
    """End a post: from ``on`` (today by default) it gives no right any more, in open sessions too. Raises ``Refused``."""
    last = on or today()
    if len(reason.strip()) < 2:
        raise Refused(_("Say why the post ends."), field="reason")
    if grant.valid_to is not None and grant.valid_to <= last:
        raise Refused(_("This post ends on %(day)s already.") % {"day": grant.valid_to}, field="on")
    if last < today():
        raise Refused(_("A post cannot end in the past: what was done under it stands."), field="on")
    grant.valid_to = max(last, grant.valid_from)  # one that has not begun never will
    return Done(grant, reason=reason.strip())


@action("registry.account.open")
def open_account(actor: Actor, org: Org, *, username: str, name: str) -> Done:
    """Open an account without any post. ``answer["password"]`` of the returned user is shown once and kept nowhere."""
    username, name = username.strip().lower(), " ".join(name.split())
    if not _USERNAME.fullmatch(username):
        raise Refused(
            _("An account name begins with a letter and has 3 to 40 small letters, digits, dots or hyphens."),
            field="username",
        )
    if not 1 <= len(name) <= 40:
        raise Refused(_("Enter the person's name."), field="name")
    password = "-".join("".join(secrets.choice(_ALPHABET) for _i in range(4)) for _j in range(4))
    user = User(username=username, name=name, must_change_password=True)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise Refused(_("This account name is taken."), field="username") from error
    # without the hash in memory it cannot reach the trail
    shown = User.objects.defer("password").get(pk=user.pk)
    return Done(shown, shown_once={"username": username, "password": password})
