"""Money on its way from a personal account into a relative's 医保钱包. Amounts are 分."""

from django.db import models
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from ledger.models.accounts import LedgerAccount, Mandate
from ledger.models.books import Transaction, new_id


class WalletTransferQuerySet(models.QuerySet["WalletTransfer"]):
    def visible_to(self, user: User) -> "WalletTransferQuerySet":
        """Transfers that this login's person sent or was sent."""
        if user.person_id is None:
            return self.none()
        ends = Q(mandate__authorizer_id=user.person_id) | Q(mandate__beneficiary_id=user.person_id)
        return self.filter(ends)

    def waiting(self) -> "WalletTransferQuerySet":
        """What was sent and neither taken nor given back."""
        return self.filter(state=WalletTransfer.State.SENT)

    def sum(self) -> int:
        """All of them together, in 分."""
        total: int = self.aggregate(total=Sum("amount", default=0))["total"]
        return total


class WalletTransfer(models.Model):
    """One amount sent to one relative: on the way, then either taken or given back, once."""

    class State(models.TextChoices):
        SENT = "sent", _("等家人收")
        TAKEN = "taken", _("已收下")
        BACK = "back", _("已退回")

    class Why(models.TextChoices):
        """Why money went back to the giver."""

        LATE = "late", _("到时间没有收")
        TAKEN_BACK = "taken_back", _("出钱的人取回")
        DECLINED = "declined", _("家人没有要")
        ENDED = "ended", _("医保钱包已解除")

    id = models.UUIDField(primary_key=True, default=new_id)
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, db_index=False, related_name="transfers")
    transit = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, db_index=False, related_name="+")
    """The clearing account on which the money waits: that of the area which keeps the giver's account."""
    amount = models.BigIntegerField(_("金额(分)"))
    state = models.CharField(_("状态"), max_length=5, choices=State.choices, default=State.SENT)
    why = models.CharField(_("为什么退回"), max_length=10, choices=Why.choices, blank=True)
    sent_at = models.DateTimeField(_("转出时间"), default=timezone.now)
    returns_at = models.DateTimeField(_("没有收就退回的时间"))
    """When it goes back if nobody took it."""
    ended_at = models.DateTimeField(_("收下或退回时间"), null=True)
    sending = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="+")
    ending = models.OneToOneField(Transaction, null=True, on_delete=models.PROTECT, related_name="+")

    objects = WalletTransferQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("医保钱包转账")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="wallet_transfer_amount_positive"),
            models.CheckConstraint(
                condition=Q(state="sent", why="", ended_at=None, ending=None)
                | Q(state="taken", why="", ended_at__isnull=False, ending__isnull=False)
                | Q(state="back", ended_at__isnull=False, ending__isnull=False) & ~Q(why=""),
                name="wallet_transfer_ends_once",
            ),
        ]
        indexes = [
            models.Index(fields=["mandate", "-id"], name="wallet_transfer_of_mandate"),
            models.Index(fields=["returns_at"], condition=Q(state="sent"), name="wallet_transfer_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"
