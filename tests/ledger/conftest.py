"""The demo province's rules are published; two families and a pharmacy."""

import json

import pytest

from gongji import policy
from ledger import services
from tests.factories import PAST, make_provider
from tests.ledger.provider import Hospital
from tests.roles import as_owner


@pytest.fixture(autouse=True)
def _published_rules(request, _django_db_helper):
    """Every test of the ledger has the rules of all areas, as after `policy publish`."""
    if request.node.get_closest_marker("django_db"):
        with as_owner():
            services.derive_area_rules(policy.load(), PAST)


@pytest.fixture
def pharmacy(db):
    return make_provider("示例大药房")


@pytest.fixture
def hospital(pharmacy):
    """The software at its counter."""
    return Hospital(pharmacy)


def data(reply: services.Reply) -> dict:
    """What a reply says."""
    return json.loads(reply.body)
