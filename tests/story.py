"""The people of the story, told with a browser (tests/pages) and without JavaScript (tests/binding)."""

import importlib.util
import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from django.conf import settings
from django.db.models import F

from accounts.models import Message, Person, User, VerifiedLevel
from binding import demo_proofs
from binding.models import Application, Binding
from gongji.models import OutboxJob
from gongji.policy import Relation
from ledger.models import Mandate, Provider
from tests.factories import id_number, insure, make_account, make_person, make_provider, make_staff
from tests.roles import as_owner

CERTIFICATE = "marriage_certificate"


@dataclass
class Cast:
    """A couple of the demo area 990100, two reviewers and a pharmacy."""

    worker: Person
    relative: Person
    first: User
    second: User
    pharmacy: Provider

    @classmethod
    def assemble(cls) -> "Cast":
        """Put them into the registry; none of them has been here before."""
        return cls(
            worker=_insured("李明", date(1985, 3, 2), balance=50_000),
            relative=_insured("王小芳", date(1986, 7, 9), balance=3_650),
            first=make_staff("zhangshen", display_name="张审"),
            second=make_staff("zhaoguan", display_name="赵管"),
            pharmacy=make_provider("示例大药房"),
        )

    def application(self) -> Application:
        """The couple's application as the database has it."""
        return Application.objects.get(authorizer=self.worker, beneficiary=self.relative)

    def certificate(self, *, flaw: str | None = None) -> bytes:
        """Their marriage certificate, photographed well or badly."""
        return demo_proofs.draw(
            CERTIFICATE, "inside", giver=self.worker, relative=self.relative, relation=Relation.SPOUSE,
            seed=7, flaw=flaw,
        )  # fmt: skip

    def till(self, base_url: str) -> Any:
        """The pharmacy's till: the example of the README."""
        key = self.pharmacy.keys.get()
        return _example("settle").Till(base_url, str(key.pk), key.secret)


def _insured(name: str, birth: date, *, balance: int) -> Person:
    person = make_person(name, number=id_number(birth), level=VerifiedLevel.NONE)
    insure(person, source="示例参保登记")
    make_account(person, balance)
    return person


def _example(name: str) -> ModuleType:
    path = settings.BASE_DIR / "docs" / "examples" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def time_passes(minutes: int) -> None:
    """Move everything that has happened so far back in time, and with it what is due later."""
    ago = timedelta(minutes=minutes)
    with as_owner():
        for model, fields in _TIMES.items():
            model.objects.update(**{field: F(field) - ago for field in fields})


_TIMES = {
    Application: ("submitted_at", "decided_at", "clock_stopped_at"),
    Binding: ("since", "until"),
    Mandate: ("valid_from", "valid_until"),
    Message: ("visible_from",),
    OutboxJob: ("next_at",),
}


def texts_to(phone: str | None) -> list[dict[str, Any]]:
    """Return every SMS this phone has received, oldest first."""
    path = Path(settings.SMS_LOG)
    lines = path.read_text().splitlines() if path.exists() else []
    return [text for text in map(json.loads, lines) if text["phone"] == phone]
