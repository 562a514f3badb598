"""Background work on documents. Imported by binding.tasks, where the outbox looks for handlers."""

from binding.proofs import services
from gongji import outbox


@outbox.handler(services.SANITIZE, queue="evidence")
def sanitize_proof(proof_id: str) -> None:
    """Turn an upload into safe pictures."""
    services.sanitize(proof_id=proof_id)


@outbox.periodic("proofs.tidy", "daily 03:40")
def tidy(day: str) -> None:
    """Delete what nobody handed in."""
    services.forget_abandoned()
