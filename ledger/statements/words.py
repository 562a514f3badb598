"""What a transaction is called, and how much of it the payer may read."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongji.policy import Category
from ledger.models import Transaction
from ledger.statements.month import Month

SEES_TYPE, SEES_PLACE = 1, 2
"""Privacy levels of a binding, as the relative chose them (binding.models.Binding.Privacy)."""

_Kind = Transaction.Kind
KINDS = {
    "settlement": (gettext_lazy("就医购药"), [_Kind.SETTLEMENT]),
    "reversal": (gettext_lazy("退费"), [_Kind.REVERSAL]),
    "credit": (gettext_lazy("转入"), Transaction.CREDITS),
    "transfer": (gettext_lazy("转账"), Transaction.MOVES),
    "premium": (gettext_lazy("代缴保费"), [_Kind.PREMIUM]),
}
"""What a history can be narrowed to: the word in the address, the words on the page, the kinds."""
KINDS_USED = ["settlement", "reversal", "premium"]
"""Those of them that a patient's own use can be."""

_WALLET = {
    _Kind.WALLET_SEND: gettext_lazy("转给%(name)s的医保钱包"),
    _Kind.WALLET_TAKE: gettext_lazy("%(name)s转来"),
}
"""Transfers that name the other one, masked; their reason says who it is."""

_PURCHASES = {Category.DRUG, Category.DEVICE, Category.CONSUMABLE, Category.VACCINE}
_PREMIUMS = {
    Category.PREMIUM_RESIDENT,
    Category.PREMIUM_LARGE,
    Category.PREMIUM_LTC,
    Category.PREMIUM_COMMERCIAL,
}


def kinds_of(word: str) -> list[str]:
    """Return the kinds of transactions behind a word of `KINDS`."""
    return [kind.value for kind in KINDS[word][1]]


@dataclass(frozen=True)
class Original:
    """What a reversal takes back: where it stands in the statements."""

    id: UUID
    at: datetime

    @property
    def month(self) -> Month:
        """The month under which the original was posted."""
        return Month(timezone.localdate(self.at).replace(day=1))


def original_of(record: Transaction) -> Original | None:
    """Return what a reversal takes back; None for everything else. Wants `reverses` selected."""
    return Original(record.reverses.pk, record.reverses.posted_at) if record.reverses else None


def was_taken_back(record: Transaction) -> bool:
    """Whether a part of a settlement, or all of it, was taken back later. Wants `reversed` selected."""
    return getattr(record, "reversed", None) is not None


def what_of(record: Transaction) -> str:
    """Return what a transaction was, in words: 普通门诊; 退费:普通门诊; 每月划入; 转给王*的医保钱包."""
    if record.kind in _WALLET and record.reason:
        return str(_WALLET[_Kind(record.kind)]) % {"name": record.reason}
    if not record.category:
        return str(Transaction.Kind(record.kind).label)
    return _named(record, _(Category(record.category).label))


def seen_as(record: Transaction, level: int, unnamed: str = "") -> str:
    """Return what the payer reads: everything from SEES_PLACE on, 看病 or 买药 at SEES_TYPE, else neither.

    生育 or 门诊慢特病 would tell about someone's health, so the level in between does not name them.
    `unnamed` is what it is called below SEES_TYPE, 家庭共济 where nothing else is said.
    """
    if level >= SEES_PLACE or not record.category:
        return what_of(record)
    vague = unnamed or _("家庭共济")
    return _named(record, _broadly(Category(record.category)) if level >= SEES_TYPE else vague)


def _broadly(category: Category) -> str:
    if category in _PREMIUMS:
        return _("缴保费")
    return _("买药") if category in _PURCHASES else _("看病")


def _named(record: Transaction, what: str) -> str:
    if record.kind == Transaction.Kind.REVERSAL:
        return _("退费:%(category)s") % {"category": what}
    return what
