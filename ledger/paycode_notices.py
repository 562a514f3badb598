"""What somebody is told whose pay code a relative showed."""

from django.utils.translation import gettext_lazy as _

from accounts.notices import Notice, register

OF_PAYCODES = {
    "paycode.shown_for_you": Notice(
        title=_("{relative}出示了您的付款码"),
        body=_(
            "{relative}今天在手机上出示了您的付款码。付款码只能在您本人看病买药时用,花的是您自己的钱。"
            "不是您看病的,请先解除亲情账户,再打{hotline}。"
        ),
    ),
}
register(OF_PAYCODES)
