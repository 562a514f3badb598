"""From the first answer to a complete draft: which relative, which documents, how much (W3 to W7).

An answer is kept even when it blocks: the refusal is raised after the draft is saved.
"""

import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Person, User
from accounts.rules import IdProblem, check_id, normalise_id, normalise_phone
from accounts.services import current_enrollment, find_person
from binding.models import Application, Channel, Kind, Proof, RelativeLookup
from binding.rules import Action, Party, Role, State
from binding.rules.numbers import SERIALS, public_number
from binding.rules.verdict import documents_wanted, guardian_certain
from binding.rules.viewing import documents_asked_for
from binding.services import kinship, rows
from binding.services.checks import is_minor, subject_as, subject_of
from binding.services.eligible import open_entrance, person_of, starting_rules
from binding.services.other_end import cannot_take_part
from binding.services.rows import policy_of
from gongji import audit, policy
from gongji.errors import Refused
from gongji.policy import Model, Policy, ProofChoice, Relation

LOOKUPS = ((15, timedelta(hours=1)), (30, timedelta(days=1)))
"""How often one login may name a relative: enough for eight relatives and their typing errors."""
OPEN_DRAFTS = 10


# ------------------------------------------------------------- W3
@transaction.atomic
def start_draft(
    *,
    user: User,
    person: Person | None = None,
    relation: Relation | None = None,
    kind: str = Kind.MUTUAL_AID,
    side: Party = Party.AUTHORIZER,
    entrance: str = "",
    notice_version: str = "",
) -> Application:
    """Begin an application of a person as one end and return the draft; an empty one of theirs is used again.

    `person` is the user's own unless a clerk enters it for somebody at the window; `relation` is always what
    the relative is to the authorizer; `notice_version` the 告知书 read first, where the area asks for it.
    Raises Refused as `starting_rules`, `too_many_drafts`, `relation_not_allowed`.
    """
    at_window, person = person is not None, person or person_of(user)
    rules = starting_rules(person=person, kind=kind, side=side, entrance=entrance, at_window=at_window)
    drafts = Application.objects.drafts().started_by(person.pk)
    # Another tab may be filling it this moment: a draft that is held is left alone.
    empty = drafts.filter(initiator=side, created_by=user, entered_name__isnull=True)
    held = empty.select_for_update(of=("self",), skip_locked=True, no_key=True)
    draft = held.first() or new_draft(user, person, side, drafts)
    draft.kind, draft.entrance = kind, open_entrance(rules, entrance, at_window=at_window)
    draft.area = area_of(person)
    draft.deadline_at = kept_until(rules)
    draft.relation = _allowed(rules, relation) if relation else ""
    draft.notice_version, draft.rules_seen = notice_version, rows.frozen(policy.for_area(draft.area) or rules)
    draft.save(
        update_fields=[
            "kind", "entrance", "area", "deadline_at", "relation", "notice_version", "rules_seen"
        ]
    )  # fmt: skip
    return draft


def new_draft(user: User, person: Person, side: Party, drafts: QuerySet[Application]) -> Application:
    """Return a new draft with its own number; `drafts` are the person's others (`too_many_drafts`)."""
    if drafts.count() >= OPEN_DRAFTS:
        raise Refused(
            "too_many_drafts", _("您还有几份没填完的申请。"), _("请先继续填完,或者删掉不要的,再开始新的。")
        )
    for _attempt in range(5):
        number = public_number(timezone.localdate(), secrets.randbelow(SERIALS))
        ends = {str(side): person}
        try:
            with transaction.atomic():
                return Application.objects.create(
                    number=number, initiator=side, created_by=user, area=area_of(person), **ends
                )
        except IntegrityError:
            if not Application.objects.filter(number=number).exists():
                raise
    raise RuntimeError("no free number in five tries")


def area_of(person: Person) -> str:
    """Return the area that keeps a person's insurance. The person has one: `starting_rules` looked."""
    found = current_enrollment(person)
    assert found is not None
    return found.area


def kept_until(rules: Policy) -> datetime:
    """Return until when a draft is kept that is worked on now."""
    return timezone.now() + timedelta(days=rules.draft_days)


def _allowed(rules: Policy, relation: Relation) -> Relation:
    if relation not in rules.relations:
        raise Refused(
            "relation_not_allowed",
            _("这位家人不在本地可以共用的范围里。"),
            _("请换一位家人。可以共用的家人,在“本地规则”里能看到。"),
        )
    return relation


def save_relation(*, application: Application, actor: User, relation: Relation) -> Application:
    """Keep which relative it is (W3).

    Raises Refused (`relation_not_allowed`), and as `kinship.ask` where the other end is known already.
    """
    with transaction.atomic():
        draft = _own_draft(application, actor)
        rules = policy_of(draft)
        draft.relation = _allowed(rules, relation)
        _saved(draft, rules, "relation")
    return _with_kinship(draft)


