"""A sheet of paper to print on: text, lines, tables, stamps, portraits, and 样本 across all of it."""

import random
from collections.abc import Sequence
from functools import cache
from itertools import product
from math import cos, radians, sin

from PIL import Image, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path, serif_path

Colour = tuple[int, int, int]
INK: Colour = (38, 36, 40)
PRINT: Colour = (92, 84, 80)
RED: Colour = (190, 38, 42)
PER_MM = 8
"""Pixels of the flat sheet a millimetre."""


@cache
def font(size: int, serif: bool = False) -> ImageFont.FreeTypeFont:
    """Return a Chinese font; the files come with the package, so a bare machine has them."""
    return ImageFont.truetype(str(serif_path() if serif else sans_path()), size)


class Sheet:
    """Paper of a size in millimetres."""

    def __init__(self, width: int, height: int, colour: Colour = (247, 244, 234)) -> None:
        self.image = Image.new("RGB", (width * PER_MM, height * PER_MM), colour)
        self._draw = ImageDraw.Draw(self.image)

    def text(
        self, x: float, y: float, text: str, *, mm: float = 4, ink: Colour = INK, serif: bool = False
    ) -> None:
        """Print a line with its top left corner at (x, y)."""
        self._draw.text((x * PER_MM, y * PER_MM), text, font=font(round(mm * PER_MM), serif), fill=ink)

    def centred(
        self, x: float, y: float, text: str, *, mm: float = 4, ink: Colour = INK, serif: bool = True
    ) -> None:
        """Print a line whose middle is at (x, y)."""
        place = (x * PER_MM, y * PER_MM)
        self._draw.text(place, text, font=font(round(mm * PER_MM), serif), fill=ink, anchor="mm")

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        ink: Colour = PRINT,
        fill: Colour | None = None,
    ) -> None:
        """Draw a rectangle."""
        corners = [x * PER_MM, y * PER_MM, (x + width) * PER_MM, (y + height) * PER_MM]
        self._draw.rectangle(corners, outline=ink, fill=fill, width=2)

    def guilloche(self, colour: Colour, step: int = 5) -> None:
        """Cover the paper with the fine waves of official forms."""
        width, height = self.image.size
        for row in range(-2 * PER_MM, height, step * PER_MM // 2):
            wave = [(x, row + 9 * sin(x / 47 + row / 31)) for x in range(0, width + 24, 24)]
            self._draw.line(wave, fill=colour, width=1)

    def rows(
        self, x: float, y: float, rows: Sequence[Sequence[tuple[str, float, str]]], *, height: float = 9
    ) -> None:
        """Draw a table: each row a list of (label, width, value); labels are printed, values are typed in."""
        for row in rows:
            left = x
            for label, width, value in row:
                tag = min(width * 0.5, 3.2 * max(map(len, label.split("\n"))) + 3)
                self.box(left, y, tag, height)
                self.box(left + tag, y, width - tag, height)
                lines = label.split("\n")
                for number, line in enumerate(lines):
                    middle = y + height * (number + 1) / (len(lines) + 1)
                    self.centred(left + tag / 2, middle, line, mm=2.7, ink=PRINT)
                self.centred(left + tag + (width - tag) / 2, y + height / 2, value, mm=3.6, serif=False)
                left += width
            y += height

    def portrait(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        heads: int = 1,
        *,
        wall: Colour = (205, 222, 238),
    ) -> None:
        """Draw a passport picture of nobody: shoulders and a head without a face."""
        self.box(x, y, width, height, fill=wall)
        share = width / heads
        for number in range(heads):
            middle, top = x + share * (number + 0.5), y + height * 0.2
            head = min(share * 0.25, height * 0.19)
            body = [
                (middle - head * 1.7) * PER_MM,
                (top + head * 2.3) * PER_MM,
                (middle + head * 1.7) * PER_MM,
                (y + height) * PER_MM,
            ]
            self._draw.pieslice(
                [body[0], body[1], body[2], 2 * body[3] - body[1]], 180, 360, fill=(70, 78, 98)
            )
            face = [
                (middle - head) * PER_MM,
                top * PER_MM,
                (middle + head) * PER_MM,
                (top + head * 2.5) * PER_MM,
            ]
            self._draw.ellipse(face, fill=(226, 192, 168))
            self._draw.pieslice(
                [face[0], face[1] - 6, face[2], face[1] + (face[3] - face[1]) * 0.9],
                180,
                360,
                fill=(42, 38, 40),
            )

    def stamp(self, x: float, y: float, radius: float, name: str, line: str = "样本专用章") -> None:
        """Press a round red stamp, its middle at (x, y)."""
        seal = _seal(round(radius * 2 * PER_MM), name, line)
        self.image.paste(seal, (round((x - radius) * PER_MM), round((y - radius) * PER_MM)), seal)

    def say_sample(self) -> "Sheet":
        """Write 样本 across the sheet, large, so that nobody takes it for a document."""
        width, height = self.image.size
        word = _sample(max(width, height) // 9)
        for across, down in product((1, 3), (1, 3)):
            place = (width * across // 4 - word.width // 2, height * down // 4 - word.height // 2)
            self.image.paste(word, place, word)
        return self


@cache
def _sample(size: int) -> Image.Image:
    word = Image.new("RGBA", (size * 3, size * 2))
    pen = ImageDraw.Draw(word)
    pen.text((size * 1.5, size), "样本", font=font(size, True), fill=(176, 40, 60, 66), anchor="mm")
    return word.rotate(26, Image.Resampling.BICUBIC, expand=True)


@cache
def _seal(side: int, name: str, line: str) -> Image.Image:
    """Return a stamp as pressed by hand: a little askew, the same each time."""
    seal = Image.new("RGBA", (side, side))
    pen = ImageDraw.Draw(seal)
    ink = (*RED, 200)
    pen.ellipse([4, 4, side - 5, side - 5], outline=ink, width=max(3, side // 45))
    pen.text((side / 2, side * 0.46), "★", font=font(side // 3), fill=ink, anchor="mm")
    pen.text((side / 2, side * 0.74), line, font=font(side // 11), fill=ink, anchor="mm")
    _around(seal, name, ink)
    askew = random.Random(name + line).uniform(-14, 14)  # noqa: S311 - no secret, only a look
    return seal.rotate(askew, Image.Resampling.BICUBIC)


def _around(seal: Image.Image, name: str, ink: tuple[int, int, int, int]) -> None:
    """Set a name along the upper rim of a stamp."""
    side, size = seal.width, seal.width // 8
    spread = min(250, 26 * len(name))
    for number, letter in enumerate(name):
        angle = -90 - spread / 2 + spread * (number + 0.5) / len(name)
        glyph = Image.new("RGBA", (size * 2, size * 2))
        ImageDraw.Draw(glyph).text((size, size), letter, font=font(size, True), fill=ink, anchor="mm")
        glyph = glyph.rotate(-angle - 90, Image.Resampling.BICUBIC)
        x = side / 2 + side * 0.385 * cos(radians(angle)) - size
        y = side / 2 + side * 0.385 * sin(radians(angle)) - size
        seal.alpha_composite(glyph, (round(x), round(y)))
