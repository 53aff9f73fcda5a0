"""Front desks: making one, opening its link on the device, and signing it out."""

import asyncio
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from accounts.desks import IDLE, IDLE_MOST, LASTS, Desk
from accounts.errors import NotSignedInError
from api import access_log
from api.identity import Acquainted, runtime_of
from api.pages.board import live_boards
from api.pages.flash import Done, keep
from api.pages.frame import page
from api.pages.sign_in import places_of, schools_of
from api.permitted import by_page
from api.sessions import origin_of, session_of, set_up_desk
from commands.ids import new_command_id
from domain.ids import StaffId
from domain.permissions import Question
from domain.refusal import NotPermitted, Unknown
from domain.staff.commands import EndDesk, MakeDesk
from domain.times import LONDON

router = APIRouter(prefix="/schools/{school}/desks", include_in_schema=False)
link_router = APIRouter(include_in_schema=False)
"""What is opened on the device itself: it belongs to nobody yet, and so has no menu."""
_NOT_HERE: Final = (
    "In the demonstration nobody signs in, and so nobody has a PIN: front desks are made on a live installation"
)

Looks = Annotated[Acquainted, by_page(Question.DESKS)]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One desk."""

    id: str
    name: str
    state: str


@router.get("")
def desks(request: Request, me: Looks) -> HTMLResponse:
    """The school's front desks, and a form for another one."""
    return _desks(request, me)


@router.post("")
def make(
    request: Request,
    me: Looks,
    name: Annotated[str, Form(max_length=80)] = "",
    idle: Annotated[int, Form(ge=1, le=IDLE_MOST)] = IDLE,
) -> HTMLResponse:
    """A link for a device: shown this once."""
    runtime = runtime_of(request)
    if runtime.kind != "live":
        raise NotPermitted(_NOT_HERE)
    if not name.strip():
        return _desks(request, me, error="Say where it stands: “Main office”")
    command = MakeDesk(name=name.strip())
    stored = asyncio.run(runtime.bus.send(me.slug, command, me.sender(new_command_id())))
    # A crash here leaves a desk in the log that no device is: it shows nothing, and another one is made.
    desk = StaffId(stored.recorded[0].envelope.stream.id)
    token = runtime.accounts.desks.make(desk, me.slug, name.strip(), idle, me.id, me.now)
    origin = origin_of(request)
    return _desks(request, me, link=f"{origin.address or str(request.base_url).rstrip('/')}/desk/{token}")


@router.post("/{desk}/end")
def end(request: Request, me: Looks, desk: str) -> Response:
    """From now on it shows nothing, and nobody acts at it."""
    runtime = runtime_of(request)
    found = next((one for one in runtime.accounts.desks.of_school(me.slug, me.now) if str(one.id) == desk), None)
    if found is None:
        raise Unknown("front desk")
    asyncio.run(runtime.bus.send(me.slug, EndDesk(desk=found.id), me.sender(new_command_id())))
    runtime.accounts.desks.end(found.id, me.slug, me.now)
    live_boards(request.app).beat_now(me.slug)
    response = RedirectResponse(f"/schools/{me.slug}/desks", status_code=303)
    keep(response, me.slug, Done(says=f"“{found.name}” is no front desk any more", command_id="", index=0))
    return response


@link_router.get("/desk/{token}")
def link(request: Request, token: str) -> HTMLResponse:
    """Opened on the device. Looking at it uses nothing up: only the button does."""
    return page(request, None, "desk_link.html", usable=True, here=f"/desk/{token}")


@link_router.post("/desk/{token}")
def set_up(request: Request, token: str) -> Response:
    """This browser is a front desk from now on. Whoever was signed in on it is signed out."""
    runtime = runtime_of(request)
    opened = runtime.accounts.desks.open(token, runtime.now())
    if opened is None:
        return page(request, None, "desk_link.html", status=410, usable=False, here="")
    desk, kept = opened
    try:
        session = session_of(request, runtime)
    except NotSignedInError:
        session = None
    if session is not None:
        runtime.accounts.sessions.end(session.id, runtime.now())
        access_log.signed_out(runtime, places_of(schools_of(runtime, session.account)), "asked", session.device)
    response = RedirectResponse(f"/schools/{desk.school}/board", status_code=303)
    set_up_desk(request, response, kept, LASTS)
    return response


def _desks(request: Request, me: Acquainted, *, link: str = "", error: str = "") -> HTMLResponse:
    runtime = runtime_of(request)
    lines = tuple(_line(one) for one in runtime.accounts.desks.of_school(me.slug, me.now))
    return page(
        request,
        me,
        "desks.html",
        status=422 if error else 200,
        desks=lines,
        link=link,
        error=error,
        minutes=tuple(range(1, IDLE_MOST + 1)),
        usual=IDLE,
        live=runtime.kind == "live",
    )


def _line(desk: Desk) -> Line:
    minutes = int(desk.idle.total_seconds() // 60)
    asks = f"asks who it is again after {minutes} minute{'' if minutes == 1 else 's'} unused"
    if desk.opened_at is None:
        return Line(id=str(desk.id), name=desk.name, state=f"its link is not opened yet; {asks}")
    seen = (desk.seen_at or desk.opened_at).astimezone(LONDON)
    return Line(id=str(desk.id), name=desk.name, state=f"last seen {seen:%d %B %Y, %H:%M}; {asks}")
