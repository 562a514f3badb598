"""Who stands at the counter: found by document, within a budget of misses, or by a one-time pay code."""

from collections.abc import Callable

from django.utils import timezone

from accounts.models import Person
from accounts.services import find_person
from ledger import services
from ledger.api import schemas
from ledger.api.authentication import Caller
from ledger.api.base import too_many
from ledger.api.problems import Problem
from ledger.services import paycodes


def find(caller: Caller, given: schemas.Document | schemas.ByCode) -> Person:
    """Return the person. Raises Problem: beneficiary_not_found, too_many_requests.

    A provider that asked for too many people who are not there gets no look-ups for a while; pay codes,
    which nobody can guess, go on.
    """
    if isinstance(given, schemas.ByCode):
        try:
            return paycodes.person_of(given.pay_code)
        except paycodes.UnknownCode:
            raise Problem("beneficiary_not_found") from None
    closed = caller.provider.closed_until
    if closed is not None and closed > timezone.now():
        raise too_many(closed)
    person = find_person(id_type=given.id_type, id_number=given.id_number, name=given.name)
    if person is None:
        raise Problem("beneficiary_not_found")
    return person


def settle(
    caller: Caller,
    given: schemas.Document | schemas.ByCode,
    ask: Callable[[Person], services.Settlement],
) -> services.Reply:
    """Settle what is asked for the person; a pay code is burnt with it. Raises Problem, LedgerRefused."""
    if isinstance(given, schemas.Document):
        return services.settle(settlement=ask(find(caller, given)), key=caller.key)
    try:
        return paycodes.settle_by_code(code=given.pay_code, ask=ask, key=caller.key)
    except paycodes.UnknownCode:
        raise Problem("beneficiary_not_found") from None
