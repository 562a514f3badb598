"""亲情账户: for how long, and then what the viewer sees: a relative's insurance, premiums, balance, use.

Whoever may not look (any more) gets the answer of an absent page: strangers, and whose time or right is over.
"""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import citizen
from binding import services
from binding.forms import DaysForm
from binding.models import Application, Binding, Kind
from binding.services import viewing
from binding.views.access import of_draft, question, sent, verdict
from binding.views.apply import next_question
from gongji import policy
from gongji.errors import Refused
from ledger import statements
from ledger.statements import Month


@require_GET
@never_cache
@citizen
def record(request: HttpRequest, binding_id: UUID) -> HttpResponse:
    """What one looks after: is the relative insured, what is on the account, what was paid."""
    binding = _viewable(request, binding_id)
    try:
        seen = viewing.look_at_record(binding=binding, actor=request.user)
    except Refused as refused:
        return verdict(request, refused)
    rules = policy.for_area(seen.enrollment.area) if seen.enrollment else None
    context = {"binding": binding, "record": seen, "place": rules.name if rules else ""}
    return render(request, "binding/view.html", context | {"now": timezone.now()})


@require_GET
@never_cache
@citizen
def uses(request: HttpRequest, binding_id: UUID) -> HttpResponse:
    """A month of the relative's use: date, amount, kind; the place only where the relative allows it."""
    binding = _viewable(request, binding_id)
    today = timezone.localdate()
    month = Month.parse(request.GET.get("month", ""), today)
    below = request.GET.get("below", "")
    try:
        seen = viewing.look_at_uses(
            binding=binding, actor=request.user, month=month, after=statements.read_key(below)
        )
    except Refused as refused:
        return verdict(request, refused)
    context = {
        "binding": binding,
        "uses": seen,
        "month": month,
        "is_this_month": month == Month.parse("", today),
        "older": statements.key_text(seen.older),
        "continued": bool(below),
        "now": timezone.now(),
    }
    return render(request, "binding/view_uses.html", context)


@require_http_methods(["GET", "POST"])
@citizen
@of_draft
def days(request: HttpRequest, draft: Application) -> HttpResponse:
    """W7 of 亲情账户: for how long one may look."""
    if draft.kind != Kind.VIEW:
        return redirect(next_question(draft))
    form = DaysForm(sent(request), policy=services.policy_of(draft), initial={"view_days": draft.view_days})
    if form.is_valid():
        draft = services.save_days(application=draft, actor=request.user, **form.cleaned_data)
        return redirect(next_question(draft))
    back = next_question(draft)
    if draft.view_days is None:
        back = reverse("binding:relative", args=[draft.number])
    return question(request, form, back=back)


def _viewable(request: HttpRequest, binding_id: UUID) -> Binding:
    mine = Binding.objects.viewable_by(request.user).select_related("authorizer")
    return get_object_or_404(mine, pk=binding_id)
