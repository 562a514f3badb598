"""Pictures of the story for README.md, taken only when SHOTS names a folder (`make pictures`)."""

import io
import os
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

LIMIT = 150_000
"""Bytes a picture may have: a README is read on phones too."""


def shot(page: Page, name: str, *, whole: bool = False) -> None:
    """Keep what this page shows now as docs/images/<name>.png; nothing without SHOTS."""
    folder = os.environ.get("SHOTS")
    if not folder:
        return
    picture = Image.open(io.BytesIO(page.screenshot(full_page=whole, animations="disabled")))
    path = Path(folder) / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_small(picture.convert("RGB")))


def _small(picture: Image.Image) -> bytes:
    """The finest palette whose PNG stays below the limit."""
    for colours in (256, 128, 64, 32, 16):
        file = io.BytesIO()
        picture.quantize(colours, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
        if file.tell() <= LIMIT:
            break
    return file.getvalue()
