"""Who acts, and how far they reach: the one source of "may I?", of every list, and of row-level security."""

from __future__ import annotations

import datetime as dt
import json
import zoneinfo
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from django.db import DatabaseError, connection, models, transaction
from django.db.models import Q
from django.utils.crypto import constant_time_compare, salted_hmac

from .models import Org, User
from .roles import all_roles

SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")
EVERYTHING = ","  # read by PostgreSQL as a list of empty prefixes: every path starts with one


def today() -> dt.date:
    """Business date, Asia/Shanghai."""
    return dt.datetime.now(SHANGHAI).date()


@dataclass(frozen=True)
class Post:
    """One grant in force: this role at this place in the tree."""

    role: str
    org_id: int
    path: str
    kind: str
    org_name: str

    @property
    def value(self) -> str:
        """Names the post in a form and in the session."""
        return f"{self.role}@{self.org_id}"


@dataclass(frozen=True)
class Actor:
    """Whoever does or reads something: made anew from the grants at each request (rule 4)."""

    user_id: int
    name: str
    posts: tuple[Post, ...] = ()
    via: str = "web"
    address: str = ""
    language: str = "zh-hans"
    system: bool = False
    extra: dict[str, str] = field(default_factory=dict, compare=False, hash=False)

    def roles(self) -> frozenset[str]:
        return frozenset(p.role for p in self.posts)

    def prefixes(self, roles: Iterable[str]) -> tuple[str, ...]:
        """Paths below which the actor holds one of ``roles``; no path lies below another."""
        wanted = frozenset(roles)
        if self.system:
            return ("",)
        return _outermost(p.path for p in self.posts if p.role in wanted)

    def row_prefixes(self) -> tuple[str, ...]:
        """What row-level security lets through by place."""
        if self.system:
            return ("",)
        known = all_roles()
        return _outermost(p.path for p in self.posts if p.role in known and known[p.role].opens_rows)

    def first_post(self, roles: Iterable[str]) -> Post | None:
        wanted = frozenset(roles)
        return next((p for p in self.posts if p.role in wanted), None)

    @property
    def acting_post(self) -> Post | None:
        """The post acted from now: the one chosen in the session while it is held, else the first. Rights never depend on it."""
        chosen = self.extra.get("post", "")
        return next((p for p in self.posts if p.value == chosen), self.posts[0] if self.posts else None)

    def working_as(self, **changes: object) -> Actor:
        return replace(self, **changes)  # type: ignore[arg-type]

    @classmethod
    def machine(cls, name: str = "system") -> Actor:
        """The system itself: scheduled work, set-up. Never reachable through a request."""
        return cls(user_id=0, name=name, via="job", system=True)


