"""Who is asking: on a live installation whoever signed in, by the browser's session.

In the demonstration only a header on API calls, or a cookie on pages, names anybody, and nobody proves anything.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from fastapi import Request

from accounts.desks import Desk
from accounts.errors import NotSignedInError, SecondFactorMissingError, SessionOverError
from accounts.ids import SessionId
from accounts.shapes import Session
from api import access_log
from api.desks import ACTS_AS, desk_of, standing_at
from api.problems import NobodyChosenError
from api.runtime import Runtime
from api.sessions import go_on, session_of
from api.through_glass import through_glass
from commands.bus import Sender
from domain.command import Command
from domain.glass.state import Glass
from domain.ids import CommandId, EventId, PupilId, SchoolSlug, StaffId
from domain.permissions import NOT_AT_A_DESK, NOT_BY_A_TOKEN, Question, beyond_own, may, permission_of, words_of
from domain.policy import Policy
from domain.refusal import NotPermitted
from domain.roles import Role, in_words
from domain.staff.state import Person
from eventlog.errors import UnknownSchool
from eventlog.migrate import School
from projections import overdue_board
from projections.directory import Directory

HEADER = "Doorstep-Demo-Person"
COOKIE = "doorstep_demo_person"
PERSON = "Doorstep-Person"
"""Whose tap a phone sends: where somebody else signed in on it since, the tap waits for its own person."""
DEMONSTRATION = "the demonstration"
"""The device of somebody who proved nothing."""


_BEARER: Final = "bearer "
_COUNTS_NO_MORE: Final = "This token counts no more, or not here"


class Looks:
    """What one answer shows of children, and whether that is on record already (`api.on_record`)."""

    __slots__ = ("about", "kept", "searched", "shown")

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.kept = False
        """Set by whoever has kept it."""
        self.searched = False
        """Whether they looked for a child; a search in the address itself need not be said."""
        self.about: set[UUID] = set()
        """Visits, trips and concerns that a page speaks of without their ids."""
        self.shown: set[PupilId] = set()
        """Children whom a page names without their ids."""


class Acquainted(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom this school knows, and what the school knew when they asked."""

    school: School
    person: Person
    directory: Directory
    """Everybody and the settings, at the log's head."""
    now: datetime
    """The instant of asking, UTC-aware."""
    device: str = ""
    """What they ask on, as it is kept with every reading: "Firefox on Windows"."""
    session: SessionId | None = None
    """The session that they signed in by; None in the demonstration."""
    desk: Desk | None = None
    """The front desk that they stand at; None for somebody who signed in by themselves."""
    only_in: Role | None = None
    """The one role that they act in here, whatever others they hold: at a front desk the office's, by a token its own."""
    only: frozenset[str] | None = None
    """The commands and questions that the token they showed allows; None for a person themselves."""
    glass: Glass | None = None
    """By which somebody of another school reads here in an emergency; None for everybody else."""
    looks: Looks = msgspec.field(default_factory=Looks)
    """What the answer shows of children."""

    @property
    def id(self) -> StaffId:
        """The person's id: the actor of what they send."""
        return self.person.id

    @property
    def slug(self) -> str:
        """The school's short name."""
        return self.school.slug

    @property
    def glass_id(self) -> EventId | None:
        """What stands behind all that they read here; None for the school's own."""
        return None if self.glass is None else self.glass.id

    @property
    def roles(self) -> frozenset[Role]:
        """The roles held now."""
        return frozenset(self.person.roles_at(self.now))

    @property
    def nobody_yet(self) -> bool:
        """Whether this is a front desk at which nobody has said who they are."""
        return self.desk is not None and self.person.is_device

    @property
    def as_office(self) -> "Acquainted":
        """For the menu of a front desk: whoever will say who they are."""
        return msgspec.structs.replace(
            self, person=msgspec.structs.replace(self.person.only_as(ACTS_AS, lent=True), here=True)
        )

    def sender(self, command_id: CommandId) -> Sender:
        """As whom they send a command."""
        return Sender(self.id, command_id, only_in=self.only_in, lent=self.desk is not None, glass=self.glass_id)

    def may(self, what: Question | type[Command]) -> bool:
        """Whether the table (`domain.permissions`) lets their roles ask or send this now, in whatever scope."""
        return (
            self.token_allows(what)
            and not self.shut_here(what)
            and may(self.person, permission_of(what), self.now, self.policy)
        )

    def token_allows(self, what: Question | type[Command]) -> bool:
        """Whether the token that a program showed names this; True for a person themselves."""
        if self.only is None:
            return True
        named = what.value if isinstance(what, Question) else what.NAME
        return named in self.only and what not in NOT_BY_A_TOKEN

    def may_any(self, what: Question | type[Command]) -> bool:
        """Whether it lets them do so also where they have no part in it."""
        wide = beyond_own(permission_of(what))
        return self.token_allows(what) and not self.shut_here(what) and may(self.person, wide, self.now, self.policy)

    def shut_here(self, what: Question | type[Command]) -> bool:
        """Whether this is shut to whoever showed no more than a PIN."""
        return self.desk is not None and what in NOT_AT_A_DESK

    def words_of(self, what: Question | type[Command]) -> tuple[str, ...]:
        """The role words that may ask or send this at this school now."""
        permission = permission_of(what)
        return tuple(w for w in words_of(beyond_own(permission) or permission, self.policy) if w != Role.OUTSIDER)

    @property
    def policy(self) -> Policy | None:
        """The school's settings in force; None before it adopted any."""
        try:
            return self.directory.policy_at(self.now)
        except LookupError:
            return None  # before the school adopted its settings

    def fills(self, *words: str) -> bool:
        """Whether they may act now where a policy says one of these words (`domain.roles.who_counts_as`)."""
        return any(self.person.fills(word, self.now) is not None for word in words)

    @property
    def only_reads(self) -> bool:
        """A governor, trust reader or administrator who holds no other role: plans nothing and sees no child."""
        return self.glass is None and not self.person.works_with_children(self.now)

    @property
    def changes_nothing(self) -> bool:
        """Plans nothing and closes nothing here, whatever they see."""
        return self.glass is not None or self.only_reads

    def refuse_unless(self, what: Question | type[Command], says: str) -> None:
        """Raises NotPermitted with `says` unless the table lets them."""
        if not self.may(what):
            raise NotPermitted(says)


def runtime_of(request: Request) -> Runtime:
    """The runtime that the app was made with."""
    found: Runtime = request.app.state.runtime
    return found


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
