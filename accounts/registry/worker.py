"""The start of a worker process. Imports nothing that needs Django to be ready: this is what makes it so."""

import django
from django.conf import settings
from django.db import connection


def start(database: str) -> None:
    """Set Django up in a fresh process, on the database of the parent (a test's has another name)."""
    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    connection.settings_dict["NAME"] = database
