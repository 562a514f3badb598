"""Entering an application at the window: one page of questions, the documents, the signature."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from accounts.models import IdType
from binding import proofs, services
from binding.admin.window_at import At
from binding.admin.window_forms import EntryForm, HandInForm, entry_initial
from binding.models import Application, Kind
from binding.paper_form import paper_form_pdf
from binding.rules import Party, State
from binding.services import system, window
from binding.services.answers import Terms
from gongji.errors import Refused
from gongji.policy import Model, Policy, Relation
from gongji.templatetags.gongji import mask_id, mask_phone, relation_label, yuan
from gongji.uploads.fields import DocumentForm

FIELD_OF_REFUSAL = {
    "same_as_self": "id_number",
    "bad_number": "id_number",
    "not_matched": "id_number",
    "bad_phone": "phone",
    "relation_not_allowed": "relation",
}


# ------------------------------------------------------------- the questions
def entry(at: At) -> HttpResponse:
    """A new application of the citizen, as either end."""
    return _ask(at, None)


def edit(at: At, case: UUID) -> HttpResponse:
    """The same questions again, for a draft."""
    return _ask(at, at.draft(case))


def _ask(at: At, draft: Application | None) -> HttpResponse:
    rules = window.rules_at(at.visit)
    form = EntryForm(
        at.request.POST if at.is_sent else None,
        policy=rules,
        initial=entry_initial(draft) if draft else None,
    )
    if form.is_valid():
        try:
            draft = _begun(at, draft, form.cleaned_data)
            return at.go_on(_filled(at, draft, form.cleaned_data))
        except Refused as refused:
            form.add_error(FIELD_OF_REFUSAL.get(refused.code), f"{refused.message}{refused.next_step}")
    return at.draw(
        "entry",
        status=422 if form.errors else 200,
        title=_("录入申请"),
        form=form,
        rules=rules,
        draft=draft,
        action=at.url("edit", draft.pk) if draft else at.url("entry"),
    )


def _begun(at: At, draft: Application | None, data: dict[str, Any]) -> Application:
    """Return the draft to fill: another kind or another end is another application."""
    if draft is not None and (draft.kind, draft.initiator) == (data["kind"], data["side"]):
        return services.save_relation(application=draft, actor=at.clerk, relation=data["as_kept"])
    if draft is not None:
        services.discard_draft(application=draft, actor=at.clerk)
    return window.start_at_window(
        visit=at.visit, kind=data["kind"], side=data["side"], relation=data["as_kept"]
    )


def _filled(at: At, draft: Application, data: dict[str, Any]) -> Application:
    own: dict[str, Any] = {"application": draft, "actor": at.clerk}
    if draft.kind == Kind.VIEW:
        services.save_days(**own, view_days=data["days"])
    elif draft.kind == Kind.MUTUAL_AID and draft.initiator == Party.AUTHORIZER:
        if services.policy_of(draft).model is Model.GROUP:
            services.save_authorized(**own, authorized=data["amount"])
        else:
            services.save_cap(**own, monthly_cap=data.get("amount"))
    typed = {name: data[name] for name in ("name", "id_type", "id_number", "phone")}
    return services.save_relative(**own, **typed)


# ------------------------------------------------------------- the documents
def documents(at: At, case: UUID) -> HttpResponse:
    """Which documents prove the relation, what is there, and what is still to be scanned."""
    draft = at.case(case)
    rules, there = services.policy_of(draft), services.handed_in(draft)
    wanted = [proof.kind for proof in services.rejected_proofs(draft)]
    choices = [
        [
            (kind, rules.documents[kind].label, kind in there and kind not in wanted)
            for kind in choice.documents
        ]
        for choice in services.proof_choices(draft)
    ]
    again = [(kind, rules.documents[kind].label) for kind in wanted if kind in rules.documents]
    return at.draw(
        "documents",
        title=_("证明材料"),
        application=draft,
        choices=choices,
        again=again,
        complete=not services.missing_documents(draft),
    )


def document(at: At, case: UUID, kind: str) -> HttpResponse:
    """Photograph or scan one document, by the same way in as online."""
    draft = at.case(case)
    known = services.policy_of(draft).documents.get(kind)
    if known is None:
        raise Http404
    files = at.request.FILES if at.is_sent else None
    form = DocumentForm(at.request.POST if at.is_sent else None, files, document=known)
    if form.is_valid():
        try:
            proofs.store(application=draft, kind=kind, files=form.files_in_order(), actor=at.clerk)
            return at.go("documents", draft.pk)
        except Refused as refused:
            form.add_error(None, f"{refused.message}{refused.next_step}")
    status = 422 if form.errors else 200
    return at.draw("document", status=status, title=known.label, application=draft, form=form, known=known)


# ------------------------------------------------------------- the signature
def paper_form(at: At, case: UUID) -> HttpResponse:
    """The application form to be printed and signed: what was entered, and what is promised."""
    draft = at.draft(case)
    if draft.other_person is None:
        raise Http404
    window.record_printing(visit=at.visit, what=window.FORM)
    pdf = paper_form_pdf(draft, services.policy_of(draft), at.visit, other_signs=window.asks_other(draft))
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{draft.number}-form.pdf"'
    return response


def hand_in(at: At, case: UUID) -> HttpResponse:
    """Everything once more, read out; signed; handed in; decided on the spot where the area decides so."""
    draft = at.case(case)
    if draft.state != State.DRAFT or draft.other_person is None or services.missing_documents(draft):
        return at.go_on(draft)
    rules = services.policy_of(draft)
    asks_other = window.asks_other(draft)
    form = HandInForm(
        at.request.POST if at.is_sent else None,
        at.request.FILES if at.is_sent else None,
        asks_other=asks_other,
        asks_total=asks_other and window.asks_total(draft),
    )
    if form.is_valid():
        try:
            return at.go("case", _handed_in(at, draft, rules, form).pk)
        except Refused as refused:
            form.add_error(None, f"{refused.message}{refused.next_step}")
    return at.draw(
        "hand_in",
        status=422 if form.errors else 200,
        title=_("核对、签名、提交"),
        form=form,
        application=draft,
        rows=_answers(draft, rules),
        known=services.known_about(draft),
        letters=[rules.notice_for(draft.kind), rules.commitment_for(draft.kind), rules.health_consent],
    )


def _handed_in(at: At, draft: Application, rules: Policy, form: HandInForm) -> Application:
    data = form.cleaned_data
    beside = None
    if data.get("beside"):
        beside = window.Beside(terms=Terms(authorized=data.get("total")))
    row = window.submit_at_window(
        application=draft,
        visit=at.visit,
        agreed=data["agreed"],
        signed=form.signed(at.visit.person.name),
        notice_version=rules.notice_for(draft.kind).version,
        beside=beside,
    )
    # The machine decides at once, while they stand here; the job it also left finds the work done.
    system.enqueue(row.pk)
    return row


def _answers(draft: Application, rules: Policy) -> list[tuple[str, str]]:
    """What was entered, in the order in which it is read out."""
    as_said = draft.relation if draft.initiator == Party.AUTHORIZER else _inverse(draft)
    lines = [
        (_("办什么"), str(draft.get_kind_display())),
        (_("家人"), f"{draft.entered_name}({relation_label(as_said)})"),
        (str(IdType(draft.entered_id_type).label), mask_id(draft.entered_id_number)),
        (_("家人手机"), mask_phone(draft.entered_phone) or _("没有填")),
        (_("材料"), _documents(draft, rules)),
    ]
    if draft.authorized:
        lines.append((_("授权总额"), _("%(yuan)s 元") % {"yuan": yuan(draft.authorized)}))
    elif draft.monthly_cap:
        lines.append((_("每月上限"), _("%(yuan)s 元") % {"yuan": yuan(draft.monthly_cap)}))
    if draft.view_days:
        lines.append((_("代看多久"), _("%(days)d 天") % {"days": draft.view_days}))
    return lines


def _inverse(draft: Application) -> str:
    return str(Relation(draft.relation).inverse)


def _documents(draft: Application, rules: Policy) -> str:
    kinds = draft.proofs.current().values_list("kind", flat=True)
    labels = [_(rules.documents[kind].label) for kind in kinds if kind in rules.documents]
    return "、".join(labels) or _("不需要")
