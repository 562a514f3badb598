"""The private folder of STORAGE_URL: encrypted files under random names, shared by web and worker."""

import os
import re
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings

_KEY = re.compile(r"[0-9a-f]{64}")
_UNFINISHED = ".part"


def folder() -> Path:
    """Return the folder of STORAGE_URL; no web server may serve it."""
    return Path(unquote(urlsplit(settings.STORAGE_URL).path))


def write(blob: bytes) -> str:
    """Store an encrypted file, wholly or not at all; return its key: 32 random bytes in hex."""
    key = secrets.token_hex(32)
    path = _path(key)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_suffix(_UNFINISHED)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(blob)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    return key


def read(key: str) -> bytes:
    """Return the encrypted file. Raises FileNotFoundError."""
    return _path(key).read_bytes()


def delete(key: str) -> None:
    """Remove a file; one that is gone already is fine."""
    _path(key).unlink(missing_ok=True)


def older_than(moment: datetime) -> Iterator[str]:
    """Yield the key of every file last written before `moment`, unfinished ones included."""
    for path in folder().glob("??/*"):
        try:
            old = path.stat().st_mtime < moment.timestamp()
        except FileNotFoundError:  # deleted since it was listed
            continue
        if not old:
            continue
        if path.suffix == _UNFINISHED:
            path.unlink(missing_ok=True)
        elif _KEY.fullmatch(path.name):
            yield path.name


def _path(key: str) -> Path:
    if not _KEY.fullmatch(key):
        raise ValueError("not a key of the storage")
    return folder() / key[:2] / key
