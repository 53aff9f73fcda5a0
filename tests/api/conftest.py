"""The doors of two schools, shared by a file's tests; pages of a world; a machine that was backed up, for one test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from eventlog.ledger.signing import make_key
from eventlog.migrate import migrate
from eventlog.settings import DatabaseUrls
from tests.api.desk_pages import Pages, client_of
from tests.api.doors import Doors, open_doors
from tests.api.machine import Machine
from tests.databases import Databases, fresh_database, waiting_for_the_disk
from tests.scenarios.conftest import _file_world, world
from tests.scenarios.harness import World
from tests.scenarios.stock import Stock

__all__ = ["_file_world", "world"]


@pytest.fixture(scope="module")
def doors(stock: Stock) -> Iterator[Doors]:
    with open_doors(stock) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(_file_world: World) -> Iterator[TestClient]:
    """Asks the application over a file's world."""
    with client_of(_file_world) as opened:
        yield opened


@pytest.fixture
def pages(world: World, client: TestClient) -> Iterator[Pages]:
    """The pages of a new school. What was shown at once is on record before its log is looked through."""
    yield Pages(client, world.school("SP"))
    assert isinstance(client.app, FastAPI)
    assert client.app.state.runtime.later.settle()


@pytest.fixture
def machine(database_urls: DatabaseUrls, postgres: Databases, tmp_path: Path) -> Iterator[Machine]:
    """A machine with one school, sealed and backed up; its server runs as a school's does."""
    with waiting_for_the_disk(postgres):
        yield backed_up(database_urls, tmp_path)


def backed_up(database_urls: DatabaseUrls, tmp_path: Path) -> Machine:
    """The machine, once its school is sealed and backed up."""
    made = Machine(database_urls, tmp_path)
    migrate(made.urls, "live")
    make_key(tmp_path / "sealing-key.pem")
    made.open_school()
    made.seal()
    answer = made.doorstep("backup", "--out", str(tmp_path / "backups"))
    assert answer.exit_code == 0, answer.output
    assert "1 school and 2 events are backed up" in answer.output
    return made


@pytest.fixture
def again(machine: Machine, postgres: Databases) -> Iterator[Machine]:
    """The same machine with new, empty databases."""
    with fresh_database(postgres) as urls:
        yield Machine(urls, machine.folder)
