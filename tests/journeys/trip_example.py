"""A trip of invented people to two doors, and a school that keeps what the phone sends, or behaves badly."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from api.pages.assets import PAGE_HEADERS
from api.pages.parts import Action, PersonLine
from api.pages.trip_model import (
    Acknowledged,
    Named,
    PhoneDoor,
    PhoneTrip,
    PlainTrip,
    RecordedFact,
    phone_json,
)
from tests.journeys.served import AMIRA, TEMPLATES, TOM, front_end, page_for

TRIP = "0190a000-0000-7000-8000-0000000000aa"
MILL = "0190a000-0000-7000-8000-0000000000b1"
CHAPEL = "0190a000-0000-7000-8000-0000000000b2"
HERE = f"/schools/beckside/my-trips/{TRIP}"


Behaviour = Literal["well", "silent", "café", "refuses", "loses the reply"]
"""`silent` answers 503, `café` with somebody else's page, `loses the reply` stores once and answers 502."""


class School:
    """What the school received, and how it answers. A test sets the attributes."""

    def __init__(self) -> None:
        """Start with a school that answers as it should."""
        self.received: list[dict[str, Any]] = []
        """Each stored command once: id, command, person and body."""
        self.requests = 0
        self.behaviour: Behaviour = "well"
        self.me = AMIRA
        self.back_by = datetime.now(UTC) + timedelta(minutes=50)
        self.calls: tuple[str, ...] = ()
        self.agreed_call_at: datetime | None = None
        self.acknowledged: Acknowledged | None = None
        self.over = False
        self.waits_for_ok = ""

    @property
    def commands(self) -> list[str]:
        """The names of what was stored, in order."""
        return [one["command"] for one in self.received]

    def answer(self, name: str, request: Request, body: dict[str, Any]) -> Response:
        """Store a command and answer, as the behaviour says."""
        self.requests += 1
        command_id = request.headers["Idempotency-Key"]
        if self.behaviour == "silent":
            return Response(status_code=503)
        if self.behaviour == "café":
            return HTMLResponse("<h1>Welcome to our free network</h1>")
        if self.behaviour == "refuses":
            problem = {"title": "Too long", "status": 413, "detail": "This was too long to keep."}
            return JSONResponse(problem, 413, media_type="application/problem+json")
        now = datetime.now(UTC)
        if all(one["id"] != command_id for one in self.received):
            person = request.headers["Doorstep-Demo-Person"]
            self.received.append({"id": command_id, "command": name, "person": person, "body": body, "at": now})
        if self.behaviour == "loses the reply":
            self.behaviour = "well"
            return Response(status_code=502)
        answer = {"status": "stored", "command_id": command_id, "received_at": now.isoformat(), "events": []}
        return JSONResponse(answer, 201)

    def trip(self) -> PhoneTrip:
        """The trip as it stands now."""
        amira, tom = Named(id=AMIRA, name="Amira Khan"), Named(id=TOM, name="Tom Ashworth")
        return PhoneTrip(
            school="beckside",
            trip=TRIP,
            me=amira if self.me == AMIRA else tom,
            people=(amira, tom),
            doors=(
                PhoneDoor(
                    visit=MILL,
                    street="Mill Street",
                    pupils=(Named(id="p1", name="Ava Brook"), Named(id="p2", name="Noah Brook")),
                    purpose="Absence: not seen since Monday",
                    notes="Dog in the yard. Ask for Ms Brook.",
                    wait_minutes=10,
                ),
                PhoneDoor(visit=CHAPEL, street="Chapel Lane", pupils=(Named(id="p3", name="Isla Reed"),)),
            ),
            office_phone="01632 960 000",
            dsl=PersonLine(name="Priya Nair", mobile="07700 900 125"),
            watcher=PersonLine(name="Helen Brooks", mobile="07700 900 321"),
            back_by=self.back_by,
            recorded=tuple(_recorded(one) for one in self.received),
            calls=self.calls,
            agreed_call_at=self.agreed_call_at,
            acknowledged=self.acknowledged,
            over=self.over,
            waits_for_ok=self.waits_for_ok,
            send_headers={"Doorstep-Demo-Person": self.me},
            fresh_from=f"/api/v1/schools/beckside/phone-trips/{TRIP}",
            now=datetime.now(UTC),
        )


def _recorded(one: dict[str, Any]) -> RecordedFact:
    known = ("trip", "visit", "when", "pupil", "pupils", "people", "outcome", "minutes", "command")
    fields = {name: value for name, value in one["body"].items() if name in known}
    return RecordedFact(
        command=one["command"],
        command_id=one["id"],
        fields=fields,
        label=one["command"],
        at=datetime.fromisoformat(one["body"]["at"]),
        received_at=one["at"],
    )


def trip_app(school: School) -> FastAPI:
    """The phone's page, the addresses that it sends to, and another page."""
    app = front_end()

    @app.get(HERE)
    def my_trip() -> HTMLResponse:
        plain = PlainTrip(
            next=Action(label="We have left school", command="depart", fields={"trip": TRIP}, style="primary")
        )
        page = page_for(HERE, person=school.me)
        html = TEMPLATES.render("my_trip.html", page, trip=school.trip(), plain=plain)
        return HTMLResponse(html, headers=dict(PAGE_HEADERS))

    @app.get("/schools/beckside/board")
    def board() -> HTMLResponse:
        return HTMLResponse(TEMPLATES.render("base.html", page_for("/", person=school.me)), headers=dict(PAGE_HEADERS))

    @app.get("/api/v1/schools/beckside/phone-trips/{trip}")
    def fresh(trip: str) -> Response:
        assert trip == TRIP
        return Response(phone_json(school.trip()), media_type="application/json")

    @app.post("/api/v1/schools/beckside/commands/{name}")
    async def command(name: str, request: Request) -> Response:
        return school.answer(name, request, await request.json())

    return app
