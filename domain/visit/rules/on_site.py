"""Why meeting in school will not do. Clauses: SP-02, SP-08, LJ-31, WL-15. A welfare visit is never asked for it."""

from domain.need import need
from domain.policy import Policy
from domain.refusal import Requirement
from domain.visit.rules.purpose import is_welfare, purposes_offered


def asks_why_not_in_school(policy: Policy, *, welfare: bool) -> bool:
    """Whether a request says why meeting in school will not do: a welfare check never has to."""
    return bool(policy.value("on_site_reason")) and not welfare


def asks_somebody_why_not_in_school(policy: Policy) -> bool:
    """Whether a request for any of the purposes that the policy offers says so."""
    offered = purposes_offered(policy)
    return any(asks_why_not_in_school(policy, welfare=is_welfare(policy, purpose)) for purpose in offered)


def school_will_not_do(policy: Policy, reason: str, *, welfare: bool) -> tuple[Requirement, ...]:
    """A visit is asked for where meeting in school, a call, a letter or another agency will not do, and says why."""
    if reason.strip() or not asks_why_not_in_school(policy, welfare=welfare):
        return ()
    says = "Nobody has said why meeting in school, a telephone call, a letter or another agency will not do"
    return (need(policy, "on_site_reason", "on_site.reason", says),)
