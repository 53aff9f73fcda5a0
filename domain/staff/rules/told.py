"""Staff know the policy before any of them goes. Clause: LJ-14."""

from domain.need import need
from domain.policy import Policy, Source
from domain.refusal import Requirement
from domain.school.record import PolicyRecord

SETTING = "policy_sharing"


def told_of_the_policy(policy: Policy, record: PolicyRecord) -> tuple[Requirement, ...]:
    """Nobody is put on a trip before the policy was shared with staff, where the document names them (LJ-14).

    An older version will do: that another one is in force since is said to whoever keeps the policy, and stops nobody.
    """
    setting = policy.setting(SETTING)
    if setting.source is Source.DEFAULT or "staff" not in setting.value or record.shared_with("staff") is not None:
        return ()
    says = "The policy has not been shared with staff yet: put on record when it was"
    return (need(policy, SETTING, "policy.told", says, who=("senior_staff",), clauses=("LJ-14",)),)
