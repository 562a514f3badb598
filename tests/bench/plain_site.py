"""The reference of the web benches: a plain Django project on our server, workers and database.

Its middleware is what `django-admin startproject` writes; its one view reads one row by its key.
"""

from django.http import HttpRequest, JsonResponse
from django.urls import path

from gongji.settings import *  # noqa: F403 - a settings module is made of names

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "tests.bench.plain_site"


def balance(request: HttpRequest, account: int) -> JsonResponse:
    """Answer with one indexed read."""
    from ledger.models import LedgerAccount  # models cannot be imported while settings are being read

    return JsonResponse({"balance": LedgerAccount.objects.values_list("balance", flat=True).get(pk=account)})


urlpatterns = [path("balances/<int:account>/", balance)]
