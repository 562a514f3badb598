"""Screens for staff: people and colleagues, and documents to compare."""

from accounts.admin import checks, people  # noqa: F401
