"""Ground floor of the portal: settings, policy, cryptography, outbox and audit trail."""

from gongji.celery import app as celery_app

__all__ = ("celery_app",)
