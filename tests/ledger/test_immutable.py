"""The database refuses, whoever asks: every guard is tested around the ORM's own checks."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from ledger import services
from ledger.models import (
    Entry,
    IdempotencyKey,
    LedgerAccount,
    Mandate,
    MonthUse,
    ReversedTotal,
    Transaction,
    new_id,
)
from tests.factories import make_holder, make_mandate, settlement

pytestmark = [pytest.mark.django_db, pytest.mark.owner]


@pytest.fixture
def posted(pharmacy):
    """A settlement of 8 元, 1 own and 7 shared, reversed by 2."""
    mother, son = make_holder("王芳", 1_00), make_holder("李小明", 50_00)
    make_mandate(son, mother)
    reply = services.settle(
        settlement=settlement(pharmacy, mother, 8_00), key=services.RequestKey("k", b"d" * 32)
    )
    services.reverse(
        provider=pharmacy,
        original=reply.id,
        serial="R",
        amount=2_00,
        reason="退药",
        occurred_at=timezone.now(),
    )
    run()
    return Transaction.objects.get(pk=reply.id)


def run(*statements):
    """Run SQL with its deferred checks, all or nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement, *values in statements:
            cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def refused(statement, *values, says):
    """Run SQL that must fail."""
    with pytest.raises(IntegrityError, match=says):
        run([statement, *values])


@pytest.mark.parametrize("table", ["transaction", "entry", "idempotencykey", "account", "reversedtotal"])
def test_nothing_is_deleted_or_emptied(posted, table):
    refused(f"DELETE FROM ledger_{table}", says="append-only")
    refused(f"TRUNCATE ledger_{table} CASCADE", says="append-only")


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (Transaction, {"total": 1}),
        (Transaction, {"reason": "x"}),
        (Entry, {"amount": 1}),
        (IdempotencyKey, {"body": "{}"}),
        (LedgerAccount, {"balance": 99_00}),
        (LedgerAccount, {"seq": 9}),
        (LedgerAccount, {"head": bytes(32)}),
        (LedgerAccount, {"kind": "pool"}),
        (ReversedTotal, {"reversed": 1}),
    ],
)
def test_nothing_is_changed(posted, model, change):
    rows = model.objects.filter(owner__isnull=False) if model is LedgerAccount else model.objects.all()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        rows.update(**change)


def test_an_account_may_still_be_saved_with_its_switch_changed(posted):
    account = LedgerAccount.objects.filter(kind="personal").first()
    account.away_allowed = True
    account.save()


def test_an_account_opens_empty():
    person = make_holder()
    refused(
        "INSERT INTO ledger_account (kind, owner_id, area, balance, seq, head, away_allowed, opened_at) "
        "VALUES ('wallet', %s, '990100', 5, 0, decode(repeat('00', 32), 'hex'), false, now())",
        person.pk,
        says="does not open like this",
    )


def forged(posted, **values):
    """A copy of a settlement's row under a new id and serial, saved around the posting functions."""
    row = Transaction.objects.get(pk=posted.pk)
    row.pk, row.serial = new_id(), "forged"
    for name, value in values.items():
        setattr(row, name, value)
    row.save(force_insert=True)
    return row


def leg(row, line, account, amount, wrong=()):
    """An entry that goes on from its account, but for what is `wrong`."""
    wrong = dict(wrong)
    seq, after = wrong.get("seq"), wrong.get("balance")
    if account.balance is not None:
        seq = account.seq + wrong.get("ahead", 1)
        after = after or account.balance + amount
    chained = {} if seq is None else {"seq": seq, "balance_after": after, "hash": bytes(32)}
    return Entry(transaction=row, line=line, account=account, amount=amount, **chained)


def post(row, values, *legs):
    """Save a forged transaction and its entries in one go."""
    with transaction.atomic():
        fresh = forged(row, **values)
        Entry.objects.bulk_create([leg(fresh, line, *rest) for line, rest in enumerate(legs, 1)])
        run()


@pytest.fixture
def son(posted):
    return LedgerAccount.objects.get(owner__isnull=False, balance__gt=1_00)


def test_a_transaction_that_announces_entries_must_have_them(posted):
    with pytest.raises(IntegrityError, match="has no entries"):
        post(posted, {})


def test_a_forged_posting_that_keeps_every_rule_is_possible(posted, pharmacy, son):
    post(posted, {"entry_count": 2}, (son, -8_00), (pharmacy.account, 8_00))
    son.refresh_from_db()
    assert (son.balance, son.seq) == (37_00, 4)


