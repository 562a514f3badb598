"""What every page needs to know: the bureau, the reader's chosen size, and who is logged in."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import cached_property

from gongji.elder import COOKIE, page_size


class Site:
    """The `site` of every template. Whatever costs a query is computed only when a template asks."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def bureau(self) -> str:
        """The bureau's full name, as in the page header."""
        return settings.BUREAU_NAME

    @property
    def hotline(self) -> str:
        """The telephone number every page offers as the way out."""
        return settings.HOTLINE

    @property
    def demo(self) -> bool:
        """True when all data is made up and the page must say so."""
        return settings.DJANGO_ENV == "demo"

    @property
    def undo_minutes(self) -> int:
        """How long a submission or an end can be taken back; 0 only in a demo."""
        return settings.UNDO_MINUTES

    @property
    def reviewer_undo_minutes(self) -> int:
        """How long a reviewer's decision can be taken back; 0 only in a demo."""
        return settings.REVIEWER_UNDO_MINUTES

    @property
    def idle_seconds(self) -> int:
        """After how long without a page a citizen is logged out: the page warns two minutes before."""
        return int(settings.CITIZEN_IDLE.total_seconds())

    @cached_property
    def elder(self) -> int:
        """0 standard, 1 elder (24 px), 2 elder extra large (30 px); truthy in both elder sizes."""
        return page_size(self._request)

    @property
    def sizes(self) -> str:
        """The address of this very page up to the number of its size, so that nobody loses their place."""
        request = self._request
        path = request.path if request.method in ("GET", "HEAD") else ""
        query = request.GET.copy()
        query.pop(COOKIE, None)
        return f"{path}?{query.urlencode()}&{COOKIE}=" if query else f"{path}?{COOKIE}="

    @property
    def logged_in(self) -> bool:
        """Whether a citizen is logged in."""
        return self.person is not None

    @cached_property
    def person(self) -> object | None:
        """The citizen who is logged in, or None for visitors and staff without a person."""
        user = getattr(self._request, "user", None)
        return getattr(user, "person", None) if user is not None and user.is_authenticated else None

    @cached_property
    def person_name(self) -> str:
        """The citizen's own name (shown to that citizen only), or an empty string."""
        return str(getattr(self.person, "name", "") or "")

    @cached_property
    def unread(self) -> int:
        """How many portal messages the citizen has not opened yet: one query, asked by the header."""
        return getattr(self.person, "unread_messages", 0)


def site(request: HttpRequest) -> dict[str, Site]:
    """Context processor: `{{ site.bureau }}`, `{{ site.elder }}`, …"""
    return {"site": Site(request)}
