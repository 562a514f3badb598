"""Statements that were issued on paper: what somebody else may check."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person


class IssuedStatement(models.Model):
    """The sums of a printed statement under its check code, a keyed digest of the row. Append-only.

    The same document issued again is this row again, so that a page opened often adds nothing.
    """

    code = models.CharField(_("校验码"), max_length=20, primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=7)
    period = models.CharField(_("期间"), max_length=7)
    names = ArrayField(models.CharField(max_length=12))
    sums = ArrayField(models.BigIntegerField())
    control = models.CharField(max_length=12)
    lines = models.PositiveIntegerField(_("笔数"))
    digest = models.BinaryField(max_length=32)
    mac = models.BinaryField(max_length=33)
    issued_at = models.DateTimeField(_("出具时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("出具的对账单")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "role", "period", "digest"], name="issued_statement_once"
            ),
        ]

    def __str__(self) -> str:
        return f"IssuedStatement {self.code}"
