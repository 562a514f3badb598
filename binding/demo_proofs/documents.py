"""The pages of each document, laid out like the real ones (field lists: domain.md, official forms)."""

from collections.abc import Callable
from datetime import date

from PIL import Image

from binding.demo_proofs.facts import Facts, Printed
from binding.demo_proofs.paper import INK, PRINT, RED, Sheet
from gongji.policy import Relation

POLICE = "示例市公安局户口专用章"
_RELATION_WORDS = {
    Relation.SPOUSE: "夫妻",
    Relation.PARENT: "父母与子女",
    Relation.CHILD: "父母与子女",
    Relation.SIBLING: "兄弟姐妹",
    Relation.GRANDPARENT: "祖父母与孙子女",
    Relation.GRANDCHILD: "祖父母与孙子女",
    Relation.MATERNAL_GRANDPARENT: "外祖父母与外孙子女",
    Relation.MATERNAL_GRANDCHILD: "外祖父母与外孙子女",
}


def sheet(kind: str, page: str, facts: Facts) -> Image.Image:
    """Return one flat page; documents without a layout of their own are drawn as a letter with a stamp."""
    layout = LAYOUTS.get((kind, page)) or (lambda facts: letter(kind, facts))
    return layout(facts).say_sample().image


def chinese(day: date) -> str:
    """Return a date as forms print it."""
    return f"{day.year}年{day.month:02}月{day.day:02}日"


# ---------------------------------------------------------------- 结婚证
def marriage(facts: Facts) -> Sheet:
    """The inside of the booklet: holder and joint picture on the left, the two people on the right."""
    paper = Sheet(178, 122, (249, 240, 232))
    paper.guilloche((240, 214, 206))
    paper.box(89, 0, 0.4, 122, ink=(200, 170, 160))
    number = f"J990100-{facts.registered.year}-{facts.household[:6]}"
    rows = (
        ("持 证 人", facts.giver.name),
        ("登记日期", chinese(facts.registered)),
        ("结婚证字号", number),
        ("备    注", "样本,无效"),
    )
    for line, (label, value) in enumerate(rows):
        paper.text(9, 12 + line * 9, label, mm=3.6, ink=PRINT, serif=True)
        paper.text(34, 12 + line * 9, value, mm=3.9)
    paper.portrait(20, 54, 53, 35, heads=2, wall=RED)
    paper.text(12, 97, "登记机关  示例市民政局", mm=3.4, ink=PRINT, serif=True)
    paper.stamp(66, 92, 15, "示例市民政局", "婚姻登记样本章")
    for place, person in enumerate((facts.giver, facts.relative)):
        _spouse(paper, 98, 12 + place * 54, person)
    return paper


def _spouse(paper: Sheet, x: float, y: float, person: Printed) -> None:
    lines = (
        ("姓    名", person.name),
        ("性    别", person.sex),
        ("国    籍", "中国"),
        ("出生日期", chinese(person.birth)),
        ("身份证件号", person.number),
    )
    for line, (label, value) in enumerate(lines):
        paper.text(x, y + line * 9, label, mm=3.6, ink=PRINT, serif=True)
        paper.text(x + 25, y + line * 9, value, mm=3.9)


# ---------------------------------------------------------------- 居民户口簿
def booklet_first(facts: Facts) -> Sheet:
    """首页: household, head, address, two stamps."""
    paper = Sheet(143, 105, (246, 242, 226))
    paper.guilloche((226, 228, 212))
    paper.centred(71, 12, "居 民 户 口 簿   首 页", mm=6)
    paper.rows(
        10,
        22,
        [
            [("户  别", 62, "家庭户"), ("户主姓名", 61, facts.head)],
            [("户  号", 62, facts.household), ("登记机关", 61, "示例派出所")],
            [("住  址", 123, facts.address)],
        ],
        height=12,
    )
    paper.stamp(38, 80, 17, "示例省公安厅户口专用章")
    paper.stamp(84, 80, 17, POLICE)
    paper.text(101, 70, "承办人签章  样本", mm=3.2, ink=PRINT, serif=True)
    paper.text(101, 90, f"{chinese(facts.registered)} 签发", mm=3.4, serif=True)
    return paper


def booklet_page(person: Printed, facts: Facts) -> Sheet:
    """常住人口登记卡: one person, and what they are to the head."""
    paper = Sheet(143, 105, (246, 242, 226))
    paper.guilloche((226, 228, 212))
    paper.centred(71, 9, "常 住 人 口 登 记 卡", mm=5.4)
    area = facts.address[:6]
    paper.rows(
        8,
        15,
        [
            [("姓  名", 64, person.name), ("户主或与\n户主关系", 63, facts.title_of(person))],
            [("曾用名", 64, ""), ("性  别", 63, person.sex)],
            [("出生地", 64, area), ("民  族", 63, "汉")],
            [("籍  贯", 64, area), ("出生日期", 63, chinese(person.birth))],
            [("公民身份\n证件编号", 82, person.number), ("血型", 45, "不明")],
            [("文化程度", 42, "高中"), ("婚姻状况", 43, ""), ("兵役状况", 42, "")],
            [("服务处所", 82, ""), ("职业", 45, "")],
        ],
        height=9.6,
    )
    paper.stamp(112, 88, 13, POLICE)
    paper.text(10, 92, f"户号 {facts.household}", mm=3, ink=PRINT, serif=True)
    paper.text(58, 92, f"登记日期 {chinese(facts.registered)}", mm=3, serif=True)
    return paper


