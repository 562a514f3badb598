"""From a flat sheet to what a phone sees: a table, a shadow, a tilt, uneven light, grain, at times a flaw."""

import io
import random
from functools import cache
from math import cos, radians, sin

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

FLAWS = ("blur", "glare", "cut", "dark")
LONG, SHORT = 1600, 1200
_TABLES = ((150, 112, 76), (92, 74, 58), (186, 180, 170), (120, 128, 132))


def photograph(sheet: Image.Image, *, seed: int, flaw: str | None = None) -> bytes:
    """Return the JPEG of a phone's photograph of the sheet. Raises ValueError for an unknown flaw."""
    if flaw not in (None, *FLAWS):
        raise ValueError(f"no such flaw: {flaw}")
    dice = random.Random(seed)  # noqa: S311 - a demo's dice
    frame = (LONG, SHORT) if sheet.width >= sheet.height else (SHORT, LONG)
    seen, mask = _tilted(sheet, frame, dice, cut=flaw == "cut")
    photo = _on_table(seen, mask, frame, dice)
    photo = ImageChops.multiply(photo, _light(frame, dice.randrange(4)))
    if flaw == "glare":
        photo = _with_glare(photo, dice)
    if flaw == "blur":
        photo = photo.filter(ImageFilter.BoxBlur(9))
    if flaw == "dark":
        photo = ImageEnhance.Brightness(photo).enhance(0.22)
    photo = ImageChops.add(photo, _grain(frame), scale=1, offset=-128)
    out = io.BytesIO()
    photo.save(out, "JPEG", quality=78)
    return out.getvalue()


def _tilted(
    sheet: Image.Image, frame: tuple[int, int], dice: random.Random, *, cut: bool
) -> tuple[Image.Image, Image.Image]:
    """Return the sheet as seen from slightly aside, and the mask that says where in the frame it is."""
    scale = min(frame[0] * 0.88 / sheet.width, frame[1] * 0.88 / sheet.height)
    size = (round(sheet.width * scale), round(sheet.height * scale))
    left, top = (frame[0] - size[0]) // 2, (frame[1] - size[1]) // 2
    if cut:
        left, top = left + frame[0] // 4, top + frame[1] // 6
    flat, mask = Image.new("RGB", frame), Image.new("L", frame)
    flat.paste(sheet.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0), (left, top))
    mask.paste(255, (left, top, left + size[0], top + size[1]))
    quad = _seen_from_aside(frame, dice)
    tilt = (frame, Image.Transform.QUAD, quad, Image.Resampling.BILINEAR)
    return flat.transform(*tilt), mask.transform(*tilt)


def _seen_from_aside(frame: tuple[int, int], dice: random.Random) -> tuple[float, ...]:
    """Return which points of the flat frame appear in the corners of the photograph: turned and uneven."""
    width, height = frame
    turn = radians(dice.uniform(-2.2, 2.2))
    corners: list[float] = []
    for x, y in ((0, 0), (0, height), (width, height), (width, 0)):
        across, down = x - width / 2, y - height / 2
        corners.append(width / 2 + across * cos(turn) - down * sin(turn) + dice.uniform(-0.03, 0.03) * width)
        corners.append(
            height / 2 + across * sin(turn) + down * cos(turn) + dice.uniform(-0.03, 0.03) * height
        )
    return tuple(corners)


def _on_table(
    seen: Image.Image, mask: Image.Image, frame: tuple[int, int], dice: random.Random
) -> Image.Image:
    """Lay what is seen on a table, its shadow below it."""
    photo = _table(frame, dice.randrange(len(_TABLES))).copy()
    shadow = mask.reduce(8).filter(ImageFilter.GaussianBlur(3)).resize(frame, Image.Resampling.BILINEAR)
    place = (dice.randrange(8, 20), dice.randrange(10, 24))
    photo.paste((18, 14, 12), place, shadow.point(lambda value: value * 6 // 10))
    photo.paste(seen, mask=mask)
    return photo


def _with_glare(photo: Image.Image, dice: random.Random) -> Image.Image:
    """Reflect a lamp right across the middle of the page."""
    width, height = photo.width // 8, photo.height // 8
    spot = Image.new("L", (width, height))
    x, y = width * dice.uniform(0.42, 0.6), height * dice.uniform(0.36, 0.5)
    ImageDraw.Draw(spot).ellipse(
        [x - width * 0.24, y - height * 0.16, x + width * 0.24, y + height * 0.16], fill=255
    )
    spot = spot.filter(ImageFilter.GaussianBlur(9)).resize(photo.size)
    photo.paste((255, 255, 252), mask=spot)
    return photo


@cache
def _table(frame: tuple[int, int], which: int) -> Image.Image:
    """A table top: one colour, long fibres, fine grain."""
    fibres = _noise((frame[0] // 60, frame[1] // 3), 160).resize(frame, Image.Resampling.BICUBIC)
    colour = Image.new("RGB", frame, _TABLES[which])
    return Image.blend(colour, Image.merge("RGB", (fibres,) * 3), 0.16)


@cache
def _light(frame: tuple[int, int], side: int) -> Image.Image:
    """A window on one side: brighter there, darker away from it."""
    ramp = Image.linear_gradient("L").rotate(90 * side).resize(frame)
    return Image.merge("RGB", (ramp.point(lambda value: 190 + value // 4),) * 3)


@cache
def _grain(frame: tuple[int, int]) -> Image.Image:
    """The noise of a small sensor, softened as phones do."""
    noise = _noise(frame, 38).filter(ImageFilter.BoxBlur(0.6))
    return Image.merge("RGB", (noise,) * 3)


def _noise(size: tuple[int, int], spread: int) -> Image.Image:
    """Return grey noise around 128; unlike Pillow's own, the same in every process."""
    dots = Image.frombytes("L", size, random.Random(1).randbytes(size[0] * size[1]))  # noqa: S311
    return dots.point(lambda value: 128 + (value - 128) * spread // 255)
