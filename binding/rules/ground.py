"""Whether a binding still has its legal ground, by what the registry says today (domain.md §2, auto_end)."""

from typing import NamedTuple

from accounts.models import EnrollmentStatus
from binding.states import Kind, Party
from gongji.policy import AutoEnd, Policy

GONE = ("", EnrollmentStatus.ENDED)
"""Not insured any more: no row of the registry counts, or it has ended. A suspension is none of it."""


class Insured(NamedTuple):
    """What counts of somebody's enrolment; all empty for whom the registry does not know."""

    area: str = ""
    status: str = ""
    personal_account: bool = False


class Facts(NamedTuple):
    """What decides about a binding: of which kind, under whose rules, and how its two ends are insured."""

    kind: str
    area: str
    giver: Insured
    relative: Insured


class Lost(NamedTuple):
    """Why a binding ends by itself, and whose change it was (`system`: nobody's of the two)."""

    cause: AutoEnd
    whose: Party

    def code(self) -> str:
        """Return what the binding keeps as the reason of its end."""
        return f"{self.cause}:{self.whose}"


def lost_ground(facts: Facts, *, granted: Policy, here: Policy | None, reached: bool) -> Lost | None:
    """Return why a binding has lost its ground; None while it has it.

    `granted` are the rules of the area it belongs to: only what they name in `auto_end` ends anything.
    `here` are those of where the giver is insured now (None = no rules there); `reached` is whether the
    way leads from there to the relative. What weighs most is named.
    """
    found = (
        _death(facts),
        _no_insurance(facts),
        _out_of_reach(facts, granted, here, reached),
        _closed(facts, granted, here, reached),
    )
    return next((lost for lost in found if lost is not None and lost.cause in granted.auto_end), None)


def _death(facts: Facts) -> Lost | None:
    for end, party in ((facts.giver, Party.AUTHORIZER), (facts.relative, Party.BENEFICIARY)):
        if end.status == EnrollmentStatus.DECEASED:
            return Lost(AutoEnd.DECEASED, party)
    return None


def _no_insurance(facts: Facts) -> Lost | None:
    """Money needs an account to come from and an insurance to be used under; looking needs neither."""
    if facts.kind == Kind.VIEW:
        return None
    if facts.giver.status in GONE or not facts.giver.personal_account:
        return Lost(AutoEnd.INSURANCE_ENDED, Party.AUTHORIZER)
    if facts.relative.status in GONE:
        return Lost(AutoEnd.INSURANCE_ENDED, Party.BENEFICIARY)
    return None


def _out_of_reach(facts: Facts, granted: Policy, here: Policy | None, reached: bool) -> Lost | None:
    if facts.kind == Kind.VIEW:
        return None
    moved = facts.giver.area not in ("", facts.area)
    if moved and (here is None or not here.open or _other_model(facts, granted, here)):
        return Lost(AutoEnd.INSURANCE_MOVED, Party.AUTHORIZER)
    if reached or not facts.relative.area or (facts.kind == Kind.WALLET and _abroad(facts)):
        return None
    return Lost(AutoEnd.INSURANCE_MOVED, Party.AUTHORIZER if moved else Party.BENEFICIARY)


def _other_model(facts: Facts, granted: Policy, here: Policy) -> bool:
    """A right to draw on an account does not become a place in a household pool by moving house."""
    return facts.kind == Kind.MUTUAL_AID and here.model is not granted.model


def _abroad(facts: Facts) -> bool:
    """Whether the two are insured in different provinces: where wallets lead, if both have them."""
    return facts.giver.area[:2] != facts.relative.area[:2]


def _closed(facts: Facts, granted: Policy, here: Policy | None, reached: bool) -> Lost | None:
    rules = granted if facts.kind == Kind.VIEW else here
    shut = rules is None or not rules.open
    if facts.kind == Kind.WALLET and rules is not None:
        shut = shut or not rules.wallet.open or (_abroad(facts) and not reached)
    return Lost(AutoEnd.AREA_CLOSED, Party.SYSTEM) if shut else None


# ------------------------------------------------------------- moving
def follows(facts: Facts, here: Policy | None) -> bool:
    """Whether a binding that goes on belongs, from now on, to the area its giver has moved to."""
    return here is not None and here.open and facts.giver.area not in ("", facts.area)
