"""At a front desk: who is it, by name and PIN; nobody any more; and whose words were typed there without a name."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Annotated, Any, Final
from urllib.parse import quote
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from accounts.desks import LONGEST, Desk
from accounts.errors import NotAcceptedError, SignInError, TooManyTriesError
from accounts.shapes import Account
from api import access_log
from api.desks import ACTS_AS, may_act, office_people, stops
from api.identity import Acquainted, Looks, runtime_of
from api.pages.doing import form_of
from api.pages.flash import Done, at_least, keep
from api.pages.forms import first, local_path
from api.pages.frame import page
from api.pages.ids import id_in
from api.permitted import Permitted
from api.runtime import Runtime
from api.sending import send
from api.sessions import at_desk, stand_at_desk
from api.who_asks import at_a_desk
from commands.ids import new_command_id
from commands.reading import Read
from domain.access.events import WhyNotSignedIn
from domain.concern.commands import RaiseConcern
from domain.ids import CommandId, StaffId
from domain.permissions import Question
from domain.refusal import NotPermitted
from domain.shared.commands import SignForDesk
from domain.staff.state import Person
from projections import desk_words
from projections.board_words import clock

router = APIRouter(prefix="/schools/{school}/desk", include_in_schema=False)
KEPT: Final = "kept."
"""Begins the names of what was typed on another page and goes along."""
PERSON: Final = "desk_person"
PIN: Final = "desk_pin"
_NOBODY: Final = StaffId(UUID(int=0))
_NO_DESK: Final = "This browser is not a front desk of this school"
_NOT_CHOSEN: Final = "Choose who you are"
_TOO_MANY: Final = 429
_A_DAY: Final = timedelta(days=1)
_MOST: Final = 10
_REFUSED: Final = 403
_ASKED: Final = 401
Form = Mapping[str, Sequence[str]]


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was typed here without a name."""

    what: str
    at: str
    href: str
    claimed: bool


class AsDesk(Permitted):
    """A dependency: who stands at the desk that asks."""

    def __init__(self) -> None:
        """The one thing that a desk asks of itself."""
        super().__init__(Question.DESK, page=True)

    def __call__(self, request: Request, school: str) -> Any:
        """Raises NotPermitted for a browser that is no front desk of this school. Blocks: FastAPI runs it in a thread."""
        me = at_a_desk(request, school)
        if me is None:
            raise NotPermitted(_NO_DESK)
        request.state.me = me
        return me


AtIt = Annotated[Acquainted, Depends(AsDesk())]


@router.get("")
def who(request: Request, me: AtIt, next: str = "") -> HTMLResponse:  # noqa: A002 - the address says so
    """Who is at the desk?"""
    return asked(request, me, wanted=_of_this_school(me, next))


@router.post("")
async def somebody(request: Request, me: AtIt) -> Response:
    """A name and a PIN: on to what was wanted. What was typed before is shown once more, to be sent by its own button."""
    form = await form_of(request)
    wanted, to = _of_this_school(me, first(form, "next")), _of_this_school(me, first(form, "to"))
    typed = {name.removeprefix(KEPT): tuple(values) for name, values in form.items() if name.startswith(KEPT)}
    try:
        named, identifier = await asyncio.to_thread(_proved, request, me, form)
    except SignInError as error:
        again = partial(asked, fault=str(error), chosen=first(form, PERSON), status=_status(error))
        return await asyncio.to_thread(again, request, me, wanted=wanted, to=to, typed=typed)
    if to:
        response: Response = page(request, named, "desk_go_on.html", to=to, typed=_pairs(typed))
    else:
        response = RedirectResponse(wanted or f"/schools/{me.slug}/board", status_code=303)
    stand_at_desk(request, response, identifier, LONGEST)
    return response


@router.post("/done")
def done(request: Request, me: AtIt) -> Response:
    """Nobody acts here any more."""
    runtime, desk = runtime_of(request), _desk(me)
    at = runtime.accounts.desks.acting(desk, at_desk(request))
    if at is not None:
        stops(runtime, desk, at_desk(request), at, "asked")
    response = RedirectResponse(f"/schools/{me.slug}/board", status_code=303)
    stand_at_desk(request, response, "", LONGEST * 0)
    return response


@router.post("/here")
def here(me: AtIt) -> Response:
    """Whoever acts here is typing: they are not away. 410 where nobody acts any more."""
    return Response(status_code=410 if me.nobody_yet else 204)


@router.get("/sign/{command}")
def to_sign(request: Request, me: AtIt, command: str) -> HTMLResponse:
    """Whose words were those?"""
    return _to_sign(request, me, CommandId(id_in(command, "entry")))


@router.post("/sign/{command}")
async def signed(request: Request, me: AtIt, command: str) -> Response:
    """Somebody puts their name to what was typed: by their PIN, or as a name that proves nothing."""
    runtime, form, sent = runtime_of(request), await form_of(request), CommandId(id_in(command, "entry"))
    identifier, signer = "", me
    name = first(form, "name").strip()[:200]
    if me.nobody_yet and (first(form, PIN) or not name):
        try:
            signer, identifier = await asyncio.to_thread(_proved, request, me, form)
        except SignInError as error:
            again = partial(_to_sign, fault=str(error), chosen=first(form, PERSON), status=_status(error))
            return await asyncio.to_thread(again, request, me, sent)
    stored = await send(runtime, signer, Read(SignForDesk(command=sent, name=name)), new_command_id())
    who = signer.person.name if not signer.nobody_yet else f"“{name}”"
    says = f"{who} stands beside what was typed" if stored.recorded else "There was nothing left to put a name to"
    response = RedirectResponse(f"/schools/{me.slug}/board", status_code=303)
    keep(response, me.slug, Done(says=says, command_id="", index=stored.last_index))
    if identifier:
        stand_at_desk(request, response, identifier, LONGEST)
    return response


