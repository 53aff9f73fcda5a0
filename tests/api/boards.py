"""A running application over schools of invented people, by the computer's own clock: for tests of the live pages."""

import http.client
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email.message import Message
from typing import Any, NamedTuple, TypeVar

from api.app import create_app
from api.runtime import Runtime
from eventlog.settings import DatabaseUrls
from tests.journeys.served import Served, served
from tests.scenarios.cast import Someone
from tests.scenarios.doors import Trip
from tests.scenarios.harness import World
from tests.scenarios.school import School

T = TypeVar("T")


class LiveWorld(World):
    """A world that can also be entered from a browser's test, where an event loop runs already."""

    def __init__(self, urls: DatabaseUrls) -> None:
        """Keep a thread for what is asynchronous."""
        self._thread = ThreadPoolExecutor(1)
        super().__init__(urls)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Wait for something asynchronous, in a thread."""
        return self._thread.submit(super().run, coroutine).result()

    def close(self) -> None:
        """Give everything back."""
        self._thread.submit(super().close).result()
        self._thread.shutdown()


class Live:
    """A world that runs by the computer's clock, the application over it, and where it is served."""

    def __init__(self, world: World, runtime: Runtime, server: Served) -> None:
        """Made by `live`."""
        self.world = world
        self.runtime = runtime
        self.server = server

    def now(self) -> datetime:
        """Set the world's clock to this moment, so that what a test sends happens now."""
        self.world.clock.now = datetime.now(UTC)
        return self.world.clock.now

    def school(self, policy: str = "william_lilley") -> School:
        """A new school that the running application has taken up."""
        self.now()
        school = self.world.school(policy)
        self.runtime.schools()
        return school

    def settled(self, school: School) -> None:
        """Wait until the projections show everything that is stored."""
        assert self.runtime.runner(school.slug).wait_for(school.log.head(), timeout=5)

    def trip_out(self, school: School, back_in: timedelta) -> Trip:
        """Two people who left a moment ago and are due back after `back_in` (to the second)."""
        now = self.now()
        child = school.admit()
        trip = school.ready_trip(
            school.ask(child=child), leave=now.isoformat(), back_by=(now + timedelta(hours=2)).isoformat()
        )
        trip.depart(back_by=(self.now() + back_in).isoformat())
        return trip


@contextmanager
def live(urls: DatabaseUrls, through: DatabaseUrls | None = None) -> Iterator[Live]:
    """Serve the application over an empty database, its watch and its projections running.

    With `through` it reaches the database another way than the test does.
    """
    with (
        LiveWorld(urls) as world,
        Runtime.open(through or urls, "demonstration") as runtime,
        served(create_app(runtime)) as server,
    ):
        yield Live(world, runtime, server)
        runtime.stopping.set()


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Message
    body: str


def request(
    connection: http.client.HTTPConnection, person: Someone, path: str, form: str | None = None, cookies: str = ""
) -> http.client.HTTPResponse:
    """Ask as this person: GET, or POST with a form."""
    headers = {
        "Cookie": f"doorstep_demo_person={person.id}{cookies}",
        "Origin": f"http://{connection.host}:{connection.port}",
    }
    if form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request("GET" if form is None else "POST", path, body=form, headers=headers)
    return connection.getresponse()


def connect(running: Live) -> http.client.HTTPConnection:
    """A connection to the running application."""
    return http.client.HTTPConnection("localhost", int(running.server.url.rsplit(":", 1)[1]), timeout=10)


def ask(running: Live, person: Someone, path: str, form: str | None = None, cookies: str = "") -> Answer:
    """One request, answered whole."""
    with closing(connect(running)) as connection, request(connection, person, path, form, cookies) as answer:
        return Answer(answer.status, answer.headers, answer.read().decode())
