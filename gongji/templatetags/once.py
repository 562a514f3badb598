"""`{% once "part.html" month lines hotline=site.hotline %}`: a part of a page, rendered once for its values.

The part is a template of its own that gets these values and nothing else: no request, no person, no query. So
what it prints depends on them alone, and as long as they are the same, the text printed before is the right
one. A changed balance, name or message is another value and is rendered anew; nothing has to be thrown away.
Language and day belong to the values of every part.
"""

from functools import lru_cache
from typing import Any

from django import template
from django.template.base import FilterExpression, Parser, Token
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()
KEPT = 4096
"""Parts kept by a process; the longest unused goes first."""


@register.tag
def once(parser: Parser, token: Token) -> "OnceNode":
    """{% once "file" a b c=value %}; a variable that stands alone keeps its name. Values are immutable."""
    _tag, name, *bits = token.split_contents()
    pairs = [bit.split("=", 1) if "=" in bit else [bit, bit] for bit in bits]
    values = {key: parser.compile_filter(value) for key, value in pairs}
    return OnceNode(parser.compile_filter(name).resolve(template.Context()), values)


class OnceNode(template.Node):
    """Finds or makes the text of a part."""

    def __init__(self, name: str, values: dict[str, FilterExpression]) -> None:
        self.name, self.values = name, values
        self.names = tuple(values)

    def render(self, context: template.Context) -> SafeString:
        found = (each.resolve(context) for each in self.values.values())
        values = [tuple(value) if isinstance(value, list) else value for value in found]
        return _rendered(self.name, get_language(), timezone.localdate(), self.names, *values)


@lru_cache(maxsize=KEPT, typed=True)  # typed, or 1 would be True, and safe text the same as unsafe
def _rendered(name: str, _language: str, _day: object, names: tuple[str, ...], *values: Any) -> SafeString:
    part = template.Engine.get_default().get_template(name)
    return part.render(template.Context(dict(zip(names, values, strict=True))))
