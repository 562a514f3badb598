"""A text column that the database, its backups and its administrators cannot read."""

from typing import Any
from uuid import UUID

from django.core import checks
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from gongji import crypto


class SealedText(DeferredAttribute):
    """Keep the ciphertext as loaded; open it on first access and remember both.

    A queue page that shows three of twelve encrypted columns pays for three.
    """

    def __get__(self, instance: models.Model | None, cls: type | None = None) -> Any:
        value = super().__get__(instance, cls)
        if not isinstance(value, bytes):
            return value
        text = crypto.decrypt(value, aad=self.field.place(instance)).decode()
        instance.__dict__[self.field.attname] = text
        instance.__dict__[self.field.sealed_name] = value
        return text

    def __set__(self, instance: models.Model, value: str | bytes | memoryview | None) -> None:
        if isinstance(value, memoryview):
            value = bytes(value)
        elif value is not None and not isinstance(value, (str, bytes)):
            raise TypeError(f"{self.field} takes text, not {type(value).__name__}")
        instance.__dict__[self.field.attname] = value
        instance.__dict__.pop(self.field.sealed_name, None)


class EncryptedTextField(models.Field):
    """Text stored as SM4-GCM in a bytea, bound to table, column and row.

    The row's primary key must be a UUID made by Python, because it is part of what is authenticated.
    Assign plain text and `save()`; `update()` and look-ups other than `isnull` are refused.
    """

    descriptor_class = SealedText
    empty_values = [None, ""]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if not self.editable:
            del kwargs["editable"]
        else:
            kwargs["editable"] = True
        return name, path, args, kwargs

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        self.sealed_name = f"_{self.attname}_sealed"
        self._prefix = f"{cls._meta.db_table}.{self.column}."

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        found = super().check(**kwargs)
        if self.unique or self.db_index:
            found.append(checks.Error("An encrypted column has no useful index.", obj=self, id="gongji.E011"))
        if not isinstance(self.model._meta.pk, models.UUIDField) or not self.model._meta.pk.has_default():
            found.append(
                checks.Error("Encrypted rows need a UUID key with a default.", obj=self, id="gongji.E012")
            )
        return found

    def get_internal_type(self) -> str:
        return "BinaryField"

    def place(self, instance: models.Model) -> bytes:
        """Return what the ciphertext is bound to: table, column, row."""
        pk = instance.pk
        return f"{self._prefix}{pk if isinstance(pk, UUID) else UUID(pk)}".encode()

    def seal(self, text: str, row_id: str) -> bytes:
        """Return the ciphertext of `text` for a row that is loaded around the ORM."""
        return crypto.encrypt(text.encode(), aad=f"{self._prefix}{row_id}".encode())

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes | None:
        held = model_instance.__dict__
        # A row that was not touched keeps its ciphertext. A row being added is sealed anew: a copy of
        # another row has another key, and reading here fails loudly rather than storing the unreadable.
        if not model_instance._state.adding and self.attname in held:
            sealed = held.get(self.sealed_name, held[self.attname])
            if sealed is None or isinstance(sealed, bytes):
                return sealed
        text = getattr(model_instance, self.attname)
        return None if text is None else crypto.encrypt(text.encode(), aad=self.place(model_instance))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, str):
            raise TypeError(f"{self}: assign the text and save(); update() and bulk_update() cannot seal it")
        return None if value is None else connection.Database.Binary(value)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> bytes | None:
        return None if value is None else bytes(value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self} is encrypted: look up its blind index, not {lookup_name!r}")
        return super().get_lookup(lookup_name)

    def to_python(self, value: Any) -> str | None:
        return None if value is None else str(value)

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError(f"{self} is not serialised: a fixture must not carry it in the clear")
