"""A new phone to log in with: a code of the new one, then a proof that it is still the same citizen."""

import hashlib
import secrets
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import citizen
from accounts.forms import NewPhoneForm, SmsCodeForm
from accounts.services import codes, phones
from accounts.services.codes import TooSoon, WrongCode
from accounts.views.login import wrong_text
from accounts.views.sessions import too_soon
from gongji.middleware import client_ip

_STATE = "phone_change"
"""Session: the secret that binds codes to this browser, and the code last asked for, by purpose."""
NEW, OLD = "phone_new", "phone_old"


@require_http_methods(["GET", "HEAD", "POST"])
@citizen
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for the new phone."""
    form = NewPhoneForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and form.cleaned_data["phone"] == request.user.phone:
        form.add_error("phone", _("这就是您现在的登录手机号,不用换"))
    if not form.is_valid():
        status = 422 if form.errors else 200
        return render(request, "accounts/phone.html", {"form": form}, status=status)
    request.session[_STATE] = {"secret": secrets.token_hex(16)}
    try:
        _send(request, form.cleaned_data["phone"], NEW)
    except TooSoon as refused:
        return too_soon(request, refused, "accounts/phone.html", {"form": form})
    return redirect("accounts:phone_code")


def _session_hash(request: HttpRequest) -> str:
    return hashlib.sha256(request.session[_STATE]["secret"].encode()).hexdigest()


def _send(request: HttpRequest, phone: str, purpose: str) -> None:
    code = codes.request_code(
        phone=phone, purpose=purpose, session_hash=_session_hash(request), ip=client_ip(request)
    )
    request.session[_STATE] |= {purpose: str(code.pk)}
    request.session.modified = True


@require_http_methods(["GET", "HEAD", "POST"])
@citizen
def new_code(request: HttpRequest) -> HttpResponse:
    """Take the code of the new phone; then the change waits for its proof."""
    return _code_page(request, NEW)


@require_http_methods(["GET", "HEAD", "POST"])
@citizen
def old_code(request: HttpRequest) -> HttpResponse:
    """Take the code of the present phone: the proof that needs nobody else."""
    if request.user.phone is None or phones.waiting_change(request.user) is None:
        return redirect("accounts:phone_proof")
    return _code_page(request, OLD)


def _code_page(request: HttpRequest, purpose: str) -> HttpResponse:
    code_id = request.session.get(_STATE, {}).get(purpose)
    if code_id is None:
        return redirect("accounts:phone")
    form = SmsCodeForm(request.POST or None, phone=codes.phone_of(code_id=UUID(code_id)))
    expired = False
    if request.method == "POST" and form.is_valid():
        try:
            proved = codes.use_code(
                code_id=UUID(code_id),
                purpose=purpose,
                session_hash=_session_hash(request),
                code=form.cleaned_data["code"],
            )
            return _proved(request, purpose, proved)
        except WrongCode as wrong:
            expired = wrong.left == 0
            form.add_error("code", wrong_text(wrong.left))
    context = {"form": form, "expired": expired, "purpose": purpose}
    return render(request, "accounts/phone_code.html", context, status=422 if form.errors else 200)


def _proved(request: HttpRequest, purpose: str, phone: str) -> HttpResponse:
    if purpose == NEW:
        phones.ask(user=request.user, phone=phone, session_key=request.session.session_key or "")
        return redirect("accounts:phone_proof")
    change = phones.waiting_change(request.user)
    if change is None:
        return redirect("accounts:phone")
    phones.finish_with_old_code(change=change, proved=phone)
    request.session.pop(_STATE)
    messages.success(request, _("换好了。以后用新号码登录。别处的登录都已退出。"))
    return redirect("accounts:security")


@require_safe
@citizen
def proof(request: HttpRequest) -> HttpResponse:
    """Offer the proofs: a code of the present phone, a fresh identity check, or the window."""
    change = phones.waiting_change(request.user)
    if change is None:
        return redirect("accounts:phone")
    context = {
        "change": change,
        "phone": request.user.phone,
        "providers": settings.OIDC_PROVIDERS,
        "check": change.checks.filter(status__in=("received", "waiting")).first(),
    }
    return render(request, "accounts/phone_proof.html", context)


@require_POST
@citizen
def send_old_code(request: HttpRequest) -> HttpResponse:
    """Send a code to the present phone."""
    change, phone = phones.waiting_change(request.user), request.user.phone
    if change is None or phone is None:
        return redirect("accounts:phone")
    request.session.setdefault(_STATE, {"secret": secrets.token_hex(16)})
    try:
        _send(request, phone, OLD)
    except TooSoon as refused:
        context = {"change": change, "phone": phone, "providers": settings.OIDC_PROVIDERS, "check": None}
        return too_soon(request, refused, "accounts/phone_proof.html", context)
    return redirect("accounts:phone_old_code")


@require_POST
@citizen
def cancel(request: HttpRequest) -> HttpResponse:
    """Keep the present phone after all."""
    phones.forget(user=request.user)
    messages.success(request, _("不换了,登录手机号还是原来的。"))
    return redirect("accounts:security")
