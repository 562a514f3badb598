"""Documents that people photograph: checked, sanitized in a limited process, kept encrypted."""

from binding.proofs.checks import UploadProblem, check_upload
from binding.proofs.services import (
    SANITIZE,
    forget,
    open_page,
    remove_orphans,
    reuse,
    sanitize,
    store,
    store_pictures,
)

__all__ = [
    "SANITIZE", "UploadProblem", "check_upload", "forget", "open_page", "remove_orphans", "reuse", "sanitize",
    "store", "store_pictures",
]  # fmt: skip
