"""The doors of two schools, shared by the tests of a file."""

from collections.abc import Iterator

import pytest

from eventlog.settings import DatabaseUrls
from tests.api.doors import Doors, open_doors


@pytest.fixture(scope="module")
def doors(module_database_urls: DatabaseUrls) -> Iterator[Doors]:
    with open_doors(module_database_urls) as opened:
        yield opened
