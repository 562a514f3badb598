"""Screens for staff: people and colleagues, newborns, and documents to compare."""

from accounts.admin import checks, newborns, people  # noqa: F401
