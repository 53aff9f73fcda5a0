"""Break-glass: a DSL opens another school's records in an emergency, and that school sees who did, why, and what was read.

Nothing here says whether a child is known at the other school: its name is all that is shown of it before it is open.
"""

import asyncio
from collections.abc import Iterator
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from accounts.errors import SignInError
from accounts.shapes import Session
from accounts.signing_in import ask_for_passkey, check_code, check_passkey
from api import access_log
from api.identity import Acquainted, runtime_of
from api.pages.flash import at_least
from api.pages.frame import page
from api.pages.glass_model import Opened, lines
from api.pages.parts import FieldError
from api.pages.sign_in import Answered, Typed, schools_of, status_of
from api.pages.who_looked import Line, lines_of
from api.permitted import by_page
from api.records import keep_later
from api.sessions import session_of, site_of
from commands.bus import Sender
from commands.ids import new_command_id
from domain.access.commands import KeepOpenedElsewhere
from domain.access.events import WhyNotSignedIn
from domain.glass.commands import MINUTES, BreakGlass
from domain.glass.decide import is_a_sentence
from domain.glass.events import GlassBroken
from domain.ids import SchoolSlug, outsider_id
from domain.permissions import Question
from domain.refusal import NotPermitted
from domain.roles import DSL_ROLES, Role
from eventlog.school_roles import acting_for
from projections import who_looked
from projections.outsiders import opened

router = APIRouter(include_in_schema=False)

