"""W16: what we told you, unread first."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import services
from accounts.models import Message

_PAGE = 30


@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """List the messages; `?after=<id>` shows the older ones."""
    mine = Message.objects.visible_to(request.user)
    after = request.GET.get("after", "")
    shown = list(mine.older_than(after)[: _PAGE + 1] if after else mine[: _PAGE + 1])
    more = shown[_PAGE - 1].pk if len(shown) > _PAGE else None
    return render(request, "accounts/messages.html", {"shown": shown[:_PAGE], "more": more, "after": after})


@require_safe
def message(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """Open one message, which marks it as read."""
    opened = get_object_or_404(Message.objects.visible_to(request.user), pk=message_id)
    services.read_message(message=opened)
    return render(request, "accounts/message.html", {"message": opened})
