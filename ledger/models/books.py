"""What was posted. Nothing here is ever changed: the database refuses it; a reversal mends mistakes."""

import secrets
import time
import uuid

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, User
from gongji.models import THIS_TRANSACTION
from ledger.models.accounts import LedgerAccount, Mandate
from ledger.models.providers import Provider

SERIAL_LENGTH = 64


def new_id() -> uuid.UUID:
    """Return a UUID version 7 (RFC 9562): rows made together lie together in the index."""
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | secrets.randbits(80)
    value = value & ~(0xF000 << 64) | 0x7000 << 64
    return uuid.UUID(int=value & ~(0xC000 << 48) | 0x8000 << 48)


class TransactionQuerySet(models.QuerySet["Transaction"]):
    def visible_to(self, user: User) -> "TransactionQuerySet":
        """Transactions in which this login's person was the patient or whose account took part."""
        if user.person_id is None:
            return self.none()
        paid = Entry.objects.filter(account__owner_id=user.person_id).values("transaction_id")
        return self.filter(Q(beneficiary_id=user.person_id) | Q(pk__in=paid))


class Transaction(models.Model):
    """One thing that happened: a settlement, its reversal, a credit, money moved, a premium. Append-only.

    Which rows are whole is one CHECK, `transaction_is_sound` (migrations/sql/guards.sql, decision 0013).
    """

    class Kind(models.TextChoices):
        SETTLEMENT = "settlement", _("就医购药")
        REVERSAL = "reversal", _("退费")
        OPENING = "opening", _("期初余额")
        CONTRIBUTION = "contribution", _("每月划入")
        INTEREST = "interest", _("利息")
        POOL_IN = "pool_in", _("划拨到家庭共济账户")
        POOL_OUT = "pool_out", _("家庭共济账户退回")
        WALLET_SEND = "wallet_send", _("转出到家人钱包")
        WALLET_TAKE = "wallet_take", _("医保钱包收款")
        WALLET_BACK = "wallet_back", _("医保钱包退回")
        PREMIUM = "premium", _("代缴保费")

    CREDITS = [Kind.OPENING, Kind.CONTRIBUTION, Kind.INTEREST]
    MOVES = [Kind.POOL_IN, Kind.POOL_OUT, Kind.WALLET_SEND, Kind.WALLET_TAKE, Kind.WALLET_BACK]

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(_("种类"), max_length=12, choices=Kind.choices)
    provider = models.ForeignKey(
        Provider, null=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    serial = models.CharField(_("机构流水号"), max_length=SERIAL_LENGTH)
    beneficiary = models.ForeignKey(Person, on_delete=models.PROTECT, db_index=False, related_name="+")
    category = models.CharField(_("费用类别"), max_length=20, blank=True)
    away = models.BooleanField(default=False)
    event_at = models.DateTimeField(_("发生时间"))
    posted_at = models.DateTimeField(_("入账时间"))
    total = models.BigIntegerField(_("金额(分)"))
    own = models.BigIntegerField(_("个人账户(分)"))
    shared = models.BigIntegerField(_("家庭共济(分)"))
    cash = models.BigIntegerField(_("现金(分)"))
    entry_count = models.SmallIntegerField()
    reverses = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, db_index=False, related_name="reversals"
    )
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    content_hash = models.BinaryField(max_length=32)
    recorded_at = models.DateTimeField(editable=False, db_default=Func(function="clock_timestamp"))
    xid = models.BigIntegerField(editable=False, db_default=THIS_TRANSACTION)
    """When, and by which database transaction, the row was written: what the minute seals go by."""

    objects = TransactionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("交易")
        constraints = [
            models.UniqueConstraint(fields=["provider", "serial"], name="transaction_provider_serial_once"),
            models.UniqueConstraint(
                fields=["beneficiary", "serial"], condition=Q(provider=None), name="transaction_credit_once"
            ),
        ]
        indexes = [
            models.Index(fields=["beneficiary", "-event_at", "-id"], name="transaction_history"),
            models.Index(fields=["provider", "posted_at"], name="transaction_business_day"),
            models.Index(
                fields=["reverses"], condition=Q(reverses__isnull=False), name="transaction_reversals"
            ),
            BrinIndex(
                fields=["xid", "recorded_at"],
                name="transaction_sealing",
                pages_per_range=32,
                autosummarize=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class ReversedTotal(models.Model):
    """How much of a settlement has been reversed; kept by a trigger, it makes parallel reversals queue."""

    original = models.OneToOneField(
        Transaction, primary_key=True, on_delete=models.PROTECT, related_name="reversed"
    )
    total = models.BigIntegerField()
    reversed = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reversed__gt=0, reversed__lte=F("total")), name="reversed_at_most_the_original"
            )
        ]

    def __str__(self) -> str:
        return f"ReversedTotal {self.pk}"


class Entry(models.Model):
    """One leg of a transaction, in order of use. Stored accounts carry a running balance and a chain.

    That transaction and account exist is checked by the trigger that moves balances; neither can be deleted.
    """

    pk = models.CompositePrimaryKey("transaction_id", "line")
    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="entries"
    )
    line = models.SmallIntegerField()
    account = models.ForeignKey(
        LedgerAccount, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="entries"
    )
    amount = models.BigIntegerField()
    seq = models.BigIntegerField(null=True)
    balance_after = models.BigIntegerField(null=True)
    hash = models.BinaryField(max_length=32, null=True)
    mandate = models.ForeignKey(
        Mandate, null=True, on_delete=models.PROTECT, db_index=False, related_name="entries"
    )

    class Meta:
        verbose_name = verbose_name_plural = _("分录")
        constraints = [
            models.UniqueConstraint(fields=["account", "seq"], name="entry_sequence"),
            models.CheckConstraint(condition=~Q(amount=0), name="entry_moves_something"),
            models.CheckConstraint(condition=Q(line__gte=1), name="entry_lines_start_at_one"),
            models.CheckConstraint(
                condition=Q(seq=None, balance_after=None, hash=None)
                | Q(seq__gte=1, balance_after__gte=0, hash__isnull=False),
                name="entry_chained_or_clearing",
            ),
        ]

    def __str__(self) -> str:
        return f"Entry {self.transaction_id}/{self.line}"
