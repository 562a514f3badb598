"""What /readyz asks this app."""

from binding.services.policy import unpublished
from gongji.health import Unready, probe


@probe("policy", needs_database=True)
def rules_are_published() -> None:
    """The stored versions are those of the rule files: pages and ledger follow the same rules."""
    if areas := unpublished():
        raise Unready(f"the rules of {', '.join(areas)} are not published; run manage.py policy publish")