def asked(
    request: Request,
    me: Acquainted,
    *,
    wanted: str = "",
    to: str = "",
    typed: Form | None = None,
    fault: str = "",
    chosen: str = "",
    status: int = 200,
) -> HTMLResponse:
    """The page that asks who it is; with what was `typed` on another page, and where that goes `to`. Blocks."""
    kept = typed or {}
    worry = to == f"/schools/{me.slug}/concern" and "find" not in kept
    return page(
        request,
        me,
        "desk_who.html",
        status=status,
        people=_people(request, me),
        chosen=chosen,
        wanted=wanted,
        to=to,
        typed=_pairs({f"{KEPT}{name}": values for name, values in kept.items()}),
        fault=fault,
        # A worry is a fact: it goes without a name too (law 1).
        unnamed=_pairs({name: values for name, values in kept.items() if name != "q"}) if worry else (),
        concern=f"/schools/{me.slug}/do/{RaiseConcern.NAME}",
        unsigned=_unsigned(request, me),
        keeps_flash=True,
    )


def who_is_it(request: Request, me: Acquainted, typed: Form) -> Response:
    """The answer where somebody has to say who they are first. Blocks."""
    if request.method == "GET":
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/schools/{me.slug}/desk?next={quote(here, safe='')}", status_code=303)
    return asked(request, me, to=request.url.path, typed=typed, status=_ASKED)


def _proved(request: Request, me: Acquainted, form: Form) -> tuple[Acquainted, str]:
    """Who it is, and what the browser holds from now on. Blocks. Raises SignInError."""
    runtime, desk = runtime_of(request), _desk(me)
    named = first(form, PERSON)[:100]
    person = me.directory.people.get(_staff(named))
    eligible = person if person is not None and may_act(person, me.now) else None
    staff = eligible.id if eligible is not None else None
    try:
        account = runtime.accounts.pins.check(desk, named, staff, first(form, PIN)[:20], me.now)
    except SignInError as error:
        _keep_refusal(runtime, desk, staff, error)
        raise
    if eligible is None:
        raise NotAcceptedError(_NOT_CHOSEN)  # Never reached: nobody's PIN is never right.
    before = runtime.accounts.desks.acting(desk, at_desk(request))
    if before is not None:
        stops(runtime, desk, at_desk(request), before, "somebody else")
    access_log.at_desk(runtime, me.slug, eligible.id, desk.label)
    identifier = runtime.accounts.desks.act(desk, account.id, eligible.id, me.now)
    # A crash before the answer leaves an identifier that nobody was given.
    return _as(me, eligible), identifier


def _keep_refusal(runtime: Runtime, desk: Desk, staff: StaffId | None, error: SignInError) -> None:
    if not isinstance(error.account, Account) or staff is None:
        return
    if not isinstance(error, TooManyTriesError):
        access_log.refused_at_desk(runtime, desk.school, staff, WhyNotSignedIn.SECRET, desk.label)
    elif error.first:
        access_log.refused_at_desk(runtime, desk.school, staff, WhyNotSignedIn.TOO_MANY_TRIES, desk.label)


def _as(me: Acquainted, person: Person) -> Acquainted:
    return msgspec.structs.replace(me, person=person.only_as(ACTS_AS, lent=True), only_in=ACTS_AS, looks=Looks())


def _unsigned(request: Request, me: Acquainted) -> tuple[Typed, ...]:
    """What was typed here without a name, a day back: no child is named, and nothing that was said."""
    with runtime_of(request).view(me.slug, desk_words.NAME, at_least=at_least(request)) as view:
        found = desk_words.without_a_name(view, _desk(me).id, me.now - _A_DAY)
    return tuple(
        Typed(
            what=" ".join(one.topic.split(".")[:2]).replace("_", " "),
            at=clock(one.at, me.now),
            href=f"/schools/{me.slug}/desk/sign/{one.command}",
            claimed=one.claimed,
        )
        for one in found[:_MOST]
    )


def _to_sign(
    request: Request, me: Acquainted, command: CommandId, *, fault: str = "", chosen: str = "", status: int = 200
) -> HTMLResponse:
    return page(
        request,
        me,
        "desk_sign.html",
        status=status,
        people=_people(request, me),
        chosen=chosen,
        fault=fault,
        command=str(command),
        keeps_flash=True,
    )


def _people(request: Request, me: Acquainted) -> tuple[tuple[str, str], ...]:
    found = office_people(runtime_of(request), _desk(me), me.directory, me.now)
    return tuple((str(one.id), one.name) for one in found)


def _pairs(form: Form) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, values in form.items() for value in values)


def _desk(me: Acquainted) -> Desk:
    if me.desk is None:
        raise NotPermitted(_NO_DESK)
    return me.desk


def _staff(named: str) -> StaffId:
    try:
        return StaffId(UUID(named))
    except ValueError:
        return _NOBODY


def _status(error: SignInError) -> int:
    return _TOO_MANY if isinstance(error, TooManyTriesError) else _REFUSED


def _of_this_school(me: Acquainted, path: str) -> str:
    """A path of this school's pages; "" for anything else."""
    found = local_path(path)
    return found if found.startswith(f"/schools/{me.slug}/") else ""
