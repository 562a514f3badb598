"""Sixty hostile and twenty-four benign uploads, made on the spot and only once a session."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache

import pillow_heif
from PIL import Image, ImageCms, ImageDraw

MIB = 1024 * 1024
PAYLOADS = (b"<script", b"<?php", b"PK\x03\x04", b"/JavaScript", b"<svg", b"alert(")
"""What no stored or served byte may carry."""

SCRIPT = b"<script>alert(document.cookie)</script>"
PHP = b"<?php system($_GET['c']); ?>"


# ---------------------------------------------------------------- making files
def picture(width: int = 640, height: int = 480, mode: str = "RGB") -> Image.Image:
    """A picture whose top left corner is red and whose bottom right corner is blue."""
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle([0, 0, width // 4, height // 4], fill="red")
    draw.rectangle([width * 3 // 4, height * 3 // 4, width, height], fill="blue")
    return image.convert(mode)


def saved(image: Image.Image, kind: str, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def jpeg(width: int = 640, height: int = 480, **options) -> bytes:
    return saved(picture(width, height), "JPEG", **options)


def png(width: int = 64, height: int = 48, **options) -> bytes:
    return saved(picture(width, height), "PNG", **options)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_of_zeros(width: int, height: int, *, whole: bool = True) -> bytes:
    """A PNG of one bit a pixel: a few kilobytes that claim to be a wall."""
    rows = zlib.compressobj(9)
    row = b"\0" * (1 + (width + 7) // 8)
    data = b"".join(rows.compress(row) for _ in range(height if whole else 1)) + rows.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def with_chunk(data: bytes, name: bytes, content: bytes) -> bytes:
    """Put a chunk right behind a PNG's header."""
    return data[:33] + chunk(name, content) + data[33:]


def jpeg_claiming(width: int, height: int) -> bytes:
    """A JPEG whose frame header says another size."""
    data = bytearray(jpeg(64, 64))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def with_segment(data: bytes, marker: int, content: bytes) -> bytes:
    """Put a segment right behind a JPEG's start."""
    return data[:2] + b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content + data[2:]


def exif(orientation: int = 1, *, gps: bool = False) -> bytes:
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010F] = "Secret Camera Maker"
    if gps:
        data.get_ifd(0x8825).update({1: "N", 2: (25.0, 2.0, 30.0), 3: "E", 4: (102.0, 42.0, 10.0)})
    return data.tobytes()


def exif_loop() -> bytes:
    """EXIF whose directory names itself as the next and as its own sub-directory."""
    entries = struct.pack("<HHII", 0x8769, 4, 1, 8) + struct.pack("<HHII", 0x8825, 4, 1, 8)
    return b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 2) + entries + struct.pack("<I", 8)


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in names:
            file.writestr(name, SCRIPT)
    return out.getvalue()


def heic(width: int = 640, height: int = 480, **options) -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(picture(width, height)).save(out, quality=60, **options)
    return out.getvalue()


def heic_claiming(width: int, height: int) -> bytes:
    """A HEIC whose size property says another size."""
    data = bytearray(heic(64, 64))
    at = data.index(b"ispe") + 8
    data[at : at + 8] = struct.pack(">II", width, height)
    return bytes(data)


def pdf(pages: int = 1, *, size: tuple[int, int] = (595, 842)) -> bytes:
    """A PDF of scanned pages."""
    first, *others = [picture(*size) for _ in range(pages)]
    return saved(first, "PDF", save_all=True, append_images=others)


def pdf_with_password() -> bytes:
    """A PDF that asks for a password: the standard handler of revision 2, with a key nobody knows."""
    o, u = b"<" + b"11" * 32 + b">", b"<" + b"22" * 32 + b">"
    encrypt = b"<</Filter/Standard/V 1/R 2/P -44/O" + o + b"/U" + u + b">>"
    identity = b"/ID[<" + b"33" * 16 + b"><" + b"33" * 16 + b">]"
    return _pdf_of(_page_objects(b""), b"/Encrypt " + encrypt + identity)


def pdf_with_script() -> bytes:
    """A PDF that runs JavaScript when it is opened."""
    objects = _page_objects(b"")
    objects[0] = b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>"
    return _pdf_of(objects)


def pdf_that_never_ends() -> bytes:
    """A PDF whose page draws forms that draw forms: two billion fills."""
    objects = _page_objects(b"/F0 Do")
    objects[2] = objects[2].replace(b"/Resources<<>>", b"/Resources<</XObject<</F0 5 0 R>>>>")
    for depth in range(9):
        inner = b"/N Do " * 12 if depth < 8 else b"0 0 500 500 re f " * 12
        below = b"/Resources<</XObject<</N %d 0 R>>>>" % (6 + depth) if depth < 8 else b""
        head = b"<</Type/XObject/Subtype/Form/BBox[0 0 500 500]%s/Length %d>>" % (below, len(inner))
        objects.append(head + b"stream\n" + inner + b"\nendstream")
    return _pdf_of(objects)


