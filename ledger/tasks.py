"""What the ledger does in the background."""

import logging
from datetime import date, timedelta

from django.utils import timezone

from gongji import outbox
from gongji.outbox import handler, periodic
from gongji.sealfile import SealFileBroken
from ledger import services
from ledger.services import wallet

logger = logging.getLogger(__name__)


@periodic("ledger.verify", "daily 02:30")
def verify(day: str) -> None:
    """Check the books each night, in jobs of some seconds; a finding is loud and on record."""
    services.begin_verification(day=date.fromisoformat(day))


@handler("ledger.verify_slices")
def verify_slices(ref: str) -> None:
    """Go on with a night's verification."""
    services.verify_slices(run_id=int(ref))


@periodic("ledger.seal", "minute")
def seal(minute: str) -> None:
    """Seal the transactions of the minutes before; settlements go on when that cannot be done."""
    try:
        services.seal_books()
    except SealFileBroken as broken:
        logger.critical("the books cannot be sealed: %s", broken)


@periodic("ledger.forget_nonces", timedelta(minutes=10))
def forget_nonces(period: str) -> None:
    """Drop nonces whose signature would be stale by now."""
    services.forget_nonces()


@periodic("ledger.forget_codes", "daily 03:40")
def forget_codes(day: str) -> None:
    """Drop pay codes and counted misses that no limit looks at any more."""
    services.forget_codes()
    services.forget_misses()


@handler("ledger.wallet_return")
def return_transfer(ref: str) -> None:
    """The time of a transfer is over: what nobody took goes back."""
    wallet.return_late(ref)


@handler("ledger.wallet_close")
def close_wallet(ref: str) -> None:
    """The end of a wallet stands: what was not used goes home."""
    wallet.close(ref)


@periodic("ledger.wallet_rest", timedelta(minutes=10))
def empty_ended_wallets(period: str) -> None:
    """Find what came back into ended wallets, and late transfers whose own job is lost."""
    wallet.post_what_is_left(now=timezone.now())


@periodic("ledger.tell_uses", "minute", queue="notify")
def tell_uses(period: str) -> None:
    """Tell givers what was used, and which caps and balances ran out, since the last time."""
    services.tell_new_uses()


@handler("pool_left")
def look_at_pool(ref: str) -> None:
    """Somebody left a household pool for good: money may have to go back."""
    services.wind_up(pool=int(ref))


@periodic("ledger.pools_rest", "daily 03:20")
def empty_ended_pools(day: str) -> None:
    """Find what came back into pools nobody is in any more; each is a job of its own."""
    for pool in services.pools_to_wind_up():
        outbox.post("pool_left", pool, dedup=f"pool_rest:{pool}:{day}")
