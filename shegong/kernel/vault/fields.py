"""Sealed columns for Django models: ``SealedText``, ``SealedSecret`` and the ``BlindIndex`` beside it.

Promise: the database, its log and its backups see sealed bytes only; a value opens in its own table, column and row
only;
a value nobody reads is never decrypted; a Secret shows its mask wherever it is printed. Columns cannot be filtered:
look persons up by ``matching(Model, "id_number", text)``, texts by ``vault.search``.

The model needs a primary key made before saving (``UUIDField(primary_key=True, default=new_id)``), declared first.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from functools import cache, cached_property
from typing import Any, NoReturn

from django.core import checks
from django.core.exceptions import FieldError
from django.db import connection, models, transaction
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import pre_save

from .cells import Cell, Sealed, SealedUseError, Secret, open_secret, open_token
from .keyring import INDEX, VERSION, keyring

INDEX_BYTES = 24  # key id (2) and 176 bits of keyed hash
HIDDEN = "••••"


def hide_all(text: str) -> str:
    """The mask of a column that shows nothing."""
    return HIDDEN


def as_typed(text: str) -> str:
    """No normalisation but surrounding blanks."""
    return text.strip()


class SealedAttribute(DeferredAttribute):
    """Gives the plain text or the Secret on access; keeps a Cell in the instance."""

    field: SealedField

    def __get__(self, instance: models.Model | None, cls: type | None = None) -> Any:
        if instance is None:
            return self
        attname = self.field.attname
        if attname not in instance.__dict__:
            super().__get__(instance, cls)  # a deferred column: loads it, through __set__
        cell = instance.__dict__[attname]
        return None if cell is None else self.field.present(instance, cell)

    def __set__(self, instance: models.Model, value: Any) -> None:
        state = instance.__dict__
        state[self.field.attname] = self.field.cell_of(value, state.get(self.field.attname), instance)


class SealedField(models.Field):
    """What both sealed columns share: bytea in the database, a Cell in the instance, no lookups."""

    descriptor_class = SealedAttribute
    sealed = True

    def __init__(self, *args: Any, place: str = "", **kwargs: Any) -> None:
        """``place``: "table:column" at the time of sealing, to be given when the table or column was renamed since."""
        self._place = place
        super().__init__(*args, **kwargs)

    def get_internal_type(self) -> str:
        return "BinaryField"

    @cached_property
    def _place_head(self) -> bytes:
        return (f"{self._place or f'{self.model._meta.db_table}:{self.column}'}:").encode()

    def place(self, pk: Any) -> bytes:
        """What a value is bound to, but for the key id: ``table:column:pk:``."""
        if pk is None:
            raise SealedUseError(f"“{self.name}” cannot be sealed before the row has its primary key.")
        if type(pk) is not uuid.UUID:
            pk = self.model._meta.pk.to_python(pk)
        return self._place_head + str(pk).encode() + b":"

    def own_pk(self, instance: models.Model) -> Any:
        """The primary key noted in the instance; None while it is being made."""
        return instance.__dict__.get(self.model._meta.pk.attname)

    def cell_of(self, value: Any, before: Cell | None, instance: models.Model) -> Cell | None:
        """The Cell for an assigned or loaded value."""
        if value is None:
            return None
        if isinstance(value, Sealed):
            return Cell(value.token, None, self.own_pk(instance) if value.loaded else None)
        if isinstance(value, Secret):
            same_row = value._field is self and value._pk == self.own_pk(instance)
            return value._cell if same_row else Cell(None, open_secret(value), None)
        if not isinstance(value, str):
            raise SealedUseError(f"“{self.name}” takes a text, not {type(value).__name__}.")
        if before is not None and before.plain == value:
            return before
        return Cell(None, str(value), None)

    def present(self, instance: models.Model, cell: Cell) -> Any:
        """What attribute access gives."""
        raise NotImplementedError(f"{type(self).__name__} must say what attribute access gives.")

    # --- to and from the database ----------------------------------------

    def from_db_value(self, value: Any, expression: object, connection: object) -> Sealed | None:
        return None if value is None else Sealed(bytes(value), loaded=True)

    def to_python(self, value: Any) -> Any:
        return value

    def pre_save(self, instance: models.Model, add: bool) -> Sealed | None:
        """Seal at the last moment, with the row's key; a value that did not change keeps its sealed form."""
        cell: Cell | None = instance.__dict__.get(self.attname)
        if cell is None:
            return None
        pk = self.own_pk(instance)
        if cell.token is None or cell.pk not in (None, pk):
            plain = cell.read(self, pk)
            token = keyring().seal(self.place(pk), plain.encode())
            cell = Cell(token, plain if cell.token is None else None, pk)
            instance.__dict__[self.attname] = cell
        return Sealed(cell.token or b"")

    def get_prep_value(self, value: Any) -> Any:
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None:
            return None
        token = value.token if isinstance(value, Sealed) else value
        if isinstance(token, bytes) and (not token or token[0] == VERSION):
            return connection.Database.Binary(token)
        if token == "":
            return connection.Database.Binary(b"")
        raise SealedUseError(
            f"“{self.name}” is sealed per row: save the instance, use vault.fields.update_sealed for many, or pass "
            "Sealed(seal(Model, column, pk, text)). update() and bulk_update() cannot seal."
        )

    def value_to_string(self, instance: models.Model) -> NoReturn:
        raise SealedUseError(f"“{self.name}” is sealed and is not serialised. Use the backup command.")

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        raise FieldError(f"“{self.name}” is sealed and cannot be filtered ({lookup_name}). {self.instead}")

    def get_transform(self, lookup_name: str) -> NoReturn:
        raise FieldError(f"“{self.name}” is sealed and cannot be transformed ({lookup_name}). {self.instead}")

    instead = "Only __isnull works; find texts through vault.search."

    # --- declaration ----------------------------------------

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        errors = list(super().check(**kwargs))
        if self.unique or self.primary_key or getattr(self, "db_index", False):
            hint = "Put the constraint on a BlindIndex."
            errors.append(
                checks.Error("A sealed column cannot be unique or indexed.", hint=hint, obj=self, id="vault.E001")
            )
        pk = self.model._meta.pk
        if isinstance(pk, models.AutoField) or (pk and not pk.has_default() and not pk.remote_field):
            hint = "Use UUIDField(primary_key=True, default=new_id)."
            errors.append(
                checks.Error("A sealed row needs its key before saving.", hint=hint, obj=self, id="vault.E002")
            )
        return errors


