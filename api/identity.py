"""Who is asking. In the demonstration only: a header on API calls, a cookie on pages; nobody proves anything.

`doorstep serve` knows no such identities and never mounts a route that asks.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from fastapi import Request

from api.problems import NobodyChosenError
from api.runtime import Runtime
from domain.command import Command
from domain.ids import StaffId
from domain.permissions import Question, beyond_own, may, permission_of, words_of
from domain.policy import Policy
from domain.refusal import NotPermitted
from domain.roles import Role
from domain.staff.state import Person
from eventlog.migrate import School
from projections.directory import Directory

HEADER = "Doorstep-Demo-Person"
COOKIE = "doorstep_demo_person"


class Acquainted(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom this school knows, and what the school knew when they asked."""

    school: School
    person: Person
    directory: Directory
    """Everybody and the settings, at the log's head."""
    now: datetime
    """The instant of asking, UTC-aware."""

    @property
    def id(self) -> StaffId:
        """The person's id: the actor of what they send."""
        return self.person.id

    @property
    def slug(self) -> str:
        """The school's short name."""
        return self.school.slug

    @property
    def roles(self) -> frozenset[Role]:
        """The roles held now."""
        return frozenset(self.person.roles_at(self.now))

    def may(self, what: Question | type[Command]) -> bool:
        """Whether the table (`domain.permissions`) lets their roles ask or send this now, in whatever scope."""
        return may(self.person, permission_of(what), self.now, self._policy)

    def may_any(self, what: Question | type[Command]) -> bool:
        """Whether it lets them do so also where they have no part in it."""
        return may(self.person, beyond_own(permission_of(what)), self.now, self._policy)

    def words_of(self, what: Question | type[Command]) -> tuple[str, ...]:
        """The role words that may ask or send this at this school now."""
        permission = permission_of(what)
        return words_of(beyond_own(permission) or permission, self._policy)

    @property
    def _policy(self) -> Policy | None:
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
        return not self.person.works_with_children(self.now)

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

    Raises UnknownSchool; NobodyChosenError where nobody chose (the answer leads to the page where one chooses);
    NotPermitted for a person of another school.
    """
    known: Acquainted | None = getattr(request.state, "me", None)
    if known is None or known.slug != school:
        # Kept for whatever else of this request asks who it is, and for the page that is shown where the answer fails.
        known = request.state.me = acquaint(runtime_of(request), school, request.cookies.get(COOKIE))
    return known


def caller_of(request: Request, school: str) -> Acquainted:
    """Who calls the API (a dependency): the header's person; for reading, also the page's cookie.

    Raises as `person_of`.
    """
    named = request.headers.get(HEADER)
    if named is None and request.method in {"GET", "HEAD"}:
        named = request.cookies.get(COOKIE)
    return acquaint(runtime_of(request), school, named)


def acquaint(runtime: Runtime, slug: str, named: str | None) -> Acquainted:
    """The member of staff with this id at this school. Raises as `person_of`."""
    school = runtime.school(slug)
    if not named:
        raise NobodyChosenError
    directory = runtime.directory(slug)
    try:
        person = directory.people.get(StaffId(UUID(named.strip())))
    except ValueError:
        person = None
    if person is None:
        message = f"{school.name} does not know who you are. Choose a person of this school"
        raise NotPermitted(message)
    return Acquainted(school=school, person=person, directory=directory, now=runtime.now())
