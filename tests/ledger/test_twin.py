"""The settlement function and its plain-Python twin agree on families that nobody thought of."""

import hashlib
import json
from contextlib import contextmanager
from dataclasses import replace

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongji.policy import ShareOrder
from ledger import rules, services
from ledger.models import AreaRule, Entry, LedgerAccount, Mandate, Transaction
from tests.factories import make_holder, make_mandate, make_provider, settlement
from tests.roles import as_owner

pytestmark = pytest.mark.django_db

FEN = st.integers(0, 50_00)
LIMIT = st.one_of(st.none(), FEN)
KIND = st.sampled_from(["mutual_aid", "mutual_aid", "wallet"])
RELATIVES = st.lists(st.tuples(FEN, LIMIT, LIMIT, st.booleans(), st.integers(1, 5), KIND), max_size=4)
database = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@contextmanager
def undone():
    """Let the rows of an example go away."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def build(own, relatives, order, min_balance):
    """A family in the database and as the twin sees it."""
    with as_owner():
        AreaRule.objects.filter(area="990100").update(share_order=order, min_balance=min_balance)
    person = make_holder("王芳", own)
    sources = []
    for balance, cap, total, paused, rank, kind in relatives:
        wallet = kind == "wallet"
        giver = make_holder("李小明", balance)
        mandate = make_mandate(giver, person, cap=cap, kind=kind)
        if wallet:
            fill(mandate.account, giver, balance)
        Mandate.objects.filter(pk=mandate.pk).update(
            rank=rank, authorized=total, paused_at=timezone.now() if paused else None
        )
        if not paused:
            keep = 0 if wallet else min_balance
            sources.append(rules.Source(mandate.pk, balance, rank, keep, cap, total, wallet))
    return person, sources


def fill(wallet, giver, amount):
    """Send a giver's money into a wallet, as an accepted transfer does."""
    if amount:
        services.move(
            kind=Transaction.Kind.WALLET_BACK, serial=f"fill:{wallet.pk}", person=giver,
            source=LedgerAccount.objects.get(owner=giver, kind="personal"), target=wallet, amount=amount,
        )  # fmt: skip


@database
@given(
    own=FEN,
    relatives=RELATIVES,
    order=st.sampled_from(ShareOrder),
    min_balance=st.sampled_from([0, 5_00]),
    amounts=st.lists(st.integers(1, 90_00), min_size=1, max_size=3),
    backs=st.lists(st.integers(1, 60_00), max_size=3),
)
def test_the_function_shares_and_gives_back_as_the_twin_does(
    own, relatives, order, min_balance, amounts, backs
):
    with undone():
        compare(own, relatives, order, min_balance, amounts, backs)


def compare(own, relatives, order, min_balance, amounts, backs):
    pharmacy = make_provider()
    person, sources = build(own, relatives, order, min_balance)
    for amount in amounts:
        expected = rules.split(amount, own, sources, order)
        reply = services.settle(settlement=settlement(pharmacy, person, amount))
        assert taken(reply.id) == expected
        own -= expected.own
        sources = [after(source, dict(expected.shared).get(source.mandate, 0)) for source in sources]
    give_back_like_the_twin(pharmacy, reply.id, backs)
    assert total_is_kept()


def after(source, part):
    return replace(
        source,
        balance=source.balance - part,
        cap_left=None if source.cap_left is None else source.cap_left - part,
        total_left=None if source.total_left is None else source.total_left - part,
    )


def taken(transaction_id):
    posted = Transaction.objects.get(pk=transaction_id)
    legs = posted.entries.filter(mandate__isnull=False).order_by("line")
    return rules.Split(posted.own, tuple((leg.mandate_id, -leg.amount) for leg in legs), posted.cash)


def give_back_like_the_twin(pharmacy, original, backs):
    paid = Transaction.objects.get(pk=original)
    legs = list(paid.entries.filter(amount__lt=0).order_by("line"))
    parts = [*(-leg.amount for leg in legs), paid.cash]
    already = 0
    for number, amount in enumerate(backs):
        values = {"provider": pharmacy, "original": original, "serial": f"R{number}", "reason": "退药"}
        try:
            expected = rules.give_back(parts, already, amount)
        except ValueError:
            with pytest.raises(services.LedgerRefused):
                services.reverse(**values, amount=amount, occurred_at=timezone.now())
            continue
        back = services.reverse(**values, amount=amount, occurred_at=timezone.now())
        posted = Transaction.objects.get(pk=back.id)
        given_back = {leg.account_id: leg.amount for leg in posted.entries.filter(amount__gt=0)}
        assert [given_back.get(leg.account_id, 0) for leg in legs] == expected[:-1]
        assert posted.cash == expected[-1]
        already += amount


def total_is_kept():
    entries = Entry.objects.values_list("account_id", "amount")
    sums: dict[int, int] = {}
    for account, amount in entries:
        sums[account] = sums.get(account, 0) + amount
    stored = LedgerAccount.objects.filter(balance__isnull=False).values_list("pk", "balance")
    return sum(sums.values()) == 0 and all(sums.get(pk, 0) == balance for pk, balance in stored)


@given(parts=st.lists(st.integers(0, 500), min_size=1, max_size=5), data=st.data())
def test_giving_back_in_steps_is_giving_back_at_once(parts, data):
    total, already, given_back = sum(parts), 0, [0] * len(parts)
    while already < total:
        step = data.draw(st.integers(1, total - already))
        given_back = [a + b for a, b in zip(given_back, rules.give_back(parts, already, step), strict=True)]
        already += step
    assert given_back == parts


def test_the_chain_can_be_checked_without_the_database(pharmacy):
    """The format is documented in migrations/sql/posting.sql; this is a second reading of it."""
    person, son = make_holder("王芳", 5_00), make_holder("李·“小”明", 50_00)
    make_mandate(son, person)
    wish = settlement(pharmacy, person, 30_00)
    paid = services.settle(settlement=wish).id
    values = {"provider": pharmacy, "original": paid, "serial": "R", "amount": 7_00}
    services.reverse(**values, reason='退"药"|', occurred_at=timezone.now())
    for account in LedgerAccount.objects.filter(seq__gt=0):
        head = LedgerAccount.GENESIS
        for entry in account.entries.select_related("transaction").order_by("seq"):
            content = content_hash(entry.transaction)
            assert bytes(entry.transaction.content_hash) == content
            numbers = (account.pk, entry.seq, entry.amount, entry.balance_after)
            words = b"".join(number.to_bytes(8, "big", signed=True) for number in numbers)
            head = hashlib.sha256(head + content + words).digest()
            assert bytes(entry.hash) == head
        assert bytes(account.head) == head


def content_hash(posted):
    legs = list(posted.entries.order_by("line"))
    micros = [round(at.timestamp() * 1_000_000) for at in (posted.event_at, posted.posted_at)]
    content = [
        str(posted.pk), posted.kind, posted.provider_id, posted.serial, str(posted.beneficiary_id),
        posted.category, posted.away, *micros, posted.total, posted.own, posted.shared, posted.cash,
        posted.entry_count, str(posted.reverses_id) if posted.reverses_id else None, posted.reason,
        ",".join(str(leg.account_id) for leg in legs), ",".join(str(leg.amount) for leg in legs),
        ",".join(str(leg.mandate_id or "-") for leg in legs),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).digest()