class SealedText(SealedField):
    """A narrative: reads and writes as a plain str, rests sealed. Opened on first access."""

    def present(self, instance: models.Model, cell: Cell) -> str:
        if cell.plain is None:
            cell.plain = cell.read(self, self.own_pk(instance))
        return cell.plain

    def formfield(self, **kwargs: Any) -> Any:
        from django import forms

        return super().formfield(**{"form_class": forms.CharField, "widget": forms.Textarea, **kwargs})


class SealedSecret(SealedField):
    """ID number, phone, bank account: assign a str, read a ``Secret`` that shows its mask only.

    ``mask``: text → what may be shown. ``index``: name of the BlindIndex column kept beside it. ``normalise``: text →
    text before digesting. ``index_purpose``: columns that share it have equal digests for equal values (default: own).
    """

    instead = "Only __isnull works; look it up by its blind index: vault.fields.matching(Model, column, text)."

    def __init__(
        self,
        *args: Any,
        mask: Callable[[str], str] | None = None,
        index: str = "",
        normalise: Callable[[str], str] = as_typed,
        index_purpose: str = "",
        **kwargs: Any,
    ) -> None:
        self.mask = mask
        self.index = index
        self.normalise = normalise
        self._index_purpose = index_purpose
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """Masks and digests are code, not schema: a change of them needs no migration."""
        name, path, args, kwargs = super().deconstruct()
        kwargs["editable"] = self.editable
        return name, path, args, kwargs

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        if self.index and not cls._meta.abstract:
            pre_save.connect(self._refuse_half_update, sender=cls, dispatch_uid=f"{cls._meta.label}.{name}")

    def _refuse_half_update(self, update_fields: frozenset[str] | None = None, **kwargs: Any) -> None:
        if update_fields and self.name in update_fields and self.index not in update_fields:
            raise SealedUseError(f"save(update_fields=…) names “{self.name}” but not its blind index “{self.index}”.")

    @property
    def index_purpose(self) -> str:
        """What keeps the digests of one column apart from another's."""
        return self._index_purpose or f"{self.model._meta.db_table}.{self.column}"

    def masked(self, text: str) -> str:
        """The mask of a plain text."""
        return (self.mask or hide_all)(text)

    def digest(self, text: str) -> bytes | None:
        """The blind index of a plain text with the active key; None when nothing is left after normalising."""
        normal = self.normalise(text)
        return blind(self.index_purpose, normal) if normal else None

    def present(self, instance: models.Model, cell: Cell) -> Secret:
        return Secret(self, cell, self.own_pk(instance))

    def run_validators(self, value: Any) -> None:
        if not isinstance(value, Secret):
            super().run_validators(value)

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        errors = super().check(**kwargs)
        if self.mask is None:
            hint = "mask=hide_all shows nothing."
            errors.append(checks.Error("A SealedSecret declares its mask.", hint=hint, obj=self, id="vault.E003"))
        if self.index and not any(isinstance(f, BlindIndex) and f.name == self.index for f in self.model._meta.fields):
            hint = f"Add {self.index} = BlindIndex()."
            errors.append(checks.Error("The blind index column is missing.", hint=hint, obj=self, id="vault.E004"))
        return errors


