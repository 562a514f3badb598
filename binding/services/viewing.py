"""亲情账户 in force: what a viewer may read of the one who lets them, each look kept for that person.

Read only. What others gave or were given is nobody's business here: no names of givers, no other accounts.
"""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.models import Enrollment, User
from accounts.services import current_enrollment
from binding.models import Binding
from binding.services.eligible import person_of, require_level
from gongji import audit, policy
from ledger import services as ledger
from ledger import statements
from ledger.models import Transaction
from ledger.statements import Month, UseKey, UseLine, UseMonth

PREMIUMS_SHOWN = 20


@dataclass(frozen=True)
class PaidPremium:
    """A premium that was paid for the person, whoever paid it."""

    record: Transaction
    year: int
    refunded: bool


@dataclass(frozen=True)
class Record:
    """The first page of what a viewer sees."""

    enrollment: Enrollment | None
    balance: int | None
    """分 on the person's own account; None = they have none."""
    this_month: UseMonth
    premiums: list[PaidPremium]


@dataclass(frozen=True)
class Uses:
    """One month of use: sums, a page of lines at the level the person allows, the key of the next page."""

    summary: UseMonth
    lines: list[UseLine]
    older: UseKey | None


@transaction.atomic
def look_at_record(*, binding: Binding, actor: User) -> Record:
    """Return insurance, balance, this month's use and premiums of who lets `actor` look; the look is kept.

    `binding` comes from `Binding.objects.viewable_by(actor)`. Raises Refused (`level_too_low`) for somebody
    who is not known surely enough for the area.
    """
    _keep_look(binding, actor)
    person = binding.authorizer
    paid = ledger.premiums_of(person).select_related("reversed").order_by("-posted_at", "-id")
    return Record(
        enrollment=current_enrollment(person),
        balance=ledger.personal_balance(person),
        this_month=statements.use_month(person, Month.parse("", timezone.localdate())),
        premiums=[
            PaidPremium(row, ledger.year_of(row), ledger.is_refunded(row)) for row in paid[:PREMIUMS_SHOWN]
        ],
    )


@transaction.atomic
def look_at_uses(*, binding: Binding, actor: User, month: Month, after: UseKey | None = None) -> Uses:
    """Return a page of a month's uses of who lets `actor` look; the look is kept. Raises as above."""
    _keep_look(binding, actor)
    person = binding.authorizer
    lines, older = statements.use_lines(person, month, after=after, level=binding.privacy)
    return Uses(summary=statements.use_month(person, month), lines=lines, older=older)


def _keep_look(binding: Binding, actor: User) -> None:
    rules = policy.for_area(binding.area)
    if rules is not None:
        require_level(person_of(actor), rules.levels.view)
    audit.record(
        action="person.viewed", actor=actor, obj=binding.authorizer, area=binding.area, purpose="view"
    )
