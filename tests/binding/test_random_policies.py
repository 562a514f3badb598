"""A province that nobody here has seen: random rule files, and the whole life of a binding under each.

POLICY_LIVES=500 for more. Whatever the file says, limits are never passed, and every "no" has its reason
and a next step.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import VerifiedLevel
from binding import services
from binding.models import Application, Binding
from binding.rules import CLOSED, Party, State
from gongji import policy
from gongji.errors import Refused
from gongji.money import fen
from gongji.policy import Policy, Relation, words
from gongji.policy.consistency import contradictions
from gongji.policy.convert import FIELDS
from ledger import services as ledger
from tests.factories import PAST, make_provider, settlement
from tests.policies import rule_files
from tests.roles import as_owner
from tests.systems.path import Path, citizen, walk
from tests.systems.rows import System

LIVES = int(os.environ.get("POLICY_LIVES", "12"))
AREA = "980100"
quietly = settings(
    deadline=None,
    database=None,
    max_examples=LIVES,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # to shrink a province is slow, and the drawn one is readable
)


@pytest.fixture
def in_force(tmp_path, monkeypatch):
    """Write a file into the bureau's own folder and return its policy."""
    monkeypatch.setenv("POLICY_DIR", str(tmp_path))

    def write(text: str) -> Policy:
        (tmp_path / "980000.toml").write_text(text, encoding="utf-8")
        policy._load.cache_clear()
        return policy.load()["980000"]

    yield write
    policy._load.cache_clear()


# ------------------------------------------------------------- the rules alone
def test_random_rules_are_in_order_said_in_words_and_kept_word_for_word(in_force):
    @settings(quietly, max_examples=4 * LIVES)
    @given(rule_files())
    def one(text):
        rules = in_force(text)
        assert {said.key for said in words.words(rules)} == FIELDS.keys()
        assert all(str(said.sentence).strip() for said in words.words(rules))
        assert policy.from_canonical(rules.canonical()) == rules
        for code in rules.entrances:
            assert list(contradictions(rules.through(code))) == []
        assert words.explain(rules)
        assert len(words.ways_in(rules)) == len(rules.entrances)

    one()


# ------------------------------------------------------------- a whole life under them
@pytest.mark.django_db
def test_a_whole_life_follows_random_rules(in_force, tmp_path, settings):
    settings.STORAGE_URL = f"file://{tmp_path}/proofs"

    @quietly
    @given(rule_files(), st.data())
    def one(text, data):
        with transaction.atomic():
            Life(in_force(text), data).live()
            transaction.set_rollback(True)

    one()


@contextmanager
def explained() -> Iterator[list[Refused]]:
    """A step may be refused; then it says why, and what to do next."""
    refused = None
    noes: list[Refused] = []
    try:
        yield noes
    except Refused as no:
        refused = no
        noes.append(no)
    assert refused is None or (str(refused.message).strip() and str(refused.next_step).strip()), refused


