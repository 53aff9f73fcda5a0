"""What a write-up must hold before a visit closes. "none" is an answer.

Clauses: SP-36, SP-55, LJ-53, LJ-65, WL-12, WL-24, NH-20, NH-41.
"""

from collections.abc import Mapping

from domain.need import always, need
from domain.policy import Policy
from domain.refusal import Requirement
from domain.visit.state import VisitState


def fields_asked(policy: Policy) -> tuple[str, ...]:
    """The fields of this school's write-up, in the policy's order."""
    return tuple(policy.value("visit_record_fields"))


def write_up_complete(policy: Policy, visit: VisitState, fields: Mapping[str, str]) -> tuple[Requirement, ...]:
    """Each field is answered, and every pupil has an outcome, unless the visit was called off or nobody answered."""
    out = [
        need(
            policy,
            "visit_record_fields",
            f"record.{name}",
            f"“{name.replace('_', ' ')}” is not answered; “none” is an answer",
            who=("visitors",),
        )
        for name in fields_asked(policy)
        if not fields.get(name, "").strip()
    ]
    if visit.not_said:
        says = "It is not said for every pupil whether the child was seen"
        out.append(always("record.outcome", says, who=("visitors",), setting="visit_record_fields"))
    return tuple(out)
