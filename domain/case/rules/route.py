"""Where a case goes. Clauses: SP-66, SP-68, SP-69, LJ-13, LJ-70, SC-39, SC-41, SC-42; settings case_routes, force_and_harm.

A route that names a role goes to it. One that names another policy of the school's ("allegations_policy") goes to the
headteacher, who follows that policy. What is about the headteacher goes to the chair of governors: no document says so,
the setting's default does.
"""

from typing import Any, Final

from domain.case.events import Levels
from domain.case.inside import ABOUT_THE_HEAD, LAST
from domain.policy import Policy
from domain.roles import who_counts_as

_HEAD: Final = "headteacher"
_CLAUSES: Final = {
    "allegation": ("SP-68", "LJ-70", "SC-41"),
    "complaint": ("SP-69", "LJ-13", "SC-42"),
}
"""Of the setting's clauses those that speak of the one and of the other."""
_IF_HARM: Final = ("DSL", _HEAD)
"""Who hears of a physical intervention before the school has adopted its settings."""


def route_of(policy: Policy, what: str) -> str:
    """The setting's code for an `allegation` or a `complaint`; "" before the school has adopted its settings."""
    return str(_value(policy, "case_routes").get(what) or "")


def clauses_of(policy: Policy, what: str) -> tuple[str, ...]:
    """The clauses of the school's own that a route comes from; none where it is Doorstep's default."""
    found = policy.settings.get("case_routes")
    return tuple(one for one in _CLAUSES.get(what, ()) if found is not None and one in found.clauses)


def levels_of(route: str) -> Levels:
    """Whom a route goes to, and who is next where it is about them."""
    word = route if who_counts_as(route) else _HEAD
    return tuple(dict.fromkeys(((word,), (ABOUT_THE_HEAD,), (LAST,))))


def levels_of_intervention(policy: Policy) -> Levels:
    """Whom a physical intervention goes to: those whom the setting has told of one, at once and together."""
    words = tuple(str(word) for word in _value(policy, "force_and_harm").get("tell_if_harm") or _IF_HARM)
    return (words, (ABOUT_THE_HEAD,), (LAST,))


def _value(policy: Policy, setting: str) -> dict[str, Any]:
    found = policy.settings.get(setting)
    return dict(found.value) if found is not None else {}
