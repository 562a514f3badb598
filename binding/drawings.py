"""A signature drawn on the screen: bounded, decoded in the limited process, looked at for ink."""

import base64
import binascii
import io
import struct

from django.utils.translation import gettext_lazy as _
from PIL import Image

from gongji.uploads import decoder

MAX_CHARACTERS = 400_000
"""Of the field: a page full of strokes on a sharp screen has a tenth of it."""
_PREFIX = "data:image/png;base64,"
_MAX_SIDES, _MIN_SIDES = (3000, 1500), (100, 40)
_HEAD = struct.Struct(">8s8xII")
_MAGIC = b"\x89PNG\r\n\x1a\n"
_DARK = 128
_LEAST_INK, _MOST_INK, _LEAST_REACH = 0.0008, 0.5, 0.12
"""Shares of the picture: below, a slip of the finger; above, a scribble over everything."""


class BadDrawing(Exception):
    """What was sent is no signature; `words` says what to do."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.words = WORDS[code]


WORDS = {
    "unreadable": _("手写的签名没有传完整。请再写一遍,或者写上姓名"),
    "faint": _("签名太短,看不出来。请再写一遍,或者写上姓名"),
    "smeared": _("签名涂满了,看不清。请擦掉再写一遍,或者写上姓名"),
}


def read_drawing(sent: str) -> bytes:
    """Return the JPEG of a drawn signature from what the page sent: a PNG as a data address.

    Raises BadDrawing.
    """
    png = _png(sent)
    try:
        [picture] = decoder.clean(png, "PNG")
    except (decoder.Unusable, ValueError) as unusable:
        raise BadDrawing("unreadable") from unusable
    _require_ink(picture.jpeg)
    return picture.jpeg


def _png(sent: str) -> bytes:
    """Return the bytes of a PNG of sensible size; only its first 24 are looked at here."""
    if len(sent) > MAX_CHARACTERS or not sent.startswith(_PREFIX):
        raise BadDrawing("unreadable")
    try:
        png = base64.b64decode(sent.removeprefix(_PREFIX), validate=True)
        magic, width, height = _HEAD.unpack_from(png)
    except (binascii.Error, ValueError, struct.error) as broken:
        raise BadDrawing("unreadable") from broken
    fits = _MIN_SIDES[0] <= width <= _MAX_SIDES[0] and _MIN_SIDES[1] <= height <= _MAX_SIDES[1]
    if magic != _MAGIC or not fits:
        raise BadDrawing("unreadable")
    return png


def _require_ink(jpeg: bytes) -> None:
    """A picture of our own making is opened here; what came from outside never is."""
    ink = (
        Image.open(io.BytesIO(jpeg), formats=("JPEG",)).convert("L").point(lambda grey: 255 * (grey < _DARK))
    )
    width, height = ink.size
    share = ink.histogram()[255] / (width * height)
    left, top, right, bottom = ink.getbbox() or (0, 0, 0, 0)
    if share < _LEAST_INK or max((right - left) / width, (bottom - top) / height) < _LEAST_REACH:
        raise BadDrawing("faint")
    if share > _MOST_INK:
        raise BadDrawing("smeared")
