"""Tests work as the portal's own database role. What plants, tampers or makes up a past steps out of it.

The role is changed on the open connection (SET ROLE), so that planting and use share one transaction.
"""

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def as_owner() -> Iterator[None]:
    """Do this part as the role that owns the database (a superuser on the servers of the tests)."""
    yield
