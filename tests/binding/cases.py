"""Applications in every state, brought there by the services themselves."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import time_machine
from django.utils import timezone

from accounts.models import Consent, User
from binding import services
from binding.models import Application, Binding, Event, Kind, Proof, RelativeLookup
from binding.rules import State
from binding.rules.reasons import REVIEW_CHECKS, ReasonGiven
from binding.services import system
from gongji.policy import Relation
from tests.factories import make_citizen, make_staff

BLURRED = ReasonGiven("B01", params={"内容": "户号"})
NO_PROOF = ReasonGiven("B05")


@dataclass
class Case:
    """Two relatives, two reviewers and the application between them."""

    giver: User = field(default_factory=lambda: make_citizen("李明"))
    relative: User = field(default_factory=lambda: make_citizen("王小芳"))
    reviewer: User = field(default_factory=make_staff)
    second: User = field(default_factory=make_staff)
    relation: Relation = Relation.SPOUSE
    kind: str = Kind.MUTUAL_AID
    application: Application | None = None

    def now(self) -> Application:
        """The application as the database has it."""
        return Application.objects.get(pk=self.application.pk)

    def event(self) -> Event:
        """What happened last."""
        return self.application.events.order_by("at", "id").last()

    def binding(self) -> Binding:
        """The newest binding of this application."""
        return self.application.bindings.order_by("since").last()

    # ----------------------------------------------------------- one step each
    def begin(self) -> "Case":
        RelativeLookup.objects.filter(user=self.giver).delete()
        draft = services.start_draft(user=self.giver, relation=self.relation, kind=self.kind)
        person = self.relative.person
        self.application = services.save_relative(
            application=draft, actor=self.giver, name=person.name, id_type=person.id_type,
            id_number=person.id_number, phone=person.phone or "",
        )  # fmt: skip
        for kind in services.missing_documents(self.application):
            self.hand_in(kind)
        return self

    def hand_in(self, kind: str, status: str = Proof.Status.CLEAN) -> Proof:
        self.application.proofs.current().filter(kind=kind).update(status=Proof.Status.REPLACED)
        return Proof.objects.create(
            application=self.application, kind=kind, status=status, uploaded_by=self.giver
        )

    def submit(self) -> "Case":
        services.submit(
            application=self.application,
            actor=self.giver,
            commitment_name=self.giver.person.name,
            agreed=True,
        )
        return self

    def after_undo_time(self) -> "Case":
        """Make the submission ten minutes older and let the machine decide."""
        earlier = timezone.now() - timedelta(minutes=10, seconds=1)
        Application.objects.filter(pk=self.application.pk).update(submitted_at=earlier)
        system.enqueue(self.application.pk)
        return self

    def agree(self) -> "Case":
        services.consent(application=self.application, actor=self.relative, how=Consent.How.WEB)
        return self

    def approve(self, by: User | None = None) -> Application:
        return services.approve(
            application=self.application, actor=by or self.reviewer, version=self.now().version,
            checks=REVIEW_CHECKS,
        )  # fmt: skip

    def refuse(self, by: User | None = None) -> Application:
        return services.refuse(
            application=self.application, actor=by or self.reviewer, version=self.now().version,
            reasons=[NO_PROOF],
        )  # fmt: skip

    def return_(self, by: User | None = None) -> Application:
        proof = self.application.proofs.current().first()
        reason = ReasonGiven("B01", proof_id=proof.pk, params={"内容": "户号"})
        return services.return_(
            application=self.application,
            actor=by or self.reviewer,
            version=self.now().version,
            reasons=[reason],
        )

    def escalate(self, by: User | None = None) -> Application:
        return services.escalate(
            application=self.application, actor=by or self.reviewer, version=self.now().version
        )


def in_state(state: State, **people: Any) -> Case:
    """Return a case whose application is in `state`."""
    case = Case(**people).begin()
    _WAY[state](case)
    case.application = case.now()
    assert case.application.state == state
    return case


def in_force(**people: Any) -> Case:
    """Return an approved case whose binding can be used: its reviewer can no longer take it back."""
    with time_machine.travel(timezone.now() - timedelta(minutes=6)):
        return in_state(State.APPROVED, **people)


def _in_review(case: Case) -> None:
    case.submit().after_undo_time()


def _then(step):
    def walk(case: Case) -> None:
        _in_review(case)
        step(case)

    return walk


def _approved(case: Case) -> None:
    case.agree()
    if case.approve().state == State.SECOND_REVIEW:
        case.approve(by=case.second)


def _lapsed(case: Case) -> None:
    Application.objects.filter(pk=case.application.pk).update(deadline_at=timezone.now())
    system.lapse(case.application.pk)


_WAY = {
    State.DRAFT: lambda case: None,
    State.SUBMITTED: lambda case: case.submit(),
    State.IN_REVIEW: _in_review,
    State.SECOND_REVIEW: _then(lambda case: case.escalate()),
    State.RETURNED: _then(lambda case: case.return_()),
    State.AWAITING_CONSENT: _then(lambda case: case.approve()),
    State.APPROVED: _then(_approved),
    State.REFUSED: _then(lambda case: case.refuse()),
    State.DECLINED: _then(lambda case: services.decline(application=case.application, actor=case.relative)),
    State.WITHDRAWN: _then(lambda case: services.withdraw(application=case.application, actor=case.giver)),
    State.LAPSED: _lapsed,
}
