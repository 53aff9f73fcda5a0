"""Signing in and out. On a live installation only; in the demonstration one chooses who one is."""

from typing import Annotated, Final
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from accounts.errors import NotSignedInError, SignInError, TooManyTriesError
from accounts.ids import AccountId
from accounts.rules import needs_second_factor
from accounts.shapes import Account, Session
from accounts.signing_in import (
    Place,
    ask_for_passkey,
    begin,
    begin_half,
    check_code,
    check_passkey,
    check_password,
    proves_twice,
)
from api import access_log
from api.desks import desk_of
from api.identity import runtime_of
from api.openid import openid_of
from api.pages.forms import local_path
from api.pages.frame import page
from api.runtime import Runtime
from api.sessions import forget, in_words, place_of, remember, session_of, site_of, with_device
from api.through_glass import end_at_sign_out
from domain.access.events import WhyNotSignedIn
from domain.ids import StaffId
from domain.roles import Role
from eventlog.errors import UnknownSchool

router = APIRouter(include_in_schema=False)

Typed = Annotated[str, Form(max_length=500)]
Answered = Annotated[str, Form(max_length=20_000)]
"""What a browser's passkey answered, in JSON."""
PASSWORD: Final = "password"  # noqa: S105 - how somebody signed in
"""Signed in by that alone."""
_TOO_MANY: Final = 429
_REFUSED: Final = 403
_NO_SECOND_FACTOR: Final = (
    "Your role needs a second step, and your account has none. Ask your school’s administrator for a new invitation"
)


class AtSchool(msgspec.Struct, frozen=True, kw_only=True):
    """Who an account is at one school now."""

    slug: str
    name: str
    staff: StaffId
    roles: frozenset[Role]


@router.get("/")
def beginning(request: Request) -> Response:
    """The school of whoever is signed in, or the choice where there are several; else the page where one signs in."""
    runtime = runtime_of(request)
    try:
        session = session_of(request, runtime)
    except NotSignedInError:
        desk = desk_of(request, runtime)
        return RedirectResponse(f"/schools/{desk.school}/board" if desk is not None else "/sign-in", status_code=303)
    schools = schools_of(runtime, session.account)
    if len(schools) == 1:
        return RedirectResponse(f"/schools/{schools[0].slug}", status_code=303)
    reads_all = any(Role.TRUST_READER in one.roles for one in schools)
    return page(request, None, "my_schools.html", schools=schools, trust=reads_all)


@router.get("/sign-in")
def sign_in(request: Request, next: str = "", signed_out: str = "") -> HTMLResponse:  # noqa: A002 - the address says so
    """The page. After somebody has signed out, the browser forgets the pages that it kept of their trips."""
    return first_page(request, wanted=local_path(next), signed_out=bool(signed_out))


@router.post("/sign-in")
def sign_in_sent(request: Request, name: Typed = "", password: Typed = "", next: Typed = "") -> Response:  # noqa: A002 - as above
    """Name and password: on to the second step, or in. What was wrong is never told apart."""
    runtime = runtime_of(request)
    place, now, wanted = place_of(request), runtime.now(), local_path(next)
    try:
        account = check_password(runtime.accounts, name, password, place, now)
    except SignInError as error:
        _keep_refusal(runtime, error, place, WhyNotSignedIn.SECRET)
        return first_page(request, status=status_of(error), fault=str(error), typed=name, wanted=wanted)
    return go_on(request, runtime, account, wanted, typed=name)


@router.get("/sign-in/second")
def second_step(request: Request, next: str = "") -> Response:  # noqa: A002 - as above
    """The page of the second step; without a first one, back to that."""
    runtime = runtime_of(request)
    try:
        session = session_of(request, runtime, half=True)
    except NotSignedInError:
        return RedirectResponse("/sign-in", status_code=303)
    return _second(request, runtime, session, local_path(next))


@router.post("/sign-in/second")
def second_step_sent(
    request: Request,
    code: Typed = "",
    passkey: Answered = "",
    next: Typed = "",  # noqa: A002 - as above
) -> Response:
    """A passkey's answer, the code of the app, or a printed one: in."""
    runtime = runtime_of(request)
    now, wanted, site = runtime.now(), local_path(next), site_of(request)
    try:
        session = session_of(request, runtime, half=True)
    except NotSignedInError:
        return RedirectResponse("/sign-in", status_code=303)
    try:
        if passkey and site is not None:
            check_passkey(runtime.accounts, session, site, passkey, now)
            how = f"{session.first_step} and passkey"
        else:
            by_app = check_code(runtime.accounts, session.account, code, now)
            how = f"{session.first_step} and {'code' if by_app else 'printed code'}"
    except SignInError as error:
        _keep_refusal(runtime, error, place_of(request), WhyNotSignedIn.SECOND_FACTOR)
        return _second(request, runtime, session, wanted, str(error), status_of(error))
    response = RedirectResponse(wanted or "/", status_code=303)
    enter(request, runtime, session.account, response, before=session, how=how)
    return response


@router.get("/sign-out")
def sign_out(request: Request) -> Response:
    """The page with the two ways out."""
    runtime = runtime_of(request)
    try:
        session = session_of(request, runtime)
    except NotSignedInError:
        return RedirectResponse("/sign-in", status_code=303)
    accounts = runtime.accounts
    return page(
        request,
        None,
        "sign_out.html",
        device=session.device,
        others=accounts.sessions.open(session.account) - 1,
        codes=accounts.people.codes_left(session.account) if session.second_at is not None else None,
    )


