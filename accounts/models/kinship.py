"""Civil marriages and births as the registries handed them over: by blind index, no number in the clear."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

_INDEX = 32


class MarriageRecord(models.Model):
    """结婚登记, and how it ended: two people, from when, until when."""

    certificate_index = models.BinaryField(max_length=_INDEX, unique=True, editable=False)
    one_index = models.BinaryField(max_length=_INDEX, editable=False)
    other_index = models.BinaryField(max_length=_INDEX, editable=False)
    since = models.DateField(_("登记日期"), null=True)
    until = models.DateField(_("终止日期"), null=True)
    digest = models.BinaryField(max_length=_INDEX, editable=False)
    """Keyed digest of the imported line: an unchanged line of the next file is left alone."""
    updated_at = models.DateTimeField(_("更新时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("婚姻登记")
        constraints = [
            models.CheckConstraint(condition=~Q(one_index=F("other_index")), name="marriage_of_two"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(since__isnull=True) | Q(until__gte=F("since")),
                name="marriage_ends_after_it_began",
            ),
        ]
        indexes = [
            models.Index(fields=["one_index"], name="marriage_one"),
            models.Index(fields=["other_index"], name="marriage_other"),
        ]

    def __str__(self) -> str:
        return f"MarriageRecord {self.pk}"


class BirthRecord(models.Model):
    """出生医学证明: a child and its parents; a child may still be without a number of its own."""

    certificate_index = models.BinaryField(max_length=_INDEX, unique=True, editable=False)
    child_index = models.BinaryField(max_length=_INDEX, null=True, editable=False)
    mother_index = models.BinaryField(max_length=_INDEX, null=True, editable=False)
    father_index = models.BinaryField(max_length=_INDEX, null=True, editable=False)
    digest = models.BinaryField(max_length=_INDEX, editable=False)
    updated_at = models.DateTimeField(_("更新时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("出生登记")
        constraints = [
            models.CheckConstraint(
                condition=Q(mother_index__isnull=False) | Q(father_index__isnull=False),
                name="birth_names_a_parent",
            )
        ]
        indexes = [models.Index(fields=["child_index"], name="birth_child")]

    def __str__(self) -> str:
        return f"BirthRecord {self.pk}"
