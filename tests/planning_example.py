"""A small school on one of the five policies, with people in real roles and two families: for planning tests."""

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from commands.bus import Bus, Sender
from commands.demonstration.on_record import all_on_record, staff_told
from commands.ids import new_command_id
from commands.opening import open_school
from commands.policy_files import clauses
from domain.catalogue import EVENTS
from domain.command import Command
from domain.ids import DOORSTEP, EventId, PupilId, StaffId, TripId, VisitId
from domain.pupil.commands import AdmitPupil
from domain.roles import Role
from domain.staff.commands import AddStaff
from domain.visit.commands import RequestVisit
from eventlog.migrate import migrate
from eventlog.seam import Appended
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from projections.directory import Directory
from projections.registry import PROJECTIONS
from projections.runner import Runner
from tests.policies_example import policy_called

T = TypeVar("T")
MONDAY = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
"""08:30 in London on a Monday in term."""
BEGAN = MONDAY - timedelta(days=9)
"""When the school took up Doorstep."""

STAFF = {
    "head": ("Helen Marsh", (Role.HEADTEACHER,), "07700 900101"),
    "dsl": ("Sunita Rao", (Role.DSL,), "07700 900102"),
    "deputy": ("Will Grant", (Role.DDSL,), "07700 900103"),
    "slt": ("Joan Peel", (Role.SLT,), "07700 900104"),
    "attendance": ("Amira Khan", (Role.ATTENDANCE_OFFICER,), "07700 900105"),
    "office": ("Dot Hughes", (Role.OFFICE_MANAGER,), "07700 900106"),
    "teacher": ("Tom Ashworth", (Role.TEACHER,), "07700 900107"),
    "newcomer": ("Priya Nair", (Role.TEACHER,), None),
    "governor": ("Grace Boothe", (Role.GOVERNOR,), None),
}
PUPILS = {
    "ava": ("Ava", "Brook", "Year 3", "3B", "12 Mill Lane, Ilkley, LS29 8AA"),
    "noah": ("Noah", "Brook", "Year 5", "5A", "12 Mill Lane, Ilkley, LS29 8AA"),
    "leo": ("Leo", "Marsden", "Year 3", "3A", "4 Chapel Lane, Ilkley, LS29 8BB"),
}
PURPOSE = {
    "st_patricks": "attendance",
    "leyland": "attendance",
    "william_lilley": "attendance",
    "norbury": "attendance",
    "scargill": "three_day_absence",
    "hill_top": "attendance",
}


def run(work: Coroutine[Any, Any, T]) -> T:
    """The work's answer; in a thread of its own, for a browser test has a running loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


class School:
    """One school, its people and pupils by short names, and the one way in."""

    def __init__(self, store: Store, slug: str, policy: str) -> None:
        """Use `opened`."""
        self.store, self.slug, self.policy = store, slug, policy
        self.now = MONDAY
        self.bus = Bus(store, clauses(), lambda: self.now)
        self._runner: Runner | None = None
        self.staff: dict[str, StaffId] = {}
        self.pupils: dict[str, PupilId] = {}

    async def begin(self, urls: DatabaseUrls) -> None:
        """Open the school and take in its people and pupils."""
        await open_school(
            self.bus,
            urls,
            self.slug,
            "Beckside Primary Academy",
            policy_called(self.policy),
            BEGAN,
        )
        for key, (name, roles, mobile) in STAFF.items():
            sent = await self._send(AddStaff(name=name, roles=roles, mobile=mobile), DOORSTEP)
            self.staff[key] = StaffId(sent.recorded[0].envelope.stream.id)
        own = tuple(id_ for key, id_ in self.staff.items() if key != "governor")
        policy = policy_called(self.policy)
        for command in (*staff_told(policy, BEGAN.date()), *all_on_record(policy, own, BEGAN.date(), designated=own)):
            await self._send(command, DOORSTEP)
        for key, (given, family, year, form, address) in PUPILS.items():
            admitted = AdmitPupil(
                given_name=given,
                family_name=family,
                year_group=year,
                class_name=form,
                born=datetime(2018, 5, 4, tzinfo=UTC).date(),
                address=address,
                phone="01632 960001",
            )
            sent = await self._send(admitted, DOORSTEP)
            self.pupils[key] = PupilId(sent.recorded[0].envelope.stream.id)

    def send(self, who: str, command: Command, *, said_by: str = "", **sender: Any) -> Appended:
        """Send a command as somebody."""
        spoke = self.staff[said_by] if said_by else None
        return run(self._send(command, self.staff[who], said_by=spoke, **sender))

    async def _send(self, command: Command, actor: StaffId, **sender: Any) -> Appended:
        return await self.bus.send(self.slug, command, Sender(actor, new_command_id(), **sender))

    def ask(self, who: str = "attendance", *pupils: str, trip: bool = True, **changes: Any) -> tuple[VisitId, TripId]:
        """Ask for a visit (Ava's, at home, two going at nine) and say which visit and trip came of it."""
        fields: dict[str, Any] = {
            "pupils": tuple(self.pupils[p] for p in pupils or ("ava",)),
            "purpose": PURPOSE[self.policy],
            "purpose_text": "Three days absent, and nobody answers the telephone",
            "on_site_reason": "The family cannot come in",
        }
        if trip:
            fields |= {
                "leave_at": self.now + timedelta(minutes=30),
                "back_by": self.now + timedelta(minutes=110),
                "people": (self.staff["attendance"], self.staff["teacher"]),
            }
        sent = self.send(who, RequestVisit(**{**fields, **changes}))
        visit = VisitId(sent.recorded[0].envelope.stream.id)
        return visit, TripId(sent.recorded[1].envelope.stream.id) if len(sent.recorded) > 1 else TripId(visit)

    def directory(self) -> Directory:
        """Everybody and the settings, at the log's head."""
        return self.bus.knowledge(self.slug).at_head()[1]

    def caught_up(self) -> None:
        """Fold all there is."""
        if self._runner is None:
            self._runner = Runner(self.store, self.slug, PROJECTIONS)
        self._runner.catch_up()


def first_event(sent: Appended) -> EventId:
    """The id of the first event that a command led to."""
    return sent.recorded[0].envelope.event_id


@contextmanager
def opened(urls: DatabaseUrls, policy: str, slug: str = "beckside") -> Iterator[School]:
    """A school with people and pupils in an empty database."""
    migrate(urls, "demonstration")
    with Store.open(urls, EVENTS) as store:
        school = School(store, slug, policy)
        run(school.begin(urls))
        yield school
