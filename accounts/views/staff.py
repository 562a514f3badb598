"""Staff log in: password, then a one-time code; nothing is open between the two."""

import time
from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import ChangePasswordForm, NewPasswordForm, SecondFactorForm, StaffLoginForm
from accounts.models import StaffDevice, User
from accounts.services import staff
from accounts.services.codes import TooSoon, WrongCode
from accounts.views.sessions import begin, finish, next_page, too_soon
from gongji.staffsite import SECOND_FACTOR
from gongji.views.errors import too_many_requests

_STATE = "staff_login"
"""Session between the steps: whose password was right, when, where to go, the device once its code was."""
_PATIENCE = 5 * 60


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None
) -> HttpResponse:
    """Five wrong passwords from one network: wait. The same for names that do not exist."""
    wait = int(settings.AXES_COOLOFF_TIME.total_seconds())
    return too_many_requests(
        request,
        wait,
        _("密码错了太多次。请等 {minutes} 分钟再试,或请系统管理员帮忙。").format(minutes=wait // 60),
    )


@never_cache
@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Step one. A wrong name and a wrong password are answered alike."""
    going_on = next_page(request, "admin:index")
    if request.user.is_authenticated and request.user.is_staff and SECOND_FACTOR in request.session:
        return redirect(going_on)
    form = StaffLoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = authenticate(request, **form.cleaned_data)
        if user is not None:
            request.session.cycle_key()
            request.session[_STATE] = {"user": str(user.pk), "at": time.time(), "next": going_on}
            return redirect("staff:code")
        staff.note_failed_password(username=form.cleaned_data["username"])
        form.add_error(None, _("用户名或密码不对。请再看一遍大小写"))
    return render(request, "admin/login.html", {"form": form}, status=422 if form.errors else 200)


def _waiting(request: HttpRequest) -> tuple[dict[str, Any], User] | None:
    """Return who passed step one a moment ago, or None."""
    state = request.session.get(_STATE)
    if state is None or time.time() - state["at"] > _PATIENCE:
        return None
    user = User.objects.filter(pk=state["user"], is_staff=True, is_active=True).first()
    return (state, user) if user else None


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Step two. Without a device nothing opens until another administrator opens its setting up."""
    waiting = _waiting(request)
    if waiting is None:
        return redirect("staff:login")
    state, user = waiting
    device = StaffDevice.objects.filter(user=user).first()
    form = SecondFactorForm(request.POST or None)
    context = {"form": form, "device": device, "picture": ""}
    if device is not None and staff.shows_secret(device):
        form.heading = _("绑定动态口令")
        context |= {"picture": _picture(device), "secret": device.secret}
    if request.method == "POST" and form.is_valid():
        try:
            device = staff.check_second_factor(user=user, code=form.cleaned_data["code"])
        except TooSoon as refused:
            return too_soon(request, refused, "admin/second_factor.html", context)
        except WrongCode:
            form.add_error("code", _("动态口令不对,或者已经用过。请等下一个 6 位数字"))
        else:
            state["device"] = str(device.pk)
            request.session.modified = True
            return (
                redirect("staff:password") if staff.password_expired(user) else _enter(request, state, user)
            )
    return render(request, "admin/second_factor.html", context, status=422 if form.errors else 200)


def _picture(device: StaffDevice) -> str:
    """Return the QR of the device's secret as a data URL; our pages load nothing from elsewhere."""
    return segno.make(staff.otpauth_url(device), error="m").svg_data_uri(scale=5, border=4, light="#fff")


def _enter(request: HttpRequest, state: dict[str, Any], user: User) -> HttpResponse:
    begin(request, user)
    request.session.pop(_STATE, None)
    request.session[SECOND_FACTOR] = state["device"]
    return redirect(state["next"])


@never_cache
@login_not_required
@sensitive_post_parameters("old", "password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change the password: by will when logged in, or because it is ninety days old before anything opens."""
    waiting = _waiting(request)
    expired = waiting is not None and "device" in waiting[0]
    if not expired and not _is_inside(request):
        return redirect("staff:login")
    user = waiting[1] if waiting and expired else request.user
    form = (NewPasswordForm if expired else ChangePasswordForm)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not expired and not user.check_password(form.cleaned_data["old"]):
            form.add_error("old", _("现在的密码不对"))
        elif _changed(user, form):
            return _enter(request, waiting[0], user) if waiting and expired else _out(request)
    return render(
        request, "admin/password.html", {"form": form, "expired": expired}, status=422 if form.errors else 200
    )


def _is_inside(request: HttpRequest) -> bool:
    return request.user.is_authenticated and request.user.is_staff and SECOND_FACTOR in request.session


def _changed(user: User, form: NewPasswordForm) -> bool:
    try:
        staff.change_password(user=user, password=form.cleaned_data["password"])
    except ValidationError as error:
        form.add_error("password", error)
        return False
    return True


def _out(request: HttpRequest) -> HttpResponse:
    finish(request)
    messages.success(request, _("密码改好了。请用新密码登录。"))
    return redirect("staff:login")


@login_not_required
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Log out of the admin."""
    finish(request)
    return redirect("staff:login")
