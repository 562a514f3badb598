"""The vocabulary of a rule file: what an area decides, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from gongji.policy.phrase import Phrase, gettext_noop

NATIONAL = "000000"
"""The code of national.toml, the root every area inherits from."""


class Labelled(StrEnum):
    """A code with the words people see; the label is the Chinese source text, ready for gettext."""

    label: str

    def __new__(cls, value: str, label: str = "") -> "Labelled":
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @property
    def words(self) -> Phrase:
        """The label as a phrase, to be set into a sentence."""
        return Phrase(self.label)


class Relation(Labelled):
    """What the beneficiary is to the authorizer: the eight 近亲属 of 民法典 §1045."""

    SPOUSE = "spouse", gettext_noop("配偶")
    PARENT = "parent", gettext_noop("父母")
    CHILD = "child", gettext_noop("子女")
    SIBLING = "sibling", gettext_noop("兄弟姐妹")
    GRANDPARENT = "grandparent", gettext_noop("祖父母")
    MATERNAL_GRANDPARENT = "maternal_grandparent", gettext_noop("外祖父母")
    GRANDCHILD = "grandchild", gettext_noop("孙子女")
    MATERNAL_GRANDCHILD = "maternal_grandchild", gettext_noop("外孙子女")

    @property
    def inverse(self) -> "Relation":
        """What the authorizer is to the beneficiary."""
        return _INVERSE.get(self, self)


_INVERSE = {
    Relation.PARENT: Relation.CHILD,
    Relation.CHILD: Relation.PARENT,
    Relation.GRANDPARENT: Relation.GRANDCHILD,
    Relation.GRANDCHILD: Relation.GRANDPARENT,
    Relation.MATERNAL_GRANDPARENT: Relation.MATERNAL_GRANDCHILD,
    Relation.MATERNAL_GRANDCHILD: Relation.MATERNAL_GRANDPARENT,
}


class Model(Labelled):
    """How the money is shared (domain.md, finding 2)."""

    PAIRWISE = "pairwise", gettext_noop("一对一授权")
    POOL = "pool", gettext_noop("家庭共济账户(划拨)")
    GROUP = "group", gettext_noop("家庭组授权额度")


class PoolLeave(Labelled):
    """What becomes of the money that somebody put into a household pool and leaves."""

    STAYS = (
        "stays",
        gettext_noop("留在账户里给还在的家人用。账户解散时,剩下的钱按各人划入的多少退回,退出的人也有份"),
    )
    SHARE = "share", gettext_noop("退出时,账户里剩下的钱按各人划入的多少退回自己那一份")


class AreaScope(Labelled):
    """How far apart the two may be insured; other provinces go by 医保钱包."""

    POOL = "pool", gettext_noop("同一个统筹区")
    CITY = "city", gettext_noop("同一个市")
    PROVINCE = "province", gettext_noop("同一个省")


class Side(Labelled):
    """The two ends of a binding."""

    AUTHORIZER = "authorizer", gettext_noop("出钱的人")
    BENEFICIARY = "beneficiary", gettext_noop("用钱的家人")


class Consent(Labelled):
    """Whether the other party must agree first."""

    REQUIRED = "required", gettext_noop("要家人先同意")
    NOTICE = "notice", gettext_noop("通知家人,家人可随时退出")
    NONE = "none", gettext_noop("不用家人同意")


class ReviewMode(Labelled):
    """Who decides an application.

    staff: always a reviewer. facts: at once when every needed fact is proven by data, else a reviewer.
    commitment: at once on the signed 承诺书 when no data contradict it, else a reviewer.
    """

    STAFF = "staff", gettext_noop("工作人员审核")
    FACTS = "facts", gettext_noop("数据核对上就办结,核不上由工作人员审核")
    COMMITMENT = "commitment", gettext_noop("签承诺书就办结,数据有矛盾由工作人员审核")


class DocumentsAsked(Labelled):
    """When documents must be handed in. Whatever data contradict, and another's child, always needs some."""

    NEVER = "never", gettext_noop("不用传材料")
    UNPROVEN = "unproven", gettext_noop("数据核对不上时才传")
    ALWAYS = "always", gettext_noop("都要传材料")


