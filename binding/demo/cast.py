"""The named people of the demo: who they are, and what one can try with each."""

from dataclasses import dataclass, field
from typing import Any

from binding.demo.people import Crowd, Resident
from gongji.policy import Relation

HOME, NEIGHBOUR, KUNMING = "990100", "990200", "530100"
ELSEWHERE = "970100"
"""A city of another province: its people are reached by 医保钱包."""
POOLED, GROUPED = "990300", "990400"
BIG_HOUSE, POOL_HOUSE, GROUP_HOUSE = "HOUSE-QIAN", "HOUSE-LIN", "HOUSE-MA"


@dataclass(frozen=True)
class Citizen:
    """A citizen whose login is handed out."""

    key: str
    resident: Resident
    role: str
    about: str
    verified: bool = True


@dataclass(frozen=True)
class Clerk:
    """A member of staff whose login is handed out."""

    username: str
    name: str
    duties: list[str]
    areas: list[str] = field(default_factory=lambda: [HOME])


STAFF = [
    Clerk("zhang.shen", "张审", ["reviewer"]),
    Clerk("qian.shen", "钱审", ["reviewer"]),
    Clerk("chen.shen", "陈审", ["reviewer"], [NEIGHBOUR]),
    Clerk("li.kun", "李昆", ["reviewer"], [KUNMING]),
    Clerk("zhao.guan", "赵管", ["supervisor"], [HOME, NEIGHBOUR]),
    Clerk("sun.chuang", "孙窗", ["clerk"]),
    Clerk("wu.ji", "吴计", ["auditor"], ["990000"]),
    Clerk("zhou.xi", "周系", ["admin"], ["990000"]),
]

PROVIDERS = [
    ("虹川市第一人民医院(演示)", HOME),
    ("康民大药房(演示)", HOME),
    ("青屿市中医医院(演示)", NEIGHBOUR),
    ("昆明示例医院(演示)", KUNMING),
    ("双溪市人民医院(演示)", POOLED),
    ("明湖市人民医院(演示)", GROUPED),
    ("临湖市人民医院(演示)", ELSEWHERE),
]


@dataclass(frozen=True)
class Part:
    """A citizen as the play describes them; `more` are further cells of the registry."""

    key: str
    name: str
    age: int
    woman: bool
    role: str
    about: str
    area: str = HOME
    verified: bool = True
    more: dict[str, Any] = field(default_factory=dict)


RESIDENT_SCHEME: dict[str, Any] = {"scheme": "390", "personal_account": False}

