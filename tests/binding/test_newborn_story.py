"""A newborn is bound by birth certificate and loses nothing when it gets a number of its own."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts import services as accounts
from accounts.models import IdType, Scheme, User
from accounts.services.newborns import give_number, register_newborn
from binding.models import Binding
from binding.rules import State
from gongji.policy import Relation
from ledger.models import Mandate
from tests.binding.cases import Case
from tests.factories import id_number, insure, make_account, make_citizen, make_staff

pytestmark = pytest.mark.django_db

CERTIFICATE = "N990123456"


def test_bound_by_certificate_and_nothing_is_lost_with_the_number():
    birth = timezone.localdate() - timedelta(days=60)
    clerk, father = make_staff(duties=("clerk",)), make_citizen("李明")
    child = register_newborn(
        certificate_number=CERTIFICATE, name="李小宝", birth=birth, guardian=father.person, actor=clerk
    )
    insure(child, scheme=Scheme.RESIDENT, valid_from=date(2026, 1, 1))
    make_account(father.person, 100_00)
    case = Case(giver=father, relative=User(person=child), relation=Relation.CHILD)
    case.begin().submit().after_undo_time()
    if case.now().state == State.IN_REVIEW:
        case.approve()
    binding = Binding.objects.get(beneficiary=child)
    mandate = Mandate.objects.get(binding_id=binding.pk)

    number = id_number(birth)
    give_number(person=child, id_type="01", id_number=number, name="李子涵", actor=clerk)

    kept = accounts.find_person(id_type=IdType.RESIDENT, id_number=number, name="李子涵")
    assert kept == child == Binding.objects.get(pk=binding.pk).beneficiary
    assert Mandate.objects.get(pk=mandate.pk).beneficiary == kept
    assert accounts.by_number(id_type=IdType.BIRTH_CERTIFICATE, id_number=CERTIFICATE) == kept
