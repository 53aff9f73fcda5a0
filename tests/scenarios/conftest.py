"""A world for each scenario: one database a file, a fresh school whenever a scenario asks for one."""

from collections.abc import Iterator

import pytest

from eventlog.settings import DatabaseUrls
from tests.scenarios.harness import World


@pytest.fixture(scope="module")
def _file_world(module_database_urls: DatabaseUrls) -> Iterator[World]:
    with World(module_database_urls) as world:
        yield world


@pytest.fixture
def world(_file_world: World) -> Iterator[World]:
    """Schools to open. Afterwards every log that the scenario wrote is verified whole."""
    yield _file_world
    _file_world.end_scenario()
