"""A relative who applies and the giver who is asked."""

from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from binding import services
from binding.models import Application, Proof
from binding.rules import Party
from binding.services import system
from gongji import policy
from gongji.policy import Policy, Relation
from gongji.policy.policy import build
from tests.binding.cases import Case
from tests.factories import insure, make_account, make_login, make_person

POOLED, GROUPED = "990300", "990400"


def either_side_in(area: str, **changed: object) -> Policy:
    """The rules of an area where, unlike in its file, relatives may apply, too; further raw values by key."""
    rules = policy.for_area(area)
    assert rules is not None
    raw = {"who_may_initiate": ["authorizer", "beneficiary"], **changed}
    new = {
        key: replace(rules.cite(key), raw=value, value=policy.FIELDS[key](value))
        for key, value in raw.items()
    }
    return build(area=rules.area, name=rules.name, parent=rules.parent, rules={**rules.rules, **new})


def family(area: str = GROUPED, *, proven: bool = True) -> tuple[object, object]:
    """A giver with money and a spouse without an account; one register proves it where `proven`."""
    house = {"household": "H7"} if proven else {}
    giver, relative = make_person("林海"), make_person("苏梅")
    insure(giver, area, relation_to_head="02" if proven else "", **house)
    insure(
        relative, area, relation_to_head="12" if proven else "", scheme="390", personal_account=False, **house
    )
    make_account(giver, 9_000_00, area=area)
    return make_login(giver), make_login(relative)


def asked(area: str = GROUPED, *, proven: bool = True) -> Case:
    """A draft of the relative's, complete."""
    giver, relative = family(area, proven=proven)
    case = Case(giver=giver, relative=relative, relation=Relation.SPOUSE)
    draft = services.start_draft(user=relative, relation=case.relation, side=Party.BENEFICIARY)
    person = giver.person
    case.application = services.save_relative(
        application=draft, actor=relative, name=person.name, id_type=person.id_type,
        id_number=person.id_number, phone="",
    )  # fmt: skip
    for kind in services.missing_documents(case.application):
        Proof.objects.create(
            application=case.application, kind=kind, status=Proof.Status.CLEAN, uploaded_by=relative
        )
    return case


def handed_in(case: Case) -> Case:
    """The relative's application, past its undo time."""
    services.submit(application=case.application, actor=case.relative, commitment_name="苏梅", agreed=True)
    earlier = timezone.now() - timedelta(minutes=10, seconds=1)
    Application.objects.filter(pk=case.application.pk).update(submitted_at=earlier)
    system.enqueue(case.application.pk)
    case.application = case.now()
    return case
