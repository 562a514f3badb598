"""What this floor tells people. Other apps register theirs from their own notices.py in the same way."""

from django.utils.translation import gettext_lazy as _

from accounts.wording import Notice, register

__all__ = ["Notice", "register"]

register(
    {
        "identity_verified": Notice(
            title=_("您的身份已核实"),
            body=_("您在 {when} 用姓名和证件号码通过了核实。不是您本人办的,请马上打{hotline}。"),
            sms=_("您的身份已于{when}在医保官网核实。不是您本人办的,请打{hotline}。本短信不含网址。"),
        ),
        "login_moved": Notice(
            title=_("登录手机号已更换"),
            body=_(
                "参保登记里的手机号换了,您的登录也跟着换到新号码。旧号码不能再登录。不是您本人办的,请马上打{hotline}。"
            ),
            sms=_(
                "您的医保登录已换到这个手机号,旧号码不能再登录。不是您本人办的,请打{hotline}。本短信不含网址。"
            ),
        ),
    }
)
