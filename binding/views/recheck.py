"""A later look at a promise, from the citizen's side: the document asked for, and what is asked back."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import citizen
from binding import proofs, services
from binding.recovery import recovery_pdf
from binding.views.access import answer_status, my_application, sent
from gongji.errors import Refused
from gongji.uploads.fields import DocumentForm


@require_http_methods(["GET", "POST"])
@citizen
def asked(request: HttpRequest, number: str) -> HttpResponse:
    """Send the document that a recheck asks for; the money goes on meanwhile."""
    application = my_application(request, number)
    row = services.asked_of(application)
    if row is None:
        return redirect("binding:status", number=number)
    document = services.policy_of(application).documents[row.asked_for]
    form = DocumentForm(sent(request), request.FILES or None, document=document)
    if form.is_valid():
        try:
            files = form.files_in_order()
            proofs.store(application=application, kind=row.asked_for, files=files, actor=request.user)
            services.answer_asked(application=application, actor=request.user)
            messages.success(request, _("收到了。核对期间照常能用。"))
            return redirect("binding:status", number=number)
        except Refused as refused:
            form.add_error(None, f"{refused.message}{refused.next_step}")
    page = {"application": application, "recheck": row, "document": document, "form": form}
    return render(request, "binding/recheck.html", page, status=answer_status(form))


@require_GET
@citizen
def recovery(request: HttpRequest, number: str) -> HttpResponse:
    """The notice of what is to be paid back, as PDF."""
    application = my_application(request, number)
    found = services.recovery_of(application)
    if found is None:
        raise Http404
    pdf = recovery_pdf(application, found, services.reasons_of(application))
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{number}-recovery.pdf"'
    return response
