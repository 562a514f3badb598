"""manage.py draw_proofs FOLDER: sample documents as pictures, for demos, tests and screenshots."""

from argparse import ArgumentParser
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from binding import demo_proofs
from gongji.policy import NATIONAL, Relation, load


@dataclass(frozen=True)
class Nobody:
    """A person of no region: 990100 is assigned to none, the check digits are right."""

    name: str
    id_number: str

    @property
    def birth_date(self) -> date:
        return date.fromisoformat(self.id_number[6:14])


GIVER = Nobody("李明", "990100198503120014")
RELATIVES = {
    Relation.SPOUSE: Nobody("王芳", "990100198807250029"),
    Relation.CHILD: Nobody("李小宝", "990100201506010034"),
}


class Command(BaseCommand):
    help = "Draw sample documents (样本) as if photographed, with and without flaws, into FOLDER."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, folder: Path, seed: int, **options: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        pictures = 0
        for document in load()[NATIONAL].documents.values():
            relation = Relation.CHILD if "birth" in document.kind else Relation.SPOUSE
            for page in document.pages:
                for flaw in (None, *demo_proofs.FLAWS):
                    seed += 1
                    jpeg = demo_proofs.draw(
                        document.kind,
                        page.code,
                        giver=GIVER,
                        relative=RELATIVES[relation],
                        relation=relation,
                        seed=seed,
                        flaw=flaw,
                    )
                    folder.joinpath(f"{document.kind}-{page.code}-{flaw or 'good'}.jpg").write_bytes(jpeg)
                    pictures += 1
        self.stdout.write(f"{pictures} pictures in {folder}")
