"""Whether something may be erased now: what stands against it, and from which day the school's rule lets it go (DV-11)."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from domain.erasure.belongings import Belongings
from domain.erasure.retention import HOW, NONE, Keep, keep_of, read_rule
from domain.ids import Stream, StreamKind
from domain.need import need
from domain.policy import Force
from domain.refusal import Requirement
from domain.situation import Situation
from domain.staff.words import day_in_words
from domain.times import LONDON

_SETTING = "retention_rule"
_OF_SCHOOL_AGE = Keep(years=19, since="birth")
"""Nobody is on roll after that, whatever the register was last told."""
IN_WORDS: Final = {
    StreamKind.PUPIL: "this pupil",
    StreamKind.STAFF: "this member of staff",
    StreamKind.VISIT: "this visit",
    StreamKind.TRIP: "this trip",
    StreamKind.CONCERN: "this concern",
    StreamKind.CASE: "this case",
}
CONFIRMED_BY: Final[Mapping[StreamKind, tuple[str, ...]]] = {
    StreamKind.STAFF: ("headteacher", "SLT"),
    **dict.fromkeys(
        (StreamKind.PUPIL, StreamKind.VISIT, StreamKind.TRIP, StreamKind.CONCERN), ("DSL|DDSL", "headteacher")
    ),
}
"""The role words of the second person, by what is to be erased."""


def still_needed(s: Situation, stream: Stream) -> tuple[tuple[Requirement, ...], date | None]:
    """Everything that stands against erasing a subject now, and the day from which the rule allows it."""
    found = belongings(s)
    streams = found.belonging_to(stream)
    unmet = []
    if found.holds_over(streams):
        says = f"A legal hold keeps {IN_WORDS[stream.kind]}, or something that would go with it: lift it first"
        unmet.append(must(s, "erasure.legal_hold", says, who=("DSL|DDSL", "headteacher")))
    if found.open_among(streams):
        says = "A visit is not written up, a concern not closed, or somebody not back, that would be erased: finish it first"
        unmet.append(must(s, "erasure.unfinished", says, who=("DSL|DDSL",)))
    if any(found.streams[one].unreadable for one in streams if one in found.streams):
        says = "Something that would be erased cannot be read: what it is about is not known"
        unmet.append(must(s, "erasure.unreadable", says))
    if _still_here(s, stream):
        of_pupil = stream.kind is StreamKind.PUPIL
        here = "is still on roll" if of_pupil else "still holds a role at the school"
        who = ("school_office", "DSL|DDSL", "headteacher") if of_pupil else ("headteacher", "school_business_manager")
        unmet.append(must(s, "erasure.still_here", f"{IN_WORDS[stream.kind].capitalize()} {here}", who=who))
    late, until = retention_of(s, stream, streams)
    return (*unmet, *late), until


def due(s: Situation) -> tuple[tuple[Stream, date], ...]:
    """What nothing stands against erasing and nobody has asked for yet, with the day from which it may go; oldest first."""
    found, rule = belongings(s), read_rule(rule_in_force(s))
    if rule is None:
        return ()
    out = []
    for stream, kept in found.streams.items():
        keep = keep_of(rule, stream.kind)
        if stream.kind is StreamKind.CASE:
            continue  # Nobody outside may learn that there is one; those inside see on its page when it may go.
        if keep is None or kept.asked is not None or (kept.erased and kept.last_at is None):
            continue
        if stream.kind is StreamKind.TRIP and found.is_of_a_visit(stream):
            continue  # It goes with the visit.
        # Most are far too young: that is seen before all that goes with them is looked for.
        own = _since(s, stream, (stream,), keep)
        if own is None or _today(s) < keep.until(own):
            continue
        unmet, until = still_needed(s, stream)
        if not unmet and until is not None:
            out.append((stream, until))
    return tuple(sorted(out, key=lambda one: (one[1], one[0])))


def retention_of(
    s: Situation, stream: Stream, streams: tuple[Stream, ...] = ()
) -> tuple[tuple[Requirement, ...], date | None]:
    """What the school's rule says against letting a subject go now, and the day from which it may; `streams` go with it."""
    streams = streams or (stream,)
    head = ("headteacher",)
    if rule_in_force(s) == NONE:
        says = "Nothing is erased until the school has entered its own rule for how long records stay"
        return (must(s, "erasure.no_rule", says, who=head),), None
    rule = read_rule(rule_in_force(s))
    if rule is None:
        says = f"The school's rule for how long records stay cannot be read. It looks like this: {HOW}"
        return (must(s, "erasure.rule_unclear", says, who=head),), None
    keep = keep_of(rule, stream.kind)
    if keep is None:
        says = f"The school's rule does not say how long {IN_WORDS[stream.kind]} is kept"
        return (must(s, "erasure.no_rule", says, who=head),), None
    since = _since(s, stream, streams, keep)
    if since is None:
        return (_uncounted(s, stream, keep),), None
    until = keep.until(since)
    if _today(s) < until:
        says = f"The school's rule keeps {IN_WORDS[stream.kind]} until {day_in_words(until)}"
        return (must(s, "erasure.retention", says),), until
    return (), until


def _uncounted(s: Situation, stream: Stream, keep: Keep) -> Requirement:
    """That the day from which the rule counts is not held."""
    if keep.since == "leaving":
        says = f"The school's rule counts from leaving, and it is not recorded that {IN_WORDS[stream.kind]} has left"
        return must(s, "erasure.leaving_unknown", says, who=("headteacher", "school_business_manager"))
    says = "The date of birth is not held, from which the school's rule counts"
    return must(s, "erasure.birth_unknown", says, who=("school_office",))


def _since(s: Situation, stream: Stream, streams: tuple[Stream, ...], keep: Keep) -> date | None:
    pupil = next((p for p in s.pupils.values() if p.id == stream.id), None)
    if keep.since == "birth":
        return None if pupil is None else pupil.born
    if keep.since == "leaving":
        person = next((p for p in s.people.values() if p.id == stream.id), None)
        found = pupil if stream.kind is StreamKind.PUPIL else person
        return None if found is None else found.left_on
    known = belongings(s).streams
    last = [at for one in streams if one in known and (at := known[one].last_at) is not None]
    return max(last).astimezone(LONDON).date() if last else None


def _still_here(s: Situation, stream: Stream) -> bool:
    if stream.kind is StreamKind.PUPIL:
        today = _today(s)
        pupils = (p for p in s.pupils.values() if p.id == stream.id)
        return any(p.on_roll and (p.born is None or today < _OF_SCHOOL_AGE.until(p.born)) for p in pupils)
    if stream.kind is StreamKind.STAFF:
        return any(p.id == stream.id and p.roles_at(s.now) for p in s.people.values())
    return False


def _today(s: Situation) -> date:
    return s.now.astimezone(LONDON).date()


def belongings(s: Situation) -> Belongings:
    """Who and what each stream is about. Raises ValueError where the log was not read for it."""
    if s.belongings is None:
        message = "the log was not read for a decision about an erasure"
        raise ValueError(message)
    return s.belongings


def rule_in_force(s: Situation) -> str:
    """The school's rule for how long records stay, as it is written."""
    return str(s.policy.value(_SETTING))


def must(s: Situation, code: str, says: str, *, who: tuple[str, ...] = ()) -> Requirement:
    """Something that refuses."""
    return need(s.policy, _SETTING, code, says, who=who, force=Force.MUST)
