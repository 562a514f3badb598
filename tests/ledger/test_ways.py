"""What a web process that somebody broke into may call must not make money, or take a stranger's."""

from contextlib import contextmanager
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from ledger import services
from ledger.models import LedgerAccount, Mandate, Provider, Transaction, WalletTransfer
from tests.factories import make_holder
from tests.ledger.wallets import Family, daytime

pytestmark = pytest.mark.django_db
Kind = Transaction.Kind


def account(kind, owner=None):
    """Open an empty account of a kind, the clearing accounts of 990100."""
    if owner is None:
        return services.clearing_account(kind=kind, area="990100")
    empty = {"balance": 0, "seq": 0, "head": LedgerAccount.GENESIS}
    return LedgerAccount.objects.create(kind=kind, owner=owner, area="990100", **empty)


@pytest.fixture
def thief():
    return make_holder("贾某", 1_00)


@pytest.fixture
def victim():
    return make_holder("王芳", 100_00)


def own(person):
    return LedgerAccount.objects.get(owner=person, kind="personal")


@contextmanager
def refused():
    """What is posted inside does not come past the guards that look when it commits."""
    with (  # noqa: PT012 - the caller yields in the middle
        pytest.raises(IntegrityError, match="does not go from and to"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def try_to_move(kind, source, target, person, amount=50_00, serial="forged", category=""):
    with refused():
        services.move(
            kind=kind, serial=serial, person=person, source=source, target=target, amount=amount,
            category=category,
        )  # fmt: skip


@pytest.mark.parametrize("kind", Transaction.MOVES)
@pytest.mark.parametrize("clearing", ["fund", "premium", "transit"])
def test_no_move_draws_on_a_clearing_account(thief, kind, clearing):
    try_to_move(kind, account(clearing), own(thief), thief)


@pytest.mark.parametrize("kind", Transaction.MOVES)
def test_no_move_goes_from_one_personal_account_to_another(thief, victim, kind):
    for person in (thief, victim):
        try_to_move(kind, own(victim), own(thief), person)


def test_a_premium_does_not_end_on_a_personal_account(thief, victim):
    try_to_move(Kind.PREMIUM, own(victim), own(thief), victim, category="premium_resident")


def test_nobody_is_moved_into_a_pool_that_they_were_not_let_into(thief, victim):
    try_to_move(Kind.POOL_IN, own(victim), account("pool", thief), victim)


def test_a_credit_comes_from_a_fund(thief, victim):
    forged = services.Credit(own(thief), own(victim), "contribution", "forged", 5_00, timezone.now())
    with refused():
        services.credit([forged])


def mandate(kind, drawn, giver, taker):
    return Mandate(
        binding_id=uuid4(), kind=kind, account=drawn, authorizer=giver, beneficiary=taker,
        authorizer_mask="王*", rank=1, valid_from=timezone.now(),
    )  # fmt: skip


@pytest.mark.parametrize("kind", Mandate.PAYING)
@pytest.mark.parametrize("clearing", ["fund", "premium", "transit"])
def test_no_mandate_draws_on_a_clearing_account(thief, victim, kind, clearing):
    with pytest.raises(IntegrityError, match="does not draw on this account"):
        mandate(kind, account(clearing), victim, thief).save()


@pytest.mark.parametrize("kind", Mandate.PAYING)
def test_no_mandate_draws_on_the_account_of_a_third_person(thief, victim, kind):
    friend = make_holder("友人")
    with pytest.raises(IntegrityError, match="does not draw on this account"):
        mandate(kind, own(victim), friend, thief).save()


def test_no_provider_is_paid_on_a_personal_account(thief):
    with pytest.raises(IntegrityError, match="account of its own"):
        Provider.objects.create(name="假药店", area="990100", account=own(thief))


# ------------------------------------------------------------- wallets
@pytest.fixture
def family():
    with daytime():
        yield Family()


def test_a_transfer_that_was_not_sent_does_not_wait(family):
    sent = family.send(20_00)
    copied = {"mandate": family.mandate, "transit": sent.transit, "returns_at": sent.returns_at}
    for forged in ({"amount": 20_01, "sending": sent.sending}, {"amount": 5000_00, "sending": _credit()}):
        with pytest.raises(IntegrityError, match="was sent"), transaction.atomic():
            WalletTransfer.objects.create(**(copied | forged))


def _credit():
    return Transaction.objects.filter(kind=Kind.OPENING).get()


def test_what_waits_goes_nowhere_else(family, thief):
    sent = family.send(20_00)
    serial = f"wallet_end:{sent.pk}"
    for person, amount in ((thief, 20_00), (family.relative.person, 20_00), (family.relative.person, 5_00)):
        try_to_move(Kind.WALLET_BACK, sent.transit, own(thief), person, amount, serial)


def test_what_is_left_in_a_wallet_goes_home_only(family, thief):
    family.take(family.send(20_00))
    wallet = family.mandate.account
    try_to_move(Kind.WALLET_BACK, wallet, own(thief), family.relative.person, 20_00)
    try_to_move(Kind.WALLET_BACK, wallet, own(thief), thief, 20_00)