class Life:
    """A giver, relatives, and what the area lets them do."""

    def __init__(self, rules: Policy, data: st.DataObject) -> None:
        with as_owner():
            ledger.derive_area_rules(policy.load(), PAST)
        self.area = rules
        online = [code for code, found in rules.entrances.items() if found.channel is policy.Channel.WEB]
        entrance = data.draw(st.sampled_from(["", *online]), "entrance")
        self.rules = rules.through(entrance)
        self.relation: Relation = data.draw(st.sampled_from(rules.relations), "relation")
        sides = [Party.AUTHORIZER, Party.BENEFICIARY]
        self.side = data.draw(st.sampled_from(sides), "side")
        self.system = System(
            "random", rules.name, AREA, entrance, signature=str(self.rules.signature),
            notice_first=self.rules.notice_first, model=str(rules.model),
        )  # fmt: skip
        self.giver = citizen("李明", AREA, 9_000_00)
        self.known(self.giver)

    @staticmethod
    def known(user) -> None:
        """As surely as any area may want: levels are told of elsewhere."""
        type(user.person).objects.filter(pk=user.person.pk).update(level=VerifiedLevel.WINDOW)
        user.person.refresh_from_db()

    def path(self, side: str | None = None) -> Path:
        relative = citizen("王小芳", AREA, 20_00)
        self.known(relative)
        return walk(
            self.system, giver=self.giver, relative=relative, relation=self.relation, side=side or self.side
        )

    def live(self) -> None:
        self.too_little_known()
        path = self.bound()
        if path is None:
            self.side = Party.AUTHORIZER
            path = self.bound()
        assert path is not None, "whoever gives may always begin"
        self.use(path)
        self.end(path)
        self.again(path)
        self.no_more_than_allowed()

    def too_little_known(self) -> None:
        stranger = citizen("赵强", AREA, 100_00)
        type(stranger.person).objects.filter(pk=stranger.person.pk).update(level=VerifiedLevel.NONE)
        stranger.person.refresh_from_db()
        with explained():
            services.start_draft(user=stranger, relation=self.relation, entrance=self.system.entrance)

    def bound(self) -> Path | None:
        """From the first answer to a binding in force; None where this side may not begin."""
        path = self.path()
        with explained() as noes, time_machine.travel(timezone.now() - timedelta(minutes=6)):
            path.begin().submit()
            self.decide(path)
        if path.application is None:
            return None
        assert path.now().state in {State.APPROVED, *CLOSED}, (path.now().state, noes)
        return path if path.now().state == State.APPROVED else None

    def decide(self, path: Path) -> None:
        path.decided()
        if path.now().state == State.SECOND_REVIEW:
            path.approve(by=path.second)
        if path.now().state == State.AWAITING_CONSENT:
            path.agree()

    def use(self, path: Path) -> None:
        binding = path.binding()
        if self.area.model is policy.Model.POOL:
            ledger.transfer_in(actor=self.giver, amount=200_00, number=1)
        before = self.paid(path, 30_00)
        assert before["own"] == 20_00 and before["own"] + before["mutual_aid"] + before["cash"] == 30_00
        assert before["mutual_aid"] == 10_00
        if self.area.model is policy.Model.PAIRWISE:
            services.set_cap(binding=binding, actor=self.giver, monthly_cap=12_00)
            assert self.paid(path, 30_00)["mutual_aid"] == 2_00
        services.pause(binding=binding, actor=self.giver)
        assert self.paid(path, 5_00)["mutual_aid"] == 0
        services.resume(binding=binding, actor=self.giver)

    def paid(self, path: Path, amount: int) -> dict[str, int]:
        wish = settlement(make_provider(area=AREA), path.relative.person, amount)
        reply = json.loads(ledger.settle(settlement=wish).body)
        return {name: fen(reply[name]) for name in ("own", "mutual_aid", "cash")}

    def end(self, path: Path) -> None:
        with explained():
            services.end_binding(binding=path.binding(), actor=self.giver)
        if path.binding().until is None:
            assert self.area.unbind_lock_days
            services.end_binding(binding=path.binding(), actor=path.relative)
        assert self.paid(path, 5_00)["mutual_aid"] == 0
        earlier = timezone.now() - timedelta(hours=1)
        Binding.objects.filter(pk=path.binding().pk).update(until=earlier)

    def again(self, path: Path) -> None:
        """The same two once more."""
        anew = walk(
            self.system, giver=self.giver, relative=path.relative, relation=self.relation,
            side=Party.AUTHORIZER,
        )  # fmt: skip
        with explained(), time_machine.travel(timezone.now() - timedelta(minutes=6)):
            anew.begin().submit()
            self.decide(anew)
        assert anew.now().state in {State.APPROVED, *CLOSED}

    def no_more_than_allowed(self) -> None:
        most = self.area.max_beneficiaries
        for _place in range((most or 0) + 1):
            with explained(), time_machine.travel(timezone.now() - timedelta(minutes=6)):
                self.decide(self.path(Party.AUTHORIZER).begin().submit())
        taken = Binding.objects.active().filter(authorizer=self.giver.person).count()
        waiting = Application.objects.counted().filter(authorizer=self.giver.person).count()
        assert most is None or taken + waiting <= most
