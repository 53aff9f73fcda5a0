"""Whether a school may go from here now: everything that stands against it (DV-11)."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from domain.erasure.allowed import IN_WORDS, belongings, must, retention_of
from domain.ids import Stream, StreamKind
from domain.need import always
from domain.refusal import Requirement
from domain.removal.events import Ground
from domain.situation import Situation

WAITING: Final = timedelta(days=14)
"""From the second person's word to the removal. Longer than a half-term week with its weekends, so that whoever was away
when it was decided comes back in time to say no; and long enough for what a phone still holds to come in (law 1)."""
_SAFEGUARDING: Final = ("DSL|DDSL", "headteacher")


def still_needed(s: Situation, ground: Ground) -> tuple[Requirement, ...]:
    """Everything that stands against removing the school now; empty where nothing does."""
    found = belongings(s)
    unmet = []
    held = {stream for stream, kept in found.streams.items() if kept.holds}
    if held:
        says = f"A legal hold keeps {_told(held, 'record')}: nothing of the school goes before it is lifted"
        unmet.append(must(s, "removal.legal_hold", says, who=_SAFEGUARDING))
    if found.open_among(stream for stream in found.streams if stream.kind is StreamKind.TRIP):
        says = "Somebody is out and not back: a school does not go while what they report must find it"
        unmet.append(always("removal.somebody_out", says, who=("school_office", *_SAFEGUARDING)))
    if found.orders:
        says = "An erasure is confirmed and not finished: what is to be erased must not go out once more"
        unmet.append(always("removal.erasure_unfinished", says))
    if ground is Ground.KEPT_LONG_ENOUGH:
        unmet.extend(_kept_longer(s))
    return tuple(unmet)


def _kept_longer(s: Situation) -> tuple[Requirement, ...]:
    """That the school's rule keeps some of it; the same thing said once."""
    late: dict[str, list[Requirement]] = {}
    streams = []
    for stream, kept in belongings(s).streams.items():
        if stream.kind not in IN_WORDS or (kept.erased and kept.last_at is None):
            continue
        for one in retention_of(s, stream)[0]:
            late.setdefault(one.code, []).append(one)
            streams.append(stream)
    if "erasure.no_rule" in late or "erasure.rule_unclear" in late:
        return tuple(late.get("erasure.no_rule", late.get("erasure.rule_unclear", ()))[:1])
    if not streams:
        return ()
    says = f"The school's own rule keeps {_told(streams, 'record')} longer: they go to a new home, or stay here"
    return (must(s, "removal.retention", says, who=("headteacher",)),)


def _told(streams: Collection[Stream], what: str) -> str:
    """How many there are; restricted cases are in no number, because nobody outside may learn that there is one."""
    number = sum(one.kind is not StreamKind.CASE for one in streams)
    return _number(number, what) if number else "something"


def _number(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"
