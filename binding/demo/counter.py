"""What the demo's clerk did at the window lately: one who came alone, and a couple who came together."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import Person, User
from binding import demo_proofs, proofs, services
from binding.demo import clock
from binding.models import Application, Kind, WindowVisit
from binding.rules import Party
from binding.rules.letters import Signed
from binding.services import system, window
from gongji.policy import Relation


class Counter:
    """A clerk behind the glass; `seed` draws the documents."""

    def __init__(self, *, clerk: User, seed: int) -> None:
        self._clerk = clerk
        self._seed = seed

    def serve(self, giver: Person, relative: Person, at: datetime, *, together: bool) -> Application:
        """Enter an application for who stands there; `together`: the relative is there and agrees, too."""
        with clock.at(at):
            visit = self._greet(giver)
            draft = window.start_at_window(
                visit=visit, kind=Kind.MUTUAL_AID, side=Party.AUTHORIZER, relation=Relation.SPOUSE
            )
            draft = services.save_relative(
                application=draft,
                actor=self._clerk,
                name=relative.name,
                id_type=relative.id_type,
                id_number=relative.id_number,
                phone=relative.phone or "",
            )
            self._scan(draft)
        with clock.at(at + timedelta(minutes=12)):
            row = self._hand_in(draft, visit, together=together)
            system.enqueue(row.pk)
            window.end_visit(visit=visit)
        return row

    def _greet(self, person: Person) -> WindowVisit:
        return window.begin_visit(
            clerk=self._clerk,
            name=person.name,
            id_type=person.id_type,
            id_number=person.id_number,
            purpose=WindowVisit.Purpose.APPLY,
            window=window.windows_of(self._clerk)[0],
        )

    def _scan(self, draft: Application) -> None:
        assert draft.authorizer is not None and draft.beneficiary is not None
        while missing := services.missing_documents(draft):
            kind = missing[0]
            self._seed += 1
            jpegs = [
                demo_proofs.draw(
                    kind,
                    page.code,
                    giver=draft.authorizer,
                    relative=draft.beneficiary,
                    relation=Relation(draft.relation),
                    seed=self._seed,
                )
                for page in services.policy_of(draft).documents[kind].pages
            ]
            proofs.store_pictures(application=draft, kind=kind, jpegs=jpegs, actor=self._clerk)

    def _hand_in(self, draft: Application, visit: WindowVisit, *, together: bool) -> Application:
        rules = services.policy_of(draft)
        return window.submit_at_window(
            application=draft,
            visit=visit,
            agreed=True,
            signed=Signed("paper", visit.person.name),
            notice_version=rules.notice_for(draft.kind).version,
            beside=window.Beside() if together else None,
        )


def play_counter(clerk: User, couples: list[tuple[Person, Person]], *, seed: int) -> None:
    """Two cases of today for the reviewers, entered by the clerk: one with both there, one with one."""
    counter = Counter(clerk=clerk, seed=seed)
    for number, (giver, relative) in enumerate(couples):
        at = timezone.now() - timedelta(hours=2 + number)
        counter.serve(giver, relative, at, together=number == 0)
