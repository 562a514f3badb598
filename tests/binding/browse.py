"""Walking the citizens' pages with Django's client: what is sent, where it leads, what stands there."""

import re
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from django.urls import reverse

from binding.models import Application, Binding
from tests.upload_corpus import jpeg


def photo(name="IMG_1.jpg", **size):
    return SimpleUploadedFile(name, jpeg(**size), content_type="image/jpeg")


def text(response) -> str:
    """The page as one line of text."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", response.content.decode()))


def standing(case):
    """Let the reviewer's time to take a decision back be over: now citizens see it."""
    moments = ("decided_at", "clock_stopped_at")
    Application.objects.update(**{name: F(name) - timedelta(minutes=6) for name in moments})
    Binding.objects.update(since=F("since") - timedelta(minutes=6))
    return case


def ask(client, page, /, *args, **data):
    """Send one page's answers and follow to the next page."""
    return client.post(reverse(f"binding:{page}", args=args), data, follow=True)


def at(response) -> str:
    return response.redirect_chain[-1][0]
