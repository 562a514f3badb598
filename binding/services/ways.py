"""Which way reaches whom: 家庭共济 where the area's rules do, 医保钱包 in another province.

An application is of one kind from its first page on; what is in the way of it names the other way.
"""

from django.utils.translation import gettext as _

from binding.models import Kind
from gongji import policy
from gongji.errors import Refused
from gongji.policy import Policy
from ledger.services.wallet import wallet_rules


def require_wallet(rules: Policy) -> None:
    """Raise Refused (`wallet_not_open`) where the giver's area has no wallets."""
    if not rules.wallet.open:
        raise _no_wallet(rules, _("%(area)s的医保钱包还没有开通。") % {"area": rules.name})


def reaches(kind: str, rules: Policy, area: str, *, own_area: str = "") -> bool:
    """Whether money given in this way can be used by somebody insured in `area`."""
    return too_far(kind, rules, area, own_area=own_area) is None


def too_far(kind: str, rules: Policy, area: str, *, own_area: str = "") -> Refused | None:
    """Return why this way does not lead to `area`.

    `own_area` is where the giver is insured: a province's file may speak for a city that has none.
    Codes: `other_province`, `not_connected` (J03) for mutual aid; `same_province`, `wallet_not_open` for a
    wallet.
    """
    if kind == Kind.VIEW:
        return None
    abroad = area[:2] != rules.area[:2]
    if kind == Kind.WALLET:
        return _no_wallet_there(area) if abroad else _at_home()
    if rules.covers(area, own_area):
        return None
    return _other_province(rules) if abroad else _not_connected(rules, area)


def _at_home() -> Refused:
    return Refused(
        "same_province",
        _("家人就在本省参保,不用医保钱包。"),
        _("本省的家人用“家庭共济”:不用转钱,看病不够时直接用您的。"),
    )


def _no_wallet_there(area: str) -> Refused | None:
    there = wallet_rules(area)
    if there.wallet.open:
        return None
    return _no_wallet(there, _("家人参保的%(area)s,医保钱包还没有开通。") % {"area": there.name})


def _no_wallet(rules: Policy, message: str) -> Refused:
    why = _("依据:%(source)s。开通以后再来办,有疑问请打 %(hotline)s。")
    rule = rules.cite("wallet")
    return Refused("wallet_not_open", message, why % {"source": rule.source, "hotline": rules.hotline})


def _other_province(rules: Policy) -> Refused:
    how = _("医保钱包在这里就能办:您转一笔钱,家人收下以后看病买药用。没用完的可以退回。")
    if not rules.wallet.open:
        how = _("%(area)s的医保钱包还没有开通,请打 %(hotline)s 问。") % {
            "area": rules.name,
            "hotline": rules.hotline,
        }
    return Refused("other_province", _("家人在外省参保,要用“医保钱包”。"), how + _kept(rules))


def _not_connected(rules: Policy, area: str) -> Refused:
    there = policy.for_area(area)
    where = _("管您医保的是%(here)s,管家人医保的是%(there)s。") % {
        "here": rules.name,
        "there": there.name if there else _("别的地方"),
    }
    return Refused(
        "not_connected",
        _("两地之间还没有开通,今天办不了。"),
        where + _("家人看病照常用自己的医保。") + _kept(rules),
    )


def _kept(rules: Policy) -> str:
    return _("您在这里填的内容保存 %(days)d 天。") % {"days": rules.draft_days}
