"""The way into the admin; placed before the admin's own addresses, which it replaces."""

from django.urls import path

from accounts.views import staff

app_name = "staff"
urlpatterns = [
    path("login/", staff.login, name="login"),
    path("login/code/", staff.code, name="code"),
    path("password_change/", staff.password, name="password"),
    path("logout/", staff.logout, name="logout"),
]
