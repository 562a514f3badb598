"""How a page asks for a signature: as the area wants it, and always by name for whoever cannot draw."""

from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from binding.drawings import MAX_CHARACTERS, BadDrawing, read_drawing
from binding.rules.letters import Signed
from gongji.forms import PlainForm
from gongji.policy import Letter, Signing


class SignaturePad(forms.HiddenInput):
    """A field to draw in; without JavaScript nothing of it is seen (static/js/sign.js)."""

    class Media:
        js = (forms.Script("js/sign.js", defer=True),)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Draw the pad; what was drawn before an error is drawn again."""
        return render_to_string("binding/sign_pad.html", {"name": name, "value": value or ""})


class SigningForm(PlainForm):
    """A promise and the name under it. Subclasses add their own questions.

    `letter` is the text that is signed, `signing` how the area wants it signed.
    """

    asked_by_another_answer = ("signature",)
    signature = forms.CharField(
        label=_("签名:写上您自己的姓名"),
        max_length=50,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def __init__(self, *args: Any, letter: Letter, signing: Signing, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.signing = signing
        read = _("写了姓名,就是已看过《{title}》,愿意遵守。")
        self.fields["signature"].help_text = format_lazy(read, title=letter.title)
        self.fields["signature"].error_messages["required"] = _("请写您自己的姓名,当作签名")
        if signing is Signing.TICK:
            self._ask_for_a_tick(letter)
        if signing is Signing.DRAWN:
            self._offer_a_pad()

    def _ask_for_a_tick(self, letter: Letter) -> None:
        del self.fields["signature"]
        self.fields["promise"] = forms.BooleanField(
            label=letter.closing, error_messages={"required": _("请先看承诺书,再勾选同意")}
        )

    def _offer_a_pad(self) -> None:
        name = self.fields.pop("signature")
        name.required = False
        name.help_text = _("手写了签名的,这里不用填。不方便手写,写上姓名也一样有效。")
        self.fields["drawing"] = forms.CharField(
            widget=SignaturePad, required=False, max_length=MAX_CHARACTERS, strip=False
        )
        self.fields["drawing"].error_messages["max_length"] = BadDrawing("unreadable").words
        self.fields["signature"] = name

    def clean(self) -> dict[str, Any]:
        """Have the drawing read; what is wrong with it stands beside the name, which would do as well."""
        cleaned = super().clean() or {}
        drawing = cleaned.get("drawing")
        if self.signing is not Signing.DRAWN or self.errors:
            return cleaned
        if not drawing and not cleaned.get("signature"):
            self.add_error("signature", _("请在框里手写签名,或者写上您自己的姓名"))
        elif drawing:
            try:
                cleaned["drawn"] = read_drawing(drawing)
            except BadDrawing as bad:
                self.add_error("signature", bad.words)
        return cleaned

    @cached_property
    def signed(self) -> Signed:
        """What a valid form was signed with; a drawing counts before a name."""
        if self.signing is Signing.TICK:
            return Signed("tick")
        drawn = self.cleaned_data.get("drawn")
        name = self.cleaned_data.get("signature", "")
        return Signed("drawn", name, drawn) if drawn else Signed("name", name)
