"""Pages for everybody: no login, no personal data, the same for search engines and people."""

from collections import defaultdict
from collections.abc import Sequence

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from gongji import help_articles, policy
from gongji.elder import LARGE, page_size, remember
from gongji.policy import Rule, words

_LATEST = 4
"""Rule changes shown on the home page."""


@require_safe
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """P1: two doors, the areas open today, the latest changes of rules; in elder size a few large buttons.

    An elder who is logged in sees the balance at once (ux §0.7: one number first).
    """
    if page_size(request):
        known = getattr(request.user, "person_id", None)
        return redirect("ledger:balance") if known else render(request, "public/home_elder.html")
    areas = policy.open_areas()
    return render(request, "public/home.html", {"areas": areas, "updates": _latest_updates(areas)})


def _latest_updates(areas: Sequence[policy.Policy]) -> list[dict[str, object]]:
    """Return the places whose rules changed last, newest first, with what changed on that day."""
    changes: dict[str, dict[str, Rule]] = defaultdict(dict)
    for area in areas:
        for line in words.updates(area, _LATEST):
            changes[line.rule.area][line.label.say(_)] = line.rule
    latest = {place: max(rule.effective for rule in rules.values()) for place, rules in changes.items()}
    return [
        {
            "url": _rules_url(place),
            "place": policy.load()[place].name,
            "effective": day,
            "labels": [label for label, rule in changes[place].items() if rule.effective == day],
        }
        for place, day in sorted(latest.items(), key=lambda item: item[1], reverse=True)[:_LATEST]
    ]


def _rules_url(area: str) -> str:
    """Where the rules of this area stand; those of the whole country are on the first rule page."""
    return reverse("rules") if area == policy.NATIONAL else reverse("rules_area", args=[area])


@require_safe
@login_not_required
def elder(request: HttpRequest) -> HttpResponseRedirect:
    """The address for a shortcut on an elder's phone: switch to the elder size and go home."""
    response = redirect("home")
    remember(response, page_size(request) or LARGE)
    return response


@require_safe
@login_not_required
def compare(request: HttpRequest) -> HttpResponse:
    """P3: three things that are easily mixed up (M1)."""
    return render(request, "public/compare.html")


@require_safe
@login_not_required
def help_index(request: HttpRequest) -> HttpResponse:
    """Twelve short articles and a search that understands everyday words."""
    query = request.GET.get("q", "").strip()[:100]
    articles = help_articles.search(query) if query else list(help_articles.ARTICLES)
    return render(
        request, "public/help.html", {"query": query, "articles": articles, "all": help_articles.ARTICLES}
    )


@require_safe
@login_not_required
def help_article(request: HttpRequest, slug: str) -> HttpResponse:
    """One question and its answer."""
    article = help_articles.by_slug(slug)
    if article is None:
        raise Http404
    others = [other for other in help_articles.ARTICLES if other.slug in article.see_also]
    return render(request, "public/help_article.html", {"article": article, "others": others})


@require_safe
@login_not_required
def windows(request: HttpRequest) -> HttpResponse:
    """P5: where to go and whom to call, by area; `?area=` keeps the area one was looking at."""
    areas = [area for code, area in sorted(policy.load().items()) if code != policy.NATIONAL and area.windows]
    places = [area for area in areas if area.area == request.GET.get("area")]
    context = {"areas": areas, "places": places or areas, "chosen": places[0].area if places else ""}
    return render(request, "public/windows.html", context)


@require_safe
@login_not_required
def accessibility(request: HttpRequest) -> HttpResponse:
    """P7: what works for whom, what does not yet, and where to complain."""
    return render(request, "public/accessibility.html")


@require_safe
@login_not_required
def privacy(request: HttpRequest) -> HttpResponse:
    """P7: what we keep, why, how long, and who sees it."""
    return render(request, "public/privacy.html")


@require_safe
@login_not_required
def official_sms(request: HttpRequest) -> HttpResponse:
    """P7: what a genuine message of ours looks like: no link, no code to pass on."""
    return render(request, "public/official_sms.html", {"signature": settings.SMS_SIGNATURE})


@require_safe
@login_not_required
@cache_control(public=True, max_age=86400)
def manifest(request: HttpRequest) -> JsonResponse:
    """Let a phone keep the portal as an icon that opens the elder entry (67号 Annex 1: shortcut)."""
    return JsonResponse(
        {
            "name": f"{_('家庭共济')} - {settings.BUREAU_NAME}",
            "short_name": _("家庭共济"),
            "lang": "zh-CN",
            "start_url": reverse("elder"),
            "scope": "/",
            "display": "browser",
            "theme_color": "#0b3d73",
            "background_color": "#ffffff",
            "icons": [{"src": static("img/favicon.svg"), "sizes": "any", "type": "image/svg+xml"}],
        },
        content_type="application/manifest+json",
        json_dumps_params={"ensure_ascii": False},
    )


@require_safe
@login_not_required
@cache_control(public=True, max_age=86400)
def robots(request: HttpRequest) -> HttpResponse:
    """Invite search engines to what is public, keep them out of the rest."""
    closed = ["/accounts/", "/admin/", "/api/", "/bindings/", "/ledger/"]
    lines = ["User-agent: *", *(f"Disallow: {prefix}" for prefix in closed), ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
