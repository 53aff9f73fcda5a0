"""Decisions about keeping and erasing somebody's data (DV-11)."""

from datetime import date

from domain.envelope import Decision, Entry
from domain.erasure import commands as c
from domain.erasure import events as e
from domain.erasure.allowed import CONFIRMED_BY, belongings, must, rule_in_force, still_needed
from domain.erasure.belongings import Asked
from domain.ids import EventId, Stream, StreamKind, school_stream
from domain.refusal import NotPermitted, Refused, Unknown
from domain.situation import Situation


def place_hold(command: c.PlaceHold, s: Situation) -> Decision:
    """Nothing here may be erased, until the hold is lifted."""
    _known(s, command.stream)
    return (Entry(command.stream, e.RetentionHoldPlaced(why=command.why)),)


def lift_hold(command: c.LiftHold, s: Situation) -> Decision:
    """A hold is over."""
    stream = _stream_of_target(s, e.RetentionHoldPlaced)
    if command.event not in belongings(s).streams[stream].holds:
        raise Refused((must(s, "erasure.no_hold", "This hold was lifted already"),))
    return (Entry(stream, e.RetentionHoldLifted(hold=command.event, why=command.why)),)


def ask_erasure(command: c.AskErasure, s: Situation) -> Decision:
    """Somebody asks for an erasure, which the rules must allow; a second person confirms it."""
    _known(s, command.stream)
    until = refuse_unless_it_may_be_erased(s, command.stream)
    event = e.ErasureAsked(rule=rule_in_force(s), kept_until=until, why=command.why)
    return (Entry(command.stream, event),)


def confirm_erasure(command: c.ConfirmErasure, s: Situation) -> Decision:
    """A second person confirms. The rules are checked again: a hold may have come meanwhile."""
    stream = _stream_of_target(s, e.ErasureAsked)
    asked = asked_for(s, stream, command.event)
    _refuse_unless_somebody_else(s, asked.by, stream)
    return ordered(s, stream, asked)


def asked_for(s: Situation, stream: Stream, event: EventId) -> Asked:
    """The erasure that an event asked for, which waits for a second person. Raises Refused for one that does not."""
    kept = belongings(s).streams[stream]
    if kept.asked is None or kept.asked.event != event or kept.confirmed:
        raise Refused((must(s, "erasure.not_asked", "This erasure was confirmed already, or asked for anew"),))
    return kept.asked


def ordered(s: Situation, stream: Stream, asked: Asked) -> Decision:
    """An erasure is confirmed, and what goes with it. Raises Refused: a hold may have come meanwhile."""
    refuse_unless_it_may_be_erased(s, stream)
    streams = tuple(e.StreamErased(kind=one.kind, id=one.id) for one in belongings(s).belonging_to(stream))
    order = e.ErasureOrdered(
        subject=streams[0],
        rule=asked.rule,
        asked_by=asked.by,
        confirmed_by=s.acting.person,
        streams=streams,
    )
    return (
        Entry(stream, e.ErasureConfirmed(asked=asked.event)),
        Entry(school_stream(s.school), order),
    )


def record_erased(command: c.RecordErased, s: Situation) -> Decision:
    """The keys are destroyed. Said once, however often it is sent."""
    order = belongings(s).orders.get(command.order)
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
        exports=belongings(s).sent_out(streams),
    )
    return (Entry(ordered.subject.stream, event),)


def refuse_unless_it_may_be_erased(s: Situation, stream: Stream) -> date:
    """The day from which the school's rule let it go. Raises Refused with all that stands against it."""
    unmet, until = still_needed(s, stream)
    if unmet or until is None:
        raise Refused(unmet)
    return until


def _refuse_unless_somebody_else(s: Situation, asked_by: object, stream: Stream) -> None:
    if s.acting.person == asked_by:
        message = "An erasure is confirmed by somebody else than who asked for it"
        raise NotPermitted(message)
    if s.acting.person == stream.id:
        message = "Nobody confirms the erasure of their own data"
        raise NotPermitted(message)
    person = s.speaker
    if person is None or not any(person.fills(word, s.now) for word in CONFIRMED_BY[stream.kind]):
        who = (
            "the headteacher or a member of SLT" if stream.kind is StreamKind.STAFF else "the DSL, a deputy or the head"
        )
        message = f"This erasure is confirmed by {who}"
        raise NotPermitted(message)


def _known(s: Situation, stream: Stream) -> None:
    kept = belongings(s).streams.get(stream)
    if kept is None:
        raise Unknown({StreamKind.STAFF: "person"}.get(stream.kind, stream.kind.value))
    if kept.erased and kept.last_at is None:
        raise Refused((must(s, "erasure.done", "This was erased already"),))


def _stream_of_target(s: Situation, kind: type[e.RetentionHoldPlaced | e.ErasureAsked]) -> Stream:
    if (
        not s.targets
        or not isinstance(s.targets[0].event, kind)
        or s.targets[0].envelope.stream.kind is StreamKind.CASE
    ):
        raise Unknown("event")  # A case is kept and erased by those inside (`domain.case.erasing`).
    return s.targets[0].envelope.stream
