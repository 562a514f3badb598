"""Every test of the systems has the rules of all areas, as after `policy publish`."""

import pytest

from gongji import policy
from ledger import services
from tests.factories import PAST
from tests.roles import as_owner


@pytest.fixture(autouse=True)
def _published_rules(request, tmp_path, settings):
    settings.STORAGE_URL = f"file://{tmp_path}/proofs"
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("_django_db_helper")
        with as_owner():
            services.derive_area_rules(policy.load(), PAST)