@router.post("/sign-out")
def sign_out_sent(request: Request, everywhere: Typed = "") -> Response:
    """Signed out, here or everywhere. From then on no identifier that this browser had opens anything."""
    runtime = runtime_of(request)
    try:
        session = session_of(request, runtime)
    except NotSignedInError:
        session = None
    if session is not None:
        now, sessions = runtime.now(), runtime.accounts.sessions
        if everywhere:
            sessions.end_all(session.account, now)
        else:
            sessions.end(session.id, now)
        how = "everywhere" if everywhere else "asked"
        end_at_sign_out(runtime, runtime.accounts.people.links(session.account), None if everywhere else session.id)
        access_log.signed_out(runtime, places_of(schools_of(runtime, session.account)), how, session.device)
    response = RedirectResponse("/sign-in?signed_out=yes", status_code=303)
    forget(request, response)
    return response


def first_page(
    request: Request, *, status: int = 200, fault: str = "", typed: str = "", wanted: str = "", signed_out: bool = False
) -> HTMLResponse:
    """The page where one signs in, with what was wrong."""
    return page(
        request,
        None,
        "sign_in.html",
        status=status,
        fault=fault,
        typed=typed,
        next=wanted,
        signed_out=signed_out,
        providers=openid_of(request).providers,
    )


def go_on(
    request: Request,
    runtime: Runtime,
    account: Account,
    wanted: str,
    *,
    first: str = PASSWORD,
    second: bool = False,
    typed: str = "",
) -> Response:
    """Somebody has taken the `first` step: on to the second one, or in; in where they took the `second` elsewhere."""
    if not second and proves_twice(runtime.accounts, account):
        half = begin_half(runtime.accounts, account, place_of(request), runtime.now(), first)
        # The browser gets a new identifier whatever it brought; this one opens nothing but the second step.
        return _led_on(request, "/sign-in/second", wanted, half)
    if not second and any(needs_second_factor(one.roles) for one in schools_of(runtime, account.id)):
        return first_page(request, status=_REFUSED, fault=_NO_SECOND_FACTOR, typed=typed, wanted=wanted)
    response = RedirectResponse(wanted or "/", status_code=303)
    enter(request, runtime, account.id, response, before=None, how=first, second=second)
    return response


def status_of(error: SignInError) -> int:
    """With which status somebody is told that they are not signed in."""
    return _TOO_MANY if isinstance(error, TooManyTriesError) else _REFUSED


def schools_of(runtime: Runtime, account: AccountId) -> tuple[AtSchool, ...]:
    """The schools where this account is somebody who has not left."""
    now, found = runtime.now(), []
    for slug, staff in runtime.accounts.people.links(account).items():
        try:
            school, person = runtime.school(slug), runtime.directory(slug).people.get(staff)
        except UnknownSchool:
            continue
        if person is not None and person.here:
            roles = frozenset(person.roles_at(now))
            found.append(AtSchool(slug=slug, name=school.name, staff=staff, roles=roles))
    return tuple(found)


def enter(
    request: Request,
    runtime: Runtime,
    account: AccountId,
    response: Response,
    *,
    before: Session | None,
    how: str,
    second: bool = True,
) -> None:
    """Sign somebody in: a new identifier, and the browser is known from now on.

    `how` they proved who they are, in words for the record; `second`: twice.
    """
    place, schools = with_device(place_of(request)), schools_of(runtime, account)
    roles = {one.slug: in_words(one.roles) for one in schools}
    identifier = begin(runtime.accounts, account, place, roles, runtime.now(), second=second, before=before)
    access_log.signed_in(runtime, places_of(schools), how, place.label)
    # A crash before this line leaves a session whose identifier nobody was given.
    remember(request, response, identifier, place)


def _second(
    request: Request, runtime: Runtime, session: Session, wanted: str, fault: str = "", status: int = 200
) -> HTMLResponse:
    site = site_of(request)
    account = runtime.accounts.people.get(session.account)
    return page(
        request,
        None,
        "sign_in_second.html",
        status=status,
        fault=fault,
        next=wanted,
        passkey=ask_for_passkey(runtime.accounts, session, site) if site is not None else None,
        app=account is not None and account.totp_sealed is not None,
    )


def _led_on(request: Request, path: str, wanted: str, identifier: str) -> Response:
    response = RedirectResponse(f"{path}?next={quote(wanted, safe='')}" if wanted else path, status_code=303)
    remember(request, response, identifier)
    return response


def places_of(schools: tuple[AtSchool, ...]) -> dict[str, StaffId]:
    """Who somebody is, by school."""
    return {one.slug: one.staff for one in schools}


def _keep_refusal(runtime: Runtime, error: SignInError, place: Place, why: WhyNotSignedIn) -> None:
    if isinstance(error, TooManyTriesError):
        if not error.first:
            return  # A stranger who goes on trying fills no log.
        why = WhyNotSignedIn.TOO_MANY_TRIES
    if isinstance(error.account, Account):
        access_log.refused(runtime, error.account.id, why, place.label)
