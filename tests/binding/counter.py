"""A clerk behind the glass, and the pages they go through for the citizen before it."""

from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import Person, User
from binding import services
from binding.models import Application, WindowVisit
from binding.services.window import windows_of
from tests.binding.browse import photo
from tests.binding.desk import seat
from tests.factories import make_citizen, make_staff

FRONT = "/admin/binding/windowvisit/"


def make_clerk(**values: Any) -> User:
    """A clerk of 990100, 刘经."""
    return make_staff(duties=("clerk",), **({"display_name": "刘经"} | values))


def paper() -> SimpleUploadedFile:
    """The signed form, photographed."""
    return photo("form.jpg", width=700)


@dataclass
class Counter:
    """One clerk, one citizen, one relative."""

    clerk: User = field(default_factory=make_clerk)
    citizen: Person = field(default_factory=lambda: make_citizen("郑涛").person)
    relative: Person = field(default_factory=lambda: make_citizen("何丽").person)
    client: Client | None = None
    scanned: int = 0

    def __post_init__(self) -> None:
        self.client = self.client or seat(self.clerk)

    # ----------------------------------------------------------- who stands there
    def greet(self, person: Person | None = None, **changed: str) -> HttpResponse:
        """Type what is on the original, ticked as seen."""
        person = person or self.citizen
        typed = {
            "name": person.name, "id_type": person.id_type, "id_number": person.id_number,
            "purpose": "apply", "window": self.windows()[0], "originals": "on",
        }  # fmt: skip
        return self.client.post(FRONT, {name: value for name, value in (typed | changed).items() if value})

    def windows(self) -> list[str]:
        """The windows this clerk may sit at."""
        return windows_of(self.clerk)

    @property
    def visit(self) -> WindowVisit:
        """The latest visit."""
        return WindowVisit.objects.filter(clerk=self.clerk).latest("began_at")

    def url(self, name: str, *args: object) -> str:
        """The address of a page of this visit."""
        return reverse(f"admin:binding_windowvisit_{name}", args=[self.visit.pk, *args])

    # ----------------------------------------------------------- an application
    def enter(
        self, wish: str = "mutual_aid:authorizer", relation: str = "spouse", **changed: str
    ) -> HttpResponse:
        """Fill in the page of questions."""
        other = self.relative
        typed = {
            "wish": wish, "relation": relation, "name": other.name, "id_type": other.id_type,
            "id_number": other.id_number, "phone": "", "amount": "", "days": "",
        }  # fmt: skip
        return self.client.post(self.url("entry"), typed | changed)

    @property
    def application(self) -> Application:
        """What was entered last."""
        return Application.objects.filter(visit__clerk=self.clerk).latest("created_at")

    def scan(self) -> None:
        """Scan every document that is still missing."""
        while missing := services.missing_documents(self.application):
            rules = services.policy_of(self.application)
            pages = {
                page.code: photo(f"{page.code}.jpg", width=640 + number)
                for number, page in enumerate(rules.documents[missing[0]].pages, self.scanned)
            }
            answer = self.client.post(self.url("document", self.application.pk, missing[0]), pages)
            assert answer.status_code == 302, answer.content.decode()
            self.scanned += len(pages)

    def hand_in(self, **changed: Any) -> HttpResponse:
        """Sign on paper and hand in."""
        sent = {"agreed": "on", "how": "paper", "scan": paper()} | changed
        return self.client.post(
            self.url("hand_in", self.application.pk), {name: value for name, value in sent.items() if value}
        )

    def whole(self, **changed: Any) -> Application:
        """From the original to the receipt."""
        assert self.greet().status_code == 302
        entered = self.enter()
        assert entered.status_code == 302, entered.content.decode()
        self.scan()
        done = self.hand_in(**changed)
        assert done.status_code == 302, done.content.decode()
        return self.application
