"""Accounts, who may draw on them, and under which rules.

Amounts are 分. A stored balance exists only where somebody may overdraw (personal, wallet, pool);
clearing accounts are summed, so that nobody queues on them.
"""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, User
from gongji.policy import ShareOrder


class LedgerAccount(models.Model):
    """One side of the books; `balance`, `seq`, `head` follow the last entry, by trigger only."""

    class Kind(models.TextChoices):
        PERSONAL = "personal", _("职工医保个人账户")
        WALLET = "wallet", _("医保钱包")
        POOL = "pool", _("家庭共济账户")
        PROVIDER = "provider", _("医药机构应付款")
        FUND = "fund", _("账户划入")
        PREMIUM = "premium", _("代缴保费")
        TRANSIT = "transit", _("钱包转账途中")

    STORED = [Kind.PERSONAL, Kind.WALLET, Kind.POOL]
    GENESIS = bytes(32)

    kind = models.CharField(_("种类"), max_length=8, choices=Kind.choices)
    owner = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="ledger_accounts")
    area = models.CharField(_("统筹区"), max_length=6)
    balance = models.BigIntegerField(_("余额(分)"), null=True)
    seq = models.BigIntegerField(null=True)
    head = models.BinaryField(max_length=32, null=True)
    away_allowed = models.BooleanField(_("异地就医可用"), default=False)
    opened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "ledger_account"
        verbose_name = verbose_name_plural = _("账户")
        constraints = [
            # Which kinds store one, and have an owner, is checked when an account opens (sql/guards.sql).
            models.CheckConstraint(
                condition=Q(balance=None, seq=None, head=None)
                | Q(balance__gte=0, seq__isnull=False, head__isnull=False),
                name="account_stores_a_balance_or_not",
            ),
            models.UniqueConstraint(
                fields=["owner", "kind"],
                condition=Q(kind__in=["personal", "pool"]),
                name="account_one_per_person",
            ),
            models.UniqueConstraint(
                fields=["kind", "area"],
                condition=Q(kind__in=["fund", "premium", "transit"]),
                name="account_one_per_area",
            ),
        ]

    def __str__(self) -> str:
        return f"LedgerAccount {self.pk}"


class MandateQuerySet(models.QuerySet["Mandate"]):
    def live(self, now: datetime) -> "MandateQuerySet":
        """Mandates that began and have not ended at `now`; paused ones included."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gt=now), valid_from__lte=now)

    def visible_to(self, user: User) -> "MandateQuerySet":
        """Mandates of this login's person, given or received."""
        if user.person_id is None:
            return self.none()
        return self.filter(Q(authorizer_id=user.person_id) | Q(beneficiary_id=user.person_id))


class Mandate(models.Model):
    """What a binding lets the beneficiary do with the authorizer's account. Written by services only."""

    class Kind(models.TextChoices):
        MUTUAL_AID = "mutual_aid", _("家庭共济")
        VIEW = "view", _("亲情账户")
        WALLET = "wallet", _("医保钱包")
        POOL = "pool", _("家庭共济账户成员")

    PAYING = [Kind.MUTUAL_AID, Kind.WALLET, Kind.POOL]

    binding_id = models.UUIDField(unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    account = models.ForeignKey(LedgerAccount, null=True, on_delete=models.PROTECT, related_name="mandates")
    authorizer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="mandates_given")
    beneficiary = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="mandates_received")
    authorizer_mask = models.CharField(max_length=50)
    rank = models.PositiveIntegerField()
    monthly_cap = models.BigIntegerField(_("每月上限(分)"), null=True)
    authorized = models.BigIntegerField(_("授权总额(分)"), null=True)
    """What may be used in all, whatever the month; None = no total."""
    paused_at = models.DateTimeField(null=True)
    privacy = models.PositiveSmallIntegerField(default=1)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    objects = MandateQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("使用授权")
        constraints = [
            models.CheckConstraint(condition=Q(monthly_cap__gte=0), name="mandate_cap_not_negative"),
            models.CheckConstraint(condition=Q(authorized__gte=0), name="mandate_total_not_negative"),
            models.CheckConstraint(
                condition=Q(kind="view") | Q(account__isnull=False), name="mandate_that_pays_has_an_account"
            ),
            models.CheckConstraint(
                condition=~Q(authorizer=F("beneficiary")) | Q(kind="pool"), name="mandate_between_two_people"
            ),
            models.UniqueConstraint(
                fields=["beneficiary"],
                condition=Q(kind="pool", valid_until=None),
                name="mandate_one_pool_per_person",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="mandate_ends_after_it_began",
            ),
        ]
        indexes = [
            models.Index(
                fields=["valid_until"],
                condition=Q(kind="wallet", valid_until__isnull=False),
                name="mandate_ended_wallets",
            )
        ]

    def __str__(self) -> str:
        return f"Mandate {self.pk}"


class MonthUse(models.Model):
    """分 that a mandate was used for in a month (Asia/Shanghai, by posting time), reversals taken off.

    A reversal lowers the month of the original use, whenever it comes: the month shows what was really used.
    """

    pk = models.CompositePrimaryKey("mandate_id", "month")
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="months", db_index=False)
    month = models.DateField()
    used = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(used__gte=0), name="month_use_not_negative"),
        ]

    def __str__(self) -> str:
        return f"MonthUse {self.mandate_id} {self.month:%Y-%m}"


class AreaRule(models.Model):
    """What settlement needs to know of an area's policy; derived by `services.derive_area_rules`."""

    area = models.CharField(max_length=6)
    valid_from = models.DateTimeField()
    open = models.BooleanField()
    share_order = models.CharField(max_length=17)
    min_balance = models.BigIntegerField()
    scope_digits = models.PositiveSmallIntegerField()
    categories = ArrayField(models.CharField(max_length=20))

    class Meta:
        verbose_name = verbose_name_plural = _("结算规则")
        constraints = [
            models.UniqueConstraint(fields=["area", "valid_from"], name="area_rule_once"),
            models.CheckConstraint(condition=Q(scope_digits__in=[2, 4, 6]), name="area_rule_scope"),
            models.CheckConstraint(
                condition=Q(share_order__in=[order.value for order in ShareOrder]), name="area_rule_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area} {self.valid_from:%Y-%m-%d}"
