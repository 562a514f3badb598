"""What citizens are told about applications and bindings: portal texts (M5–M8, M13–M15) and SMS (M12).

Names come masked. An SMS has at most 70 characters with its signature, and never a URL.
"""

from django.utils.translation import gettext_lazy as _

from accounts.notices import Notice, register

OF_AN_APPLICATION = {
    "binding.submitted": Notice(
        title=_("提交好了"),
        body=_(
            "受理号 {number}。最晚 {due_time} 前告诉您结果。开始审核以前还可以修改,之后可以撤回。"
            "现在您不用做什么。"
        ),
        sms=_(
            "您给家人{relative}开通共济的申请已收到,尾号{tail},最晚{due}出结果。"
            "请自己打开医保官网查看,本短信不含网址。"
        ),
    ),
    "binding.please_consent": Notice(
        title=_("请您回答:同意还是不同意"),
        body=_(
            "{initiator}申请了家庭共济,用钱的家人是{relative},出钱的人是{giver}。要您同意才能开通。"
            "请在“家人邀请您”里回答。不认识对方,请选“我不认识对方”。"
        ),
        sms=_(
            "{giver}想让您使用{ta}的医保个人账户。同意或不同意,请自己登录医保官网或打{hotline}。"
            "不要把验证码告诉任何人。"
        ),
    ),
    "binding.agreed_on_phone": Notice(
        title=_("您在{initiator}的手机上点了“同意”"),
        body=_(
            "在{initiator}的手机上,有人用您的名义同意了:{relative}使用{giver}的医保个人账户。工作人员会再核对。"
            "不是您本人同意的,请打 {hotline},或者自己登录,在“家人邀请您”里点“不同意”。"
        ),
        sms=_("您在{initiator}的手机上同意了办家庭共济。不是您本人同意的,请打{hotline}。本短信不含网址。"),
    ),
    "binding.approved_waiting": Notice(
        title=_("材料合格,只等家人同意"),
        body=_("只等{other}同意。请在 {deadline} 前提醒家人登录回答,或打 {hotline}。家人同意后马上开通。"),
        sms=_(
            "{relative}的共济材料合格,只等{other}同意。请提醒家人在{deadline}前自己登录医保官网,或打{hotline}。"
        ),
    ),
    "binding.opened": Notice(
        title=_("{relative}的家庭共济已开通"),
        body=_(
            "{since}起,{relative}看病买药先用自己的钱,不够再用您医保卡里的钱。就医买药请出示{code_of}的医保码。"
            "您随时可以暂停、改上限或解除。"
        ),
        sms=_(
            "家人{relative}的共济已开通,{since}起可用。就医买药请出示{code_of}的医保码。"
            "查看请自己打开医保官网,本短信不含网址。"
        ),
    ),
    "binding.opened_for_you": Notice(
        title=_("您可以用{giver}医保卡里的钱了"),
        body=_(
            "{since}起,您看病买药先用自己的钱,不够再用{giver}的。就医买药请出示{code_of}的医保码。"
            "{giver}能看到:日期、金额、看病还是买药。您随时可以退出。"
        ),
        sms=_(
            "{giver}给您开通了共济,{since}起可用。就医买药请出示{code_of}的医保码。"
            "不想用请打{hotline}。本短信不含网址。"
        ),
    ),
    "binding.returned": Notice(
        title=_("还要补一份材料"),
        body=_(
            "审核员看过了:{text}其他材料都合格,不用重传。请在 {deadline} 前补上。"
            "等您补材料的日子不算在办理时间里。"
        ),
        sms=_(
            "给{relative}的申请还差材料,请在{deadline}前补上。请自己打开医保官网,点“补材料”。不会补请打{hotline}。"
        ),
    ),
    "binding.refused": Notice(
        title=_("这次没有通过"),
        body=_(
            "原因:{text}您可以:① 按上面说的办,能补的补好再申请;"
            "② 不同意这个结果,{appeal_days} 日内申请复核,由另一位工作人员看。"
        ),
        sms=_(
            "给{relative}的申请这次没有通过,原因和下一步请自己打开医保官网查看,或打{hotline}。"
            "我们不会索要验证码和银行卡。"
        ),
    ),
    "binding.second_reading": Notice(
        title=_("材料需要进一步核实"),
        body=_("给{relative}的申请,材料需要进一步核实,最晚 {due_time} 答复。现在您不用做什么。"),
        sms=_("给{relative}的申请需要进一步核实,最晚{due}答复。您不用做什么,有疑问请打{hotline}。"),
    ),
    "binding.appealed": Notice(
        title=_("复核申请收到了"),
        body=_("由另一位工作人员看。最晚 {due_time} 前告诉您结果。"),
        sms=_("您的复核申请已收到,尾号{tail},最晚{due}出结果。请自己打开医保官网查看,本短信不含网址。"),
    ),
    "binding.late": Notice(
        title=_("我们晚了,对不起"),
        body=_("原定{before}。已转给主管,新的时间是 {due_time}。您不用重新提交。"),
        sms=_("给{relative}的申请我们晚了,对不起。新的时间是{due},您不用重新提交。有疑问请打{hotline}。"),
    ),
    "binding.declined": Notice(
        title=_("家人没有同意"),
        body=_("家人没有同意,这次不能开通。原因我们不便说明。"),
        sms=_("尾号{tail}的共济申请,家人没有同意,这次不能开通。有疑问请打{hotline}。本短信不含网址。"),
    ),
    "binding.lapsed_documents": Notice(
        title=_("补材料的时间过了"),
        body=_(
            "给{relative}的申请等了很久没有收到材料,已经停办。想办的时候可以重新申请,以前传的材料可以再用。"
        ),
        sms=_("给{relative}的申请没有等到材料,已经停办。想办可以重新申请,不会办请打{hotline}。"),
    ),
    "binding.lapsed_consent": Notice(
        title=_("没有等到家人的回答"),
        body=_("{other}一直没有回答,这件申请已经停办。和家人说好以后,可以重新申请。"),
        sms=_("尾号{tail}的共济申请没有等到家人的回答,已经停办。说好以后可以重新申请,或打{hotline}。"),
    ),
}

