"""W11: only what was asked for is sent again; everything else stays as it is."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import citizen
from binding import proofs, services
from binding.models import Application, Proof
from binding.rules import UNDECIDED, State
from binding.views.access import answer_status, my_application, sent
from gongji.errors import Refused
from gongji.uploads.fields import DocumentForm


@require_http_methods(["GET", "POST"])
@citizen
def fix(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for the first document that is wanted again; `?kind=` sends another kind instead."""
    application = my_application(request, number)
    asked = _asked_for(application)
    if asked is None and services.shown_state(application) != State.RETURNED:
        return redirect("binding:status", number=number)
    kind = _kind_to_send(request, application, asked)
    if kind:
        return _document(request, application, asked, kind)
    if request.method == "POST":
        return _hand_in_again(request, application)
    return render(request, "binding/fix_words.html", _context(application, None))


def _asked_for(application: Application) -> Proof | None:
    """The first document wanted again: by the reviewer once the return stands, else what cannot be opened."""
    wanted = services.rejected_proofs(application)
    state = services.shown_state(application)
    if state != State.RETURNED:
        wanted = wanted.filter(status=Proof.Status.UNREADABLE) if state in UNDECIDED else wanted.none()
    return wanted.first()


def _kind_to_send(request: HttpRequest, application: Application, asked: Proof | None) -> str:
    """The kind in the address, when it helps here; else what was asked for; "" when words were enough."""
    wished = request.GET.get("kind", "")
    if not wished:
        return asked.kind if asked else ""
    if not (asked and wished == asked.kind) and services.choice_with(application, wished) is None:
        raise Http404
    return wished


def _document(request: HttpRequest, application: Application, asked: Proof | None, kind: str) -> HttpResponse:
    document = services.policy_of(application).documents[kind]
    form = DocumentForm(sent(request), request.FILES or None, document=document)
    if form.is_valid():
        try:
            proofs.store(application=application, kind=kind, files=form.files_in_order(), actor=request.user)
            return _after(request, application, asked, kind)
        except Refused as refused:
            form.add_error(None, f"{refused.message}{refused.next_step}")
    context = _context(application, asked) | {"form": form, "document": document, "kind": kind}
    return render(request, "binding/fix.html", context, status=answer_status(form))


def _after(request: HttpRequest, application: Application, asked: Proof | None, kind: str) -> HttpResponse:
    """Once everything asked for is there, the case goes back to its reviewer by itself."""
    if asked and kind != asked.kind:
        services.supersede(application=application, asked=asked, actor=request.user)
    if application.state != State.RETURNED:
        messages.success(request, _("收到了,审核继续。"))
        return redirect("binding:status", number=application.number)
    if asked and not services.rejected_proofs(application).exists():
        return _hand_in_again(request, application)
    messages.success(request, _("这一份收到了。"))
    return redirect("binding:fix", number=application.number)


def _hand_in_again(request: HttpRequest, application: Application) -> HttpResponse:
    services.resubmit(application=application, actor=request.user)
    days = services.policy_of(application).recheck_workdays
    messages.success(request, _("收到了。%(days)d 个工作日内再看。") % {"days": days})
    return redirect("binding:status", number=application.number)


def _context(application: Application, asked: Proof | None) -> dict[str, object]:
    """Reasons for this document (or for none in particular), what is fine, and what else would do."""
    documents, here = services.policy_of(application).documents, services.handed_in(application)
    reasons = services.reasons_of(application) if application.state == State.RETURNED else []
    about = [reason for reason in reasons if reason["proof"] in (None, str(asked.pk) if asked else None)]
    kinds = dict.fromkeys(
        kind
        for choice in services.proof_choices(application)
        for kind in choice.documents
        if kind not in here
    )
    return {
        "application": application,
        "policy": services.policy_of(application),
        "reasons": about,
        "good": here - {asked.kind if asked else ""},
        "other_documents": [documents[kind] for kind in kinds],
    }
