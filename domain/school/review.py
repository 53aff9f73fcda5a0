"""When the policy is to be reviewed. A late review warns and never blocks a visit.

Clauses: SP-01, SP-71, LJ-02, LJ-71, WL-01, NH-01, SC-43, SC-45, DV-16 (a month or a season counts to its last day).
"""

from datetime import date

import msgspec

from domain.policy import Policy, Source
from domain.school.due import due_by, months_later
from domain.school.record import PolicyRecord


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """When the policy was reviewed, and when next."""

    last: str
    """A month, `2022-07`; "" where neither the document nor the record says."""
    due: date | None
    """The last day on which the next review is in time; None where neither date is known."""
    overdue: bool
    reckoned: bool
    """True where nobody named the next review, and it follows from the last one and the cycle."""
    cycle_months: int
    source: Source
    clauses: tuple[str, ...]


def review(policy: Policy, today: date, record: PolicyRecord) -> Review:
    """The policy's review, as of a London day: as it is on record, or as the document says where that is newer."""
    setting = policy.setting("review")
    rule = setting.value
    last, following, cycle = rule.get("last") or "", rule.get("next") or "", rule["cycle_months"]
    due = due_by(following) if following else None
    kept = record.last_review
    if kept is not None and f"{kept.on:%Y-%m}" >= last:
        last, due = f"{kept.on:%Y-%m}", kept.due
        following = "" if due is None else f"{due:%Y-%m}"
    if due is None and last:
        due = due_by(months_later(last, cycle))
    return Review(
        last=last,
        due=due,
        overdue=due is not None and today > due,
        reckoned=due is not None and not following,
        cycle_months=cycle,
        source=setting.source,
        clauses=setting.clauses,
    )
