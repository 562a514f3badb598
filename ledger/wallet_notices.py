"""What both sides are told about transfers into a 医保钱包."""

from django.utils.translation import gettext_lazy as _

from accounts.notices import Notice, register

OF_WALLETS = {
    "wallet.sent": Notice(
        title=_("{giver}给您转了 {amount} 元"),
        body=_(
            "{giver}往您的医保钱包转了 {amount} 元。请在“医保钱包”里点“收下”。{until} 前没有收,自动退回给他。"
            "收下以后,看病买药出示您自己的医保码就能用。"
        ),
        sms=_(
            "{giver}往您的医保钱包转了{amount}元,{until}前收下,过时退回。"
            "请自己打开医保官网,不会收打{hotline}。"
        ),
    ),
    "wallet.taken": Notice(
        title=_("{relative}收下了 {amount} 元"),
        body=_("您转给{relative}的 {amount} 元已到他的医保钱包。没用完的,解除以后退回给您。"),
    ),
    "wallet.declined": Notice(
        title=_("{relative}没有要,{amount} 元退回给您"),
        body=_("您转给{relative}的 {amount} 元,家人没有要,已退回您的个人账户。"),
        sms=_("您转给{relative}的{amount}元,家人没有要,已退回您的个人账户。有疑问请打{hotline}。"),
    ),
    "wallet.taken_back": Notice(
        title=_("{giver}取回了 {amount} 元"),
        body=_("{giver}转给您的 {amount} 元,您还没有收,他取回去了。您自己的医保不受影响。"),
    ),
    "wallet.returned": Notice(
        title=_("{amount} 元退回给您"),
        body=_(
            "您转给{relative}的 {amount} 元,到 {until} 还没有收,已退回您的个人账户。"
            "还想给,请先和家人说好,再转一次。"
        ),
        sms=_(
            "您转给{relative}的{amount}元没有收,已退回您的个人账户。还想给请再转一次,有疑问请打{hotline}。"
        ),
    ),
    "wallet.not_taken": Notice(
        title=_("{amount} 元退回给{giver}"),
        body=_("{giver}转给您的 {amount} 元,到 {until} 没有收,已退回给他。想要的话,请他再转一次。"),
    ),
    "wallet.emptied": Notice(
        title=_("没用完的 {amount} 元已退回给您"),
        body=_("{relative}的医保钱包没用完的 {amount} 元,已回到您的个人账户。"),
        sms=_("{relative}的医保钱包没用完的{amount}元,已回到您的个人账户。有疑问请打{hotline}。"),
    ),
}

register(OF_WALLETS)
