"""W2 to W5, W7, W8: the application, one question a page. Everything answered is kept as a draft.

A page leads to the first question still open, so a change made from the summary leads back to it.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import citizen
from binding import services
from binding.forms import IN_LAW, AuthorizedForm, CapForm, RelationForm, RelativeForm, SubmitForm
from binding.models import Application, Kind
from binding.rules import Party, State
from binding.views import summary
from binding.views.access import (
    answer_status,
    my_application,
    notice_read,
    of_draft,
    question,
    sent,
    verdict,
)
from gongji.errors import Refused
from gongji.policy import Model, Policy, Relation
from gongji.templatetags.gongji import yuan
from ledger import services as ledger

FIELD_OF_REFUSAL = {
    "same_as_self": "id_number",
    "bad_number": "id_number",
    "not_matched": "id_number",
    "bad_phone": "phone",
}
"""Refusals that can be mended on the page of W4 stand beside their field; all others are pages."""


@dataclass(frozen=True)
class Asked:
    """What somebody came for: which of the three things, as which end, by which entrance of the area."""

    kind: str = Kind.MUTUAL_AID
    side: Party = Party.AUTHORIZER
    entrance: str = ""

    @property
    def query(self) -> str:
        """The same as the end of an address, without what goes without saying."""
        said = {
            "kind": "" if self.kind == Kind.MUTUAL_AID else self.kind,
            "side": "relative" if self.side == Party.BENEFICIARY else "",
            "entrance": self.entrance,
        }
        chosen = {name: value for name, value in said.items() if value}
        return f"?{urlencode(chosen)}" if chosen else ""


def asked(request: HttpRequest) -> Asked:
    """Return what the address says: `?kind=wallet|view`, `?side=relative`, `?entrance=…`."""
    kind = request.GET.get("kind", "")
    side = Party.BENEFICIARY if request.GET.get("side") == "relative" else Party.AUTHORIZER
    return Asked(kind if kind in Kind else Kind.MUTUAL_AID, side, request.GET.get("entrance", "")[:20])


def _of(draft: Application) -> Asked:
    return Asked(draft.kind, Party(draft.initiator), draft.entrance)


def rules_for(request: HttpRequest, wanted: Asked) -> Policy:
    """Return the rules of where this citizen is insured for what they want. Raises Refused."""
    return services.starting_rules(
        person=request.user.person, kind=wanted.kind, side=wanted.side, entrance=wanted.entrance
    )


@require_GET
@citizen
def before(request: HttpRequest) -> HttpResponse:
    """W2: which of the three things, what to have ready, how long it takes, that the other must agree."""
    wanted = asked(request)
    choose = "kind" not in request.GET and wanted.side == Party.AUTHORIZER
    try:
        policy = rules_for(request, wanted)
    except Refused as refused:
        return verdict(request, refused, may_look=wanted.kind != Kind.VIEW)
    page = {"policy": policy, "asked": wanted, "kind": wanted.kind, "choose": choose}
    return render(request, "binding/before.html", page)


@require_POST
@citizen
@of_draft
def change_kind(request: HttpRequest, draft: Application) -> HttpResponse:
    """Go the other way with what is filled in: from the page that says this way does not lead there."""
    kind = request.POST.get("kind", "")
    kind = kind if kind in Kind else Kind.MUTUAL_AID
    try:
        draft = services.change_kind(application=draft, actor=request.user, kind=kind)
    except Refused as refused:
        if refused.code not in FIELD_OF_REFUSAL:
            draft.refresh_from_db()
            return verdict(request, refused, application=draft)
    return redirect(next_question(draft))


# ------------------------------------------------------------- W3
@require_http_methods(["GET", "POST"])
@citizen
def relation(request: HttpRequest) -> HttpResponse:
    """W3: which relative. The answer creates the draft."""
    return _ask_relation(request, None)


@require_http_methods(["GET", "POST"])
@citizen
@of_draft
def change_relation(request: HttpRequest, draft: Application) -> HttpResponse:
    """W3 again, for a draft that has an answer."""
    return _ask_relation(request, draft)


def _ask_relation(request: HttpRequest, draft: Application | None) -> HttpResponse:
    wanted = _of(draft) if draft else asked(request)
    before_page = f"{reverse('binding:new')}{wanted.query}"
    try:
        policy = rules_for(request, wanted)
        if draft is None and _notice_first(request, policy, wanted):
            return redirect(f"{reverse('binding:notice')}{wanted.query}")
        form = RelationForm(
            sent(request),
            policy=policy,
            kind=wanted.kind,
            side=wanted.side,
            initial={"relation": draft.relation if draft else None},
        )
        if not form.is_valid():
            back = _back(draft, before_page) if draft else before_page
            return question(request, form, back=back)
        if form.cleaned_data["relation"] == IN_LAW:
            refused = Refused("in_law", "")
            return verdict(request, refused, policy=policy, application=draft, asked=wanted)
        chosen = Relation(form.cleaned_data["relation"])
        draft = _with_relation(request, draft, wanted, chosen, notice_read(request, policy, wanted.kind))
    except Refused as refused:
        return verdict(request, refused, application=draft)
    return redirect(next_question(draft))


def _notice_first(request: HttpRequest, policy: Policy, wanted: Asked) -> bool:
    """Whether the 告知书 comes first here and has not been agreed to."""
    read = notice_read(request, policy, wanted.kind)
    return policy.notice_first and read != policy.notice_for(wanted.kind).version


def _with_relation(
    request: HttpRequest, draft: Application | None, wanted: Asked, relation: Relation, notice: str
) -> Application:
    if draft:
        return services.save_relation(application=draft, actor=request.user, relation=relation)
    return services.start_draft(
        user=request.user,
        relation=relation,
        kind=wanted.kind,
        side=wanted.side,
        entrance=wanted.entrance,
        notice_version=notice,
    )


# ------------------------------------------------------------- W4
@require_http_methods(["GET", "POST"])
@citizen
@of_draft
def relative(request: HttpRequest, draft: Application) -> HttpResponse:
    """W4: who the relative is. What blocks is told here, before anything is uploaded."""
    policy = services.policy_of(draft)
    form = RelativeForm(
        sent(request),
        policy=policy,
        kind=draft.kind,
        side=Party(draft.initiator),
        initial=_relative_of(draft),
    )
    if form.is_valid():
        try:
            saved = services.save_relative(application=draft, actor=request.user, **form.cleaned_data)
            return _go_on(request, saved)
        except Refused as refused:
            if refused.code not in FIELD_OF_REFUSAL:
                return verdict(request, refused, application=draft, policy=policy)
            form.add_error(FIELD_OF_REFUSAL[refused.code], f"{refused.message}{refused.next_step}")
    return question(request, form, back=_back(draft, reverse("binding:change_relation", args=[draft.number])))


def _go_on(request: HttpRequest, saved: Application) -> HttpResponse:
    """A second draft for the same relative leads to the first one instead."""
    draft = services.go_on_with(draft=saved, actor=request.user)
    if draft.pk != saved.pk:
        messages.info(request, _("这位家人您已经填过一份,接着填那一份就好。"))
    return redirect(next_question(draft))


def _relative_of(draft: Application) -> dict[str, Any]:
    return {
        "name": draft.entered_name,
        "id_type": draft.entered_id_type,
        "id_number": draft.entered_id_number,
        "phone": draft.entered_phone,
    }


# ------------------------------------------------------------- W7
@require_http_methods(["GET", "POST"])
@citizen
@of_draft
def cap(request: HttpRequest, draft: Application) -> HttpResponse:
    """W7: an upper limit a month, if wanted; where families share by groups, the total."""
    policy = services.policy_of(draft)
    if not summary.may_limit(draft, policy):
        return redirect(next_question(draft))
    if policy.model is Model.GROUP:
        return _ask_total(request, draft)
    form = CapForm(sent(request), initial=cap_initial(draft.monthly_cap))
    if form.is_valid():
        services.save_cap(application=draft, actor=request.user, monthly_cap=form.cleaned_data["amount"])
        return redirect(next_question(draft))
    return question(request, form, back=next_question(draft), lead=balance_words(draft))


def _ask_total(request: HttpRequest, draft: Application) -> HttpResponse:
    form = AuthorizedForm(sent(request), initial={"authorized": yuan(draft.authorized)})
    if form.is_valid():
        draft = services.save_authorized(application=draft, actor=request.user, **form.cleaned_data)
        return redirect(next_question(draft))
    back = reverse("binding:relative", args=[draft.number])
    return question(request, form, back=_back(draft, back), lead=balance_words(draft))


def cap_initial(monthly_cap: int | None) -> dict[str, str]:
    """Return the answers of W7 for a cap in 分."""
    return {"limit": "monthly" if monthly_cap else "none", "amount": yuan(monthly_cap)}


def balance_words(draft: Application) -> str:
    """Say what the giver's account holds, so that a cap is chosen knowingly; nothing when it is not known."""
    assert draft.authorizer is not None and draft.initiator == Party.AUTHORIZER
    balance = ledger.personal_balance(draft.authorizer)
    if balance is None:
        return ""
    return _("您的个人账户现在有 %(yuan)s 元。先用家人自己的,不够再用您的。") % {"yuan": yuan(balance)}