def _page_objects(content: bytes) -> list[bytes]:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<>>>>"
    stream = b"<</Length %d>>stream\n%s\nendstream" % (len(content), content)
    return [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, stream]


def _pdf_of(objects: list[bytes], trailer: bytes = b"") -> bytes:
    out = b"%PDF-1.7\n"
    places = []
    for number, item in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, trailer, start,
    )  # fmt: skip


def gif_of_many_frames() -> bytes:
    frame = saved(Image.new("P", (8, 8)), "GIF")
    body = frame[13 + 768 : -1] if len(frame) > 800 else frame[13:-1]
    return frame[:-1] + body * 100_000 + b";"


def apng() -> bytes:
    frames = [picture(64, 48), picture(48, 64).resize((64, 48))] * 20
    return saved(frames[0], "PNG", save_all=True, append_images=frames[1:])


def truncated(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


def bad_checksum(data: bytes) -> bytes:
    at = data.index(b"IDAT")
    length = int.from_bytes(data[at - 4 : at])
    end = at + 4 + length
    return data[:end] + b"\0\0\0\0" + data[end + 4 :]


def mpo() -> bytes:
    """What many phones write: a JPEG followed by a second one."""
    return saved(picture(), "MPO", save_all=True, append_images=[picture(320, 240)])


def display_p3() -> bytes:
    """A JPEG with a colour profile of its own."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return saved(picture(), "JPEG", icc_profile=profile)


Make = Callable[[], bytes]

HOSTILE: dict[str, tuple[str, Make]] = {
    # bombs
    "png of 81 million pixels": ("a.png", lambda: png_of_zeros(9_000, 9_000)),
    "png of 169 million pixels": ("a.png", lambda: png_of_zeros(13_000, 13_000)),
    "png that claims 50,000 x 50,000": ("a.png", lambda: png_of_zeros(50_000, 50_000, whole=False)),
    "jpeg that claims 65,500 x 65,500": ("a.jpg", lambda: jpeg_claiming(65_500, 65_500)),
    "gif of 100,000 frames": ("a.gif", gif_of_many_frames),
    "animated png": ("a.png", apng),
    "webp": ("a.webp", lambda: saved(picture(), "WEBP")),
    "tiff in strips": ("a.tif", lambda: saved(picture(), "TIFF", compression="tiff_lzw")),
    # two things at once
    "png with a script behind it": ("a.png", lambda: png() + SCRIPT),
    "png with a script in its text": ("a.png", lambda: with_chunk(png(), b"tEXt", b"Title\0" + SCRIPT)),
    "jpeg with php behind it": ("a.jpg", lambda: jpeg() + PHP),
    "jpeg with a script as comment": ("a.jpg", lambda: with_segment(jpeg(), 0xFE, SCRIPT)),
    "jpeg with an archive behind it": ("a.jpg", lambda: jpeg() + archive("a.html")),
    "jpeg with php in its exif": ("a.jpg", lambda: with_segment(jpeg(), 0xE1, b"Exif\0\0" + PHP)),
    "pdf that runs a script": ("a.pdf", pdf_with_script),
    "pdf with a page behind it": ("a.pdf", lambda: pdf() + b"<html>" + SCRIPT),
    # other types under a picture's name
    "svg as png": ("a.png", lambda: b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>"),
    "html as jpg": ("a.jpg", lambda: b"<!DOCTYPE html>" + SCRIPT),
    "xml as jpg": (
        "a.jpg",
        lambda: b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
    ),
    "php as jpg": ("a.jpg", lambda: PHP),
    "program as jpg": ("a.jpg", lambda: b"MZ" + bytes(500)),
    "zip as png": ("a.png", lambda: archive("a.txt")),
    "docx": ("证明.docx", lambda: archive("word/document.xml")),
    "video as heic": ("a.heic", lambda: b"\0\0\0\x18ftypisom\0\0\0\0isomavc1" + bytes(200)),
    "eps as jpg": ("a.jpg", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n(%pipe%id) (w) file"),
    "text as pdf": ("a.pdf", lambda: "这不是 PDF".encode()),
    # picture formats that are not on the list
    "bmp": ("a.bmp", lambda: saved(picture(), "BMP")),
    "tiff": ("a.jpg", lambda: saved(picture(), "TIFF")),
    "ico": ("a.ico", lambda: saved(picture(64, 64), "ICO")),
    "psd": ("a.psd", lambda: b"8BPS\0\x01" + bytes(100)),
    "icns": ("a.icns", lambda: b"icns" + struct.pack(">I", 8)),
    "avif": ("a.avif", lambda: b"\0\0\0\x1cftypavif\0\0\0\0mif1avifmiaf" + bytes(200)),
    "jpeg 2000": ("a.jp2", lambda: b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(200)),
    "ppm": ("a.jpg", lambda: saved(picture(), "PPM")),
    "tga": ("a.jpg", lambda: saved(picture(), "TGA")),
    "dds": ("a.jpg", lambda: b"DDS " + bytes(200)),
    # broken
    "empty": ("a.jpg", lambda: b""),
    "header only": ("a.jpg", lambda: jpeg()[:20]),
    "truncated jpeg": ("a.jpg", lambda: truncated(jpeg(800, 600, quality=95))),
    "png with a bad checksum": ("a.png", lambda: bad_checksum(png())),
    "png without an end": ("a.png", lambda: png()[:-40]),
    "jpeg whose exif runs in a circle": ("a.jpg", lambda: with_segment(jpeg(), 0xE1, exif_loop())),
    "jpeg with a junk colour profile": ("a.jpg", lambda: jpeg(icc_profile=b"\0\xff" * 4000)),
    "png with 64 MB of text": (
        "a.png",
        lambda: with_chunk(png(), b"zTXt", b"Comment\0\0" + zlib.compress(bytes(64 * MIB))),
    ),
    # names
    "name that climbs": ("../../../../etc/cron.d/x.jpg", jpeg),
    "name with nul": ("a.php\0.jpg", jpeg),
    "name written backwards": ("a\u202egpj.exe", jpeg),
    "name of 300 characters": ("a" * 300 + ".jpg", jpeg),
    "name with two endings": ("a.jpg.html", jpeg),
    "name with line breaks": ("a\r\nX-Evil: 1\r\n.jpg", jpeg),
    "name that is a script": ('"><script>alert(1)</script>.jpg', jpeg),
    "name of a device": ("CON.jpg", jpeg),
    # sizes
    "one byte": ("a.jpg", lambda: b"\xff"),
    "one pixel": ("a.png", lambda: png(1, 1)),
    "one byte more than 20 MB": ("a.jpg", lambda: jpeg().ljust(20 * MIB + 1, b"\0")),
    "a line of 2,000,000 pixels": ("a.png", lambda: png_of_zeros(2_000_000, 1)),
    # HEIC
    "truncated heic": ("a.heic", lambda: truncated(heic())),
    "heic header only": ("a.heic", lambda: heic()[:60]),
    "heic with an svg inside": ("a.heic", lambda: heic()[:60] + b"<svg>" + SCRIPT),
    "heic that claims 100 million pixels": ("a.heic", lambda: heic_claiming(10_000, 10_000)),
}

BENIGN: dict[str, tuple[str, Make]] = {
    **{
        f"jpeg turned {turn}": ("IMG.jpg", lambda turn=turn: turned_jpeg(turn)) for turn in range(1, 9)
    },
    "jpeg with gps": ("IMG.jpg", lambda: jpeg(exif=exif(gps=True))),
    "jpeg with xmp": ("IMG.jpg", lambda: with_segment(jpeg(), 0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>")),
    "progressive jpeg": ("IMG.jpg", lambda: jpeg(progressive=True)),
    "12 million pixels": ("IMG.jpg", lambda: jpeg(4032, 3024)),
    "48 million pixels": ("IMG.jpg", lambda: jpeg(8064, 6048)),
    "grey jpeg": ("IMG.jpg", lambda: saved(picture(mode="L"), "JPEG")),
    "cmyk jpeg": ("IMG.jpg", lambda: saved(picture(mode="CMYK"), "JPEG")),
    "two jpegs in one file": ("IMG.jpg", mpo),
    "jpeg with a colour profile": ("IMG.jpg", display_p3),
    "jpeg under another name": ("IMG.PNG", jpeg),
    "png with transparency": ("IMG.png", lambda: saved(picture(mode="RGBA"), "PNG")),
    "png with a palette": ("IMG.png", lambda: saved(picture(mode="P"), "PNG")),
    "heic": ("IMG.HEIC", heic),
    "heic with gps, turned": ("IMG.HEIC", lambda: turned_heic(6)),
    "pdf": ("扫描.pdf", pdf),
    "pdf of three pages": ("扫描.pdf", lambda: pdf(3)),
}  # fmt: skip


TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a camera stores a picture that is to be shown with this EXIF orientation."""


def turned_jpeg(turn: int) -> bytes:
    image = picture()
    stored = image.transpose(TURNS[turn]) if turn in TURNS else image
    return saved(stored, "JPEG", exif=exif(turn, gps=True))


def turned_heic(turn: int) -> bytes:
    return saved_heic(picture().transpose(TURNS[turn]), exif(turn, gps=True))


def saved_heic(image: Image.Image, metadata: bytes) -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(image).save(out, quality=60, exif=metadata)
    return out.getvalue()


@cache
def hostile(name: str) -> tuple[str, bytes]:
    file_name, make = HOSTILE[name]
    return file_name, make()


@cache
def benign(name: str) -> tuple[str, bytes]:
    file_name, make = BENIGN[name]
    return file_name, make()
