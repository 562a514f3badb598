"""One-time codes by which a patient is known at the counter."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from accounts.models import Person
from ledger.models.accounts import Mandate


class PayCodeQuerySet(models.QuerySet["PayCode"]):
    def alive(self, now: datetime) -> "PayCodeQuerySet":
        """Codes that a settlement may still use; a relative's only while the `view` mandate is in force."""
        shown_by_right = Q(mandate=None) | Q(
            Q(mandate__valid_until=None) | Q(mandate__valid_until__gt=now), mandate__paused_at=None
        )
        return self.filter(shown_by_right, used_at=None, expires_at__gt=now)


class PayCode(models.Model):
    """18 digits that stand for `person` once, for a minute. Only their keyed hash is kept."""

    code_index = models.BinaryField(max_length=32, unique=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, db_index=False, related_name="+")
    """The patient: it is their money, and what was shared with them, that is spent."""
    shown_by = models.ForeignKey(Person, on_delete=models.PROTECT, db_index=False, related_name="+")
    mandate = models.ForeignKey(
        Mandate, null=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    """The `view` mandate under which somebody else shows it; None when the patient does."""
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = PayCodeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(mandate=None, person=models.F("shown_by")) | Q(mandate__isnull=False),
                name="paycode_of_another_needs_a_mandate",
            )
        ]
        indexes = [
            models.Index(fields=["shown_by", "-created_at"], name="paycode_shown"),
            models.Index(fields=["created_at"], name="paycode_age"),
        ]

    def __str__(self) -> str:
        return f"PayCode {self.pk}"
