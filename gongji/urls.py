"""Every address of the portal. Addresses are a contract: change them only by adding."""

from django.contrib import admin
from django.urls import include, path

from gongji import health
from gongji.views import errors, public

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error

urlpatterns = [
    path("", public.home, name="home"),
    path("zhangbei/", public.elder, name="elder"),
    path("compare/", public.compare, name="compare"),
    path("help/", public.help_index, name="help"),
    path("help/<slug:slug>/", public.help_article, name="help_article"),
    path("windows/", public.windows, name="windows"),
    path("accessibility/", public.accessibility, name="accessibility"),
    path("privacy/", public.privacy, name="privacy"),
    path("official-sms/", public.official_sms, name="official_sms"),
    path("manifest.webmanifest", public.manifest, name="manifest"),
    path("robots.txt", public.robots, name="robots"),
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("admin/", include("accounts.staff_urls")),
    path("admin/", admin.site.urls),
    path("", include("gongji.policy_urls")),
    path("accounts/", include("accounts.urls")),
    path("bindings/", include("binding.urls")),
    path("ledger/", include("ledger.urls")),
    path("api/v1/", include("ledger.api.urls")),
]
