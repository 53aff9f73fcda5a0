"""A mistake that mixes two schools up is caught by the database, where the application did not catch it."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import ProgrammingError
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from domain.ids import PupilId, pupil_stream
from eventlog.appending import NotStored
from eventlog.migrate import valid_slug, views_schema
from eventlog.school_roles import acting_for
from eventlog.seam import SchoolLog
from tests.api.doors import HOST, Doors

WAYS: dict[str, Callable[[SchoolLog], object]] = {
    "a stream is read": lambda log: log.read(pupil_stream(PupilId(uuid4()))),
    "the log is read": lambda log: list(log.read_log()),
    "an event is looked up": lambda log: log.event(uuid4()),  # type: ignore[arg-type]
    "a command is looked up": lambda log: log.lookup(uuid4()),  # type: ignore[arg-type]
    "the head is asked": lambda log: log.head(),
    "who holds a claim is asked": lambda log: log.holder_of("person:1"),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_done_for_one_school_reaches_no_other(way: str, doors: Doors) -> None:
    ours, other = doors.runtime.store.log(doors.school.slug), doors.runtime.store.log(doors.other.slug)
    with acting_for(doors.school.slug):
        WAYS[way](ours)
        with pytest.raises(ProgrammingError, match="permission denied"):
            WAYS[way](other)
    WAYS[way](other)


def test_nothing_is_appended_to_another_schools_log(doors: Doors) -> None:
    other = doors.runtime.store.log(doors.other.slug)
    before = other.head()
    command = uuid4()
    with acting_for(doors.school.slug), pytest.raises((NotStored, ProgrammingError), match="permission denied"):
        asyncio.run(other.append(command, command.bytes * 2, ()))  # type: ignore[arg-type]
    assert other.head() == before


def test_no_view_of_another_school_is_read(doors: Doors) -> None:
    store = doors.runtime.store
    with acting_for(doors.school.slug):
        with store.views(doors.school.slug) as connection:
            assert connection.execute("SELECT count(*) AS n FROM tracking").fetchone()
            connection.execute(f"SET LOCAL search_path TO {views_schema(valid_slug(doors.other.slug))}".encode())
            with pytest.raises(psycopg.errors.UndefinedTable):  # what it may not look into is not there
                connection.execute("SELECT FROM tracking")
        with store.views(doors.other.slug) as connection, pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT FROM tracking")


@pytest.fixture
def mixed_up(doors: Doors) -> FastAPI:
    """The application with a route that is wrong: it reads the log of the school that its query names."""
    app = create_app(doors.runtime)

    async def wrong(school: str, other: str) -> dict[str, int]:
        del school
        return {"events": await asyncio.to_thread(doors.runtime.store.log(other).head)}

    def wrong_in_a_thread(school: str, other: str) -> dict[str, int]:
        del school
        return {"events": doors.runtime.store.log(other).head()}

    app.add_api_route("/api/v1/schools/{school}/wrong", wrong)
    app.add_api_route("/schools/{school}/wrong", wrong_in_a_thread)
    return app


@pytest.mark.parametrize("before", ["/api/v1", ""])
def test_a_route_that_takes_the_school_from_anywhere_but_the_address_gets_nothing(
    before: str, doors: Doors, mixed_up: FastAPI
) -> None:
    client = TestClient(mixed_up, base_url=HOST, raise_server_exceptions=False)
    address = f"{before}/schools/{doors.school.slug}/wrong"
    assert client.get(address, params={"other": doors.school.slug}).json()["events"] > 0
    answer = client.get(address, params={"other": doors.other.slug})
    assert answer.status_code == 500
    assert "events" not in answer.text
