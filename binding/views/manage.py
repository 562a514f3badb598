"""W13, W14 and R4: a binding in force: its cap, its pause, what the giver sees, and its end."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import citizen
from binding import services
from binding.forms import CapForm, PrivacyForm
from binding.views.access import my_binding
from binding.views.apply import cap_initial
from gongji.policy import for_area
from ledger import services as ledger


@require_GET
@citizen
def detail(request: HttpRequest, binding_id: UUID) -> HttpResponse:
    """W13: one relative: what is allowed, what was used this month, what changed."""
    binding = my_binding(request, binding_id)
    context = {
        "binding": binding,
        "gives": binding.authorizer_id == request.user.person_id,
        "used": ledger.month_used_by_binding(binding_ids=[binding.pk]).get(binding.pk, 0),
        "policy": for_area(binding.area),
        "history": services.history_of(binding),
        "undo_until": services.end_can_be_undone_until(binding, at=timezone.now()),
    }
    return render(request, "binding/detail.html", context)


@require_http_methods(["GET", "POST"])
@citizen
def cap(request: HttpRequest, binding_id: UUID) -> HttpResponse:
    """Change the monthly cap; only the giver may."""
    binding = my_binding(request, binding_id)
    form = CapForm(request.POST or None, initial=cap_initial(binding.monthly_cap))
    if form.is_valid():
        services.set_cap(binding=binding, actor=request.user, monthly_cap=form.cleaned_data["amount"])
        messages.success(request, _("额度改好了,现在起生效。"))
        return redirect("binding:detail", binding_id=binding.pk)
    return _form_page(request, form, binding_id)


@require_http_methods(["GET", "POST"])
@citizen
def privacy(request: HttpRequest, binding_id: UUID) -> HttpResponse:
    """What the giver sees of each use; only the relative may decide that."""
    binding = my_binding(request, binding_id)
    form = PrivacyForm(request.POST or None, initial={"privacy": binding.privacy})
    if form.is_valid():
        services.set_privacy(binding=binding, actor=request.user, level=form.cleaned_data["privacy"])
        messages.success(request, _("改好了,现在起生效。"))
        return redirect("binding:detail", binding_id=binding.pk)
    return _form_page(request, form, binding_id)


@require_POST
@citizen
def pause(request: HttpRequest, binding_id: UUID) -> HttpResponse:
    """Stop paying for a while."""
    services.pause(binding=my_binding(request, binding_id), actor=request.user)
    messages.success(request, _("已暂停。家人现在用不了您的钱,想恢复随时可以。"))
    return redirect("binding:detail", binding_id=binding_id)


@require_POST
@citizen
def resume(request: HttpRequest, binding_id: UUID) -> HttpResponse:
    """Pay again."""
    services.resume(binding=my_binding(request, binding_id), actor=request.user)
    messages.success(request, _("已恢复。家人现在可以用了。"))
    return redirect("binding:detail", binding_id=binding_id)


@require_http_methods(["GET", "POST"])
@citizen
def end(request: HttpRequest, binding_id: UUID) -> HttpResponse:
    """W14: say what follows, then end at once; it can be taken back for ten minutes."""
    binding = my_binding(request, binding_id)
    if request.method == "POST":
        services.end_binding(binding=binding, actor=request.user)
        messages.success(request, _("已解除。10 分钟内可以反悔。"))
        return redirect("binding:detail", binding_id=binding.pk)
    context = {
        "binding": binding,
        "gives": binding.authorizer_id == request.user.person_id,
        "now": timezone.now(),
    }
    return render(request, "binding/end.html", context)


@require_POST
@citizen
def undo_end(request: HttpRequest, binding_id: UUID) -> HttpResponse:
    """Take the end back."""
    services.undo_end(binding=my_binding(request, binding_id), actor=request.user)
    messages.success(request, _("已恢复,和解除以前一样。"))
    return redirect("binding:detail", binding_id=binding_id)


def _form_page(request: HttpRequest, form: CapForm | PrivacyForm, binding_id: UUID) -> HttpResponse:
    context = {"form": form, "back": reverse("binding:detail", args=[binding_id]), "button": _("保存")}
    return render(request, "binding/question.html", context, status=422 if form.errors else 200)
