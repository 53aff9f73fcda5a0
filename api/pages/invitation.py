"""A link that works once: choose a password, set up the second step, print the recovery codes, and be signed in."""

from typing import Annotated, Final

import msgspec
import segno
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from accounts import enrolling
from accounts.enrolling import ChoiceRefusedError, check_passkey
from accounts.errors import InvitationUnusableError, NotAcceptedError, NotSignedInError, SignInError
from accounts.openid_subjects import SubjectTakenError
from accounts.passkeys import Passkey
from accounts.people import AlreadyLinkedError, NameTakenError
from accounts.rules import needs_second_factor
from accounts.shapes import Invitation, Purpose
from accounts.totp import address_of as address_for_the_app
from api import access_log
from api.first_administrator import places_of
from api.identity import runtime_of
from api.openid import openid_of
from api.origin import address_of
from api.pages.frame import page
from api.pages.sign_in import PASSWORD, Answered, Typed, enter, schools_of
from api.runtime import Runtime
from api.sessions import origin_of, place_of, session_of, site_of
from domain.ids import SchoolSlug, StaffId
from domain.staff.state import Person
from eventlog.errors import UnknownSchool

router = APIRouter(prefix="/invitation/{token}", include_in_schema=False)
_REFUSED: Final = 422
_GONE: Final = 404


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation, and whom it is for."""

    invitation: Invitation
    person: Person | None
    """None for the first administrator."""
    school: str
    """Its name; "" for the first administrator."""
    token: str

    @property
    def names(self) -> tuple[str, ...]:
        """What a password must not be made of."""
        return tuple(name for name in (self.school, self.person.name if self.person is not None else "") if name)

    def twice(self, runtime: Runtime) -> bool:
        """Whether the person proves themselves twice: for what they are here, or at another school."""
        if self.person is None or needs_second_factor(self.person.roles_at(runtime.now())):
            return True
        school, staff = self.invitation.school, self.invitation.staff
        found = runtime.accounts.people.of_staff(school, staff) if school is not None and staff is not None else None
        return found is not None and any(needs_second_factor(one.roles) for one in schools_of(runtime, found.id))


def invited(request: Request, token: str) -> Invited:
    """The invitation of the address. Raises InvitationUnusableError, TooManyTriesError."""
    runtime = runtime_of(request)
    now = runtime.now()
    try:
        found = runtime.accounts.invitations.find(token, now)
    except InvitationUnusableError:
        runtime.accounts.allowances.of_link(address_of(request, origin_of(request)), now)
        raise
    if found.school is None or found.staff is None:
        return Invited(invitation=found, person=None, school="", token=token)
    try:
        person = runtime.directory(found.school).people.get(found.staff)
        school = runtime.school(found.school).name
    except UnknownSchool:
        raise InvitationUnusableError from None
    if person is None or not person.here:
        raise InvitationUnusableError
    return Invited(invitation=found, person=person, school=school, token=token)


By = Annotated[Invited, Depends(invited)]


@router.get("")
def first_step(request: Request, by: By) -> HTMLResponse:
    """Name and password."""
    return first_page(request, by)


@router.post("")
def first_step_sent(
    request: Request, by: By, name: Typed = "", password: Typed = "", again: Typed = "", own_name: Typed = ""
) -> Response:
    """Keep them, and go on; or say what cannot be used."""
    runtime = runtime_of(request)
    try:
        _refuse_incomplete(runtime, by, own_name, same=password == again)
        schools = tuple(one.name for one in runtime.schools()) if by.person is None else ()
        enrolling.choose(runtime.accounts, by.invitation, name, password, (*by.names, *schools, own_name))
    except ChoiceRefusedError as error:
        return first_page(request, by, {error.field: str(error)}, name, own_name)
    except SignInError as error:
        return first_page(request, by, {"password": str(error)}, name, own_name)
    if not by.twice(runtime):
        return finish(request, runtime, by, None, own_name)
    return second_page(request, by, own_name)


@router.post("/take-up")
def taken_up(request: Request, by: By) -> Response:
    """Somebody who is signed in uses the account that they have: who works at two schools signs in once."""
    runtime = runtime_of(request)
    session = session_of(request, runtime)
    try:
        runtime.accounts.invitations.take_up(by.invitation, session.account, runtime.now())
    except AlreadyLinkedError:
        raise InvitationUnusableError from None
    access_log.invitation_used(runtime, _links(by), by.invitation.purpose, session.device)
    return RedirectResponse(f"/schools/{by.invitation.school}", status_code=303)


@router.post("/second")
def second_step_sent(
    request: Request, by: By, code: Typed = "", passkey: Answered = "", own_name: Typed = ""
) -> Response:
    """A passkey is made, or the app shows the right code: the account is there, and its recovery codes are shown once."""
    site = site_of(request)
    try:
        second = check_passkey(by.invitation, site, passkey) if passkey and site is not None else code
        return finish(request, runtime_of(request), by, second, own_name)
    except NotAcceptedError as error:
        return second_page(request, by, own_name, str(error))


@router.get("/second")
def second_step(by: By) -> Response:
    """Loaded anew: the form is sent again from the first step."""
    return RedirectResponse(f"/invitation/{by.token}", status_code=303)


def _refuse_incomplete(runtime: Runtime, by: Invited, own_name: str, *, same: bool) -> None:
    if by.invitation.purpose is Purpose.SET_UP and not runtime.schools():
        raise ChoiceRefusedError("own_name", "No school is here yet. Add one first: doorstep school add")
    if by.invitation.purpose is Purpose.SET_UP and not own_name.strip():
        raise ChoiceRefusedError("own_name", "Give your own name: it stands beside what you do")
    if not same:
        raise ChoiceRefusedError("again", "The two passwords are not the same. Type both again")


def first_page(
    request: Request, by: Invited, faults: dict[str, str] | None = None, name: str = "", own_name: str = ""
) -> HTMLResponse:
    """Its first page, with what cannot be used (field -> sentence)."""
    runtime = runtime_of(request)
    existing = None
    if by.invitation.school is not None and by.invitation.staff is not None:
        existing = runtime.accounts.people.of_staff(by.invitation.school, by.invitation.staff)
    return page(
        request,
        None,
        "invitation.html",
        status=_REFUSED if faults else 200,
        by=by,
        set_up=by.person is None,
        fixed_name=existing.name if existing is not None else by.invitation.name,
        schools=runtime.schools() if by.person is None else (),
        faults=faults or {},
        may_take_up=by.invitation.purpose is Purpose.INVITE and _is_signed_in(request, runtime),
        typed=name,
        own_name=own_name,
        providers=openid_of(request).providers if by.person is not None else (),
    )


def _is_signed_in(request: Request, runtime: Runtime) -> bool:
    try:
        session_of(request, runtime)
    except NotSignedInError:
        return False
    return True


def second_page(request: Request, by: Invited, own_name: str, fault: str = "") -> HTMLResponse:
    """Its second page: the second factor is set up."""
    runtime = runtime_of(request)
    invitation = runtime.accounts.invitations.find(by.token, runtime.now())
    secret = enrolling.secret_of(runtime.accounts, invitation)
    site = site_of(request)
    drawn = segno.make(address_for_the_app(secret, invitation.chosen_name), error="m")
    return page(
        request,
        None,
        "invitation_second.html",
        status=_REFUSED if fault else 200,
        token=by.token,
        own_name=own_name,
        passkey=enrolling.ask_for_passkey(runtime.accounts, invitation, site) if site is not None else None,
        picture=drawn.svg_data_uri(scale=5, border=4),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        fault=fault,
    )


def finish(
    request: Request,
    runtime: Runtime,
    by: Invited,
    second: str | Passkey | None,
    own_name: str = "",
    *,
    first: str = PASSWORD,
    twice: bool = False,
) -> Response:
    """The account is made; the page with its printed codes. `first` and `twice` as for `api.pages.sign_in.go_on`.

    Raises NotAcceptedError, InvitationUnusableError.
    """
    now = runtime.now()
    invitation = runtime.accounts.invitations.find(by.token, now)
    if isinstance(second, str):
        enrolling.check_code(runtime.accounts, invitation, second, now)
    links = _links(by) if by.person is not None else places_of(runtime, invitation, own_name.strip())
    try:
        enrolled = enrolling.finish(runtime.accounts, invitation, second, links, now)
    except (AlreadyLinkedError, SubjectTakenError):
        raise InvitationUnusableError from None
    except NameTakenError:
        return first_page(request, by, {"name": "Somebody signs in by this name already. Choose another"}, "", own_name)
    # After this line the account is there and the link is used up; a crash before it leaves the link as it was.
    access_log.invitation_used(runtime, links, invitation.purpose, place_of(request).label)
    if not enrolled.codes:
        response: Response = RedirectResponse("/", status_code=303)
    else:
        response = page(request, None, "recovery_codes.html", codes=enrolled.codes, sign_in_name=invitation.chosen_name)
    how = first if second is None else "invitation and second step"
    enter(request, runtime, enrolled.account, response, before=None, how=how, second=twice or second is not None)
    return response


def _links(by: Invited) -> dict[SchoolSlug, StaffId]:
    if by.invitation.school is None or by.invitation.staff is None:
        return {}
    return {by.invitation.school: by.invitation.staff}
