"""The words of an application's life, shared by models and rules: states, actions, roles, ends."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("已提交")
    IN_REVIEW = "in_review", _("正在审核")
    SECOND_REVIEW = "second_review", _("复核")
    RETURNED = "returned", _("等您补材料")
    AWAITING_CONSENT = "awaiting_consent", _("等家人同意")
    APPROVED = "approved", _("已开通")
    REFUSED = "refused", _("没有通过")
    DECLINED = "declined", _("家人不同意")
    WITHDRAWN = "withdrawn", _("已撤回")
    LAPSED = "lapsed", _("已过期")


class Action(models.TextChoices):
    SUBMIT = "submit", _("提交")
    UNDO = "undo", _("撤销提交")
    ACCEPT = "accept", _("自动通过")
    ENQUEUE = "enqueue", _("进入审核")
    TURN_DOWN = "turn_down", _("自动不予通过")
    RETURN = "return", _("退回补材料")
    RESUBMIT = "resubmit", _("补齐材料")
    ESCALATE = "escalate", _("转复核")
    APPROVE = "approve", _("通过")
    REFUSE = "refuse", _("不予通过")
    CONSENT = "consent", _("同意")
    HAND_OVER = "hand_over", _("当面用手机同意")
    DECLINE = "decline", _("不同意")
    RETRACT = "retract", _("撤销决定")
    WITHDRAW = "withdraw", _("撤回")
    LAPSE = "lapse", _("过期")
    APPEAL = "appeal", _("申请复核")
    CALL_OFF = "call_off", _("撤销开通")
    REVOKE = "revoke", _("抽查不实,停止")
    MOVE_IN = "move_in", _("从原系统转入")


class Role(models.TextChoices):
    """In which capacity someone acts on an application."""

    INITIATOR = "initiator", _("申请人")
    OTHER = "other", _("对方")
    REVIEWER = "reviewer", _("审核员")
    SYSTEM = "system", _("系统")


class Party(models.TextChoices):
    """Which end of a binding someone is."""

    AUTHORIZER = "authorizer", _("出钱的人")
    BENEFICIARY = "beneficiary", _("用钱的家人")
    STAFF = "staff", _("工作人员")
    SYSTEM = "system", _("系统")


class Kind(models.TextChoices):
    """Three things that must not be mixed up; limits are counted per kind."""

    MUTUAL_AID = "mutual_aid", _("家庭共济")
    VIEW = "view", _("亲情账户")
    WALLET = "wallet", _("医保钱包")


UNDECIDED = (State.SUBMITTED, State.IN_REVIEW, State.SECOND_REVIEW, State.RETURNED, State.AWAITING_CONSENT)
"""Submitted and not yet settled: they count towards the limits and may be withdrawn or declined."""

CLOSED = (State.APPROVED, State.REFUSED, State.DECLINED, State.WITHDRAWN, State.LAPSED)
WITH_REVIEWER = (State.IN_REVIEW, State.SECOND_REVIEW)
