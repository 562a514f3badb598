"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GongjiConfig(AppConfig):
    name = "gongji"
    verbose_name = _("公共基础")
