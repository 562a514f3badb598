"""Contrast of the design tokens, computed from the style sheet: axe tests no borders and focus rings."""

import re
from pathlib import Path

import pytest
from django.conf import settings

CSS = (Path(settings.BASE_DIR) / "static/css/gongji.css").read_text()
WHITE = "#fff"


def tokens(selector: str) -> dict[str, str]:
    """Return the colours that the first block of `selector` defines."""
    block = re.search(re.escape(selector) + r" \{(.*?)\}", CSS, re.DOTALL)
    assert block, selector
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block[1]))


STANDARD = tokens(":root")
ELDER = STANDARD | tokens("[data-elder]")


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


TEXT = [
    ("ink", "paper"), ("ink", "ground"), ("ink", "primary-soft"), ("ink", "warn-soft"), ("ink", "error-soft"),
    ("muted", "paper"), ("muted", "ground"),
    ("primary", "paper"), ("primary", "ground"), ("primary-deep", "primary-soft"),
    ("paper", "primary"), ("paper", "primary-deep"), ("paper", "mast"), ("paper", "error"), ("paper", "ok"),
    ("ok", "ok-soft"), ("warn", "warn-soft"), ("error", "error-soft"), ("error", "paper"),
]  # fmt: skip
EDGES = [("edge", "paper"), ("edge", "ground"), ("focus", "paper"), ("focus", "ground"), ("error", "ground")]


def test_contrast_is_computed_as_wcag_does():
    assert contrast("#000", WHITE) == pytest.approx(21)
    assert contrast("#6b7580", WHITE) == pytest.approx(4.7, abs=0.05)


@pytest.mark.parametrize(("front", "back"), TEXT)
def test_text_is_readable(front, back):
    assert contrast(STANDARD[front], STANDARD[back]) >= 4.5


@pytest.mark.parametrize(
    ("front", "back"), [pair for pair in TEXT if pair[0] in {"ink", "muted", "primary", "warn"}]
)
def test_text_of_the_elder_size_is_very_readable(front, back):
    assert contrast(ELDER[front], ELDER[back]) >= 7


@pytest.mark.parametrize("palette", [STANDARD, ELDER], ids=["standard", "elder"])
@pytest.mark.parametrize(("front", "back"), EDGES)
def test_borders_and_focus_rings_are_seen(palette, front, back):
    assert contrast(palette[front], palette[back]) >= 3


def test_targets_are_large_enough_for_fingers():
    assert "--touch: 44px" in CSS
    assert "--touch: 60px" in CSS


def test_the_elder_sizes_are_24_and_30_px():
    assert "html[data-elder] { font-size: 150%; }" in CSS
    assert 'html[data-elder="2"] { font-size: 187.5%; }' in CSS
