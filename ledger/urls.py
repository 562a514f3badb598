"""Addresses under /ledger/. The providers' API has its own, under /api/v1/."""

from django.urls import path, re_path

from ledger import views

app_name = "ledger"
urlpatterns = [
    path("", views.balance, name="balance"),
    path("pay/", views.how_to_pay, name="how_to_pay"),
    path("paycode/", views.paycode, name="paycode"),
    path("paycode/<uuid:binding_id>/", views.relatives_paycode, name="relatives_paycode"),
    path("history/", views.history, name="history"),
    re_path(r"^statements/(?P<code>\d{4}(?:-\d{2})?)/$", views.statement, name="statement"),
    re_path(
        r"^statements/(?P<code>\d{4}(?:-\d{2})?)\.(?P<form>pdf|xlsx|csv)$",
        views.statement_file,
        name="statement_file",
    ),
    path("check/", views.check, name="check"),
    path("notices/", views.notices, name="notices"),
    path("pool/", views.pool, name="pool"),
    path("transfers/", views.transfer, name="transfer"),
    path("transfers/<uuid:transfer_id>/", views.transferred, name="transferred"),
    path("order/", views.order, name="order"),
    path("premium/", views.premiums, name="premiums"),
    path("premium/own/", views.premium_for, name="premium_own"),
    path("premium/<uuid:binding_id>/", views.premium_for, name="premium_for"),
    path("premium/receipts/<uuid:premium_id>/", views.premium_receipt, name="premium_receipt"),
    path("premium/receipts/<uuid:premium_id>/refund/", views.premium_refund, name="premium_refund"),
    path("wallet/", views.wallet, name="wallet"),
    path("wallet/<uuid:binding_id>/send/", views.wallet_send, name="wallet_send"),
    path("wallet/transfers/<uuid:transfer_id>/take/", views.wallet_take, name="wallet_take"),
    path("wallet/transfers/<uuid:transfer_id>/decline/", views.wallet_decline, name="wallet_decline"),
    path("wallet/transfers/<uuid:transfer_id>/back/", views.wallet_back, name="wallet_back"),
]
