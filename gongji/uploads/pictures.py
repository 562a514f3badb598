"""Small changes to pictures of our own making, on their way out: a thumbnail, a watermark.

Only sanitized pages come here; uploads are never decoded in this process.
"""

import io
from functools import lru_cache
from itertools import product

from PIL import Image, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path

THUMBNAIL_SIDE = 360
_INK = (96, 96, 96, 70)
_QUALITY = 82


def thumbnail(jpeg: bytes) -> bytes:
    """Return a small JPEG of the page."""
    image = _open(jpeg)
    image.draft("RGB", (THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return _save(image)


def watermark(jpeg: bytes, text: str) -> bytes:
    """Return the page with `text` written across it, again and again, so that no useful cut is without it."""
    image = _open(jpeg).convert("RGB")
    stamp = _stamp(text, max(18, max(image.size) // 48))
    step_x, step_y = int(stamp.width * 1.15), int(stamp.height * 1.05)
    for x, y in product(range(-step_x // 3, image.width, step_x), range(-step_y // 3, image.height, step_y)):
        image.paste(stamp, (x, y), stamp)
    return _save(image)


def size_of(jpeg: bytes) -> tuple[int, int]:
    """Return width and height."""
    return _open(jpeg).size


def _open(jpeg: bytes) -> Image.Image:
    return Image.open(io.BytesIO(jpeg), formats=("JPEG",))


def _save(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def _stamp(text: str, size: int) -> Image.Image:
    """Return the slanted text on nothing."""
    font = _font(size)
    left, top, right, bottom = font.getbbox(text)
    flat = Image.new("RGBA", (int(right - left) + size, int(bottom - top) + size), (0, 0, 0, 0))
    ImageDraw.Draw(flat).text((size // 2 - left, size // 2 - top), text, font=font, fill=_INK)
    return flat.rotate(24, expand=True, resample=Image.Resampling.BICUBIC)


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(sans_path()), size)
