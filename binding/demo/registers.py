"""What the registers of marriages and births know of the demo's people, imported the way a bureau does it."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management import call_command

from accounts.kinship.rows import BIRTHS, MARRIAGES
from accounts.models import Person

MARRIED = [("J990100-2016-000105", "xu_jian", "han_mei", "2016-05-20")]
BORN = [("Q990010521", "xu_xiaobei", "han_mei", "xu_jian")]
"""The family that is proven by data: nothing to photograph."""


def import_registers(people: Mapping[str, Person]) -> None:
    """Write the two files and import them."""
    marriages = [[number, *_named(people, one, other), since, ""] for number, one, other, since in MARRIED]
    births = [[number, *_named(people, *family)] for number, *family in BORN]
    with TemporaryDirectory() as folder:
        for columns, lines in ((MARRIAGES, marriages), (BIRTHS, births)):
            path = Path(folder) / "register.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([columns, *lines])
            call_command("import_kinship", str(path), verbosity=0)


def _named(people: Mapping[str, Person], *keys: str) -> Sequence[str]:
    return [cell for key in keys for cell in (people[key].id_type, people[key].id_number)]
