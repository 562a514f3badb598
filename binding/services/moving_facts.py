"""What is known of the people in a batch of bindings that move in: read once, for all of its lines."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Enrollment, Person
from binding.models import Binding, Channel, Kind
from binding.rules.limits import of_authorizer, of_beneficiary
from binding.rules.moving import Row
from binding.services.checks import can_give, can_receive
from binding.services.ways import too_far
from gongji import policy
from gongji.csvfiles import Bad
from gongji.policy import Model, Policy, Relation
from ledger import services as ledger

Pair = tuple[UUID, UUID, str]
"""Authorizer, beneficiary, kind."""


@dataclass(frozen=True)
class Coming:
    """A line whose two people are known, and the rules of the authorizer's area."""

    row: Row
    authorizer: Person
    beneficiary: Person
    rules: Policy

    @property
    def pair(self) -> Pair:
        """Who gives to whom in which way."""
        return self.authorizer.pk, self.beneficiary.pk, self.row.kind


@dataclass
class Facts:
    """Insurance, what is in force and what moved in before; `take` adds a line that moves in now."""

    enrollments: dict[UUID, Enrollment]
    active: dict[Pair, str] = field(default_factory=dict)
    """What the beneficiary is to the authorizer, by pairs in force."""
    moved: dict[tuple[Pair, date], str] = field(default_factory=dict)
    """The same for what moved in earlier, in force or ended since."""
    given: Counter[tuple[UUID, str]] = field(default_factory=Counter)
    received: Counter[tuple[UUID, str]] = field(default_factory=Counter)
    pools: dict[UUID, UUID] = field(default_factory=dict)
    """In whose household pool somebody is."""

    def take(self, item: Coming) -> None:
        """Count a line that moves in, for the lines that follow it."""
        authorizer, beneficiary, kind = item.pair
        self.active[item.pair] = self.moved[item.pair, item.row.since] = item.row.relation
        self.given[authorizer, kind] += 1
        self.received[beneficiary, kind] += 1
        if is_pool(item):
            self.pools[authorizer] = self.pools[beneficiary] = authorizer


def is_pool(item: Coming) -> bool:
    """Whether what moves in is a place in a household pool."""
    return item.row.kind == Kind.MUTUAL_AID and item.rules.model is Model.POOL


def facts_about(people: Iterable[UUID]) -> Facts:
    """Read everything there is to know, in five queries; the people's rows are held."""
    ids = set(people)
    insured = Enrollment.objects.current().filter(person__in=ids)
    facts = Facts({enrollment.person_id: enrollment for enrollment in insured})
    for binding in Binding.objects.active().filter(authorizer__in=ids):
        facts.active[binding.authorizer_id, binding.beneficiary_id, binding.kind] = binding.relation
        facts.given[binding.authorizer_id, binding.kind] += 1
    for pk, kind in Binding.objects.active().filter(beneficiary__in=ids).values_list("beneficiary", "kind"):
        facts.received[pk, kind] += 1
    for old in Binding.objects.filter(authorizer__in=ids, application__channel=Channel.IMPORT):
        pair = old.authorizer_id, old.beneficiary_id, old.kind
        facts.moved[pair, timezone.localdate(old.since)] = old.relation
    facts.pools = ledger.pools_of_people(ids)
    return facts


# ------------------------------------------------------------- what is wrong with a line
def rules_for(person: Person, facts: Facts) -> Policy | None:
    """Return the rules where an authorizer is insured; None where nothing is open."""
    enrollment = facts.enrollments.get(person.pk)
    rules = policy.for_area(enrollment.area) if enrollment else None
    return rules if rules is not None and rules.open else None


def is_there(item: Coming, facts: Facts) -> bool:
    """Whether this very line moved in before, in force or ended since: it is not opened again."""
    return facts.moved.get((item.pair, item.row.since)) == item.row.relation


def problem_with(item: Coming, facts: Facts) -> Bad | None:
    """Return why a line cannot move in, or None. Full limits are no reason: see `beyond_limit`."""
    return _known_already(item, facts) or _not_insured(item, facts) or _not_allowed(item, facts)


def _known_already(item: Coming, facts: Facts) -> Bad | None:
    authorizer, beneficiary, kind = item.pair
    if (item.pair, item.row.since) in facts.moved:
        return Bad("relation", _("这两位同一天的绑定以前转入过,写的是另一种关系"))
    if item.pair in facts.active:
        return Bad("beneficiary_id_number", _("这两位已经开通,以现有的为准"))
    back = facts.active.get((beneficiary, authorizer, kind))
    if back is not None and Relation(back) is not item.row.relation.inverse:
        return Bad("relation", _("和反方向的绑定写的关系互相矛盾"))
    if is_pool(item) and facts.pools.get(beneficiary, authorizer) != authorizer:
        return Bad("beneficiary_id_number", _("这个人已经在另一个家庭共济账户里"))
    if is_pool(item) and facts.pools.get(authorizer, authorizer) != authorizer:
        return Bad("authorizer_id_number", _("这个人已经在另一个家庭共济账户里"))
    return None


def _not_insured(item: Coming, facts: Facts) -> Bad | None:
    kind, theirs = item.row.kind, facts.enrollments.get(item.beneficiary.pk)
    ours = facts.enrollments.get(item.authorizer.pk)
    if not can_give(kind, ours):
        return Bad("authorizer_id_number", _("没有正常参保的职工医保个人账户"))
    if not can_receive(kind, theirs):
        return Bad("beneficiary_id_number", _("没有正常参保"))
    own_area = ours.area if ours else ""
    refused = too_far(kind, item.rules, theirs.area, own_area=own_area) if theirs else None
    return Bad("kind", str(refused.message)) if refused else None


def _not_allowed(item: Coming, facts: Facts) -> Bad | None:
    row, rules = item.row, item.rules
    if row.relation not in rules.relations:
        return Bad("relation", _("本地规则里没有这种关系"))
    if row.kind == Kind.WALLET and not rules.wallet.open:
        return Bad("kind", _("本地还没有开通医保钱包"))
    if row.cap and rules.model is Model.POOL:
        return Bad("cap", _("家庭共济账户没有每月上限,这里要空着"))
    if row.cap is None and row.kind == Kind.MUTUAL_AID and rules.model is Model.GROUP:
        return Bad("cap", _("本地按授权总额共用,这里要写总额"))
    return None


def beyond_limit(item: Coming, facts: Facts) -> Bad | None:
    """Return what to tell the bureau when an end has more than the area allows; the line moves in.

    Nobody loses a right because the software changed; the limit holds for whatever is asked for next.
    """
    kind = item.row.kind
    if of_authorizer(kind, item.rules).is_full(facts.given[item.authorizer.pk, kind]):
        return Bad("authorizer_id_number", _("家人数超过本地上限,照原样转入;解除到上限以下才能再加"))
    if of_beneficiary(kind, item.rules).is_full(facts.received[item.beneficiary.pk, kind]):
        return Bad("beneficiary_id_number", _("出钱的人数超过本地上限,照原样转入;解除到上限以下才能再加"))
    return None
