"""Addresses under /accounts/."""

from django.urls import path

from accounts.views import identity, login, messages, security

app_name = "accounts"
urlpatterns = [
    path("login/", login.login, name="login"),
    path("login/code/", login.code, name="code"),
    path("login/code/again/", login.code_again, name="code_again"),
    path("login/choose/", login.choose, name="choose"),
    path("logout/", login.logout, name="logout"),
    path("verify/", identity.verify, name="verify"),
    path("messages/", messages.messages, name="messages"),
    path("messages/<uuid:message_id>/", messages.message, name="message"),
    path("security/", security.security, name="security"),
    path("security/logout-elsewhere/", security.logout_elsewhere, name="logout_elsewhere"),
]
