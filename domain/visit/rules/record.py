"""What a write-up must hold before a visit closes. "none" is an answer.

Clauses: SP-36, SP-55, LJ-53, LJ-58, LJ-65, WL-12, WL-24, NH-20, NH-41.
"""

from collections.abc import Mapping
from typing import Final

from domain.need import always, need
from domain.policy import Policy
from domain.refusal import Requirement
from domain.visit.rules.purpose import is_early_years
from domain.visit.state import VisitState

WITH_BOTH: Final = "time_with_parent_and_child"
"""The tick after an early-years visit: time was spent with both (LJ-58)."""


def fields_asked(policy: Policy, visit: VisitState) -> tuple[str, ...]:
    """The fields of this school's write-up, in the policy's order; the early-years tick last, where somebody answered."""
    asked = tuple(policy.value("visit_record_fields"))
    both = is_early_years(visit) and policy.value("eyfs_rule").get("with_parent_and_child")
    return (*asked, WITH_BOTH) if both and visit.cancelled is None and not visit.nobody_answered else asked


def write_up_complete(policy: Policy, visit: VisitState, fields: Mapping[str, str]) -> tuple[Requirement, ...]:
    """Each field is answered, and every pupil has an outcome, unless the visit was called off or nobody answered."""
    out = [
        need(
            policy,
            "eyfs_rule" if name == WITH_BOTH else "visit_record_fields",
            f"record.{name}",
            f"“{name.replace('_', ' ')}” is not answered; “none” is an answer",
            who=("visitors",),
            clauses=("LJ-58",) if name == WITH_BOTH else None,
        )
        for name in fields_asked(policy, visit)
        if not fields.get(name, "").strip()
    ]
    if visit.not_said:
        says = "It is not said for every pupil whether the child was seen"
        out.append(always("record.outcome", says, who=("visitors",), setting="visit_record_fields"))
    return tuple(out)
