"""When the policy is to be reviewed. A late review warns and never blocks a visit.

Clauses: SP-71, LJ-02, WL-01, NH-01, SC-43, DV-16 (a month counts to its last day).
"""

from calendar import monthrange
from datetime import date

import msgspec

from domain.policy import Policy, Source


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """When the policy was reviewed, and when next."""

    last: str
    """A month, `2022-07`; "" where the document does not say."""
    due: date | None
    """The last day on which the next review is in time; None where neither date is known."""
    overdue: bool
    reckoned: bool
    """True where the document names no next review, and it follows from the last one and the cycle."""
    cycle_months: int
    source: Source
    clauses: tuple[str, ...]


def review(policy: Policy, today: date) -> Review:
    """The policy's review, as of a London day."""
    setting = policy.setting("review")
    rule = setting.value
    last, following, cycle = rule.get("last") or "", rule.get("next") or "", rule["cycle_months"]
    due = _last_day(following) if following else _last_day(_later(last, cycle)) if last else None
    return Review(
        last=last,
        due=due,
        overdue=due is not None and today > due,
        reckoned=due is not None and not following,
        cycle_months=cycle,
        source=setting.source,
        clauses=setting.clauses,
    )


def _later(month: str, months: int) -> str:
    year, number = (int(part) for part in month.split("-"))
    years, place = divmod(number - 1 + months, 12)
    return f"{year + years:04d}-{place + 1:02d}"


def _last_day(month: str) -> date:
    year, number = (int(part) for part in month.split("-"))
    return date(year, number, monthrange(year, number)[1])
