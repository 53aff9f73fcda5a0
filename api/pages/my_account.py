"""One's own account: another password, one more passkey, new printed codes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from accounts.enrolling import ChoiceRefusedError
from accounts.errors import NotSignedInError, SignInError
from accounts.looking_after import (
    add_passkey,
    ask_for_new_passkey,
    change_password,
    has_password,
    is_fresh,
    is_recent,
    renew_codes,
    set_pin,
)
from accounts.openid_settings import Provider
from accounts.people import AlreadyLinkedError
from accounts.shapes import Session
from api import access_log
from api.identity import runtime_of
from api.openid import openid_of
from api.pages.frame import page
from api.pages.sign_in import Answered, Typed, places_of, schools_of
from api.runtime import Runtime
from api.sessions import session_of, site_of

router = APIRouter(prefix="/account", include_in_schema=False)

_PASSWORD = {"before": "The password that you have now", "wanted": "The new one", "again": "The new one again"}


def owner(request: Request) -> Session:
    """The session of whoever looks at their own account. Raises NotSignedInError."""
    runtime = runtime_of(request)
    session = session_of(request, runtime)
    if not any(one.staff for one in schools_of(runtime, session.account)):
        raise NotSignedInError
    return session


Mine = Annotated[Session, Depends(owner)]


@router.get("")
def my_account(request: Request, session: Mine) -> HTMLResponse:
    """What there is to look after."""
    return shown(request, session)


@router.post("/password")
def password_sent(
    request: Request, session: Mine, before: Typed = "", wanted: Typed = "", again: Typed = ""
) -> HTMLResponse:
    """Another password."""
    runtime = runtime_of(request)
    try:
        if wanted != again:
            _refuse("again", "The two passwords are not the same. Type both again")
        change_password(runtime.accounts, session, before, wanted, _names(runtime, session), runtime.now())
    except ChoiceRefusedError as error:
        return shown(request, session, {error.field: str(error)})
    except SignInError as error:
        return shown(request, session, {"before": str(error)})
    keep(runtime, session, "password")
    return shown(request, session, done="Your password is changed, and you are signed out everywhere else")


@router.post("/passkey")
def passkey_sent(request: Request, session: Mine, passkey: Answered = "") -> Response:
    """One more passkey."""
    runtime, site = runtime_of(request), site_of(request)
    if site is None:
        return RedirectResponse("/account", status_code=303)
    try:
        add_passkey(runtime.accounts, session, site, passkey, runtime.now())
    except SignInError as error:
        return shown(request, session, {"passkey": str(error)})
    except AlreadyLinkedError:
        return shown(request, session, {"passkey": "This passkey is there already"})
    keep(runtime, session, "passkey added")
    return shown(request, session, done="The passkey is added")


@router.post("/codes")
def codes_sent(request: Request, session: Mine, codes_password: Typed = "") -> HTMLResponse:
    """New printed codes, shown this once."""
    runtime = runtime_of(request)
    try:
        codes = renew_codes(runtime.accounts, session, codes_password, runtime.now())
    except SignInError as error:
        return shown(request, session, {"codes_password": str(error)})
    keep(runtime, session, "recovery codes")
    return page(request, None, "recovery_codes.html", codes=codes, sign_in_name=_name(runtime, session))


@router.post("/pin")
def pin_sent(
    request: Request, session: Mine, pin_password: Typed = "", pin_wanted: Typed = "", pin_again: Typed = ""
) -> HTMLResponse:
    """A PIN for the front desk."""
    runtime = runtime_of(request)
    try:
        if pin_wanted != pin_again:
            _refuse("pin_again", "The two PINs are not the same. Type both again")
        set_pin(runtime.accounts, session, pin_password, pin_wanted, runtime.now())
    except ChoiceRefusedError as error:
        return shown(request, session, {error.field: str(error)})
    except SignInError as error:
        return shown(request, session, {"pin_password": str(error)})
    keep(runtime, session, "PIN for the front desk")
    return shown(request, session, done="Your PIN is set: it says who you are at a front desk of your school")


@router.post("/pin/remove")
def pin_removed(request: Request, session: Mine) -> HTMLResponse:
    """No PIN any more."""
    runtime = runtime_of(request)
    runtime.accounts.pins.remove(session.account, runtime.now())
    keep(runtime, session, "no PIN any more")
    return shown(request, session, done="You have no PIN any more")


def shown(request: Request, session: Session, faults: dict[str, str] | None = None, done: str = "") -> HTMLResponse:
    """The page, with what could not be changed (field -> sentence) or what was."""
    runtime, site = runtime_of(request), site_of(request)
    people, name = runtime.accounts.people, _name(runtime, session)
    fresh = is_fresh(session, runtime.now())
    return page(
        request,
        None,
        "my_account.html",
        status=422 if faults else 200,
        sign_in_name=name,
        faults=faults or {},
        done=done,
        fields=_PASSWORD,
        fresh=fresh,
        recent=is_recent(session, runtime.now()),
        asks_password=has_password(runtime.accounts, session.account),
        pin=runtime.accounts.pins.state(session.account),
        twice=session.second_at is not None,
        passkeys=len(people.passkeys(session.account)),
        codes=people.codes_left(session.account),
        providers=_providers(request, runtime, session),
        passkey=ask_for_new_passkey(runtime.accounts, session, name, site) if fresh and site is not None else None,
    )


def _providers(request: Request, runtime: Runtime, session: Session) -> tuple[tuple[Provider, bool | None], ...]:
    """Each provider: whether the account signs in by it, and None where that is in place of a password."""
    linked = runtime.accounts.subjects.of(session.account)
    return tuple(
        (one, None if linked.get(one.issuer) else one.issuer in linked) for one in openid_of(request).providers
    )


def _refuse(field: str, says: str) -> None:
    raise ChoiceRefusedError(field, says)


def _name(runtime: Runtime, session: Session) -> str:
    account = runtime.accounts.people.get(session.account)
    return "" if account is None else account.name


def _names(runtime: Runtime, session: Session) -> tuple[str, ...]:
    schools = schools_of(runtime, session.account)
    people = (runtime.directory(one.slug).people[one.staff].name for one in schools)
    return (*(one.name for one in schools), *people)


def keep(runtime: Runtime, session: Session, what: str) -> None:
    """Keep that somebody changed what they sign in by."""
    access_log.proof_changed(runtime, places_of(schools_of(runtime, session.account)), what, session.device)
