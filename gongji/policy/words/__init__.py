"""A policy in words: one plain sentence per rule, for the pages, the commands and the comparison.

A topic says what its rules are called and how they are said (people, steps, money, papers); what is done
with the sentences stands here.
"""

from dataclasses import dataclass

from gongji.policy.phrase import Phrase
from gongji.policy.policy import Policy
from gongji.policy.types import Entrance, Rule
from gongji.policy.words.money import MONEY, concerns
from gongji.policy.words.papers import BUREAU, ENTRANCES, LETTERS, PLACES, PROOFS
from gongji.policy.words.people import VIEW, WHO
from gongji.policy.words.steps import END, HOW, TIME

TOPICS = (WHO, HOW, ENTRANCES, PROOFS, TIME, MONEY, END, VIEW, LETTERS, PLACES, BUREAU)
"""In the order in which questions come up."""

_LINES = {key: line for topic in TOPICS for key, line in topic.lines.items()}


@dataclass(frozen=True)
class Words:
    """One rule as people read it."""

    key: str
    label: Phrase
    sentence: Phrase
    rule: Rule


@dataclass(frozen=True)
class Group:
    """Rules that belong together, under a heading."""

    title: Phrase
    lines: tuple[Words, ...]


@dataclass(frozen=True)
class Difference:
    """One rule of two areas side by side."""

    label: Phrase
    left: Words
    right: Words

    @property
    def differs(self) -> bool:
        return str(self.left.sentence) != str(self.right.sentence)


@dataclass(frozen=True)
class WayIn:
    """An entrance and the rules that are others there."""

    entrance: Entrance
    lines: tuple[Words, ...]


def label(key: str) -> Phrase:
    """Return what a rule is called; KeyError for an unknown key."""
    return Phrase(_LINES[key][0])


def line(policy: Policy, key: str) -> Words:
    """Return the sentence of one rule; KeyError for an unknown key."""
    _label, say = _LINES[key]
    return Words(key=key, label=label(key), sentence=say(policy), rule=policy.cite(key))


def words(policy: Policy) -> list[Words]:
    """Return every rule of `policy` in words, those of the bureau's own care included."""
    return [line(policy, key) for key in _LINES]


def for_citizens(policy: Policy) -> list[Group]:
    """Return the rules that concern people, under headings, without those a page draws in its own way."""
    return [
        Group(Phrase(topic.title), tuple(line(policy, key) for key in topic.lines if concerns(key, policy)))
        for topic in TOPICS
        if topic.for_citizens and not topic.own_section
    ]


def compare(left: Policy, right: Policy) -> list[Difference]:
    """Return the rules that concern people side by side."""
    return [
        Difference(label(key), line(left, key), line(right, key))
        for topic in TOPICS
        if topic.for_citizens
        for key in topic.lines
        if concerns(key, left, right)
    ]


def ways_in(policy: Policy) -> list[WayIn]:
    """Return the entrances of an area, each with the rules that read differently there."""
    return [
        WayIn(
            entrance,
            tuple(
                difference.right
                for difference in compare(policy, policy.through(code))
                if difference.right.key in entrance.rules and difference.differs
            ),
        )
        for code, entrance in policy.entrances.items()
    ]


def announced(policy: Policy) -> list[Words]:
    """Return the rules that concern people and will change, soonest first, as they will read then."""
    shown = {key for topic in TOPICS if topic.for_citizens for key in topic.lines}
    return [line(policy.with_rule(rule), rule.key) for rule in policy.coming if rule.key in shown]


def updates(policy: Policy, most: int) -> list[Words]:
    """Return the rules people see that took effect last, newest first: the page's list of changes."""
    seen = [line for group in for_citizens(policy) for line in group.lines]
    return sorted(seen, key=lambda line: line.rule.effective, reverse=True)[:most]


def explain(policy: Policy) -> str:
    """Return the whole policy as lines of text: label, sentence, source, since when, whose file."""
    lines = [f"{policy.area} {policy.name}  {policy.digest()[:12]}"]
    lines += [
        f"{said.label}: {said.sentence}\n    {said.key} · {said.rule.source} · "
        f"{said.rule.effective:%Y-%m-%d} · {said.rule.area} · {said.rule.source.grade.label}"
        for said in words(policy)
    ]
    for way in ways_in(policy):
        lines.append(f"{way.entrance.name} ({way.entrance.code}, {way.entrance.channel})")
        lines += [f"    {said.label}: {said.sentence}" for said in way.lines]
    return "\n".join(lines)
