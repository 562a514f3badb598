"""A real browser for the tests of this folder: a phone (390 x 844) and a desk (1280 x 900).

Needs a Chromium: the one of the system, `CHROMIUM=/path/to/chromium`, or `playwright install chromium`.
Without one these tests are left out and the summary of the run says so.
"""

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.factories import login_citizen, make_citizen

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_SYSTEM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
_PLAYWRIGHTS = any((Path.home() / ".cache/ms-playwright").glob("chromium*"))
_HERE = Path(__file__).parent

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


def pytest_collection_modifyitems(items):
    missing = pytest.mark.skip(
        reason="no Chromium for the browser tests: install the package chromium, set CHROMIUM=/path/to/it, "
        "or run .venv/bin/playwright install chromium"
    )
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not (_SYSTEM or _PLAYWRIGHTS):
                item.add_marker(missing)


@pytest.fixture(scope="session", autouse=True)
def _live_server_finds_static_files():
    """pytest-django knows the staticfiles app by its plain name only; ours is listed by its config class."""
    settings.INSTALLED_APPS.append("django.contrib.staticfiles")
    yield
    settings.INSTALLED_APPS.remove("django.contrib.staticfiles")


@pytest.fixture(scope="session")
def browser_type_launch_args():
    quiet = [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update",
    ]  # fmt: skip
    return {"args": quiet} | ({"executable_path": _SYSTEM} if _SYSTEM else {})


def _page(browser, live_server, **options):
    context = browser.new_context(base_url=live_server.url, locale="zh-CN", **options)
    context.set_default_timeout(30_000)
    return context.new_page()


@pytest.fixture
def open_page(browser, live_server):
    """Open further pages of people who share nothing: `open_page(viewport=…, java_script_enabled=…)`."""
    pages = []

    def open_one(**options):
        pages.append(_page(browser, live_server, **({"viewport": PHONE} | options)))
        return pages[-1]

    yield open_one
    for page in pages:
        page.context.close()


@pytest.fixture
def phone(open_page):
    """A citizen's telephone."""
    return open_page(viewport=PHONE)


@pytest.fixture
def citizen_phone(phone, live_server, transactional_db):
    """The telephone of somebody who is logged in."""
    client = Client()
    login_citizen(client, make_citizen())
    cookie = client.cookies["sessionid"]
    phone.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": live_server.url}])
    return phone


@pytest.fixture
def desk(open_page):
    """A reviewer's screen."""
    return open_page(viewport=DESK)
