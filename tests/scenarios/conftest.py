"""A world for each scenario: one database a file, a fresh school whenever a scenario asks for one."""

from collections.abc import Iterator

import pytest

from tests.scenarios.harness import World
from tests.scenarios.stock import Stock


@pytest.fixture(scope="module")
def _file_world(stock: Stock) -> Iterator[World]:
    with stock.world() as world:
        yield world


@pytest.fixture
def world(_file_world: World) -> Iterator[World]:
    """Schools to open. Afterwards every log that the scenario wrote is verified whole."""
    yield _file_world
    _file_world.end_scenario()


@pytest.fixture
def own_world(stock: Stock) -> Iterator[World]:
    """Schools to open, in a database that no other test sees: for what looks at all of them, or lasts."""
    with stock.world() as world:
        yield world
