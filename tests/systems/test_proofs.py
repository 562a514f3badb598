"""Which documents each system asks for, with and without data that prove the relation."""

import pytest

from binding import services
from gongji.errors import Refused
from gongji.policy import Relation
from tests.systems.path import citizen, walk
from tests.systems.rows import over

pytestmark = pytest.mark.django_db


def at_home(system, relative_code="10", **values):
    """A couple of one household booklet, which proves how they are related."""
    giver = citizen("李明", system.area, 9_000_00, household="H1", relation_to_head="02")
    relative = citizen(
        "王小芳", system.area, scheme="390", household="H1", relation_to_head=relative_code, **values
    )
    return {"giver": giver, "relative": relative}


@over()
def test_a_spouse_whom_no_data_prove_brings_what_the_system_asks_for(system):
    path = walk(system).start().name()
    assert tuple(services.missing_documents(path.application)) == system.papers


@over()
def test_data_that_prove_the_spouse_spare_the_documents_unless_the_system_wants_them_always(system):
    path = walk(system, **at_home(system)).start().name()
    assert bool(services.missing_documents(path.application)) is system.papers_though_proven


@over()
def test_data_that_contradict_the_relation_ask_for_documents_everywhere(system):
    path = walk(system, relation=Relation.SPOUSE, **at_home(system, relative_code="20")).start().name()
    assert services.missing_documents(path.application)


@over(lambda system: bool(system.papers))
def test_without_its_documents_nothing_is_handed_in(system):
    with pytest.raises(Refused, match="incomplete") as refused:
        walk(system).start().name().submit()
    assert refused.value.next_step
