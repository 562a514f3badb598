"""The minute seal of the books: a Merkle root (SM3) over the new transactions, chained and published.

A transaction's content hash proves its columns and all its legs, so the root proves which transactions there
are and what they say; the running counts prove that none went missing at the end. Nothing of this touches
the settlement: PostgreSQL fills two columns of the row, and the sealer reads them afterwards.
"""

import json
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Min, Sum
from django.utils import timezone

from gongji import crypto
from gongji.sealfile import SealFile, SealFileBroken
from gongji.sealing import Sealer, bounds
from ledger.models import LedgerSeal, Transaction

MOST = 250_000
"""Transactions under one seal: a load of millions is sealed over several minutes, in bounded memory."""
PURPOSE = "ledger seal"


def published_file() -> SealFile:
    """Return the file outside the database."""
    return SealFile(settings.LEDGER_SEALS_PATH)


class LedgerSealer(Sealer[LedgerSeal]):
    """Seals transactions; a seal is only made when all earlier ones are in the published file."""

    row, mark, written = Transaction, LedgerSeal, "recorded_at"

    def prepare(self, last: LedgerSeal | None) -> None:
        """Publish the one seal that a crash may have kept back. Raises SealFileBroken for any other gap."""
        published = published_file().last_number()
        number = last.number if last else 0
        if last and number - 1 == published:
            self.publish(last)
        elif number != published:
            raise SealFileBroken(f"the published file ends with seal {published}, the database with {number}")

    def cut(self, last: LedgerSeal | None, ended: int) -> int:
        new = Transaction.objects.filter(xid__gte=last.to_xid if last else 0, xid__lt=ended)
        ends = list(new.order_by("xid").values_list("xid", flat=True)[MOST - 1 : MOST])
        return ends[0] + 1 if ends else ended

    def close(self, seal: LedgerSeal, last: LedgerSeal | None) -> None:
        seal.at = _database_clock()
        covered = self.covered(seal)
        leaves = b"".join(map(bytes, covered.order_by("id").values_list("content_hash", flat=True)))
        seal.rows = len(leaves) // 32
        seal.entries = covered.aggregate(sum=Sum("entry_count"))["sum"]
        seal.all_rows = seal.rows + (last.all_rows if last else 0)
        seal.all_entries = seal.entries + (last.all_entries if last else 0)
        seal.root = crypto.merkle_root(leaves)
        seal.head = head_of(seal, bytes(last.head) if last else b"")
        seal.signature = sign(seal)

    def publish(self, seal: LedgerSeal) -> None:
        published_file().append(seal.published())


_sealer = LedgerSealer()


def seal_books() -> LedgerSeal | None:
    """Seal the transactions of the minutes before; None when there is nothing new.

    Raises SealFileBroken while the published file does not end where the database does.
    """
    return _sealer.seal()


def head_of(seal: LedgerSeal, before: bytes) -> bytes:
    """Return the digest that binds a seal to the one before; `before` is that one's head, b"" for none."""
    counts = [*bounds(seal), seal.entries, seal.all_rows, seal.all_entries]
    return crypto.sm3(before + json.dumps(counts).encode() + bytes(seal.root))


def sign(seal: LedgerSeal) -> bytes:
    """Return the signature over a head; empty where this process has no key."""
    ring = settings.LEDGER_SEAL_KEYS
    return crypto.authenticate(PURPOSE, bytes(seal.head), ring) if ring else b""


def is_signed(seal: LedgerSeal, before: LedgerSeal | None) -> bool:
    """Tell whether the signature is right, as far as this process has keys to tell.

    None is needed before the first signed seal: keys may have come later than the books.
    """
    ring = settings.LEDGER_SEAL_KEYS
    if not ring or not (seal.signature or (before and before.signature)):
        return True
    return crypto.is_authentic(PURPOSE, bytes(seal.head), bytes(seal.signature), ring)


def publish_anew() -> int:
    """Write all seals into a file that does not exist yet; return how many. For a new volume.

    Raises SealFileBroken where there is a file: what was published is never written over.
    """
    file = published_file()
    if file.path.exists():
        raise SealFileBroken(f"{file.path} exists; keep it as evidence and choose another path")
    count = 0
    for seal in LedgerSeal.objects.iterator(chunk_size=2000):
        file.append(seal.published())
        count += 1
    return count


def oldest_unsealed() -> datetime | None:
    """Return when the oldest transaction was written that no seal covers yet."""
    last = LedgerSeal.objects.last()
    rows = Transaction.objects.filter(xid__gte=last.to_xid) if last else Transaction.objects.all()
    at: datetime | None = rows.aggregate(at=Min("recorded_at"))["at"]
    return at


def unsealed_for() -> timedelta:
    """Return how long the oldest unsealed transaction has been waiting; zero when all are sealed."""
    at = oldest_unsealed()
    return timezone.now() - at if at else timedelta()


def _database_clock() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        at: datetime = cursor.fetchone()[0]
        return at
