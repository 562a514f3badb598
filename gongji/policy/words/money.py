"""How the money is used: in which order, from where on, for what, and through the wallet."""

from gongji.money import yuan
from gongji.policy.phrase import Phrase, gettext_noop, phrase
from gongji.policy.policy import Policy
from gongji.policy.types import Category, Model, Premium
from gongji.policy.words.topic import Topic, limited, listed

_ = gettext_noop


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


MONEY = Topic(
    _("钱怎么用"),
    {
        "share_order": (
            _("先用谁的钱"),
            lambda p: phrase(
                _("先用家人自己的,不够再用别人给的;几个人给的:{order}"), order=p.share_order.words
            ),
        ),
        "min_balance": (_("要留多少钱"), _min_balance),
        "pool_transfers_per_month": (
            _("划拨次数"),
            lambda p: limited(p.pool_transfers_per_month, _("每月最多 {n} 次"), _("不限次数")),
        ),
        "pool_leave": (_("退出后划进去的钱"), lambda p: p.pool_leave.words),
        "allowed": (
            _("能用在哪儿"),
            lambda p: listed(Category, p.allowed) if p.allowed else phrase(_("还没有规定")),
        ),
        "prohibited": (
            _("不能用在哪儿"),
            lambda p: listed(Category, p.prohibited) if p.prohibited else phrase(_("没有另外规定")),
        ),
        "credential": (_("看病买药出示什么"), lambda p: p.credential.words),
        "credit_day": (_("每月划入"), lambda p: phrase(_("每月 {n} 日前到账"), n=p.credit_day)),
        "premiums": (_("代缴家人的保费"), _premiums),
        "premium_refund_days": (_("代缴了要退"), _refund),
        "wallet": (_("家人在外省"), _wallet),
    },
)

OF_A_POOL = {"pool_transfers_per_month", "pool_leave"}
"""Rules that mean nothing to people whose area has no household pools."""


def concerns(key: str, *policies: Policy) -> bool:
    """Whether a rule means anything in these areas."""
    return key not in OF_A_POOL or any(policy.model is Model.POOL for policy in policies)
