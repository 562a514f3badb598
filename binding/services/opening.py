"""An application becomes a binding, and, while a reviewer may still change their mind, stops being one."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from binding.models import Application, Binding, BindingChange
from binding.rules import Party
from binding.rules.limits import of_authorizer, of_beneficiary
from binding.services import life, rows
from binding.services.changes import changed
from binding.services.checks import active_binding, can_give, can_receive, givers_of, places_taken
from binding.services.other_end import already_bound
from binding.services.pools import in_another_pool, require_no_other_pool, shares_a_pool
from binding.services.rows import policy_of
from binding.services.wording import day, limit_sentence, tell
from gongji.errors import Refused
from gongji.policy import Credential
from gongji.templatetags.gongji import mask_name
from ledger import services as ledger
from ledger.models import Mandate


def require_room(application: Application) -> None:
    """Lock both people and count what is in force now; the applicant's own place must still be free.

    Raises Refused: `already_bound`, `limit_reached`, `in_a_pool`, `givers_reached`, `insurance_changed`.
    """
    rows.hold_people(application.authorizer_id, application.beneficiary_id)
    rules = policy_of(application)
    bound = active_binding(application)
    if bound is not None:
        raise already_bound(bound.since)
    taken = places_taken(application.authorizer_id, application.kind, besides=application, undecided=False)
    if of_authorizer(application.kind, rules).is_full(taken):
        raise Refused(
            "limit_reached",
            limit_sentence(application.kind, rules, taken),
            _("这件不能再通过,请选理由“已绑定或人数满”。"),
        )
    if shares_a_pool(application) and application.authorizer is not None:
        require_no_other_pool(application.authorizer, rules)
    givers = givers_of(application.beneficiary_id, application.kind, renews=application.renews_id)
    full = of_beneficiary(application.kind, rules).is_full(givers)
    if full or in_another_pool(application, rules):
        raise Refused(
            "givers_reached",
            _("家人的出钱人数已到本地上限。"),
            _("这件不能再通过,请选理由“已绑定或人数满”。"),
        )
    _require_insured(application)


def _require_insured(application: Application) -> None:
    assert application.authorizer is not None and application.beneficiary is not None
    ours = application.authorizer.enrollments.current().first()
    theirs = application.beneficiary.enrollments.current().first()
    if not can_give(application.kind, ours) or not can_receive(application.kind, theirs):
        raise Refused(
            "insurance_changed",
            _("参保状态和提交时不一样了。"),
            _("请看“机器核对”,再选合适的理由。"),
        )


def awaits_consent(application: Application) -> bool:
    """Whether the other party must agree and has not done so since the submission."""
    return application.consent_required and application.consent_id is None


def valid_from(application: Application) -> datetime:
    """Return when a binding opened now takes effect: when no reviewer can take it back any more."""
    now = timezone.now()
    if application.decided_by_id is None or application.decided_at is None:
        return now
    return max(now, application.decided_at + timedelta(minutes=settings.REVIEWER_UNDO_MINUTES))


def open_binding(application: Application, *, actor: User | None) -> Binding:
    """Open what an approved application asks for, in the caller's transaction; both sides are told.

    Call it after `require_room`. The money can be used, and the messages are seen, from `valid_from` on.
    """
    assert application.authorizer is not None and application.beneficiary is not None
    since = valid_from(application)
    renewed = life.renew_in_force(application, since=since, actor=actor)
    if renewed is not None:
        return renewed
    expires = life.expires_at(policy_of(application), application, since)
    binding = Binding.objects.create(
        kind=application.kind,
        relation=application.relation,
        authorizer=application.authorizer,
        beneficiary=application.beneficiary,
        application=application,
        area=application.area,
        since=since,
        expires_at=expires,
        monthly_cap=application.monthly_cap,
        authorized=application.authorized,
    )
    ledger.open_mandate(
        binding_id=binding.pk,
        authorizer=application.authorizer,
        beneficiary=application.beneficiary,
        kind=Mandate.Kind.POOL if shares_a_pool(application) else application.kind,
        valid_from=since,
        monthly_cap=application.monthly_cap,
        authorized=application.authorized,
        privacy=binding.privacy,
        valid_until=life.mandate_until(binding),
    )
    changed(
        binding, BindingChange.What.OPENED, Party.STAFF if application.decided_by_id else Party.SYSTEM, actor
    )
    _tell_both(application, since)
    return binding


def _tell_both(application: Application, since: datetime) -> None:
    words = opening_words(application, since)
    tell(application, application.authorizer, "opened", visible_from=since, **words)
    tell(application, application.beneficiary, "opened_for_you", visible_from=since, **words)


def opening_words(application: Application, since: datetime) -> dict[str, str]:
    """Return from when it can be used and whose code is shown at the counter."""
    assert application.authorizer is not None and application.beneficiary is not None
    own = policy_of(application).credential is Credential.OWN
    shown = application.beneficiary if own else application.authorizer
    return {"since": day(since), "code_of": mask_name(shown.name)}


def close_retracted(application: Application, *, actor: User) -> None:
    """Close the binding of a decision that is taken back; it was never usable."""
    binding = application.bindings.active().select_for_update(of=("self",)).first()
    if binding is None:
        return life.take_back_renewal(application, actor=actor)
    now = timezone.now()
    binding.until, binding.ended_by, binding.ended_why = now, Party.STAFF, "retracted"
    binding.save(update_fields=["until", "ended_by", "ended_why"])
    ledger.end_mandate(binding_id=binding.pk, at=now)
    changed(binding, BindingChange.What.RETRACTED, Party.STAFF, actor)
    return None
