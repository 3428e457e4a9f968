"""What the table macros of `ui/kit/lists.html` take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `key` names it for the column choice; fixed columns cannot be hidden."""

    key: str
    label: str
    numeric: bool = False
    unit: str = ""
    fixed: bool = False
    sort_url: str = ""
    sorted: str = ""  # "ascending" or "descending" when the list is sorted by it


@dataclass(frozen=True, slots=True)
class Deed:
    """A deed offered now. `primary` for the one next deed; `danger` for what cannot be taken back."""

    label: str
    url: str
    icon: str = field(default="", kw_only=True)  # by keyword, so that the build finds the names of icons
    primary: bool = False
    danger: bool = False
    panel: bool = True  # opens in the side panel; False follows the link


@dataclass(frozen=True, slots=True)
class SavedFilter:
    label: str
    url: str
    active: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A phase: state is done, now, todo or skipped; `note` a date or a reason."""

    label: str
    state: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    active: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """A line or set of bars. `values`: raw numbers, None where suppressed or missing; `links` open the rows behind."""

    name: str
    values: Sequence[float | int | None]
    links: Sequence[str] = ()
    tone: int | None = None  # the same colour for the same thing everywhere: 0 to 7


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a conflict: both versions side by side."""

    label: str
    mine: str
    theirs: str

    @property
    def differs(self) -> bool:
        return self.mine != self.theirs
