"""Pictures of the story for README.md, taken only when SHOTS names a folder (`make pictures`)."""

import io
import os
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

LIMIT = 150_000
"""Bytes a picture may have: a README is read on phones too."""


def shot(page: Page, name: str, *, height: int | None = None) -> None:
    """Keep the top of what this page shows as docs/images/<name>.png; nothing without SHOTS."""
    folder = os.environ.get("SHOTS")
    if not folder:
        return
    size = page.viewport_size or {"width": 0, "height": 0}
    page.evaluate("scrollTo(0, 0)")  # what sticks to the window stands where it belongs
    clip = {"x": 0, "y": 0, "width": size["width"], "height": height or size["height"]}
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True, clip=clip, animations="disabled")))
    path = Path(folder) / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_small(picture.convert("RGB")))


def _small(picture: Image.Image) -> bytes:
    """The finest palette whose PNG stays below the limit; rare colours, such as a button's, stay."""
    for colours in (256, 128, 64, 32, 16):
        file = io.BytesIO()
        picture.quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
            file, "PNG", optimize=True
        )
        if file.tell() <= LIMIT:
            break
    return file.getvalue()
