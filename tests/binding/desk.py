"""The desk's addresses, and a reviewer who sits at it."""

from django.test import Client
from django.urls import reverse

from accounts.models import User
from binding import proofs
from binding.models import Application, Reason
from binding.rules import State
from tests.binding.cases import Case, in_state
from tests.factories import login_staff

QUEUE = "/admin/binding/application/"
TICKS = ["complete", "match", "proves"]


def seat(user: User) -> Client:
    """A browser in which this member of staff is logged in, second factor included."""
    client = Client()
    login_staff(client, user)
    return client


def waiting(**people: User) -> Case:
    """A case in the queue."""
    return in_state(State.IN_REVIEW, **people)


def photographed(*jpegs: bytes, **people: object) -> Case:
    """A case in the queue whose documents have pictures; needs a STORAGE_URL of its own."""
    case = Case(**people).begin()
    for kind in list(case.application.proofs.current().values_list("kind", flat=True)):
        proofs.store_pictures(application=case.application, kind=kind, jpegs=jpegs, actor=case.giver)
    case.submit().after_undo_time()
    case.application = case.now()
    return case


def address(case: Case | Application, name: str, *more: str) -> str:
    """The address of one of the case's pages."""
    application = case.application if isinstance(case, Case) else case
    return reverse(f"admin:binding_application_{name}", args=[application.pk, *more])


def claimed(case: Case, client: Client) -> Case:
    """Let the one at the desk take the case."""
    assert client.post(address(case, "claim")).status_code == 302
    return case


def approval(case: Case, **more: object) -> dict[str, object]:
    """What the form of an approval sends."""
    return {"version": case.now().version, "checks": TICKS, "note": "", **more}


def reasons(case: Case, *codes: str, **more: object) -> dict[str, object]:
    """What the form of a return or a refusal sends; each reason about the first document."""
    proof = case.application.proofs.current().first()
    data: dict[str, object] = {"version": case.now().version, "note": ""}
    for code in codes:
        data[f"reason_{code}"] = "on"
        if proof is not None and "{材料}" in Reason.objects.get(pk=code).sentence:
            data[f"reason_{code}_proof"] = str(proof.pk)
    return data | more
