"""Somebody who gives has moved: within the province accounts and bindings follow to the new area's rules.

Across provinces nothing follows: the money stays in the books of the province that it was paid in, what the
area's rules end is ended (`life.end_if_groundless`), and every page goes on showing what was.
"""

from uuid import UUID

from django.db import transaction

from accounts.models import Person
from accounts.services import current_enrollment, notify
from binding.models import Binding, BindingChange
from binding.rules import Party
from binding.rules.ground import GONE, follows
from binding.services import rows
from binding.services.changes import changed
from binding.services.ground import facts_of, insured, why_lost
from gongji import audit, policy
from gongji.policy import Policy
from ledger import services as ledger


@transaction.atomic
def follow(*, person: UUID) -> int:
    """Let the accounts and bindings a person gives by follow to where they are insured; safe to repeat.

    Returns how many bindings did. Those whose ground is gone are left to their end.
    """
    rows.hold_people(person)
    giver = Person.objects.get(pk=person)
    now = insured(current_enrollment(giver))
    rules = policy.for_area(now.area)
    if rules is None or now.status in GONE:
        return 0
    followed = [binding for binding in _given(giver, now.area) if _follow(binding, rules, now.area)]
    before = ledger.rehome(owner=giver, area=now.area)
    if followed or before:
        notify(
            person=giver,
            template="binding.moved_giver",
            params={"area": rules.name},
            dedup=f"moved:{giver.pk}:{now.area}:{len(followed)}",
        )
    return len(followed)


def _given(giver: Person, area: str) -> list[Binding]:
    """The bindings of another area of the same province, locked."""
    elsewhere = (
        Binding.objects.active().filter(authorizer=giver, area__startswith=area[:2]).exclude(area=area)
    )
    held = elsewhere.order_by("pk").select_for_update(of=("self",), no_key=True)
    return list(held.select_related("authorizer", "beneficiary"))


def _follow(binding: Binding, rules: Policy, area: str) -> bool:
    facts = facts_of(binding)
    if not follows(facts, rules) or why_lost(facts) is not None:
        return False
    before, binding.area = binding.area, area
    binding.save(update_fields=["area"])
    changed(
        binding, BindingChange.What.MOVED, Party.SYSTEM, None, before=int(before), after=int(binding.area)
    )
    audit.record(action="binding.moved", actor=None, obj=binding, area=area, changes={"area": (before, area)})
    return True
