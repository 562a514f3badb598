"""Templates after everything that is the same for every reader has been worked out, once.

Django works out the translated words, addresses and names of static files of a page anew for every reader.
This loader keeps each template once per language with their text in it: `{% translate %}`, `{% url %}` and
`{% static %}` of literals. A `{% blocktranslate %}` is translated once and then only filled in, and an
`{% include %}` of a literal name becomes a part of the page. What is printed stays the same: no value of a
request, a person or a moment is ever kept.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.template import Context, Engine, Node, NodeList, Origin, Template, TemplateDoesNotExist
from django.template.base import FilterExpression, TextNode, render_value_in_context
from django.template.defaulttags import (
    AutoEscapeControlNode,
    CommentNode,
    CycleNode,
    IfChangedNode,
    LoadNode,
    URLNode,
)
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode
from django.template.loaders import cached
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.templatetags.static import StaticNode
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

_LISTS = ("nodelist", "nodelist_loop", "nodelist_empty")
_OWN_STATE = (BlockNode, ExtendsNode, CycleNode, IfChangedNode)
"""Included templates that hold these keep a rendering context of their own."""


class Loader(cached.Loader):
    """Django's cached loader, with one simplified copy of each template per language."""

    def cache_key(self, template_name: str, skip: list[Origin] | None = None) -> str:
        return f"{get_language()} {super().cache_key(template_name, skip)}"

    def get_template(self, template_name: str, skip: list[Origin] | None = None) -> Template:
        fresh = self.cache_key(template_name, skip) not in self.get_template_cache
        template: Template = super().get_template(template_name, skip)
        if fresh:
            simplify(template.nodelist, template.engine)
        return template


def simplify(nodes: NodeList, engine: Engine) -> None:
    """Replace in place whatever does not depend on the request, and join the text that then touches."""
    for node in nodes:
        for inner in _lists_in(node):
            simplify(inner, engine)
    joined: list[Node] = []
    for node in (_simpler(node, engine) for node in nodes):
        if isinstance(node, TextNode) and joined and isinstance(joined[-1], TextNode):
            joined[-1] = TextNode(joined[-1].s + node.s)
        elif not isinstance(node, TextNode) or node.s:
            joined.append(node)
    nodes[:] = joined


def _lists_in(node: Node) -> Iterator[NodeList]:
    branches = getattr(node, "conditions_nodelists", None)  # of an {% if %}; its own list is a copy
    if branches is not None:
        yield from (inner for _condition, inner in branches)
    elif not isinstance(node, AutoEscapeControlNode):
        yield from (getattr(node, name) for name in _LISTS if isinstance(getattr(node, name, None), NodeList))


def _simpler(node: Node, engine: Engine) -> Node:
    match node:
        case CommentNode() | LoadNode():
            return TextNode("")
        case TranslateNode() if _is_literal(node.filter_expression) and not node.message_context:
            return _constant(node, "asvar")
        case URLNode() if all(map(_is_literal, [node.view_name, *node.args, *node.kwargs.values()])):
            return _constant(node, "asvar")
        case StaticNode() if _is_literal(node.path):
            return _constant(node, "varname")
        case BlockTranslateNode():
            return _sentence(node)
        case IncludeNode() if _is_literal(node.template):
            return _included(node, engine)
    return node


def _is_literal(expression: FilterExpression) -> bool:
    known = not expression.is_var or expression.var.literal is not None
    return known and not expression.filters


class Set(Node):
    """Sets a variable of the page to a text that never changes."""

    def __init__(self, name: str, value: str) -> None:
        self.name, self.value = name, value

    def render(self, context: Context) -> SafeString:
        context[self.name] = self.value
        return SafeString("")


def _constant(node: Any, target: str) -> Node:
    """Return the text that a tag prints, or the setting of the variable that it fills."""
    context = Context()
    text = node.render(context)
    name = getattr(node, target)
    return Set(name, context[name]) if name else TextNode(text)


# ------------------------------------------------------------- sentences
class Sentence(Node):
    """A translated sentence whose gaps are filled in."""

    def __init__(self, text: str, gaps: Mapping[str, FilterExpression | None], target: str | None) -> None:
        self.text, self.gaps, self.target = text, gaps, target

    def render(self, context: Context) -> SafeString:
        filled = {
            name: render_value_in_context(
                value.resolve(context) if value is not None else context.get(name, ""), context
            )
            for name, value in self.gaps.items()
        }
        text = SafeString(self.text % filled)
        if not self.target:
            return text
        context[self.target] = text
        return SafeString("")


def _sentence(node: BlockTranslateNode) -> Node:
    if node.plural or node.message_context:
        return node
    source, names = node.render_token_list(node.singular)
    text = gettext(source)
    try:
        plain = text % dict.fromkeys(names, "")
    except (KeyError, ValueError):
        return node  # a faulty translation: Django falls back to the source
    if not names and not node.asvar:
        return TextNode(plain)
    return Sentence(text, {name: node.extra_context.get(name) for name in names}, node.asvar)


# ------------------------------------------------------------- parts of pages
class Part(Node):
    """An included template, found once."""

    def __init__(self, nodes: NodeList, values: Mapping[str, FilterExpression], alone: bool) -> None:
        self.nodes, self.values, self.alone = nodes, values, alone

    def render(self, context: Context) -> SafeString:
        values = {name: value.resolve(context) for name, value in self.values.items()}
        if self.alone:
            return self.nodes.render(context.new(values))
        with context.push(**values):
            return self.nodes.render(context)


def _included(node: IncludeNode, engine: Engine) -> Node:
    name = node.template.resolve(Context())
    if name.startswith("."):
        return node
    try:
        nodes = engine.get_template(name).nodelist
    except TemplateDoesNotExist:
        return node  # told where it is used, if ever
    if any(nodes.get_nodes_by_type(kind) for kind in _OWN_STATE):
        return node
    return Part(nodes, node.extra_context, node.isolated_context)