OF_A_BINDING = {
    "binding.ended_giver": Notice(
        title=_("{relative}的家庭共济已解除"),
        body=_("{ended_at} 起,{relative}不能再用您的钱;已经花的不退。"),
        sms=_(
            "家人{relative}的共济已在{ended_at}解除,已经花的不退。不是您办的请打{hotline}。本短信不含网址。"
        ),
    ),
    "binding.ended_relative": Notice(
        title=_("{giver}的家庭共济已解除"),
        body=_("{ended_at} 起,您看病买药不能再用{giver}的钱。您自己的医保不受影响。"),
        sms=_(
            "{giver}给您的共济已在{ended_at}解除,您自己的医保不受影响。有疑问请打{hotline}。本短信不含网址。"
        ),
    ),
    "binding.paused_giver": Notice(
        title=_("{relative}的家庭共济已暂停"),
        body=_("{relative}现在用不了您的钱。想恢复随时可以。"),
    ),
    "binding.paused_relative": Notice(
        title=_("{giver}暂停了家庭共济"),
        body=_("您现在看病买药先不能用{giver}的钱。您自己的医保不受影响。"),
        sms=_("{giver}暂停了给您的共济,您自己的医保不受影响。有疑问请打{hotline}。本短信不含网址。"),
    ),
    "binding.resumed_giver": Notice(
        title=_("{relative}的家庭共济已恢复"), body=_("{relative}现在又可以用您的钱了。")
    ),
    "binding.resumed_relative": Notice(
        title=_("{giver}恢复了家庭共济"),
        body=_("您看病买药又可以用{giver}的钱了。"),
        sms=_("{giver}给您的共济已恢复,现在可以用。有疑问请打{hotline}。本短信不含网址。"),
    ),
    "binding.cap_changed_giver": Notice(
        title=_("{relative}的每月上限改好了"), body=_("{relative}现在:{cap}。马上生效。")
    ),
    "binding.cap_changed_relative": Notice(
        title=_("{giver}改了每月上限"), body=_("您现在可以用{giver}的钱:{cap}。")
    ),
}

