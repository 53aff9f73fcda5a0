"""What a case needs before it closes. Clauses: SP-65, SC-38 (last resort), LJ-13 (the head answers the parent)."""

from domain.case.state import CaseState
from domain.need import need
from domain.policy import Policy
from domain.refusal import Requirement


def closing_needs(policy: Policy, case: CaseState, why_last_resort: str) -> tuple[Requirement, ...]:
    """What is still missing; where the policy is silent it is advice."""
    if case.kind == "intervention" and not (case.why_last_resort or why_last_resort).strip():
        says = "It is not said why force was the last resort"
        cited = ("SP-65", "SC-38")
        return (need(policy, "force_and_harm", "case.last_resort", says, who=("DSL", "headteacher"), clauses=cited),)
    if case.kind == "complaint" and case.route == "headteacher" and not case.answered:
        says = "It is not written down what whoever complained was answered"
        return (need(policy, "case_routes", "case.answer", says, who=("headteacher",), clauses=("LJ-13",)),)
    return ()