def _outermost(paths: Iterable[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not any(path.startswith(k) for k in kept):
            kept.append(path)
    return tuple(kept)


def above(path: str) -> list[str]:
    """The path itself and those of every organisation above it, the outermost first."""
    ids = path.split(".")[:-1]
    return [".".join(ids[: n + 1]) + "." for n in range(len(ids))]


def within(prefixes: Iterable[str], column: str = "org_path") -> Q:
    """Rows at or below any of ``prefixes``: index ranges, and leakproof, so that they work beside row-level security."""
    found = Q(pk__in=[])
    for prefix in prefixes:
        if prefix == "":
            return ~Q(pk__in=[])  # every row; an empty Q() would vanish from an "or"
        found |= Q(**{f"{column}__gte": prefix, f"{column}__lt": prefix[:-1] + "/"})
    return found


_LOAD = """
with held as (
  select g.role, o.id, o.path, o.kind, o.name from orgs_grant g join orgs_org o on o.id = g.org_id
  where g.user_id = %(user)s and g.valid_from <= %(on)s and (g.valid_to is null or g.valid_to > %(on)s)
    and (o.closed_on is null or o.closed_on > %(on)s))
select u.id, u.name, u.language, u.is_active, u.large_text, u.password,
  coalesce((select json_agg(json_build_array(role, id, path, kind, name) order by path) from held), '[]'::json){reach}
from orgs_user u where u.id = %(user)s
"""
# What ``set_reach`` would say of the same posts, in the statement that reads them: a page is one statement shorter.
_REACHING = """,
  set_config('app.user', u.id::text, true),
  set_config('app.reach', coalesce((select string_agg(distinct path, ',') from held
    where u.is_active and role = any(%(opening)s)), ''), true)
"""


def load_actor(
    user_id: int,
    *,
    via: str = "web",
    address: str = "",
    on: dt.date | None = None,
    session: str | None = None,
    reach: bool = False,
) -> Actor | None:
    """The actor of an active account with the posts of that day. One query. ``None`` for a closed account, and where
    ``session`` (the session's password fingerprint) is no longer that of the account: a changed password ends sessions.

    ``reach``: row-level security opens to the actor at once, as by ``set_reach``; to nobody where the answer is None.
    """
    if reach:
        _need_transaction()
    opening = [code for code, role in all_roles().items() if role.opens_rows]
    with connection.cursor() as cursor:
        cursor.execute(
            _LOAD.format(reach=_REACHING if reach else ""), {"user": user_id, "on": on or today(), "opening": opening}
        )
        row = cursor.fetchone()
    if row is None or not row[3] or (session is not None and not constant_time_compare(session, _fingerprint(row[5]))):
        if reach:
            _set("", "0")
        return None
    posts = row[6] if isinstance(row[6], list) else json.loads(row[6])
    extra = {"large_text": "1"} if row[4] else {}
    return Actor(row[0], row[1], tuple(Post(*p) for p in posts), via, address, row[2], extra=extra)


def _fingerprint(password: str) -> str:
    """What ``User.get_session_auth_hash`` gives, from the password hash alone."""
    salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
    return salted_hmac(salt, password, algorithm="sha256").hexdigest()


def actor_of(username: str, *, via: str = "cli") -> Actor:
    """The actor of a named account, for the command line and tests. Raises ``User.DoesNotExist``."""
    user = User.objects.get_by_natural_key(username)
    actor = load_actor(user.pk, via=via)
    if actor is None:
        raise User.DoesNotExist(username)
    return actor


# --- row-level security: the second wall ---------------------------------------------------------------------------
def set_reach(actor: Actor) -> None:
    """Tell PostgreSQL, for this transaction only, how far the actor reaches. Outside a transaction it would be lost."""
    _need_transaction()
    _set(EVERYTHING if actor.system else ",".join(actor.row_prefixes()), str(actor.user_id))


def _need_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("set_reach needs a transaction: row-level security would close again at once")


def _set(reach: str, user: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select set_config('app.reach', %s, true), set_config('app.user', %s, true)", [reach, user])


@contextmanager
def acting(actor: Actor) -> Iterator[Actor]:
    """A transaction in which ``actor`` reads and writes: for jobs, the command line and tests."""
    with transaction.atomic():
        before = _current()
        set_reach(actor)
        yield actor
        _set(*before)


@contextmanager
def everything() -> Iterator[Actor]:
    """A transaction of the system itself, in which row-level security shows every row. Never for a person's request."""
    with acting(Actor.machine()) as actor:
        yield actor


@contextmanager
def widened(*paths: str) -> Iterator[None]:
    """Let a service write for these places too, e.g. a worker's request into the town's list. Closed again after."""
    reach, user = _current()
    if reach != EVERYTHING:
        _set(",".join(filter(None, (reach, *paths))), user)
    try:
        yield
    except BaseException:
        with suppress(DatabaseError):  # a transaction that is broken already takes the reach back by itself
            _set(reach, user)
        raise
    _set(reach, user)


def _current() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(current_setting('app.reach', true), ''), coalesce(current_setting('app.user', true), '')"
        )
        reach, user = cursor.fetchone()
    return reach, user


# --- the tree as of a day --------------------------------------------------------------------------------------------
def orgs_on(day: dt.date, below: str = "") -> models.QuerySet[Org]:
    """Organisations that existed on ``day`` at or below the path ``below``, with ``name_then`` and ``path_then``."""
    term = Q(terms__valid_from__lte=day) & (Q(terms__valid_to__isnull=True) | Q(terms__valid_to__gt=day))
    found = Org.objects.filter(term).annotate(
        name_then=models.F("terms__name"), path_then=models.F("terms__path"), parent_then=models.F("terms__parent_id")
    )
    if below:
        found = found.filter(path_then__gte=below, path_then__lt=below[:-1] + "/")
    return found.order_by("path_then")