PARTS = [
    Part(
        "li_ming", "李明", 42, False, "authorizer",
        "职工。已给母亲王芳开通,也代看她的医保(亲情账户),能出示她的付款码;给配偶的申请等他补照片;还有一份草稿。",
    ),
    Part(
        "wang_fang", "王芳", 71, True, "elder",
        "退休职工,李明的母亲。有 14 个月的使用记录,有退费。儿子代看她的医保,她看得到他看过。", NEIGHBOUR,
    ),
    Part(
        "chen_jing", "陈静", 40, True, "beneficiary", "李明的配偶,居民医保,没有个人账户。",
        more=RESIDENT_SCHEME,
    ),
    Part(
        "li_xiaobao", "李小宝", 8, False, "beneficiary", "李明的儿子,不满 16 岁,由监护人同意。没有登录。",
        verified=False, more=RESIDENT_SCHEME,
    ),
    Part("zheng_tao", "郑涛", 35, False, "authorizer", "职工,还没有给任何人开通。从头走一遍用他。"),
    Part("he_li", "何丽", 34, True, "beneficiary", "职工,郑涛的配偶。郑涛提交以后,用她来同意。"),
    Part("zheng_jianguo", "郑建国", 66, False, "beneficiary", "郑涛的父亲,居民医保。", more=RESIDENT_SCHEME),
    Part("zhao_min", "赵敏", 45, True, "authorizer", "青屿市职工,和李明互不认识。", NEIGHBOUR),
    Part(
        "qian_duo", "钱多", 50, False, "authorizer", "已给 8 位家人开通,第 9 位会看到人数满的说明。",
        more={"household": BIG_HOUSE, "relation_to_head": "02"},
    ),
    Part(
        "zhou_jie", "周杰", 30, False, "authorizer", "单建统筹,没有个人账户,不能给家人用。",
        more={"personal_account": False},
    ),
    Part("yang_yun", "杨云", 38, True, "authorizer", "昆明职工,按昆明的规则办。", KUNMING),
    Part("liu_yang", "刘洋", 33, True, "unverified", "第一次登录,还没有核验身份。", verified=False),
    Part(
        "sun_wei", "孙伟", 46, False, "authorizer",
        "职工,母亲何桂兰在外省。有医保钱包:一笔母亲收下了,一笔没有收已退回,一笔正等她收。",
    ),
    Part(
        "he_guilan", "何桂兰", 72, True, "elder",
        "在示例二省临湖市参加居民医保,孙伟的母亲。医保钱包里有钱,还有一笔等她点“收下”。", ELSEWHERE,
        more=RESIDENT_SCHEME,
    ),
    Part(
        "lin_hai", "林海", 45, False, "authorizer", "双溪市职工,建了家庭共济账户(划拨),妻子和女儿在里面。",
        POOLED, more={"household": POOL_HOUSE, "relation_to_head": "02"},
    ),
    Part(
        "su_mei", "苏梅", 43, True, "beneficiary", "林海的配偶,也是职工,可以把自己的钱划进家庭共济账户。",
        POOLED, more={"household": POOL_HOUSE, "relation_to_head": "12"},
    ),
    Part(
        "lin_xiaoxi", "林小溪", 20, True, "beneficiary",
        "林海的女儿,居民医保。用家庭共济账户里的钱,保费由父亲代缴。",
        POOLED, more=RESIDENT_SCHEME | {"household": POOL_HOUSE, "relation_to_head": "30"},
    ),
    Part(
        "ma_qiang", "马强", 38, False, "authorizer",
        "明湖市职工,给妻子授权 3000 元。妻子和母亲也给他授权,顺序由他排。",
        GROUPED, more={"household": GROUP_HOUSE, "relation_to_head": "02"},
    ),
    Part(
        "bai_lan", "白兰", 36, True, "beneficiary", "马强的配偶,也是职工,和马强互相授权。",
        GROUPED, more={"household": GROUP_HOUSE, "relation_to_head": "12"},
    ),
    Part(
        "ma_ling", "马玲", 62, True, "authorizer", "马强的母亲,退休职工,也给马强授权;先用谁的由马强排。",
        GROUPED, more={"household": GROUP_HOUSE, "relation_to_head": "52"},
    ),
    Part(
        "xu_jian", "徐健", 36, False, "authorizer",
        "职工,还没有给任何人开通。婚姻登记证明韩梅是配偶,出生登记证明徐小北是儿子:都不用传材料。",
    ),
    Part("han_mei", "韩梅", 35, True, "beneficiary", "徐健的配偶,居民医保。", more=RESIDENT_SCHEME),
    Part(
        "xu_xiaobei", "徐小北", 6, False, "beneficiary", "徐健和韩梅的儿子,不满 16 岁。没有登录。",
        verified=False, more=RESIDENT_SCHEME,
    ),
]  # fmt: skip


def citizens(crowd: Crowd) -> list[Citizen]:
    """Make the named citizens. Their households are kept apart, so that binding them takes a document."""
    return [
        Citizen(
            part.key,
            crowd.person(area=part.area, age=part.age, woman=part.woman, name=part.name, **part.more),
            part.role,
            part.about,
            part.verified,
        )
        for part in PARTS
    ]


def big_house(crowd: Crowd) -> list[tuple[Resident, Relation]]:
    """Make the eight relatives of 钱多, all in his household register: as many as the area allows."""
    members = [
        (47, True, "12", Relation.SPOUSE), (76, False, "51", Relation.PARENT),
        (75, True, "52", Relation.PARENT), (24, False, "20", Relation.CHILD),
        (22, True, "30", Relation.CHILD), (19, True, "30", Relation.CHILD),
        (53, False, "71", Relation.SIBLING), (46, True, "77", Relation.SIBLING),
    ]  # fmt: skip
    return [
        (
            crowd.person(
                area=HOME, age=age, woman=woman, scheme="390", personal_account=False,
                household=BIG_HOUSE, relation_to_head=code,
                surname="" if code == "12" else "钱",
            ),
            relation,
        )
        for age, woman, code, relation in members
    ]  # fmt: skip