# ------------------------------------------------------------- W4, W5
def save_relative(
    *, application: Application, actor: User, name: str, id_type: str, id_number: str, phone: str = ""
) -> Application:
    """Keep the other end as typed and match the person in the registry (W4, W5).

    The other end is the relative, or, where the relative applies, whoever is to give; then the area becomes
    the giver's. Raises Refused, the answers kept: `bad_number`, `bad_phone`, `same_as_self`, `not_matched`
    (one text for unknown number and wrong name, M10), `too_many_lookups`, and as `cannot_take_part`:
    `relative_not_insured` (J02), `needs_window` (J07), `other_province`, `not_connected` (J03),
    `giver_cannot`, `not_for_relatives`, `relation_not_allowed`, `already_bound`, `already_applied`;
    as `kinship.ask`: `in_law`, `not_near`. Call it outside a transaction: the registers are asked at its end.
    """
    with transaction.atomic():
        draft = _own_draft(application, actor)
        rules = policy_of(draft)
        draft.entered_name, draft.entered_id_type = name.strip(), id_type
        draft.entered_id_number = normalise_id(id_type, id_number)
        draft.entered_phone = normalise_phone(phone) or phone.strip() or None
        matched, refusal = _match(draft, actor, rules)
        _join(draft, None if refusal else matched)
        _saved(
            draft,
            rules,
            draft.other_side,
            "area",
            "entered_name",
            "entered_id_type",
            "entered_id_number",
            "entered_phone",
        )
    if refusal:
        raise refusal
    return _with_kinship(draft)


def _with_kinship(draft: Application) -> Application:
    """Ask the registers, holding no row; somebody who is not near enough is taken out of the draft again."""
    try:
        kinship.ask(draft)
    except Refused:
        with transaction.atomic():
            row = rows.locked(draft)
            require_draft(row)
            _join(row, None)
            _saved(row, policy_of(row), "area", row.other_side)
        raise
    return draft


def _join(draft: Application, other: Person | None) -> None:
    """Set the other end; the authorizer's account, and so their area, is what an application is about."""
    setattr(draft, draft.other_side, other)
    if draft.initiator == Party.BENEFICIARY:
        holder = other if other is not None and current_enrollment(other) else draft.beneficiary
        assert holder is not None
        draft.area = area_of(holder)


def change_kind(*, application: Application, actor: User, kind: str) -> Application:
    """Go the other way with the same answers: the relative is matched anew, the rest is kept.

    Raises Refused as `starting_rules` and `save_relative` do.
    """
    with transaction.atomic():
        draft = _own_draft(application, actor)
        person, side = draft.initiator_person, Party(draft.initiator)
        assert person is not None
        at_window = draft.channel == Channel.WINDOW
        rules = starting_rules(
            person=person, kind=kind, side=side, entrance=draft.entrance, at_window=at_window
        )
        draft.kind, draft.monthly_cap, draft.view_days = kind, None, None
        _join(draft, None)
        _saved(draft, rules, "kind", "area", draft.other_side, "monthly_cap", "view_days")
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
    own = draft.initiator_person
    assert own is not None
    number, name = draft.entered_id_number or "", draft.entered_name or ""
    refusal = _typing_error(draft, own, rules) or _too_many_lookups(draft, actor)
    if refusal:
        return None, refusal
    other = find_person(id_type=draft.entered_id_type, id_number=number, name=name)
    found = "matched" if other else "not_matched"
    audit.record(action="relative.lookup", actor=actor, obj=draft, area=draft.area, result=found)
    if other is None:
        return None, Refused(
            "not_matched", _("姓名和号码对不上。"), _("请看看是不是曾用名或生僻字,再照着证件填一遍。")
        )
    return other, cannot_take_part(draft, other, rules)


def _typing_error(draft: Application, own: Person, rules: Policy) -> Refused | None:
    number = draft.entered_id_number or ""
    problem = check_id(draft.entered_id_type, number)
    if problem is not None:
        return Refused("bad_number", _number_words(problem, number))
    if number == own.id_number and draft.entered_id_type == own.id_type:
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


def _too_many_lookups(draft: Application, actor: User) -> Refused | None:
    """Count this try. The login's row is locked, so that parallel tries are counted one by one.

    A clerk names relatives all day, with the originals in front of them and an audit row for each.
    """
    if draft.channel == Channel.WINDOW:
        return None
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
    minor = is_minor(subject_of(application), rules, timezone.localdate())
    wanted = documents_wanted(
        documents_asked_for(application.kind, rules.documents_asked, subject_is_minor=minor),
        kinship.proven(application),
        guardian_doubtful=not guardian_certain(subject_as(application), relative_is_minor=minor),
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
    """Whether an applying giver still has to say how much in all; one who is asked says it on agreeing."""
    if application.kind != Kind.MUTUAL_AID or application.authorized is not None:
        return False
    if application.initiator != Party.AUTHORIZER:
        return False
    return policy_of(application).model is Model.GROUP


@transaction.atomic
def save_days(*, application: Application, actor: User, view_days: int) -> Application:
    """Keep for how many days one may look under 亲情账户 (W7). Raises Refused (`incomplete`): not offered."""
    draft = _own_draft(application, actor)
    rules = policy_of(draft)
    if view_days not in rules.view_days:
        raise Refused("incomplete", _("这里不能选这么多天。"), _("请在列出的几项里选一项。"))
    draft.view_days = view_days
    return _saved(draft, rules, "view_days")


def days_missing(application: Application) -> bool:
    """Whether it still has to be said for how long one may look; a rule that changed asks again."""
    return application.kind == Kind.VIEW and application.view_days not in policy_of(application).view_days


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
    draft.deadline_at = kept_until(rules)
    draft.save(update_fields=[*fields, "deadline_at"])
    return draft
