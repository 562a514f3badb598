"""What both sides are told when the relative applies and the giver is asked; the rest is as in notices.py."""

from django.utils.translation import gettext_lazy as _

from accounts.notices import Notice, register

OF_A_WISH = {
    "binding.submitted_asked": Notice(
        title=_("提交好了"),
        body=_(
            "受理号 {number}。最晚 {due_time} 前告诉您结果。还要{giver}同意,请提醒家人登录回答。"
            "开始审核以前还可以修改,之后可以撤回。"
        ),
        sms=_(
            "您请家人{giver}开通共济的申请已收到,尾号{tail},最晚{due}出结果。"
            "请自己打开医保官网查看,本短信不含网址。"
        ),
    ),
    "binding.please_consent_asked": Notice(
        title=_("请您回答:给不给家人用"),
        body=_(
            "{relative}申请用您医保卡里的钱看病买药。要您同意才能开通,用多少由您定。"
            "请在“家人邀请您”里回答。不认识对方,请选“我不认识对方”。"
        ),
        sms=_(
            "{relative}想用您医保卡里的钱看病买药。同意或不同意,请自己登录医保官网或打{hotline}。"
            "不要把验证码告诉任何人。"
        ),
    ),
    "binding.please_consent_pool_asked": Notice(
        title=_("请您回答:要不要请家人加入"),
        body=_(
            "{relative}申请加入您的家庭共济账户,看病买药用账户里的钱。要您同意才能开通。"
            "请在“家人邀请您”里回答。不认识对方,请选“我不认识对方”。"
        ),
        sms=_(
            "{relative}想加入您的家庭共济账户。同意或不同意,请自己登录医保官网或打{hotline}。"
            "不要把验证码告诉任何人。"
        ),
    ),
    "binding.approved_waiting_asked": Notice(
        title=_("材料合格,只等家人同意"),
        body=_("只等{giver}同意。请在 {deadline} 前提醒家人登录回答,或打 {hotline}。家人同意后马上开通。"),
        sms=_("您的共济材料合格,只等{giver}同意。请提醒家人在{deadline}前自己登录医保官网,或打{hotline}。"),
    ),
    "binding.returned_asked": Notice(
        title=_("还要补一份材料"),
        body=_(
            "审核员看过了:{text}其他材料都合格,不用重传。请在 {deadline} 前补上。"
            "等您补材料的日子不算在办理时间里。"
        ),
        sms=_(
            "请{giver}开通的申请还差材料,请在{deadline}前补上。请自己打开医保官网,点“补材料”。不会补请打{hotline}。"
        ),
    ),
    "binding.refused_asked": Notice(
        title=_("这次没有通过"),
        body=_(
            "原因:{text}您可以:① 按上面说的办,能补的补好再申请;"
            "② 不同意这个结果,{appeal_days} 日内申请复核,由另一位工作人员看。"
        ),
        sms=_(
            "请{giver}开通的申请这次没有通过,原因和下一步请自己打开医保官网查看,或打{hotline}。"
            "我们不会索要验证码和银行卡。"
        ),
    ),
    "binding.second_reading_asked": Notice(
        title=_("材料需要进一步核实"),
        body=_("请{giver}开通的申请,材料需要进一步核实,最晚 {due_time} 答复。现在您不用做什么。"),
        sms=_("请{giver}开通的申请需要进一步核实,最晚{due}答复。您不用做什么,有疑问请打{hotline}。"),
    ),
    "binding.late_asked": Notice(
        title=_("我们晚了,对不起"),
        body=_("原定{before}。已转给主管,新的时间是 {due_time}。您不用重新提交。"),
        sms=_("请{giver}开通的申请我们晚了,对不起。新的时间是{due},您不用重新提交。有疑问请打{hotline}。"),
    ),
    "binding.lapsed_documents_asked": Notice(
        title=_("补材料的时间过了"),
        body=_(
            "请{giver}开通的申请等了很久没有收到材料,已经停办。想办的时候可以重新申请,以前传的材料可以再用。"
        ),
        sms=_("请{giver}开通的申请没有等到材料,已经停办。想办可以重新申请,不会办请打{hotline}。"),
    ),
}

register(OF_A_WISH)
