"""亲情账户: a son looks after his mother's insurance; she agreed, and sees when he looked."""

from accounts.models import User
from binding import services
from binding.demo import clock
from binding.demo.casework import AFTER_UNDO, working_hour
from binding.models import Kind
from binding.rules import Party, State
from binding.services import system, viewing
from gongji.policy import Relation

DAYS = 90


def play_view(viewer: User, looked_at: User) -> None:
    """Apply as the viewer, agree as who is looked at, and look once today."""
    assert viewer.person is not None and looked_at.person is not None
    person, at = looked_at.person, working_hour(20)
    with clock.at(at):
        draft = services.start_draft(
            user=viewer, relation=Relation.CHILD, kind=Kind.VIEW, side=Party.BENEFICIARY
        )
        services.save_relative(
            application=draft, actor=viewer, name=person.name, id_type=person.id_type,
            id_number=person.id_number, phone=person.phone or "",
        )  # fmt: skip
        services.save_days(application=draft, actor=viewer, view_days=DAYS)
        services.submit(application=draft, actor=viewer, commitment_name=viewer.person.name, agreed=True)
    with clock.at(at + AFTER_UNDO):
        system.enqueue(draft.pk)
    draft.refresh_from_db()
    if draft.state == State.AWAITING_CONSENT:
        with clock.at(at + 2 * AFTER_UNDO):
            services.consent(application=draft, actor=looked_at)
    viewing.look_at_record(binding=draft.bindings.get(), actor=viewer)