OF_WHAT_OPENED_AT_ONCE = {
    "binding.called_off_giver": Notice(
        title=_("给{relative}的开通已撤销"),
        body=_("{ended_at} 起停用,就像没有办过。{used}想办的时候可以重新申请。"),
        sms=_("给家人{relative}的开通已在{ended_at}撤销,{used}不是您办的请打{hotline}。"),
    ),
    "binding.called_off_relative": Notice(
        title=_("{giver}给您的开通已撤销"),
        body=_("{ended_at} 起停用。{used}您自己的医保不受影响。"),
        sms=_("{giver}给您的开通已在{ended_at}撤销,{used}您自己的医保不受影响。"),
    ),
}

OF_A_RECHECK = {
    "binding.recheck_asked": Notice(
        title=_("抽查:请补一份{document}"),
        body=_(
            "您给{relative}的申请是签承诺书开通的,这次抽到核对。请在 {answer_by} 前传{document}。"
            "核对期间照常能用。"
        ),
        sms=_("您的共济申请抽到核对,请在{answer_by}前补材料。请自己打开医保官网,不会补请打{hotline}。"),
    ),
    "binding.revoked_giver": Notice(
        title=_("给{relative}的开通已停止:承诺和实际不符"),
        body=_(
            "原因:{text}{stopped_at} 起停用。{back}您不同意这个结果,{appeal_until}前可以申请复核,"
            "由另一位工作人员看;也可以带材料到{window}。"
        ),
        sms=_(
            "给家人{relative}开通的经核实和承诺不符,已停止。原因、退款和复核请自己打开医保官网,或打{hotline}。"
        ),
    ),
    "binding.revoked_relative": Notice(
        title=_("{giver}给您的开通已停止"),
        body=_(
            "经核实,开通时的承诺和实际不符,{stopped_at} 起不能再用。{back}您自己的医保不受影响。"
            "有疑问请到{window},或打 {hotline}。"
        ),
        sms=_("{giver}给您开通的经核实和承诺不符,已停止。您自己的医保不受影响,有疑问请打{hotline}。"),
    ),
}

OF_A_WALLET = {
    "binding.please_consent_wallet": Notice(
        title=_("请您回答:要不要这个医保钱包"),
        body=_(
            "{initiator}申请给{relative}开通医保钱包,出钱的人是{giver}。要您同意才能开通。"
            "请在“家人邀请您”里回答。不认识对方,请选“我不认识对方”。"
        ),
        sms=_("{giver}想给{relative}开通医保钱包,转钱看病用。同意或不同意,请自己登录医保官网或打{hotline}。"),
    ),
    "binding.opened_wallet": Notice(
        title=_("{relative}的医保钱包已开通"),
        body=_(
            "{since}起,您可以在“医保钱包”里给{relative}转钱,家人收下以后看病买药用。"
            "就医买药请出示{code_of}的医保码。您随时可以解除,没用完的退回给您。"
        ),
        sms=_("家人{relative}的医保钱包已开通,{since}起可以转钱。就医买药请出示{code_of}的医保码。"),
    ),
    "binding.opened_for_you_wallet": Notice(
        title=_("{giver}给您开通了医保钱包"),
        body=_(
            "{since}起,{giver}可以给您转钱看病买药。钱来了我们会告诉您,点“收下”就能用。"
            "就医买药请出示{code_of}的医保码。您随时可以退出。"
        ),
        sms=_("{giver}给您开通了医保钱包,{since}起可以给您转钱,钱来了会告诉您。不想要请打{hotline}。"),
    ),
    "binding.ended_giver_wallet": Notice(
        title=_("{relative}的医保钱包已解除"),
        body=_("{ended_at} 起,{relative}不能再用钱包里的钱;已经花的不退,没用完的会退回您的个人账户。"),
        sms=_("家人{relative}的医保钱包已在{ended_at}解除,没用完的退回您的账户。有疑问请打{hotline}。"),
    ),
    "binding.ended_relative_wallet": Notice(
        title=_("{giver}的医保钱包已解除"),
        body=_("{ended_at} 起,您不能再用{giver}转来的钱,没用完的退回给{giver}。您自己的医保不受影响。"),
        sms=_("{giver}给您的医保钱包已在{ended_at}解除,没用完的退回给家人。有疑问请打{hotline}。"),
    ),
    "binding.paused_relative_wallet": Notice(
        title=_("{giver}暂停了医保钱包"),
        body=_("您现在看病买药先不能用{giver}转来的钱。钱还在。您自己的医保不受影响。"),
        sms=_("{giver}暂停了给您的医保钱包,钱还在,您自己的医保不受影响。有疑问请打{hotline}。"),
    ),
}

