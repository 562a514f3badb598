"""W13, W14 and R4: a binding in force: its cap, its pause, what the giver sees, and its end."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import citizen
from binding import services
from binding.forms import AuthorizedForm, CapForm, PrivacyForm
from binding.models import Binding, BindingChange, Kind
from binding.rules import Party
from binding.rules.viewing import name_of, subject_of
from binding.views.access import my_binding, question, sent
from binding.views.apply import cap_initial, next_question
from gongji.errors import Refused
from gongji.policy import Model, for_area
from gongji.templatetags.gongji import mask_name, yuan
from gongji.templatetags.policy import way
from ledger import services as ledger
from ledger.services import wallet


@require_GET
@citizen
def detail(request: HttpRequest, binding_id: UUID) -> HttpResponse:
    """W13: one relative: what is allowed, what was used this month, what changed."""
    binding = my_binding(request, binding_id)
    party = binding.party_of(request.user)
    gives = party == Party.AUTHORIZER
    side = "giver" if gives else "relative"
    undo_until = services.end_can_be_undone_until(binding, at=timezone.now())
    context = {
        "binding": binding,
        "gives": gives,
        "used": ledger.month_used_by_binding(binding_ids=[binding.pk]).get(binding.pk, 0),
        "balance": ledger.personal_balance(binding.authorizer) if gives else None,
        "wallet": wallet.purse_under(binding.pk, now=timezone.now()) if binding.kind == Kind.WALLET else None,
        "used_in_all": ledger.used_under(binding.pk) if binding.authorized is not None else 0,
        "policy": for_area(binding.area),
        "history": [_change(binding, change) for change in reversed(services.history_of(binding))],
        "undo_until": undo_until if binding.ended_by == party else None,
        "why": services.why_it_ended(binding, side),
        "next_way": services.next_way(binding, side),
        **_time(binding, party),
        "not_yet": binding.since > timezone.now(),
        "ended_by": name_of(binding.kind, binding.ended_by) if binding.ended_by else "",
    }
    return render(request, "binding/detail.html", context)


def _time(binding: Binding, party: Party) -> dict[str, Any]:
    """Until when it runs, when the giver may end it, and whether it can go on: said before anybody asks."""
    now, renew_from = timezone.now(), services.renewable_from(binding)
    gives = party == Party.AUTHORIZER
    return {
        "last_day": services.last_day(binding),
        "locked_until": services.locked_until(binding, party, at=now),
        "may_renew": gives and renew_from is not None and renew_from <= now,
        "renewing": gives and binding.renewals.counted().exists() if renew_from is not None else False,
    }


def _change(binding: Binding, change: BindingChange) -> dict[str, Any]:
    """One line of the history: when, who, what, and from what to what."""
    words = ""
    if change.what in (BindingChange.What.CAP, BindingChange.What.AUTHORIZED):
        words = f"{_cap_words(change.before)} → {_cap_words(change.after)}"
    elif change.what == BindingChange.What.PRIVACY:
        levels = dict(Binding.Privacy.choices)
        words = str(levels.get(change.after, ""))
    elif change.what == BindingChange.What.MOVED:
        words = f"{_area_name(change.before)} → {_area_name(change.after)}"
    return {
        "at": change.at,
        "who": _who(binding, change),
        "what": change.get_what_display(),
        "words": words,
    }


def _who(binding: Binding, change: BindingChange) -> str:
    """Which end did it, and that it was done at a window."""
    end = str(name_of(binding.kind, change.party))
    if not change.by_clerk or change.actor is None:
        return end
    return _("%(end)s,窗口(%(clerk)s)") % {"end": end, "clerk": mask_name(change.actor.display_name)}


def _area_name(code: int | None) -> str:
    rules = for_area(str(code))
    return rules.name if rules else str(code)


def _cap_words(fen: int | None) -> str:
    return _("%(yuan)s 元") % {"yuan": yuan(fen)} if fen else _("不设上限")


@require_http_methods(["GET", "POST"])
@citizen
def cap(request: HttpRequest, binding_id: UUID) -> HttpResponse:
    """Change the monthly cap; only the giver may."""
    binding = _mine_as(request, binding_id, Party.AUTHORIZER)
    if binding.authorized is not None:
        return _change_total(request, binding)
    form = CapForm(sent(request), initial=cap_initial(binding.monthly_cap))
    if form.is_valid():
        services.set_cap(binding=binding, actor=request.user, monthly_cap=form.cleaned_data["amount"])
        messages.success(request, _("额度改好了,现在起生效。"))
        return redirect("binding:detail", binding_id=binding.pk)
    return question(request, form, back=_detail(binding), button=_("保存"))


def _change_total(request: HttpRequest, binding: Binding) -> HttpResponse:
    """More or less in all, but never less than what was used; that is said beside the field."""
    form = AuthorizedForm(sent(request), initial={"authorized": yuan(binding.authorized)})
    if form.is_valid():
        try:
            services.set_authorized(binding=binding, actor=request.user, **form.cleaned_data)
        except Refused as refused:
            if refused.code != "below_used":
                raise
            form.add_error("authorized", f"{refused.message}{refused.next_step}")
        else:
            messages.success(request, _("授权总额改好了,现在起生效。"))
            return redirect("binding:detail", binding_id=binding.pk)
    return question(request, form, back=_detail(binding), button=_("保存"))


@require_http_methods(["GET", "POST"])
@citizen
def privacy(request: HttpRequest, binding_id: UUID) -> HttpResponse:
    """What the other end sees of each use; only the one whose uses they are may decide that."""
    binding = my_binding(request, binding_id)
    _require_end(request, binding, subject_of(binding.kind))
    form = PrivacyForm(sent(request), initial={"privacy": binding.privacy}, kind=binding.kind)
    if form.is_valid():
        services.set_privacy(binding=binding, actor=request.user, level=form.cleaned_data["privacy"])
        messages.success(request, _("改好了,现在起生效。"))
        return redirect("binding:detail", binding_id=binding.pk)
    return question(request, form, back=_detail(binding), button=_("保存"))


@require_POST
@citizen
def pause(request: HttpRequest, binding_id: UUID) -> HttpResponse:
    """Stop paying for a while."""
    paused = services.pause(binding=_mine_as(request, binding_id, Party.AUTHORIZER), actor=request.user)
    if paused.kind == Kind.VIEW:
        messages.success(request, _("已暂停。家人现在看不到您的医保,想恢复随时可以。"))
    else:
        messages.success(request, _("已暂停。家人现在用不了您的钱,想恢复随时可以。"))
    return redirect("binding:detail", binding_id=binding_id)


@require_POST
@citizen
def resume(request: HttpRequest, binding_id: UUID) -> HttpResponse:
    """Pay again."""
    resumed = services.resume(binding=_mine_as(request, binding_id, Party.AUTHORIZER), actor=request.user)
    if resumed.kind == Kind.VIEW:
        messages.success(request, _("已恢复。家人现在又可以看了。"))
    else:
        messages.success(request, _("已恢复。家人现在可以用了。"))
    return redirect("binding:detail", binding_id=binding_id)


@require_http_methods(["GET", "POST"])
@citizen
def end(request: HttpRequest, binding_id: UUID) -> HttpResponse:
    """W14: say what follows, then end at once; it can be taken back for ten minutes."""
    binding = my_binding(request, binding_id)
    if binding.until is not None:
        return redirect("binding:detail", binding_id=binding.pk)
    if request.method == "POST":
        services.end_binding(binding=binding, actor=request.user)
        messages.success(request, _("已停用。") if binding.kind == Kind.VIEW else _("已解除。"))
        return redirect("binding:detail", binding_id=binding.pk)
    party = binding.party_of(request.user)
    context = {
        "binding": binding,
        "gives": party == Party.AUTHORIZER,
        "locked_until": services.locked_until(binding, party, at=timezone.now()),
        "used": ledger.month_used_by_binding(binding_ids=[binding.pk]).get(binding.pk, 0),
        "now": timezone.now(),
        "pool": way(binding) == Model.POOL,
        "policy": for_area(binding.area),
    }
    return render(request, "binding/end.html", context)


@require_POST
@citizen
def renew(request: HttpRequest, binding_id: UUID) -> HttpResponse:
    """Go on when the time is nearly over: a new application with the old answers, at its summary."""
    draft = services.renew(binding=_mine_as(request, binding_id, Party.AUTHORIZER), actor=request.user)
    messages.success(request, _("已填的都带过来了。请看一遍,再提交。"))
    return redirect(next_question(draft))


@require_POST
@citizen
def undo_end(request: HttpRequest, binding_id: UUID) -> HttpResponse:
    """Take the end back; pressed twice it is taken back once."""
    binding = my_binding(request, binding_id)
    if binding.until is not None:
        services.undo_end(binding=binding, actor=request.user)
        messages.success(request, _("已恢复,和解除以前一样。"))
    return redirect("binding:detail", binding_id=binding_id)


def _mine_as(request: HttpRequest, binding_id: UUID, party: Party) -> Binding:
    """Return a binding of which the citizen is this end; the other end may look, but not change that."""
    binding = my_binding(request, binding_id)
    _require_end(request, binding, party)
    return binding


def _require_end(request: HttpRequest, binding: Binding, party: Party) -> None:
    if binding.party_of(request.user) != party:
        raise PermissionDenied("the other end's right")


def _detail(binding: Binding) -> str:
    return reverse("binding:detail", args=[binding.pk])
