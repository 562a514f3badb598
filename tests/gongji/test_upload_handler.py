"""A large upload waits in a file that no name leads to."""

import tempfile
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import RequestFactory

from gongji.uploads.handler import UnnamedFileUploadHandler

MIB = 1024 * 1024


def sent(data: bytes) -> HttpRequest:
    return RequestFactory().post("/", {"photo": SimpleUploadedFile("IMG.jpg", data)})


def test_a_large_upload_arrives_whole_and_has_no_name_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    data = b"0123456789abcdef" * (3 * MIB // 16)
    file = sent(data).FILES["photo"]
    assert (file.name, file.size, file.read()) == ("IMG.jpg", len(data), data)
    assert list(Path(tmp_path).iterdir()) == []
    file.close()


def test_an_upload_that_breaks_off_closes_its_file():
    handler = UnnamedFileUploadHandler()
    handler.new_file("photo", "IMG.jpg", "image/jpeg", None)
    handler.upload_interrupted()
    assert handler.file.file.closed
