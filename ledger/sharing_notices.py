"""What people are told about household pools and premiums; registered with the ledger's other notices."""

from django.utils.translation import gettext_lazy as _

from accounts.notices import Notice, register

register(
    {
        "ledger.pool_in": Notice(
            title=_("{member}划进来 {yuan} 元"),
            body=_("{member}把 {yuan} 元划到了您的家庭共济账户,账户里的家人都可以用。"),
        ),
        "ledger.pool_out": Notice(
            title=_("家庭共济账户退回 {yuan} 元"),
            body=_(
                "您划到{creator}的家庭共济账户里的钱,还没用完的 {yuan} 元已经退回您的个人账户。"
                "按各人划入的多少退,明细里能看到。"
            ),
            sms=_("{creator}的家庭共济账户退回您个人账户{yuan}元。查看请自己打开医保官网,本短信不含网址。"),
        ),
        "ledger.premium_paid_payer": Notice(
            title=_("代缴好了:{year} 年度{kind}"),
            body=_("您给{relative}缴了 {year} 年度{kind} {yuan} 元,从您的个人账户出。回执在“代缴保费”里。"),
        ),
        "ledger.premium_paid_relative": Notice(
            title=_("{payer}替您缴了 {year} 年度{kind}"),
            body=_("{payer}用个人账户替您缴了 {year} 年度{kind} {yuan} 元。您不用再缴。"),
            sms=_("{payer}替您缴了{year}年度{kind}{yuan}元,您不用再缴。有疑问请打12393。本短信不含网址。"),
        ),
        "ledger.premium_refunded_payer": Notice(
            title=_("退好了:{year} 年度{kind}"),
            body=_("您给{relative}缴的 {year} 年度{kind} {yuan} 元,已经退回您的个人账户。"),
        ),
        "ledger.premium_refunded_relative": Notice(
            title=_("{year} 年度{kind}退掉了"),
            body=_("{payer}替您缴的 {year} 年度{kind} {yuan} 元已经退掉。要参保,请在缴费期内再缴。"),
            sms=_(
                "{payer}替您缴的{year}年度{kind}已退掉。要参保请在缴费期内再缴,有疑问请打12393。本短信不含网址。"
            ),
        ),
    }
)
