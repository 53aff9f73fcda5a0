"""Decisions about earlier events."""

from datetime import timedelta

from domain.case.events import Beginning
from domain.envelope import Decision, Entry, Recorded
from domain.event import Event
from domain.glass.events import GlassBroken, GlassEnded, GlassReviewed
from domain.ids import Stream, StreamKind, trip_stream, visit_stream
from domain.refusal import Incomplete, NotPermitted, Unknown
from domain.shared import commands as c
from domain.shared import events as e
from domain.shared.corrections import texts_of, times_of
from domain.situation import Situation
from domain.standing import answers_for_the_record, speaks_for
from domain.trip.events import StaffDeparted
from domain.trip.no_longer_ok import no_longer_ok
from domain.visit.events import VisitApproved, VisitListSigned


def _target(s: Situation) -> tuple[Stream, Event]:
    if not s.targets or s.targets[0].envelope.stream.kind in (StreamKind.ACCESS, StreamKind.CASE):
        # Who read what is nobody's to correct, to confirm or to explain: to these commands it is not there. Nor is what
        # stands in a restricted case: an answer that told the two apart would tell that there is one.
        raise Unknown("event")
    envelope, event = s.targets[0]
    return envelope.stream, event


_OF_A_GLASS = (GlassBroken, GlassEnded, GlassReviewed)
"""That somebody of another school read here is never taken back."""
_UNDONE_WITHIN = timedelta(minutes=2)
"""Ten seconds on the screen, and the time that a phone needs to send both taps."""


def undo(command: c.Undo, s: Situation) -> Decision:
    """One's own tap is taken back. An unknown or another's tap leaves nothing to do."""
    del command
    about = [r for r in s.targets if _may_be_undone(r)]
    mine = [r for r in about if r.envelope.actor == s.acting.actor]
    late = [r for r in mine if isinstance(r.event, StaffDeparted) and s.now - r.envelope.recorded_at > _UNDONE_WITHIN]
    if late:
        # They may be out: only somebody who says why may take them off the board.
        says = "a departure is undone at once or corrected with a reason: they still count as out"
        return (Entry(late[0].envelope.stream, e.KeptAsSent(command=c.Undo.NAME, says=says)),)
    taken_back = tuple(
        Entry(
            r.envelope.stream,
            e.EventCorrected(target=r.envelope.event_id, reason="mistaken tap", retracts=True),
            corrects=r.envelope.event_id,
        )
        for r in mine
    )
    return (*taken_back, *(_without_that_yes(s, "an approval or a signature was taken back") if mine else ()))


def _may_be_undone(recorded: Recorded) -> bool:
    """Not who read what, nor of a broken glass; of a restricted case only that it was raised, which marks it and closes nothing."""
    kind = recorded.envelope.stream.kind
    if isinstance(recorded.event, _OF_A_GLASS):
        return False
    return kind is not StreamKind.ACCESS and (kind is not StreamKind.CASE or isinstance(recorded.event, Beginning))


def _without_that_yes(s: Situation, why: str) -> Decision:
    """A clearance that stood on an approval, or on a signature, which no longer counts falls with it, as long as nobody has left (DV-20)."""
    given = any(isinstance(r.event, VisitApproved | VisitListSigned) for r in s.targets)
    return no_longer_ok(s.trip, why) if given else ()


_STAND_FOR_EVER = (
    *(e.RecordViewed, e.HistoryReviewed, e.SpokenWordConfirmed, e.SpokenWordDisowned, e.DeskWordSigned, e.KeptAsSent),
    *_OF_A_GLASS,
)


def correct_event(command: c.CorrectEvent, s: Situation) -> Decision:
    """An earlier event is put right by who said or typed it, or who answers for the record; both stay (DV-01)."""
    stream, what = _target(s)
    if isinstance(what, _STAND_FOR_EVER):
        raise Incomplete(
            "event", "an event that may be corrected: readings, reviews and confirmed words stand as they are"
        )
    said = s.targets[0].envelope
    person = s.speaker
    answers = answers_for_the_record(person, s.now)
    if stream.kind in (StreamKind.STAFF, StreamKind.SCHOOL):
        answers = person is not None and any(person.fills(w, s.now) for w in ("headteacher", "school_business_manager"))
    if s.acting.person not in (said.actor, said.said_by) and not answers:
        raise NotPermitted(
            "Corrected by the person who said or typed it, by the school office, the DSL or senior staff"
        )
    if not (command.retracts or command.true_time is not None or command.texts or command.times):
        raise Incomplete(
            "true_time",
            "when it truly happened, `texts` or `times` for what it says, or retracts=true where it never did",
        )
    _may_be_put_right(command, what, s)
    if command.true_time is not None and command.true_time > s.now:
        raise Incomplete("true_time", "a time that has been: nothing has happened later than now")
    event = e.EventCorrected(
        target=command.event,
        reason=command.reason,
        retracts=command.retracts,
        occurred_at=command.true_time,
        texts=command.texts,
        times=command.times,
    )
    falls = _without_that_yes(s, "an approval or a signature was taken back") if command.retracts else ()
    return (Entry(stream, event, corrects=command.event), *falls)


