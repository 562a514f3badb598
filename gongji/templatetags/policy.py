"""Rules on a page: phrases and labels in the reader's language."""

from django import template
from django.utils.translation import gettext

from gongji.policy.phrase import Phrase
from gongji.policy.types import Labelled

register = template.Library()


@register.filter
def say(sentence: Phrase | Labelled) -> str:
    """Say a phrase, or the label of a code, in the language of the page."""
    return (sentence.words if isinstance(sentence, Labelled) else sentence).say(gettext)
