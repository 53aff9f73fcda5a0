"""Decisions about keeping and erasing somebody's data (DV-11)."""

from datetime import date

from domain.envelope import Decision, Entry
from domain.erasure import commands as c
from domain.erasure import events as e
from domain.erasure.belongings import Belongings
from domain.erasure.retention import HOW, NONE, Keep, read_rule
from domain.ids import Stream, StreamKind, school_stream
from domain.need import need
from domain.policy import Force
from domain.refusal import NotPermitted, Refused, Requirement, Unknown
from domain.situation import Situation
from domain.times import LONDON

_SETTING = "retention_rule"
_OF_SCHOOL_AGE = Keep(years=19, since="birth")
"""Nobody is on roll after that, whatever the register was last told."""
_IN_WORDS = {
    StreamKind.PUPIL: "this pupil",
    StreamKind.STAFF: "this member of staff",
    StreamKind.VISIT: "this visit",
    StreamKind.CONCERN: "this concern",
}


def place_hold(command: c.PlaceHold, s: Situation) -> Decision:
    """Nothing here may be erased, until the hold is lifted."""
    _known(s, command.stream)
    return (Entry(command.stream, e.RetentionHoldPlaced(why=command.why)),)


def lift_hold(command: c.LiftHold, s: Situation) -> Decision:
    """A hold is over."""
    stream = _stream_of_target(s, e.RetentionHoldPlaced)
    if command.event not in _belongings(s).streams[stream].holds:
        raise Refused((_must(s, "erasure.no_hold", "This hold was lifted already"),))
    return (Entry(stream, e.RetentionHoldLifted(hold=command.event, why=command.why)),)


def ask_erasure(command: c.AskErasure, s: Situation) -> Decision:
    """Somebody asks for an erasure, which the rules must allow; a second person confirms it."""
    _known(s, command.stream)
    until = _refuse_unless_it_may_be_erased(s, command.stream)
    event = e.ErasureAsked(rule=_rule(s), kept_until=until, why=command.why)
    return (Entry(command.stream, event),)


def confirm_erasure(command: c.ConfirmErasure, s: Situation) -> Decision:
    """A second person confirms. The rules are checked again: a hold may have come meanwhile."""
    stream = _stream_of_target(s, e.ErasureAsked)
    kept = _belongings(s).streams[stream]
    if kept.asked is None or kept.asked.event != command.event or kept.confirmed:
        raise Refused((_must(s, "erasure.not_asked", "This erasure was confirmed already, or asked for anew"),))
    _refuse_unless_somebody_else(s, kept.asked.by, stream)
    _refuse_unless_it_may_be_erased(s, stream)
    streams = tuple(e.StreamErased(kind=one.kind, id=one.id) for one in _belongings(s).belonging_to(stream))
    ordered = e.ErasureOrdered(
        subject=streams[0],
        rule=kept.asked.rule,
        asked_by=kept.asked.by,
        confirmed_by=s.acting.person,
        streams=streams,
    )
    return (
        Entry(stream, e.ErasureConfirmed(asked=command.event)),
        Entry(school_stream(s.school), ordered),
    )


def record_erased(command: c.RecordErased, s: Situation) -> Decision:
    """The keys are destroyed. Said once, however often it is sent."""
    order = _belongings(s).orders.get(command.order)
    if order is None:
        return ()
    ordered = order.ordered
    streams = [one.stream for one in ordered.streams]
    event = e.PersonalDataErased(
        rule=ordered.rule,
        ordered=command.order,
        asked_by=ordered.asked_by,
        confirmed_by=ordered.confirmed_by,
        streams=ordered.streams,
        keys=command.keys,
        exports=_belongings(s).sent_out(streams),
    )
    return (Entry(ordered.subject.stream, event),)


def still_needed(s: Situation, stream: Stream) -> tuple[tuple[Requirement, ...], date | None]:
    """Everything that stands against erasing a subject now, and the day from which the rule allows it."""
    found = _belongings(s)
    streams = found.belonging_to(stream)
    unmet = []
    if any(found.streams[one].holds for one in streams if one in found.streams):
        says = f"A legal hold keeps {_IN_WORDS[stream.kind]}, or something that would go with it: lift it first"
        unmet.append(_must(s, "erasure.legal_hold", says, who=("DSL|DDSL", "headteacher")))
    if found.open_among(streams):
        says = "A visit is not written up, or a concern not closed, that would be erased: finish it first"
        unmet.append(_must(s, "erasure.unfinished", says, who=("DSL|DDSL",)))
    if any(found.streams[one].unreadable for one in streams if one in found.streams):
        says = "Something that would be erased cannot be read: what it is about is not known"
        unmet.append(_must(s, "erasure.unreadable", says))
    if _still_here(s, stream):
        here = "is on roll" if stream.kind is StreamKind.PUPIL else "holds a role at the school"
        unmet.append(_must(s, "erasure.still_here", f"{_IN_WORDS[stream.kind].capitalize()} still {here}"))
    late, until = _retention(s, stream, streams)
    return (*unmet, *late), until


