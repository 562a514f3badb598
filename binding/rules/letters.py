"""The texts people put their names to, and what counts as having done so: pure rules."""

from dataclasses import dataclass

from accounts.rules import same_name
from gongji.policy import Letter, Signing


def full_text(letter: Letter) -> str:
    """Return the exact text of a letter, version and closing included: what a signature's digest is over."""
    clauses = [f"{number}. {clause}" for number, clause in enumerate(letter.clauses, start=1)]
    return "\n".join([letter.title, letter.version, *clauses, letter.closing])


@dataclass(frozen=True)
class Signed:
    """How somebody signed: a name, a drawing (a clean JPEG, never bytes as they were sent), or a tick."""

    how: str
    """A code of binding.models.Signature.How."""
    name: str = ""
    picture: bytes | None = None


def signs(signing: Signing, signed: Signed, own_name: str) -> bool:
    """Whether this is a signature by the area's rules.

    A drawing never stands alone in the way: whoever cannot draw writes the name. Paper lies at the window.
    """
    if signed.how == "paper":
        return True
    if signing is Signing.TICK:
        return signed.how == "tick" or same_name(own_name, signed.name)
    if signing is Signing.DRAWN and signed.how == "drawn":
        return signed.picture is not None
    return signed.how in ("name", "drawn") and same_name(own_name, signed.name)