# ------------------------------------------------------------- W8
@require_http_methods(["GET", "POST"])
@citizen
def check(request: HttpRequest, number: str) -> HttpResponse:
    """W8: all answers, the promise, and the button. A second press finds the case submitted."""
    draft = my_application(request, number)
    if draft.state != State.DRAFT:
        return redirect("binding:status", number=number)
    open_question = next_question(draft)
    if open_question != _check_page(draft):
        return redirect(open_question)
    policy = services.policy_of(draft)
    notice, changes = services.notice_to_read(draft, policy), services.rule_changes(draft, policy)
    digest = policy.digest() if changes else ""
    form = SubmitForm(sent(request), policy=policy, kind=draft.kind, notice=notice, changed=digest)
    if form.is_valid():
        try:
            services.submit(
                application=draft,
                actor=request.user,
                signed=form.signed,
                agreed=form.cleaned_data["health"],
                notice_version=notice.version if notice else "",
            )
            return redirect("binding:status", number=number)
        except Refused as refused:
            if refused.code == "not_a_draft":
                return redirect("binding:status", number=number)
            if refused.code != "wrong_signature":
                return verdict(request, refused, application=draft, policy=policy)
            form.add_error("signature", f"{refused.message}{refused.next_step}")
    context = {
        "form": form,
        "application": draft,
        "policy": policy,
        "commitment": policy.commitment_for(draft.kind),
        "notice": notice,
        "changes": changes,
        "digest": digest,
        "rows": summary.rows(draft, policy),
        "known": services.known_about(draft),
    }
    return render(request, "binding/check.html", context, status=answer_status(form))


@require_POST
@citizen
@of_draft
def discard(request: HttpRequest, draft: Application) -> HttpResponse:
    """Throw a draft away."""
    services.discard_draft(application=draft, actor=request.user)
    return redirect("binding:list")


# ------------------------------------------------------------- from page to page
def next_question(draft: Application) -> str:
    """Return the address of the first page that still needs an answer."""
    if not draft.relation:
        return reverse("binding:change_relation", args=[draft.number])
    if draft.other_person is None:
        return reverse("binding:relative", args=[draft.number])
    missing = services.missing_documents(draft)
    if missing:
        return reverse("binding:proof", args=[draft.number, missing[0]])
    if services.amount_missing(draft):
        return reverse("binding:cap", args=[draft.number])
    if services.days_missing(draft):
        return reverse("binding:days", args=[draft.number])
    return _check_page(draft)


def _check_page(draft: Application) -> str:
    return reverse("binding:check", args=[draft.number])


def _back(draft: Application, page_before: str) -> str:
    """Back is the summary once there is one, else the question before."""
    summary = _check_page(draft)
    return summary if next_question(draft) == summary else page_before
