"""P6: a citizen logs in with a phone and a code; a family may share the phone."""

import hashlib
import secrets
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import ANOTHER, ChooseForm, PhoneForm, SmsCodeForm
from accounts.models import User
from accounts.services import codes, identity
from accounts.services.codes import LOGIN, TooSoon, WrongCode
from accounts.views.sessions import begin, finish, next_page, too_soon
from gongji.middleware import client_ip

_STATE = "login"
"""Session: the code asked for, the secret that binds it to this browser, where to go next."""


def _session_hash(request: HttpRequest) -> str:
    return hashlib.sha256(request.session[_STATE]["secret"].encode()).hexdigest()


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Ask for the phone. The answer is the same whether anybody logs in with it or not."""
    going_on = next_page(request, "binding:list")
    another = "another" in request.GET
    if request.user.is_authenticated and not request.user.is_staff and not another:
        return redirect(going_on)
    form = PhoneForm(request.POST or None)
    context = {"form": form, "providers": settings.OIDC_PROVIDERS, "going_on": going_on}
    if request.method != "POST" or not form.is_valid():
        return render(request, "accounts/login.html", context, status=422 if form.errors else 200)
    request.session[_STATE] = {"secret": secrets.token_hex(16), "next": going_on, "another": another}
    try:
        _send(request, form.cleaned_data["phone"])
    except TooSoon as refused:
        return too_soon(request, refused, "accounts/login.html", context)
    return redirect("accounts:code")


def _send(request: HttpRequest, phone: str) -> None:
    code = codes.request_code(
        phone=phone, purpose=LOGIN, session_hash=_session_hash(request), ip=client_ip(request)
    )
    request.session[_STATE] |= {"code": str(code.pk)}
    request.session.modified = True


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code that was sent; five tries."""
    state = request.session.get(_STATE, {})
    if "code" not in state:
        return redirect("accounts:login")
    form = SmsCodeForm(request.POST or None, phone=codes.phone_of(code_id=UUID(state["code"])))
    context = {"form": form, "expired": False}
    if request.method == "POST" and form.is_valid():
        try:
            phone = codes.use_code(
                code_id=UUID(state["code"]),
                purpose=LOGIN,
                session_hash=_session_hash(request),
                code=form.cleaned_data["code"],
            )
        except WrongCode as wrong:
            context["expired"] = wrong.left == 0
            form.add_error("code", wrong_text(wrong.left))
        else:
            return _proved(request, phone)
    return render(request, "accounts/code.html", context, status=422 if form.errors else 200)


def wrong_text(left: int) -> str:
    """Say how many tries a code has left."""
    if left:
        return _("验证码不对。还可以试 {count} 次").format(count=left)
    return _("这个验证码不能用了。请点“再发一次”,用新的验证码")


@login_not_required
@require_POST
def code_again(request: HttpRequest) -> HttpResponse:
    """Send a new code to the same phone."""
    state = request.session.get(_STATE, {})
    phone = codes.phone_of(code_id=UUID(state["code"])) if "code" in state else None
    if phone is None:
        return redirect("accounts:login")
    try:
        _send(request, phone)
    except TooSoon as refused:
        context = {"form": SmsCodeForm(phone=phone), "expired": False}
        return too_soon(request, refused, "accounts/code.html", context)
    return redirect("accounts:code")


def _proved(request: HttpRequest, phone: str) -> HttpResponse:
    """Go on with the only person of this phone, or ask who it is."""
    people = list(User.objects.citizens_of(phone).exclude(person=None))
    if people and (len(people) > 1 or request.session[_STATE]["another"]):
        request.session[_STATE] |= {"proved": True}
        request.session.modified = True
        return redirect("accounts:choose")
    return _enter(request, people[0] if people else identity.login_for(phone=phone))


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """A shared phone: whose login is it? Only after the code, and only for as long as a code lives."""
    state = request.session.get(_STATE, {})
    phone = codes.proved_phone(code_id=UUID(state["code"])) if state.get("proved") else None
    if phone is None:
        return redirect("accounts:login")
    people = list(User.objects.citizens_of(phone).exclude(person=None))
    form = ChooseForm(request.POST or None, users=people)
    if request.method != "POST" or not form.is_valid():
        return render(request, "accounts/choose.html", {"form": form}, status=422 if form.errors else 200)
    who = form.cleaned_data["who"]
    if who == ANOTHER:
        return _enter(request, identity.login_for(phone=phone))
    return _enter(request, next(user for user in people if str(user.pk) == who))


def _enter(request: HttpRequest, user: User) -> HttpResponse:
    going_on = request.session.pop(_STATE)["next"]
    begin(request, user)
    if user.person_id is None:
        return redirect(f"{reverse('accounts:verify')}?{urlencode({'next': going_on})}")
    return redirect(going_on)


@login_not_required
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """Log out; a page that was open for long does it as well."""
    finish(request)
    return redirect("home")
