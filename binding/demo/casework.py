"""Applications of the demo, moved through the same services as real ones, each at its own hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import Consent, Person, User
from accounts.services.identity import login_for, verify_identity
from binding import demo_proofs, proofs, services
from binding.demo import clock
from binding.models import Application, Kind
from binding.rules import WITH_REVIEWER, State
from binding.rules.reasons import REVIEW_CHECKS, ReasonGiven
from binding.services import system
from gongji.policy import Relation

AFTER_UNDO = timedelta(minutes=11)


@dataclass(frozen=True)
class Wish:
    """One application to be made: who gives to whom, with which document, drawn with which flaw."""

    giver: User
    relative: Person
    relation: Relation
    flaw: str | None = None
    wrong_name: bool = False
    kind: str = Kind.MUTUAL_AID


class Casework:
    """Plays the citizens and the staff of one area."""

    def __init__(self, *, reviewer: User, second: User, seed: int) -> None:
        self.reviewer = reviewer
        self.second = second
        self._seed = seed

    def draft(self, wish: Wish, at: datetime) -> Application:
        """Answer the questions, photograph the documents."""
        with clock.at(at):
            application = services.start_draft(user=wish.giver, relation=wish.relation, kind=wish.kind)
            services.save_relative(
                application=application,
                actor=wish.giver,
                name=wish.relative.name,
                id_type=wish.relative.id_type,
                id_number=wish.relative.id_number,
                phone=wish.relative.phone or "",
            )
            application.refresh_from_db()
            while missing := services.missing_documents(application):
                self.photograph(application, missing[0], wish)
        return application

    def photograph(self, application: Application, kind: str, wish: Wish) -> None:
        """Hand in every page of one document."""
        self._seed += 1
        pages = services.policy_of(application).documents[kind].pages
        jpegs = [self._picture(kind, page.code, wish) for page in pages]
        proofs.store_pictures(application=application, kind=kind, jpegs=jpegs, actor=wish.giver)

    def _picture(self, kind: str, page: str, wish: Wish) -> bytes:
        giver = wish.giver.person
        assert giver is not None
        return demo_proofs.draw(
            kind,
            page,
            giver=giver,
            relative=wish.relative,
            relation=wish.relation,
            seed=self._seed,
            flaw=wish.flaw,
            wrong_name=wish.wrong_name,
        )

    def submitted(self, wish: Wish, at: datetime) -> Application:
        """Hand it in; the machine has looked at it, nothing is decided before the undo time is over."""
        application = self.draft(wish, at)
        with clock.at(at):
            application = services.submit(
                application=application,
                actor=wish.giver,
                commitment_name=wish.giver.person.name if wish.giver.person else "",
                agreed=True,
            )
            system.precheck(application.pk)
        return application

    def in_review(self, wish: Wish, at: datetime) -> Application:
        """Hand it in and let the undo time pass: it lies in the queue, or data have proven it."""
        application = self.submitted(wish, at)
        with clock.at(at + AFTER_UNDO):
            system.enqueue(application.pk)
        application.refresh_from_db()
        return application

    def approved(self, wish: Wish, at: datetime, hours: float = 5, consent: bool = True) -> Application:
        """Review it and, where the relative is asked, let them agree: the binding is open."""
        application = self.in_review(wish, at)
        decided = at + timedelta(hours=hours)
        # From the fifth relative in a year on, an approval only leads to a second reader.
        for reader in (self.reviewer, self.second):
            if application.state in WITH_REVIEWER:
                self._approve(application, reader, decided)
                application.refresh_from_db()
        if consent and application.state == State.AWAITING_CONSENT:
            self.consent(application, decided + timedelta(hours=1))
        application.refresh_from_db()
        return application

    def _approve(self, application: Application, reader: User, at: datetime) -> None:
        with clock.at(at):
            claimed = services.claim(application=application, actor=reader)
            services.approve(
                application=claimed, actor=reader, version=claimed.version, checks=list(REVIEW_CHECKS)
            )

    def consent(self, application: Application, at: datetime) -> None:
        """Let the relative agree, after the identity check of their first login."""
        person = application.beneficiary
        assert person is not None and person.phone is not None
        with clock.at(at):
            user = User.objects.filter(person=person).first()
            if user is None:
                document = {"id_type": person.id_type, "id_number": person.id_number, "name": person.name}
                user = verify_identity(user=login_for(phone=person.phone), **document).user
            services.consent(application=application, actor=user, how=Consent.How.WEB)

    def returned(self, wish: Wish, at: datetime, reasons: Sequence[str] = ("B01",)) -> Application:
        """Send it back for a better photograph."""
        application = self._claimed(wish, at)
        with clock.at(at + timedelta(hours=4)):
            services.return_(
                application=application,
                actor=self.reviewer,
                version=application.version,
                reasons=[_about_first_proof(application, code) for code in reasons],
            )
        return application

    def refused(self, wish: Wish, at: datetime, code: str = "J01") -> Application:
        """Say no, with the reason of the catalogue."""
        application = self._claimed(wish, at)
        with clock.at(at + timedelta(hours=4)):
            services.refuse(
                application=application,
                actor=self.reviewer,
                version=application.version,
                reasons=[ReasonGiven(code=code)],
            )
        return application

    def second_look(self, wish: Wish, at: datetime) -> Application:
        """Ask for a second reader."""
        application = self._claimed(wish, at)
        with clock.at(at + timedelta(hours=4)):
            services.escalate(
                application=application,
                actor=self.reviewer,
                version=application.version,
                note="请再核对一次关系",
            )
        return application

    def _claimed(self, wish: Wish, at: datetime) -> Application:
        application = self.in_review(wish, at)
        with clock.at(at + timedelta(hours=4)):
            return services.claim(application=application, actor=self.reviewer)


def _about_first_proof(application: Application, code: str) -> ReasonGiven:
    proof = application.proofs.current().first()
    return ReasonGiven(code=code, proof_id=proof.pk if proof else None, params={"内容": "号码"})


def working_hour(days_ago: int, hour: int = 10) -> datetime:
    """Return an hour of the day so many days ago, in Asia/Shanghai."""
    day = timezone.localtime() - timedelta(days=days_ago)
    return day.replace(hour=hour, minute=12, second=0, microsecond=0)
