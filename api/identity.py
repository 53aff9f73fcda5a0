"""Somebody whom a school knows, while they are answered: their roles, on what they ask, and what the table lets them.

Who it is that asks is found out in `api.who_asks`.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from fastapi import Request

from accounts.desks import Desk
from accounts.ids import SessionId
from api.desks import ACTS_AS
from api.runtime import Runtime
from commands.bus import Sender
from domain.command import Command
from domain.glass.state import Glass
from domain.ids import CommandId, EventId, PupilId, StaffId
from domain.permissions import NOT_AT_A_DESK, NOT_BY_A_TOKEN, Question, beyond_own, may, permission_of, words_of
from domain.policy import Policy
from domain.refusal import NotPermitted
from domain.roles import Role
from domain.staff.state import Person
from eventlog.migrate import School
from projections.directory import Directory

HEADER = "Doorstep-Demo-Person"
COOKIE = "doorstep_demo_person"
PERSON = "Doorstep-Person"
"""Whose tap a phone sends: where somebody else signed in on it since, the tap waits for its own person."""


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
