"""亲情账户 opened by the services themselves, from either end."""

from accounts.models import User
from binding import services
from binding.models import Application, Binding, Kind
from binding.rules import Party, State
from gongji.policy import Relation
from tests.binding.cases import Case


def view_draft(
    looked_at: User, viewer: User, *, by: Party = Party.BENEFICIARY, relation: Relation = Relation.CHILD,
    days: int = 90,
) -> Case:  # fmt: skip
    """A complete draft of one of the two; `relation` is what the viewer is to who is looked at."""
    actor, other = (viewer, looked_at) if by == Party.BENEFICIARY else (looked_at, viewer)
    draft = services.start_draft(user=actor, relation=relation, kind=Kind.VIEW, side=by)
    draft = services.save_relative(
        application=draft, actor=actor, name=other.person.name, id_type=other.person.id_type,
        id_number=other.person.id_number, phone=other.person.phone or "",
    )  # fmt: skip
    draft = services.save_days(application=draft, actor=actor, view_days=days)
    return Case(giver=actor, relative=other, kind=Kind.VIEW, application=draft)


def decided(case: Case) -> Application:
    """Submit it and let the machine decide."""
    if case.submit().now().state == State.SUBMITTED:
        case.after_undo_time()
    return case.now()


def looked_after(looked_at: User, viewer: User, **how) -> Binding:
    """A binding in force under which `viewer` looks."""
    case = view_draft(looked_at, viewer, **how)
    if decided(case).state == State.AWAITING_CONSENT:
        case.agree()
    return case.binding()
