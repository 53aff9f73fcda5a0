"""The rules of signing in, as one table: for each role how long a session lasts, and who proves themselves twice."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from domain.roles import Role


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How long a session lasts."""

    idle: timedelta
    """Without anything being asked."""
    absolute: timedelta
    """From signing in, whatever is asked."""


_SHORT: Final = Limits(idle=timedelta(minutes=30), absolute=timedelta(hours=8))
_DESK: Final = Limits(idle=timedelta(hours=2), absolute=timedelta(hours=12))
_PHONE: Final = Limits(idle=timedelta(hours=12), absolute=timedelta(hours=14))

LIMITS: Final[Mapping[Role, Limits]] = {
    Role.ADMINISTRATOR: _SHORT,
    Role.GOVERNOR: _SHORT,
    Role.CHAIR_OF_GOVERNORS: _SHORT,
    Role.TRUST_READER: _SHORT,
    Role.HEADTEACHER: _DESK,
    Role.DSL: _DESK,
    Role.DDSL: _DESK,
    Role.SLT: _DESK,
    Role.SAFEGUARDING_TEAM: _DESK,
    Role.BUSINESS_MANAGER: _DESK,
    Role.OFFICE_MANAGER: _DESK,
    Role.SCHOOL_OFFICE: _DESK,
    Role.ATTENDANCE_OFFICER: _PHONE,
    Role.ATTENDANCE_ASSISTANT: _PHONE,
    Role.LINE_MANAGER: _PHONE,
    Role.TEACHER: _PHONE,
    Role.AGENCY_PROFESSIONAL: _PHONE,
}
"""A phone that waits at a door all day is not signed out on the way; a desk that shows every child is."""

OUT: Final = Limits(idle=timedelta(hours=24), absolute=timedelta(hours=36))
"""While somebody is out on a trip (design, law 1): nobody is timed out on a doorstep."""

WITHOUT_SECOND_FACTOR: Final = frozenset({Role.GOVERNOR, Role.TRUST_READER})
"""Those who never see a name of a child: a password is enough for them."""

HALF_SIGNED_IN: Final = timedelta(minutes=10)
"""For the second step."""
FRESH: Final = timedelta(minutes=15)
"""After signing in: for so long the second factor may be changed."""
SEEN_EVERY: Final = timedelta(minutes=1)
"""A session's last use is written no more often than that."""
STILL_ANSWERED: Final = timedelta(seconds=60)
"""For so long the identifier from before a change of roles still answers: requests were under way."""
LASTS: Final[Mapping[str, timedelta]] = {
    "set-up": timedelta(hours=24),
    "invite": timedelta(days=7),
    "restore": timedelta(hours=24),
}
"""How long an invitation can be used."""


def limits_of(roles: Collection[Role]) -> Limits:
    """The strictest of the roles' limits; who holds no role is a visitor."""
    held = [LIMITS[role] for role in roles if role in LIMITS] or [_PHONE]
    return Limits(idle=min(one.idle for one in held), absolute=min(one.absolute for one in held))


def needs_second_factor(roles: Collection[Role]) -> bool:
    """Whether somebody with these roles proves themselves twice: everybody who may see a child's record, or manages accounts."""
    return not roles or not frozenset(roles) <= WITHOUT_SECOND_FACTOR


def is_over(limits: Limits, *, began_at: datetime, seen_at: datetime, now: datetime) -> bool:
    """Whether a session has come to its end."""
    return now >= seen_at + limits.idle or now >= began_at + limits.absolute
