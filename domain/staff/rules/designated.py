"""A designated visitor is among those who go.

Clauses: WL-04.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from domain.need import need
from domain.policy import Policy
from domain.refusal import Requirement
from domain.staff.state import Person

SETTING: Final = "team_chooser"
_KEY: Final = "designated_lead"


def wants_designated(policy: Policy) -> bool:
    """Whether the policy sends a designated visitor (WL-04)."""
    return bool(policy.value(SETTING).get(_KEY))


def choosers(policy: Policy) -> tuple[str, ...]:
    """The role words of those who choose who goes, and so name designated visitors."""
    return tuple(policy.value(SETTING).get("roles") or ("SLT",))


def designated_goes(policy: Policy, team: Iterable[Person], day: date) -> tuple[Requirement, ...]:
    """At least one of the school's own who go is a designated visitor on that day."""
    going: Sequence[Person] = tuple(team)
    if (
        not wants_designated(policy)
        or not going
        or any(p.record.designated_on(day) for p in going if p.kind == "staff")
    ):
        return ()
    says = "Nobody who goes is a designated visitor: name one of them, or let a designated visitor go"
    return (need(policy, SETTING, "team.designated", says, who=choosers(policy), clauses=("WL-04",), key=_KEY),)
