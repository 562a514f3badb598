"""Entrances, proofs, places and texts; and what the bureau watches over for itself."""

from collections.abc import Mapping

from gongji.money import yuan
from gongji.policy.phrase import Phrase, gettext_noop, phrase
from gongji.policy.policy import Policy
from gongji.policy.types import Letter, ProofChoice, Relation
from gongji.policy.words.topic import Topic, joined

_ = gettext_noop


def _entrances(policy: Policy) -> Phrase:
    if not policy.entrances:
        return phrase(_("网上和窗口"))
    return phrase("{all}", all=tuple(entrance.name for entrance in policy.entrances.values()))


def _proofs(policy: Policy) -> Phrase:
    """Relations that are proven by the same documents are named together."""
    by_choices: dict[tuple[ProofChoice, ...], list[Relation]] = {}
    for relation in policy.relations:
        by_choices.setdefault(policy.proofs[relation], []).append(relation)
    told = [_proven_by(policy, relations, choices) for choices, relations in by_choices.items()]
    return joined(_("{one};{next}"), told)


def _proven_by(policy: Policy, relations: list[Relation], choices: tuple[ProofChoice, ...]) -> Phrase:
    named = ["+".join(policy.documents[kind].label for kind in choice.documents) for choice in choices]
    return phrase(
        _("{relations}:{documents}"),
        relations=tuple(relation.words for relation in relations),
        documents=joined(_("{one},或{next}"), [phrase("{name}", name=name) for name in named]),
    )


def _letter(letter: Letter) -> Phrase:
    return phrase(
        _("《{title}》第 {version} 版,共 {n} 条"),
        title=letter.title,
        version=letter.version,
        n=len(letter.clauses),
    )


def _retention(policy: Policy) -> Phrase:
    days = policy.retention
    return phrase(
        _("材料照片在办结后保存 {a} 天,草稿保存 {b} 天,办件记录保存 {c} 天"),
        a=days.proof_days,
        b=days.draft_days,
        c=days.application_days,
    )


def _four_eyes(policy: Policy) -> Phrase:
    limits = policy.four_eyes
    return phrase(
        _(
            "12 个月内第 {a} 位家人起,一位家人第 {b} 个出钱的人起,30 天内同一手机第 {c} 个人起,"
            "每月上限 {d} 元起"
        ),
        a=limits.relatives_in_12_months,
        b=limits.givers_of_one_relative,
        c=limits.givers_of_one_phone_in_30_days,
        d=yuan(limits.monthly_cap),
    )


def _sampling(policy: Policy) -> Phrase:
    sampling = policy.sampling
    return phrase(
        _("抽查 {a}%,新审核员头 {days} 天 {b}%,每天 {low} 到 {high} 件"),
        a=sampling.percent,
        b=sampling.newcomer_percent,
        days=sampling.newcomer_days,
        low=sampling.daily_min,
        high=sampling.daily_max,
    )


def _names(named: Mapping[str, str]) -> Phrase:
    return phrase("{all}", all=tuple(named.values()))


ENTRANCES = Topic(_("办理入口"), {"entrances": (_("办理入口"), _entrances)}, own_section=True)

PROOFS = Topic(
    _("证明材料"),
    {
        "proofs": (_("按关系交什么"), _proofs),
        "documents": (
            _("材料种类"),
            lambda p: _names({kind: document.label for kind, document in p.documents.items()}),
        ),
    },
    own_section=True,
)

PLACES = Topic(
    _("窗口和电话"),
    {
        "windows": (_("窗口"), lambda p: _names({place.name: place.name for place in p.windows})),
        "hotline": (_("电话"), lambda p: phrase("{number}", number=p.hotline)),
    },
    own_section=True,
)

LETTERS = Topic(
    _("您要读的文书"),
    {
        "notice": (_("告知书"), lambda p: _letter(p.notice)),
        "commitment": (_("承诺书"), lambda p: _letter(p.commitment)),
        "view_notice": (_("亲情账户告知书"), lambda p: _letter(p.view_notice)),
        "view_commitment": (_("亲情账户承诺书"), lambda p: _letter(p.view_commitment)),
        "wallet_notice": (_("医保钱包告知书"), lambda p: _letter(p.wallet_notice)),
        "wallet_commitment": (_("医保钱包承诺书"), lambda p: _letter(p.wallet_commitment)),
        "health_consent": (_("单独同意"), lambda p: _letter(p.health_consent)),
        "retention": (_("资料保存"), _retention),
    },
)

BUREAU = Topic(
    _("医保部门自己的规矩"),
    {
        "remind_percent": (
            _("催办"),
            lambda p: phrase(_("用掉时限的 {all}"), all=tuple(f"{part}%" for part in p.remind_percent)),
        ),
        "four_eyes": (_("两人审核"), _four_eyes),
        "denials_stop": (
            _("家人说不认识申请人"),
            lambda p: phrase(_("30 天内 {n} 次,先核实再受理"), n=p.denials_stop),
        ),
        "sampling": (_("抽查"), _sampling),
    },
    for_citizens=False,
)
