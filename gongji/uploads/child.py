"""The only place where the bytes of an upload are parsed: a process of its own that owns nothing.

Run as a file (`python -I child.py look|clean JPEG|PNG|HEIC|PDF`), so that no code and no setting of the
portal is in it. It gets the upload on stdin and answers on stdout: one line of JSON, then the JPEG pages.
It has 1 GiB of address space, 10 s of processor time, and once its libraries are loaded it can open no
file, no socket and no pipe.
"""

import contextlib
import io
import json
import resource
import sys
import warnings
from collections.abc import Iterator
from typing import Any, NoReturn

MEGAPIXELS = 1_000_000
MAX_PIXELS = {"JPEG": 64 * MEGAPIXELS, "HEIC": 64 * MEGAPIXELS, "PNG": 25 * MEGAPIXELS}
MAX_PDF_PAGES = 10
LONG_SIDE = 2000
MAX_PAGE_BYTES = 600_000
ADDRESS_SPACE, CPU_SECONDS = 1 << 30, 10
MAX_PROFILE = 4 << 20
QUALITIES = (85, 75, 65, 55)


class Problem(Exception):
    """What is wrong with the file; the code is all that leaves the process."""


def limit_what_it_may_use() -> None:
    """Bound memory, time, core dumps and written files, before anything is read."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def load_libraries(kind: str) -> None:
    """Import whatever decoding may need, then allow no descriptor beyond stdin, stdout and stderr."""
    from PIL import Image, ImageCms, ImageOps, MpoImagePlugin  # noqa: F401

    Image.preinit()
    if kind == "HEIC":
        import pillow_heif  # noqa: F401
    if kind == "PDF":
        import pypdfium2  # noqa: F401
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


# ---------------------------------------------------------------- opening: headers only
def open_picture(data: bytes, kind: str) -> Any:
    """Return a Pillow image whose pixels are not decoded yet."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # our own limits, below, are stricter and differ by type
    image = Image.open(io.BytesIO(data), formats=(kind,))
    refuse_too_many_pixels(image.size, kind)
    return image


def open_heic(data: bytes) -> Any:
    """Return the primary picture of a HEIC file, not decoded yet; previews and depth maps stay closed."""
    import pillow_heif

    options = pillow_heif.options
    options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False
    options.DECODE_THREADS = 1  # every thread would reserve address space of its own
    picture = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
    refuse_too_many_pixels(picture.size, "HEIC")
    return picture


def open_pdf(data: bytes) -> Any:
    """Return a PDF document that has no password and not too many pages."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise Problem("encrypted" if "password" in str(error).lower() else "unreadable") from error
    if not len(document):
        raise Problem("unreadable")
    if len(document) > MAX_PDF_PAGES:
        raise Problem("too_many_pages")
    return document


def refuse_too_many_pixels(size: tuple[int, int], kind: str) -> None:
    """Raise Problem for a picture that would cost too much to decode."""
    if size[0] * size[1] > MAX_PIXELS[kind]:
        raise Problem("too_many_pixels")


# ---------------------------------------------------------------- what the two commands do
def look(data: bytes, kind: str) -> int:
    """Read the header only; return the number of pages."""
    if kind == "PDF":
        return len(open_pdf(data))
    if kind == "HEIC":
        open_heic(data)
    else:
        open_picture(data, kind)
    return 1


def clean(data: bytes, kind: str) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Yield each page as a new JPEG of bounded size, upright, in sRGB, without metadata."""
    if kind == "PDF":
        for page in open_pdf(data):
            scale = LONG_SIDE / max(page.get_size())
            yield encode(page.render(scale=scale, may_draw_forms=False).to_pil())
    elif kind == "HEIC":
        yield encode(upright(open_heic(data).to_pillow()))
    else:
        image = open_picture(data, kind)
        image.draft(None, (LONG_SIDE, LONG_SIDE))  # a JPEG is decoded at a half, quarter or eighth
        yield encode(upright(image))


def upright(image: Any) -> Any:
    """Return the picture at its final size, turned as its EXIF says; a broken EXIF turns nothing."""
    from PIL import ImageOps

    if image.mode in ("I", "I;16", "I;16B", "F"):
        image = image.point(lambda value: value / 256).convert("L")
    elif image.mode not in ("L", "RGB", "RGBA", "CMYK"):
        image = image.convert("RGBA" if "transparency" in image.info or image.mode == "LA" else "RGB")
    image.thumbnail((LONG_SIDE, LONG_SIDE), reducing_gap=2.0)
    with contextlib.suppress(Exception):
        image = ImageOps.exif_transpose(image)
    return image


def in_srgb(image: Any) -> Any:
    """Return the picture as RGB: its colour profile applied if it is sound, transparency laid on white."""
    from PIL import Image, ImageCms

    profile = image.info.get("icc_profile")
    if profile and len(profile) <= MAX_PROFILE and image.mode in ("RGB", "CMYK", "L"):
        with contextlib.suppress(Exception):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    if image.mode == "RGBA":
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        return paper
    return image.convert("RGB")


def encode(image: Any) -> tuple[bytes, tuple[int, int]]:
    """Return the JPEG and its size; quality, then size, goes down until it is small enough."""
    image = in_srgb(image)
    image.info.clear()  # comment, EXIF, profile, text: Pillow would copy some of them
    while True:
        for quality in QUALITIES:
            out = io.BytesIO()
            image.save(out, "JPEG", quality=quality)
            if out.tell() <= MAX_PAGE_BYTES:
                return out.getvalue(), image.size
        image = image.resize((max(1, image.width * 4 // 5), max(1, image.height * 4 // 5)))


def answer(header: dict[str, Any], pages: list[bytes]) -> NoReturn:
    """Write the answer and leave without tidying up: whatever the file did to the libraries stays inside."""
    out = sys.stdout.buffer
    out.write(json.dumps(header).encode() + b"\n")
    for page in pages:
        out.write(page)
    out.flush()
    sys.exit(0)


def main(command: str, kind: str) -> NoReturn:
    """Do one command on the file at stdin."""
    limit_what_it_may_use()
    warnings.simplefilter("ignore")
    load_libraries(kind)
    data = sys.stdin.buffer.read()
    try:
        if command == "look":
            answer({"pages": look(data, kind)}, [])
        pages = list(clean(data, kind))
    except Problem as problem:
        answer({"problem": str(problem)}, [])
    except MemoryError:
        answer({"problem": "too_heavy"}, [])
    except Exception as error:  # a parser may raise anything over a hostile file
        answer({"problem": "unreadable", "error": type(error).__name__}, [])
    sizes = [{"bytes": len(jpeg), "width": size[0], "height": size[1]} for jpeg, size in pages]
    answer({"pages": sizes}, [jpeg for jpeg, _ in pages])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
