"""Who is one's own family: staff keep away from their cases (ux.md §5)."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q

from accounts.models import Person, User
from accounts.services import same_household
from binding.models import Binding


def is_family(one: Person, other: Person) -> bool:
    """Whether two are the same person, stand in one household register, or were ever bound to each other."""
    if one.pk == other.pk:
        return True
    bound = Binding.objects.filter(
        Q(authorizer=one, beneficiary=other) | Q(authorizer=other, beneficiary=one)
    )
    return bound.exists() or same_household(one, other)


def require_no_family(actor: User, *people: Person | None) -> None:
    """Raise PermissionDenied (`conflict_of_interest`) when one of these is the member of staff or theirs."""
    own = actor.private_person
    if own is not None and any(is_family(own, person) for person in people if person is not None):
        raise PermissionDenied("conflict_of_interest")
