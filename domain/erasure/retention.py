"""The school's own rule for how long records stay, as a machine can read it (DV-11, setting `retention_rule`).

One sentence for each kind, with semicolons between them:

    pupils: 25 years after birth; staff: 6 years after leaving; visits: 7 years after the last event

Years count from birth (pupils), from leaving (pupils, staff) or from the last event.

Kinds are pupils, staff, visits, concerns and cases (restricted ones); a kind that is not named is kept until the school names it. What belongs
to a pupil goes with the pupil, and a trip is kept as visits are. Until a school enters its rule nothing is erased.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final, Literal

import msgspec

from domain.ids import StreamKind

NONE: Final = "hold_until_school_sets_rule"
"""The value before a school has entered its own."""
HOW: Final = "pupils: 25 years after birth; staff: 6 years after the last event"
"""An example to show where a rule cannot be read."""
_SENTENCE: Final = re.compile(
    r"(?P<kind>pupils?|staff|visits?|concerns?|cases?)\s*:?\s+(?P<years>\d{1,3})\s+years?\s+after\s+(?:the\s+)?"
    r"(?P<since>birth|leaving|last\s+event)",
    re.IGNORECASE,
)


Since = Literal["birth", "leaving", "last event"]
_COUNTS_FROM: Final[Mapping[Since, frozenset[StreamKind]]] = {
    "birth": frozenset({StreamKind.PUPIL}),
    "leaving": frozenset({StreamKind.PUPIL, StreamKind.STAFF}),
    "last event": frozenset(
        {StreamKind.PUPIL, StreamKind.STAFF, StreamKind.VISIT, StreamKind.CONCERN, StreamKind.CASE}
    ),
}
"""The kinds whose years may count from what."""


class Keep(msgspec.Struct, frozen=True, kw_only=True):
    """How long one kind of record stays."""

    years: int
    since: Since

    def until(self, since: date) -> date:
        """The first day on which it may be erased."""
        return _years_after(since, self.years)


def read_rule(text: str) -> Mapping[StreamKind, Keep] | None:
    """The rule, or None where it cannot be read whole."""
    out: dict[StreamKind, Keep] = {}
    for sentence in text.replace("\n", ";").split(";"):
        if not sentence.strip(" ."):
            continue
        found = _SENTENCE.fullmatch(sentence.strip(" ."))
        if found is None:
            return None
        kind = StreamKind(found["kind"].lower().rstrip("s"))
        since: Since = next(one for one in _COUNTS_FROM if found["since"].lower().startswith(one[:4]))
        if kind in out or kind not in _COUNTS_FROM[since]:
            return None
        out[kind] = Keep(years=int(found["years"]), since=since)
    return out or None


def keep_of(rule: Mapping[StreamKind, Keep], kind: StreamKind) -> Keep | None:
    """How long one kind of record stays by a rule; None where it does not say."""
    return rule.get(StreamKind.VISIT if kind is StreamKind.TRIP else kind)


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        # Born on 29 February: the day after the last of February, so never a day too early.
        return date(day.year + years, 3, 1)
