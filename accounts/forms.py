"""The questions of the login and identity pages, in plain words (M10)."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import liveness
from accounts.models import IdentityPage, IdType, User
from accounts.rules import IdProblem, check_id, normalise_id, normalise_name, normalise_phone
from accounts.services.identity.documents import Sent, sides_of
from gongji.forms import PlainForm
from gongji.policy import Document, Page
from gongji.templatetags.gongji import mask_name, mask_phone
from gongji.uploads.fields import DocumentForm, PageField, PageInput

ANOTHER = "another"
"""The answer of somebody who shares the phone and has not logged in yet."""
OWN_DOCUMENTS = [(code, label) for code, label in IdType.choices if code != IdType.BIRTH_CERTIFICATE]
"""A newborn logs in nowhere."""


def identity_problem(id_type: str, number: str) -> str | None:
    """Say in plain words what is wrong with the form of a normalised document number, or None."""
    problem = check_id(id_type, number)
    if problem is None:
        return None
    if problem is IdProblem.LENGTH:
        return gettext("身份证号是 18 位,您填了 {count} 位").format(count=len(number))
    if problem is IdProblem.CHARACTERS:
        return gettext("身份证号只有数字,最后一位可能是 X。请看看有没有填错的字")
    if problem is IdProblem.DATE:
        return gettext("第 7 到 14 位是出生日期,您填的不是一个日期。请照着身份证再看一遍")
    if problem is IdProblem.CHECK_DIGIT:
        return gettext("这个号码不对,请照着身份证再看一遍最后 4 位")
    return gettext("这个号码和“{document}”的样子对不上。请看看证件类型选对了没有").format(
        document=IdType(id_type).label
    )


class PhoneForm(PlainForm):
    """P6: which phone."""

    phone = forms.CharField(
        label=_("您的手机号"),
        max_length=30,
        help_text=_("用参保时登记的手机号。我们会发一个 6 位验证码。"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )

    def clean_phone(self) -> str:
        """Return the 11 digits."""
        phone = normalise_phone(self.cleaned_data["phone"])
        if phone is None:
            raise forms.ValidationError(_("手机号是 11 位,以 1 开头。请再看一遍"))
        return phone


class CodeForm(PlainForm):
    """The six digits of an SMS or of an authenticator app."""

    code = forms.CharField(
        label=_("6 位验证码"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def clean_code(self) -> str:
        """Return six ASCII digits however they were typed."""
        code = normalise_id("", self.cleaned_data["code"])
        if not (len(code) == 6 and code.isascii() and code.isdigit()):
            raise forms.ValidationError(_("验证码是 6 位数字。请再看一遍"))
        return code


class SmsCodeForm(CodeForm):
    """P6: the code that went to a phone."""

    def __init__(self, *args: Any, phone: str | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sent = gettext("验证码已发到 {phone},15 分钟内有效。").format(phone=mask_phone(phone))
        self.fields["code"].help_text = sent


class ChooseForm(PlainForm):
    """Who of the people on this phone."""

    who = forms.ChoiceField(label=_("您是哪一位?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, users: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(user.pk), mask_name(user.person.name)) for user in users if user.person]
        field = self.fields["who"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*choices, (ANOTHER, _("我是另一位"))]
        field.error_messages["required"] = _("请选一位")


class IdentityForm(PlainForm):
    """First login: name and document number, and the consent they need."""

    heading = _("先核实您是谁")
    name = forms.CharField(
        label=_("您的姓名"),
        max_length=50,
        help_text=_("和证件上一样。有“·”的也要写。"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    id_type = forms.ChoiceField(label=_("证件类型"), choices=OWN_DOCUMENTS, initial=IdType.RESIDENT)
    id_number = forms.CharField(
        label=_("证件号码"),
        max_length=40,
        help_text=_("身份证是 18 位。老的 15 位也可以,有空格也没关系。"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    agree = forms.BooleanField(
        label=_("我同意用姓名、证件号码和手机号核对参保登记"),
        error_messages={"required": _("核对要用到您的姓名和证件号码。同意的话,请打勾")},
    )

    def clean_name(self) -> str:
        """Return the name as typed, without blanks at its ends."""
        name = self.cleaned_data["name"].strip()
        if len(normalise_name(name)) < 2:
            raise forms.ValidationError(_("请写全姓名"))
        return name

    def clean(self) -> dict[str, Any]:
        """Check the number's form for its type; whether it exists is not a matter of forms."""
        data = super().clean() or self.cleaned_data
        if data.get("id_type") and data.get("id_number"):
            data["id_number"] = normalise_id(data["id_type"], data["id_number"])
            if problem := identity_problem(data["id_type"], data["id_number"]):
                self.add_error("id_number", problem)
        return data


Code = IdentityPage.Code
_HINTS = {
    Code.FRONT: _("把证件平放在深色桌面上,四个角都拍进去。"),
    Code.BACK: _("有效期要看得清。"),
    Code.MAIN: _("翻到有照片和号码的一页,四个角都拍进去。"),
}


_FACE_HINTS = {
    False: _("拍了,工作人员会和证件照片比一比。没有机器判断。"),
    True: _("拍了,工作人员会和证件照片比一比。机器只给参考,由工作人员定。"),
}


class IdentityDocumentForm(DocumentForm):
    """The sides of one's own document, and a photograph of oneself for those who like."""

    def __init__(self, *args: Any, id_type: str, **kwargs: Any) -> None:
        pages = tuple(Page(code.value, str(code.label), str(_HINTS[code])) for code in sides_of(id_type))
        document = Document("identity", str(IdType(id_type).label), pages, "", "")
        super().__init__(*args, document=document, **kwargs)
        self.heading = gettext("拍{document}").format(document=document.label)
        self.fields["face"] = PageField(
            label=_("本人照片(可以不拍)"),
            required=False,
            help_text=_FACE_HINTS[liveness.service().asks],
            widget=PageInput(attrs={"accept": "image/*", "capture": "user"}),
        )

    def sent(self) -> list[Sent]:
        """Return the files with what they show."""
        codes = [*(page.code for page in self.document.pages), "face"]
        found = ((Code(code), self.cleaned_data.get(code)) for code in codes)
        return [Sent(code, sent.file) for code, sent in found if sent]


class NewPhoneForm(PhoneForm):
    """Which phone to log in with from now on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].label = gettext("新的手机号")
        self.fields["phone"].help_text = gettext("我们会给新号码发一个 6 位验证码。")


class StaffLoginForm(PlainForm):
    """Staff: the first step."""

    heading = _("工作人员登录")
    username = forms.CharField(
        label=_("用户名"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class SecondFactorForm(CodeForm):
    """Staff: the second step."""

    code = forms.CharField(
        label=_("动态口令"),
        max_length=20,
        help_text=_("打开手机上的验证器,填现在显示的 6 位数字。"),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class NewPasswordForm(PlainForm):
    """A new password, twice."""

    heading = _("换一个新密码")
    password = forms.CharField(
        label=_("新密码"),
        max_length=128,
        strip=False,
        help_text=_("至少 12 位,小写字母、大写字母、数字、符号里至少三种,和前 5 次都不同。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("再填一遍新密码"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Both must be the same."""
        data = super().clean() or self.cleaned_data
        if data.get("password") and data.get("again") and data["password"] != data["again"]:
            self.add_error("again", _("两遍填的不一样。请再填一遍"))
        return data


class ChangePasswordForm(NewPasswordForm):
    """The same for somebody who is logged in: the old password first."""

    old = forms.CharField(
        label=_("现在的密码"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ["old", "password", "again"]
