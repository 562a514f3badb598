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
        "identity_raised": Notice(
            title=_("您的身份核实又进了一步"),
            body=_("您在 {when} 通过了:{how}。不是您本人办的,请马上打{hotline}。"),
            sms=_("您的身份已于{when}核实({how})。不是您本人办的,请打{hotline}。本短信不含网址。"),
        ),
        "identity_returned": Notice(
            title=_("证件照片要重拍"),
            body=_("{why}请在“账号与安全”里的“核实方式”重新拍。照片已经删除。"),
            sms=_("您传的证件照片要重拍:{why}请自己打开医保官网重传。本短信不含网址。"),
        ),
        "phone_change_asked": Notice(
            title=_("有人申请换登录手机号"),
            body=_(
                "{when} 有人用您的登录申请把手机号换成 {phone}。还没有换。"
                "不是您本人办的,请在“账号与安全”里取消,并马上打{hotline}。"
            ),
            sms=_(
                "有人申请把您的医保登录手机号换成{phone},还没有换。不是您办的,请打{hotline}。本短信不含网址。"
            ),
        ),
        "phone_changed": Notice(
            title=_("登录手机号换好了"),
            body=_(
                "{when} 登录手机号换成了 {phone}。以后用新号码登录。别处的登录都退出了。"
                "不是您本人办的,请马上打{hotline}。"
            ),
            sms=_("您的医保登录手机号已换成{phone}。不是您本人办的,请马上打{hotline}。本短信不含网址。"),
        ),
        "phone_left": Notice(
            title=_("原来的手机号不能再登录"),
            body=_(
                "这一条发到了您原来的手机号。登录手机号已换成 {phone}。不是您本人办的,请马上打{hotline}。"
            ),
            sms=_("您的医保登录已换到{phone},这个号码不能再登录。不是您办的,请打{hotline}。本短信不含网址。"),
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