class BlindIndex(models.Field):
    """The keyed hash of a SealedSecret (24 bytes): for exact lookup and unique constraints. Fills itself at save."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.update(null=True, blank=True, editable=False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        for fixed in ("null", "blank", "editable"):
            kwargs.pop(fixed, None)
        return name, path, args, kwargs

    def get_internal_type(self) -> str:
        return "BinaryField"

    @cached_property
    def source(self) -> SealedSecret | None:
        """The secret this is the index of; None in a migration's model, which does not know."""
        fields = self.model._meta.fields
        return next((f for f in fields if isinstance(f, SealedSecret) and f.index == self.name), None)

    def pre_save(self, instance: models.Model, add: bool) -> bytes | None:
        kept: bytes | None = getattr(instance, self.attname)
        if self.source is None or self.source.attname not in instance.__dict__:
            return kept
        cell: Cell | None = instance.__dict__[self.source.attname]
        if cell is None:
            kept = None
        elif cell.plain is not None or kept is None:
            kept = self.source.digest(cell.read(self.source, self.source.own_pk(instance)))
        setattr(instance, self.attname, kept)
        return kept

    def from_db_value(self, value: Any, expression: object, connection: object) -> bytes | None:
        return None if value is None else bytes(value)

    def to_python(self, value: Any) -> Any:
        return value

    def get_prep_value(self, value: Any) -> bytes | None:
        if value is None or isinstance(value, bytes):
            return value
        if isinstance(value, memoryview):
            return bytes(value)
        raise SealedUseError(f"“{self.name}” holds digests: filter by vault.fields.matching(Model, column, text).")

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        value = self.get_prep_value(value)
        return None if value is None else connection.Database.Binary(value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name in ("exact", "in", "isnull"):
            return super().get_lookup(lookup_name)
        raise FieldError(f"“{self.name}” is a blind index: only exact, in and isnull work, not {lookup_name}.")

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        errors = list(super().check(**kwargs))
        if self.source is None:
            hint = f"Declare SealedSecret(index={self.name!r}) on this model."
            errors.append(checks.Error("No secret names this blind index.", hint=hint, obj=self, id="vault.E005"))
        return errors


# --- without instances: imports, bulk work, look-ups ----------------------------------------


@cache
def sealed_field(model: type[models.Model], column: str) -> SealedField:
    """The sealed field of a model by name. Raises SealedUseError when it is not one."""
    field = model._meta.get_field(column)
    if not isinstance(field, SealedField):
        raise SealedUseError(f"{model._meta.label}.{column} is not a sealed column.")
    return field


def seal(model: type[models.Model], column: str, pk: Any, text: str) -> bytes:
    """Seal one value for its row: what a COPY writes into the column. Microseconds."""
    return keyring().seal(sealed_field(model, column).place(pk), text.encode())


def open_sealed(model: type[models.Model], column: str, pk: Any, token: bytes | memoryview | Sealed) -> str:
    """Open one value read without an instance. For SealedText columns; secrets are for ``vault.services.reveal``."""
    field = sealed_field(model, column)
    if not isinstance(field, SealedText):
        raise SealedUseError(f"{model._meta.label}.{column} is a secret: use vault.services.reveal.")
    return open_token(field.place(pk), token.token if isinstance(token, Sealed) else bytes(token))


def blind(purpose: str, normalised_text: str) -> bytes:
    """The blind index (24 bytes) of a text under the active key. Equal purpose and text give equal bytes."""
    key = keyring().mac_key(INDEX)
    return _blinded(key.key_id, key.digest, purpose, normalised_text)


def blind_all(purpose: str, normalised_text: str) -> list[bytes]:
    """The blind index under every readable key, the active one first: what a look-up must try during a rotation."""
    keys = keyring().mac_keys(INDEX)
    return [_blinded(key.key_id, key.digest, purpose, normalised_text) for key in keys]


def _blinded(key_id: int, digest: Callable[[bytes], bytes], purpose: str, text: str) -> bytes:
    return key_id.to_bytes(2, "big") + digest(f"{purpose}\0{text}".encode())[: INDEX_BYTES - 2]


def index_of(model: type[models.Model], column: str, text: str) -> bytes | None:
    """The digest a COPY writes beside ``seal(model, column, pk, text)``."""
    return _indexed(model, column).digest(text)


def matching(model: type[models.Model], column: str, text: str) -> models.Q:
    """A filter for the rows whose secret equals the text, normalised. An empty text matches nothing."""
    field = _indexed(model, column)
    normal = field.normalise(text)
    return models.Q(**{f"{field.index}__in": blind_all(field.index_purpose, normal) if normal else []})


def claim(model: type[models.Model], column: str, text: str) -> None:
    """Make other transactions that claim the same value wait until this one ends.

    While the index key rotates, old and new digests of one value differ, and a unique constraint cannot see a
    duplicate: claim, then look up by ``matching``, then insert. Raises RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("claim() holds until the end of a transaction, so it needs one.")
    field = _indexed(model, column)
    oldest = blind_all(field.index_purpose, field.normalise(text))[-1]
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [int.from_bytes(oldest[2:10], "big", signed=True)])


def _indexed(model: type[models.Model], column: str) -> SealedSecret:
    field = sealed_field(model, column)
    if not isinstance(field, SealedSecret) or not field.index:
        raise SealedUseError(f"{model._meta.label}.{column} has no blind index.")
    return field


def update_sealed(instances: Iterable[models.Model], columns: Sequence[str], batch: int = 1000) -> int:
    """Write sealed columns (with their blind indexes) of many saved instances of one model; give the number of rows."""
    rows = list(instances)
    if not rows:
        return 0
    model = type(rows[0])
    fields: list[models.Field] = []
    for column in columns:
        field = sealed_field(model, column)
        fields.append(field)
        if isinstance(field, SealedSecret) and field.index:
            fields += [each for each in model._meta.fields if each.name == field.index]
    with transaction.atomic():
        return sum(_update_batch(model, fields, rows[start : start + batch]) for start in range(0, len(rows), batch))


def _update_batch(model: type[models.Model], fields: list[models.Field], rows: list[models.Model]) -> int:
    quote, pk = connection.ops.quote_name, model._meta.pk
    names = [quote(field.column or "") for field in fields]
    sets = ", ".join(f"{name} = fresh.{name}" for name in names)
    arrays = ", ".join(["%s::bytea[]"] * len(fields))
    sql = (
        f"update {quote(model._meta.db_table)} t set {sets} from unnest(%s::{pk.db_type(connection)}[], {arrays}) "
        f"as fresh(pk, {', '.join(names)}) where t.{quote(pk.column or '')} = fresh.pk"
    )
    columns: list[list[Any]] = [[field.pre_save(row, False) for row in rows] for field in fields]
    tokens = [[each.token if isinstance(each, Sealed) else each for each in column] for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(sql, [[row.pk for row in rows], *tokens])
        return int(cursor.rowcount)


def change_mark(instance: models.Model, field: SealedField) -> str:
    """Stands for a sealed value in the audit trail: equal marks for equal texts, and without the key no way back."""
    cell: Cell | None = instance.__dict__.get(field.attname)
    if cell is None:
        return ""
    text = cell.read(field, field.own_pk(instance))
    return "#" + keyring().mac_key("audit").digest(b"change mark\0" + text.encode()).hex()[:16]
