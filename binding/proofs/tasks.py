"""Background work on documents. Imported by binding.tasks, where the outbox looks for handlers."""

from binding.proofs import services
from gongji import outbox


@outbox.handler(services.SANITIZE, queue="evidence")
def sanitize_proof(proof_id: str) -> None:
    """Turn an upload into safe pictures."""
    services.sanitize(proof_id=proof_id)


@outbox.periodic("remove_orphan_files", "daily 03:40")
def remove_orphan_files(day: str) -> None:
    """Delete files that belong to nothing."""
    services.remove_orphans()
