"""The machine's checks of an application: registry, household register, duplicates and limits."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Enrollment, EnrollmentStatus, Person, Scheme
from accounts.services import current_enrollment
from binding.models import Application, Binding, Channel, Check, Kind, Recheck
from binding.rules import Action, Party, viewing
from binding.rules.limits import of_authorizer, of_beneficiary
from binding.rules.verdict import Checked, FourEyesCause, Signals, four_eyes, guardian_certain
from binding.services.kinship import kept, proven
from binding.services.pools import in_another_pool
from binding.services.rows import policy_of
from binding.services.ways import reaches
from gongji.policy import Policy, Relation

RULES = "规则"
OWN_BOOKS = "本平台"
"""Sources of checks that are no register of somebody else."""

INSURED = (EnrollmentStatus.ACTIVE,)


@dataclass(frozen=True)
class Finding:
    """One check's result: True passed, False failed, None could not be told."""

    code: Checked
    passed: bool | None
    source: str
    detail: str = ""


# ------------------------------------------------------------- people
def may_give(enrollment: Enrollment | None) -> bool:
    """Whether a person has a personal account to share: employee scheme, in force, not pooled-only."""
    return (
        enrollment is not None
        and enrollment.status in INSURED
        and enrollment.scheme == Scheme.EMPLOYEE
        and enrollment.personal_account
    )


def is_insured(enrollment: Enrollment | None) -> bool:
    """Whether a person has any basic medical insurance in force."""
    return enrollment is not None and enrollment.status in INSURED


def can_give(kind: str, enrollment: Enrollment | None) -> bool:
    """Whether an authorizer has what this kind needs: an account to share; to be looked at, to be alive."""
    return _is_alive(enrollment) if kind == Kind.VIEW else may_give(enrollment)


def can_receive(kind: str, enrollment: Enrollment | None) -> bool:
    """Whether a relative has what this kind needs: an insurance; to look at somebody, to be alive."""
    return _is_alive(enrollment) if kind == Kind.VIEW else is_insured(enrollment)


def _is_alive(enrollment: Enrollment | None) -> bool:
    return enrollment is None or enrollment.status != EnrollmentStatus.DECEASED


def is_minor(person: Person, rules: Policy, today: date) -> bool:
    """Whether the area's guardian rule applies; somebody without a known birth date counts as an adult."""
    birth = person.birth_date
    return birth is not None and rules.is_minor(birth, today)


def subject_of(application: Application) -> Person:
    """Return whose health data the other end gets to see: the relative; of 亲情账户, who is looked at."""
    person: Person | None = getattr(application, viewing.subject_of(application.kind))
    assert person is not None
    return person


def subject_as(application: Application) -> Relation:
    """Return what the subject is to the other end."""
    return viewing.subject_as(application.kind, Relation(application.relation))


# ------------------------------------------------------------- places within the limits
def places_taken(
    authorizer_id: UUID | None, kind: str, *, besides: Application | None, undecided: bool
) -> int:
    """Return how many relatives an authorizer has: active bindings, and applications under way if asked for.

    Call it while holding the authorizer's row (`hold_people`), else two may count at once.
    """
    held = Binding.objects.active().filter(authorizer_id=authorizer_id, kind=kind)
    if besides is not None and besides.renews_id is not None:
        held = held.exclude(pk=besides.renews_id, beneficiary_id=besides.beneficiary_id)
    active = held.count()
    if not undecided:
        return active
    waiting = Application.objects.counted().filter(authorizer_id=authorizer_id, kind=kind)
    return active + (waiting.exclude(pk=besides.pk) if besides else waiting).count()


def givers_of(beneficiary_id: UUID | None, kind: str, *, renews: UUID | None = None) -> int:
    """Return how many authorizers a relative has now, besides a binding that is being renewed."""
    held = Binding.objects.active().filter(beneficiary_id=beneficiary_id, kind=kind)
    return (held.exclude(pk=renews) if renews else held).count()


def active_binding(application: Application) -> Binding | None:
    """Return the binding in force between the same two people, if there is one besides what is renewed."""
    same = Binding.objects.active().filter(
        authorizer_id=application.authorizer_id,
        beneficiary_id=application.beneficiary_id,
        kind=application.kind,
    )
    renewed = application.renews_id
    return (same.exclude(pk=renewed) if renewed else same).first()


# ------------------------------------------------------------- all of them
def run_checks(application: Application) -> dict[str, bool | None]:
    """Run every check, keep the results as rows with source and time, and return them by code.

    The registers of kinship are not asked here: their answer is kept already, or a person looks.
    Who is of age is asked of the day of the submission, as it was then.
    """
    now = timezone.now()
    day = timezone.localdate(application.submitted_at or now)
    findings = _findings(application, policy_of(application), day)
    rows = [
        Check(
            application=application,
            code=finding.code,
            outcome=_outcome(finding.passed),
            source=finding.source[:60],
            detail=finding.detail,
            at=now,
        )
        for finding in findings
    ]
    Check.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["application", "code"],
        update_fields=["outcome", "source", "detail", "about", "incomplete", "at"],
    )
    passed: dict[str, bool | None] = {finding.code: finding.passed for finding in findings}
    return {Checked.KINSHIP: proven(application)} | passed


