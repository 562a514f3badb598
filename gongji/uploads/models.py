"""What every kept picture has in common, whatever it proves; the tables are those of other apps."""

import uuid
from typing import Any, Self

from django.db import models


class StorageKeyField(models.CharField):
    """Names a file of the private storage. What no such column of any table names is an orphan."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": 64, "unique": True} | kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """A plain text column to migrations."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", list(args), dict(kwargs)


class SealedPageQuerySet(models.QuerySet):
    def ready(self) -> Self:
        """Pages made by us. An upload as it was sent is shown to nobody."""
        return self.filter(sanitized_at__isnull=False)


class SealedPage(models.Model):
    """One sanitized picture. The original is deleted as soon as this exists; `key` names the sealed file."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ordinal = models.PositiveSmallIntegerField(default=1)
    key = StorageKeyField()
    sm3 = models.BinaryField(max_length=32)
    source_sm3 = models.BinaryField(max_length=32, editable=False)
    """SM3 of the file as it was sent: tells the same photograph sent twice, long after the file is gone."""
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    size = models.PositiveIntegerField()
    sanitized_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        ordering = ["ordinal"]
