"""Documents that people photograph: checked, sanitized in a limited process, kept encrypted."""

from binding.proofs.services import (
    SANITIZE,
    forget,
    reuse,
    sanitize,
    store,
    store_pictures,
)
from gongji.uploads.checks import UploadProblem, check_upload
from gongji.uploads.services import open_page

__all__ = [
    "SANITIZE", "UploadProblem", "check_upload", "forget", "open_page", "reuse", "sanitize", "store",
    "store_pictures",
]  # fmt: skip
