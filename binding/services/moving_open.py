"""Opening what moves in: applications, bindings, mandates and history, one statement for each table."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, time

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.services import Note, leave_messages
from binding.models import (
    Application,
    Binding,
    BindingChange,
    Channel,
    Event,
    Kind,
    PolicyVersion,
)
from binding.rules import Action, Party, Role, State
from binding.rules.numbers import SERIALS, public_number
from binding.services import life, rows
from binding.services.moving_facts import Coming, is_pool
from binding.services.wording import day
from gongji import audit
from gongji.policy import Model
from gongji.templatetags.gongji import mask_name
from ledger import services as ledger
from ledger.models import Mandate


def open_all(items: Sequence[Coming], *, quiet: bool) -> None:
    """Open every line, in this order, in the caller's transaction, which holds the people.

    The day of the former system is kept to be shown; money can be used from now on. `quiet`: tell nobody.
    """
    now = timezone.now()
    rules_in_force = {item.rules.area: item.rules for item in items}
    versions = {area: rows.frozen(rules) for area, rules in rules_in_force.items()}
    numbers = _free_numbers([began(item) for item in items])
    applications = Application.objects.bulk_create(
        _application(item, number, versions[item.rules.area], now)
        for item, number in zip(items, numbers, strict=True)
    )
    bindings = Binding.objects.bulk_create(
        _binding(item, application, now) for item, application in zip(items, applications, strict=True)
    )
    ledger.open_mandates(
        [_opening(item, binding, now) for item, binding in zip(items, bindings, strict=True)]
    )
    _write_history(applications, bindings, now)
    if not quiet:
        leave_messages(
            note
            for item, application in zip(items, applications, strict=True)
            for note in _notes(item, application)
        )


def began(item: Coming) -> datetime:
    """Return the first moment, in Beijing, of the day on which the former system opened it."""
    return timezone.make_aware(datetime.combine(item.row.since, time()))


def _free_numbers(days: Sequence[datetime]) -> list[str]:
    """Draw a public number for each day, none drawn twice and none in use."""
    numbers: dict[int, str] = {}
    while missing := [place for place in range(len(days)) if place not in numbers]:
        drawn = {
            place: public_number(timezone.localdate(days[place]), secrets.randbelow(SERIALS))
            for place in missing
        }
        taken = Application.objects.filter(number__in=drawn.values()).values_list("number", flat=True)
        used = {*taken, *numbers.values()}
        for place, number in drawn.items():
            if number not in used:
                numbers[place] = number
                used.add(number)
    return [numbers[place] for place in range(len(days))]


def _application(item: Coming, number: str, version: PolicyVersion, now: datetime) -> Application:
    """The honest origin: nobody applied here, nobody decided here; it came over as it was."""
    since = began(item)
    return Application(
        number=number,
        kind=item.row.kind,
        authorizer=item.authorizer,
        beneficiary=item.beneficiary,
        relation=item.row.relation,
        channel=Channel.IMPORT,
        area=item.rules.area,
        policy_version=version,
        state=State.APPROVED,
        cap_answered=True,
        consent_required=False,
        submitted_at=since,
        decided_at=since,
        created_at=now,
        view_days=max(item.rules.view_days) if item.row.kind == Kind.VIEW else None,
        **_amounts(item),
    )


def _amounts(item: Coming) -> dict[str, int | None]:
    """A cap is what may be used in all where families share by groups, else what may be used a month."""
    total = item.rules.model is Model.GROUP and item.row.kind == Kind.MUTUAL_AID
    return {"authorized" if total else "monthly_cap": item.row.cap}


def _binding(item: Coming, application: Application, now: datetime) -> Binding:
    """Where bindings are for a time, a new term begins with the move: nobody's ends by it."""
    since = began(item)
    return Binding(
        kind=item.row.kind,
        relation=item.row.relation,
        authorizer=item.authorizer,
        beneficiary=item.beneficiary,
        application=application,
        area=item.rules.area,
        since=since,
        expires_at=life.expires_at(item.rules, application, now),
        **_amounts(item),
    )


def _opening(item: Coming, binding: Binding, now: datetime) -> ledger.Opening:
    return ledger.Opening(
        binding_id=binding.pk,
        authorizer=item.authorizer,
        beneficiary=item.beneficiary,
        kind=Mandate.Kind.POOL if is_pool(item) else item.row.kind,
        valid_from=now,
        monthly_cap=binding.monthly_cap,
        authorized=binding.authorized,
        privacy=binding.privacy,
        valid_until=life.mandate_until(binding),
    )


def _write_history(applications: list[Application], bindings: list[Binding], now: datetime) -> None:
    Event.objects.bulk_create(
        Event(
            application=application,
            action=Action.MOVE_IN,
            from_state=State.APPROVED,
            to_state=State.APPROVED,
            role=Role.SYSTEM,
            at=now,
        )
        for application in applications
    )
    BindingChange.objects.bulk_create(
        BindingChange(binding=binding, what=BindingChange.What.IMPORTED, party=Party.SYSTEM, at=now)
        for binding in bindings
    )
    audit.record_each(
        action="binding.imported", actor=None, objects=[(binding, binding.area) for binding in bindings]
    )


def _notes(item: Coming, application: Application) -> Iterable[Note]:
    words = {
        "giver": mask_name(item.authorizer.name),
        "relative": mask_name(item.beneficiary.name),
        "what": str(Kind(item.row.kind).label),
        "since": _("%(year)d年%(day)s") % {"year": item.row.since.year, "day": day(began(item))},
        "hotline": item.rules.hotline,
    }
    for person, template in ((item.authorizer, "moved_in_giver"), (item.beneficiary, "moved_in_relative")):
        yield Note(person, f"binding.{template}", words, application.number)
