"""Whose money first: where the area lets the relative decide (新疆), the ranks of their mandates."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from ledger.models import Mandate


@transaction.atomic
def move_giver(*, person: Person, binding_id: UUID, up: bool) -> None:
    """Let a giver pay one place earlier (`up`) or later for `person`; at either end nothing changes.

    The ranks become 1, 2, 3 …, so that mandates of one rank have an order of their own afterwards.
    Raises Mandate.DoesNotExist when the binding does not pay for `person` now.
    """
    givers = list(
        Mandate.objects.live(timezone.now())
        .filter(beneficiary=person, kind=Mandate.Kind.MUTUAL_AID)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    givers.sort(key=lambda mandate: (mandate.rank, mandate.pk))
    place = next((n for n, mandate in enumerate(givers) if mandate.binding_id == binding_id), None)
    if place is None:
        raise Mandate.DoesNotExist(binding_id)
    other = place - 1 if up else place + 1
    if 0 <= other < len(givers):
        givers[place], givers[other] = givers[other], givers[place]
    for rank, mandate in enumerate(givers, start=1):
        if mandate.rank != rank:
            mandate.rank = rank
            mandate.save(update_fields=["rank"])
