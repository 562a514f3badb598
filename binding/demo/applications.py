"""What lies on the desks today: every state of an application, and a full queue (ux.md §6)."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise

from django.utils import timezone

from accounts.models import Person, User
from accounts.services import by_number
from accounts.services.identity import login_for, verify_identity
from binding import services
from binding.demo import clock
from binding.demo.casework import Casework, Wish, working_hour
from binding.demo.people import Resident
from binding.models import Application, Check
from binding.services import system
from gongji.policy import Relation

FLAWS = [*[None] * 18, *["blur"] * 3, *["glare"] * 2]
"""Of the waiting cases 18 are clean and 5 cannot be read."""


class Desk:
    """Puts cases on the desk. `families` give workers and relatives who are not in one household."""

    def __init__(self, *, work: Casework, families: list[list[Resident]]) -> None:
        self._work = work
        self._pairs = pairwise(families)

    def wish(self, relation: Relation = Relation.SPOUSE, **flaws: object) -> Wish:
        """Take a worker of the next family and a relative of the one after: only a document can tell."""
        family, neighbours = next(self._pairs)
        return Wish(_user_of(family[0]), _person_of(neighbours[1]), relation, **flaws)  # type: ignore[arg-type]

    def fill_queue(self) -> Iterator[Application]:
        """18 clean, 5 unreadable, 3 in-laws as parents, 2 with the registry down, a duplicate, a doubt."""
        for number, flaw in enumerate(FLAWS):
            relation = Relation.SIBLING if number % 6 == 5 else Relation.SPOUSE
            yield self._work.in_review(self.wish(relation, flaw=flaw), self._lately(number))
        for number in range(3):
            yield self._work.in_review(self.wish(Relation.PARENT, wrong_name=True), self._lately(number))
        for number in range(2):
            application = self._work.in_review(self.wish(), self._lately(number))
            application.checks.filter(code__startswith="insur").update(
                outcome=Check.Outcome.UNKNOWN, detail="参保库暂时查不到,人工核对"
            )
            yield application
        yield self._work.in_review(self.wish(wrong_name=True), self._lately(5))

    def _lately(self, number: int) -> datetime:
        return timezone.now() - timedelta(hours=3 + number * 1.7)

    def fill_states(self) -> Iterator[Application]:
        """One or two of every other state, some days old."""
        yield self._work.returned(self.wish(), working_hour(3))
        yield self._work.refused(self.wish(Relation.PARENT), working_hour(6))
        yield self._work.second_look(self.wish(), working_hour(1))
        yield self._work.approved(self.wish(), working_hour(2), consent=False)
        yield self._work.approved(self.wish(), working_hour(9))
        withdrawn = self._work.in_review(self.wish(), working_hour(4))
        with clock.at(working_hour(3)):
            yield services.withdraw(application=withdrawn, actor=withdrawn.created_by)
        declined = self._work.approved(self.wish(), working_hour(12), consent=False)
        with clock.at(working_hour(11)):
            yield services.decline(application=declined, actor=_user_of_person(declined.beneficiary))
        lapsed = self._work.returned(self.wish(), working_hour(40))
        system.lapse(lapsed.pk)
        yield lapsed
        overdue = self._work.in_review(self.wish(), working_hour(8))
        assert overdue.due_at
        system.apologise(overdue.pk, overdue.due_at)
        yield overdue


def play_cast(work: Casework, users: Mapping[str, User], people: Mapping[str, Person]) -> None:
    """李明's three: the mother's is a year old, the wife's waits for a photograph, the son's is a draft."""
    work.returned(Wish(users["li_ming"], people["chen_jing"], Relation.SPOUSE, flaw="glare"), working_hour(2))
    with clock.at(working_hour(1)):
        services.start_draft(user=users["li_ming"], relation=Relation.CHILD)


def fill_places(work: Casework, giver: User, relatives: list[tuple[Resident, Relation]]) -> None:
    """Give one worker all the relatives the area allows, so that the next one meets the limit."""
    for resident, relation in relatives:
        work.approved(Wish(giver, _person_of(resident), relation), working_hour(60))


def _person_of(resident: Resident) -> Person:
    person = by_number(id_type="01", id_number=resident.id_number)
    assert person is not None
    return person


def _user_of(resident: Resident) -> User:
    user = login_for(phone=resident.phone)
    return verify_identity(user=user, id_type="01", id_number=resident.id_number, name=resident.name).user


def _user_of_person(person: Person | None) -> User:
    user, _created = User.objects.get_or_create(person=person)
    return user
