"""Killing `doorstep demo` in the middle of the path: whatever was answered is kept, once; the rest is sent again."""

import asyncio
import os
import random
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest

from commands.bus import Bus
from commands.demonstration import load
from commands.policy_files import clauses
from domain.catalogue import EVENTS
from domain.envelope import Recorded
from domain.ids import CommandId, StaffId, TripId, VisitId, trip_stream, visit_stream
from domain.roles import Role
from domain.trip import state as trip_state
from domain.visit.events import NoteKept
from eventlog.embedded_postgres import EmbeddedPostgres, embedded
from eventlog.migrate import migrate
from eventlog.postgres_programs import place_for
from eventlog.seam import SchoolLog
from eventlog.store import Store
from projections.directory import Directory
from tests.checks import check_log
from tests.databases import folder_for_a_server
from tests.eventlog.programs import end_server, is_running
from tests.journeys.killable import Chatter, Client, Demo, ask, demo
from tests.journeys.trust import in_a_thread
from tests.ticks import EVERY_POINT

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at processes through /proc (Linux)"),
]
SCHOOL: Final = "elmbrook_primary"
KILLED_AT: Final = ("approve-visit", "clear-trip", "depart", "no-answer", "return-to-school")
FACTS: Final = (
    "visit.requested.v1",
    "visit.approved.v1",
    "visit.list_signed.v1",
    "visit.arrived.v1",
    "visit.no_answer.v1",
    "visit.pupil_outcome.v1",
    "visit.property_left.v1",
)
WITH_THE_DATABASE: Final = "depart"
"""Here the database is killed as well, and recovers from its own log."""
MOMENT: Final = 0.06
"""Seconds within which the kill comes after a command began: before, in, or just after its commit."""


def quiet(_says: str) -> None:
    """Nobody is at the terminal."""


@pytest.fixture(scope="module")
def prepared() -> Iterator[tuple[Path, "Cast"]]:
    """A folder with a demonstration whose schools have no history; whatever was left running is ended."""
    with folder_for_a_server() as folder:
        with embedded(folder, quiet) as server:
            migrate(server.urls, "demonstration")
            in_a_thread(lambda: asyncio.run(load(server.urls, datetime.now(UTC), share=0)))
            with Store.open(server.urls, EVENTS) as store:
                cast = Cast(Bus(store, clauses()).knowledge(SCHOOL).at_head()[1])
        yield folder, cast
        if (left := database_pid(folder)) is not None:
            end_server(left)


def database_pid(folder: Path) -> int | None:
    """The database's process, if it runs."""
    server = EmbeddedPostgres(place_for(folder, quiet), quiet, folder / "keys")
    found = server._server.running_pid()
    return found if found is not None and is_running(found) else None


class Killer:
    """Kills the program a random moment after a command began, and starts it again."""

    def __init__(self, program: Demo) -> None:
        """Nothing is killed yet."""
        self._program = program
        self._chance = random.Random(9)  # noqa: S311 - when, not what
        self._thread: threading.Thread | None = None
        self.trouble: list[BaseException] = []
        self.adopted = 0

    def strike(self, *, database: bool) -> None:
        """Begin: the command is about to be sent."""
        self._thread = threading.Thread(target=self._strike, args=(self._chance.uniform(0, MOMENT), database))
        self._thread.start()

    def struck(self) -> None:
        """The program is back; whatever went wrong is raised here."""
        if self._thread is not None:
            self._thread.join()
        assert self.trouble == []

    def _strike(self, moment: float, database: bool) -> None:  # noqa: FBT001 - a thread's argument
        try:
            time.sleep(moment)
            before = database_pid(self._program.var)
            assert before is not None
            self._program.kill()
            assert is_running(before), "killing the program leaves the database running"
            if database:
                os.kill(before, signal.SIGKILL)
            self._program.start()
            after = database_pid(self._program.var)
            assert (after == before) is not database, "a database left running is adopted, a killed one started anew"
            self.adopted += after == before
        except BaseException as error:  # noqa: BLE001 - told by `struck`, in the test's own thread
            self.trouble.append(error)


class Cast:
    """Who does what at the school."""

    def __init__(self, known: Directory) -> None:
        """Pick them by their roles."""
        now = datetime.now(UTC)

        def holding(role: Role) -> list[StaffId]:
            return [p.id for p in known.people.values() if p.main_role(now) == role]

        self.visitors = holding(Role.TEACHER)[-2:]
        self.approver, self.office = holding(Role.SLT)[0], holding(Role.SCHOOL_OFFICE)[0]
        self.chatters = (holding(Role.HEADTEACHER)[0], holding(Role.DSL)[0], holding(Role.OFFICE_MANAGER)[0])
        self.child = next(p.id for p in known.pupils.values() if p.on_roll and p.address)


