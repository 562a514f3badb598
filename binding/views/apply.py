"""W2 to W8: the application, one question a page. Everything answered is kept as a draft."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import citizen
from accounts.models import IdType
from binding import proofs, services
from binding.forms import IN_LAW, CapForm, RelationForm, RelativeForm, SubmitForm
from binding.models import Application
from binding.proofs.fields import ProofForm
from binding.views.access import my_draft, verdict
from gongji.errors import Refused
from gongji.policy import Policy, Relation
from gongji.templatetags.gongji import mask_id, mask_phone, yuan

FIELD_OF_REFUSAL = {
    "same_as_self": "id_number",
    "bad_number": "id_number",
    "not_matched": "id_number",
    "bad_name": "name",
    "bad_phone": "phone",
}
"""Refusals that can be mended on the page of W4 stand beside their field; all others are pages."""


@require_GET
@citizen
def before(request: HttpRequest) -> HttpResponse:
    """W2: what to have ready, how long it takes, that the relative must agree."""
    try:
        policy = services.giver_policy(user=request.user)
    except Refused as refused:
        return verdict(request, refused)
    return render(request, "binding/before.html", {"policy": policy})


@require_http_methods(["GET", "POST"])
@citizen
def relation(request: HttpRequest, number: str | None = None) -> HttpResponse:
    """W3: which relative. The answer creates the draft."""
    draft = my_draft(request, number) if number else None
    try:
        policy = services.giver_policy(user=request.user)
        initial = {"relation": draft.relation} if draft else None
        form = RelationForm(request.POST or None, policy=policy, initial=initial)
        if not form.is_valid():
            return _question(request, form, back=reverse("binding:new"))
        if form.cleaned_data["relation"] == IN_LAW:
            return verdict(request, Refused("in_law", ""), policy=policy)
        chosen = Relation(form.cleaned_data["relation"])
        if draft:
            services.save_relation(application=draft, actor=request.user, relation=chosen)
        else:
            draft = services.start_draft(user=request.user, relation=chosen)
    except Refused as refused:
        return verdict(request, refused)
    return redirect(_next_question(draft))


@require_http_methods(["GET", "POST"])
@citizen
def relative(request: HttpRequest, number: str) -> HttpResponse:
    """W4: who the relative is. What blocks is told here, before anything is uploaded."""
    draft = my_draft(request, number)
    policy = services.policy_of(draft)
    form = RelativeForm(request.POST or None, policy=policy, initial=_relative_of(draft))
    if form.is_valid():
        try:
            services.save_relative(application=draft, actor=request.user, **form.cleaned_data)
            return redirect(_next_question(draft))
        except Refused as refused:
            if refused.code not in FIELD_OF_REFUSAL:
                return verdict(request, refused, application=draft, policy=policy)
            form.add_error(FIELD_OF_REFUSAL[refused.code], _sentence(refused))
    return _question(request, form, back=reverse("binding:change_relation", args=[draft.number]))


@require_http_methods(["GET", "POST"])
@citizen
def proof(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """W6: one document. Choosing the files and pressing 继续 is all; there is no separate upload button."""
    draft = my_draft(request, number)
    policy = services.policy_of(draft)
    choice = services.choice_with(draft, kind)
    if choice is None:
        raise Http404
    document = policy.documents[kind]
    form = ProofForm(request.POST or None, request.FILES or None, document=document)
    if request.method == "POST":
        try:
            if "reuse" in request.POST:
                earlier = services.reusable_proofs(draft, kind).filter(pk=request.POST["reuse"]).first()
                if earlier:
                    proofs.reuse(application=draft, kind=kind, earlier=earlier, actor=request.user)
                    return redirect(_next_question(draft))
            elif form.is_valid():
                proofs.store(application=draft, kind=kind, files=form.files_in_order(), actor=request.user)
                return redirect(_next_question(draft))
        except Refused as refused:
            form.add_error(None, _sentence(refused))
    context = {
        "form": form,
        "document": document,
        "application": draft,
        "earlier": services.reusable_proofs(draft, kind)[:3],
        "current": draft.proofs.current().filter(kind=kind).first(),
        "other_choices": [other for other in services.proof_choices(draft) if other != choice],
        "documents": policy.documents,
    }
    status = 422 if form.errors else 200
    return render(request, "binding/proof.html", context, status=status)


@require_http_methods(["GET", "POST"])
@citizen
def cap(request: HttpRequest, number: str) -> HttpResponse:
    """W7: an upper limit a month, if wanted."""
    draft = my_draft(request, number)
    form = CapForm(request.POST or None, initial=cap_initial(draft.monthly_cap))
    if form.is_valid():
        services.save_cap(application=draft, actor=request.user, monthly_cap=form.cleaned_data["amount"])
        return redirect("binding:check", number=draft.number)
    return _question(request, form, back=reverse("binding:check", args=[draft.number]))


@require_http_methods(["GET", "POST"])
@citizen
def check(request: HttpRequest, number: str) -> HttpResponse:
    """W8: all answers, the promise, and the button."""
    draft = my_draft(request, number)
    missing = _next_question(draft)
    if missing != reverse("binding:check", args=[draft.number]):
        return redirect(missing)
    policy = services.policy_of(draft)
    form = SubmitForm(request.POST or None)
    if form.is_valid():
        try:
            services.submit(
                application=draft,
                actor=request.user,
                commitment_name=form.cleaned_data["signature"],
                agreed=True,
            )
            return redirect("binding:status", number=draft.number)
        except Refused as refused:
            if refused.code != "wrong_signature":
                return verdict(request, refused, application=draft, policy=policy)
            form.add_error("signature", _sentence(refused))
    context = {"form": form, "application": draft, "policy": policy, "rows": _answers(draft, policy)}
    return render(request, "binding/check.html", context, status=422 if form.errors else 200)


@require_POST
@citizen
def discard(request: HttpRequest, number: str) -> HttpResponse:
    """Throw a draft away."""
    services.discard_draft(application=my_draft(request, number), actor=request.user)
    return redirect("binding:list")


def cap_initial(monthly_cap: int | None) -> dict[str, str]:
    """Return the answers of W7 for a cap in 分."""
    return {"limit": "monthly" if monthly_cap else "none", "amount": yuan(monthly_cap)}


def _question(request: HttpRequest, form: forms.Form, *, back: str) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, "binding/question.html", {"form": form, "back": back}, status=status)


def _sentence(refused: Refused) -> str:
    return f"{refused.message}{refused.next_step}"


def _next_question(draft: Application) -> str:
    """Return the address of the first page that still needs an answer."""
    if not draft.relation:
        return reverse("binding:change_relation", args=[draft.number])
    if draft.beneficiary_id is None:
        return reverse("binding:relative", args=[draft.number])
    missing = services.missing_documents(draft)
    if missing:
        return reverse("binding:proof", args=[draft.number, missing[0]])
    return reverse("binding:check", args=[draft.number])


def _relative_of(draft: Application) -> dict[str, Any]:
    return {
        "name": draft.entered_name,
        "id_type": draft.entered_id_type,
        "id_number": draft.entered_id_number,
        "phone": draft.entered_phone,
    }


def _answers(draft: Application, policy: Policy) -> list[dict[str, Any]]:
    """The rows of the summary, each with its link back."""
    change = {
        name: reverse(f"binding:{name}", args=[draft.number])
        for name in ("change_relation", "relative", "cap")
    }
    rows: list[dict[str, Any]] = [
        {"label": _("关系"), "value": _(Relation(draft.relation).label), "change": change["change_relation"]},
        {"label": _("家人姓名"), "value": draft.entered_name, "change": change["relative"]},
        {
            "label": IdType(draft.entered_id_type).label,
            "value": mask_id(draft.entered_id_number),
            "change": change["relative"],
        },
        {
            "label": _("家人手机"),
            "value": mask_phone(draft.entered_phone) or _("没有填"),
            "change": change["relative"],
        },
    ]
    for item in draft.proofs.current():
        url = reverse("binding:proof", args=[draft.number, item.kind])
        rows.append({"label": _(policy.documents[item.kind].label), "value": _("已收到"), "change": url})
    limit = (
        _("每月最多 %(yuan)s 元") % {"yuan": yuan(draft.monthly_cap)} if draft.monthly_cap else _("不设上限")
    )
    rows.append({"label": _("能用多少"), "value": limit, "change": change["cap"]})
    return rows