@pytest.mark.parametrize(("count", "amounts"), [(2, (-8_00, 7_99)), (3, (-8_00, 8_00)), (2, (-7_00, 7_00))])
def test_entries_balance_and_are_as_many_as_announced(posted, pharmacy, son, count, amounts):
    with pytest.raises(IntegrityError, match="do not balance"):
        post(posted, {"entry_count": count}, (son, amounts[0]), (pharmacy.account, amounts[1]))


@pytest.mark.parametrize("wrong", [{"ahead": 2}, {"ahead": 0}, {"balance": 1}])
def test_an_entry_goes_on_from_its_accounts_balance(posted, pharmacy, son, wrong):
    with pytest.raises(IntegrityError, match=r"entry_sequence|does not go on"):
        post(posted, {"entry_count": 2}, (son, -8_00, wrong), (pharmacy.account, 8_00))


def test_an_account_without_a_balance_has_no_chain(posted, pharmacy, son):
    with pytest.raises(IntegrityError, match="does not go on"):
        post(posted, {"entry_count": 2}, (son, -8_00), (pharmacy.account, 8_00, {"seq": 1, "balance": 8_00}))


def test_an_old_transaction_gets_no_more_entries(posted, pharmacy, son):
    with pytest.raises(IntegrityError, match="do not balance"), transaction.atomic():
        Entry.objects.bulk_create([leg(posted, 4, son, -8_00), leg(posted, 5, pharmacy.account, 8_00)])


def test_entries_without_a_transaction_are_refused(posted, pharmacy, son):
    ghost = Transaction(pk=new_id())
    with pytest.raises(IntegrityError, match="do not balance"), transaction.atomic():
        Entry.objects.bulk_create([leg(ghost, 1, son, -8_00), leg(ghost, 2, pharmacy.account, 8_00)])


def test_no_balance_falls_below_zero(posted, pharmacy):
    mother = LedgerAccount.objects.get(owner=posted.beneficiary)
    with pytest.raises(IntegrityError, match="entry_chained_or_clearing"):
        post(posted, {"entry_count": 2}, (mother, -8_00), (pharmacy.account, 8_00))


def test_an_entry_moves_something(posted):
    refused(
        "INSERT INTO ledger_entry (transaction_id, line, account_id, amount) "
        "SELECT transaction_id, 9, account_id, 0 FROM ledger_entry LIMIT 1",
        says="entry_moves_something",
    )


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"total": 9_00}, "transaction_is_sound"),
        ({"cash": -1, "own": 8_01}, "transaction_is_sound"),
        ({"entry_count": 0}, "transaction_is_sound"),
        ({"kind": "reversal"}, "transaction_is_sound"),
        ({"kind": "opening"}, "transaction_is_sound"),
        ({"provider_id": None}, "transaction_is_sound"),
        ({"serial": "R"}, "transaction_provider_serial_once"),
    ],
)
def test_a_transactions_row_is_whole(posted, values, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        forged(posted, **values)


def test_reversals_together_never_exceed_the_original(posted):
    cash = {"own": 0, "shared": 0, "entry_count": 0, "kind": "reversal", "reverses_id": posted.pk}
    with pytest.raises(IntegrityError, match="reversed_at_most_the_original"), transaction.atomic():
        forged(posted, total=6_01, cash=6_01, **cash)


def test_only_a_settlement_is_reversed(posted):
    back = Transaction.objects.get(kind="reversal")
    cash = {"own": 0, "shared": 0, "total": 1, "cash": 1, "entry_count": 0, "kind": "reversal"}
    with pytest.raises(IntegrityError, match="own settlement"), transaction.atomic():
        forged(posted, reverses_id=back.pk, **cash)


def test_a_credit_is_there_once_per_person_and_serial(posted):
    opening = Transaction.objects.filter(kind="opening").first()
    with pytest.raises(IntegrityError, match="transaction_credit_once"), transaction.atomic():
        forged(opening, serial=opening.serial)


def test_used_money_is_not_below_zero(posted):
    with pytest.raises(IntegrityError, match="month_use_not_negative"), transaction.atomic():
        MonthUse.objects.update(used=-1)


def test_what_money_hangs_on_is_protected(posted):
    for row in (posted.beneficiary, Mandate.objects.first(), posted.provider):
        with pytest.raises(ProtectedError):
            row.delete()
    refused("DELETE FROM ledger_mandate", says="foreign key")
