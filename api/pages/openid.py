"""Signing in by an account at another provider: to sign in, in place of a password in an invitation, or beside one.

Where somebody goes is decided here, and who they are by `accounts.openid`. All else (sessions, the second step, what is kept)
is as for everybody.
"""

import logging
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from accounts.allowances import Spent
from accounts.enrolling import ChoiceRefusedError
from accounts.errors import InvitationUnusableError, NotSignedInError, SignInError
from accounts.looking_after import is_recent
from accounts.one_time import hash_of
from accounts.openid import Answer, Begun, Leaving
from accounts.openid_enrolling import choose_subject
from accounts.openid_errors import NotKnownHereError, ProofRefusedError, ProviderAwayError
from accounts.openid_settings import Provider
from accounts.openid_subjects import SubjectTakenError
from accounts.openid_token import Proof
from accounts.shapes import Session
from api.identity import runtime_of
from api.openid import openid_of, put_down, take_along, taken_along, way_back
from api.pages.forms import local_path
from api.pages.frame import page
from api.pages.invitation import By, finish, invited, second_page
from api.pages.invitation import first_page as first_page_of_invitation
from api.pages.my_account import Mine, keep, shown
from api.pages.sign_in import first_page, go_on, status_of
from api.runtime import Runtime
from api.sessions import place_of, session_of

router = APIRouter(include_in_schema=False)
log = logging.getLogger(__name__)

SIGN_IN: Final = "sign in"
INVITATION: Final = "invitation"
LINK: Final = "link"
_ELSEWHERE: Final = frozenset({"cross-site", "same-site"})
_USED: Final = "the answer was used before"
_TAKEN: Final = "Somebody at this Doorstep signs in by this account already. Choose another, or sign in with it"


def known_provider(request: Request, provider: str) -> Provider:
    """The provider in the address. Nothing is at the address of another one."""
    found = openid_of(request).get(provider)
    if found is None:
        raise HTTPException(404)
    return found


By_ = Annotated[Provider, Depends(known_provider)]


@router.get("/sign-in/with/{provider}")
def to_sign_in(request: Request, by: By_, next: str = "") -> Response:  # noqa: A002 - the address says so
    """Off to the provider; for whoever another site sent here, the page on which they say so themselves."""
    wanted = local_path(next)
    if request.headers.get("sec-fetch-site") in _ELSEWHERE:
        return first_page(request, wanted=wanted)
    try:
        leaving = _leave(request, by, SIGN_IN, wanted=wanted, prompt=by.at_sign_in)
    except SignInError as error:
        return _refused(request, by, error, wanted)
    return _off(request, leaving)


@router.get("/invitation/{token}/with/{provider}")
def to_use_an_invitation(request: Request, invitation: By, by: By_) -> Response:
    """Off to the provider, in place of choosing a password. Not for the first administrator: they must get in without any."""
    if invitation.person is None:
        raise InvitationUnusableError
    try:
        leaving = _leave(request, by, INVITATION, about=invitation.token, prompt=by.at_linking)
    except SignInError as error:
        _note(by, error)
        return first_page_of_invitation(request, invitation, {"provider": str(error)})
    return _off(request, leaving)


@router.post("/account/with/{provider}")
def to_link(request: Request, session: Mine, by: By_) -> Response:
    """The page that leads there: a form of ours is not sent on to anywhere else (its security policy)."""
    runtime = runtime_of(request)
    if not is_recent(session, runtime.now()):
        return RedirectResponse("/account", status_code=303)
    try:
        leaving = _leave(request, by, LINK, about=str(session.id), prompt=by.at_linking)
    except SignInError as error:
        _note(by, error)
        return shown(request, session, {"providers": str(error)})
    response = page(request, None, "to_provider.html", provider=by, address=leaving.address)
    take_along(request, response, leaving)
    return response


@router.post("/account/without/{provider}")
def unlink(request: Request, session: Mine, by: By_) -> HTMLResponse:
    """Signed in by this provider no more."""
    runtime = runtime_of(request)
    if not is_recent(session, runtime.now()) or not runtime.accounts.subjects.remove(session.account, by.issuer):
        return shown(
            request, session, {"providers": "This was not changed. Sign out and in again, and try it once more"}
        )
    keep(runtime, session, f"{by.name} removed")
    return shown(request, session, done=f"You sign in with {by.name} no more")


