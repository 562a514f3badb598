"""Sample documents: every kind and flaw can be drawn, quickly, and the same each time."""

import io
from dataclasses import dataclass
from datetime import date
from time import process_time

import pytest
from django.core.management import call_command
from PIL import Image, ImageStat

from binding import demo_proofs
from binding.demo_proofs.facts import Facts, misprint
from gongji.policy import NATIONAL, Relation, load
from gongji.uploads import decoder
from gongji.uploads.pictures import size_of

DOCUMENTS = load()[NATIONAL].documents
PAGES = [(document.kind, page.code) for document in DOCUMENTS.values() for page in document.pages]


@dataclass(frozen=True)
class Nobody:
    name: str
    id_number: str
    birth_date: date


LI = Nobody("李明", "990100198503120014", date(1985, 3, 12))
WANG = Nobody("王芳", "990100198807250029", date(1988, 7, 25))


def draw(kind="marriage_certificate", page="inside", **wishes) -> bytes:
    wishes = {"giver": LI, "relative": WANG, "relation": Relation.SPOUSE, "seed": 7} | wishes
    return demo_proofs.draw(kind, page, **wishes)


def test_the_same_wish_gives_the_same_picture():
    assert draw() == draw()
    assert draw() != draw(seed=8)


def test_a_picture_takes_little_of_a_second():
    draw()
    started = process_time()
    draw(seed=9)
    assert process_time() - started < 0.6


def test_each_flaw_is_a_flaw():
    good, *flawed = (
        Image.open(io.BytesIO(draw(flaw=flaw))).convert("L") for flaw in (None, *demo_proofs.FLAWS)
    )
    blur, glare, _, dark = flawed
    assert ImageStat.Stat(dark).mean[0] < 0.4 * ImageStat.Stat(good).mean[0]
    assert sum(glare.histogram()[236:]) > 2 * sum(good.histogram()[236:])
    assert ImageStat.Stat(blur).stddev[0] < ImageStat.Stat(good).stddev[0]
    with pytest.raises(ValueError, match="no such flaw"):
        draw(flaw="burnt")


@pytest.mark.parametrize("relation", list(Relation))
def test_a_booklet_has_one_head_at_most(relation):
    facts = Facts.of(LI, WANG, relation, wrong_name=False)
    titles = [facts.title_of(facts.giver), facts.title_of(facts.relative)]
    assert titles.count("户主") == (0 if relation == Relation.SIBLING else 1)


def test_a_misprint_differs_in_one_character():
    assert misprint("王芳") == "王方"
    assert draw(wrong_name=True) != draw()


def test_a_drawn_document_passes_as_an_upload():
    assert decoder.count_pages(draw(), "JPEG") == 1


def test_the_command_draws_every_page_of_every_document(tmp_path, monkeypatch):
    monkeypatch.setattr(demo_proofs, "FLAWS", ())
    call_command("draw_proofs", tmp_path, stdout=io.StringIO())
    drawn = sorted(tmp_path.iterdir())
    assert [path.name for path in drawn] == sorted(f"{kind}-{page}-good.jpg" for kind, page in PAGES)
    assert {tuple(sorted(size_of(path.read_bytes()))) for path in drawn} == {(1200, 1600)}
