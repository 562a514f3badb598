"""The history of a binding that both of its ends can read."""

from accounts.models import User
from binding.models import Binding, BindingChange
from binding.rules import Party


def changed(
    binding: Binding,
    what: BindingChange.What,
    party: Party,
    actor: User | None,
    *,
    before: int | None = None,
    after: int | None = None,
) -> BindingChange:
    """Add a row to the history that both ends of a binding can read."""
    return BindingChange.objects.create(
        binding=binding, what=what, party=party, actor=actor, before=before, after=after
    )
