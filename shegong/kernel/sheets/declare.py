"""Declaring a sheet: its columns, what identifies a row, and the service that takes the rows. Pure Python.

An app's `sheets.py` calls `declare(Sheet(…))`; templates, import, export, CLI and reference pages read it from here.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

Label = Any  # str or a lazy translation; str() of it gives the text in the active language


class Type(StrEnum):
    """What a column's cells mean. The value `coerce` produces is named behind each."""

    TEXT = "text"  # str
    ID_NUMBER = "id_number"  # str, 18 characters (15-digit numbers converted)
    CREDIT_CODE = "credit_code"  # str, 18 characters
    PHONE = "phone"  # str
    DATE = "date"  # datetime.date
    MONTH = "month"  # datetime.date, the first of the month
    MONEY = "money"  # int, fen
    INTEGER = "integer"  # int
    DECIMAL = "decimal"  # decimal.Decimal
    CHOICE = "choice"  # str, the choice's code
    YES_NO = "yes_no"  # bool
    ORGANISATION = "organisation"  # whatever the injected resolver returns


TEXT_LIKE = frozenset({Type.TEXT, Type.ID_NUMBER, Type.CREDIT_CODE, Type.PHONE})
SECRET_TYPES = frozenset({Type.ID_NUMBER, Type.PHONE})


@dataclass(frozen=True, slots=True)
class Choice:
    """One permitted value: its code, its label, other spellings people use."""

    code: str
    label: Label
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `unit` is "yuan" or "wan" (10,000 yuan) for money, free text otherwise.

    `secret` columns are never shown in clear in an error report; ID numbers and phones always are secret.
    `optional_checksum` lets a credit code with a wrong check character through to the service, which decides.
    """

    name: str
    label: Label
    type: Type = Type.TEXT
    synonyms: tuple[str, ...] = ()
    required: bool = False
    unit: str = ""
    choices: tuple[Choice, ...] = ()
    help: Label = ""
    example: str = ""
    max_length: int = 500
    secret: bool = False
    optional_checksum: bool = False
    width: int = 0

    def __post_init__(self) -> None:
        if self.type is Type.MONEY and self.unit not in ("yuan", "wan"):
            raise ValueError(f"money column {self.name!r} must declare unit 'yuan' or 'wan'")
        if (self.type is Type.CHOICE) != bool(self.choices):
            raise ValueError(f"column {self.name!r}: choices belong to a choice column, and a choice column needs them")

    @property
    def masked(self) -> bool:
        """Whether reports must mask this column's cells."""
        return self.secret or self.type in SECRET_TYPES


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One good row on its way to the service: its number in the file (from 1, as Excel shows it) and its values."""

    number: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Complaint:
    """Why a service refuses a row: a plain message, and the column it is about when there is one."""

    message: str
    column: str = ""
    code: str = "refused"


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row. `outcome`: created, updated, unchanged or refused (then `complaints` say why)."""

    number: int
    outcome: str
    ref: str = ""
    complaints: tuple[Complaint, ...] = ()


class CommitRows(Protocol):
    """The bulk service of a sheet: one call per batch inside one transaction, one result per row."""

    def __call__(self, actor: Any, rows: Sequence[SheetRow], *, batch_key: str) -> Sequence[RowResult]: ...


class CheckRows(Protocol):
    """Optional dry-run counterpart: only the refusals, nothing written."""

    def __call__(self, actor: Any, rows: Sequence[SheetRow]) -> Sequence[RowResult]: ...


@dataclass(frozen=True, slots=True)
class Sheet:
    """A declared sheet. `key`: columns whose values together identify a row inside one file.

    `commit` and `check` are services or dotted paths "package.module.function", found at first use.
    `once`: text columns that may be given once for the whole file instead of in every row; a cell that is filled wins.
    """

    code: str
    title: Label
    columns: tuple[Column, ...]
    commit: str | CommitRows = ""
    check: str | CheckRows = ""
    deed: str = ""
    key: tuple[str, ...] = ()
    help: Label = ""
    once: tuple[str, ...] = ()
    by_name: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = {column.name: column for column in self.columns}
        if len(names) != len(self.columns):
            raise ValueError(f"sheet {self.code!r} declares a column name twice")
        if missing := [name for name in self.key if name not in names]:
            raise ValueError(f"sheet {self.code!r}: key columns {missing} are not declared")
        if wrong := [name for name in self.once if name not in names or names[name].type is not Type.TEXT]:
            raise ValueError(f"sheet {self.code!r}: {wrong} cannot be given once: only declared text columns can")
        object.__setattr__(self, "by_name", names)

    def committer(self) -> CommitRows:
        """The bulk service. Raises LookupError when the sheet is for export only."""
        found: CommitRows | None = _resolve(self.commit)
        if found is None:
            raise LookupError(f"sheet {self.code!r} has no commit service: it is for export only")
        return found

    def checker(self) -> CheckRows | None:
        """The optional dry-run service."""
        found: CheckRows | None = _resolve(self.check)
        return found


def _resolve(target: Any) -> Any:
    if not target:
        return None
    if callable(target):
        return target
    module, _, name = target.rpartition(".")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


_SHEETS: dict[str, Sheet] = {}


def declare(entry: Sheet) -> Sheet:
    """Register a sheet once. Raises ValueError for a second sheet of the same code."""
    if entry.code in _SHEETS and _SHEETS[entry.code] != entry:
        raise ValueError(f"sheet {entry.code!r} is declared twice")
    _SHEETS[entry.code] = entry
    return entry


def sheet(code: str) -> Sheet:
    """The declared sheet of this code. Raises KeyError naming the known ones."""
    try:
        return _SHEETS[code]
    except KeyError:
        raise KeyError(f"no sheet {code!r}; known: {', '.join(sorted(_SHEETS)) or 'none'}") from None


def all_sheets() -> list[Sheet]:
    """Every declared sheet, by code."""
    return [_SHEETS[code] for code in sorted(_SHEETS)]