class Signing(Labelled):
    """How the 承诺书 is signed; without JavaScript a drawn signature becomes the typed name."""

    TICK = "tick", gettext_noop("勾选承诺")
    NAME = "name", gettext_noop("写上本人姓名")
    DRAWN = "drawn", gettext_noop("在屏幕上手写签名")


class ConsentWay(Labelled):
    """How somebody may say yes or no as themselves. Never by a code read out to somebody else."""

    LOGIN = "login", gettext_noop("自己登录")
    HANDED = "handed", gettext_noop("当面用家人的手机,由工作人员核对")
    WINDOW = "window", gettext_noop("到窗口")
    CALL = "call", gettext_noop("12393 回拨")


class Level(Labelled):
    """How surely somebody is known; each includes the ones before. None of them needs a face alone."""

    REGISTRY = "registry", gettext_noop("姓名、证件号、手机号和参保登记一致")
    DOCUMENTS = "documents", gettext_noop("工作人员核对过证件照片")
    PHOTO = "photo", gettext_noop("工作人员核对过证件和本人照片")
    OIDC = "oidc", gettext_noop("用统一身份认证登录过")
    WINDOW = "window", gettext_noop("窗口当面核对过")


class Channel(Labelled):
    """Whether people do it themselves or somebody behind the glass does it for them."""

    WEB = "web", gettext_noop("自己在网上办")
    WINDOW = "window", gettext_noop("窗口代办")


class ShareOrder(Labelled):
    """In which order several authorizers pay."""

    BALANCE_DESC = "balance_desc", gettext_noop("谁的余额多先用谁的")
    BIND_ORDER = "bind_order", gettext_noop("谁先开通先用谁的")
    BENEFICIARY_ORDER = "beneficiary_order", gettext_noop("按用钱的家人排的顺序")


class Credential(Labelled):
    """Whose code the beneficiary shows at the counter."""

    OWN = "own", gettext_noop("家人自己的医保码")
    AUTHORIZER = "authorizer", gettext_noop("出钱的人的医保码")


class AutoEnd(Labelled):
    """What ends a binding by itself."""

    INSURANCE_ENDED = "insurance_ended", gettext_noop("医保停了")
    INSURANCE_MOVED = "insurance_moved", gettext_noop("医保转到外地")
    DECEASED = "deceased", gettext_noop("去世")
    AREA_CLOSED = "area_closed", gettext_noop("本地停办共济")


class Category(Labelled):
    """What a settlement is for (contract §3)."""

    OUTPATIENT = "outpatient", gettext_noop("普通门诊")
    OUTPATIENT_CHRONIC = "outpatient_chronic", gettext_noop("门诊慢特病")
    INPATIENT = "inpatient", gettext_noop("住院")
    MATERNITY = "maternity", gettext_noop("生育")
    DRUG = "drug", gettext_noop("药品")
    DEVICE = "device", gettext_noop("医疗器械")
    CONSUMABLE = "consumable", gettext_noop("医用耗材")
    VACCINE = "vaccine", gettext_noop("自费疫苗")
    PREMIUM_RESIDENT = "premium_resident", gettext_noop("居民医保缴费")
    PREMIUM_LARGE = "premium_large", gettext_noop("大额医疗补助缴费")
    PREMIUM_LTC = "premium_ltc", gettext_noop("长期护理保险缴费")
    PREMIUM_COMMERCIAL = "premium_commercial", gettext_noop("商业健康保险缴费")
    COSMETIC = "cosmetic", gettext_noop("美容整形")
    SUPPLEMENT = "supplement", gettext_noop("保健品")
    FITNESS = "fitness", gettext_noop("健身养生")
    OVERSEAS = "overseas", gettext_noop("境外就医")


