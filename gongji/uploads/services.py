"""Pictures on their way into the private storage, out of it, and away. Rows are written by the callers."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import TypeVar

from django.apps import apps
from django.db import transaction
from django.utils import timezone

from gongji.crypto import decrypt_file, encrypt_file, sm3
from gongji.uploads import decoder, storage
from gongji.uploads.kinds import HEAD, recognise
from gongji.uploads.models import SealedPage, StorageKeyField
from gongji.uploads.pictures import size_of

Page = TypeVar("Page", bound=SealedPage)
ORPHAN_AGE = timedelta(hours=1)
"""A file without a row may belong to a transaction that has not ended; an hour later it does not."""
_CHUNK = 500


@contextmanager
def files_of_a_transaction() -> Iterator[list[str]]:
    """Delete the files named in the list when the transaction around their rows fails."""
    written: list[str] = []
    try:
        yield written
    except BaseException:
        for key in written:
            storage.delete(key)
        raise


def seal(page: Page, data: bytes, source: bytes | None = None) -> Page:
    """Write the encrypted file of an unsaved page; `source` is the digest of the file as it was sent."""
    page.sm3 = sm3(data)
    page.source_sm3 = source or page.sm3
    page.size = len(data)
    page.key = storage.write(encrypt_file(data, file_id=page.pk))
    return page


def seal_picture(page: Page, picture: decoder.Picture, source: bytes | None = None) -> Page:
    """The same for a picture of our own making: the page may be shown."""
    seal(page, picture.jpeg, source)
    page.width, page.height, page.sanitized_at = picture.width, picture.height, timezone.now()
    return page


def seal_copy(page: Page, original: SealedPage) -> Page:
    """The same for a copy of a page that may be shown."""
    assert original.width and original.height
    copied = decoder.Picture(open_page(original), original.width, original.height)
    return seal_picture(page, copied, bytes(original.source_sm3))


def picture_of(jpeg: bytes) -> decoder.Picture:
    """Return a picture that the portal itself drew; never for bytes that came from outside."""
    return decoder.Picture(jpeg, *size_of(jpeg))


def open_page(page: SealedPage) -> bytes:
    """Return the JPEG of a sanitized page. Raises ValueError for an upload as it was sent, DecryptError."""
    if page.sanitized_at is None:
        raise ValueError("an upload as it was sent is shown to nobody")
    return decrypt_file(storage.read(page.key), file_id=page.pk)


def pictures_in(original: SealedPage) -> list[decoder.Picture]:
    """Return the pictures of one file as it was sent. Raises decoder.Unusable."""
    try:
        data = decrypt_file(storage.read(original.key), file_id=original.pk)
    except FileNotFoundError:
        raise decoder.Unusable("unreadable") from None
    return decoder.clean(data, recognise(data[:HEAD]) or "")


def drop_pages(pages: Iterable[SealedPage]) -> None:
    """Delete pages of one table now and their files once the transaction stands."""
    pages = list(pages)
    if not pages:
        return
    type(pages[0])._default_manager.filter(pk__in=[page.pk for page in pages]).delete()
    transaction.on_commit(lambda: _delete_files(pages), robust=True)


def _delete_files(pages: Sequence[SealedPage]) -> None:
    for page in pages:
        storage.delete(page.key)


def remove_orphans() -> int:
    """Delete stored files that no row names: of transactions that failed and workers that were killed."""
    keys = storage.older_than(timezone.now() - ORPHAN_AGE)
    removed = 0
    while chunk := list(islice(keys, _CHUNK)):
        for key in set(chunk) - _named(chunk):
            storage.delete(key)
            removed += 1
    return removed


def _named(keys: Sequence[str]) -> set[str]:
    """Return which of these keys a row of any table names."""
    return {
        key
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, StorageKeyField)
        for key in model._default_manager.filter(**{f"{field.name}__in": keys}).values_list(
            field.name, flat=True
        )
    }
