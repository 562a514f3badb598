"""W17: my phone, where I am logged in, who looked at my record."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.services import phones, sessions


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Show phone, sessions and looks at the record of the last year."""
    user = request.user
    context = {
        "phone": user.phone,
        "change": phones.waiting_change(user),
        "sessions": user.login_sessions.order_by("-seen_at"),
        "this_session": request.session.session_key,
        "looks": sessions.looks_at(user=user),
        "family_looks": sessions.family_looks_at(user=user),
    }
    return render(request, "accounts/security.html", context)


@require_POST
def logout_elsewhere(request: HttpRequest) -> HttpResponse:
    """End all other sessions of this login at once."""
    count = sessions.end_others(user=request.user, keep=request.session.session_key or "")
    messages.success(
        request, _("其他 {count} 处登录已退出。").format(count=count) if count else _("没有别的地方在登录。")
    )
    return redirect("accounts:security")
