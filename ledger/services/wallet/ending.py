"""A transfer's end: the relative takes it, sends it back, the giver takes it back, or its time is over."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from gongji.errors import Refused
from gongji.templatetags.gongji import mask_name
from ledger.models import LedgerAccount, Transaction, WalletTransfer
from ledger.services.posting import move
from ledger.services.wallet import rows

RETURN = "ledger.wallet_return"
"""The job that gives back what nobody took; posted with the transfer, run at its `returns_at`."""


@transaction.atomic
def take(*, transfer: WalletTransfer, actor: User) -> WalletTransfer:
    """Put money that is on its way into the relative's wallet. Twice is once.

    Late is not too late as long as it has not gone back. Raises PermissionDenied for anybody else,
    Refused: `transfer_returned`, `wallet_ended`.
    """
    row = _held_by_relative(transfer, actor)
    if row.state == WalletTransfer.State.TAKEN:
        return row
    if row.state == WalletTransfer.State.BACK:
        raise Refused("transfer_returned", _("这笔钱已经退回给家人了。"), _("想要的话,请家人再转一次。"))
    mandate = rows.held(row.mandate_id)
    if not rows.in_force(mandate, timezone.now()):
        raise Refused(
            "wallet_ended", _("这个医保钱包已经解除,不能再收。"), _("钱会退回给家人,您不用做什么。")
        )
    assert mandate.account is not None
    _end(
        row,
        Transaction.Kind.WALLET_TAKE,
        mandate.account,
        WalletTransfer.State.TAKEN,
        names=mandate.authorizer.name,
    )
    rows.record(row, "taken", actor)
    rows.tell(row, mandate.authorizer, "taken", sms=False)
    return row


@transaction.atomic
def decline(*, transfer: WalletTransfer, actor: User) -> WalletTransfer:
    """Let the relative send back what they do not want. Twice is once. Raises Refused (`transfer_taken`)."""
    row = _held_by_relative(transfer, actor)
    if row.state == WalletTransfer.State.TAKEN:
        raise Refused("transfer_taken", _("这笔钱您已经收下了。"), _("不想用的,可以退出医保钱包。"))
    if row.state == WalletTransfer.State.SENT:
        give_back(row, WalletTransfer.Why.DECLINED)
        rows.record(row, "declined", actor)
        rows.tell(row, row.mandate.authorizer, "declined")
    return row


@transaction.atomic
def take_back(*, transfer: WalletTransfer, actor: User) -> WalletTransfer:
    """Let the giver have back what was not taken yet. Twice is once. Raises Refused (`transfer_taken`)."""
    row = rows.locked(transfer.pk)
    if actor.person_id is None or row.mandate.authorizer_id != actor.person_id:
        raise PermissionDenied("not the giver")
    if row.state == WalletTransfer.State.TAKEN:
        raise Refused("transfer_taken", _("家人已经收下了。"), _("没用完的,解除医保钱包以后退回给您。"))
    if row.state == WalletTransfer.State.SENT:
        give_back(row, WalletTransfer.Why.TAKEN_BACK)
        rows.record(row, "taken_back", actor)
        rows.tell(row, row.mandate.beneficiary, "taken_back", sms=False)
    return row


@transaction.atomic
def return_late(transfer_id: UUID | str) -> None:
    """Give back what nobody took by its time; too early, or over already, nothing happens."""
    row = rows.locked(transfer_id)
    if row.state != WalletTransfer.State.SENT or row.returns_at > timezone.now():
        return
    give_back(row, WalletTransfer.Why.LATE)
    rows.record(row, "returned", None)
    rows.tell(row, row.mandate.authorizer, "returned")
    rows.tell(row, row.mandate.beneficiary, "not_taken", sms=False)


def give_back(row: WalletTransfer, why: WalletTransfer.Why) -> None:
    """Send a locked transfer home to the giver's personal account, in the caller's transaction."""
    mandate = rows.held(row.mandate_id)
    home = rows.home_of(mandate)
    _end(
        row,
        Transaction.Kind.WALLET_BACK,
        home,
        WalletTransfer.State.BACK,
        why=why,
        names=mandate.beneficiary.name,
    )


def _held_by_relative(transfer: WalletTransfer, actor: User) -> WalletTransfer:
    row = rows.locked(transfer.pk)
    if actor.person_id is None or row.mandate.beneficiary_id != actor.person_id:
        raise PermissionDenied("not the one it was sent to")
    return row


def _end(
    row: WalletTransfer,
    kind: Transaction.Kind,
    target: LedgerAccount,
    state: WalletTransfer.State,
    *,
    why: str = "",
    names: str,
) -> None:
    """Post the end of a locked transfer: both ends have the same serial, so the books keep only one."""
    moved = move(
        kind=kind, serial=f"wallet_end:{row.pk}", person=row.mandate.beneficiary, source=row.transit,
        target=target, amount=row.amount, reason=mask_name(names),
    )  # fmt: skip
    if not moved.new:
        raise Refused("transfer_over", _("这笔转账已经有结果了。"), _("请刷新再看。"))
    row.state, row.why, row.ended_at, row.ending_id = state, why, timezone.now(), moved.id
    row.save(update_fields=["state", "why", "ended_at", "ending"])
