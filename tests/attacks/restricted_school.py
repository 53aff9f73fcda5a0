"""Two schools that differ in nothing but restricted cases: with three, and with none.

Each is a copy of one school. Where no case is raised, somebody else is turned away from a page as often as there would
have been events: so that everything else, each place in the log too, is the same.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final, NamedTuple

from fastapi.testclient import TestClient
from httpx2 import Response

from api.app import create_app
from api.identity import COOKIE, HEADER
from api.runtime import Runtime
from domain.concern.commands import RaiseConcern
from domain.roles import Role
from domain.visit.commands import KeepNote
from eventlog.settings import DatabaseUrls
from tests.attacks.addresses import every_address
from tests.copies import Copies
from tests.scenarios.cast import Cast, Someone
from tests.scenarios.harness import World

SAID: Final = "He pulled the child by the arm"
NOTHING: Final = "0190a000-0000-7000-8000-00000000abcd"
"""An id under which there is nothing."""
_AN_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NEW_EACH_TIME: Final = ("date", "content-length")
_LEFT_OUT: Final = ("/heartbeat", "/health", "/openapi.json")
"""How far this process has come, which no two moments have in common; and what is the same for every school."""


class Answered(NamedTuple):
    """An answer, without what is new each time."""

    address: str
    status: int
    headers: dict[str, str]
    body: str


class Original:
    """The school that the others are copies of."""

    slug: str
    cast: Cast
    chair: Someone
    things: dict[str, Any]
    known: frozenset[str]
    now: Any

    def make(self, urls: DatabaseUrls) -> None:
        """A trip that is back, one that is planned, a concern and a note."""
        with World(urls) as world:
            school = world.school("SP")
            self.slug, self.cast = school.slug, school.cast
            self.chair = school.joins("Chris Chair", Role.CHAIR_OF_GOVERNORS)
            administrator = school.joins("Ada Administrator", Role.ADMINISTRATOR)
            self.people = {**school.cast.people, "chair": self.chair, "administrator": administrator}
            visit = school.ask()
            trip = school.ready_trip(visit)
            school.at("13:00")
            trip.depart()
            visit.arrive()
            school.send(KeepNote(visit=visit.id, text="the dog was out"), by=school.teacher)
            visit.left()
            trip.back()
            worry = RaiseConcern(pupils=(school.child.id,), visit=visit.id, text="bruises")
            concern = school.send(worry, by=school.teacher).recorded[0].envelope.stream.id
            planned = school.ask(by=school.slt)
            school.plan_trip(planned, by=school.slt)
            event = school.events(visit)[0].envelope.event_id
            self.now = school.now + timedelta(minutes=5)
            self.things = {
                "school": self.slug,
                "pupil": school.child.id,
                "visit": visit.id,
                "trip": trip.id,
                "concern": concern,
                "event": event,
                "key": f"visit.{visit.id}",
                "term": "2026-autumn",
            }
            self.known = frozenset(
                str(one)
                for envelope, _ in school.log.read_log()
                for one in (envelope.event_id, envelope.stream.id, envelope.command_id, envelope.actor)
            )


class Copy:
    """One of the two, behind the real application."""

    def __init__(self, original: Original, runtime: Runtime, client: TestClient) -> None:
        """Nothing is raised yet; what came before is folded, so that both begin to know it in the same way."""
        self.original, self.runtime, self.client = original, runtime, client
        self.cases: list[str] = []
        self._settles()

    def head(self) -> int:
        """How much happened."""
        return self.runtime.store.log(self.original.slug).head()

    def does(self, who: str, command: str, **body: Any) -> dict[str, Any]:
        """Somebody sends a command, which is taken."""
        answer = self.sends(who, command, body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def sends(self, who: str, command: str, body: dict[str, Any]) -> Response:
        """Somebody sends a command."""
        address = f"/api/v1/schools/{self.original.slug}/commands/{command}"
        person = str(self.original.people[who].id)
        return self.client.post(address, content=json.dumps(body, default=str), headers={HEADER: person})

    def raises(self, command: str, by: str, **body: Any) -> str:
        """Somebody raises a case; its id."""
        self.cases.append(self.does(by, command, text=SAID, **body)["stream"]["id"])
        return self.cases[-1]

    def opens(self, who: str, path: str) -> Response:
        """Somebody opens a page."""
        self.client.cookies.set(COOKIE, str(self.original.people[who].id))
        try:
            return self.client.get(path, follow_redirects=False, headers={"Accept": "text/html"})
        finally:
            self.client.cookies.clear()

    def asks(self, who: str, path: str) -> Response:
        """Somebody opens a page, or a program of theirs asks; what was shown before is on record by then, and told."""
        assert self.runtime.later.settle()
        if path.endswith("/who-looked"):
            self._settles()  # Asked again within a minute, that page waits for no newer reading.
        if path.startswith("/api/"):
            return self.client.get(path, headers={HEADER: str(self.original.people[who].id)})
        return self.opens(who, path)

    def idles(self, up_to: int) -> None:
        """Somebody is turned away until as much has happened as elsewhere."""
        while self.head() < up_to:
            assert self.opens("line_manager", f"/schools/{self.original.slug}/dsl").status_code == 403

    def raises_all(self) -> None:
        """An allegation, a complaint and a use of force, all about the headteacher too: the chair of governors handles them."""
        people, slug = self.original.people, self.original.slug
        accused = [people[who].id for who in ("dsl", "head", "colleague")]
        told = {"about": accused, "visit": self.original.things["visit"], "child_described": "the boy"}
        case = self.raises("raise-allegation", "teacher", **told)
        self.raises("raise-complaint", "teacher", about_headteacher=True, from_whom="Ms Brook")
        self.raises("record-intervention", "office", **told, harm=True)
        self.does("chair", "let-into-case", case=case, person=people["social_worker"].id, why=SAID)
        self.does("social_worker", "note-case", case=case, text=SAID)
        self.does("chair", "hold-case", case=case, why=SAID)
        self.does("chair", "close-case", case=self.cases[2], outcome=SAID, why_last_resort=SAID)
        self._settles()
        for who, path in (("chair", ""), ("chair", f"/{case}"), ("social_worker", ""), ("social_worker", f"/{case}")):
            assert SAID in self.opens(who, f"/schools/{slug}/cases{path}").text or not path

    def _settles(self) -> None:
        assert self.runtime.runner(self.original.slug).wait_for(self.head(), timeout=10)

    def walked(self, who: str, case: str) -> Iterator[Answered]:
        """Every page and question as one person asks it, with this case wherever one is asked for."""
        self._settles()
        things = {**self.original.things, "case": case}
        staff = (self.original.people[who].id, self.original.people["head"].id, self.original.people["colleague"].id)
        exports = [f"/schools/{self.original.slug}/subject-access/staff/{one}" for one in staff]
        for path in (*every_address(self.runtime, things), *exports):
            if not path.endswith(_LEFT_OUT):
                yield self.plain(path, self.asks(who, path))

    def plain(self, path: str, answer: Response) -> Answered:
        """An answer, with what is new each time taken out of it."""
        headers = {name: value for name, value in answer.headers.items() if name not in _NEW_EACH_TIME}
        return Answered(self._plain(path), answer.status_code, headers, self._plain(answer.text))

    def _plain(self, text: str) -> str:
        for case in self.cases:
            text = text.replace(case, NOTHING)
        return _AN_ID.sub(lambda found: found[0] if found[0] in {*self.original.known, NOTHING} else "AN ID", text)


@contextmanager
def two_schools(copies: Copies) -> Iterator[tuple[Copy, Copy]]:
    """With no case, and with three."""
    original = Original()
    with (
        copies.of("restricted", original.make) as first,
        copies.of("restricted", original.make) as second,
        _copy(original, first) as none,
        _copy(original, second) as three,
    ):
        three.raises_all()
        none.idles(three.head())
        assert none.head() == three.head()
        yield none, three


@contextmanager
def _copy(original: Original, urls: DatabaseUrls) -> Iterator[Copy]:
    with Runtime.open(urls, "demonstration", clock=lambda: original.now) as runtime:
        client = TestClient(create_app(runtime), base_url="http://localhost", raise_server_exceptions=False)
        yield Copy(original, runtime, client)
