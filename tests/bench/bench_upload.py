"""Photographs of phones made safe, against Pillow alone in our own process without any guard."""

import io
import tempfile
import time
from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

from django.test import override_settings
from PIL import Image

from gongji.crypto import decrypt_file, encrypt_file, sm3
from gongji.uploads import decoder, storage
from gongji.uploads.child import LONG_SIDE, QUALITIES
from tests.bench.registry import Result, bench, size

SIZES = ((4032, 3024), (5712, 4284), (8064, 6048))
"""12, 24 and 48 million pixels."""


def photograph(width: int, height: int) -> bytes:
    """A JPEG with as much detail as a page on a table has."""
    scene = Image.effect_noise((width // 12, height // 12), 50).resize((width, height)).convert("RGB")
    out = io.BytesIO()
    scene.save(out, "JPEG", quality=88)
    return out.getvalue()


def ours(sealed: bytes, file_id: UUID) -> None:
    """What the worker does to one upload, but for the rows: open, sanitize in the child, seal, store."""
    for picture in decoder.clean(decrypt_file(sealed, file_id=file_id), "JPEG"):
        sm3(picture.jpeg)
        storage.write(encrypt_file(picture.jpeg, file_id=uuid4()))


def pillow(data: bytes, *, draft: bool) -> bytes:
    """Decode, resize and encode; with `draft`, JPEG's own shortcut to a smaller picture as well."""
    image = Image.open(io.BytesIO(data))
    if draft:
        image.draft("RGB", (LONG_SIDE, LONG_SIDE))
    image.load()
    share = LONG_SIDE / max(image.size)
    small = image.resize((round(image.width * share), round(image.height * share)), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=QUALITIES[0])
    return out.getvalue()


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@bench("upload_sanitize")
def bench_upload_sanitize() -> Iterator[Result]:
    """12, 24 and 48 MP in turn, one worker; BENCH_PHOTOS sets how many rounds."""
    rounds = size("photos", 6)
    spent = {"ours": 0.0, "plain": 0.0, "draft": 0.0}
    photos = [photograph(*pixels) for pixels in SIZES]
    with tempfile.TemporaryDirectory() as folder, override_settings(STORAGE_URL=f"file://{folder}"):
        for _ in range(rounds):
            for data in photos:
                file_id = uuid4()
                sealed = encrypt_file(data, file_id=file_id)
                spent["ours"] += seconds(lambda sealed=sealed, file_id=file_id: ours(sealed, file_id))
                spent["plain"] += seconds(lambda data=data: pillow(data, draft=False))
                spent["draft"] += seconds(lambda data=data: pillow(data, draft=True))
    rate = {name: 60 * rounds * len(photos) / total for name, total in spent.items()}
    what, unit = "12-48 MP through the limited child, sealed and stored, against Pillow ", "photographs/min"
    yield Result(rate["ours"], rate["plain"], unit, what + "decoding every pixel")
    yield Result(rate["ours"], rate["draft"], unit, what + "with draft()", name="upload_sanitize_draft")
