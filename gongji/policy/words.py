"""A policy in words: one plain sentence per rule, for the pages, the commands and the comparison."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gongji.money import yuan
from gongji.policy.phrase import Phrase, gettext_noop, phrase
from gongji.policy.policy import Policy
from gongji.policy.types import (
    AreaScope,
    AutoEnd,
    Category,
    Consent,
    ConsentWay,
    Labelled,
    Letter,
    Model,
    Premium,
    Relation,
    Rule,
)

_ = gettext_noop


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


Say = Callable[[Policy], Phrase]


def _listed(kind: type[Labelled], chosen: Collection[Labelled]) -> Phrase:
    # A set has no order of its own: the order of the enumeration is the one people know.
    return phrase("{all}", all=tuple(member.words for member in kind if member in chosen))


def _limited(value: int | None, some: str, no_limit: str) -> Phrase:
    return phrase(no_limit) if value is None else phrase(some, n=value)


def _letter(letter: Letter) -> Phrase:
    return phrase(
        _("《{title}》第 {version} 版,共 {n} 条"),
        title=letter.title,
        version=letter.version,
        n=len(letter.clauses),
    )


def _initiators(policy: Policy) -> Phrase:
    if len(policy.who_may_initiate) > 1:
        return phrase(_("出钱的人和用钱的家人都可以发起"))
    return phrase(_("由{side}发起"), side=policy.who_may_initiate[0].words)


def _consent(policy: Policy) -> Phrase:
    sentence = {
        Consent.REQUIRED: _("满 {age} 岁的家人要自己同意;不满 {age} 岁的由监护人同意"),
        Consent.NOTICE: _("开通后通知家人,家人可以随时退出"),
        Consent.NONE: _("不用家人同意"),
    }
    return phrase(sentence[policy.beneficiary_consent], age=policy.minor_age)


def _scope(policy: Policy) -> Phrase:
    sentence = {
        AreaScope.POOL: _("两人的医保要归同一个统筹区管"),
        AreaScope.CITY: _("两人要在同一个市参保"),
        AreaScope.PROVINCE: _("两人在同一个省参保就可以,跨市也行"),
    }
    return phrase(sentence[policy.area_scope])


def _levels(policy: Policy) -> Phrase:
    levels = policy.levels
    return phrase(
        _("申请:{apply};同意:{consent};看家人的记录:{view}"),
        apply=levels.apply.words,
        consent=levels.consent.words,
        view=levels.view.words,
    )


def _open(policy: Policy) -> Phrase:
    if policy.open:
        return phrase(_("可以在网上办理"))
    return phrase(_("本地区网上办理还没有开通,请到窗口办"))


def _min_balance(policy: Policy) -> Phrase:
    if not policy.min_balance:
        return phrase(_("有余额就能共用,不用留钱"))
    if policy.model is Model.POOL:
        return phrase(_("自己账户里要留 {amount} 元,多出的才能划拨"), amount=yuan(policy.min_balance))
    return phrase(_("出钱的人账户里要留 {amount} 元,多出的才能共用"), amount=yuan(policy.min_balance))


def _premiums(policy: Policy) -> Phrase:
    if not policy.premiums:
        return phrase(_("本地还没有公布能在网上代缴的标准"))
    return phrase("{all}", all=tuple(_premium(premium) for premium in policy.premiums))


def _premium(premium: Premium) -> Phrase:
    return phrase(
        _("{year} 年度{kind} {amount} 元(缴费期 {opens} 到 {closes})"),
        year=premium.year,
        kind=premium.category.words,
        amount=yuan(premium.amount),
        opens=premium.opens.isoformat(),
        closes=premium.closes.isoformat(),
    )


def _refund(policy: Policy) -> Phrase:
    if not policy.premium_refund_days:
        return phrase(_("代缴以后要退,请找当地医保部门"))
    return phrase(
        _("代缴以后 {n} 天内,缴的人可以自己退;过了时间请找当地医保部门"), n=policy.premium_refund_days
    )


def _wallet(policy: Policy) -> Phrase:
    wallet = policy.wallet
    if not wallet.open:
        return phrase(_("医保钱包在本省还没有全部开通"))
    return phrase(
        _("外省的家人用医保钱包:每天最多转 {n} 次,每次最多 {amount} 元,{closed} 到第二天 {opens} 不能转"),
        n=wallet.daily_transfers,
        amount=yuan(wallet.max_transfer),
        closed=f"{wallet.closed_from:%H:%M}",
        opens=f"{wallet.closed_until:%H:%M}",
    )


def _office_hours(policy: Policy) -> Phrase:
    spans = tuple(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in policy.office_hours)
    return phrase(_("工作日 {spans}(北京时间)"), spans=spans)


def _unbind(policy: Policy) -> Phrase:
    if policy.unbind_lock_days:
        return phrase(_("开通满 {n} 天以后才能解除"), n=policy.unbind_lock_days)
    return phrase(_("随时可以解除,解除后马上停用"))


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


def _retention(policy: Policy) -> Phrase:
    days = policy.retention
    return phrase(
        _("材料照片在办结后保存 {a} 天,草稿保存 {b} 天,办件记录保存 {c} 天"),
        a=days.proof_days,
        b=days.draft_days,
        c=days.application_days,
    )


_LINES: Mapping[str, tuple[str, Say]] = MappingProxyType(
    {
        "open": (_("网上办理"), _open),
        "model": (_("共济方式"), lambda p: p.model.words),
        "relations": (_("可以给谁用"), lambda p: _listed(Relation, p.relations)),
        "max_beneficiaries": (
            _("最多几位家人"),
            lambda p: _limited(p.max_beneficiaries, _("一个人最多给 {n} 位家人开通"), _("不限人数")),
        ),
        "max_authorizers": (
            _("一位家人能用几个人的钱"),
            lambda p: _limited(p.max_authorizers, _("最多用 {n} 个人的"), _("不限人数")),
        ),
        "view_max_delegates": (
            _("亲情账户:能看几位家人的"),
            lambda p: _limited(p.view_max_delegates, _("最多 {n} 位"), _("不限人数")),
        ),
        "view_max_viewers": (
            _("亲情账户:能给几个人看"),
            lambda p: _limited(p.view_max_viewers, _("最多 {n} 位"), _("不限人数")),
        ),
        "view_days": (
            _("亲情账户:一次能看多久"),
            lambda p: phrase(_("{all} 天"), all=tuple(str(days) for days in p.view_days)),
        ),
        "area_scope": (_("在哪儿参保"), _scope),
        "minor_age": (_("未成年家人"), lambda p: phrase(_("不满 {n} 岁由监护人同意"), n=p.minor_age)),
        "who_may_initiate": (_("谁来发起"), _initiators),
        "beneficiary_consent": (_("家人要不要同意"), _consent),
        "review_mode": (_("怎么审核"), lambda p: p.review_mode.words),
        "same_household_fast_path": (
            _("同一本户口簿"),
            lambda p: phrase(_("不用传材料") if p.same_household_fast_path else _("也要证明是什么关系")),
        ),
        "phone_required": (
            _("家人的手机号"),
            lambda p: phrase(_("必须填") if p.phone_required else _("可以不填")),
        ),
        "documents_asked": (_("要不要传材料"), lambda p: p.documents_asked.words),
        "signature": (_("承诺书怎么签"), lambda p: p.signature.words),
        "notice_first": (
            _("办理前"),
            lambda p: phrase(_("先读告知书,同意了再办") if p.notice_first else _("告知书随时可以看")),
        ),
        "consent_ways": (_("家人怎么表示同意"), lambda p: _listed(ConsentWay, p.consent_ways)),
        "levels": (_("身份核到哪一步"), _levels),
        "entrances": (
            _("办理入口"),
            lambda p: (
                phrase("{all}", all=tuple(entrance.name for entrance in p.entrances.values()))
                if p.entrances
                else phrase(_("网上和窗口"))
            ),
        ),
        "zero_balance_may_bind": (
            _("余额是 0"),
            lambda p: phrase(
                _("也可以先开通,有钱了就能用") if p.zero_balance_may_bind else _("有余额时才能开通")
            ),
        ),
        "validity_months": (
            _("有效期"),
            lambda p: _limited(p.validity_months, _("{n} 个月"), _("长期有效,直到解除")),
        ),
        "proofs": (
            _("证明材料"),
            lambda p: phrase(_("数据核对得上的不用传;核对不上的,按关系交一种材料")),
        ),
        "share_order": (
            _("先用谁的钱"),
            lambda p: phrase(
                _("先用家人自己的,不够再用别人给的;几个人给的:{order}"), order=p.share_order.words
            ),
        ),
        "min_balance": (_("要留多少钱"), _min_balance),
        "allowed": (_("能用在哪儿"), lambda p: _listed(Category, p.allowed)),
        "prohibited": (
            _("不能用在哪儿"),
            lambda p: _listed(Category, p.prohibited) if p.prohibited else phrase(_("没有另外规定")),
        ),
        "credential": (_("看病买药出示什么"), lambda p: p.credential.words),
        "wallet": (_("家人在外省"), _wallet),
        "pool_transfers_per_month": (
            _("划拨次数"),
            lambda p: _limited(p.pool_transfers_per_month, _("每月最多 {n} 次"), _("不限次数")),
        ),
        "pool_leave": (_("退出后划进去的钱"), lambda p: p.pool_leave.words),
        "credit_day": (_("每月划入"), lambda p: phrase(_("每月 {n} 日前到账"), n=p.credit_day)),
        "premiums": (_("代缴家人的保费"), _premiums),
        "premium_refund_days": (_("代缴了要退"), _refund),
        "unbind_lock_days": (_("解除"), _unbind),
        "auto_end": (
            _("什么时候自动停"),
            lambda p: phrase(_("{all},共济自动停止"), all=_listed(AutoEnd, p.auto_end)),
        ),
        "review_workdays": (_("多久出结果"), lambda p: phrase(_("{n} 个工作日内"), n=p.review_workdays)),
        "recheck_workdays": (
            _("补材料以后"),
            lambda p: phrase(_("{n} 个工作日内再看"), n=p.recheck_workdays),
        ),
        "draft_days": (_("没填完的"), lambda p: phrase(_("保存 {n} 天"), n=p.draft_days)),
        "return_workdays": (_("补材料的期限"), lambda p: phrase(_("{n} 个工作日"), n=p.return_workdays)),
        "consent_days": (_("家人同意的期限"), lambda p: phrase(_("{n} 天"), n=p.consent_days)),
        "appeal_days": (_("申请复核的期限"), lambda p: phrase(_("{n} 天,一次"), n=p.appeal_days)),
        "office_hours": (_("审核员上班时间"), _office_hours),
        "windows": (_("窗口"), lambda p: phrase("{all}", all=tuple(place.name for place in p.windows))),
        "hotline": (_("电话"), lambda p: phrase("{number}", number=p.hotline)),
        "notice": (_("告知书"), lambda p: _letter(p.notice)),
        "commitment": (_("承诺书"), lambda p: _letter(p.commitment)),
        "view_notice": (_("亲情账户告知书"), lambda p: _letter(p.view_notice)),
        "view_commitment": (_("亲情账户承诺书"), lambda p: _letter(p.view_commitment)),
        "wallet_notice": (_("医保钱包告知书"), lambda p: _letter(p.wallet_notice)),
        "wallet_commitment": (_("医保钱包承诺书"), lambda p: _letter(p.wallet_commitment)),
        "health_consent": (_("单独同意"), lambda p: _letter(p.health_consent)),
        "documents": (
            _("材料种类"),
            lambda p: phrase("{all}", all=tuple(document.label for document in p.documents.values())),
        ),
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
        "retention": (_("资料保存"), _retention),
    }
)

_GROUPS = (
    (_("谁能用"), ("relations", "max_beneficiaries", "max_authorizers", "area_scope", "minor_age")),
    (
        _("怎么办"),
        (
            "open", "entrances", "model", "who_may_initiate", "levels", "notice_first", "beneficiary_consent",
            "consent_ways", "documents_asked", "proofs", "signature", "phone_required",
            "zero_balance_may_bind", "same_household_fast_path",
        ),
    ),
    (
        _("要多久"),
        (
            "review_mode", "review_workdays", "recheck_workdays", "return_workdays", "consent_days",
            "appeal_days", "draft_days", "office_hours",
        ),
    ),
    (
        _("钱怎么用"),
        (
            "share_order", "min_balance", "pool_transfers_per_month", "pool_leave", "allowed", "prohibited",
            "credential", "credit_day", "premiums", "premium_refund_days", "wallet",
        ),
    ),
    (_("怎么停"), ("unbind_lock_days", "auto_end", "validity_months")),
    (_("只看不花钱的亲情账户"), ("view_max_delegates", "view_max_viewers", "view_days")),
    (
        _("您要读的文书"),
        (
            "notice", "commitment", "view_notice", "view_commitment", "wallet_notice", "wallet_commitment",
            "health_consent", "retention",
        ),
    ),
)  # fmt: skip


_OF_A_POOL = {"pool_transfers_per_month", "pool_leave"}
"""Rules that mean nothing to people whose area has no household pools."""


def _concerns(key: str, *policies: Policy) -> bool:
    return key not in _OF_A_POOL or any(policy.model is Model.POOL for policy in policies)


def line(policy: Policy, key: str) -> Words:
    """Return the sentence of one rule; KeyError for an unknown key."""
    label, say = _LINES[key]
    return Words(key=key, label=Phrase(label), sentence=say(policy), rule=policy.cite(key))


def words(policy: Policy) -> list[Words]:
    """Return every rule of `policy` in words, those of the bureau's own care included."""
    return [line(policy, key) for key in _LINES]


def for_citizens(policy: Policy) -> list[Group]:
    """Return the rules that concern people, under headings, in the order in which questions come up."""
    return [
        Group(Phrase(title), tuple(line(policy, key) for key in keys if _concerns(key, policy)))
        for title, keys in _GROUPS
    ]


def compare(left: Policy, right: Policy) -> list[Difference]:
    """Return the rules that concern people side by side."""
    return [
        Difference(Phrase(_LINES[key][0]), line(left, key), line(right, key))
        for _title, keys in _GROUPS
        for key in keys
        if _concerns(key, left, right)
    ]


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
    return "\n".join(lines)
