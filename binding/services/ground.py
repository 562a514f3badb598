"""The ground of bindings in force: one binding under lock, or all of them by the combinations there are."""

from accounts.models import Enrollment
from binding.models import Binding
from binding.rules.ground import Facts, Insured, Lost, lost_ground
from binding.services.ways import reaches
from gongji import policy


def facts_of(binding: Binding) -> Facts:
    """Return what decides about a binding, as the registry says it now."""
    ours, theirs = enrollments_of(binding)
    return Facts(binding.kind, binding.area, insured(ours), insured(theirs))


def enrollments_of(binding: Binding) -> tuple[Enrollment | None, Enrollment | None]:
    """Return what the registry says now of the giver and of the relative; one query."""
    both = Enrollment.objects.current().filter(person__in=[binding.authorizer_id, binding.beneficiary_id])
    by_person = {enrollment.person_id: enrollment for enrollment in both}
    return by_person.get(binding.authorizer_id), by_person.get(binding.beneficiary_id)


def insured(found: Enrollment | None) -> Insured:
    """Return what counts of an enrolment."""
    if found is None:
        return Insured()
    return Insured(found.area, found.status, found.personal_account)


def why_lost(facts: Facts) -> Lost | None:
    """Return why a binding of these facts ends by itself under the rules of today; None while it stands."""
    here = policy.for_area(facts.giver.area or facts.area)
    own, there = facts.giver.area, facts.relative.area
    reached = here is None or not there or reaches(facts.kind, here, there, own_area=own)
    return lost_ground(facts, granted=granted(facts.area), here=here, reached=reached)


def granted(area: str) -> policy.Policy:
    """Return the rules a binding of this area stands under; where there are none left, the national ones."""
    return policy.for_area(area) or policy.load()[policy.NATIONAL]
