"""What a file is, told from its first bytes; its name and declared type are never believed."""

ACCEPTED = ("JPEG", "PNG", "HEIC", "PDF")
HEAD = 4096
"""How many bytes `recognise` looks at."""

_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}

_MAGIC = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"%PDF-", "PDF"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"\0\0\x01\0", "ICO"),
    (b"8BPS", "PSD"),
    (b"\xd0\xcf\x11\xe0", "doc"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "gz"),
    (b"MZ", "exe"),
    (b"\x7fELF", "exe"),
    (b"%!PS", "EPS"),
)
_INSIDE_ZIP = ((b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx"))
_MARKUP = (
    (b"<svg", "SVG"),
    (b"<html", "html"),
    (b"<!doctype html", "html"),
    (b"<?php", "php"),
    (b"<?xml", "xml"),
)


def recognise(head: bytes) -> str | None:
    """Return one of ACCEPTED, a name people know for another type, or None for bytes nobody knows.

    `head` is the beginning of the file, HEAD bytes of it. An accepted type must start at the very first
    byte: a picture behind something else is that something else.
    """
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(b"PK\x03\x04"):
        return next((kind for mark, kind in _INSIDE_ZIP if mark in head), "zip")
    if head[:4] == b"RIFF":
        return "WebP" if head[8:12] == b"WEBP" else "avi"
    if head[4:8] == b"ftyp":
        return _brand(head)
    start = head[:512].lower()
    return next((kind for mark, kind in _MARKUP if mark in start), None)


def _brand(head: bytes) -> str:
    """Tell HEIC, AVIF and video apart: all are boxes that start with `ftyp` and a list of brands."""
    length = min(int.from_bytes(head[:4]), HEAD)
    brands = {head[at : at + 4] for at in (8, *range(16, length, 4))}
    if b"avif" in brands or b"avis" in brands:
        return "AVIF"
    return "HEIC" if brands & _HEIC_BRANDS else "mp4"
