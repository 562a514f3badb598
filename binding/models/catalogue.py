"""What decisions refer to: published versions of the rules, and the reasons that staff may give."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class PolicyVersion(models.Model):
    """The rules of one area as published on a day; an application keeps the version of its day."""

    area = models.CharField(_("地区"), max_length=6)
    digest = models.CharField(_("摘要"), max_length=64)
    canonical = models.TextField(_("规则全文"))
    published_at = models.DateTimeField(_("发布时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("规则版本")
        constraints = [models.UniqueConstraint(fields=["area", "digest"], name="policy_version_once")]

    def __str__(self) -> str:
        return f"{self.area} {self.digest[:12]}"


class Reason(models.Model):
    """The catalogue of ux.md §5: what staff pick, what the citizen reads, and whether it can be mended."""

    class Fix(models.TextChoices):
        YES = "yes", _("可以补")
        NO = "no", _("不能补")
        LATER = "later", _("以后可以")
        WINDOW = "window", _("到窗口")
        REVIEW = "review", _("转复核")
        RECHECK = "check", _("抽查不实")

    code = models.CharField(_("代码"), max_length=3, primary_key=True)
    label = models.CharField(_("名称"), max_length=40)
    sentence = models.CharField(_("给群众的话"), max_length=200)
    fix = models.CharField(max_length=6, choices=Fix.choices)
    active = models.BooleanField(default=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("理由")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return f"{self.code} {self.label}"
