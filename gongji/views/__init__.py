"""Pages that belong to no app: the public ones, health, and errors."""

from gongji.views.errors import csrf_failure

__all__ = ["csrf_failure"]
