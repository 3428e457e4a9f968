"""What a sealed attribute holds inside an instance, and what it shows outside. See fields.py for the columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from .keyring import KeyRing, UnknownKeyError, keyring, refresh

if TYPE_CHECKING:
    from .fields import SealedField, SealedSecret


class SealedUseError(TypeError):
    """A sealed column was used in a way that cannot work or would leak; the message says what to do instead."""


class Sealed:
    """A sealed value as the database holds it, without its place. Also hands over a value sealed beforehand."""

    __slots__ = ("loaded", "token")

    def __init__(self, token: bytes, loaded: bool = False) -> None:
        """``loaded``: read from the row whose key the instance has; otherwise meant for the row as it will be saved."""
        self.token = token
        self.loaded = loaded

    def __repr__(self) -> str:
        return "<sealed>"


class Cell:
    """One value inside an instance: sealed, plain, or both; never changed, only replaced.

    ``pk`` is the row the token was sealed for, so that a copied instance can be sealed anew under its own key.
    """

    __slots__ = ("pk", "plain", "shown", "token")

    def __init__(self, token: bytes | None, plain: str | None, pk: Any) -> None:
        self.token = token
        self.plain = plain
        self.pk = pk
        self.shown: str | None = None  # the mask, worked out once

    def __repr__(self) -> str:
        return "<sealed>"

    def __deepcopy__(self, memo: object) -> Cell:
        return Cell(self.token, self.plain, self.pk)

    def __reduce__(self) -> tuple[type[Cell], tuple[bytes, None, Any]]:
        if self.token is None:
            raise SealedUseError("An instance with an unsaved sealed value cannot be pickled: save it first.")
        return Cell, (self.token, None, self.pk)

    def read(self, field: SealedField, pk: Any) -> str:
        """The plain text; ``pk`` is the row's, for a cell that did not note its own."""
        if self.plain is not None:
            return self.plain
        return open_token(field.place(self.pk if self.pk is not None else pk), self.token or b"")


def open_token(place: bytes, token: bytes) -> str:
    """Open a sealed value, looking once more at the ring file for a key made a moment ago by another process.

    Empty bytes are an empty text: what a migration fills a new column with.
    """
    if not token:
        return ""
    ring: KeyRing = keyring()
    try:
        return ring.open(place, token).decode()
    except UnknownKeyError:
        return refresh().open(place, token).decode()


class Secret:
    """A sealed value that shows its mask only. What lies behind is for ``vault.services.reveal``.

    str, repr, format and templates give the mask; JSON, pickle and iteration raise. Truth value: always true.
    """

    __slots__ = ("_cell", "_field", "_pk")

    def __init__(self, field: SealedSecret, cell: Cell, pk: Any) -> None:
        self._field = field
        self._cell = cell
        self._pk = pk

    @property
    def mask(self) -> str:
        """What lists and pages may show, such as 138****1234."""
        cell = self._cell
        if cell.shown is None:
            cell.shown = self._field.masked(cell.read(self._field, self._pk))
        return cell.shown

    def matches(self, text: str) -> bool:
        """Whether this is the value behind the mask, both normalised: for "did it change?", not for search."""
        normalise = self._field.normalise
        return normalise(self._cell.read(self._field, self._pk)) == normalise(text)

    def __str__(self) -> str:
        return self.mask

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return format(self.mask, spec)

    def __bool__(self) -> bool:
        return True

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise SealedUseError("A Secret is never pickled.")


def open_secret(secret: Secret) -> str:
    """The value behind the mask. For the vault itself and for deeds audited by other means; never for views."""
    return secret._cell.read(secret._field, secret._pk)
