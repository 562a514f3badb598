"""Rules on a page: phrases and labels in the reader's language."""

from typing import Any

from django import template
from django.utils.timezone import localdate
from django.utils.translation import gettext

from gongji.policy import Category, Model, Relation, for_area
from gongji.policy.phrase import Phrase
from gongji.policy.types import Labelled, Rule

register = template.Library()


@register.filter
def way(given: Any) -> str:
    """Return how an application's or a binding's money is shared: pairwise, pool, group, wallet or view."""
    if given.kind != "mutual_aid":
        return str(given.kind)
    rules = for_area(given.area)
    return rules.model if rules else Model.PAIRWISE


@register.filter
def other_relation(application: Any) -> str:
    """Return what the other end is to whoever applied: 父母, or 子女 the other way round."""
    return gettext(Relation(application.relation_seen).label) if application.relation else ""


@register.filter
def category_label(code: str) -> str:
    """Return what a category of costs is called."""
    return gettext(Category(code).label)


@register.filter
def say(sentence: Phrase | Labelled) -> str:
    """Say a phrase, or the label of a code, in the language of the page."""
    return (sentence.words if isinstance(sentence, Labelled) else sentence).say(gettext)


@register.filter
def is_ahead(rule: Rule) -> bool:
    """Whether the day a rule names is still to come."""
    return rule.effective > localdate()
