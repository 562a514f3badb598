"""From the first answer to a complete draft: which relative, which documents, how much (W3 to W7).

An answer is kept even when it blocks: the refusal is raised after the draft is saved.
"""

import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Enrollment, Person, User
from accounts.rules import IdProblem, check_id, normalise_id, normalise_phone
from accounts.services import current_enrollment, find_person
from binding.models import Application, Kind, Proof, RelativeLookup
from binding.rules import Action, Role, State
from binding.rules.numbers import SERIALS, public_number
from binding.rules.verdict import documents_wanted, guardian_certain
from binding.services import rows
from binding.services.checks import is_minor, register_says
from binding.services.eligible import cannot_receive, giver_policy, person_of
from binding.services.rows import policy_of
from gongji import audit
from gongji.errors import Refused
from gongji.policy import Model, Policy, ProofChoice, Relation

LOOKUPS = ((15, timedelta(hours=1)), (30, timedelta(days=1)))
"""How often one login may name a relative: enough for eight relatives and their typing errors."""
OPEN_DRAFTS = 10


# ------------------------------------------------------------- W3
@transaction.atomic
def start_draft(*, user: User, relation: Relation | None = None, kind: str = Kind.MUTUAL_AID) -> Application:
    """Begin an application of the user as giver and return the draft; an empty one of theirs is used again.

    Raises Refused as `giver_policy` does, `too_many_drafts`, `relation_not_allowed`.
    """
    rules = giver_policy(user=user, kind=kind)
    person = person_of(user)
    drafts = Application.objects.drafts().filter(authorizer=person)
    # Another tab may be filling it this moment: a draft that is held is left alone.
    empty = drafts.filter(entered_name__isnull=True).select_for_update(
        of=("self",), skip_locked=True, no_key=True
    )
    draft = empty.first() or _new_draft(user, person, drafts)
    draft.kind, draft.area = kind, _enrollment(person).area
    draft.deadline_at = _kept_until(rules)
    draft.relation = _allowed(rules, relation) if relation else ""
    draft.save(update_fields=["kind", "area", "deadline_at", "relation"])
    return draft


def _new_draft(user: User, person: Person, drafts: QuerySet[Application]) -> Application:
    if drafts.count() >= OPEN_DRAFTS:
        raise Refused(
            "too_many_drafts", _("您还有几份没填完的申请。"), _("请先继续填完,或者删掉不要的,再开始新的。")
        )
    for _attempt in range(5):
        number = public_number(timezone.localdate(), secrets.randbelow(SERIALS))
        try:
            with transaction.atomic():
                return Application.objects.create(
                    number=number, authorizer=person, created_by=user, area=_enrollment(person).area
                )
        except IntegrityError:
            if not Application.objects.filter(number=number).exists():
                raise
    raise RuntimeError("no free number in five tries")


def _enrollment(person: Person) -> Enrollment:
    found = current_enrollment(person)
    assert found is not None
    return found


def _kept_until(rules: Policy) -> datetime:
    return timezone.now() + timedelta(days=rules.draft_days)


def _allowed(rules: Policy, relation: Relation) -> Relation:
    if relation not in rules.relations:
        raise Refused(
            "relation_not_allowed",
            _("这位家人不在本地可以共用的范围里。"),
            _("请换一位家人。可以共用的家人,在“本地规则”里能看到。"),
        )
    return relation


@transaction.atomic
def save_relation(*, application: Application, actor: User, relation: Relation) -> Application:
    """Keep which relative it is (W3). Raises Refused (`relation_not_allowed`)."""
    draft = _own_draft(application, actor)
    rules = policy_of(draft)
    draft.relation = _allowed(rules, relation)
    return _saved(draft, rules, "relation")


# ------------------------------------------------------------- W4, W5
def save_relative(
    *, application: Application, actor: User, name: str, id_type: str, id_number: str, phone: str = ""
) -> Application:
    """Keep the relative as typed and match the person in the registry (W4, W5).

    Raises Refused, the answers kept: `bad_number`, `bad_phone`, `same_as_self`, `not_matched` (one text for
    unknown number and wrong name, M10), `relative_not_insured` (J02), `needs_window` (J07),
    `other_province`, `not_connected` (J03), `already_bound`, `already_applied`, `too_many_lookups`.
    """
    with transaction.atomic():
        draft = _own_draft(application, actor)
        rules = policy_of(draft)
        draft.entered_name, draft.entered_id_type = name.strip(), id_type
        draft.entered_id_number = normalise_id(id_type, id_number)
        draft.entered_phone = normalise_phone(phone) or phone.strip() or None
        matched, refusal = _match(draft, actor, rules)
        draft.beneficiary = None if refusal else matched
        _saved(
            draft,
            rules,
            "beneficiary",
            "entered_name",
            "entered_id_type",
            "entered_id_number",
            "entered_phone",
        )
    if refusal:
        raise refusal
    return draft


def change_kind(*, application: Application, actor: User, kind: str) -> Application:
    """Go the other way with the same answers: the relative is matched anew, the rest is kept.

    Raises Refused as `giver_policy` and `save_relative` do.
    """
    with transaction.atomic():
        draft = _own_draft(application, actor)
        rules = giver_policy(user=actor, kind=kind)
        draft.kind, draft.beneficiary, draft.monthly_cap = kind, None, None
        _saved(draft, rules, "kind", "beneficiary", "monthly_cap")
    if not draft.entered_name:
        return draft
    return save_relative(
        application=draft,
        actor=actor,
        name=draft.entered_name,
        id_type=draft.entered_id_type,
        id_number=draft.entered_id_number or "",
        phone=draft.entered_phone or "",
    )


