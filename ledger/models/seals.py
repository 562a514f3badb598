"""What proves the books: seals, how far each account was verified, and what the verifications found."""

from datetime import UTC, datetime
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongji.models import Seal
from ledger.models.accounts import LedgerAccount


class LedgerSeal(Seal):
    """A minute's transactions under the root of a Merkle tree over their content hashes (SM3).

    `head` binds the bounds, the counts, the root and the head before; `signature` is made with a key that
    only the workers have, and empty where there is none.
    """

    entries = models.PositiveIntegerField(_("分录数"))
    all_rows = models.PositiveBigIntegerField(_("累计交易"))
    all_entries = models.PositiveBigIntegerField(_("累计分录"))
    root = models.BinaryField(max_length=32)
    signature = models.BinaryField(max_length=33)

    class Meta(Seal.Meta):
        db_table = "ledger_seal"
        verbose_name = verbose_name_plural = _("账本封印")

    def published(self) -> dict[str, Any]:
        """Return the seal as a record of the published file."""
        moments = {name: getattr(self, name).astimezone(UTC).isoformat() for name in ("at", "since", "until")}
        hashes = {name: bytes(getattr(self, name)).hex() for name in ("root", "head", "signature")}
        numbers = {
            name: getattr(self, name)
            for name in ("from_xid", "to_xid", "rows", "entries", "all_rows", "all_entries")
        }
        return {"number": self.number} | moments | numbers | hashes


class VerifiedAccount(models.Model):
    """The last entry of an account that a verification has seen in order; the next one goes on from there."""

    account = models.OneToOneField(
        LedgerAccount, primary_key=True, on_delete=models.PROTECT, related_name="verified"
    )
    seq = models.BigIntegerField()
    balance = models.BigIntegerField()
    head = models.BinaryField(max_length=32)

    class Meta:
        db_table = "ledger_verifiedaccount"

    def __str__(self) -> str:
        return f"VerifiedAccount {self.pk}"


class VerificationQuerySet(models.QuerySet["Verification"]):
    def ended(self) -> "VerificationQuerySet":
        """Verifications that came to an end, the newest first."""
        return self.filter(ended_at__isnull=False).order_by("-ended_at")

    def new_seals_from(self) -> int:
        """Return the number of the last seal that a verification of what is new has seen."""
        seen = self.filter(ended_at__isnull=False, check_name="").aggregate(number=models.Max("last_seal"))
        return int(seen["number"] or 0)


class Verification(models.Model):
    """One run of verify_ledger: how far it came and what it found first. A night's run goes on in chunks."""

    class Extent(models.TextChoices):
        FULL = "full", _("全部")
        NEW = "new", _("新增部分")

    extent = models.CharField(_("范围"), max_length=4, choices=Extent.choices)
    began_at = models.DateTimeField(_("开始"), default=timezone.now)
    ended_at = models.DateTimeField(_("结束"), null=True)
    part = models.CharField(max_length=20, blank=True)
    cursor = models.JSONField(null=True)
    last_seal = models.PositiveBigIntegerField(default=0)
    accounts = models.BigIntegerField(_("账户"), default=0)
    transactions = models.BigIntegerField(_("交易"), default=0)
    entries = models.BigIntegerField(_("分录"), default=0)
    seals = models.BigIntegerField(_("封印"), default=0)
    check_name = models.CharField(_("不符的核对项"), max_length=40, blank=True)
    row = models.CharField(_("第一处不符"), max_length=200, blank=True)

    objects = VerificationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("账本核对")
        indexes = [models.Index(F("ended_at").desc(nulls_last=True), name="verification_ended")]
        constraints = [
            models.CheckConstraint(
                condition=Q(check_name="", row="") | Q(ended_at__isnull=False),
                name="verification_that_found_something_ended",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_extent_display()} {timezone.localtime(self.began_at):%Y-%m-%d %H:%M}"

    def age(self, now: datetime) -> float:
        """Return the seconds since it ended."""
        return (now - (self.ended_at or self.began_at)).total_seconds()