OF_A_POOL = {
    "binding.please_consent_pool": Notice(
        title=_("请您回答:要不要加入家庭共济账户"),
        body=_(
            "{giver}想请{relative}加入自己的家庭共济账户,看病买药可以用账户里的钱。要您同意才能开通。"
            "请在“家人邀请您”里回答。不认识对方,请选“我不认识对方”。"
        ),
        sms=_("{giver}想请{relative}加入家庭共济账户。同意或不同意,请自己登录医保官网或打{hotline}。"),
    ),
    "binding.opened_pool": Notice(
        title=_("{relative}加入了您的家庭共济账户"),
        body=_(
            "{since}起,{relative}看病买药先用自己的钱,不够再用家庭共济账户里的。就医买药请出示{code_of}的医保码。"
            "账户里有钱才能用,请到“家庭共济账户”里把钱划进来。您随时可以暂停或解除。"
        ),
        sms=_("{relative}加入了您的家庭共济账户,{since}起可用。账户里要先划入钱。办理请自己打开医保官网。"),
    ),
    "binding.opened_for_you_pool": Notice(
        title=_("您加入了{giver}的家庭共济账户"),
        body=_(
            "{since}起,您看病买药先用自己的钱,不够再用家庭共济账户里的。就医买药请出示{code_of}的医保码。"
            "{giver}能看到:日期、金额、看病还是买药。您随时可以退出。"
        ),
        sms=_(
            "您加入了{giver}的家庭共济账户,{since}起可用。就医买药请出示{code_of}的医保码。不想用请打{hotline}。"
        ),
    ),
    "binding.ended_giver_pool": Notice(
        title=_("{relative}退出了家庭共济账户"),
        body=_(
            "{ended_at} 起,{relative}不能再用家庭共济账户里的钱;已经花的不退。"
            "划进去的钱怎么办,请看“家庭共济账户”。"
        ),
        sms=_(
            "{relative}已在{ended_at}退出家庭共济账户,已经花的不退。不是您办的请打{hotline}。本短信不含网址。"
        ),
    ),
    "binding.ended_relative_pool": Notice(
        title=_("您退出了{giver}的家庭共济账户"),
        body=_("{ended_at} 起,您看病买药不能再用家庭共济账户里的钱。您自己的医保不受影响。"),
        sms=_("您已在{ended_at}退出{giver}的家庭共济账户,您自己的医保不受影响。有疑问请打{hotline}。"),
    ),
    "binding.paused_giver_pool": Notice(
        title=_("{relative}暂停使用家庭共济账户"),
        body=_("{relative}现在用不了家庭共济账户里的钱。想恢复随时可以。"),
    ),
    "binding.paused_relative_pool": Notice(
        title=_("{giver}暂停了您使用家庭共济账户"),
        body=_("您现在看病买药先不能用家庭共济账户里的钱。您自己的医保不受影响。"),
        sms=_("{giver}暂停了您使用家庭共济账户,您自己的医保不受影响。有疑问请打{hotline}。"),
    ),
}

OF_MOVING_IN = {
    "binding.moved_in_giver": Notice(
        title=_("给{relative}的{what}已转到这里"),
        body=_(
            "您给{relative}的{what}({since}开通)从原来的系统转过来了,不用重新办,照常使用。"
            "在“我的共济”里可以看、可以改。不是您办的,请打 {hotline}。"
        ),
    ),
    "binding.moved_in_relative": Notice(
        title=_("{giver}给您的{what}已转到这里"),
        body=_(
            "{giver}给您的{what}({since}开通)从原来的系统转过来了,不用重新办,照常使用。"
            "在“我的共济”里可以看,也可以退出。有疑问请打 {hotline}。"
        ),
    ),
}
"""Found in the portal only: nothing changes for them, and an SMS to all would look like a fake."""

register(OF_AN_APPLICATION)
register(OF_MOVING_IN)
register(OF_A_POOL)
register(OF_A_BINDING)
register(OF_A_WALLET)
register(OF_WHAT_OPENED_AT_ONCE)
register(OF_A_RECHECK)
