"""One effect a key, and the same words for every repetition.

Eight at once are in test_concurrency, lost replies and restarts in the bank test.
RACE_KEYS=500 is the whole bar.
"""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from gongji import outbox
from ledger import services
from ledger.models import IdempotencyKey, Transaction
from tests.factories import make_holder, make_provider, settlement
from tests.roles import as_owner

pytestmark = pytest.mark.django_db
KEY = services.RequestKey("key-1", b"a" * 32)
OTHER_BODY = services.RequestKey("key-1", b"b" * 32)
KEYS = int(os.environ.get("RACE_KEYS", 20))


def test_the_same_request_gets_the_same_bytes_and_moves_nothing(pharmacy):
    mother = make_holder("王芳", 10_00)
    wish = settlement(pharmacy, mother, 2_00)
    first = services.settle(settlement=wish, key=KEY)
    for _ in range(3):
        again = services.settle(settlement=wish, key=KEY)
        assert (again.status, again.body, again.replayed) == (201, first.body, True)
    assert services.personal_balance(mother) == 8_00


def test_a_key_with_another_body_is_refused(pharmacy):
    mother = make_holder("王芳", 10_00)
    services.settle(settlement=settlement(pharmacy, mother, 2_00), key=KEY)
    with pytest.raises(services.LedgerRefused, match="idempotency_key_reused"):
        services.settle(settlement=settlement(pharmacy, mother, 3_00), key=OTHER_BODY)
    assert services.personal_balance(mother) == 8_00


def test_keys_belong_to_a_provider(pharmacy):
    mother = make_holder("王芳", 10_00)
    services.settle(settlement=settlement(pharmacy, mother, 2_00), key=KEY)
    services.settle(settlement=settlement(make_provider(), mother, 3_00), key=OTHER_BODY)
    assert services.personal_balance(mother) == 5_00


def test_a_kept_refusal_answers_even_when_it_would_work_now(pharmacy):
    mother = make_holder("王芳", 10_00)
    kept = services.remember(provider=pharmacy, key=KEY, status=404, body='{"code": "x"}')
    reply = services.settle(settlement=settlement(pharmacy, mother, 2_00), key=KEY)
    assert (reply.status, reply.body, reply.replayed) == (404, kept.body, True)
    assert not Transaction.objects.filter(kind="settlement").exists()


def test_what_was_settled_is_not_overwritten_by_a_later_refusal(pharmacy):
    first = services.settle(settlement=settlement(pharmacy, make_holder("王芳", 10_00), 2_00), key=KEY)
    reply = services.remember(provider=pharmacy, key=KEY, status=404, body="{}")
    assert (reply.status, reply.body, reply.replayed) == (201, first.body, True)


def test_a_reversal_is_kept_too(pharmacy):
    mother = make_holder("王芳", 10_00)
    paid = services.settle(settlement=settlement(pharmacy, mother, 4_00))
    values = {"provider": pharmacy, "original": paid.id, "serial": "R", "amount": 1_00, "reason": "退药"}
    first = services.reverse(**values, occurred_at=timezone.now(), key=KEY)
    again = services.reverse(**values, occurred_at=timezone.now(), key=KEY)
    assert (again.body, again.replayed) == (first.body, True)
    assert services.personal_balance(mother) == 7_00


def test_a_refused_posting_leaves_no_key(pharmacy):
    mother = make_holder("王芳", 10_00)
    services.settle(settlement=settlement(pharmacy, mother, 4_00, serial="A"))
    with pytest.raises(services.LedgerRefused, match="duplicate_provider_serial"):
        services.settle(settlement=settlement(pharmacy, mother, 4_00, serial="A"), key=KEY)
    assert not IdempotencyKey.objects.exists()


def test_credits_are_posted_once_per_person_and_serial(pharmacy):
    account = make_holder("王芳").ledger_accounts.get()
    fund = services.clearing_account(kind="fund", area="990100")

    def credit(amount):
        return services.credit(
            [services.Credit(account, fund, "contribution", "contribution:2026-11", amount, timezone.now())]
        )

    assert [credit(5_00), credit(5_00), credit(6_00)] == [["posted"], ["there"], ["differs"]]
    account.refresh_from_db()
    assert account.balance == 5_00


def test_a_nonce_is_good_once_or_for_the_very_same_request(pharmacy):
    key = pharmacy.keys.get()
    values = {"key_id": key.pk, "nonce": "n-1"}
    assert services.use_nonce(**values, signature=b"a")
    assert services.use_nonce(**values, signature=b"a")
    assert not services.use_nonce(**values, signature=b"b")


def test_many_keys_repeated_and_misused_have_one_effect_each(pharmacy):
    mother = make_holder("王芳", KEYS * 1_00)
    for number in range(KEYS):
        wish = settlement(pharmacy, mother, 1_00)
        key, misused = (services.RequestKey(f"k{number}", digest * 32) for digest in (b"a", b"b"))
        told = {services.settle(settlement=wish, key=key).body for _ in range(6)}
        assert len(told) == 1
        with pytest.raises(services.LedgerRefused, match="idempotency_key_reused"):
            services.settle(settlement=wish, key=misused)
        assert services.personal_balance(mother) == (KEYS - 1 - number) * 1_00


def test_a_key_is_kept_for_ever(pharmacy):
    """The nightly tidying leaves it, and after 400 days it still answers."""
    mother = make_holder("王芳", 10_00)
    long_ago = timezone.now() - timedelta(days=400)
    with as_owner():
        IdempotencyKey.objects.create(
            provider=pharmacy, key=KEY.key, request=KEY.digest, status=201, body="{}", created_at=long_ago
        )
    for kind in outbox.handlers():
        if kind in outbox._periods:
            outbox.handlers()[kind].run("2026-11-21")
    reply = services.settle(settlement=settlement(pharmacy, mother, 2_00), key=KEY)
    assert (reply.status, reply.body, reply.replayed) == (201, "{}", True)
    assert services.personal_balance(mother) == 10_00


def test_a_serial_is_kept_for_ever(pharmacy):
    mother = make_holder("王芳", 10_00)
    wish = settlement(pharmacy, mother, 2_00, serial="S-1")
    with as_owner():
        first = services.import_settlement(settlement=wish, posted_at=timezone.now() - timedelta(days=400))
    with pytest.raises(services.LedgerRefused, match="duplicate_provider_serial") as refused:
        services.settle(settlement=wish, key=KEY)
    assert refused.value.first_id == first.id
