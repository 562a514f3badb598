"""The start of a worker process. Imports nothing that needs Django to be ready: this is what makes it so."""

import os
from multiprocessing import parent_process
from threading import Thread

import django
from django.conf import settings
from django.db import connection


def start(database: str) -> None:
    """Set Django up in a fresh process, on the database of the parent (a test's has another name)."""
    Thread(target=_end_with_the_parent, daemon=True).start()
    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    connection.settings_dict["NAME"] = database


def _end_with_the_parent() -> None:
    """A parent that was killed cannot say goodbye; without it this process would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
