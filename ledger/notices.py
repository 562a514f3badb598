"""What givers are told about their money (ux.md: a notice at each debit; a cap or a balance that runs out).

The SMS never says what it was for or where: only the portal does, and only what the relative allows.
"""

from django.utils.translation import gettext_lazy as _

from accounts.notices import Notice, register

OF_USES = {
    "ledger.used": Notice(
        title=_("{relative}用了您 {amount} 元"),
        body=_(
            "{when},{relative}用了您{account}里的 {amount} 元({what})。{account}还剩 {left} 元。"
            "不想再收到这样的消息,可以在“提醒设置”里关掉。"
        ),
        sms=_("{relative}在{date}用了您{account}{amount}元,还剩{left}元。有疑问请打{hotline}。"),
    ),
    "ledger.given_back": Notice(
        title=_("退回您 {amount} 元"),
        body=_("{when},{relative}以前用的钱退回您{account} {amount} 元({what})。{account}现在有 {left} 元。"),
        sms=_("{relative}用的钱在{date}退回您{account}{amount}元,现在有{left}元。有疑问请打{hotline}。"),
    ),
}

OF_LIMITS = {
    "ledger.cap_reached_giver": Notice(
        title=_("{relative}这个月的额度用完了"),
        body=_(
            "您给{relative}的每月上限是 {amount} 元,这个月已经用完,{date}自动恢复。"
            "想让家人接着用,可以在“我的共济”里改上限;不改也不用做什么。"
        ),
        sms=_("{relative}这个月的共济额度{amount}元已用完,{date}恢复。想改上限请自己打开医保官网。"),
    ),
    "ledger.cap_reached_relative": Notice(
        title=_("{giver}给您的额度这个月用完了"),
        body=_(
            "{giver}给您的额度每月 {amount} 元,这个月已经用完,{date}自动恢复。"
            "这之前看病买药,先用您自己的和别的家人给的,不够的付现金。看病报销照常。"
        ),
        sms=_("{giver}给您的共济额度这个月已用完,{date}恢复。看病报销照常,有疑问请打{hotline}。"),
    ),
    "ledger.total_reached_giver": Notice(
        title=_("您授权给{relative}的额度用完了"),
        body=_("您授权{relative}用的 {amount} 元已经用完。想让家人接着用,可以再加一些;不加也不用做什么。"),
        sms=_("您授权{relative}用的{amount}元已用完。想再加一些请自己打开医保官网,或打{hotline}。"),
    ),
    "ledger.total_reached_relative": Notice(
        title=_("{giver}授权给您的额度用完了"),
        body=_(
            "{giver}授权您用的 {amount} 元已经用完。"
            "看病买药先用您自己的和别的家人给的,不够的付现金。看病报销照常。"
        ),
        sms=_("{giver}授权您用的额度已用完。看病报销照常,有疑问请打{hotline}。"),
    ),
    "ledger.balance_low": Notice(
        title=_("您的{account}快用完了"),
        body=_(
            "您的{account}还剩 {left} 元,家人可以用的不到 {amount} 元。"
            "有钱到账后自动可用,不用重新办。现在您不用做什么。"
        ),
        sms=_("您的{account}还剩{left}元,快用完了。到账后自动可用,不用重新办。有疑问请打{hotline}。"),
    ),
    "ledger.balance_out": Notice(
        title=_("您的{account}没有可以给家人用的钱了"),
        body=_(
            "您的{account}还剩 {left} 元,家人暂时不能再用您的钱,看病买药先用他们自己的,不够的付现金。"
            "有钱到账后自动可用,不用重新办。现在您不用做什么。"
        ),
        sms=_("您的{account}还剩{left}元,家人暂时不能再用。到账后自动可用,不用重新办。有疑问请打{hotline}。"),
    ),
}

register(OF_USES)
register(OF_LIMITS)
