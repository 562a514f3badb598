"""The systems people know today, one row each, with what their users meet there.

Each row is an area file and one of its entrances, or a thing of its own (亲情账户, 医保钱包, a counter).
The expectations are written out here and never read from the rules: they are what the guides say.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from gongji.policy import Relation

EIGHT = frozenset(Relation)
THREE = frozenset({Relation.SPOUSE, Relation.PARENT, Relation.CHILD})


@dataclass(frozen=True)
class System:
    """How one system works, as seen by whoever applies there."""

    key: str
    name: str
    area: str
    """Where the giver is insured."""
    entrance: str = ""
    sides: tuple[str, ...] = ("authorizer",)
    """Who may begin."""
    relations: frozenset[Relation] = EIGHT
    phone: bool = False
    """Whether the relative's telephone must be given."""
    papers: tuple[str, ...] = ()
    """The documents asked for when a spouse is named whom no data prove."""
    papers_though_proven: bool = False
    """Whether they are asked for even where data prove the relation."""
    notice_first: bool = False
    signature: str = "name"
    consent: bool = False
    """Whether a grown-up relative must agree first; otherwise they are told."""
    at_once: bool = False
    """Whether an unproven relation is bound without anybody looking (and, if asked, after the yes)."""
    workdays: int = 3
    most: int | None = 8
    """Relatives one giver may have."""
    neighbour: str = ""
    """A city of the same province."""
    reaches_neighbour: bool = True
    empty_may_bind: bool = True
    keeps: int = 0
    """分 that stay with the giver."""
    order: str = "balance_desc"
    model: str = "pairwise"


def _jiangxi(key: str, name: str, entrance: str, **differs: object) -> System:
    common = {"area": "360100", "neighbour": "360700", "phone": True, "at_once": True}
    return System(key, name, entrance=entrance, **(common | differs))  # type: ignore[arg-type]


def _demo(key: str, name: str, entrance: str, **differs: object) -> System:
    """An area that follows the national rules: nothing of its own stands in the way of the entrance."""
    common = {
        "area": "990100", "neighbour": "990200", "consent": True, "papers": ("marriage_certificate",),
    }  # fmt: skip
    return System(key, name, entrance=entrance, **(common | differs))  # type: ignore[arg-type]


_JIANGMEN = {
    "area": "440700", "neighbour": "440300", "reaches_neighbour": False, "most": 7,
    "papers": ("household_booklet", "id_card"), "papers_though_proven": True,
}  # fmt: skip
_KUNMING = {
    "area": "530100", "neighbour": "530300", "relations": THREE, "phone": True, "empty_may_bind": False,
    "signature": "drawn",
}  # fmt: skip

APPLYING = (
    _demo(
        "gjyb", "国家医保服务平台 App", "gjyb", papers_though_proven=True, signature="drawn",
    ),
    _jiangxi("jxzhyb", "江西智慧医保 App", "jxzhyb", phone=False, signature="tick"),
    _jiangxi("wangting", "江西医保网上服务大厅", "wangting"),
    _jiangxi("ganfutong", "赣服通医保专区", "ganfutong"),
    _jiangxi("jx_wechat", "江西医疗保障微信公众号", "wechat"),
    _jiangxi(
        "pingtai", "医保公共服务平台(政务服务网上大厅)", "pingtai", at_once=False,
        papers=("marriage_certificate",), papers_though_proven=True,
    ),
    System("jm_alipay", "粤医保·支付宝(江门)", entrance="alipay", signature="drawn", **_JIANGMEN),
    System("jm_wechat", "粤医保·微信(江门)", entrance="wechat", notice_first=True, **_JIANGMEN),
    System("yunnanyb", "云南医保小程序(昆明)", entrance="yunnanyb", **_KUNMING),
    System(
        "banshitong", "一部手机办事通(昆明)", entrance="banshitong", notice_first=True, at_once=True,
        **_KUNMING,
    ),
    _demo("alipay", "支付宝医保亲情账户", "alipay", signature="drawn"),
    System(
        "sz_wechat", "微信·深圳社保公众号", area="440300", entrance="wechat", neighbour="440700",
        reaches_neighbour=False, consent=True, papers=("marriage_certificate",), papers_though_proven=True,
        most=7, keeps=4488_00,
    ),
    _demo("wxmini", "微信小程序·医保账户家庭共济", "wxmini"),
    _demo(
        "chengnuo", "微信、支付宝·承诺并上传佐证材料", "chengnuo", papers_though_proven=True, at_once=True,
    ),
    System(
        "fujian", "福建", area="350200", neighbour="350100", sides=("authorizer", "beneficiary"),
        consent=True, at_once=True, keeps=2000_00, model="pool",
    ),
    System(
        "xinjiang", "新疆", area="650100", neighbour="652300", sides=("authorizer", "beneficiary"),
        consent=True, papers=("marriage_certificate",), workdays=1, order="beneficiary_order", model="group",
    ),
    System(
        "xj_app", "新疆·自治区医保 App", area="650100", entrance="app", neighbour="652300",
        sides=("authorizer", "beneficiary"), consent=True, at_once=True, workdays=1,
        order="beneficiary_order", model="group",
    ),
)  # fmt: skip
"""Systems in which people apply themselves."""

OTHERS = {
    "window": "线下窗口",
    "hospital": "定点医疗机构医保结算部门",
    "view": "亲情账户(两边都能添加)",
    "wallet": "医保钱包",
}
"""Systems that are no entrance of an area: tests of their own tell them."""


def over(wanted: Callable[[System], bool] = lambda system: True) -> pytest.MarkDecorator:
    """Run a test once for every system that people apply in and that `wanted` is true of."""
    chosen = [system for system in APPLYING if wanted(system)]
    return pytest.mark.parametrize("system", chosen, ids=[system.key for system in chosen])
