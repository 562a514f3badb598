"""What every page must hold when rendered: no barrier, no sideways scrolling, room for fingers."""

from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page

from accounts.models import User
from tests.factories import login_citizen

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

_SMALL_TARGETS = """(least) => [...document.querySelectorAll("a, button, input:not([type=hidden]), select")]
  .filter((element) => {
    const box = element.getBoundingClientRect();
    const inline = element.closest("p, dd, main li") && getComputedStyle(element).display === "inline";
    const covered = element.closest(".door, .form-check, .visually-hidden, .skip-link");
    return box.width && !inline && !covered && (box.height < least - 0.5 || box.width < least - 0.5);
  })
  .map((element) => `${element.outerHTML.slice(0, 80)} ${element.getBoundingClientRect().height}`)"""


def barriers(page: Page) -> list[str]:
    """Return what axe finds, one line per rule with the first element that breaks it."""
    found = Axe().run(page, options={"runOnly": _RULES}).response["violations"]
    return [f"{rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in found]


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than the screen."""
    root = "document.documentElement"
    return page.evaluate(f"{root}.scrollWidth - {root}.clientWidth")


def small_targets(page: Page, least: int) -> list[str]:
    """Return the controls with a side below `least` pixels; links inside a sentence do not count."""
    return page.evaluate(_SMALL_TARGETS, least)


def as_citizen(user: User, page: Page, live_server) -> Page:
    """Let a telephone be somebody's."""
    client = Client()
    login_citizen(client, user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    return page


def looks_right(page: Page, least: int = 44) -> None:
    """No barrier, nothing sideways, room for fingers: 44 pixels, in the elder version 60.

    Less where a line of its own makes the room: 更改 in a summary, a box within its label.
    """
    assert (barriers(page), overflow(page), small_targets(page, least)) == ([], 0, []), page.url
