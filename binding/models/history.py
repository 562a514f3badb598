"""What happened to applications and bindings: rows that are added and never changed."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from binding.models.application import Application
from binding.models.binding import Binding
from binding.states import Action, Party, Role, State


class Event(models.Model):
    """What happened to an application; never changed. Also the timeline that citizens see."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="events")
    action = models.CharField(max_length=12, choices=Action.choices)
    from_state = models.CharField(max_length=16, choices=State.choices)
    to_state = models.CharField(max_length=16, choices=State.choices)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=9, choices=Role.choices)
    reasons = models.JSONField(default=list)
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("办理记录")
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["application", "at"], name="event_application")]

    def __str__(self) -> str:
        return f"{self.application_id} {self.action}"

    @property
    def by_clerk(self) -> bool:
        """Whether staff did it for one of the two, at the window or as they said on the telephone."""
        return self.actor is not None and self.actor.is_staff and self.role in (Role.INITIATOR, Role.OTHER)


class BindingChange(models.Model):
    """What was done to a binding in force: W13 shows it to both ends. Never changed."""

    class What(models.TextChoices):
        OPENED = "opened", _("开通")
        IMPORTED = "imported", _("从原系统转入")
        RETRACTED = "retracted", _("工作人员撤销开通")
        ENDED = "ended", _("解除")
        CALLED_OFF = "called_off", _("提交后撤销开通")
        REVOKED = "revoked", _("抽查不实,停止")
        REVIVED = "revived", _("反悔,恢复共济")
        PAUSED = "paused", _("暂停")
        RESUMED = "resumed", _("恢复使用")
        CAP = "cap", _("改每月上限")
        AUTHORIZED = "authorized", _("改授权总额")
        PRIVACY = "privacy", _("改能看到的内容")
        MOVED = "moved", _("医保转到本省别的地方,按新地方的规则办")
        STOPPED = "stopped", _("按规定自动停止")
        EXPIRED = "expired", _("到期")
        RENEWED = "renewed", _("续办,换成新的一期")

    binding = models.ForeignKey(Binding, on_delete=models.PROTECT, related_name="changes")
    what = models.CharField(_("做了什么"), max_length=10, choices=What.choices)
    party = models.CharField(_("谁"), max_length=11, choices=Party.choices)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    before = models.BigIntegerField(_("原来"), null=True)
    after = models.BigIntegerField(_("现在"), null=True)
    """分 for a cap or a total, the level for privacy, the areas' codes for a move, otherwise nothing."""
    at = models.DateTimeField(_("时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("共济变更记录")
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["binding", "at"], name="binding_change")]

    def __str__(self) -> str:
        return f"{self.binding_id} {self.what}"

    @property
    def by_clerk(self) -> bool:
        """Whether a clerk did it at the window for one of the two ends."""
        ends = (Party.AUTHORIZER, Party.BENEFICIARY)
        return self.actor is not None and self.actor.is_staff and self.party in ends
