"""Templates print the same after what is constant in them has been worked out, in every language."""

import pytest
from django.template import Context, Engine
from django.template.base import TextNode
from django.test import RequestFactory
from django.utils import translation

from gongji.templates import Part, Sentence

FILES = {
    "parent": """{% load i18n %}<h1>{% block title %}{% translate '返回' %}{% endblock %}</h1>
        {% include 'part' %}{% block body %}{% endblock %}""",
    "child": """{% extends 'parent' %}{% load i18n %}
        {% block title %}{{ block.super }} - {% url 'home' %}{% endblock %}
        {% block body %}{% translate '返回' as w %}
            {% for n in numbers %}{{ w }}{{ n }}{% endfor %}{% endblock %}""",
    "part": """{% load i18n %}{% blocktranslate trimmed with who=name|upper %}
        {{ who }} & {{ other }}: 100%
        {% endblocktranslate %}""",
    "given": "{% include 'part' with name='a' other=x %}{% include 'part' with name='b' only %}[{{ name }}]",
    "if": """{% load i18n %}{% if yes %}{% comment %}x{% endcomment %}{% translate '返回' %}
        {% else %}{% include 'nowhere' %}{% endif %}""",
    "variable": "{% load i18n %}{% translate word %}{% url name %}{% include part %}",
    "plural": """{% load i18n %}
        {% blocktranslate count n=n %}{{ n }} one{% plural %}{{ n }} many{% endblocktranslate %}""",
    "quiet": "{% load i18n %}{% blocktranslate asvar text %}a & b{% endblocktranslate %}[{{ text }}]",
    "tree": "{{ node.name }}{% if node.below %}({% include 'tree' with node=node.below %}){% endif %}",
    "blocks": "{% include 'parent' %}{% include 'parent' %}",
    "plain": "{% load i18n %}{% autoescape off %}{% translate '<b>' %}{{ name }}{% endautoescape %}",
}
GIVEN = {
    "name": "<李>", "other": "<王>", "numbers": [1, 2], "x": "'", "yes": True, "word": "返回", "part": "part",
    "n": 2, "node": {"name": "a", "below": {"name": "b", "below": {"name": "c"}}},
}  # fmt: skip


def engine(loader: str) -> Engine:
    files = "django.template.loaders.locmem.Loader", FILES
    return Engine(loaders=[(loader, [files])], libraries={"i18n": "django.templatetags.i18n"})


def printed(name: str, loader: str) -> str:
    context = Context({**GIVEN, "name": "home" if name == "variable" else GIVEN["name"]})
    context.request = RequestFactory().get("/")
    return engine(loader).get_template(name).render(context)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("name", FILES)
def test_a_simplified_template_prints_what_the_original_prints(name, language):
    with translation.override(language):
        assert printed(name, "gongji.templates.Loader") == printed(
            name, "django.template.loaders.cached.Loader"
        )


def test_constant_words_and_addresses_become_text_and_sentences_keep_their_gaps_only():
    loaded = engine("gongji.templates.Loader")
    (choice,) = loaded.get_template("if").nodelist
    assert [type(node) for node in choice.conditions_nodelists[0][1]] == [TextNode]
    assert [type(node) for node in loaded.get_template("part").nodelist] == [Sentence]
    assert [type(node) for node in loaded.get_template("given").nodelist[:2]] == [Part, Part]


def test_a_template_is_kept_once_for_each_language():
    loaded = engine("gongji.templates.Loader")
    chinese = loaded.get_template("part")
    with translation.override("en"):
        assert loaded.get_template("part") is not chinese
    assert loaded.get_template("part") is chinese


def test_an_included_template_that_is_missing_is_told_only_where_it_is_used():
    page = engine("gongji.templates.Loader").get_template("if")
    with pytest.raises(Exception, match="nowhere"):
        page.render(Context({"yes": False}))
