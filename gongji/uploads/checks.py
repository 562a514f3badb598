"""What can be said of a file while its form is being sent; all else is found out by the sanitizer.

Type by content, size, pixels, pages and passwords. Headers only, and those in the limited child process.
"""

import logging
import re
from dataclasses import dataclass
from typing import Any

from django.core.files.base import File
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from gongji.uploads import decoder
from gongji.uploads.child import MAX_PDF_PAGES
from gongji.uploads.kinds import ACCEPTED, HEAD, recognise

logger = logging.getLogger(__name__)

MAX_FILE_BYTES = 20 * 1024 * 1024

EMPTY = _("文件是空的。请重新选一个")
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class UploadProblem:
    """Why a file cannot be taken: a stable code, and what to tell the citizen (lazy text, ux.md M9)."""

    code: str
    message: Any


@dataclass(frozen=True, slots=True)
class Examined:
    """A file that may be taken: its type by content and its number of pages."""

    kind: str
    pages: int


def check_upload(file: "File[bytes]") -> UploadProblem | None:
    """Return what is wrong with an uploaded file, None when it may be taken."""
    found = examine(file)
    return found if isinstance(found, UploadProblem) else None


def examine(file: "File[bytes]") -> Examined | UploadProblem:
    """Look at an uploaded file: cheap questions first, headers last. The file is left at its start."""
    size = file.size or 0
    if size == 0:
        return UploadProblem("empty", EMPTY)
    file.seek(0)
    kind = recognise(file.read(HEAD))
    file.seek(0)
    if kind not in ACCEPTED:
        return wrong_type(kind, file.name or "")
    if size > MAX_FILE_BYTES:
        return too_large(kind, size)
    try:
        pages = decoder.count_pages(file.read(), kind)
    except decoder.Unusable as unusable:
        return UploadProblem(unusable.code, SENTENCES.get(unusable.code, SENTENCES["unreadable"]))
    except OSError:
        # No process could be started just now. The sanitizer looks at every file anyway, and may wait.
        logger.exception("an upload was accepted unexamined")
        pages = 1
    finally:
        file.seek(0)
    return Examined(kind, pages)


SENTENCES: dict[str, Any] = {
    "unreadable": _("这个文件打不开,可能没有传完整。请重新拍一张,或者换一个文件"),
    "encrypted": _("PDF 有密码,打不开。请去掉密码"),
    "too_many_pages": format_lazy(_("PDF 页数太多,最多 {pages} 页。请只传需要的那几页"), pages=MAX_PDF_PAGES),
    "too_many_pixels": _("照片的像素太多,我们处理不了。用手机重新拍一张就可以"),
    "too_heavy": _("这个文件太复杂,我们处理不了。请改用手机拍一张照片"),
}
"""By the code of decoder.Unusable: the sentence beside the field, and in the message about a document."""


def too_large(kind: str, size: int) -> UploadProblem:
    """Say how large the file is, rounded up, so that 20.1 does not read as 20."""
    what = _("PDF 太大({size} MB,最大 {most} MB)。请只传需要的那几页,或改用手机拍照")
    if kind != "PDF":
        what = _("照片太大({size} MB,最大 {most} MB)。用手机重新拍一张就可以")
    return UploadProblem("too_large", format_lazy(what, size=-(-size // _MIB), most=MAX_FILE_BYTES // _MIB))


def wrong_type(kind: str | None, name: str) -> UploadProblem:
    """Name the type we found, else the ending of the file's name if it is a plain one."""
    ending = re.search(r"\.([A-Za-z0-9]{1,5})$", name)
    found = kind or (ending.group(1).lower() if ending else _("我们不认识的格式"))
    sentence = _("这个文件是 {found}。请用照片(JPG、PNG、HEIC)或 PDF")
    return UploadProblem("wrong_type", format_lazy(sentence, found=found))
