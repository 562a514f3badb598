"""What both ends are told about 亲情账户: who looks at whose record, never a word of paying.

{giver} is who is looked at, {relative} who looks.
"""

from django.utils.translation import gettext_lazy as _

from accounts.notices import Notice, register

OF_A_VIEW = {
    "binding.submitted_view": Notice(
        title=_("提交好了"),
        body=_(
            "受理号 {number}。亲情账户:由{relative}代看{giver}的医保。最晚 {due_time} 前告诉您结果。"
            "开始办理以前还可以修改,之后可以撤回。"
        ),
        sms=_("亲情账户的申请已收到,尾号{tail},最晚{due}出结果。请自己打开医保官网查看,本短信不含网址。"),
    ),
    "binding.please_consent_view": Notice(
        title=_("请您回答:让不让家人代看"),
        body=_(
            "{initiator}申请了亲情账户,由{relative}代看{giver}的医保。代看人能看参保、缴费、余额和使用记录,"
            "能出示付款码;花的是{giver}自己的钱。要您同意才能开通。请在“家人邀请您”里回答。"
            "不认识对方,请选“我不认识对方”。"
        ),
        sms=_(
            "{relative}想代看{giver}的医保。同意或不同意,请自己登录医保官网或打{hotline}。验证码别告诉人。"
        ),
    ),
    "binding.approved_waiting_view": Notice(
        title=_("只等家人同意"),
        body=_(
            "亲情账户只等{other}同意。请在 {deadline} 前提醒家人登录回答,或打 {hotline}。同意后马上能看。"
        ),
        sms=_("亲情账户只等{other}同意。请提醒家人在{deadline}前自己登录医保官网,或打{hotline}。"),
    ),
    "binding.opened_view": Notice(
        title=_("{relative}可以代看您的医保了"),
        body=_(
            "{since}起,{relative}能看到您的参保、缴费、余额和使用记录,能出示您的付款码,花的是您自己的钱。"
            "看不到:医院名字、药名、病名。谁看过,在“账号与安全”里看得到。您随时可以停。"
        ),
        sms=_("{since}起{relative}可以代看您的医保,随时可以停。不是您同意的请打{hotline}。本短信不含网址。"),
    ),
    "binding.opened_for_you_view": Notice(
        title=_("您可以代看{giver}的医保了"),
        body=_(
            "{since}起,您能看{giver}的参保、缴费、余额和使用记录,能出示{giver}的付款码。"
            "付款码只在{giver}本人看病买药时出示。您每看一次,家人都看得到。家人随时可以停。"
        ),
        sms=_("{since}起您可以代看{giver}的医保。查看请自己打开医保官网,本短信不含网址。"),
    ),
    "binding.returned_view": Notice(
        title=_("还要补一份材料"),
        body=_(
            "审核员看过了:{text}其他材料都合格,不用重传。请在 {deadline} 前补上。"
            "等您补材料的日子不算在办理时间里。"
        ),
        sms=_(
            "亲情账户的申请还差材料,请在{deadline}前补上。请自己打开医保官网,点“补材料”。不会补请打{hotline}。"
        ),
    ),
    "binding.refused_view": Notice(
        title=_("这次没有通过"),
        body=_(
            "亲情账户没有开通。原因:{text}您可以:① 按上面说的办,能补的补好再申请;"
            "② 不同意这个结果,{appeal_days} 日内申请复核,由另一位工作人员看。"
        ),
        sms=_("亲情账户的申请这次没有通过,原因和下一步请自己打开医保官网查看,或打{hotline}。"),
    ),
    "binding.second_reading_view": Notice(
        title=_("材料需要进一步核实"),
        body=_("亲情账户的申请,材料需要进一步核实,最晚 {due_time} 答复。现在您不用做什么。"),
        sms=_("亲情账户的申请需要进一步核实,最晚{due}答复。您不用做什么,有疑问请打{hotline}。"),
    ),
    "binding.late_view": Notice(
        title=_("我们晚了,对不起"),
        body=_("原定{before}。已转给主管,新的时间是 {due_time}。您不用重新提交。"),
        sms=_("亲情账户的申请我们晚了,对不起。新的时间是{due},您不用重新提交。有疑问请打{hotline}。"),
    ),
    "binding.declined_view": Notice(
        title=_("家人没有同意"),
        body=_("家人没有同意,亲情账户不能开通。原因我们不便说明。"),
        sms=_("尾号{tail}的亲情账户申请,家人没有同意,不能开通。有疑问请打{hotline}。本短信不含网址。"),
    ),
    "binding.lapsed_documents_view": Notice(
        title=_("补材料的时间过了"),
        body=_("亲情账户的申请等了很久没有收到材料,已经停办。想办的时候可以重新申请。"),
        sms=_("亲情账户的申请没有等到材料,已经停办。想办可以重新申请,不会办请打{hotline}。"),
    ),
    "binding.lapsed_consent_view": Notice(
        title=_("没有等到家人的回答"),
        body=_("{other}一直没有回答,亲情账户的申请已经停办。和家人说好以后,可以重新申请。"),
        sms=_("尾号{tail}的亲情账户申请没有等到家人的回答,已经停办。可以重新申请,或打{hotline}。"),
    ),
    "binding.ended_giver_view": Notice(
        title=_("{relative}不能再代看您的医保"),
        body=_("{ended_at} 起,{relative}看不到您的医保,也不能再出示您的付款码。您自己照常用。"),
        sms=_("{relative}代看您医保的亲情账户已在{ended_at}停用。有疑问请打{hotline}。本短信不含网址。"),
    ),
    "binding.ended_relative_view": Notice(
        title=_("{giver}的亲情账户停用了"),
        body=_("{ended_at} 起,您看不到{giver}的医保,也不能再出示付款码。您自己的医保不受影响。"),
        sms=_("{giver}的亲情账户已在{ended_at}停用,您不能再代看。有疑问请打{hotline}。本短信不含网址。"),
    ),
    "binding.paused_giver_view": Notice(
        title=_("暂时不让{relative}看了"),
        body=_("{relative}现在看不到您的医保,也不能出示您的付款码。想恢复随时可以。"),
    ),
    "binding.paused_relative_view": Notice(
        title=_("{giver}暂时不让看了"),
        body=_("您现在看不到{giver}的医保,也不能出示付款码。想看,请和家人说一声。"),
        sms=_("{giver}暂停了亲情账户,您现在不能代看。您自己的医保不受影响。有疑问请打{hotline}。"),
    ),
    "binding.resumed_giver_view": Notice(
        title=_("{relative}又可以代看您的医保"), body=_("{relative}现在又看得到您的医保了。您随时可以再停。")
    ),
    "binding.resumed_relative_view": Notice(
        title=_("您又可以代看{giver}的医保"),
        body=_("{giver}恢复了亲情账户,您现在又可以看了。"),
        sms=_("{giver}恢复了亲情账户,您又可以代看了。有疑问请打{hotline}。本短信不含网址。"),
    ),
}

register(OF_A_VIEW)