def _refuse_unless_it_may_be_erased(s: Situation, stream: Stream) -> date:
    unmet, until = still_needed(s, stream)
    if unmet or until is None:
        raise Refused(unmet)
    return until


def _retention(
    s: Situation, stream: Stream, streams: tuple[Stream, ...]
) -> tuple[tuple[Requirement, ...], date | None]:
    head = ("headteacher",)
    if _rule(s) == NONE:
        says = "Nothing is erased until the school has entered its own rule for how long records stay"
        return (_must(s, "erasure.no_rule", says, who=head),), None
    rule = read_rule(_rule(s))
    if rule is None:
        says = f"The school's rule for how long records stay cannot be read. It looks like this: {HOW}"
        return (_must(s, "erasure.rule_unclear", says, who=head),), None
    keep = rule.get(stream.kind)
    if keep is None:
        says = f"The school's rule does not say how long {_IN_WORDS[stream.kind]} is kept"
        return (_must(s, "erasure.no_rule", says, who=head),), None
    since = _since(s, stream, streams, keep)
    if since is None:
        says = "The date of birth is not held, from which the school's rule counts"
        return (_must(s, "erasure.birth_unknown", says, who=("school_office",)),), None
    until = keep.until(since)
    if s.now.astimezone(LONDON).date() < until:
        says = f"The school's rule keeps {_IN_WORDS[stream.kind]} until {until.day} {until:%B %Y}"
        return (_must(s, "erasure.retention", says),), until
    return (), until


def _since(s: Situation, stream: Stream, streams: tuple[Stream, ...], keep: Keep) -> date | None:
    if keep.since == "birth":
        pupil = next((p for p in s.pupils.values() if p.id == stream.id), None)
        return None if pupil is None else pupil.born
    known = _belongings(s).streams
    last = [at for one in streams if one in known and (at := known[one].last_at) is not None]
    return max(last).astimezone(LONDON).date() if last else None


def _still_here(s: Situation, stream: Stream) -> bool:
    if stream.kind is StreamKind.PUPIL:
        today = s.now.astimezone(LONDON).date()
        pupils = (p for p in s.pupils.values() if p.id == stream.id)
        return any(p.on_roll and (p.born is None or today < _OF_SCHOOL_AGE.until(p.born)) for p in pupils)
    if stream.kind is StreamKind.STAFF:
        return any(p.id == stream.id and p.roles_at(s.now) for p in s.people.values())
    return False


def _refuse_unless_somebody_else(s: Situation, asked_by: object, stream: Stream) -> None:
    if s.acting.person == asked_by:
        message = "An erasure is confirmed by somebody else than who asked for it"
        raise NotPermitted(message)
    if s.acting.person == stream.id:
        message = "Nobody confirms the erasure of their own data"
        raise NotPermitted(message)
    person = s.people.get(s.acting.person)
    words = ("headteacher", "SLT") if stream.kind is StreamKind.STAFF else ("DSL|DDSL", "headteacher")
    if person is None or not any(person.fills(word, s.now) for word in words):
        who = (
            "the headteacher or a member of SLT" if stream.kind is StreamKind.STAFF else "the DSL, a deputy or the head"
        )
        message = f"This erasure is confirmed by {who}"
        raise NotPermitted(message)


def _known(s: Situation, stream: Stream) -> None:
    kept = _belongings(s).streams.get(stream)
    if kept is None:
        raise Unknown({StreamKind.STAFF: "person"}.get(stream.kind, stream.kind.value))
    if kept.erased and kept.last_at is None:
        raise Refused((_must(s, "erasure.done", "This was erased already"),))


def _stream_of_target(s: Situation, kind: type[e.RetentionHoldPlaced | e.ErasureAsked]) -> Stream:
    if not s.targets or not isinstance(s.targets[0].event, kind):
        raise Unknown("event")
    return s.targets[0].envelope.stream


def _belongings(s: Situation) -> Belongings:
    if s.belongings is None:
        message = "the log was not read for a decision about an erasure"
        raise ValueError(message)
    return s.belongings


def _rule(s: Situation) -> str:
    return str(s.policy.value(_SETTING))


def _must(s: Situation, code: str, says: str, *, who: tuple[str, ...] = ()) -> Requirement:
    return need(s.policy, _SETTING, code, says, who=who, force=Force.MUST)
