"""Slips that would pass unseen become failures."""

import inspect
from pathlib import Path

import pytest
from django.conf import settings
from django.template.base import Node

OUR_TEMPLATES = settings.BASE_DIR / "templates"


class UndefinedVariable(str):
    """Django's `string_if_invalid`: fails the test when the variable stands in one of our own templates."""

    def __contains__(self, part: object) -> bool:
        return part == "%s"

    def __mod__(self, variable: object) -> str:
        origin = _rendering_template()
        if origin is not None and OUR_TEMPLATES in origin.parents:
            pytest.fail(f"undefined variable {variable} in {origin.relative_to(OUR_TEMPLATES)}")
        return ""


def _rendering_template() -> Path | None:
    """Return the file of the innermost template node that is being rendered."""
    frame = inspect.currentframe()
    while frame is not None:
        node = frame.f_locals.get("self")
        origin = getattr(node, "origin", None)
        if isinstance(node, Node) and origin is not None:
            return Path(str(origin.name))
        frame = frame.f_back
    return None
