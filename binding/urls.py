"""Addresses under /bindings/."""

from django.urls import path, register_converter

from binding.views import (
    apply,
    documents,
    fix,
    handover,
    invitation,
    letters,
    manage,
    mine,
    proofs,
    recheck,
    several,
    status,
    tell,
    view,
)


class NumberConverter:
    """The public number of an application, GJ-2611-00038216."""

    regex = r"GJ-[0-9]{4}-[0-9]{8}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(NumberConverter, "number")

app_name = "binding"
urlpatterns = [
    path("", mine.overview, name="list"),
    path("new/", apply.before, name="new"),
    path("new/notice/", letters.notice, name="notice"),
    path("new/relation/", apply.relation, name="relation"),
    path("new/several/", several.several, name="several"),
    path("new/<number:number>/relation/", apply.change_relation, name="change_relation"),
    path("new/<number:number>/kind/", apply.change_kind, name="change_kind"),
    path("new/<number:number>/relative/", apply.relative, name="relative"),
    path("new/<number:number>/proofs/<slug:kind>/", documents.proof, name="proof"),
    path("new/<number:number>/proofs/<slug:kind>/<uuid:earlier>/", documents.reuse, name="reuse"),
    path("new/<number:number>/cap/", apply.cap, name="cap"),
    path("new/<number:number>/days/", view.days, name="days"),
    path("new/<number:number>/check/", apply.check, name="check"),
    path("new/<number:number>/tell-me/", tell.tell_me, name="tell_me"),
    path("new/<number:number>/discard/", apply.discard, name="discard"),
    path("applications/<number:number>/", status.status, name="status"),
    path("applications/<number:number>/undo/", status.undo, name="undo"),
    path("applications/<number:number>/call-off/", status.call_off, name="call_off"),
    path("applications/<number:number>/recheck/", recheck.asked, name="recheck"),
    path("applications/<number:number>/recovery.pdf", recheck.recovery, name="recovery"),
    path("applications/<number:number>/fix/", fix.fix, name="fix"),
    path("applications/<number:number>/withdraw/", status.withdraw, name="withdraw"),
    path("applications/<number:number>/appeal/", status.appeal, name="appeal"),
    path("applications/<number:number>/hand-over/", handover.hand_over, name="hand_over"),
    path("handed/", handover.handed, name="handed"),
    path("handed/back/", handover.give_back, name="give_back"),
    path("applications/<number:number>/receipt.pdf", status.receipt, name="receipt"),
    path("invitations/<number:number>/", invitation.invitation, name="invitation"),
    path("letters/<number:number>/", letters.letters, name="letters"),
    path("signatures/<uuid:picture_id>/", letters.signature, name="signature"),
    path("proofs/<uuid:page_id>/", proofs.page, name="proof_page"),
    path("<uuid:binding_id>/", manage.detail, name="detail"),
    path("<uuid:binding_id>/cap/", manage.cap, name="set_cap"),
    path("<uuid:binding_id>/privacy/", manage.privacy, name="privacy"),
    path("<uuid:binding_id>/pause/", manage.pause, name="pause"),
    path("<uuid:binding_id>/resume/", manage.resume, name="resume"),
    path("<uuid:binding_id>/renew/", manage.renew, name="renew"),
    path("<uuid:binding_id>/end/", manage.end, name="end"),
    path("<uuid:binding_id>/undo-end/", manage.undo_end, name="undo_end"),
    path("<uuid:binding_id>/view/", view.record, name="view"),
    path("<uuid:binding_id>/view/uses/", view.uses, name="view_uses"),
]
