"""Face to face on one phone: handed over, read and answered by the other, given back."""

import time
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import citizen
from binding import services
from binding.forms_answer import HandedForm
from binding.middleware import HANDED_OVER
from binding.models import Application
from binding.rules import State
from binding.views.access import answer_status, my_application, sent
from gongji.errors import Refused

MINUTES, TRIES = 15, 3
ANSWERS = ("agree", "decline", "stranger")


@require_http_methods(["GET", "POST"])
@citizen
def hand_over(request: HttpRequest, number: str) -> HttpResponse:
    """Tell what will happen; pressed, this browser shows the other's page and nothing else."""
    application = my_application(request, number)
    services.require_hand_over(application, request.user)
    if request.method == "POST":
        request.session[HANDED_OVER] = {
            "number": number,
            "until": int(time.time()) + MINUTES * 60,
            "wrong": 0,
        }
        return redirect("binding:handed")
    return render(request, "binding/hand_over.html", {"application": application, "minutes": MINUTES})


@never_cache
@require_http_methods(["GET", "POST"])
@citizen
def handed(request: HttpRequest) -> HttpResponse:
    """M11 for whoever holds the phone now. Nothing of the applicant's is on it, and it leads nowhere else."""
    if HANDED_OVER not in request.session:
        return redirect("binding:list")
    application = my_application(request, request.session[HANDED_OVER]["number"])
    policy = services.policy_of(application)
    form = HandedForm(_filled_in(request), policy=policy, kind=application.kind)
    if request.method == "POST" and not _stopped(request, application):
        _answer(request, application, form)
        application.refresh_from_db()
    context = {
        "application": application,
        "policy": policy,
        "form": form,
        "stopped": _stopped(request, application),
        "missing": request.method == "POST" and request.POST.get("answer") not in ANSWERS,
        "agreed": application.other_party_agreed,
        "declined": application.state == State.DECLINED,
        "letter": policy.notice_for(application.kind),
    }
    status = 422 if context["missing"] else answer_status(form)
    return render(request, "binding/handed.html", context, status=status)


def _filled_in(request: HttpRequest) -> Any:
    """What was sent, when the answer was yes: a no needs no number and no name."""
    return sent(request) if request.POST.get("answer") == "agree" else None


def _stopped(request: HttpRequest, application: Application) -> str:
    """Why nothing more can be answered here: time, tries, or an answer that was given; "" when it can."""
    handed_over = request.session[HANDED_OVER]
    if not services.may_hand_over(application):
        return "answered"
    if handed_over["wrong"] >= TRIES:
        return "tries"
    return "late" if time.time() > handed_over["until"] else ""


def _answer(request: HttpRequest, application: Application, form: HandedForm) -> None:
    answer = request.POST.get("answer")
    if answer in ("decline", "stranger"):
        services.decline_on_handed_phone(
            application=application, actor=request.user, stranger=answer == "stranger"
        )
    elif form.is_valid() and _knows_number(request, application, form):
        try:
            services.agree_on_handed_phone(application=application, actor=request.user, signed=form.signed)
        except Refused as refused:
            if refused.code != "wrong_signature":
                raise
            form.add_error("signature", f"{refused.message}{refused.next_step}")


def _knows_number(request: HttpRequest, application: Application, form: HandedForm) -> bool:
    tail = form.cleaned_data["tail"]
    if services.knows_own_number(application=application, actor=request.user, tail=tail):
        return True
    request.session[HANDED_OVER]["wrong"] += 1
    request.session.modified = True
    left = TRIES - request.session[HANDED_OVER]["wrong"]
    form.add_error("tail", _("和您的证件号不一样。请照着证件再看一遍,还能填 %(left)d 次。") % {"left": left})
    return False


@require_POST
@citizen
def give_back(request: HttpRequest) -> HttpResponse:
    """The phone is its owner's again: to the status of the application it was handed over for."""
    handed_over = request.session.pop(HANDED_OVER, None)
    if handed_over is None:
        return redirect("binding:list")
    return redirect("binding:status", number=handed_over["number"])
