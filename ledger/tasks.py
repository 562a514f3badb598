"""What the ledger does in the background."""

import logging
from datetime import timedelta

from gongji import audit
from gongji.outbox import periodic
from ledger import services

logger = logging.getLogger(__name__)


@periodic("ledger.verify", "daily 02:30")
def verify(day: str) -> None:
    """Check the books each night; a finding is loud and on record."""
    finding = services.verify().finding
    if finding is not None:
        logger.critical("the ledger does not verify: %s, %s", finding.check, finding.row)
        audit.record(
            action="ledger.verified", actor=None, result="failed", reason=f"{finding.check}: {finding.row}"
        )


@periodic("ledger.forget_nonces", timedelta(minutes=10))
def forget_nonces(period: str) -> None:
    """Drop nonces whose signature would be stale by now."""
    services.forget_nonces()
