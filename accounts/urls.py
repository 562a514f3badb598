"""Addresses under /accounts/."""

from django.urls import path

from accounts.views import identity, levels, login, messages, oidc, phone, security

app_name = "accounts"
urlpatterns = [
    path("login/", login.login, name="login"),
    path("login/code/", login.code, name="code"),
    path("login/code/again/", login.code_again, name="code_again"),
    path("login/choose/", login.choose, name="choose"),
    path("logout/", login.logout, name="logout"),
    path("oidc/<slug:code>/", oidc.start, name="oidc_start"),
    path("oidc/<slug:code>/back/", oidc.back, name="oidc_back"),
    path("verify/", identity.verify, name="verify"),
    path("levels/", levels.levels, name="levels"),
    path("levels/documents/", levels.send_documents, name="documents"),
    path("levels/documents/withdraw/", levels.withdraw_documents, name="documents_withdraw"),
    path("phone/", phone.ask, name="phone"),
    path("phone/code/", phone.new_code, name="phone_code"),
    path("phone/proof/", phone.proof, name="phone_proof"),
    path("phone/proof/send/", phone.send_old_code, name="phone_send_old"),
    path("phone/proof/code/", phone.old_code, name="phone_old_code"),
    path("phone/cancel/", phone.cancel, name="phone_cancel"),
    path("messages/", messages.messages, name="messages"),
    path("messages/<uuid:message_id>/", messages.message, name="message"),
    path("security/", security.security, name="security"),
    path("security/logout-elsewhere/", security.logout_elsewhere, name="logout_elsewhere"),
]
