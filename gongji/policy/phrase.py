"""Sentences that can be translated later: the package knows no Django, the page brings its gettext."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Translate = Callable[[str], str]


def gettext_noop(text: str) -> str:
    """Mark `text` for makemessages and return it as it is."""
    return text


@dataclass(frozen=True)
class Phrase:
    """A Chinese source text with named gaps, and what goes into them."""

    template: str
    params: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def say(self, translate: Translate = str) -> str:
        """Return the sentence in the language of `translate`; phrases in its gaps are said as well."""
        params = {name: _said(value, translate) for name, value in self.params.items()}
        return translate(self.template).format(**params)

    def __str__(self) -> str:
        return self.say()


def phrase(template: str, **params: object) -> Phrase:
    """Return a Phrase; the template should already be marked by `gettext_noop`."""
    return Phrase(template, MappingProxyType(params))


def _said(value: object, translate: Translate) -> object:
    if isinstance(value, Phrase):
        return value.say(translate)
    if isinstance(value, tuple):
        return translate("、").join(str(_said(part, translate)) for part in value)
    return value
