"""May this person give to that relative? Pure, with a reason and another way for every no.

Used before anyone has logged in (four questions, nothing stored) and again by a binding's checks,
where the answers come from the registry. The reason codes are those of ux.md §5.
"""

from dataclasses import dataclass

from gongji.policy.phrase import Phrase, gettext_noop, phrase
from gongji.policy.policy import Policy
from gongji.policy.types import Labelled, Relation, Rule

_ = gettext_noop


class Scheme(Labelled):
    """How the giver is insured; a pooled-only employee has no personal account (finding 6)."""

    EMPLOYEE = "employee", _("职工医保,有个人账户")
    EMPLOYEE_POOLED = "employee_pooled", _("职工医保,没有个人账户(单建统筹)")
    RESIDENT = "resident", _("居民医保")
    NONE = "none", _("没有参加医保")


class Stranger(Labelled):
    """People one may think of who are not 近亲属."""

    IN_LAW = "in_law", _("公婆、岳父母")
    OTHER = "other", _("其他家人或朋友")


class Place(Labelled):
    """Where the relative is insured, seen from the giver."""

    SAME_CITY = "same_city", _("和我同一个市")
    SAME_PROVINCE = "same_province", _("本省别的市")
    ELSEWHERE = "elsewhere", _("外省")
    UNKNOWN = "unknown", _("不清楚")


class Insured(Labelled):
    """Whether the relative has any basic insurance."""

    YES = "yes", _("参加了(职工医保、居民医保都算)")
    NO = "no", _("没有参加")
    UNKNOWN = "unknown", _("不清楚")


class Way(Labelled):
    """What somebody can do instead; pages turn it into a link."""

    START = "start", _("开始办理")
    SPOUSE = "spouse", _("看爱人怎么办")
    ANOTHER = "another", _("换一位家人")
    RELATIVE_GIVES = "relative_gives", _("看家人怎么办")
    WINDOWS = "windows", _("看窗口和电话")
    COMPARE = "compare", _("看医保钱包")
    RULES = "rules", _("看本地规则")


@dataclass(frozen=True)
class Answers:
    """What is known so far; None = not asked yet."""

    scheme: Scheme | None = None
    relation: Relation | Stranger | None = None
    place: Place | None = None
    insured: Insured | None = None
    relative_age: int | None = None


@dataclass(frozen=True)
class Verdict:
    """Yes or no, why, and what to do next."""

    allowed: bool
    code: str
    """ok, closed, or a reason of the catalogue: J01 relation, J02 insurance, J03 place, J04 account."""
    title: Phrase
    text: tuple[Phrase, ...]
    ways: tuple[Way, ...]
    rule: Rule | None = None
    """The rule that decided."""


def place_of(own_area: str, relative_area: str) -> Place:
    """Return how far apart two area codes are: two digits name the province, four the city."""
    if own_area[:4] == relative_area[:4]:
        return Place.SAME_CITY
    return Place.SAME_PROVINCE if own_area[:2] == relative_area[:2] else Place.ELSEWHERE


def check(answers: Answers, policy: Policy | None) -> Verdict:
    """Return the verdict on complete answers; what was not answered does not stand in the way."""
    return obstacle(answers, policy) or _welcome(answers, policy)


def obstacle(answers: Answers, policy: Policy | None) -> Verdict | None:
    """Return the first no among the answers given so far, or None: then the next question may be asked."""
    if policy is None or not policy.open:
        return closed(policy)
    return (
        _account(answers.scheme)
        or _kinship(answers.relation, policy)
        or _place(answers.place, policy)
        or _insured(answers.insured)
    )


def closed(policy: Policy | None) -> Verdict:
    """Return the verdict for an area that takes nothing online, with window and telephone as the next way."""
    return Verdict(
        allowed=False,
        code="closed",
        title=phrase(_("本地区网上办理还没有开通")),
        text=(phrase(_("请到当地医保窗口办理,或打电话问。已经开通的共济照常能用。")),),
        ways=(Way.WINDOWS,),
        rule=policy.cite("open") if policy else None,
    )


def _account(scheme: Scheme | None) -> Verdict | None:
    if scheme in (None, Scheme.EMPLOYEE):
        return None
    title, text = {
        Scheme.RESIDENT: (
            _("您没有个人账户,不能给家人用"),
            _("您参加的是居民医保,没有个人账户,所以显示 0。看病报销照常。"),
        ),
        Scheme.EMPLOYEE_POOLED: (
            _("您没有个人账户,不能给家人用"),
            _("您的职工医保是单建统筹,没有个人账户。这不是余额用完了。看病报销照常。"),
        ),
        Scheme.NONE: (
            _("您要先有职工医保"),
            _("家庭共济用的是职工医保个人账户里的钱。您现在没有参加职工医保。"),
        ),
    }[scheme]
    return Verdict(
        allowed=False,
        code="J04",
        title=phrase(title),
        text=(phrase(text), phrase(_("家人有职工医保的,可以请家人登录,给您开通。"))),
        ways=(Way.RELATIVE_GIVES, Way.WINDOWS),
    )


