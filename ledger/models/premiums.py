"""Premiums among the transactions, as staff look at them."""

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from ledger.models.books import Transaction


class PremiumManager(models.Manager["Premium"]):
    def get_queryset(self) -> QuerySet["Premium"]:
        return super().get_queryset().filter(kind=Transaction.Kind.PREMIUM)


class Premium(Transaction):
    """A year's premium that somebody paid from a personal account."""

    objects = PremiumManager()  # type: ignore[assignment,misc]

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("代缴保费")
