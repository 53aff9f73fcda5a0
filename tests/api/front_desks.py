"""A front desk as tests want one: made by an administrator, opened on a device, and people with PINs beside it."""

import re
from html import unescape
from typing import Final, TypeVar

from httpx2 import Response

from domain.event import Event
from domain.ids import StaffId, access_stream
from domain.roles import Role
from domain.times import LONDON
from tests.api.live import ADDRESS, BECKSIDE, PASSWORD, Browser, Live, Person

E = TypeVar("E", bound=Event)
DESKS: Final = f"/schools/{BECKSIDE}/desks"
DESK: Final = f"/schools/{BECKSIDE}/desk"
BOARD: Final = f"/schools/{BECKSIDE}/board"
VISITS: Final = f"/schools/{BECKSIDE}/visits"
DO: Final = f"/schools/{BECKSIDE}/do"
_LINK: Final = re.compile(r'id="link">([^<]+)<')


def link_for(administrator: Browser, name: str = "Main office", idle: int = 2, school: str = BECKSIDE) -> str:
    """The path of a new desk's link."""
    answer = administrator.post(f"/schools/{school}/desks", {"name": name, "idle": str(idle)})
    assert answer.status_code == 200, answer.text
    found = _LINK.search(answer.text)
    assert found, answer.text
    return unescape(found[1]).removeprefix(ADDRESS)


def a_desk(live: Live, name: str = "Main office", *, idle: int = 2, school: str = BECKSIDE) -> Browser:
    """A device that is a front desk from now on."""
    administrator = live.browser().signs_in(live.somebody(Role.ADMINISTRATOR, name="Ada Admin", school=school))
    device = live.browser()
    opened = device.post(link_for(administrator, name, idle, school))
    assert opened.headers["location"] == f"/schools/{school}/board"
    return device


def with_pin(live: Live, pin: str, *roles: Role, name: str = "Dot Hughes", school: str = BECKSIDE) -> Person:
    """Somebody who set a PIN in a browser of their own."""
    person = live.somebody(*roles, name=name, school=school)
    set_pin(live.browser().signs_in(person), pin)
    return person


def set_pin(browser: Browser, pin: str) -> None:
    """On "Your account"."""
    done = browser.post("/account/pin", {"pin_password": PASSWORD, "pin_wanted": pin, "pin_again": pin})
    assert "Your PIN is set" in done.text, done.text


def says(device: Browser, person: Person | StaffId, pin: str, wanted: str = "", school: str = BECKSIDE) -> Response:
    """Somebody says who they are."""
    staff = person.staff if isinstance(person, Person) else person
    return device.post(
        f"/schools/{school}/desk", {"desk_person": str(staff), "desk_pin": pin, "next": wanted, "to": ""}
    )


def on_record(live: Live, staff: StaffId, kind: type[E]) -> list[E]:
    """What the record says of somebody's access today."""
    live.runtime.aside.submit(lambda: None).result()
    day = live.now.astimezone(LONDON).date()
    return [
        r.event for r in live.runtime.store.log(BECKSIDE).read(access_stream(staff, day)) if isinstance(r.event, kind)
    ]
