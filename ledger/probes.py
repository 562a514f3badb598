"""What /readyz, /metrics and doctor ask this app: are the books sealed, and did they verify?"""

from datetime import timedelta

from django.utils import timezone

from gongji.health import gauges, probe
from gongji.sealfile import SealFileBroken
from ledger import services
from ledger.models import Verification

LATE_SEAL = timedelta(minutes=10)
LATE_VERIFICATION = timedelta(days=2)


@probe("ledger seals", needs_database=True)
def books_are_sealed() -> str | None:
    """Sealing keeps up with posting. Settlements go on without it, so it closes nothing."""
    try:
        services.published_file().last_number()
    except (SealFileBroken, OSError) as error:
        return f"the published file cannot be read ({error}); see docs/operations.md, The books are sealed"
    waiting = services.unsealed_for()
    if waiting < LATE_SEAL:
        return None
    minutes = waiting.total_seconds() // 60
    return f"transactions have waited {minutes:.0f} min for a seal; run manage.py seal_ledger to see why"


@probe("ledger verification", needs_database=True)
def books_verify() -> str | None:
    """The last verification found nothing and is not old."""
    last = Verification.objects.ended().first()
    if last is None:
        return None
    if last.check_name:
        return f"the books do not verify ({last.check_name}: {last.row}); see docs/operations.md"
    if last.age(timezone.now()) > LATE_VERIFICATION.total_seconds():
        return f"the books were last verified on {timezone.localtime(last.ended_at):%F}; is a worker running?"
    return None


@gauges("ledger")
def figures() -> dict[str, float | int | None]:
    """Seconds the oldest transaction waits for its seal; how old and how good the last verification is."""
    last = Verification.objects.ended().first()
    return {
        "unsealed_seconds": services.unsealed_for().total_seconds(),
        "verified_seconds_ago": last.age(timezone.now()) if last else None,
        "verified_ok": None if last is None else int(not last.check_name),
    }