def _may_be_put_right(command: c.CorrectEvent, what: Event, s: Situation) -> None:
    """Raises Incomplete for a field that is none of the event's words or times, naming those that are."""
    for name, sent, known in (
        ("texts", set(command.texts), set(texts_of(what))),
        ("times", set(command.times), set(times_of(what))),
    ):
        odd = sorted(sent - known)
        if odd:
            raise Incomplete(
                f"{name}.{odd[0]}", f"one of {', '.join(sorted(known))}" if known else "nothing of this kind"
            )
    if "agreed_call_at" in command.times and not speaks_for(s, s.trip):
        # It is a timer as well: whoever may not agree a time does not put one off by a correction.
        raise NotPermitted(
            "The time of the agreed call is put right by those on the trip, whoever watches, or the office"
        )


def _my_word(s: Situation) -> Stream:
    stream, _ = _target(s)
    if s.targets[0].envelope.said_by != s.acting.person:
        raise NotPermitted("Only the person whose word was typed can confirm or disown it")
    return stream


def confirm_spoken_word(command: c.ConfirmSpokenWord, s: Situation) -> Decision:
    """“Yes, I said that”."""
    return (Entry(_my_word(s), e.SpokenWordConfirmed(target=command.event)),)


def disown_spoken_word(command: c.DisownSpokenWord, s: Situation) -> Decision:
    """“I never said that”."""
    disowned = Entry(_my_word(s), e.SpokenWordDisowned(target=command.event, reason=command.reason))
    return (disowned, *_without_that_yes(s, "an approval or a signature was disowned"))


def settle_spoken_word(command: c.SettleSpokenWord, s: Situation) -> Decision:
    """What was done about a disowned word. The words before it stand; saying more later is another entry."""
    stream, _ = _target(s)
    if s.targets[0].envelope.said_by is None:
        raise Incomplete("event", "the id of something that was typed as somebody's word")
    return (Entry(stream, e.SpokenWordSettled(target=command.event, action=command.action)),)


def sign_for_desk(command: c.SignForDesk, s: Situation) -> Decision:
    """Who typed it. For what a person sent, and for what is not there, nothing is left to do.

    At the desk itself the name is somebody's claim; anybody else signs as the person they are.
    """
    desk = s.people.get(s.acting.actor)
    claimed = desk is not None and desk.is_device
    name = command.name.strip() if claimed else ""
    if claimed and not name:
        return ()
    typed = (r.envelope for r in s.targets if r.envelope.stream.kind is not StreamKind.ACCESS)
    unsigned = [one for one in typed if (by := s.people.get(one.actor)) is not None and by.is_device]
    return tuple(Entry(one.stream, e.DeskWordSigned(target=one.event_id, name=name)) for one in unsigned)


def say_told(command: c.SayTold, s: Situation) -> Decision:
    """Somebody was told, by a person and at a time: the only way in which a notice counts as passed on (law 4)."""
    stream, _ = _target(s)
    if command.person is not None and command.person not in s.people:
        raise Unknown("person")
    if command.person is None and not command.word:
        raise Incomplete("person", "who was told: a member of staff, or `word` for whom the notice names")
    told = e.PersonTold(
        target=command.event,
        about=command.about,
        person=command.person,
        word=command.word,
        channel=command.channel,
        note=command.note,
    )
    return (Entry(stream, told),)


def explain_deviation(command: c.ExplainDeviation, s: Situation) -> Decision:
    """Why something was done otherwise."""
    stream, event = _target(s)
    if not isinstance(event, e.DeviationNoted):
        raise Incomplete("event", "the id of a deviation")
    return (Entry(stream, e.DeviationExplained(deviation=command.event, reason=command.reason)),)


def review_history(command: c.ReviewHistory, s: Situation) -> Decision:
    """The DSL has read it; its flags stay."""
    if command.visit is None and command.trip is None:
        raise Incomplete("visit", "the visit whose history was read, or the trip that no visit belongs to")
    stream = visit_stream(s.visit(command.visit).id) if command.visit is not None else trip_stream(s.known_trip().id)
    return (Entry(stream, e.HistoryReviewed(note=command.note)),)