def _kinship(relation: Relation | Stranger | None, policy: Policy) -> Verdict | None:
    if relation is None or relation in policy.relations:
        return None
    rule = policy.cite("relations")
    if relation is Stranger.IN_LAW:
        return _in_law(rule)
    near = tuple(kind.words for kind in policy.relations)
    return Verdict(
        allowed=False,
        code="J01",
        title=phrase(_("这位家人不在可以共用的范围里")),
        text=(
            phrase(_("{area}可以给这些家人用:{near}。"), area=policy.name, near=near),
            phrase(_("其他家人请用自己的医保,或请他的配偶、父母、子女来开通。")),
        ),
        ways=(Way.ANOTHER, Way.RULES),
        rule=rule,
    )


def _in_law(rule: Rule) -> Verdict:
    return Verdict(
        allowed=False,
        code="J01",
        title=phrase(_("公婆、岳父母不能用您的个人账户")),
        text=(
            phrase(
                _(
                    "这不是您填错了。可以共用的是近亲属:配偶、父母、子女、兄弟姐妹、祖父母、外祖父母、"
                    "孙子女、外孙子女(《民法典》第 1045 条)。爱人的父母不在里面。"
                )
            ),
            phrase(
                _("可以这样办:爱人参加了职工医保的,请爱人自己登录,给自己的父母开通;老人的其他子女也可以办。")
            ),
        ),
        ways=(Way.SPOUSE, Way.ANOTHER),
        rule=rule,
    )


def _place(place: Place | None, policy: Policy) -> Verdict | None:
    if place is Place.ELSEWHERE:
        return _other_province(policy)
    if place is not Place.SAME_PROVINCE or policy.reaches_whole_province:
        return None
    return Verdict(
        allowed=False,
        code="J03",
        title=phrase(_("两地之间还没有开通,今天办不了")),
        text=(
            phrase(_("管您医保的是{area},管家人医保的是别的市。"), area=policy.name),
            phrase(_("家人看病照常用自己的医保。")),
        ),
        ways=(Way.ANOTHER, Way.WINDOWS),
        rule=policy.cite("area_scope"),
    )


def _other_province(policy: Policy) -> Verdict:
    how = phrase(_("医保钱包在这里就能办:先开通,再转一笔钱,家人收下以后看病买药用。"))
    if not policy.wallet.open:
        how = phrase(_("医保钱包在本省还没有全部开通,请打 {number} 问。"), number=policy.hotline)
    return Verdict(
        allowed=False,
        code="J03",
        title=phrase(_("家人在外省参保,要用“医保钱包”")),
        text=(how, phrase(_("家人看病照常用自己的医保。"))),
        ways=(Way.COMPARE, Way.ANOTHER),
        rule=policy.cite("wallet"),
    )


def _insured(insured: Insured | None) -> Verdict | None:
    if insured is not Insured.NO:
        return None
    return Verdict(
        allowed=False,
        code="J02",
        title=phrase(_("家人要先参加基本医保")),
        text=(
            phrase(_("家人现在没有参加基本医保。参保生效后可以再办,您的条件不受影响。")),
            phrase(_("职工医保由单位办。居民医保在集中缴费期办,请打电话或到窗口问。")),
        ),
        ways=(Way.WINDOWS, Way.ANOTHER),
    )


def _welcome(answers: Answers, policy: Policy | None) -> Verdict:
    assert policy is not None, "a closed area is an obstacle"
    text = []
    if answers.place is Place.SAME_PROVINCE:
        text.append(phrase(_("家人在本省别的市参保。本省已经可以跨市共用。")))
    if Place.UNKNOWN is answers.place or Insured.UNKNOWN is answers.insured:
        text.append(phrase(_("家人在哪儿参保、参保了没有,我们会用数据核对。")))
    if answers.relative_age is not None and answers.relative_age < policy.minor_age:
        text.append(phrase(_("家人不满 {n} 岁,不用刷脸,由您(监护人)同意。"), n=policy.minor_age))
    return Verdict(
        allowed=True,
        code="ok",
        title=phrase(_("可以办")),
        text=tuple(text),
        ways=(Way.START, Way.RULES),
    )