def _outcome(passed: bool | None) -> Check.Outcome:
    if passed is None:
        return Check.Outcome.UNKNOWN
    return Check.Outcome.YES if passed else Check.Outcome.NO


def _findings(application: Application, rules: Policy, today: date) -> list[Finding]:
    giver, relative = application.authorizer, application.beneficiary
    assert giver is not None and relative is not None
    return [
        *_insurance(application.kind, giver, relative, rules),
        *_asked(application),
        _guardian(subject_of(application), subject_as(application), rules, today),
        *_places(application, rules),
    ]


def _insurance(kind: str, giver: Person, relative: Person, rules: Policy) -> list[Finding]:
    ours, theirs = current_enrollment(giver), current_enrollment(relative)
    own = ours.area if ours else ""
    near = True if kind == Kind.VIEW else None
    if theirs is not None:
        near = reaches(kind, rules, theirs.area, own_area=own)
    return [
        Finding(
            Checked.GIVER, can_give(kind, ours), ours.source if ours else OWN_BOOKS, _insured_words(ours)
        ),
        Finding(
            Checked.RELATIVE,
            can_receive(kind, theirs),
            theirs.source if theirs else OWN_BOOKS,
            _insured_words(theirs),
        ),
        Finding(Checked.AREA, near, RULES, theirs.area if theirs else ""),
    ]


def _insured_words(enrollment: Enrollment | None) -> str:
    if enrollment is None:
        return _("没有参保登记")
    return f"{enrollment.get_scheme_display()} {enrollment.get_status_display()}"


def _asked(application: Application) -> list[Finding]:
    """Say so where the registers were not asked about this; their own answer stays as it was given."""
    return [] if kept(application) else [Finding(Checked.KINSHIP, None, OWN_BOOKS, _("还没有核对"))]


def _guardian(subject: Person, relation: Relation, rules: Policy, today: date) -> Finding:
    """Of 亲情账户 the one who may be a child is who is looked at."""
    minor = is_minor(subject, rules, today)
    certain = guardian_certain(relation, relative_is_minor=minor) or None
    detail = _("未成年,申请人是父母") if minor and relation is Relation.CHILD else ""
    return Finding(Checked.GUARDIAN, certain, RULES, detail)


def _places(application: Application, rules: Policy) -> list[Finding]:
    taken = places_taken(application.authorizer_id, application.kind, besides=application, undecided=True)
    givers = givers_of(application.beneficiary_id, application.kind, renews=application.renews_id)
    relatives, authorizers = of_authorizer(application.kind, rules), of_beneficiary(application.kind, rules)
    return [
        Finding(Checked.DUPLICATE, active_binding(application) is None, OWN_BOOKS),
        Finding(Checked.LIMIT, not relatives.is_full(taken), OWN_BOOKS, _of(taken, relatives.most)),
        Finding(
            Checked.GIVERS,
            not authorizers.is_full(givers) and not in_another_pool(application, rules),
            OWN_BOOKS,
            _of(givers, authorizers.most),
        ),
    ]


def _of(count: int, limit: int | None) -> str:
    return f"{count}/{limit}" if limit is not None else str(count)


# ------------------------------------------------------------- two readers
def four_eyes_causes(application: Application, now: datetime) -> list[FourEyesCause]:
    """Return why a second reviewer must look at this case, too."""
    year_ago, month_ago = now - timedelta(days=365), now - timedelta(days=30)
    opened = Binding.objects.filter(
        authorizer_id=application.authorizer_id, kind=application.kind, since__gt=year_ago
    ).exclude(ended_by=Party.STAFF)
    failed = application.checks.filter(outcome=Check.Outcome.NO).values_list("code", flat=True)
    # To look after several relatives is what 亲情账户 is for: its own limits are enough there.
    shares = application.kind != Kind.VIEW
    signals = Signals(
        relatives_in_12_months=shares and opened.values("beneficiary").distinct().count() + 1,
        givers_of_relative=shares
        and givers_of(application.beneficiary_id, application.kind, renews=application.renews_id) + 1,
        givers_of_phone_in_30_days=shares and _givers_with_this_phone(application, month_ago),
        monthly_cap=application.monthly_cap,
        failed_checks=tuple(failed),
        untrue_in_12_months=Recheck.objects.untrue_of(application.authorizer_id, since=year_ago).exists(),
        one_clerk=_one_clerk_did_it_all(application),
    )
    return four_eyes(policy_of(application).four_eyes, signals)


def _one_clerk_did_it_all(application: Application) -> bool:
    """Whether who entered it at the window also put down the other one's yes."""
    if application.channel != Channel.WINDOW:
        return False
    return application.events.filter(action=Action.CONSENT, actor=application.created_by_id).exists()


def _givers_with_this_phone(application: Application, since: datetime) -> int:
    phone = application.created_by.phone_index if application.created_by else None
    if phone is None:
        return 1
    same = Application.objects.filter(created_by__phone_index=bytes(phone), submitted_at__gt=since)
    people: int = same.aggregate(people=Count("authorizer", distinct=True))["people"]
    return people
