"""DECLARE: kinds of thing and the deeds that can be done to them. The word of a deed is its permission, transition, audit
verb, API operation, label and button at once; apps declare theirs in ``policy``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.utils.functional import Promise

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

    from shegong.kernel.orgs.reach import Actor

    from .forms import DeedForm

_KINDS: dict[str, Kind] = {}
_DEEDS: dict[str, Deed] = {}
_FLOWS: dict[str, tuple[Tier, ...]] = {}


@dataclass(frozen=True)
class Deed:
    """One thing that can be done.

    ``roles``: who may, at the thing's organisation or above it. ``members``: who may because of a tie to the very thing
    (client, lawyer, raiser …), as told by the kind's relations. ``source``/``target``: states before and after; no source
    means any state, no target means the state stays. ``creates``: it makes a thing; its target is the organisation where.
    ``reads``: a right to look, without a service. ``opens``: the approval flow it starts. ``vote``: this deed is a vote
    (``approve`` or ``return``) in that flow. ``batch``: its service takes many rows at once. ``still``: nothing on the
    record changes that somebody else could be working on, so its version stays.
    """

    code: str
    label: str | Promise
    done: str | Promise
    roles: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    source: frozenset[str] = frozenset()
    target: str | None = None
    creates: bool = False
    reads: bool = False
    sensitive: bool = False
    opens: str | None = None
    flow: str | None = None
    vote: str = ""
    batch: bool = False
    still: bool = False
    primary: bool = False
    danger: bool = False
    help: str | Promise = ""

    @property
    def kind(self) -> Kind:
        return _KINDS[self.code.rpartition(".")[0]]

    @property
    def verb(self) -> str:
        return self.code.rpartition(".")[2]


@dataclass
class Kind:
    """A kind of thing, ``app.noun``. ``states``: code → label. Readers and relations are added by the app's queries."""

    code: str
    label: str | Promise
    model_label: str
    states: Mapping[str, str | Promise] = field(default_factory=dict)
    page: str = ""  # URL name of its detail page, taking the primary key
    deeds: dict[str, Deed] = field(default_factory=dict)
    reader: Callable[[Actor, str], QuerySet[Any]] | None = None
    relations: Callable[[Actor, Model], frozenset[str]] | None = None

    def __post_init__(self) -> None:
        if self.code in _KINDS:
            raise ValueError(f"kind {self.code} is declared twice")
        _KINDS[self.code] = self

    def deed(
        self,
        verb: str,
        label: str | Promise,
        done: str | Promise,
        *,
        roles: Iterable[str] = (),
        members: Iterable[str] = (),
        source: Iterable[str] = (),
        **rest: Any,
    ) -> Deed:
        """Declare a deed of this kind. Raises ``ValueError`` for a second declaration or an unknown state."""
        code = f"{self.code}.{verb}"
        made = Deed(code, label, done, frozenset(roles), frozenset(members), frozenset(source), **rest)
        unknown = (made.source | {made.target} - {None}) - set(self.states) if self.states else frozenset()
        if code in _DEEDS or unknown:
            raise ValueError(f"{code}: declared twice or unknown states {sorted(map(str, unknown))}")
        self.deeds[verb] = _DEEDS[code] = made
        return made

    @property
    def model(self) -> type[Model]:
        return apps.get_model(self.model_label)

    def fetch(self, actor: Actor, deed: str) -> QuerySet[Any]:
        """Things of this kind that ``actor`` may do ``deed`` to, by place or tie; the app's reader knows how."""
        if self.reader is None:
            raise LookupError(f"no reader for {self.code}: decorate a query with @reads({self.code!r})")
        return self.reader(actor, deed)


@dataclass(frozen=True)
class Tier:
    """One step of an approval: ``need`` votes of holders of ``role`` at the thing's place or above, within ``days``
    working days; after that the level above is told."""

    role: str
    need: int = 1
    days: int = 3


def flow(code: str, *tiers: Tier) -> tuple[Tier, ...]:
    """Declare the approval flow that holds where no dated one is stored (``actions.Flow``)."""
    _FLOWS[code] = tiers
    return tiers


def declared_flow(code: str) -> tuple[Tier, ...]:
    return _FLOWS[code]


def reads(kind: Kind) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorates the query ``(actor, deed) -> QuerySet`` through which things of ``kind`` are fetched (rule 3)."""

    def keep(query: Callable[..., Any]) -> Callable[..., Any]:
        kind.reader = query
        return query

    return keep


def relates(kind: Kind) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorates the query ``(actor, thing) -> names of ties`` used for a deed's ``members``."""

    def keep(query: Callable[..., Any]) -> Callable[..., Any]:
        kind.relations = query
        return query

    return keep


_FORMS: dict[str, type[DeedForm]] = {}


def takes(*codes: str) -> Callable[[type[Any]], type[Any]]:
    """Decorates the form that a deed's page shows."""

    def keep(form: type[Any]) -> type[Any]:
        for code in codes:
            _FORMS[deed(code).code] = form
        return form

    return keep


def form_of(code: str) -> type[DeedForm] | None:
    return _FORMS.get(code)


def deed(code: str) -> Deed:
    """The declared deed, or ``KeyError``."""
    return _DEEDS[code]


def kind(code: str) -> Kind:
    return _KINDS[code]


def kind_of(model: type[Model]) -> Kind | None:
    return next((k for k in _KINDS.values() if k.model is model), None)


def all_deeds() -> dict[str, Deed]:
    return dict(_DEEDS)


def all_kinds() -> dict[str, Kind]:
    return dict(_KINDS)
