"""What the journeys share."""

from collections.abc import Iterator

import pytest

from tests.databases import Databases, fresh_database
from tests.journeys.trust import Trust, trust


@pytest.fixture(scope="package")
def the_trust(postgres: Databases) -> Iterator[Trust]:
    """The demonstration trust, for all journeys of this run: each takes children and people of its own."""
    with fresh_database(postgres) as urls, trust(urls) as served:
        yield served
