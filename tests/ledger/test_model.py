"""Thirty random verbs after another, against a model of a hundred lines: they never say different things.

MODEL_RUNS=2000 for the whole bar.
"""

import os
from itertools import count

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run

from gongji.money import yuan
from gongji.policy import ShareOrder
from gongji.templatetags.gongji import mask_name
from ledger import services
from ledger.models import AreaRule, LedgerAccount, Mandate, MonthUse
from tests.factories import make_holder, make_mandate, make_provider, settlement
from tests.ledger.conftest import data
from tests.ledger.model import OWN, Books, Draw, Paid
from tests.roles import as_owner

pytestmark = pytest.mark.django_db

NAMES = ["王芳", "李明", "李小明", "李小红"]
PERSON = st.integers(0, len(NAMES) - 1)
PROVIDER = st.integers(0, 1)
FEN = st.integers(1, 60_00)
PICK = st.integers(0, 30)
ANY_CAP = st.one_of(st.none(), st.integers(0, 60_00))
serials = count(1)


class Ledger(RuleBasedStateMachine):
    """Four people who may give to each other, two pharmacies, and the fund that credits them."""

    people: list
    providers: list
    accounts: list
    fund: LedgerAccount

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.books = Books([0] * len(NAMES), ShareOrder.BALANCE_DESC)
        self.ids: list = []
        self.reversals: list = []
        self.keys: dict = {}
        self.credits: list = []

    def teardown(self) -> None:
        try:
            self.month_and_chain_are_right()
        finally:
            transaction.set_rollback(True)
            self.example.__exit__(None, None, None)

    def month_and_chain_are_right(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        used = dict(MonthUse.objects.values_list("mandate_id", "used"))
        for draw in self.books.draws:
            assert used.get(draw.mandate, 0) == draw.used
        assert services.verify().finding is None

    @initialize(order=st.sampled_from(ShareOrder))
    def an_area_has_its_order(self, order):
        self.books.order = order
        with as_owner():
            AreaRule.objects.filter(area="990100").update(share_order=order)

    @invariant()
    def every_balance_is_the_models(self):
        stored = dict(LedgerAccount.objects.filter(pk__in=self.accounts).values_list("pk", "balance"))
        assert [stored[account] for account in self.accounts] == self.books.balances

    # ------------------------------------------------------------- settling
    @rule(provider=PROVIDER, person=PERSON, amount=FEN, keyed=st.booleans())
    def settle(self, provider, person, amount, keyed):
        wish = settlement(self.providers[provider], self.people[person], amount, serial=f"M{next(serials)}")
        key = services.RequestKey(f"k{next(serials)}", b"d" * 32) if keyed else None
        paid = self.books.settle(provider, person, amount)
        reply = services.settle(settlement=wish, key=key)
        self.says_what_it_should(reply, paid, 201)
        assert data(reply)["balance_after"]["own"] == yuan(self.books.balances[person])
        self.ids.append((reply.id, wish, reply.body, key))

    @rule(person=PERSON, amount=FEN)
    def quote(self, person, amount):
        split = self.books.split(person, amount)
        told = data(services.quote(settlement=settlement(self.providers[0], self.people[person], amount)))
        assert (told["own"], told["cash"]) == (yuan(split.own), yuan(split.cash))
        assert told["id"] is None

    @rule(person=PERSON, amount=FEN)
    def settle_what_is_not_paid_for(self, person, amount):
        wish = settlement(self.providers[0], self.people[person], amount, category="cosmetic")
        assert self.refused(lambda: services.settle(settlement=wish)) == (422, "category_not_allowed", None)

    @precondition(lambda self: self.ids)
    @rule(pick=PICK)
    def settle_again_under_another_key(self, pick):
        first, wish, _, _ = self.ids[pick % len(self.ids)]
        key = services.RequestKey(f"k{next(serials)}", b"d" * 32)
        again = self.refused(lambda: services.settle(settlement=wish, key=key))
        assert again == (409, "duplicate_provider_serial", first)

    @precondition(lambda self: any(key for _, _, _, key in self.ids))
    @rule(pick=PICK, altered=st.booleans())
    def settle_again_under_the_same_key(self, pick, altered):
        keyed = [known for known in self.ids if known[3]]
        _, wish, body, key = keyed[pick % len(keyed)]
        if altered:
            other = services.RequestKey(key.key, b"e" * 32)
            refused = self.refused(lambda: services.settle(settlement=wish, key=other))
            assert refused[:2] == (422, "idempotency_key_reused")
        else:
            assert services.settle(settlement=wish, key=key)[:3] == (201, body, True)

    # ------------------------------------------------------------- reversing
    @precondition(lambda self: self.ids)
    @rule(pick=PICK, provider=PROVIDER, amount=st.one_of(st.none(), FEN))
    def reverse(self, pick, provider, amount):
        number = pick % len(self.ids)
        paid, original = self.books.paid[number], self.ids[number][0]
        if code := self.books.why_not(paid, provider, amount):
            assert self.refused(lambda: self.give_back(provider, original, amount))[1] == code
            return
        given = self.books.reverse(paid, amount)
        reply = self.give_back(provider, original, amount)
        parts = [(self.source(paid, s), g) for s, g in zip(paid.sources, given[:-1], strict=True) if g]
        told = data(reply)
        assert [(part["authorizer"], part["amount"]) for part in told["parts"]] == [
            (name, yuan(part)) for name, part in reversed(parts)
        ]
        assert (reply.status, told["cash"]) == (201, yuan(given[-1]))
        self.reversals.append((provider, reply.id))

    @precondition(lambda self: self.reversals)
    @rule(pick=PICK)
    def reverse_a_reversal(self, pick):
        provider, back = self.reversals[pick % len(self.reversals)]
        assert self.refused(lambda: self.give_back(provider, back, 1))[:2] == (422, "not_a_settlement")

    def give_back(self, provider, original, amount):
        values = {"provider": self.providers[provider], "original": original, "amount": amount}
        values |= {"serial": f"M{next(serials)}", "reason": "退药", "occurred_at": timezone.now()}
        return services.reverse(**values)

    # ------------------------------------------------------------- credits
    @rule(person=PERSON, amount=FEN)
    def credit(self, person, amount):
        serial = f"contribution:{next(serials)}"
        assert self.credited(person, serial, amount) == "posted"
        self.books.balances[person] += amount
        self.credits.append((person, serial, amount))

    @precondition(lambda self: self.credits)
    @rule(pick=PICK, more=st.integers(0, 1))
    def credit_again(self, pick, more):
        person, serial, amount = self.credits[pick % len(self.credits)]
        assert self.credited(person, serial, amount + more) == ("differs" if more else "there")

    def credited(self, person, serial, amount):
        account = LedgerAccount(pk=self.accounts[person])
        item = services.Credit(account, self.fund, "contribution", serial, amount, timezone.now())
        return services.credit([item])[0]

    # ------------------------------------------------------------- mandates
    @rule(giver=PERSON, relative=PERSON, cap=ANY_CAP)
    def open(self, giver, relative, cap):
        if giver == relative or self.books.bound(giver, relative):
            return
        mandate = make_mandate(self.people[giver], self.people[relative], cap=cap)
        self.books.draws.append(Draw(mandate.pk, giver, relative, mandate.rank, cap))

    @precondition(lambda self: self.books.draws)
    @rule(pick=PICK, verb=st.sampled_from(["end", "revive", "pause", "resume"]))
    def change(self, pick, verb):
        draw = self.books.draws[pick % len(self.books.draws)]
        if verb == "revive" and draw.ended and self.books.bound(draw.giver, draw.relative):
            return
        binding = Mandate.objects.get(pk=draw.mandate).binding_id
        if verb in ("end", "revive"):
            draw.ended = verb == "end"
        else:
            draw.paused = verb == "pause"
        more = {"at": timezone.now()} if verb == "end" else {}
        getattr(services, f"{verb}_mandate")(binding_id=binding, **more)

    @precondition(lambda self: self.books.draws)
    @rule(pick=PICK, cap=ANY_CAP)
    def set_cap(self, pick, cap):
        draw = self.books.draws[pick % len(self.books.draws)]
        draw.cap = cap
        binding = Mandate.objects.get(pk=draw.mandate).binding_id
        services.set_cap(binding_id=binding, monthly_cap=cap)

    # ------------------------------------------------------------- comparing
    def says_what_it_should(self, reply: services.Reply, paid: Paid, status: int) -> None:
        told = data(reply)
        parts = [(part["authorizer"], part["amount"]) for part in told["parts"]]
        expected = [(self.source(paid, s), yuan(p)) for s, p in zip(paid.sources, paid.parts, strict=True)]
        assert (reply.status, parts, told["cash"]) == (status, expected, yuan(paid.cash))

    def source(self, paid: Paid, source: Draw | None) -> str | None:
        return None if source is OWN else mask_name(NAMES[source.giver])

    @staticmethod
    def refused(work):
        with pytest.raises(services.LedgerRefused) as refused:
            work()
        return refused.value.status, refused.value.code, refused.value.first_id


def test_the_ledger_and_its_model_never_say_different_things():
    people = [make_holder(name) for name in NAMES]
    owned = dict(LedgerAccount.objects.filter(kind="personal").values_list("owner_id", "pk"))

    class OfThisTest(Ledger):
        providers = [make_provider() for _ in range(2)]
        accounts = [owned[person.pk] for person in people]
        fund = services.clearing_account(kind=LedgerAccount.Kind.FUND, area="990100")

    OfThisTest.people = people
    profile = settings(
        max_examples=int(os.environ.get("MODEL_RUNS", 200)), stateful_step_count=30, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run(OfThisTest, settings=profile)
