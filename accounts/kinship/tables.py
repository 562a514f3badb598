"""Registers in our own tables: households of the insured registry, imported marriages and births."""

from collections.abc import Mapping, Sequence

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.kinship.facts import Birth, Housed, Marriage, Said, Who
from accounts.models import BirthRecord, Enrollment, MarriageRecord
from gongji.crypto import blind_indexes

MARRIAGES, BIRTHS = _("民政婚姻登记"), _("卫健出生登记")
_Stored = bytes | memoryview


class Households:
    """户口: household number and relation to the head, as the insured registry brought them."""

    name = str(_("参保登记里的户口信息"))
    about_others = False

    def look_up(self, people: Sequence[Who], *, within: float) -> Said:
        """Return where each of the people stands in the household register."""
        known = _by_index(people)
        rows = Enrollment.objects.current().filter(person__id_index__in=known, household_index__isnull=False)
        cells = rows.order_by("pk").values_list("person__id_index", "household_index", "relation_to_head")
        facts = [
            Housed(known[bytes(index)], bytes(household or b""), code) for index, household, code in cells
        ]
        return Said(self.name, timezone.now(), tuple(facts))


class Marriages:
    """婚姻登记, imported. What is missing here may still be so: not every year and place is in the files."""

    name = str(MARRIAGES)
    about_others = False

    def look_up(self, people: Sequence[Who], *, within: float) -> Said:
        """Return every marriage of each of the people, ended ones too."""
        known = _by_index(people)
        rows = MarriageRecord.objects.filter(Q(one_index__in=known) | Q(other_index__in=known))
        cells = rows.order_by("pk").values_list("one_index", "other_index", "since", "until")
        facts = [
            Marriage(_who(one, known), _who(other, known), since, until) for one, other, since, until in cells
        ]
        return Said(self.name, timezone.now(), tuple(facts))


class Births:
    """出生登记, imported. A newborn without a number is found by the number of its certificate."""

    name = str(BIRTHS)
    about_others = True

    def look_up(self, people: Sequence[Who], *, within: float) -> Said:
        """Return the birth record of each of the people."""
        known = _by_index(people)
        rows = BirthRecord.objects.filter(Q(child_index__in=known) | Q(certificate_index__in=known))
        cells = rows.order_by("pk").values_list(
            "certificate_index", "child_index", "mother_index", "father_index"
        )
        facts = [
            Birth(
                _child(certificate, child, known),
                _who(mother, known) if mother else None,
                _who(father, known) if father else None,
            )
            for certificate, child, mother, father in cells
        ]
        return Said(self.name, timezone.now(), tuple(facts))


def _by_index(people: Sequence[Who]) -> dict[bytes, Who]:
    """Return index → who, by every index a row may still have: of former documents, of older keys."""
    found = {index: who for who in people for index in (who.index, *who.formerly)}
    for who in people:
        if who.number:
            found |= dict.fromkeys(blind_indexes(f"id:{who.id_type}", who.number), who)
    return found


def _who(index: _Stored, known: Mapping[bytes, Who]) -> Who:
    """Return whom we asked about, or somebody of whom we have the index only."""
    return known.get(bytes(index)) or Who(bytes(index))


def _child(certificate: _Stored, child: _Stored | None, known: Mapping[bytes, Who]) -> Who:
    by_number = known.get(bytes(child)) if child else None
    return by_number or known[bytes(certificate)]
