"""A citizen changes the phone they log in with. What the registry says about their phone stays as it is."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import PhoneChange, User
from accounts.services import notify, sessions
from gongji import audit
from gongji.crypto import blind_index
from gongji.errors import Refused
from gongji.templatetags.gongji import cn_datetime, mask_phone

CHANGE_OPEN = timedelta(days=15)
"""How long a new phone waits for a proof: staff have some working days to compare documents."""


def waiting_change(user: User) -> PhoneChange | None:
    """Return the change of phone that waits for its proof, None when there is none."""
    now = timezone.now()
    return user.phone_changes.filter(done_at=None, expires_at__gt=now).order_by("-asked_at").first()


@transaction.atomic
def ask(*, user: User, phone: str, session_key: str) -> PhoneChange:
    """Keep a new phone that its code has proved, and tell the present one. An earlier wish is forgotten.

    Raises Refused `same_phone`.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if phone == user.phone:
        raise Refused("same_phone", _("这就是您现在的登录手机号,不用换。"))
    forget(user=user)
    now = timezone.now()
    change = PhoneChange.objects.create(
        user=user,
        phone=phone,
        phone_index=blind_index("phone", phone),
        session_key=session_key,
        asked_at=now,
        expires_at=now + CHANGE_OPEN,
    )
    audit.record(action="phone_change.asked", actor=user, obj=user)
    _tell(user, "phone_change_asked", phone)
    return change


def forget(*, user: User) -> None:
    """Drop a change that was not proved."""
    user.phone_changes.filter(done_at=None).update(expires_at=timezone.now())


def finish_with_old_code(*, change: PhoneChange, proved: str) -> None:
    """Change the phone: a code of the present one was given (`proved`, from `codes.use_code`).

    Raises Refused `change_over` when the wish has lapsed, or another phone was proved than the present one.
    """
    if proved != change.user.phone:
        raise _over()
    _finish(change, PhoneChange.How.OLD_CODE)


def finish_after_check(*, change: PhoneChange) -> None:
    """Change the phone: the identity was checked anew, in the transaction of that check. Lapsed ones stay."""
    if change.done_at is None and change.expires_at > timezone.now():
        _finish(change, PhoneChange.How.IDENTITY)


@transaction.atomic
def _finish(change: PhoneChange, how: PhoneChange.How) -> None:
    user = User.objects.select_for_update().get(pk=change.user_id)
    change = PhoneChange.objects.select_for_update().get(pk=change.pk)
    if change.done_at is not None or change.expires_at <= timezone.now():
        raise _over()
    old = user.phone
    user.given_up_index = user.phone_index
    user.phone, user.phone_index = change.phone, change.phone_index
    user.save(update_fields=["phone", "phone_index", "given_up_index"])
    change.done_at, change.how = timezone.now(), how
    change.save(update_fields=["done_at", "how"])
    sessions.end_others(user=user, keep=change.session_key)
    audit.record(
        action="phone_changed", actor=user, obj=user, purpose=how.value, changes={"phone": (old, user.phone)}
    )
    _tell(user, "phone_changed", change.phone)
    if old is not None:
        _tell(user, "phone_left", change.phone, sms_phone=old)


def _tell(user: User, template: str, phone: str, sms_phone: str | None = None) -> None:
    if user.person is not None:
        notify(
            person=user.person,
            template=template,
            params={
                "when": cn_datetime(timezone.now()),
                "phone": mask_phone(phone),
                "hotline": settings.HOTLINE,
            },
            sms_phone=sms_phone,
        )


def _over() -> Refused:
    return Refused("change_over", _("这次换号码已经过期或办完了。"), _("请从“账号与安全”重新开始。"))
