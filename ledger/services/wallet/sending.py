"""From the personal account into the relative's wallet: when it may be sent, and how often."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import EnrollmentStatus, Person, Scheme, User
from accounts.services import current_enrollment
from gongji import outbox
from gongji.errors import Refused
from gongji.money import yuan
from gongji.policy import Policy
from gongji.templatetags.gongji import mask_name
from ledger import rules
from ledger.models import LedgerAccount, Mandate, Transaction, WalletTransfer
from ledger.services.accounts import clearing_account
from ledger.services.posting import move
from ledger.services.refusals import LedgerRefused
from ledger.services.wallet import rows
from ledger.services.wallet.ending import RETURN
from ledger.services.wallet.rows import most_to_send, wallet_rules


# ------------------------------------------------------------- may one send now
def sends_left(person: Person, *, now: datetime) -> int:
    """Return how often a giver may still send today, by the rules of the area that keeps the account."""
    account = rows.personal(person)
    return len(_free_serials(person, account, now)) if account else 0


def why_not_send(mandate: Mandate, *, now: datetime) -> Refused | None:
    """Return what stands in the way of any transfer now, whatever the amount; None when nothing does.

    Codes: `wallet_ended`, `wallet_paused`, `wallet_not_open`, `wallet_closed`, `giver_not_insured`,
    `daily_limit`.
    """
    account = rows.personal(mandate.authorizer)
    if account is None or not rows.in_force(mandate, now):
        return Refused("wallet_ended", _("这个医保钱包现在不能转钱。"), _("要继续,请重新申请开通。"))
    if mandate.paused_at is not None:
        return Refused("wallet_paused", _("您先暂停了这个医保钱包。"), _("恢复以后就可以转。"))
    here = wallet_rules(account.area)
    return (
        _not_open(here)
        or _closed_now(here, now)
        or _not_insured(mandate.authorizer)
        or _too_often(mandate.authorizer, account, now)
    )


def _not_open(here: Policy) -> Refused | None:
    if here.open and here.wallet.open:
        return None
    return Refused(
        "wallet_not_open",
        _("%(area)s的医保钱包还没有开通。") % {"area": here.name},
        _("依据:%(source)s。请打 %(hotline)s 问。")
        % {"source": here.cite("wallet").source, "hotline": here.hotline},
    )


def _closed_now(here: Policy, now: datetime) -> Refused | None:
    if rules.transfers_open(here.wallet, now):
        return None
    closed, opens = f"{here.wallet.closed_from:%H:%M}", f"{here.wallet.closed_until:%H:%M}"
    return Refused(
        "wallet_closed",
        _("%(closed)s 到第二天 %(opens)s 不能转钱。") % {"closed": closed, "opens": opens},
        _("请 %(opens)s 以后再转。") % {"opens": opens},
    )


def _not_insured(giver: Person) -> Refused | None:
    enrollment = current_enrollment(giver)
    in_order = (
        enrollment is not None
        and enrollment.status == EnrollmentStatus.ACTIVE
        and enrollment.scheme == Scheme.EMPLOYEE
    )
    if in_order:
        return None
    return Refused(
        "giver_not_insured", _("您的职工医保现在不是正常参保。"), _("恢复参保以后就可以转,不用重新办。")
    )


def _too_often(giver: Person, account: LedgerAccount, now: datetime) -> Refused | None:
    if _free_serials(giver, account, now):
        return None
    limit = wallet_rules(account.area).wallet.daily_transfers
    return Refused("daily_limit", _("每天最多转 %(n)d 次,今天的用完了。") % {"n": limit}, _("请明天再转。"))


def _free_serials(giver: Person, account: LedgerAccount, now: datetime) -> list[str]:
    serials = rules.send_serials(wallet_rules(account.area).wallet, now)
    used = Transaction.objects.filter(provider=None, beneficiary=giver, serial__in=serials)
    taken = set(used.values_list("serial", flat=True))
    return [serial for serial in serials if serial not in taken]


def amount_refused(mandate: Mandate, amount: int) -> Refused | None:
    """Return what is wrong with an amount: `amount_too_small`, `amount_too_large`, `insufficient_balance`."""
    account = rows.home_of(mandate)
    here = wallet_rules(account.area)
    if amount <= 0:
        return Refused("amount_too_small", _("最少转 0.01 元。"))
    if amount > here.wallet.max_transfer:
        most = yuan(here.wallet.max_transfer)
        return Refused("amount_too_large", _("每次最多转 %(most)s 元。") % {"most": most})
    if amount > most_to_send(mandate):
        return _not_enough(mandate, here)
    return None


def _not_enough(mandate: Mandate, here: Policy) -> Refused:
    most = _("您现在最多能转 %(most)s 元。") % {"most": yuan(most_to_send(mandate))}
    if here.min_balance:
        most += _("账户里要留 %(keep)s 元。") % {"keep": yuan(here.min_balance)}
    return Refused("insufficient_balance", _("账户余额不够。"), most)


# ------------------------------------------------------------- send
@transaction.atomic
def send(*, mandate: Mandate, actor: User, amount: int, transfer_id: UUID) -> WalletTransfer:
    """Send `amount` 分 into the relative's wallet; it waits until they take it. The same id again is once.

    Raises PermissionDenied for anybody but the giver, and Refused as `why_not_send` and `amount_refused` say.
    """
    row = rows.held(mandate.pk)
    if actor.person_id is None or row.authorizer_id != actor.person_id:
        raise PermissionDenied("not the giver")
    earlier = WalletTransfer.objects.filter(pk=transfer_id).first()
    if earlier is not None:
        return _the_same(earlier, row)
    now = timezone.now()
    refused = why_not_send(row, now=now) or amount_refused(row, amount)
    if refused is not None:
        raise refused
    transfer = _sent(row, amount, transfer_id, now)
    outbox.post(RETURN, transfer.pk, run_at=transfer.returns_at)
    rows.record(transfer, "sent", actor)
    rows.tell(transfer, row.beneficiary, "sent")
    return transfer


def _the_same(earlier: WalletTransfer, mandate: Mandate) -> WalletTransfer:
    if earlier.mandate_id != mandate.pk:
        raise PermissionDenied("an id of somebody else's transfer")
    return earlier


def _sent(mandate: Mandate, amount: int, transfer_id: UUID, now: datetime) -> WalletTransfer:
    account = rows.home_of(mandate)
    transit = clearing_account(kind=LedgerAccount.Kind.TRANSIT, area=account.area)
    return WalletTransfer.objects.create(
        id=transfer_id,
        mandate=mandate,
        transit=transit,
        amount=amount,
        sent_at=now,
        returns_at=rules.returns_at(wallet_rules(account.area).wallet, now),
        sending_id=_post(mandate, account, transit, amount, now),
    )


def _post(
    mandate: Mandate, account: LedgerAccount, transit: LedgerAccount, amount: int, now: datetime
) -> UUID:
    """Post under the first serial of the day that nobody has used; another send may be quicker."""
    here = wallet_rules(account.area)
    for serial in _free_serials(mandate.authorizer, account, now):
        try:
            moved = move(
                kind=Transaction.Kind.WALLET_SEND, serial=serial, person=mandate.authorizer, source=account,
                target=transit, amount=amount, keep=here.min_balance,
                reason=mask_name(mandate.beneficiary.name),
            )  # fmt: skip
        except LedgerRefused as too_little:
            raise _not_enough(mandate, here) from too_little
        if moved.new:
            return moved.id
    refused = _too_often(mandate.authorizer, account, now)
    assert refused is not None
    raise refused