@router.get("/sign-in/with/{provider}/back")
def came_back(request: Request, by: By_, code: str = "", state: str = "", iss: str = "", error: str = "") -> Response:
    """Back from the provider, by whichever way somebody left."""
    runtime, begun = runtime_of(request), None
    try:
        begun = openid_of(request).begun(runtime.accounts.secret, by, taken_along(request), state, runtime.now())
        spent = _spend(request, runtime)
        _use(runtime, by, begun)
        try:
            proof = openid_of(request).prove(by, begun, Answer(state, code, iss, error), runtime.now())
        except ProviderAwayError:
            spent.give_back()  # not the person's doing
            raise
        response = _go_on(request, runtime, by, begun, proof)
        spent.give_back()
    except SignInError as wrong:
        response = _refused(request, by, wrong, begun.wanted if begun is not None else "", begun)
    put_down(request, response)
    return response


def _spend(request: Request, runtime: Runtime) -> Spent:
    place = place_of(request)
    device = hash_of(place.device)
    known = bool(place.device) and runtime.accounts.people.knows_anybody(device)
    # A school is behind one address: who signed in on this browser before is not kept out by whoever tries beside them.
    return runtime.accounts.allowances.of_provider(place.address, device if known else None, runtime.now())


def _use(runtime: Runtime, by: Provider, begun: Begun) -> None:
    if not runtime.accounts.subjects.use(begun.state, datetime.fromtimestamp(begun.until, UTC), runtime.now()):
        raise ProofRefusedError(by.name, _USED)


def _go_on(request: Request, runtime: Runtime, by: Provider, begun: Begun, proof: Proof) -> Response:
    if begun.purpose == INVITATION:
        return _invitation(request, runtime, by, begun, proof)
    if begun.purpose == LINK:
        return _link(request, runtime, by, begun, proof)
    found = runtime.accounts.subjects.account(proof.subject)
    account = None if found is None else runtime.accounts.people.get(found)
    if account is None:
        raise NotKnownHereError
    first = f"{by.name}, twice" if proof.second else by.name
    return go_on(request, runtime, account, local_path(begun.wanted), first=first, second=proof.second)


def _invitation(request: Request, runtime: Runtime, by: Provider, begun: Begun, proof: Proof) -> Response:
    invitation = invited(request, begun.about)
    if invitation.person is None:
        raise InvitationUnusableError
    try:
        choose_subject(runtime.accounts, invitation.invitation, by, proof.subject)
    except SubjectTakenError:
        return first_page_of_invitation(request, invitation, {"provider": _TAKEN})
    except ChoiceRefusedError as error:
        return first_page_of_invitation(request, invitation, {error.field: str(error)})
    if invitation.twice(runtime) and not proof.second:
        return second_page(request, invitation, "")
    first = f"{by.name}, twice" if proof.second else by.name
    return finish(request, runtime, invitation, None, first=first, twice=proof.second)


def _link(request: Request, runtime: Runtime, by: Provider, begun: Begun, proof: Proof) -> Response:
    session = _same_session(request, runtime, begun)
    if session is None:
        return RedirectResponse("/sign-in?next=/account", status_code=303)
    try:
        runtime.accounts.subjects.link(session.account, proof.subject, runtime.now())
    except SubjectTakenError:
        return shown(request, session, {"providers": _TAKEN})
    # After this line the account signs in by it; a crash now loses the entry in the record, and the person sees it here.
    keep(runtime, session, f"{by.name} added")
    return shown(request, session, done=f"From now on you can sign in with {by.name}")


def _same_session(request: Request, runtime: Runtime, begun: Begun) -> Session | None:
    try:
        session = session_of(request, runtime)
    except NotSignedInError:
        return None
    return session if str(session.id) == begun.about and is_recent(session, runtime.now()) else None


def _leave(request: Request, by: Provider, purpose: str, *, about: str = "", wanted: str = "", prompt: str) -> Leaving:
    runtime = runtime_of(request)
    return openid_of(request).leave(
        runtime.accounts.secret,
        by,
        way_back(request, by.key),
        runtime.now(),
        purpose=purpose,
        about=about,
        wanted=wanted,
        prompt=prompt,
    )


def _off(request: Request, leaving: Leaving) -> Response:
    response = RedirectResponse(leaving.address, status_code=303)
    take_along(request, response, leaving)
    return response


def _refused(request: Request, by: Provider, error: SignInError, wanted: str, begun: Begun | None = None) -> Response:
    _note(by, error)
    if begun is not None and begun.purpose == INVITATION:
        return first_page_of_invitation(request, invited(request, begun.about), {"provider": str(error)})
    if begun is not None and begun.purpose == LINK:
        session = _same_session(request, runtime_of(request), begun)
        if session is not None:
            return shown(request, session, {"providers": str(error)})
    return first_page(request, status=status_of(error), fault=str(error), wanted=local_path(wanted))


def _note(by: Provider, error: SignInError) -> None:
    """For whoever looks after Doorstep: what was wrong, without anything of the person or of the provider's answer."""
    if isinstance(error, ProofRefusedError | ProviderAwayError):
        log.warning("signing in by %s: %s", by.key, error.why)
