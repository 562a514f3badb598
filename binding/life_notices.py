"""What both ends are told when a binding ends by itself, is about to, or a way opens (M14, J07, M3).

A death is never named: whoever is left is asked to the window in the same words as anybody (J07).
"""

from django.utils.translation import gettext_lazy as _

from accounts.notices import Notice, register

OF_A_LIFE = {
    "binding.stopped_giver": Notice(
        title=_("{relative}的{service}已自动停止"),
        body=_("{reason}{rest}{next_step}"),
        sms=_(
            "家人{relative}的{service}已在{ended_at}自动停止,原因请自己打开医保官网查看,或打{hotline}。"
            "本短信不含网址。"
        ),
    ),
    "binding.stopped_relative": Notice(
        title=_("{giver}的{service}已自动停止"),
        body=_("{reason}{rest}{next_step}"),
        sms=_(
            "{giver}给您的{service}已在{ended_at}自动停止,原因请自己打开医保官网查看,或打{hotline}。"
            "本短信不含网址。"
        ),
    ),
    "binding.stopped_check": Notice(
        title=_("有一项信息需要当面核实"),
        body=_(
            "您和家人的{service}从 {ended_at} 起先停下来。我们需要当面核实一项信息,"
            "请带证件到{window}或打 {hotline}。您自己的医保不受影响。"
        ),
        sms=_(
            "您和家人的{service}先停下来,有一项信息需要当面核实,请带证件到医保窗口或打{hotline}。本短信不含网址。"
        ),
    ),
    "binding.expiring_giver": Notice(
        title=_("{relative}的{service}快到期了"),
        body=_("{expires}到期,到时自动停止。{renew}"),
        sms=_("家人{relative}的{service}{expires}到期。想接着用,请自己打开医保官网续办,或打{hotline}。"),
    ),
    "binding.expiring_relative": Notice(
        title=_("{giver}的{service}快到期了"),
        body=_("{giver}给您的{service}{expires}到期,到时自动停止。想接着用,请和家人说一声。"),
        sms=_("{giver}给您的{service}{expires}到期。想接着用,请和家人说一声,或打{hotline}。本短信不含网址。"),
    ),
    "binding.expired_giver": Notice(
        title=_("{relative}的{service}已到期"),
        body=_("约定的时间到了,{ended_at} 自动停止。{rest}想接着用,可以重新开通,以前传的材料可以再用。"),
        sms=_("家人{relative}的{service}已到期停止。想接着用可以重新开通,请自己打开医保官网,或打{hotline}。"),
    ),
    "binding.expired_relative": Notice(
        title=_("{giver}的{service}已到期"),
        body=_("约定的时间到了,{ended_at} 自动停止。{rest}您自己的医保不受影响。想接着用,请家人重新开通。"),
        sms=_("{giver}给您的{service}已到期停止,您自己的医保不受影响。有疑问请打{hotline}。本短信不含网址。"),
    ),
    "binding.renewed_giver": Notice(
        title=_("{relative}的{service}续办好了"),
        body=_("中间没有断,现在可以用到 {expires}。您随时可以暂停、改上限或解除。"),
        sms=_("家人{relative}的{service}续办好了,可以用到{expires}。有疑问请打{hotline}。本短信不含网址。"),
    ),
    "binding.renewed_relative": Notice(
        title=_("{giver}给您续办了{service}"),
        body=_("中间没有断,现在可以用到 {expires}。您随时可以退出。"),
        sms=_("{giver}给您续办了{service},可以用到{expires}。不想用请打{hotline}。本短信不含网址。"),
    ),
}

OF_AREAS = {
    "binding.moved_giver": Notice(
        title=_("您的家庭共济跟着转过来了"),
        body=_(
            "管您医保的地方换成了{area}。您给家人开通的共济接着用,不用重新办,从今天起按{area}的规则。"
            "余额和以前的明细都在。"
        ),
    ),
    "binding.way_opened": Notice(
        title=_("{here}和{there}之间开通了"),
        body=_("您让我们告诉您的:{here}和{there}之间,家庭共济已经可以办了。请到“我的共济”里接着办。"),
        sms=_("您问过的{here}和{there}之间,家庭共济已经开通,现在可以办。请自己打开医保官网,本短信不含网址。"),
    ),
}

register(OF_A_LIFE)
register(OF_AREAS)
