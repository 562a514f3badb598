"""Twelve short answers to what people ask most, and a search that understands everyday words.

Data rather than templates, so that the search reads exactly what the page shows. Rules that differ
by area (who, how many, how long) are not repeated here: the articles lead to the rule pages.
"""

import unicodedata
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, kw_only=True)
class Article:
    """One question. `words` are what people type for it; they are searched, never shown."""

    slug: str
    question: Text
    summary: Text
    steps: tuple[Text, ...] = ()
    notes: tuple[Text, ...] = ()
    words: Text = ""
    see_also: tuple[str, ...] = ()
    link: tuple[str, Text] | None = None
    """URL name and words of the one button."""
    picture: str = ""
    """Name of a drawing in templates/public/pictures/."""

    def text(self) -> str:
        """Everything the search may match."""
        return " ".join(map(str, (self.question, self.summary, *self.steps, *self.notes)))


ARTICLES = (
    Article(
        slug="pay",
        question=_("看病买药时怎么用家人的钱"),
        summary=_("出示您自己的医保码或社保卡就行。先用您自己账户的钱,不够再用家人的。"),
        steps=(
            _("挂号、取药、结账时,出示您自己的医保码,或者带上您自己的社保卡。"),
            _("对收费的人说:“我开通了家庭共济。”不说也行,系统会自动算。"),
            _("先扣您自己账户的钱。不够的部分,从给您开通的家人账户里扣。"),
            _("看一眼小票上“共济支付”这一行,就是用了家人多少钱。"),
        ),
        notes=(
            _("不要出示家人的医保码看病。那是冒用别人的医保,会被追究。"),
            _("没带卡的,可以登录后出示付款码,一个码一分钟内有效,只能用一次。"),
            _("手机和卡都没带,可以先自己付钱,再拿发票到窗口报销。"),
        ),
        words=_("怎么付钱 怎么用 怎么花 结账 柜台 药店 医院 刷卡 医保码 社保卡 电子凭证 小票"),
        see_also=("zero", "elder"),
        link=("ledger:paycode", _("出示付款码")),
        picture="pay",
    ),
    Article(
        slug="who",
        question=_("哪些家人可以用我的钱"),
        summary=_(
            "近亲属可以:配偶、父母、子女、兄弟姐妹、祖父母、外祖父母、孙子女、外孙子女。各地范围不同。"
        ),
        steps=(
            _("家人要参加了基本医保,职工医保、居民医保都可以。"),
            _("您要参加职工医保,并且有个人账户。"),
            _("公婆、岳父母不是近亲属。可以请爱人给自己的父母开通。"),
        ),
        notes=(_("您那里有没有缩小或放宽范围,请看“各地规则”。每一条都写着依据和生效日期。"),),
        words=_("谁可以 关系 范围 公公 婆婆 岳父 岳母 女婿 儿媳 爷爷 奶奶 姥姥 姥爷 孩子 老婆 老公 人数"),
        see_also=("province", "prepare"),
        link=("eligibility", _("看看能不能办")),
    ),
    Article(
        slug="prepare",
        question=_("办之前要准备什么"),
        summary=_("家人的身份证号,和一份能证明关系的材料。大约 3 分钟。"),
        steps=(
            _("家人的姓名和身份证号,照着身份证填。"),
            _("家人的手机号。没有手机也能办。"),
            _("一份证明,拍照就行:夫妻用结婚证;父母子女用户口簿同户页或出生医学证明。"),
        ),
        notes=(_("数据里能核对到关系的,不用传证明。"),),
        words=_("材料 证明 户口本 户口簿 结婚证 出生证 身份证 需要带什么"),
        see_also=("photo", "phone"),
        link=("eligibility", _("看看能不能办")),
    ),
    Article(
        slug="wait",
        question=_("要等几天,怎么看进度"),
        summary=_("提交后马上告诉您最晚哪一天、几点前有结果。"),
        steps=(
            _("登录后打开“我的共济”,点那位家人,就看到现在到哪一步。"),
            _("结果会发短信。短信里没有网址,请自己打开医保官网查看。"),
            _("等您补材料、等家人同意的日子,不算在办理时间里。"),
        ),
        notes=(_("我们晚了会主动告诉您新的时间,您不用重新提交。"),),
        words=_("多久 几天 进度 审核 状态 催办 慢 工作日 受理号"),
        see_also=("returned", "consent"),
    ),
    Article(
        slug="zero",
        question=_("为什么显示余额是 0"),
        summary=_("有五种情况,多数不用您做什么。"),
        steps=(
            _("出钱的家人账户里暂时没钱。每月划入后自动可用,不用重新办。"),
            _("您自己的账户是 0。这不影响用家人的钱。"),
            _("您参加的是居民医保,没有个人账户,所以显示 0。看病报销照常。"),
            _("这个月的额度用完了。下个月 1 日恢复。"),
            _("暂时查不到。页面会写“不是 0”,并告诉您上次查到多少。"),
        ),
        words=_("没钱 余额不足 0元 零 用不了 扣不了 查不到 额度"),
        see_also=("pay", "privacy"),
    ),
    Article(
        slug="consent",
        question=_("家人要怎么同意"),
        summary=_("家人自己登录点“同意”。不会用手机的,打电话或到窗口也行。不用刷脸。"),
        steps=(
            _("家人用自己的手机号登录,首页会看到“家人邀请您”。"),
            _("看清是谁出钱、对方能看到什么,再点“同意”或“不同意”。"),
            _("也可以当面把手机交给家人,让家人自己登录、自己点。"),
            _("没有手机的,打医保电话,由工作人员回拨核实;或者带身份证到窗口。"),
        ),
        notes=(
            _("不要把验证码念给任何人听,家人也不行。我们从不索要验证码。"),
            _("不满 16 岁的孩子由监护人同意。"),
        ),
        words=_("同意 邀请 拒绝 不认识 验证码 人脸 刷脸 确认 授权"),
        see_also=("phone", "privacy"),
    ),
    Article(
        slug="phone",
        question=_("家人没有手机怎么办"),
        summary=_("没有手机也能办。填家人信息时选“没有手机”。"),
        steps=(
            _("办的时候,手机号那一栏选“没有手机”。"),
            _("家人打医保电话,或者带身份证到窗口,告诉工作人员同意不同意。"),
            _("看病时带家人自己的社保卡就能用。"),
            _("要看花了多少,可以到窗口打印明细。"),
        ),
        words=_("没手机 老人机 老年机 不会用手机 窗口 电话 打印 代办 帮办"),
        see_also=("consent", "elder"),
        link=("windows", _("找窗口和电话")),
    ),
    Article(
        slug="photo",
        question=_("证明材料的照片怎么拍"),
        summary=_("放在桌上,关掉闪光灯,四个角都拍进来,字能看清。"),
        steps=(
            _("把材料平放在深色的桌面上,光线要亮。"),
            _("关掉闪光灯,免得反光看不清字。"),
            _("手机端平,四个角都在画面里。"),
            _("拍完放大看一看:姓名和号码清楚,就可以了。"),
        ),
        notes=(_("照片用 JPG、PNG、HEIC 都行,也可以传 PDF,一个文件最大 20 MB。相册里以前拍的也能用。"),),
        words=_("拍照 上传 传不上去 模糊 反光 格式 太大 HEIC PDF 相册 照片"),
        see_also=("prepare", "returned"),
        picture="photo",
    ),
    Article(
        slug="returned",
        question=_("收到“还差一张照片”怎么补"),
        summary=_("只补说明里写的那一张。其他材料合格的不用重传。"),
        steps=(
            _("登录后打开“我的共济”,点“补材料”。"),
            _("看清楚上一张差在哪里,照着样图重新拍。"),
            _("在页面写的日期前补上。补上后会尽快再看。"),
        ),
        notes=(_("过了日期也不要紧:可以照着原来的内容再申请一次,不用重填。"),),
        words=_("补材料 退回 补正 补件 重传 没通过 未通过 不通过 复核"),
        see_also=("photo", "wait"),
    ),
    Article(
        slug="province",
        question=_("家人在外省参保怎么办"),
        summary=_("用“医保钱包”:您从医保卡转钱给家人,家人收下以后看病买药用。在这里就能办。"),
        steps=(
            _("先开通:登录后点“给家人开通”,再点“家人在外省参保?用医保钱包”。"),
            _("开通后在“医保钱包”里转钱。每天几次、每次多少、几点能转,看本地规则。"),
            _("家人登录点“收下”,就能用。没有收的,第二天早上自动退回给您。"),
            _("没用完的钱,解除后退回给您。"),
        ),
        notes=(_("“亲情账户”只是帮家人出示医保码,花的还是家人自己的钱。"),),
        words=_("外省 跨省 异地 外地 医保钱包 钱包 转账 亲情账户 老家"),
        see_also=("who", "pay"),
        link=("compare", _("三样东西别弄混")),
    ),
    Article(
        slug="elder",
        question=_("字太小,怎么换成长辈版"),
        summary=_("点每一页最上面的“长辈版”。字更大,按钮更大,能办的事一样多。"),
        steps=(
            _("点最上面的“长辈版”,字就变大了。"),
            _("还想更大,再点“特大字”。"),
            _("想换回来,点“标准版”。"),
            _("下次打开还是这个大小,不用再选。"),
        ),
        notes=(_("把“长辈版”放到手机桌面:在浏览器菜单里选“添加到主屏幕”。"),),
        words=_("长辈版 亲情版 关爱版 关怀版 老年版 老人版 大字版 字体 字小 看不清 放大 适老化 无障碍 朗读"),
        see_also=("phone", "pay"),
        link=("elder", _("打开长辈版")),
    ),
    Article(
        slug="privacy",
        question=_("家人能看到我的什么,怎么退出"),
        summary=_("出钱的家人能看到日期、金额、看病还是买药。看不到医院名字、药名、病名。"),
        steps=(
            _("用钱的人可以自己改:让对方看得更少,或者也看到医院名字。"),
            _("双方随时可以解除。解除后马上停止用钱,已经花的不退。"),
            _("10 分钟内可以反悔。"),
            _("在“账号”里能查到谁看过您的资料。"),
        ),
        words=_("隐私 保密 看到 药名 病名 医院 解除 解绑 取消 退出 停用 关掉 反悔"),
        see_also=("consent", "zero"),
        link=("privacy", _("看隐私说明")),
    ),
    Article(
        slug="statements",
        question=_("怎么打印对账单,别人怎么核对真假"),
        summary=_("登录后在“明细”里打印或下载。单子上有校验码,谁拿到都能核对。"),
        steps=(
            _("登录后打开“明细”,选月份,点“下载和打印”。整年的也在那里。"),
            _("要给单位或法院看的,下载 PDF。自己算账的,下载 Excel。"),
            _("收到单子的人打开“核对单子的真假”,填校验码和金额,不用登录。"),
        ),
        notes=(_("每个数字都要和网页上的一样才算真。对不上的,请不要采用。"),),
        words=_("对账单 清单 打印 下载 流水 证明 校验码 真假 Excel PDF 报税"),
        see_also=("pay", "privacy"),
        link=("ledger:check", _("核对单子真假")),
    ),
)