def steps(cast: Cast, visit: str, trip: str) -> Iterator[tuple[str, StaffId, dict[str, object]]]:
    """The path after planning: each command, by whom, and its fields."""
    who, team = cast.visitors[0], [str(person) for person in cast.visitors]
    yield "approve-visit", cast.approver, {"visit": visit, "attested": EVERY_POINT}
    yield "sign-visit-list", cast.chatters[0], {"visit": visit}
    yield "assess-risk", cast.approver, {"visit": visit}
    yield "lodge-whereabouts", cast.office, {"trip": trip, "holder": "school_office", "told": str(cast.office)}
    yield "check-background", cast.office, {"visit": visit, "looked_up": ["agency_considered"]}
    yield "confirm-checks", cast.office, {"trip": trip}
    yield "clear-trip", cast.office, {"trip": trip}
    yield "depart", who, {"trip": trip, "people": team}
    yield "arrive", who, {"visit": visit}
    yield "no-answer", who, {"visit": visit}
    yield "record-outcome", who, {"visit": visit, "outcome": "no_answer_card_left"}
    yield "leave-property", who, {"visit": visit}
    yield "return-to-school", who, {"trip": trip, "people": team}


def planned(client: Client, cast: Cast) -> tuple[str, str]:
    """A visit is asked for and its trip planned: the ids of both."""
    now = datetime.now(UTC)
    asked = client.send(
        "request-visit",
        cast.visitors[0],
        pupils=[str(cast.child)],
        purpose="attendance",
        purpose_text="Absent since Monday",
        on_site_reason="The family answers no letter",
    )
    visit = asked["stream"]["id"]
    trip = client.send(
        "plan-trip",
        cast.visitors[0],
        visits=[visit],
        leave_at=(now + timedelta(minutes=5)).isoformat(),
        back_by=(now + timedelta(minutes=95)).isoformat(),
        people=[str(person) for person in cast.visitors],
    )
    return visit, trip["stream"]["id"]


def walk(program: Demo, walker: Client, cast: Cast, planned_as: tuple[str, str]) -> Killer:
    """The path, with a kill at each of `KILLED_AT`."""
    killer = Killer(program)
    for command, person, body in steps(cast, *planned_as):
        if command in KILLED_AT:
            killer.struck()
            killer.strike(database=command == WITH_THE_DATABASE)
        walker.send(command, person, **body)
    killer.struck()
    return killer


def test_no_answered_command_is_lost_and_none_is_stored_twice_however_often_the_server_is_killed(
    prepared: tuple[Path, Cast],
) -> None:
    """Issue 2, "Done means"."""
    var, cast = prepared
    with demo(var) as program:
        program.start()
        walker = Client(program.port, SCHOOL)
        visit, trip = planned(walker, cast)
        chatters = [Chatter(Client(program.port, SCHOOL), person, visit) for person in cast.chatters]
        for chatter in chatters:
            chatter.start()
        killer = walk(program, walker, cast, (visit, trip))
        for chatter in chatters:
            chatter.finish()
        assert (program.kills, killer.adopted) == (len(KILLED_AT), len(KILLED_AT) - 1)
        clients = [walker, *(chatter.client for chatter in chatters)]
        assert sum(client.again for client in clients) >= len(KILLED_AT), "each kill cut something off"
        everybody_is_back_on_the_board(program.port, cast, trip)
        assert program.stop() == "Doorstep has stopped. Everything is stored."
    assert database_pid(var) is None, "an orderly end stops the adopted database as well"
    with embedded(var, quiet) as server, Store.open(server.urls, EVENTS) as store:
        log = store.log(SCHOOL)
        what_was_answered_is_there_once(log, clients, chatters)
        the_path_is_whole(log, UUID(visit), UUID(trip))


def everybody_is_back_on_the_board(port: int, cast: Cast, trip: str) -> None:
    """The projections have caught up with the log, and the board shows nobody of this trip as out."""
    ends = time.monotonic() + 20
    address = f"/api/v1/schools/{SCHOOL}"
    while True:
        beat = ask(port, f"{address}/heartbeat", cast.office)[1]
        if beat["head"] == beat["position"]:
            break
        assert time.monotonic() < ends, beat
    board = ask(port, f"{address}/board?at_least={beat['head']}", cast.office)[1]
    out = [one for line in board["lines"] if line["trip"] == trip for one in line["people"] if one["state"] == "out"]
    assert out == []


def what_was_answered_is_there_once(log: SchoolLog, clients: Sequence[Client], chatters: Sequence[Chatter]) -> None:
    """Each command has the events that were answered, at their place; each note stands once, in its order."""
    recorded = check_log(log)
    by_command: dict[CommandId, list[Recorded]] = defaultdict(list)
    for one in recorded:
        by_command[one.envelope.command_id].append(one)
    for client in clients:
        for key, answer in client.acknowledged.items():
            events = by_command[CommandId(key)]
            assert [one.envelope.topic for one in events] == list(answer["events"])
            assert events[-1].envelope.index == answer["index"]
    for chatter in chatters:
        notes = [r.event.text for r in recorded if isinstance(r.event, NoteKept) and r.envelope.actor == chatter.who]
        assert notes == [f"note {number}" for number in range(1, len(chatter.client.acknowledged) + 1)]


def the_path_is_whole(log: SchoolLog, visit: UUID, trip: UUID) -> None:
    """The facts of the visit stand once and in order, and everybody is back."""
    told = [r.envelope.topic for r in log.read(visit_stream(VisitId(visit)))]
    facts = [topic for topic in told if topic in FACTS]
    assert facts == list(FACTS)
    assert trip_state.fold(TripId(trip), log.read(trip_stream(TripId(trip)))).everyone_back
