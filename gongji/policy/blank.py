"""The rule file of an area that nobody has written yet: every key explained, and nothing decided.

Prose begins with "##", a rule with "#": without that one character it is in force.
"""

from collections.abc import Iterator, Mapping
from datetime import date

from gongji.policy.meanings import MEANINGS, Values
from gongji.policy.policy import Policy
from gongji.policy.types import Grade
from gongji.policy.words import TOPICS, line
from gongji.policy.words.topic import Topic

_HEAD = """\
## {name}: 家庭共济规则 / rules of family mutual aid.
##
## 怎么用:每条规则都带着说明写在下面,前面有 #,表示不另外规定,用上级({parent})的。要改哪一条,
##   就把那一条每行前面的 # 去掉,改 value,写上依据(source)和生效日期(effective)。
## How to use: every rule stands below with its meaning, behind a #, and is that of {parent}.
##   To decide one, take the # away from its lines, change value, name source and effective.
##   A value that changes on a day is written twice, [[key]] each time, the later one second.
## 检查 / check: manage.py policy check · 用话说 / in words: manage.py policy explain {area}
area = "{area}"
name = "{name}"

## ================================================================ 依据 / sources
## 每条规则都要写依据。几条可以用同一个。没有文号的,number 那一行不写。
## Every rule names a source; several may name the same. Without a number (文号) leave that line out.
## 可信程度 / grade: {grades}
#[sources.notice]
#title = "{name}医疗保障局关于职工医保个人账户家庭共济的通知"
#number = "文号〔{year}〕1号"
#grade = "B"
"""


def blank(*, area: str, name: str, parent: Policy, day: date) -> str:
    """Return the text of a rule file for `area` that inherits everything from `parent`.

    `day` is written as the effective date of every rule that is uncommented.
    """
    grades = ", ".join(f"{grade} {grade.label}" for grade in Grade)
    head = _HEAD.format(area=area, name=name, parent=parent.name, grades=grades, year=day.year)
    return "\n".join([head, *(part for topic in TOPICS for part in _topic(topic, parent, day))]) + "\n"


def _topic(topic: Topic, parent: Policy, day: date) -> Iterator[str]:
    yield f"## {'=' * 64} {topic.title}"
    for key in topic.lines:
        yield from _rule(key, parent, day)
        yield ""


def _rule(key: str, parent: Policy, day: date) -> Iterator[str]:
    said = line(parent, key)
    meaning, values = MEANINGS[key]
    yield f"## {said.label}: {said.sentence}"
    yield f"## {meaning}"
    yield from _values(values)
    value = toml(parent.cite(key).raw).splitlines()
    yield f"#[{key}]"
    yield f"#value = {value[0]}"
    yield from (f"#{more}" for more in value[1:])
    yield '#source = "notice"'
    yield f"#effective = {day.isoformat()}"


def _values(values: Values) -> Iterator[str]:
    if isinstance(values, str):
        yield f"## 可以写 / values: {values}"
        return
    yield "## 可以写 / values:"
    yield from (f'##   "{member.value}" {member.label}' for member in values)


# ------------------------------------------------------------- TOML
def toml(raw: object, depth: int = 0) -> str:
    """Write a value as a rule file would; long lists one item a line."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int):
        return str(raw)
    if isinstance(raw, Mapping):
        return "{ " + ", ".join(f"{key} = {toml(value, depth)}" for key, value in raw.items()) + " }"
    if isinstance(raw, list | tuple):
        return _list([toml(item, depth + 1) for item in raw], depth)
    return '"' + str(raw).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _list(items: list[str], depth: int) -> str:
    short = "[" + ", ".join(items) + "]"
    if depth or len(short) < 90:
        return short
    return "[\n" + "".join(f"    {item},\n" for item in items) + "]"
