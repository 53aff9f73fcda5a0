"""The people of a school and their accounts: who may sign in, who is invited, and access after a lost device."""

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from accounts.restorings import NotTwoPeopleError
from accounts.shapes import Purpose, Restoring
from api import access_log
from api.identity import Acquainted, runtime_of
from api.pages.flash import Done, keep
from api.pages.frame import page
from api.pages.ids import id_in
from api.permitted import by_page
from api.runtime import Runtime
from api.sessions import origin_of
from domain.access.commands import (
    KeepInvitation,
    KeepRestoringAsked,
    KeepRestoringConfirmed,
    KeepSessionsEnded,
)
from domain.ids import StaffId
from domain.permissions import Question
from domain.refusal import NotPermitted, Unknown
from domain.roles import HELD_BY_PEOPLE, in_words
from domain.staff.commands import AddStaff, AssignRole, EndRole
from domain.staff.state import Person

router = APIRouter(prefix="/schools/{school}/accounts", include_in_schema=False)

Looks = Annotated[Acquainted, by_page(Question.ACCOUNTS)]
Manages = Annotated[Acquainted, by_page(Question.ACCOUNT)]
ANSWERS: Final = ("headteacher", "school_business_manager", "DSL")
"""Who answers for what happens at the school: of two people who let somebody in, one is of these."""
_WHO: Final = "The headteacher, the business manager or the DSL"
_NOT_HERE: Final = "In the demonstration nobody signs in, and so nobody has an account"


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A member of staff, and how they get in."""

    id: str
    name: str
    job: str
    roles: str
    signs_in_as: str
    """"" without an account."""
    invited: bool
    """A link was given and is not used yet."""


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """Access that somebody asked for and a second person has to confirm."""

    id: str
    who: str
    asked_by: str
    mine: bool
    """Whether the person who looks may confirm it."""
    first: bool
    """Their first access; else again, after a lost device."""


@router.get("")
def people(request: Request, me: Looks) -> HTMLResponse:
    """Everybody who works here, and what waits for a second person."""
    runtime = runtime_of(request)
    names, invited = runtime.accounts.people.of_school(me.slug), runtime.accounts.invitations.waiting(me.slug, me.now)
    here = sorted((one for one in me.directory.people.values() if one.here), key=lambda one: (one.name, one.id))
    return page(
        request,
        me,
        "accounts.html",
        people=tuple(_member(me, one, names.get(one.id, ""), invited=one.id in invited) for one in here),
        waiting=_waiting(runtime, me),
        manages=me.may(Question.ACCOUNT),
        screens=me.may(Question.SCREENS),
        desks=me.may(Question.DESKS),
        adds=me.may(AddStaff),
        brings_in=me.may(Question.BRING_IN_STAFF),
        roles=_roles(),
    )


@router.get("/people/{staff}")
def one_person(request: Request, me: Manages, staff: str) -> HTMLResponse:
    """One of them: roles, account, and what can be done."""
    return _one(request, me, _person(me, staff))


@router.post("/people/{staff}/invite")
def invite(request: Request, me: Manages, staff: str, name: Annotated[str, Form(max_length=200)] = "") -> Response:
    """A link for somebody without an account: shown this once, to be handed over. An administrator alone asks for it."""
    runtime, person = _live(request), _person(me, staff)
    if runtime.accounts.people.of_staff(me.slug, person.id) is not None:
        message = f"{person.name} has an account. For a lost device, ask for restored access: two people give that"
        raise NotPermitted(message)
    if _administers_alone(runtime, me):
        # Whoever only looks after accounts could make themselves a member of staff: somebody who answers says yes.
        access_log.done_by(runtime, me, KeepRestoringAsked(staff=person.id))
        runtime.accounts.restorings.ask(me.slug, person.id, me.id, me.now, purpose=Purpose.INVITE, name=name)
        return _back(me, f"Asked. {_WHO} confirms it, and gets the link for {person.name}")
    access_log.done_by(runtime, me, KeepInvitation(staff=person.id))
    token = runtime.accounts.invitations.make(
        Purpose.INVITE, me.now, school=me.slug, staff=person.id, name=name, by=me.id
    )
    return _one(request, me, person, link=_link(request, token))


@router.post("/people/{staff}/restore")
def ask_to_restore(request: Request, me: Manages, staff: str) -> Response:
    """The first of two people who give somebody access again."""
    runtime, person = _live(request), _person(me, staff)
    if runtime.accounts.people.of_staff(me.slug, person.id) is None:
        message = f"{person.name} has no account yet: invite them"
        raise NotPermitted(message)
    if person.id == me.id:
        message = "Nobody restores their own access: two others do"
        raise NotPermitted(message)
    access_log.done_by(runtime, me, KeepRestoringAsked(staff=person.id))
    runtime.accounts.restorings.ask(me.slug, person.id, me.id, me.now)
    return _back(me, f"Asked. Somebody else confirms that {person.name} gets access again, within two days")


@router.post("/people/{staff}/end-sessions")
def end_sessions(request: Request, me: Manages, staff: str) -> Response:
    """Somebody is signed out everywhere."""
    runtime, person = _live(request), _person(me, staff)
    account = runtime.accounts.people.of_staff(me.slug, person.id)
    if account is not None:
        access_log.done_by(runtime, me, KeepSessionsEnded(staff=person.id))
        runtime.accounts.sessions.end_all(account.id, me.now)
    return _back(me, f"{person.name} is signed out everywhere")


@router.post("/restorings/{restoring}")
def confirm_restoring(request: Request, me: Looks, restoring: str) -> Response:
    """The second of two people: the link is shown this once, to be handed over to whom it is for."""
    runtime = _live(request)
    waiting = next((one for one in runtime.accounts.restorings.open(me.slug, me.now) if str(one.id) == restoring), None)
    if waiting is None or not _may_confirm(me, waiting):
        message = (
            "This is confirmed, while it waits, by somebody else than who asked for it and than whose access it is, and"
            " one of the two is the headteacher, the business manager or the DSL"
        )
        raise NotPermitted(message)
    person = _person(me, str(waiting.staff))
    try:
        found = runtime.accounts.restorings.confirm(waiting.id, me.slug, me.id, me.now)
    except NotTwoPeopleError:
        message = "Somebody else has just confirmed this"
        raise NotPermitted(message) from None
    access_log.done_by(runtime, me, KeepRestoringConfirmed(staff=found.staff, asked_by=found.asked_by))
    token = runtime.accounts.invitations.make(
        found.purpose, me.now, school=me.slug, staff=found.staff, name=found.name, by=me.id
    )
    return page(request, me, "account_link.html", who=person.name, link=_link(request, token))


def _live(request: Request) -> Runtime:
    runtime = runtime_of(request)
    if runtime.kind != "live":
        raise NotPermitted(_NOT_HERE)
    return runtime


def _person(me: Acquainted, staff: str) -> Person:
    person = me.directory.people.get(StaffId(id_in(staff, "person")))
    if person is None or not person.here:
        raise Unknown("person")
    return person


def _member(me: Acquainted, person: Person, signs_in_as: str, *, invited: bool) -> Member:
    roles = ", ".join(_plain(role) for role in person.roles_at(me.now))
    return Member(
        id=str(person.id),
        name=person.name,
        job=person.job,
        roles=roles or "no role yet",
        signs_in_as=signs_in_as,
        invited=invited and not signs_in_as,
    )


def _administers_alone(runtime: Runtime, me: Acquainted) -> bool:
    """Whether a second person is needed: an administrator who is nothing else, once somebody who answers has an account."""
    if me.fills(*ANSWERS):
        return False
    names = runtime.accounts.people.of_school(me.slug)
    return any(one.id in names for word in ANSWERS for one in me.directory.holders(word, me.now))


def _may_confirm(me: Acquainted, waiting: Restoring) -> bool:
    """Whether this is another person, and one of the two answers for the school: two administrators might be one."""
    asked = me.directory.people.get(waiting.asked_by)
    answers = me.fills(*ANSWERS) or (
        asked is not None and asked.here and any(asked.fills(word, me.now) for word in ANSWERS)
    )
    return answers and me.id not in {waiting.asked_by, waiting.staff}


def _waiting(runtime: Runtime, me: Acquainted) -> tuple[Waits, ...]:
    people = me.directory.people
    return tuple(
        Waits(
            id=str(one.id),
            who=people[one.staff].name,
            asked_by=people[one.asked_by].name,
            mine=_may_confirm(me, one),
            first=one.purpose is Purpose.INVITE,
        )
        for one in runtime.accounts.restorings.open(me.slug, me.now)
        if one.staff in people and one.asked_by in people
    )


def _one(request: Request, me: Acquainted, person: Person, link: str = "") -> HTMLResponse:
    runtime = runtime_of(request)
    account = runtime.accounts.people.of_staff(me.slug, person.id)
    invited = person.id in runtime.accounts.invitations.waiting(me.slug, me.now)
    return page(
        request,
        me,
        "account.html",
        one=_member(me, person, account.name if account is not None else "", invited=invited),
        sessions=runtime.accounts.sessions.open(account.id) if account is not None else 0,
        elsewhere=account is not None and len(runtime.accounts.people.links(account.id)) > 1,
        myself=person.id == me.id,
        held=tuple((str(role), _plain(role)) for role in person.roles_at(me.now)),
        roles=_roles() if me.may(AssignRole) else (),
        ends=me.may(EndRole),
        link=link,
    )


def _roles() -> tuple[tuple[str, str], ...]:
    return tuple((str(role), _plain(role)) for role in HELD_BY_PEOPLE)


def _plain(role: str) -> str:
    word = in_words(role)
    for article in ("the ", "a member of ", "an ", "a "):
        word = word.removeprefix(article)
    return word


def _link(request: Request, token: str) -> str:
    origin = origin_of(request)
    return f"{origin.address or str(request.base_url).rstrip('/')}/invitation/{token}"


def _back(me: Acquainted, says: str) -> Response:
    response = RedirectResponse(f"/schools/{me.slug}/accounts", status_code=303)
    keep(response, me.slug, Done(says=says, command_id="", index=0))
    return response