def _match(draft: Application, actor: User, rules: Policy) -> tuple[Person | None, Refused | None]:
    giver = person_of(actor)
    number, name = draft.entered_id_number or "", draft.entered_name or ""
    refusal = _typing_error(draft, giver, rules) or _too_many_lookups(actor)
    if refusal:
        return None, refusal
    relative = find_person(id_type=draft.entered_id_type, id_number=number, name=name)
    found = "matched" if relative else "not_matched"
    audit.record(action="relative.lookup", actor=actor, obj=draft, area=draft.area, result=found)
    if relative is None:
        return None, Refused(
            "not_matched", _("姓名和号码对不上。"), _("请看看是不是曾用名或生僻字,再照着证件填一遍。")
        )
    return relative, cannot_receive(draft, relative, rules)


def _typing_error(draft: Application, giver: Person, rules: Policy) -> Refused | None:
    number = draft.entered_id_number or ""
    problem = check_id(draft.entered_id_type, number)
    if problem is not None:
        return Refused("bad_number", _number_words(problem, number))
    if number == giver.id_number and draft.entered_id_type == giver.id_type:
        return Refused("same_as_self", _("这是您自己的号码,请填家人的。"))
    if draft.entered_phone and normalise_phone(draft.entered_phone) is None:
        return Refused("bad_phone", _("手机号是 11 位数字,请再看一遍。"))
    if rules.phone_required and not draft.entered_phone:
        return Refused("bad_phone", _("本地规定要填家人的手机号。"))
    return None


def _number_words(problem: IdProblem, number: str) -> str:
    if problem is IdProblem.LENGTH:
        return _("身份证号是 18 位,您填了 %(count)d 位。") % {"count": len(number)}
    return _("这个号码不对,请照着证件再看一遍最后 4 位。")


def _too_many_lookups(actor: User) -> Refused | None:
    """Count this try. The login's row is locked, so that parallel tries are counted one by one."""
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    now = timezone.now()
    tries = RelativeLookup.objects.filter(user=actor)
    if any(tries.filter(at__gt=now - window).count() >= count for count, window in LOOKUPS):
        return Refused(
            "too_many_lookups", _("今天填家人信息的次数有点多。"), _("请过一小时再试,或打 12393 帮您看。")
        )
    RelativeLookup.objects.create(user=actor, at=now)
    return None


# ------------------------------------------------------------- W6, W7
def proof_choices(application: Application) -> tuple[ProofChoice, ...]:
    """Return the choices of documents this application needs; empty when data or the commitment suffice."""
    if not application.relation or application.authorizer is None or application.beneficiary is None:
        return ()
    rules, relation = policy_of(application), Relation(application.relation)
    minor = is_minor(application.beneficiary, rules, timezone.localdate())
    wanted = documents_wanted(
        rules.documents_asked,
        register_says(application.authorizer, application.beneficiary, relation),
        guardian_doubtful=not guardian_certain(relation, relative_is_minor=minor),
    )
    return rules.proofs.get(relation, ()) if wanted else ()


def missing_documents(application: Application) -> list[str]:
    """Return the kinds still to be handed in, of the choice nearest to complete; a begun one wins a tie.

    A document that could not be opened counts as missing.
    """
    usable = application.proofs.current().exclude(status=Proof.Status.UNREADABLE)
    handed_in = set(usable.values_list("kind", flat=True))
    gaps = [
        [kind for kind in choice.documents if kind not in handed_in]
        for choice in sorted(
            proof_choices(application), key=lambda choice: handed_in.isdisjoint(choice.documents)
        )
    ]
    return min(gaps, key=len, default=[])


def choice_with(application: Application, kind: str) -> ProofChoice | None:
    """Return the first choice that includes a kind of document; None when it is not needed here."""
    return next((choice for choice in proof_choices(application) if kind in choice.documents), None)


@transaction.atomic
def save_cap(*, application: Application, actor: User, monthly_cap: int | None) -> Application:
    """Keep how many 分 a month the relative may use, None = no cap (W7)."""
    draft = _own_draft(application, actor)
    draft.monthly_cap, draft.cap_answered = monthly_cap, True
    return _saved(draft, policy_of(draft), "monthly_cap", "cap_answered")


@transaction.atomic
def save_authorized(*, application: Application, actor: User, authorized: int) -> Application:
    """Keep how many 分 the relative may use in all, where the area shares by groups (W7)."""
    draft = _own_draft(application, actor)
    draft.authorized = authorized
    return _saved(draft, policy_of(draft), "authorized")


def amount_missing(application: Application) -> bool:
    """Whether the giver still has to say how much the relative may use in all."""
    if application.kind != Kind.MUTUAL_AID or application.authorized is not None:
        return False
    return policy_of(application).model is Model.GROUP


@transaction.atomic
def discard_draft(*, application: Application, actor: User) -> None:
    """Throw a draft away: it lapses at once."""
    draft = _own_draft(application, actor)
    rows.step(draft, Action.LAPSE, Role.SYSTEM, actor=actor, note=_("本人删除草稿"))


# ------------------------------------------------------------- shared
def require_draft(application: Application) -> None:
    """Raise Refused (`not_a_draft`) once an application has been submitted."""
    if application.state != State.DRAFT:
        raise Refused(
            "not_a_draft",
            _("这件申请已经提交,现在是“%(state)s”。") % {"state": application.get_state_display()},
            _("请在“办理进度”里看能做什么。"),
        )


def _own_draft(application: Application, actor: User) -> Application:
    draft = rows.locked(application)
    rows.require_initiator(draft, actor)
    require_draft(draft)
    return draft


def _saved(draft: Application, rules: Policy, *fields: str) -> Application:
    """Save answers, and keep the draft for its full time again."""
    draft.deadline_at = _kept_until(rules)
    draft.save(update_fields=[*fields, "deadline_at"])
    return draft