# ---------------------------------------------------------------- 出生医学证明
def birth_certificate(facts: Facts) -> Sheet:
    """The main page: child, mother, father, hospital; the child's number is not printed on it."""
    parent, child = facts.parent_and_child()
    paper = Sheet(160, 200, (238, 246, 240))
    paper.guilloche((206, 226, 214))
    paper.centred(80, 16, "出 生 医 学 证 明", mm=9, ink=(34, 92, 70))
    paper.centred(80, 26, "MEDICAL CERTIFICATE OF BIRTH", mm=3.4, ink=(34, 92, 70))
    rows = [
        [("新生儿姓名", 76, child.name), ("性  别", 64, child.sex)],
        [("出生时间", 140, f"{chinese(child.birth)} 08时30分")],
        [("出生孕周", 46, "39 周"), ("出生体重", 47, "3260 克"), ("身  长", 47, "50 厘米")],
        [("出生地点", 140, facts.address[:6]), ],
        [("医疗机构名称", 140, "示例市妇幼保健院(样本)")],
    ]  # fmt: skip
    paper.rows(10, 36, rows, height=12)
    for place, (title, male) in enumerate((("母亲", False), ("父亲", True))):
        known = parent.male == male
        name = parent.name if known else facts.other_parent
        age = str(child.birth.year - parent.birth.year) if known else ""
        rows = [
            [(f"{title}姓名", 76, name), ("年  龄", 64, age)],
            [("有效身份\n证件号", 140, parent.number if known else "")],
        ]
        paper.rows(10, 102 + place * 28, rows, height=12)
    paper.text(14, 166, f"出生证编号  T{facts.household}", mm=4, ink=RED)
    paper.text(14, 176, "签发机构  示例市妇幼保健院", mm=3.6, ink=PRINT, serif=True)
    paper.text(14, 184, f"签发日期  {chinese(child.birth)}", mm=3.6, ink=PRINT, serif=True)
    paper.stamp(124, 174, 18, "出生医学证明专用章")
    return paper


# ---------------------------------------------------------------- 居民身份证
def id_front(facts: Facts) -> Sheet:
    """The side with the portrait."""
    person = facts.relative
    paper = Sheet(108, 68, (226, 236, 242))
    paper.guilloche((200, 218, 230), step=4)
    lines = (
        ("姓 名", person.name),
        ("性 别", f"{person.sex}   民 族  汉"),
        ("出 生", chinese(person.birth)),
        ("住 址", facts.address),
    )
    for line, (label, value) in enumerate(lines):
        paper.text(7, 8 + line * 9.5, label, mm=3, ink=(60, 110, 160), serif=True)
        paper.text(20, 7.4 + line * 9.5, value[:14], mm=3.8)
    paper.text(20, 43, facts.address[14:], mm=3.8)
    paper.text(7, 57, "公民身份号码", mm=3, ink=(60, 110, 160), serif=True)
    paper.text(34, 55.4, person.number, mm=4.6)
    paper.portrait(76, 9, 25, 34, wall=(232, 240, 244))
    return paper


def id_back(facts: Facts) -> Sheet:
    """The side with the issuing authority."""
    paper = Sheet(108, 68, (226, 236, 242))
    paper.guilloche((236, 204, 208), step=4)
    paper.stamp(17, 18, 11, "样本样本样本", "样本")
    paper.centred(66, 14, "样 本 居 民 证", mm=6.4)
    paper.centred(66, 25, "身  份  证", mm=9)
    paper.text(24, 47, "签发机关", mm=3.2, ink=PRINT, serif=True)
    paper.text(42, 46.6, "示例市公安局", mm=3.8)
    paper.text(24, 56, "有效期限", mm=3.2, ink=PRINT, serif=True)
    paper.text(42, 55.6, "2020.05.01-2040.05.01", mm=3.8)
    return paper


# ---------------------------------------------------------------- everything else
_TITLES = {
    "adoption_certificate": "收 养 登 记 证",
    "household_statement": "户 籍 证 明",
    "notarial_certificate": "亲 属 关 系 公 证 书",
    "residence_permit": "居 住 证",
}


def letter(kind: str, facts: Facts) -> Sheet:
    """A statement in words with date and stamp."""
    paper = Sheet(150, 200, (250, 248, 242))
    paper.centred(75, 26, _TITLES.get(kind, "证    明"), mm=9)
    paper.text(
        18, 42, f"({facts.registered.year})样字第 {facts.household[:5]} 号", mm=3.8, ink=PRINT, serif=True
    )
    words = [
        f"兹证明 {facts.giver.name}({facts.giver.sex},",
        f"证件号码 {facts.giver.number})与",
        f"{facts.relative.name}({facts.relative.sex},",
        f"证件号码 {facts.relative.number})",
        f"是{_RELATION_WORDS[facts.relation]}关系。",
        "",
        "此件为演示样本,没有任何效力。",
    ]
    for line, text in enumerate(words):
        paper.text(24, 60 + line * 12, text, mm=5, serif=True, ink=INK)
    paper.text(84, 160, "示例机关(样本)", mm=4.6, serif=True)
    paper.text(84, 170, chinese(facts.registered), mm=4.6, serif=True)
    paper.stamp(106, 164, 20, "示例市样本公证处")
    return paper


LAYOUTS: dict[tuple[str, str], Callable[[Facts], Sheet]] = {
    ("marriage_certificate", "inside"): marriage,
    ("household_booklet", "first"): booklet_first,
    ("household_booklet", "authorizer"): lambda facts: booklet_page(facts.giver, facts),
    ("household_booklet", "beneficiary"): lambda facts: booklet_page(facts.relative, facts),
    ("birth_certificate", "front"): birth_certificate,
    ("middle_birth_certificate", "front"): birth_certificate,
    ("sibling_birth_certificate", "front"): birth_certificate,
    ("id_card", "front"): id_front,
    ("id_card", "back"): id_back,
}
