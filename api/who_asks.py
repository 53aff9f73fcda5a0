"""Who is asking: on a live installation whoever signed in, by the browser's session.

In the demonstration only a header on API calls, or a cookie on pages, names anybody, and nobody proves anything.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec
from fastapi import Request

from accounts.errors import NotSignedInError, SecondFactorMissingError, SessionOverError
from accounts.shapes import Session
from api import access_log
from api.desks import desk_of, standing_at
from api.identity import COOKIE, HEADER, PERSON, Acquainted, runtime_of
from api.problems import NobodyChosenError
from api.runtime import Runtime
from api.sessions import go_on, session_of
from api.through_glass import through_glass
from domain.ids import SchoolSlug, StaffId
from domain.permissions import Question
from domain.refusal import NotPermitted
from domain.roles import in_words
from domain.staff.state import Person
from eventlog.errors import UnknownSchool
from projections import overdue_board

DEMONSTRATION = "the demonstration"
"""The device of somebody who proved nothing."""
_BEARER: Final = "bearer "
_COUNTS_NO_MORE: Final = "This token counts no more, or not here"


def person_of(request: Request, school: str) -> Acquainted:
    """Who looks at this page (a dependency; `school` is the path's). Blocks: FastAPI runs it in a thread.

    Raises NotSignedInError (the answer leads to the page where one signs in), NobodyChosenError in the demonstration;
    UnknownSchool; NotPermitted for a person of another school, and for one who has left.
    """
    known: Acquainted | None = getattr(request.state, "me", None)
    if known is None or known.slug != school:
        # Kept for whatever else of this request asks who it is, and for the page that is shown where the answer fails.
        known = request.state.me = whoever_looks(request, school)
    return known


def caller_of(request: Request, school: str) -> Acquainted:
    """Who calls the API (a dependency): a program by its token, whoever signed in; in the demonstration the header's person.

    Raises as `person_of`; NotSignedInError also for what another person tapped on this phone.
    """
    runtime = runtime_of(request)
    shown = request.headers.get("authorization", "")
    if shown.lower().startswith(_BEARER):
        return by_token(runtime, school, shown[len(_BEARER) :].strip())
    if runtime.kind == "live":
        me = by_session(request, school)
        if request.headers.get(PERSON, str(me.id)) != str(me.id):
            raise NotSignedInError
        return me
    named = request.headers.get(HEADER)
    if named is None and request.method in {"GET", "HEAD"}:
        named = request.cookies.get(COOKIE)
    return _in_demonstration(request, school, named)


def whoever_looks(request: Request, school: str) -> Acquainted:
    """Who looks at a page. Raises as `person_of`."""
    runtime = runtime_of(request)
    if runtime.kind != "live":
        return _in_demonstration(request, school, request.cookies.get(COOKIE))
    try:
        return by_session(request, school)
    except SecondFactorMissingError:
        raise
    except NotSignedInError:
        # Whoever signs in by themselves on a front desk is who they are; nobody did.
        found = at_a_desk(request, school)
        if found is None:
            raise
        return found


def at_a_desk(request: Request, slug: str) -> Acquainted | None:
    """Who stands at the front desk that this browser is; None where it is none of this school's."""
    runtime = runtime_of(request)
    desk = desk_of(request, runtime)
    if desk is None or desk.school != slug:
        return None
    school, directory, now = runtime.school(slug), runtime.directory(slug), runtime.now()
    found = standing_at(request, runtime, desk, directory, now)
    if found is None:
        return None
    return Acquainted(
        school=school,
        person=found.person,
        directory=directory,
        now=now,
        device=desk.label,
        desk=desk,
        only_in=found.only_in,
    )


def _in_demonstration(request: Request, school: str, named: str | None) -> Acquainted:
    """The person named, or somebody of another school who broke the glass here. Raises as `person_of`."""
    runtime = runtime_of(request)
    try:
        return acquaint(runtime, school, named)
    except NotPermitted:
        staff = _id_in(named or "")
        if staff is None:
            raise
        elsewhere = {SchoolSlug(one.slug): staff for one in runtime.schools()}
        outsider = _through_glass(request, school, elsewhere)
        if outsider is None:
            raise
        return outsider


def by_session(request: Request, slug: str) -> Acquainted:
    """Who signed in, at this school. Raises as `person_of`."""
    runtime = runtime_of(request)
    session = session_of(request, runtime)
    links = runtime.accounts.people.links(session.account)
    staff = links.get(SchoolSlug(slug))
    directory = None if staff is None else runtime.directory(slug)
    person = None if staff is None or directory is None else directory.people.get(staff)
    if directory is None or person is None or not person.here:
        outsider = _through_glass(request, slug, links, session)
        if outsider is not None:
            return outsider
        # The same for a school that is not here: nobody learns which there are.
        no_more = "You no longer work at this school"
        raise NotPermitted("Your account is not one of this school" if staff is None else no_more)
    _go_on(request, session, slug, person)
    return Acquainted(
        school=runtime.school(slug),
        person=person,
        directory=directory,
        now=runtime.now(),
        device=session.device,
        session=session.id,
    )


def _go_on(request: Request, session: Session, slug: str, person: Person) -> None:
    runtime = runtime_of(request)
    try:
        roles = person.roles_at(runtime.now())
        go_on(request, runtime, session, slug, roles, lambda: _is_out(runtime, slug, person.id))
    except SessionOverError:
        access_log.timed_out(runtime, slug, person.id, session.device)
        raise


def _through_glass(
    request: Request, slug: str, at_home: Mapping[SchoolSlug, StaffId], session: Session | None = None
) -> Acquainted | None:
    """Somebody of another school to whom this one is open in an emergency; else None. Raises as `go_on`."""
    runtime = runtime_of(request)

    def still_signed_in(home: str, person: Person) -> None:
        if session is not None:
            _go_on(request, session, home, person)

    found = through_glass(runtime, slug, at_home, None if session is None else session.id, still_signed_in)
    if found is None:
        return None
    return Acquainted(
        school=found.school,
        person=found.person,
        directory=found.directory,
        now=runtime.now(),
        device=DEMONSTRATION if session is None else session.device,
        session=None if session is None else session.id,
        glass=found.glass,
    )


def by_token(runtime: Runtime, slug: str, token: str) -> Acquainted:
    """For whom a program acts, in the one role and for the few things that its token names.

    Raises NotSignedInError for a token that counts no more, or not at this school: nobody learns which; NotPermitted once the
    person no longer holds the role.
    """
    now = runtime.now()
    found = runtime.accounts.tokens.find(token, now)
    if found is None or found.school != slug:
        raise NotSignedInError(_COUNTS_NO_MORE)
    school, directory = runtime.school(slug), runtime.directory(slug)
    person = directory.people.get(found.staff)
    if person is None or not person.here:
        raise NotSignedInError(_COUNTS_NO_MORE)
    held = tuple(one for one in person.roles if one.role is found.role and one.at(now))
    if not held:
        message = f"This token acts as {in_words(found.role)}, which the person who made it no longer is"
        raise NotPermitted(message)
    runtime.accounts.tokens.used(found, now)
    acting = msgspec.structs.replace(person, roles=held)
    return Acquainted(
        school=school,
        person=acting,
        directory=directory,
        now=now,
        device=found.label,
        only_in=found.role,
        only=found.allows,
    )


def everywhere(request: Request) -> tuple[Acquainted, ...]:
    """Whoever signed in, at each of their schools where they have not left. Blocks. Raises NotSignedInError."""
    runtime = runtime_of(request)
    found = []
    for slug in runtime.accounts.people.links(session_of(request, runtime).account):
        try:
            found.append(by_session(request, slug))
        except (NotPermitted, UnknownSchool):
            continue
    return tuple(found)


def still_looks(request: Request, me: Acquainted, question: Question) -> bool:
    """Whether somebody who opened a live feed may still follow it: signed in, here, and in a role for it. Blocks."""
    runtime = runtime_of(request)
    if me.desk is not None:
        if desk_of(request, runtime) is None:
            return False
    elif runtime.kind == "live":
        try:
            if session_of(request, runtime).id != me.session:
                return False
        except NotSignedInError:
            return False
    if me.glass is not None:
        try:
            again = whoever_looks(request, me.slug)
        except (NotPermitted, NotSignedInError):
            return False
        return again.glass_id == me.glass_id and again.may(question)
    directory, now = runtime.directory(me.slug), runtime.now()
    person = directory.people.get(me.id)
    known = None if person is None else msgspec.structs.replace(me, person=person, directory=directory, now=now)
    return known is not None and known.may(question)


def _is_out(runtime: Runtime, slug: str, staff: StaffId) -> bool:
    with runtime.view(slug, overdue_board.NAME) as view:
        return staff in overdue_board.people_out(overdue_board.open_trips(view).trips)


def acquaint(runtime: Runtime, slug: str, named: str | None) -> Acquainted:
    """The member of staff with this id at this school. Raises as `person_of`."""
    school = runtime.school(slug)
    if not named:
        raise NobodyChosenError
    directory = runtime.directory(slug)
    staff = _id_in(named)
    person = None if staff is None else directory.people.get(staff)
    if person is None or person.outside:
        message = f"{school.name} does not know who you are. Choose a person of this school"
        raise NotPermitted(message)
    return Acquainted(school=school, person=person, directory=directory, now=runtime.now(), device=DEMONSTRATION)


def _id_in(named: str) -> StaffId | None:
    try:
        return StaffId(UUID(named.strip()))
    except ValueError:
        return None
