"""What a first visit costs on a slow phone: bytes as compressed, requests, and nobody else's servers."""

import gzip
import re

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

pytestmark = pytest.mark.django_db

PAGES = ["home", "compare", "help", "windows", "privacy", "accounts:login"]
KILOBYTE = 1024


def compressed(content: bytes) -> int:
    return len(gzip.compress(content, 9))


def references(html: str) -> list[str]:
    """Everything a browser fetches for the page."""
    links = re.findall(r'<link rel="(?:stylesheet|icon)"[^>]*href="([^"]+)"', html)
    return links + re.findall(r'<(?:script|img)[^>]*\ssrc="([^"]+)"', html)


def file_of(address: str) -> bytes:
    with open(finders.find(address.removeprefix("/static/")), "rb") as file:
        return file.read()


@pytest.mark.parametrize("name", PAGES)
def test_a_first_view_is_light(client, name):
    html = client.get(reverse(name)).content
    fetched = references(html.decode())
    total = compressed(html) + sum(compressed(file_of(address)) for address in fetched)
    assert compressed(html) <= 15 * KILOBYTE
    assert total <= 60 * KILOBYTE
    assert 1 + len(fetched) <= 5


def test_our_own_style_and_script_stay_small():
    assert compressed(file_of("/static/css/gongji.css")) <= 5.5 * KILOBYTE
    assert compressed(file_of("/static/js/gongji.js")) <= 2 * KILOBYTE


@pytest.mark.parametrize("name", PAGES)
def test_no_page_calls_a_foreign_server(client, name):
    html = client.get(reverse(name)).content.decode()
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', html)


@pytest.mark.parametrize("name", PAGES)
def test_no_page_needs_inline_script_or_style(client, name):
    html = client.get(reverse(name)).content.decode()
    assert not re.search(r"<style|<script(?![^>]*\ssrc=)|\sstyle=|\son[a-z]+=", html)
