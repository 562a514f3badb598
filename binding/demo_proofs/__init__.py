"""Sample documents of people who do not exist, drawn as if photographed with a phone.

Every picture says 样本 all over. Nothing here is used outside the demo and the tests.
"""

from binding.demo_proofs.documents import sheet
from binding.demo_proofs.facts import Facts, Human
from binding.demo_proofs.photo import FLAWS, photograph
from gongji.policy import Relation

__all__ = ["FLAWS", "draw"]


def draw(
    kind: str,
    page: str,
    *,
    giver: Human,
    relative: Human,
    relation: Relation | str,
    seed: int,
    flaw: str | None = None,
    wrong_name: bool = False,
) -> bytes:
    """Return a JPEG of one page of a document that proves `relation` (what the relative is to the giver).

    `kind` and `page` are those of the policy's documents. `flaw` is one of FLAWS: blur, glare, cut, dark.
    With `wrong_name` the relative's printed name differs by one character. The same arguments give the
    same picture. Raises ValueError for an unknown flaw.
    """
    facts = Facts.of(giver, relative, Relation(relation), wrong_name=wrong_name)
    return photograph(sheet(kind, page, facts), seed=seed, flaw=flaw)
