"""Asking all registers about two people, and, step by step, about those who stand between them."""

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache

from django.conf import settings

from accounts.kinship.facts import Birth, Heard, Marriage, Register, Said, Silent, Who
from accounts.kinship.service import BirthService, MarriageService
from accounts.kinship.tables import BIRTHS, MARRIAGES, Births, Households, Marriages
from accounts.models import FormerNumber, Person


@cache
def registers() -> tuple[Register, ...]:
    """Return this process's registers: our tables first, then the services the settings name."""
    found: list[Register] = [Households(), Marriages(), Births()]
    if settings.MARRIAGE_REGISTER_URL:
        found.append(
            MarriageService(str(MARRIAGES), settings.MARRIAGE_REGISTER_URL, settings.MARRIAGE_REGISTER_KEY)
        )
    if settings.BIRTH_REGISTER_URL:
        found.append(BirthService(str(BIRTHS), settings.BIRTH_REGISTER_URL, settings.BIRTH_REGISTER_KEY))
    return tuple(found)


def known_as(*people: Person) -> tuple[Who, ...]:
    """Return how registers find these people: by the number they have, and by those they had."""
    former = FormerNumber.objects.filter(person__in=people).values_list("person", "id_index")
    indexes = [(person, bytes(index)) for person, index in former.order_by("pk")]
    return tuple(
        Who(
            bytes(person.id_index),
            person.id_type,
            person.id_number,
            tuple(index for of, index in indexes if of == person.pk),
        )
        for person in people
    )


def hear(pair: Sequence[Who], *, today: date, steps: int, within: float) -> Iterator[Heard]:
    """Yield what is known of two people, then with one more generation or marriage between them at a time.

    Stop as soon as it is enough: nobody else is asked about then. All questions together take `within`
    seconds at most; a register that is silent once is not asked again. Call it outside a transaction.
    """
    ends = time.monotonic() + within
    willing, heard = list(registers()), Heard()
    asked, coming = set[Who](), list(pair)
    for step in range(steps):
        for register in [each for each in willing if step == 0 or each.about_others]:
            try:
                said = _ask(register, coming, ends)
            except Silent:
                willing.remove(register)
                heard = Heard(heard.said, heard.silent | {register.name})
            else:
                heard = Heard((*heard.said, said), heard.silent)
        yield heard
        asked.update(coming)
        coming = [who for who in _between(heard, pair, today) if who not in asked]
        if not coming:
            return


def _ask(register: Register, people: Sequence[Who], ends: float) -> Said:
    left = ends - time.monotonic()
    if left <= 0:
        raise Silent("no time left")
    return register.look_up(people, within=left)


def _between(heard: Heard, pair: Sequence[Who], today: date) -> Iterable[Who]:
    """Return the parents named so far and the spouses of the two, with their numbers where we have them."""
    parents = (who for birth in heard.facts(Birth) for who in birth.parents)
    lasting = (marriage for marriage in heard.facts(Marriage) if marriage.lasts_on(today))
    spouses = (who for marriage in lasting for who in marriage.people if not marriage.people.isdisjoint(pair))
    found: dict[Who, Who] = {}
    for who in (*parents, *spouses):
        found[who] = found[who] if who in found and found[who].number else who
    return found.values()
