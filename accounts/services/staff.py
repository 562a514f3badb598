"""Logins of staff: password, then a one-time code of a device that a second administrator opens."""

import base64
import secrets
from datetime import timedelta
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp.oath import TOTP

from accounts import rules
from accounts.models import Duty, StaffDevice, User
from accounts.services import sessions
from accounts.services.codes import TooSoon, WrongCode
from gongji import audit

ENROLMENT_OPEN = timedelta(hours=24)
_STEP = 30


def create_staff(
    *, username: str, password: str, display_name: str, duties: list[str], areas: list[str]
) -> tuple[User, str]:
    """Make a member of staff with a device; return both the user and the secret, shown this once.

    Raises ValidationError for a taken name, a weak password, an unknown duty or none, or no area.
    """
    if unknown := set(duties) - set(Duty.values):
        raise ValidationError(_("没有这种职责:{names}").format(names="、".join(sorted(unknown))))
    if not duties:
        raise ValidationError(_("至少要有一种职责"))
    user = User(username=username, display_name=display_name, is_staff=True, duties=duties, areas=areas)
    validate_password(password, user)
    user.set_password(password)
    user.password_changed_at = timezone.now()
    user.full_clean(exclude=["password"])
    with transaction.atomic():
        user.save(force_insert=True)
        device = StaffDevice.objects.create(user=user, secret=_new_secret())
        audit.record(action="staff_created", actor=None, obj=user)
    return user, device.secret


def change_staff(*, user: User, administrator: User) -> None:
    """Store changed duties, areas, name and whether the login is open; a closed or changed one ends now.

    Raises PermissionDenied for anybody but another administrator, and for areas that are not theirs.
    """
    _require_other_administrator(user, administrator)
    with transaction.atomic():
        before = User.objects.select_for_update().get(pk=user.pk)
        if not all(administrator.covers(area) for area in {*before.areas, *user.areas}):
            raise PermissionDenied
        columns = ("display_name", "duties", "areas", "is_active")
        changes = {name: (getattr(before, name), getattr(user, name)) for name in columns}
        changed = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
        user.save(update_fields=columns)
        if changed:
            sessions.end_others(user=user)
            audit.record(action="staff_changed", actor=administrator, obj=user, changes=changed)


def _require_other_administrator(user: User, administrator: User) -> None:
    if administrator.pk == user.pk or not administrator.has_duty(Duty.ADMIN) or not user.is_staff:
        raise PermissionDenied


def _new_secret() -> str:
    return base64.b32encode(secrets.token_bytes(20)).decode()


def otpauth_url(device: StaffDevice) -> str:
    """Return what an authenticator app reads from the picture (Key URI format)."""
    issuer, name = quote(settings.BUREAU_NAME), quote(device.user.username)
    return f"otpauth://totp/{issuer}:{name}?secret={device.secret}&issuer={issuer}&digits=6&period={_STEP}"


def note_failed_password(*, username: str) -> None:
    """Leave a trace of a wrong password; of a name that does not exist, only that it happened."""
    user = User.objects.filter(username=username, is_staff=True).first()
    audit.record(action="login", actor=None, obj=user, result="failed", reason="password")


# ------------------------------------------------------------- second factor
def check_second_factor(*, user: User, code: str) -> StaffDevice:
    """Use a code of the user's device once; the first one confirms the device.

    Raises WrongCode for a wrong or already used one, TooSoon after five of them in a quarter of an hour.
    """
    now = timezone.now()
    with transaction.atomic():
        device = StaffDevice.objects.select_for_update().filter(user=user).first()
        if device is None:
            raise WrongCode(0)
        if free := rules.free_at(device.failures, [rules.SECOND_FACTOR_FAILURES], now):
            raise TooSoon(
                free,
                _("动态口令错了太多次。{time} 以后再试。").format(time=f"{timezone.localtime(free):%H:%M}"),
            )
        step = _matching_step(device, code)
        if step is None:
            device.failures = [*device.failures, now][-rules.SECOND_FACTOR_FAILURES.times :]
        else:
            device.last_step, device.failures, device.open_until = step, [], None
            device.confirmed_at = device.confirmed_at or now
        device.save(update_fields=["last_step", "failures", "open_until", "confirmed_at"])
        audit.record(
            action="second_factor", actor=user, obj=user, result="ok" if step is not None else "failed"
        )
    if step is None:
        raise WrongCode(rules.SECOND_FACTOR_FAILURES.times - len(device.failures))
    return device


def _matching_step(device: StaffDevice, code: str) -> int | None:
    """Return the time step of a right code that was never used, allowing clocks half a minute apart."""
    if not (code.isascii() and code.isdigit() and len(code) == 6):
        return None
    totp = TOTP(base64.b32decode(device.secret), step=_STEP)
    # Read once: a step that begins between two readings would be stored wrongly.
    totp.time = timezone.now().timestamp()
    return totp.t() if totp.verify(int(code), tolerance=1, min_t=device.last_step + 1) else None


def open_enrolment(*, user: User, administrator: User) -> StaffDevice:
    """Let a member of staff set up a new device within a day; the old one and its sessions end now.

    Raises PermissionDenied for anybody but another administrator.
    """
    _require_other_administrator(user, administrator)
    with transaction.atomic():
        StaffDevice.objects.filter(user=user).delete()
        sessions.end_others(user=user)
        device = StaffDevice.objects.create(
            user=user,
            secret=_new_secret(),
            opened_by=administrator,
            open_until=timezone.now() + ENROLMENT_OPEN,
        )
        audit.record(action="device_opened", actor=administrator, obj=user)
    return device


def shows_secret(device: StaffDevice) -> bool:
    """Whether the owner may see the secret: not yet confirmed, and opened by another administrator."""
    return (
        device.confirmed_at is None and device.open_until is not None and device.open_until > timezone.now()
    )


# ------------------------------------------------------------- passwords
def password_expired(user: User) -> bool:
    """Whether the password is older than ninety days (等保 8.1.4.1 a), or of unknown age."""
    changed = user.password_changed_at
    return changed is None or timezone.now() - changed > rules.PASSWORD_LIFE


def change_password(*, user: User, password: str) -> None:
    """Set a new password and end all sessions. Raises ValidationError for a weak or remembered one."""
    validate_password(password, user)
    remembered = [user.password, *user.old_passwords][: rules.PASSWORDS_REMEMBERED]
    if any(check_password(password, old) for old in remembered):
        raise ValidationError(_("这个密码最近用过。请换一个和前 5 次都不同的。"), code="password_remembered")
    with transaction.atomic():
        user.old_passwords = remembered[: rules.PASSWORDS_REMEMBERED - 1]
        user.set_password(password)
        user.password_changed_at = timezone.now()
        user.save(update_fields=["password", "old_passwords", "password_changed_at"])
        sessions.end_others(user=user)
        audit.record(action="password_changed", actor=user, obj=user)
