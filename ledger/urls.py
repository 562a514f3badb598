"""Addresses under /ledger/. The providers' API has its own, under /api/v1/."""

from django.urls import path, re_path

from ledger import views

app_name = "ledger"
urlpatterns = [
    path("", views.balance, name="balance"),
    path("pay/", views.how_to_pay, name="how_to_pay"),
    path("history/", views.history, name="history"),
    re_path(r"^statements/(?P<code>\d{4}(?:-\d{2})?)/$", views.statement, name="statement"),
    re_path(
        r"^statements/(?P<code>\d{4}(?:-\d{2})?)\.(?P<form>pdf|xlsx|csv)$",
        views.statement_file,
        name="statement_file",
    ),
    path("check/", views.check, name="check"),
    path("notices/", views.notices, name="notices"),
]
