"""Face to face on one phone: the applicant hands it over, the other reads, names their number and signs.

Nobody can tell who holds the phone. So what is said here is kept as such: a reviewer looks at the case, the
other's own phone hears of it, and an objection ends it.
"""

import hmac

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import contact_phone, notify
from binding.models import Application, Signature
from binding.rules.letters import Signed
from binding.services import rows
from binding.services.answers import (
    How,
    can_answer,
    confirms_as_giver,
    record_no,
    record_yes,
    require_way,
    sign,
)
from binding.services.rows import policy_of
from binding.services.wording import facts, template_of
from gongji import audit
from gongji.errors import Refused
from gongji.policy import ConsentWay

TAIL = 4
"""So many characters of one's own number prove that one knows what one answers to, not who one is."""


def may_hand_over(application: Application) -> bool:
    """Whether the applicant's phone may be handed to the one who was asked.

    Not to whoever is to give the money: that takes their own login, the window or a call.
    """
    return (
        can_answer(application)
        and application.consent_required
        and not application.other_party_agreed
        and not confirms_as_giver(application)
        and ConsentWay.HANDED in policy_of(application).consent_ways
    )


def require_hand_over(application: Application, actor: User) -> None:
    """Raise Refused (`not_handed_over`) or PermissionDenied unless `actor` may hand over their phone now."""
    rows.require_initiator(application, actor)
    if not may_hand_over(application):
        raise Refused(
            "not_handed_over",
            _("这件申请现在不能用您的手机让家人回答。"),
            _("请看“办理进度”。家人可以自己登录、到窗口,或者接 12393 的电话回答。"),
        )


@transaction.atomic
def knows_own_number(*, application: Application, actor: User, tail: str) -> bool:
    """Whether `tail` ends the number of the one who was asked; a wrong one leaves a trace."""
    row = rows.locked(application)
    require_hand_over(row, actor)
    assert row.other_person is not None
    own = row.other_person.id_number[-TAIL:].upper()
    right = hmac.compare_digest(own.encode(), tail.strip().upper().encode())
    if not right:
        audit.record(
            action="consent.handed_phone", actor=actor, obj=row, area=row.area, result="wrong_number"
        )
    return right


@transaction.atomic
def agree_on_handed_phone(*, application: Application, actor: User, signed: Signed) -> Application:
    """Keep the yes said on the applicant's phone, signed with the other's name; opens nothing by itself.

    Call it after `knows_own_number`. Raises Refused: `not_handed_over`, `wrong_signature`; PermissionDenied.
    """
    row = rows.locked(application)
    require_hand_over(row, actor)
    require_way(policy_of(row), How.HANDED_PHONE)
    sign(row, actor, Signature.What.CONSENT, signed)
    record_yes(row, actor=actor, how=How.HANDED_PHONE)
    _tell_on_own_phone(row)
    return row


@transaction.atomic
def decline_on_handed_phone(*, application: Application, actor: User, stranger: bool) -> Application:
    """Keep the no said on the applicant's phone: final. Raises as `agree_on_handed_phone`."""
    row = rows.locked(application)
    require_hand_over(row, actor)
    return record_no(row, actor=actor, how=How.HANDED_PHONE, stranger=stranger)


def _tell_on_own_phone(row: Application) -> None:
    """The other's own phone hears of it, unless it is the one that was handed over."""
    person, applicant = row.other_person, row.initiator_person
    assert person is not None and applicant is not None
    phone = contact_phone(person)
    notify(
        person=person,
        template=template_of(row, "agreed_on_phone"),
        params=facts(row),
        about=row.number,
        sms=phone is not None and phone != contact_phone(applicant),
        dedup=f"agreed_on_phone:{row.pk}:{row.version}",
    )
