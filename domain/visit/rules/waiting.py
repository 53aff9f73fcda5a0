"""How long visitors wait outside.

Clauses: SP-39, SP-40 (nobody answers), SP-41, SP-42 (the family warned that it will be late), LJ-46.
The clock starts at "nobody answered", or at the agreed time if that is later, never on an unannounced
visit; "child here, no adult" stops it for good. Exactly the allowed time is within.
"""

from datetime import datetime, timedelta

import msgspec

from domain.need import deviation
from domain.policy import Policy
from domain.shared.events import DeviationNoted
from domain.times import hm, later
from domain.visit.state import VisitState

_TIME_TO_TAP = timedelta(minutes=1)
"""Where the policy says "leave now", the visitors still need a moment to write it down."""


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """A wait that is running, or was."""

    since: datetime
    until: datetime
    """The last instant within the policy; past it the visit is called off."""
    setting: str
    says: str

    def past(self, now: datetime) -> bool:
        """Whether the allowed time has passed: `until` itself is still within."""
        return now > self.until


def waiting(policy: Policy, visit: VisitState) -> Wait | None:
    """The wait that runs at this door now; None where there is none."""
    stopped = visit.child_was_alone or visit.entered_at or visit.left_at or visit.cancelled
    if stopped or visit.appointment is None:
        return None
    return clock(policy, visit)


def clock(policy: Policy, visit: VisitState) -> Wait | None:
    """The wait as it ran, whether or not it has ended."""
    agreed = visit.appointment
    if agreed is None:
        return None
    if visit.family_delayed:
        minutes = policy.value("wait_notified_min")
        until = later(agreed.at, minutes=minutes)
        says = f"The family said they will be late: stay outside until {hm(until)}, then call the visit off"
        return Wait(since=agreed.at, until=until, setting="wait_notified_min", says=says)
    if visit.no_answer_at is None:
        return None
    minutes = policy.value("wait_absent_min")
    since = max(visit.no_answer_at, agreed.at)
    until = later(since, minutes=minutes)
    says = (
        f"Nobody answered: wait until {hm(until)}, then call the visit off" if minutes else "Nobody answered: go back"
    )
    return Wait(since=since, until=until, setting="wait_absent_min", says=says)


def waited_too_long(policy: Policy, visit: VisitState, ran: Wait, at: datetime, about: str) -> DeviationNoted | None:
    """SP-39, SP-42: the visit was called off later than the policy allows."""
    if visit.child_was_alone:
        return None
    allowed = ran.until if ran.until > ran.since else ran.until + _TIME_TO_TAP
    if at <= allowed:
        return None
    minutes, seconds = divmod(int((at - ran.since).total_seconds()), 60)
    waited = f"{minutes} min {seconds} s" if seconds else f"{minutes} min"
    most = int((ran.until - ran.since).total_seconds() // 60)
    says = f"waited {waited}; the policy says {f'at most {most} min' if most else 'not to wait'}"
    return deviation(policy, ran.setting, "waiting.too_long", says, about=about)
