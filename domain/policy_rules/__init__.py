"""What a school's settings may not say: pairs that cannot both hold, and values that nobody could ever meet.

A file's shapes hold what a single value may be. These rules look at the settings together, as the school wrote them and
as Doorstep's defaults filled them up. Each is one small pure function; each names the settings, with their clauses.
"""

from domain.need import always
from domain.policy import Policy
from domain.policy_rules.found import Contradiction
from domain.policy_rules.pairs import PAIRS
from domain.policy_rules.within import WITHIN
from domain.refusal import Requirement

__all__ = ["Contradiction", "contradictions", "refusals"]


def contradictions(policy: Policy) -> tuple[Contradiction, ...]:
    """Everything in these settings that cannot hold."""
    return tuple(found for rule in (*WITHIN, *PAIRS) for found in rule(policy))


def refusals(policy: Policy) -> tuple[Requirement, ...]:
    """The same, as what adopting these settings is refused with."""
    return tuple(
        always(f"settings.{'.'.join(one.settings)}", one.in_words(policy), who=("headteacher",))
        for one in contradictions(policy)
    )
