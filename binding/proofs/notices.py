"""What citizens are told about their documents."""

from django.utils.translation import gettext_lazy as _

from accounts.notices import Notice, register

UNREADABLE = "proof_unreadable"

register(
    {
        UNREADABLE: Notice(
            title=_("有一份材料要重传"),
            body=_("您传的{document}不能用:{why}。其他材料不用重传,已填的内容都在。"),
            sms=_("您传的{document}打不开,请重新拍一张再传。请自己打开医保官网,本短信不含网址。"),
        )
    }
)