class Grade(Labelled):
    """How far a source can be trusted (domain.md)."""

    A = "A", gettext_noop("政府或新华社原文")
    B = "B", gettext_noop("报刊或文件转载")
    C = "C", gettext_noop("公开网页整理")
    D = "D", gettext_noop("平台暂定")
    K = "K", gettext_noop("通行做法,原文待核")
    DEMO = "demo", gettext_noop("演示数据,纯属虚构")


@dataclass(frozen=True)
class Source:
    """Where a rule comes from: title, 文号 where it is known, how far to trust it."""

    key: str
    title: str
    grade: Grade
    number: str = ""

    def __str__(self) -> str:
        return f"{self.title}({self.number})" if self.number else self.title


@dataclass(frozen=True)
class Rule:
    """One value in force with its legal source and the day it took effect."""

    key: str
    value: object
    raw: object
    source: Source
    effective: date
    area: str
    """The area whose file says so; an inherited rule names its ancestor."""


@dataclass(frozen=True)
class Page:
    """One picture a document needs."""

    code: str
    label: str
    hint: str


@dataclass(frozen=True)
class Document:
    """A proof document: how people call it, which pages, how to photograph it."""

    kind: str
    label: str
    pages: tuple[Page, ...]
    how_to: str
    reads_as: str
    """The kind whose layout the reader uses; another person's birth certificate reads like any."""


@dataclass(frozen=True)
class ProofChoice:
    """Documents that together prove a relation; a relation has one or more choices."""

    documents: tuple[str, ...]

    @property
    def key(self) -> str:
        """A stable code for forms and rows, e.g. "birth_certificate+parent_birth_certificate"."""
        return "+".join(self.documents)


@dataclass(frozen=True)
class Window:
    """A place with people behind the glass; hours are Beijing time."""

    name: str
    address: str
    phone: str
    hours: str


@dataclass(frozen=True)
class Letter:
    """A text people accept: 承诺书, 告知书, 单独同意书. A changed text needs a new version."""

    version: str
    title: str
    clauses: tuple[str, ...]
    closing: str


@dataclass(frozen=True)
class Levels:
    """Which act needs which level of identity."""

    apply: Level
    """To start an application."""
    consent: Level
    """To say yes to one."""
    view: Level
    """To look at a relative's record under 亲情账户."""


@dataclass(frozen=True)
class Entrance:
    """One way into the service, e.g. a mini program of the province, and what is different there."""

    code: str
    name: str
    channel: Channel
    rules: Mapping[str, object]
    """Rules that differ from the area's own, by key, as a rule file writes their values."""


@dataclass(frozen=True)
class Wallet:
    """医保钱包, the cross-province way: transfers a day, 分 per transfer, hours without transfers."""

    open: bool
    daily_transfers: int
    max_transfer: int
    closed_from: time
    closed_until: time


@dataclass(frozen=True)
class Premium:
    """What a year of insurance costs a person, and when it is collected: days of Beijing, both included."""

    category: Category
    year: int
    """The year that is insured."""
    amount: int
    """分."""
    opens: date
    closes: date

    def is_collected_on(self, day: date) -> bool:
        """Whether it can be paid on `day`."""
        return self.opens <= day <= self.closes


@dataclass(frozen=True)
class FourEyes:
    """From which counts on a second reviewer must look, too."""

    relatives_in_12_months: int
    givers_of_one_relative: int
    givers_of_one_phone_in_30_days: int
    monthly_cap: int
    """分; a cap from this amount on is read twice."""


@dataclass(frozen=True)
class Sampling:
    """Random re-checks: percent of approvals, percent for a reviewer's first weeks, bounds a day."""

    percent: int
    newcomer_percent: int
    newcomer_days: int
    daily_min: int
    daily_max: int


@dataclass(frozen=True)
class Retention:
    """Days until data go: pictures after the decision, drafts and withdrawn cases, undelivered messages."""

    proof_days: int
    draft_days: int
    application_days: int


Proofs = Mapping[Relation, tuple[ProofChoice, ...]]
OfficeHours = tuple[tuple[time, time], ...]
