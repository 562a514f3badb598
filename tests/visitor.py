"""A visitor without JavaScript: follows links and sends forms as they stand in the HTML, nothing else."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client


@dataclass
class Form:
    """One form of a page: where it goes, what stands in it, and its buttons."""

    action: str
    method: str
    fields: dict[str, list[Any]] = field(default_factory=dict)
    buttons: list[dict[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    """Collects the forms, links and words of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[dict[str, str]] = []
        self.words: list[str] = []
        self._form: Form | None = None
        self._naming: dict[str, str] | None = None
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "a":
            self._naming = found | {"text": ""}
            self.links.append(self._naming)
        elif tag == "form":
            self._form = Form(found.get("action", ""), found.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None:
            self._control(tag, found)

    def _control(self, tag: str, found: dict[str, str]) -> None:
        assert self._form is not None
        name, kind = found.get("name", ""), found.get("type", "text")
        if tag == "button":
            self._naming = found | {"text": ""}
            self._form.buttons.append(self._naming)
        elif tag == "select":
            self._select = name
        elif tag == "option" and ("selected" in found or self._select not in self._form.fields):
            self._form.fields[self._select] = [found.get("value", "")]
        elif tag == "textarea":
            self._form.fields[name] = [""]
        elif tag == "input" and (kind not in ("checkbox", "radio", "file") or "checked" in found):
            self._form.fields.setdefault(name, []).append(found.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag in ("a", "button"):
            self._naming = None

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())
        if self._naming is not None:
            self._naming["text"] += data.strip()


class Visitor:
    """A person with a browser that knows HTML only. Forged requests fail: the CSRF check is on."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.url = "/"
        self.status = 0

    def open(self, url: str) -> "Visitor":
        """Go to an address, through redirects."""
        return self._arrive(self.client.get(url, follow=True), url)

    def follow(self, words: str) -> "Visitor":
        """Follow the first link with these words."""
        found = [link["href"] for link in self.page.links if words in link["text"]]
        assert found, f"no link {words!r} on {self.url}: {self.text}"
        return self.open(urljoin(self.url, found[0]))

    def press(self, words: str, **values: Any) -> "Visitor":
        """Fill in the form of a button and press the button; bytes are a photograph."""
        found = [
            (form, button) for form in self.page.forms for button in form.buttons if words in button["text"]
        ]
        assert found, f"no button {words!r} on {self.url}: {self.text}"
        form, button = found[0]
        pressed = {button["name"]: button.get("value", "")} if button.get("name") else {}
        sent = form.fields | {name: _as_file(value) for name, value in values.items()} | pressed
        target = urljoin(self.url, form.action) if form.action else self.url
        return self._arrive(self.client.post(target, sent, follow=True), target)

    def _arrive(self, answer: Any, url: str) -> "Visitor":
        assert answer.status_code < 500
        self.url = answer.redirect_chain[-1][0] if answer.redirect_chain else url
        self.status = answer.status_code
        self.page = _Reader(answer.content.decode())
        self.text = "".join(self.page.words)
        return self

    def reads(self, *words: str) -> "Visitor":
        """The page says all of these."""
        missing = [each for each in words if each not in self.text]
        assert not missing, f"{missing} not on {self.url}: {self.text}"
        return self


def _as_file(value: Any) -> Any:
    return SimpleUploadedFile("IMG_2041.jpg", value, "image/jpeg") if isinstance(value, bytes) else value
