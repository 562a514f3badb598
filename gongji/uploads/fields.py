"""The upload page's form: one input a page of the document, checked by content while it is being sent."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.files.base import File
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from gongji.crypto import sm3
from gongji.forms import PlainForm
from gongji.policy import Document
from gongji.uploads.checks import EMPTY, UploadProblem, examine

ACCEPT = "image/*,.heic,.heif,application/pdf"


@dataclass(frozen=True, slots=True)
class SentFile:
    """An upload that may be taken."""

    file: "File[bytes]"
    pages: int
    digest: bytes


class PageInput(forms.FileInput):
    """A plain file input. No `capture`: the album must stay possible; no `multiple`: one page, one input."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"accept": ACCEPT} | (attrs or {}))


class PageField(forms.FileField):
    """A photograph or PDF of one page; its clean value is a SentFile."""

    widget = PageInput

    def __init__(self, *, label: str, **kwargs: Any) -> None:
        ask = format_lazy(_("请选一张{page}的照片"), page=label)
        messages = {"required": ask, "missing": ask, "invalid": ask, "empty": EMPTY}
        super().__init__(label=label, error_messages=messages, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> SentFile | None:
        """Return what was sent, None for a page left out. Raises ValidationError with the texts of M9."""
        file = super().clean(data, initial)
        if not file:
            return None
        found = examine(file)
        if isinstance(found, UploadProblem):
            raise forms.ValidationError(found.message, code=found.code)
        digest = sm3(file.read())
        file.seek(0)
        return SentFile(file, found.pages, digest)


class DocumentForm(PlainForm):
    """All pages of one document. A PDF may hold several of them; then other inputs may stay empty."""

    def __init__(self, *args: Any, document: Document, **kwargs: Any) -> None:
        self.document = document
        self.heading = format_lazy(_("上传{document}"), document=document.label)
        super().__init__(*args, **kwargs)
        for page in document.pages:
            self.fields[page.code] = PageField(label=page.label, help_text=page.hint, required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for missing pages and refuse the same picture twice."""
        cleaned = super().clean() or {}
        seen: set[bytes] = set()
        for page in self.document.pages:
            sent = cleaned.get(page.code)
            if sent and sent.digest in seen:
                message = format_lazy(_("这张和上一张一样。这一张请拍{page}"), page=page.label)
                self.add_error(page.code, forms.ValidationError(message, code="same_file"))
            elif sent:
                seen.add(sent.digest)
        if sum(sent.pages for sent in self._sent()) < len(self.document.pages):
            self._ask_for_missing()
        return cleaned

    def files_in_order(self) -> "list[File[bytes]]":
        """Return the files as the document's pages follow each other."""
        return [sent.file for sent in self._sent()]

    def _sent(self) -> list[SentFile]:
        values = (self.cleaned_data.get(page.code) for page in self.document.pages)
        return [sent for sent in values if sent]

    def _ask_for_missing(self) -> None:
        for page in self.document.pages:
            if not self.cleaned_data.get(page.code) and page.code not in self.errors:
                self.add_error(page.code, self.fields[page.code].error_messages["required"])
