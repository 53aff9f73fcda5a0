"""Pages that show nothing before the school has adopted its settings."""

from api.identity import Acquainted
from domain.need import always
from domain.policy import Policy
from domain.refusal import Refused


def settings_of(me: Acquainted) -> Policy:
    """The school's settings in force now. Raises Refused before it adopted any."""
    try:
        return me.directory.policy_at(me.now)
    except LookupError:
        says = "This school has not adopted its settings yet: there is nothing to show before it has"
        raise Refused((always("settings.adopted", says, who=("headteacher",)),)) from None