_EMPTY_WORDS = {"怎么", "什么", "请问"}  # data


def by_slug(slug: str) -> Article | None:
    """Return the article of this address, or None."""
    return next((article for article in ARTICLES if article.slug == slug), None)


def search(query: str) -> list[Article]:
    """Return the articles that fit a question in everyday words, best first.

    Chinese has no spaces, so words are compared by pairs of neighbouring characters. An article must
    share a quarter of the question's pairs in its title or aliases, or all of them in its text.
    """
    wanted = _pairs(query) - _EMPTY_WORDS
    if not wanted:
        return []
    scored = [(_score(article, wanted), article) for article in ARTICLES]
    return [article for score, article in sorted(scored, key=lambda pair: -pair[0]) if score >= 1]


def _score(article: Article, wanted: set[str]) -> float:
    title, body = _pairs(f"{article.question} {article.words}"), _pairs(article.text())
    return (4 * len(wanted & title) + len(wanted & body)) / len(wanted)


def _pairs(text: str) -> set[str]:
    """Return the pairs of neighbouring letters in each run of letters; a lone letter stands for itself."""
    folded = unicodedata.normalize("NFKC", str(text)).casefold()
    runs = "".join(letter if letter.isalnum() else " " for letter in folded).split()
    return {run[i : i + 2] for run in runs for i in range(max(1, len(run) - 1))}
