"""A live installation with one school, and people who sign in to it as in life: over HTTP, with their own browsers."""

import asyncio
import re
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any, Final, NamedTuple, TypeVar
from uuid import uuid4

import pyotp
from argon2.profiles import CHEAPEST
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from accounts.accounts import Accounts
from accounts.hashing import Hasher
from accounts.shapes import Purpose
from api.app import create_app
from api.first_administrator import set_up_link
from api.origin import Origin
from api.runtime import Runtime
from commands.bus import Sender
from commands.ids import new_command_id
from commands.opening import open_school
from commands.policy_files import load_policy
from domain.ids import DOORSTEP, StaffId
from domain.roles import Role
from domain.staff.commands import AddStaff, AssignRole, EndRole, RecordStaffLeft
from eventlog.migrate import migrate
from eventlog.settings import DatabaseUrls
from tests.databases import Databases, waiting_for_the_disk

T = TypeVar("T")
ADDRESS: Final = "https://visits.school.example"
FROM_HERE: Final = {"Sec-Fetch-Site": "same-origin"}
PASSWORD: Final = "gravel lantern otter"
BECKSIDE: Final = "beckside"
COOKIE: Final = "__Host-doorstep"
_KEY: Final = re.compile(r'id="key">([^<]+)<')
_CODES: Final = re.compile(r"<li><code>([^<]+)</code></li>")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Wait for something asynchronous, in a thread of its own: a test with a browser has a loop already."""
    with ThreadPoolExecutor(1) as one:
        return one.submit(asyncio.run, coroutine).result()


class Person(NamedTuple):
    """A member of staff with an account."""

    staff: StaffId
    name: str
    secret: str
    codes: tuple[str, ...]


class Live:
    """The installation; its clock moves when a test says so."""

    def __init__(self, runtime: Runtime, app: FastAPI) -> None:
        """Use `live`."""
        self.runtime = runtime
        self.app = app
        self._ahead = timedelta()
        # The server's own time is kept as that of recording: a live log takes no other.
        runtime.clock = runtime.bus._clock = lambda: datetime.now(UTC) + self._ahead

    @property
    def now(self) -> datetime:
        """The time at the installation."""
        return self.runtime.now()

    def browser(self) -> "Browser":
        """A new browser, which knows nothing."""
        return Browser(self)

    def later(self, **by: float) -> None:
        """Some time goes by."""
        self._ahead += timedelta(**by)

    def joins(self, name: str, *roles: Role, school: str = BECKSIDE) -> StaffId:
        """Somebody joins the staff."""
        return StaffId(self._send(AddStaff(name=name, roles=roles), school))

    def gets_role(self, staff: StaffId, role: Role, starts: datetime | None = None) -> None:
        """Somebody is given a role."""
        self._send(AssignRole(staff=staff, role=role, starts=starts))

    def loses_role(self, staff: StaffId, role: Role) -> None:
        """A role ends."""
        self._send(EndRole(staff=staff, role=role))

    def leaves(self, staff: StaffId) -> None:
        """Somebody leaves the school."""
        self._send(RecordStaffLeft(staff=staff))

    def _send(self, command: AddStaff | AssignRole | EndRole | RecordStaffLeft, school: str = BECKSIDE) -> StaffId:
        stored = run(self.runtime.bus.send(school, command, Sender(DOORSTEP, new_command_id())))
        return StaffId(stored.recorded[0].envelope.stream.id)

    def invitation(self, staff: StaffId, *, school: str = BECKSIDE, purpose: Purpose = Purpose.INVITE) -> str:
        """A link for somebody; its path."""
        name = f"{uuid4().hex[:10]}@school.example"
        token = self.runtime.accounts.invitations.make(purpose, self.now, school=school, staff=staff, name=name)
        return f"/invitation/{token}"

    def somebody(self, *roles: Role, name: str = "Amira Khan", school: str = BECKSIDE) -> Person:
        """A member of staff who has used their invitation, in a browser of which nothing is left."""
        staff = self.joins(name, *roles, school=school)
        return self.browser().uses(self.invitation(staff, school=school), staff)


class Browser:
    """Somebody's browser, with its cookies."""

    def __init__(self, live: Live) -> None:
        """Made by `Live.browser`."""
        self.live = live
        self.http = TestClient(live.app, base_url=ADDRESS, follow_redirects=False, raise_server_exceptions=True)

    def get(self, path: str) -> Response:
        """Open a page."""
        return self.http.get(path)

    def post(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> Response:
        """Send a form from one of Doorstep's pages."""
        return self.http.post(path, data=fields or {}, headers={**FROM_HERE, **headers})

    def password(self, name: str, password: str = PASSWORD, wanted: str = "") -> Response:
        """The first step."""
        return self.post("/sign-in", {"name": name, "password": password, "next": wanted})

    def code(self, code: str, wanted: str = "") -> Response:
        """The second step."""
        return self.post("/sign-in/second", {"code": code, "next": wanted})

    def signs_in(self, person: Person) -> "Browser":
        """Both steps, half a minute after anything else."""
        self.live.later(seconds=61)
        assert self.password(person.name).headers["location"] == "/sign-in/second"
        done = self.code(pyotp.TOTP(person.secret).at(self.live.now))
        assert done.status_code == 303, done.text
        return self

    def uses(self, link: str, staff: StaffId, *, password: str = PASSWORD) -> Person:
        """An invitation, to the end."""
        asked = self.get(link)
        assert asked.status_code == 200, asked.text
        fixed = re.search(r"You sign in as <strong>([^<]+)<", asked.text)
        name = fixed[1] if fixed else "first.administrator"
        typed = {"name": name, "password": password, "again": password, "own_name": "Ada Admin"}
        second = self.post(link, typed)
        if second.status_code == 303:
            return Person(staff, name, "", ())
        found = _KEY.search(second.text)
        assert found, second.text
        secret = unescape(found[1]).replace(" ", "")
        code = pyotp.TOTP(secret).at(self.live.now)
        done = self.post(f"{link}/second", {"code": code, "own_name": "Ada Admin"})
        codes = tuple(_CODES.findall(done.text))
        assert len(codes) == 10, done.text
        return Person(staff, name, secret, codes)

    @property
    def identifier(self) -> str:
        """What the session's cookie holds; "" for none."""
        return str(self.http.cookies.get(COOKIE) or "")

    def is_in(self, school: str = BECKSIDE) -> bool:
        """Whether the school's policy, which all its people may read, opens."""
        return self.get(f"/schools/{school}/policy").status_code == 200


@contextmanager
def live(urls: DatabaseUrls, server: Databases) -> Iterator[Live]:
    """A live installation with two schools, over an empty database, on a server that runs as a school's does."""
    migrate(urls, "live")
    with waiting_for_the_disk(server), Runtime.open(urls, "live") as runtime:
        runtime._accounts = Accounts.open(runtime.store.pool, runtime.store.keyrings.keks, Hasher(CHEAPEST))
        for slug, name in ((BECKSIDE, "Beckside Primary"), ("elm_park", "Elm Park Primary")):
            run(open_school(runtime.bus, urls, slug, name, load_policy("norbury"), datetime(2026, 9, 1, tzinfo=UTC)))
        yield Live(runtime, create_app(runtime, Origin(address=ADDRESS)))


def first_link(installation: Live) -> str:
    """The path of the link that is printed where nobody has an account."""
    return set_up_link(installation.runtime, Origin(address=ADDRESS), 8000).removeprefix(ADDRESS)
