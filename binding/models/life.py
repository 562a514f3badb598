"""What keeps a binding's life going: the night's findings, and wishes to be told when a way opens."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from binding.models.binding import Binding


class Doubt(models.Model):
    """Something the registry no longer bears out: a binding without ground, or somebody who moved.

    A queue, not a record: the row goes in the transaction that settles it, so that whoever dies half-way
    leaves it to the next one.
    """

    binding = models.OneToOneField(Binding, on_delete=models.CASCADE, null=True, related_name="+")
    mover = models.OneToOneField(Person, on_delete=models.CASCADE, null=True, related_name="+")
    found_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("待复查的共济")
        constraints = [
            models.CheckConstraint(
                condition=Q(binding=None, mover__isnull=False) | Q(binding__isnull=False, mover=None),
                name="doubt_is_about_one_thing",
            )
        ]

    def __str__(self) -> str:
        return f"Doubt {self.pk}"


class OpeningWish(models.Model):
    """“开通后告诉我” (M3 b): somebody waits until money can be shared between two areas."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="opening_wishes")
    area = models.CharField(_("出钱的人的统筹区"), max_length=6)
    relative_area = models.CharField(_("家人的统筹区"), max_length=6)
    wished_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("开通后告诉我")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "area", "relative_area"],
                condition=Q(told_at=None),
                name="wish_once_until_told",
            )
        ]
        indexes = [
            models.Index(fields=["area", "relative_area"], condition=Q(told_at=None), name="wish_waiting")
        ]

    def __str__(self) -> str:
        return f"OpeningWish {self.pk}"