Reason = Annotated[str, Form(max_length=4000)]
_PLAIN: Final = "plain"
_UNREADABLE: Final = 422


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for, as it was typed."""

    school: str = ""
    minutes: str = ""
    reason: str = ""


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """One broken glass, and what was read by it."""

    opened: Opened
    looks: tuple[Line, ...]
    more: int


@router.get("/schools/{school}/other-school")
def ask(request: Request, me: Annotated[Acquainted, by_page(Question.BREAK_GLASS)]) -> HTMLResponse:
    """The form: which school, why, for how long."""
    return _form(request, me, Asked())


@router.post("/schools/{school}/other-school")
def sent(
    request: Request,
    me: Annotated[Acquainted, by_page(Question.BREAK_GLASS)],
    other: Typed = "",
    minutes: Typed = "",
    reason: Reason = "",
    code: Typed = "",
    passkey: Answered = "",
    confirmed: Typed = "",
) -> Response:
    """What was asked for is looked at; then the second step is taken again; then it is kept there, and only then open."""
    asked = Asked(school=other, minutes=minutes, reason=reason)
    faults = tuple(_faults(request, me, asked))
    if faults:
        return _form(request, me, asked, faults)
    session = _session(request)
    if not (code or passkey or confirmed):
        return _second_step(request, me, asked, session)
    try:
        how = _confirmed(request, session, code, passkey)
    except SignInError as error:
        if session is not None:
            why = WhyNotSignedIn.SECOND_FACTOR
            access_log.refused(runtime_of(request), session.account, why, session.device)
        return _second_step(request, me, asked, session, str(error), status_of(error))
    _open(request, me, asked, session, how)
    return RedirectResponse(f"/schools/{asked.school}/dsl", status_code=303)


@router.get("/schools/{school}/dsl/emergency")
def emergencies(request: Request, me: Annotated[Acquainted, by_page(Question.GLASSES)]) -> HTMLResponse:
    """Who of another school reads here or has read here, why, what, and what this school says of it."""
    found = lines(me, opened(me.directory))
    with runtime_of(request).view(me.slug, who_looked.NAME, at_least=at_least(request)) as view:
        looks = {one.id: who_looked.by_glass(view, me.directory, one.glass.id) for one in found}
    me.looks.shown |= {pupil for looked in looks.values() for look in looked.looks for pupil in look.pupils}
    read = tuple(Read(opened=one, looks=lines_of(me, looks[one.id].looks), more=looks[one.id].more) for one in found)
    return page(
        request,
        me,
        "emergencies.html",
        open=tuple(one for one in read if one.opened.glass.open_at(me.now)),
        waiting=tuple(one for one in read if one.opened.glass.waits_for_review(me.now)),
        reviewed=tuple(one for one in read if one.opened.glass.reviewed_at is not None),
    )


def _form(
    request: Request, me: Acquainted, asked: Asked, faults: tuple[FieldError, ...] = (), status: int = 200
) -> HTMLResponse:
    return page(
        request,
        me,
        "other_school.html",
        status=_UNREADABLE if faults else status,
        schools=tuple(_others(request, me).items()),
        minutes=MINUTES,
        asked=asked,
        errors=faults,
    )


def _second_step(
    request: Request, me: Acquainted, asked: Asked, session: Session | None, fault: str = "", status: int = 200
) -> HTMLResponse:
    runtime, site = runtime_of(request), site_of(request)
    account = None if session is None else runtime.accounts.people.get(session.account)
    asks = ask_for_passkey(runtime.accounts, session, site) if session is not None and site is not None else None
    return page(
        request,
        me,
        "other_school_second.html",
        status=status,
        asked=asked,
        fields={"other": asked.school, "minutes": asked.minutes, "reason": asked.reason},
        school_name=_others(request, me)[asked.school],
        fault=fault,
        passkey=asks,
        app=account is not None and account.totp_sealed is not None,
        codes=0 if session is None else runtime.accounts.people.codes_left(session.account),
        plain=session is None,
    )


def _others(request: Request, me: Acquainted) -> dict[str, str]:
    """The schools of the trust where this person is nobody, by name."""
    runtime = runtime_of(request)
    session = _session(request)
    # Whether they work at another school as well is asked of each in its own role.
    with acting_for(None):
        own = {me.slug} if session is None else {one.slug for one in schools_of(runtime, session.account)}
        found = {school.slug: school.name for school in runtime.schools() if school.slug not in {*own, me.slug}}
    return dict(sorted(found.items(), key=lambda one: one[1]))


def _session(request: Request) -> Session | None:
    """The session that asks; None in the demonstration, where nobody signs in."""
    runtime = runtime_of(request)
    return session_of(request, runtime) if runtime.kind == "live" else None


def _faults(request: Request, me: Acquainted, asked: Asked) -> Iterator[FieldError]:
    if asked.school not in _others(request, me):
        yield FieldError(field="other", says="Choose the school whose records you have to read")
    if not is_a_sentence(asked.reason):
        yield FieldError(field="reason", says="Say in a sentence why it cannot wait: that school's DSL reads it")
    if asked.minutes not in map(str, MINUTES):
        yield FieldError(field="minutes", says="Choose for how long")


def _confirmed(request: Request, session: Session | None, code: str, passkey: str) -> str:
    """How they proved again who they are. Raises NotAcceptedError, TooManyTriesError."""
    runtime, site = runtime_of(request), site_of(request)
    if session is None:
        return _PLAIN
    if passkey and site is not None:
        check_passkey(runtime.accounts, session, site, passkey, runtime.now())
        return "passkey"
    return "code" if check_code(runtime.accounts, session.account, code, runtime.now()) else "printed code"


def _open(request: Request, me: Acquainted, asked: Asked, session: Session | None, how: str) -> None:
    """Keep it in the other school's log, in that school's role. Raises LogUnavailable: then nothing is open."""
    role = next((one for one in me.person.roles_at(me.now) if one in DSL_ROLES), None)
    if role is None:
        raise NotPermitted("Another school's records are opened by the DSL or a deputy")
    command = _command(me, asked, role, session, how)
    sender = Sender(outsider_id(SchoolSlug(me.slug), me.id), new_command_id())
    runtime = runtime_of(request)
    with acting_for(asked.school):
        recorded = asyncio.run(runtime.bus.send(asked.school, command, sender)).recorded
    # It is durable here, and its DSL sees it; what is open is worked out from it alone. At home it is kept as soon as can be:
    # a crash right now loses that.
    for envelope, event in recorded:
        if isinstance(event, GlassBroken):
            slug = SchoolSlug(asked.school)
            keep_later(runtime, me, KeepOpenedElsewhere(school=slug, glass=envelope.event_id, until=event.until))


def _command(me: Acquainted, asked: Asked, role: Role, session: Session | None, how: str) -> BreakGlass:
    return BreakGlass(
        name=me.person.name,
        home=SchoolSlug(me.slug),
        home_name=me.school.name,
        role=role,
        reason=asked.reason,
        minutes=int(asked.minutes),
        confirmed_by=how,
        session=None if session is None else session.id,
        device=me.device,
    )
