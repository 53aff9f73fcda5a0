"""A DSL of one school who opens the records of another: what the tests of break-glass share, on a live installation."""

import re
from typing import Final
from uuid import UUID

import pyotp
from httpx2 import Response

from commands.bus import Sender
from commands.ids import new_command_id
from domain.command import Command
from domain.concern.commands import RaiseConcern
from domain.envelope import Recorded
from domain.glass.events import GlassBroken
from domain.ids import DOORSTEP, PupilId, SchoolSlug, StaffId, outsider_id
from domain.pupil.commands import AdmitPupil
from domain.roles import Role
from domain.visit.commands import RequestVisit
from projections.registry import PROJECTIONS
from tests.api.live import BECKSIDE, Browser, Live, Person, run

ELM: Final = "elm_park"
ASK: Final = f"/schools/{BECKSIDE}/other-school"
DESK: Final = f"/schools/{ELM}/dsl"
REASON: Final = "Her brother is alone at home, and nobody at your school answers the telephone."
_GLASS: Final = re.compile(r'name="event" value="([0-9a-f-]{36})"')


def says(school: Live, slug: str, command: Command, by: StaffId = DOORSTEP) -> tuple[Recorded, ...]:
    """Something is sent at a school, past its doors."""
    return run(school.runtime.bus.send(slug, command, Sender(by, new_command_id()))).recorded


class ElmPark:
    """The school that is read at: a child, a visit, a concern, its DSL; and Dora, the DSL of the other school."""

    def __init__(self, school: Live) -> None:
        """Everybody joins."""
        self.school = school
        admit = AdmitPupil(given_name="Zebedee", family_name="Quillfeather", address="2 Mill Lane, Town")
        self.child = PupilId(says(school, ELM, admit)[0].envelope.stream.id)
        teacher = school.joins("Tess Teacher", Role.TEACHER, school=ELM)
        asked = RequestVisit(
            pupils=(self.child,), purpose="attendance", purpose_text="To talk", on_site_reason="Far away"
        )
        self.visit = says(school, ELM, asked, teacher)[0].envelope.stream.id
        raised = RaiseConcern(text="Marks on an arm", pupils=(self.child,))
        self.concern = says(school, ELM, raised, teacher)[0].envelope.stream.id
        self.asha = school.somebody(Role.DSL, name="Asha Patel", school=ELM)
        self.head = school.somebody(Role.HEADTEACHER, name="Hana Head", school=ELM)
        self.dora = school.somebody(Role.DSL, name="Dora Deane")

    @property
    def outsider(self) -> StaffId:
        """By which Elm Park knows Dora."""
        return outsider_id(SchoolSlug(BECKSIDE), self.dora.staff)

    def as_dora(self) -> Browser:
        """Signed in at home."""
        return self.school.browser().signs_in(self.dora)

    def settle(self) -> None:
        """Wait until every page knows all that was kept."""
        head = self.school.runtime.store.log(ELM).head()
        with self.school.runtime.view(ELM, *(one.name for one in PROJECTIONS), at_least=head):
            pass

    def events(self) -> list[Recorded]:
        """The whole log."""
        return list(self.school.runtime.store.log(ELM).read_log())

    def last_broken(self) -> Recorded:
        """The last time that somebody broke the glass."""
        return next(r for r in reversed(self.events()) if isinstance(r.event, GlassBroken))


def first_step(
    browser: Browser, *, other: str = ELM, minutes: str = "30", reason: str = REASON, at: str = ASK
) -> Response:
    """Which school, why, for how long."""
    return browser.post(at, {"other": other, "minutes": minutes, "reason": reason})


def breaks(
    browser: Browser,
    person: Person,
    *,
    other: str = ELM,
    minutes: str = "30",
    reason: str = REASON,
    at: str = ASK,
    code: str = "",
) -> Response:
    """Both steps; the code is from the app, a minute after any other, unless another one is given."""
    browser.live.later(seconds=61)
    typed = code or pyotp.TOTP(person.secret).at(browser.live.now)
    return browser.post(at, {"other": other, "minutes": minutes, "reason": reason, "confirmed": "code", "code": typed})


def glass_in(page: str) -> UUID:
    """The broken glass that a page's form speaks of."""
    found = _GLASS.search(page)
    assert found, page
    return UUID(found[1])
