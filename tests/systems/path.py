"""The path through one system: the services' verbs, by the entrance its users come by."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import time_machine
from django.utils import timezone

from accounts.models import Consent, User
from binding import services
from binding.models import Binding, RelativeLookup
from binding.rules import Party, State
from binding.rules.letters import Signed
from ledger.models import LedgerAccount
from tests.binding.cases import Case
from tests.factories import id_number, insure, make_account, make_login, make_person, make_staff
from tests.systems.rows import System
from tests.upload_corpus import jpeg

RICH = 9_000_00
TOTAL = 3_000_00
"""What a giver authorizes in all where families share by groups."""


@dataclass
class Path(Case):
    """A couple insured where the system is, and their application through its entrance."""

    system: System = field(kw_only=True)
    side: str = Party.AUTHORIZER

    @property
    def applicant(self) -> User:
        return self.giver if self.side == Party.AUTHORIZER else self.relative

    @property
    def asked(self) -> User:
        return self.relative if self.side == Party.AUTHORIZER else self.giver

    # ----------------------------------------------------------- one step each
    def start(self) -> "Path":
        """The first answer: which relative."""
        RelativeLookup.objects.filter(user=self.applicant).delete()
        self.application = services.start_draft(
            user=self.applicant, relation=self.relation, side=Party(self.side), entrance=self.system.entrance,
            notice_version=self._notice(),
        )  # fmt: skip
        return self

    def name(self, **changes: Any) -> "Path":
        """The second: who the other one is."""
        other = self.asked.person
        given = {
            "name": other.name, "id_type": other.id_type, "id_number": other.id_number, "phone": other.phone,
        }  # fmt: skip
        self.application = services.save_relative(
            application=self.application, actor=self.applicant, **(given | changes)
        )
        return self

    def begin(self) -> "Path":
        """Everything up to the signature, documents and amount included."""
        self.start().name()
        for kind in services.missing_documents(self.application):
            self.hand_in(kind)
        if self.side == Party.AUTHORIZER and services.amount_missing(self.application):
            services.save_authorized(application=self.application, actor=self.giver, authorized=TOTAL)
        return self

    def submit(self) -> "Path":
        services.submit(
            application=self.application, actor=self.applicant, agreed=True, signed=self._signed(),
            notice_version=self._notice(),
        )  # fmt: skip
        return self

    def agree(self) -> "Path":
        group = self.system.model == "group" and self.side == Party.BENEFICIARY
        services.consent(
            application=self.application, actor=self.asked, how=Consent.How.WEB,
            signed=Signed("name", self.asked.person.name), authorized=TOTAL if group else None,
        )  # fmt: skip
        return self

    def decided(self) -> "Path":
        """Whatever is still needed: the yes, the undo time, a reviewer."""
        if self.now().state == State.SUBMITTED:
            if self.now().consent_required:
                self.agree()
            if self.now().state == State.SUBMITTED:
                self.after_undo_time()
        if self.now().state == State.IN_REVIEW:
            self.approve()
        if self.now().state == State.AWAITING_CONSENT:
            self.agree()
        return self

    def in_force(self) -> "Path":
        """From the first answer to a binding that can be used: nobody can take the decision back."""
        with time_machine.travel(timezone.now() - timedelta(minutes=6)):
            self.begin().submit().decided()
        assert self.now().state == State.APPROVED, self.now().state
        return self

    def _signed(self) -> Signed:
        name = self.applicant.person.name
        return {
            "tick": Signed("tick"),
            "name": Signed("name", name),
            "drawn": Signed("drawn", picture=jpeg(width=600, height=200)),
        }[self.system.signature]

    def _notice(self) -> str:
        rules = services.starting_rules(
            person=self.applicant.person, side=Party(self.side), entrance=self.system.entrance
        )
        return rules.notice.version if self.system.notice_first else ""


def walk(system: System, *, side: str = Party.AUTHORIZER, balance: int = RICH, **changes: Any) -> Path:
    """Return the path of a couple of the system's city, the giver with money."""
    giver = changes.pop("giver", None) or citizen("李明", system.area, balance)
    relative = changes.pop("relative", None) or citizen("王小芳", system.area, scheme="390")
    staff = {"reviewer": make_staff(areas=(system.area,)), "second": make_staff(areas=(system.area,))}
    return Path(system=system, giver=giver, relative=relative, side=side, **(staff | changes))


def citizen(
    name: str, area: str, balance: int | None = None, *, birth: date | None = None, **insured: Any
) -> User:
    """Somebody insured in a city, with a personal account if a balance is given."""
    person = make_person(name, **({"number": id_number(birth)} if birth else {}))
    insure(person, area, **insured)
    if balance is not None:
        make_account(person, balance, area=area)
    return make_login(person)


def balance_of(user: User) -> int:
    """分 on somebody's personal account."""
    return LedgerAccount.objects.get(owner=user.person, kind=LedgerAccount.Kind.PERSONAL).balance


def binding_of(path: Path) -> Binding:
    """The binding that came of a path."""
    return Binding.objects.get(application=path.application)
