"""A school whose every text is an attack on the page that shows it, behind a web server of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import uuid4

from httpx2 import Client, Response

from api.app import create_app
from api.http.commands import PUBLIC
from api.identity import HEADER
from api.runtime import Runtime
from domain.command import Command, CommandKind
from domain.concern.commands import RaiseConcern
from domain.ids import PupilId
from domain.pupil.commands import AdmitPupil
from domain.roles import Role
from eventlog.settings import DatabaseUrls
from projections.registry import PROJECTIONS
from tests.attacks.addresses import every_address
from tests.attacks.every_text import filled
from tests.journeys.served import Served, served
from tests.scenarios.cast import Child, Someone
from tests.scenarios.doors import Trip, Visit
from tests.scenarios.harness import World
from tests.scenarios.school import School

EVIL: Final = "\"'><b data-evil></script></title></textarea><img data-evil src=x onerror=__xss()>{{7*7}}${7*7}"
"""Breaks out of an attribute, a script, a title and a text area; marks what became an element; and what ran."""
LINK: Final = "javascript:__xss()"
"""Where an address is wanted."""
_LAST: Final = ("take-off-roll", "record-staff-left", "cancel-visit", "call-off-trip", "end-role", "erasure", "hold")
"""Commands after which others find less to do."""


class Hostile:
    """The school, where it is served, and what of it can be looked at."""

    def __init__(self, school: School, runtime: Runtime, server: Served) -> None:
        """Fill the school with trips, visits and children of such names."""
        self.school, self.runtime, self.server = school, runtime, server
        self.lead = school.joins(EVIL, Role.DSL)
        self.visitor = school.teacher = school.joins(EVIL, Role.TEACHER)
        admit = AdmitPupil(given_name=EVIL, family_name=EVIL, address=EVIL, class_name=EVIL[:40], phone=EVIL[:40])
        stored = school.send(admit, by=school.office)
        self.child = Child(PupilId(stored.recorded[0].envelope.stream.id), EVIL)
        self.out, self.planned = self.trip(EVIL, self.visitor), self.trip(LINK, school.slt)
        self.out.depart()
        concern = school.send(RaiseConcern(text=EVIL, category=EVIL, pupils=(self.child.id,)), by=self.visitor)
        self.concern = concern.recorded[0].envelope.stream.id

    def trip(self, text: str, leads: Someone) -> Trip:
        """A trip that is OK to go, with this text wherever text is; two go."""
        visit = self.school.ask(child=self.child, by=self.visitor, purpose_text=text, contacts_tried=text, address=text)
        return self.school.ready_trip(visit, team=(leads, self.school.joins(text, Role.TEACHER)), travel=text)

    def things(self, trip: Trip) -> dict[str, Any]:
        """What may stand for each parameter and each id."""
        visit: Visit = trip.visits[0]
        event = self.school.events(visit)[0].envelope.event_id
        return {
            "school": self.school.slug,
            "pupil": self.child.id,
            "pupils": self.child.id,
            "visit": visit.id,
            "trip": trip.id,
            "concern": self.concern,
            "event": event,
            "person": self.visitor.id,
            "people": self.visitor.id,
            "staff": self.school.colleague.id,
            "told": self.lead.id,
            "subject": self.child.id,
            "key": f"visit.{visit.id}",
            "term": "2026-autumn",
        }

    def addresses(self) -> list[str]:
        """Every page, for the trip that is out and for the other; without what programs ask for."""
        found = {one for trip in (self.out, self.planned) for one in every_address(self.runtime, self.things(trip))}
        return sorted(
            one for one in found if not one.startswith("/api/") and not one.endswith(("/sw.js", ".webmanifest"))
        )

    def body(self, kind: type[Command], text: str) -> dict[str, Any]:
        """A command with every text filled with an attack: facts about the trip that is out, plans about the other."""
        about = self.out if kind.KIND is CommandKind.FACT else self.planned
        ids = {name: one for name, one in self.things(about).items() if name not in {"school", "key", "term"}}
        return filled(kind, lambda _: text, ids, {"holder": "school_office"})

    def send_all(self) -> dict[str, int]:
        """Every command by whoever it is taken from; the last status of each."""
        people = (self.lead, self.school.head, self.school.office, self.visitor)
        found = {}
        with Client(base_url=self.server.url, timeout=30) as client:
            for name, kind in sorted(PUBLIC.items(), key=lambda one: one[0].endswith(_LAST)):
                if name == "undo":
                    continue
                for text in (EVIL, LINK):
                    for who in people:
                        found[name] = self._send(client, name, self.body(kind, text), who).status_code
                        if found[name] == 201:
                            break
        self.settle()
        return found

    def settle(self) -> None:
        """Every page knows all that is stored."""
        head = self.school.log.head()
        with self.runtime.view(self.school.slug, *(one.name for one in PROJECTIONS), at_least=head):
            pass

    def _send(self, client: Client, name: str, body: dict[str, Any], who: Someone) -> Response:
        headers = {HEADER: str(who.id), "Idempotency-Key": str(uuid4())}
        return client.post(f"/api/v1/schools/{self.school.slug}/commands/{name}", headers=headers, json=body)


@contextmanager
def hostile_school(urls: DatabaseUrls) -> Iterator[Hostile]:
    """The school, served for as long as the block lasts."""
    with World(urls) as world:
        school = world.school("norbury")
        with (
            Runtime.open(urls, "demonstration", clock=world.clock) as runtime,
            served(create_app(runtime)) as server,
        ):
            yield Hostile(school, runtime, server)
            runtime.stopping.set()
