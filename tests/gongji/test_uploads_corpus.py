"""Hostile and benign uploads, from the form's check to the stored picture (docs: the G9 corpus)."""

import io
import json
import subprocess
import sys
from functools import cache
from time import monotonic

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from gongji.uploads import decoder
from gongji.uploads.checks import Examined, examine
from gongji.uploads.child import LONG_SIDE, MAX_PAGE_BYTES
from gongji.uploads.decoder import CHILD, Picture, Unusable
from gongji.uploads.kinds import HEAD, recognise
from tests.upload_corpus import BENIGN, HOSTILE, MIB, PAYLOADS, benign, hostile, pdf_that_never_ends

ANSWER_WITHIN = 5.0
CORNERS = (255, 0, 0), (0, 0, 255)
CORNERS_IN_GREY = (76, 76, 76), (29, 29, 29)


@cache
def sanitized(data: bytes) -> list[Picture]:
    return decoder.clean(data, recognise(data[:HEAD]) or "")


def upload(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="image/jpeg")


def assert_a_clean_picture(picture: Picture) -> None:
    """Ours: a small JPEG and nothing else."""
    assert not [payload for payload in PAYLOADS if payload in picture.jpeg]
    assert len(picture.jpeg) <= MAX_PAGE_BYTES
    image = Image.open(io.BytesIO(picture.jpeg), formats=("JPEG",))
    image.load()
    assert image.mode == "RGB"
    assert image.size == (picture.width, picture.height)
    assert max(image.size) <= LONG_SIDE
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert not image.getexif()


def test_the_corpus_is_whole():
    assert (len(HOSTILE), len(BENIGN)) == (60, 24)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_or_becomes_a_harmless_picture(name):
    file_name, data = hostile(name)
    started = monotonic()
    found = examine(upload(file_name, data))
    assert monotonic() - started < ANSWER_WITHIN
    if not isinstance(found, Examined):
        assert found.message
        return
    try:
        pictures = sanitized(data)
    except Unusable:
        return
    for picture in pictures:
        assert_a_clean_picture(picture)


REFUSED_AT_ONCE = [
    ("png of 81 million pixels", "too_many_pixels"),
    ("png that claims 50,000 x 50,000", "too_many_pixels"),
    ("jpeg that claims 65,500 x 65,500", "too_many_pixels"),
    ("heic that claims 100 million pixels", "too_many_pixels"),
    ("gif of 100,000 frames", "wrong_type"),
    ("webp", "wrong_type"),
    ("svg as png", "wrong_type"),
    ("docx", "wrong_type"),
    ("avif", "wrong_type"),
    ("empty", "empty"),
    ("one byte more than 20 MB", "too_large"),
    ("header only", "unreadable"),
    ("heic header only", "unreadable"),
]


@pytest.mark.parametrize(("name", "code"), REFUSED_AT_ONCE)
def test_what_the_form_can_know_is_said_in_the_form(name, code):
    found = examine(upload(*hostile(name)))
    assert getattr(found, "code", found) == code


@pytest.mark.parametrize("name", BENIGN)
def test_a_phone_picture_is_taken_upright_and_without_metadata(name):
    file_name, data = benign(name)
    assert isinstance(examine(upload(file_name, data)), Examined)
    for picture in sanitized(data):
        assert_a_clean_picture(picture)
        image = Image.open(io.BytesIO(picture.jpeg))
        width, height = image.size
        red, blue = CORNERS_IN_GREY if name == "grey jpeg" else CORNERS
        assert is_nearly(image.getpixel((width // 10, height // 10)), red)
        assert is_nearly(image.getpixel((width * 9 // 10, height * 9 // 10)), blue)


def is_nearly(pixel: tuple[int, int, int], colour: tuple[int, int, int]) -> bool:
    return all(abs(have - want) < 40 for have, want in zip(pixel, colour, strict=True))


def test_all_pages_of_a_pdf_become_pictures():
    assert len(sanitized(benign("pdf of three pages")[1])) == 3


MEASURE = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdin=sys.stdin.buffer, capture_output=True)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
print(json.dumps([done.returncode, done.stdout.partition(b"\\n")[0].decode(), peak]))
"""


def run_measured(data: bytes, kind: str) -> tuple[int, str, int]:
    """Run the child below a small process, so that its own peak memory (MiB) can be read."""
    command = [sys.executable, "-I", str(CHILD), "clean", kind]
    done = subprocess.run(
        [sys.executable, "-I", "-c", MEASURE, *command], input=data, capture_output=True, check=True
    )
    return tuple(json.loads(done.stdout))


@pytest.mark.parametrize(
    "name", ["48 million pixels", "12 million pixels", "heic", "pdf of three pages", "jpeg with gps"]
)
def test_a_benign_file_takes_less_than_512_mib(name):
    data = benign(name)[1]
    code, header, peak = run_measured(data, recognise(data[:HEAD]))
    assert code == 0
    assert "pages" in json.loads(header)
    assert peak < 512


@pytest.mark.parametrize(
    "name", ["png of 169 million pixels", "png with 64 MB of text", "jpeg that claims 65,500 x 65,500"]
)
def test_a_bomb_takes_less_than_512_mib(name):
    data = hostile(name)[1]
    _, _, peak = run_measured(data, recognise(data[:HEAD]))
    assert peak < 512


def test_a_file_that_keeps_the_decoder_busy_is_stopped(monkeypatch):
    monkeypatch.setattr(decoder, "WALL_SECONDS", 1.0)
    started = monotonic()
    with pytest.raises(Unusable) as stopped:
        decoder.clean(pdf_that_never_ends(), "PDF")
    assert stopped.value.code == "too_heavy"
    assert monotonic() - started < 4


LOCKED = """
import runpy, socket, sys
child = runpy.run_path(sys.argv[1])
child["limit_what_it_may_use"]()
child["load_libraries"]("PDF")
for attempt in (lambda: open("/etc/passwd"), lambda: socket.socket(), lambda: bytearray(2 << 30)):
    try:
        attempt()
    except (OSError, MemoryError):
        continue
    sys.exit(1)
"""


def test_the_decoder_can_open_no_file_and_no_socket_and_take_no_gigabytes():
    done = subprocess.run([sys.executable, "-I", "-c", LOCKED, str(CHILD)], capture_output=True)
    assert done.returncode == 0, done.stderr


def test_the_decoder_is_told_no_secret(monkeypatch):
    monkeypatch.setenv("DATA_KEYS", "1:secret")
    assert set(decoder._ENVIRONMENT) == {"LANG", "MALLOC_ARENA_MAX"}
    answer, code = decoder._run([sys.executable, "-I", "-c", "import os; print(dict(os.environ))"], b"")
    assert code == 0
    assert b"secret" not in answer


def test_a_decoder_that_answers_too_much_or_nonsense_is_not_believed(monkeypatch):
    forged = b'{"pages": [{"bytes": 9, "width": 1, "height": 1}]}\n<script>1'
    for answer in (
        b"not json",
        b"[]",
        b"{}",
        b'{"pages": [1]}',
        b'{"problem": "' + b"x" * 99 + b'"}',
        forged,
    ):
        monkeypatch.setattr(decoder, "_run", lambda command, data, answer=answer: (answer, 0))
        with pytest.raises(Unusable):
            decoder.clean(b"", "JPEG")


def test_no_more_is_read_from_the_decoder_than_ten_pages():
    endless = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
    answer, _ = decoder._run([sys.executable, "-I", "-c", endless], b"")
    assert len(answer) < 7 * MIB
