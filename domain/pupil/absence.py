"""A pupil's absences, and what of them the school's policy wants looked into. Pure.

Setting: absence_triggers. Clauses: SC-27 (the first day without an explanation, the family not reached), SC-30 (three
school days in a row, seen by nobody of the staff). A flag proposes a visit; it asks for none and approves nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from domain.policy import Policy
from domain.school.calendar import Calendar

KEPT: Final = 40
"""Absences that a pupil's state holds, the newest: more than any flag looks at."""


class Absence(msgspec.Struct, frozen=True, kw_only=True):
    """One school day on which a pupil was not there."""

    day: date
    explanation: str = ""
    """Why, as the family or the register says; "" while nobody has said."""
    tries: int = 0
    """How often the family was rung or written to in vain."""
    reached: bool = False
    """Whether the family was spoken to."""
    seen: bool = False
    """Whether somebody of the staff saw the child on that day."""


class Flag(msgspec.Struct, frozen=True, kw_only=True):
    """An absence that the policy wants looked into, and the visit that it proposes."""

    purpose: str
    days: tuple[date, ...]
    """The school days in a row that raised it, the first one in front."""
    at: datetime
    index: int
    """The place in the log: what was asked for later answers it."""
    clauses: tuple[str, ...] = ()
    """What asks for it."""
    closed: str = ""
    """The explanation that closed it; "" while it stands."""


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """What a trigger of the policy found."""

    purpose: str
    days: tuple[date, ...]


def with_absence(absences: Iterable[Absence], absence: Absence) -> tuple[Absence, ...]:
    """These absences with one more, which takes the place of an earlier one of the same day; the newest `KEPT`, by day."""
    every = {one.day: one for one in (*absences, absence)}
    return tuple(every[day] for day in sorted(every))[-KEPT:]


def explained(absences: Iterable[Absence], days: Iterable[date], why: str) -> tuple[Absence, ...]:
    """These absences, with an explanation for those days."""
    known = set(days)
    return tuple(replace(one, explanation=why) if one.day in known else one for one in absences)


def raised(policy: Policy, absences: Iterable[Absence], day: date, calendar: Calendar) -> tuple[Raised, ...]:
    """What the policy wants looked into because of an absence on this day (SC-27, SC-30).

    Days that are all explained raise nothing: an explanation would close the flag at once.
    """
    by_day = {one.day: one for one in absences}
    row = calendar.in_a_row(by_day, day)
    out = []
    for trigger in policy.value("absence_triggers"):
        days = row[-trigger["days"] :]
        if len(days) == trigger["days"] and _meets(trigger, [by_day[one] for one in days]):
            out.append(Raised(purpose=trigger["purpose"], days=days))
    return tuple(out)


def _meets(trigger: Mapping[str, Any], days: list[Absence]) -> bool:
    if all(one.explanation for one in days):
        return False
    if trigger.get("unexplained") and any(one.explanation for one in days):
        return False
    if trigger.get("uncontacted") and (any(one.reached for one in days) or not any(one.tries for one in days)):
        return False
    return not (trigger.get("unseen") and any(one.seen for one in days))
