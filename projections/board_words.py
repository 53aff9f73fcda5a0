"""The words of the overdue board: people, doors, steps and notes as people in schools say them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from domain.ids import StaffId
from domain.policy import Policy
from domain.pupil.state import Pupil
from domain.roles import in_words
from domain.staff.state import Person
from domain.times import day_of, hm, london
from domain.trip.alarm import Alarm, Attempt
from domain.trip.events import AlarmAbout, BackByMoved, ContactResult, PersonSafeByVoice, StaffReturned
from domain.trip.rules.overdue import OWN_WORD, Step
from domain.trip.state import TripState
from domain.visit.rules.waiting import Wait, waiting
from domain.visit.state import VisitState
from projections.board_shapes import BoardDoor, BoardPerson, BoardStep
from projections.directory import Directory

ALARMS: Mapping[AlarmAbout, str] = {
    AlarmAbout.RETURN: "not back",
    AlarmAbout.AGREED_CALL: "agreed call not made",
    AlarmAbout.CALL_ON_LEAVING: "no call since they left the house",
}
RESULTS: Mapping[ContactResult, str] = {
    ContactResult.SPOKE_SAFE: "spoke to them, safe",
    ContactResult.SOMEONE_ELSE: "somebody else answered",
    ContactResult.SOUNDED_WRONG: "something sounded wrong",
    ContactResult.WRONG_NUMBER: "wrong number",
    ContactResult.NO_ANSWER: "no answer",
}
_SPOKEN: Mapping[str, str] = {
    StaffReturned.TOPIC: "back at school",
    PersonSafeByVoice.TOPIC: "safe, going straight home",
    BackByMoved.TOPIC: "a later back-by time",
}


def clock(instant: datetime | None, now: datetime) -> str:
    """The time in London, with the day where that is not today: "14:50", "Thursday 14:50"; "" for none."""
    if instant is None:
        return ""
    return hm(instant) if day_of(instant) == day_of(now) else f"{london(instant):%A} {hm(instant)}"


def joined(names: Sequence[str]) -> str:
    """Names in one line: "Ava", "Ava and Noah", "Ava, Noah and Ben"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def name_of(known: Directory, person: StaffId | None) -> str:
    """A person's name; "somebody" where it is not known."""
    found = known.people.get(person) if person is not None else None
    return found.name if found is not None and found.name else "somebody"


def role(person: Person, now: datetime) -> str:
    """What somebody does at school: the job, else the role."""
    said = person.job or in_words(person.role_word(now))
    return said.removeprefix("the ").removeprefix("a member of ").removeprefix("a ")


def pupils(found: Sequence[Pupil]) -> str:
    """Names as one line; brothers and sisters share their family name: "Ava and Noah Brook"."""
    if not found:
        return "a pupil"
    families = {p.family_name for p in found}
    if len(families) == 1 and len(found) > 1:
        return f"{joined([p.given_name for p in found])} {families.pop()}"
    return joined([p.name for p in found])


def people(trip: TripState, known: Directory, now: datetime) -> tuple[BoardPerson, ...]:
    """Everybody on the trip, in the order named, each with where they are."""
    ids = tuple(dict.fromkeys((*trip.team, *trip.cleared_people, *trip.departed)))
    if not ids and trip.loose_by is not None:
        ids = (trip.loose_by,)
    return tuple(_person(trip, known, person, now) for person in ids)


def _person(trip: TripState, known: Directory, person: StaffId, now: datetime) -> BoardPerson:
    left, back, safe = (times.get(person) for times in (trip.departed, trip.returned, trip.safe))
    if person in trip.out:
        state = "out"
    elif left is None and back is None and safe is None:
        state = "said so" if not trip.planned and not trip.departed else "not left"
    else:
        state = "back" if back is not None and (safe is None or back >= safe) else "safe by voice"
    found = known.people.get(person)
    if found is None:
        return BoardPerson(id=str(person), name="Somebody not known", state=state)
    return BoardPerson(id=str(person), name=found.name, role=role(found, now), mobile=found.mobile, state=state)


def door(policy: Policy, known: Directory, visit: VisitState, going: Sequence[StaffId], *, lost: bool) -> BoardDoor:
    """One door: what happens there, when that began, and until when they wait. `going`: everybody on the trip."""
    wait = waiting(policy, visit)
    waits = wait is not None and visit.at_the_door and wait.until > wait.since
    said, since, at = "cannot be read", None, "ahead"
    if not lost:
        said, since, at = _at_door(visit)
        said = _who(visit, known, going, at) or said
    return BoardDoor(
        visit=str(visit.id),
        street=visit.street or "A door that is not known",
        pupils=pupils([known.pupils[p] for p in visit.pupils if p in known.pupils]),
        state=said,
        since=since,
        since_words=f"{'since' if at in _LASTING else 'at'} {hm(since)}" if since is not None else "",
        wait_until=wait.until if wait is not None and waits else None,
        at=at,  # type: ignore[arg-type]  # one of the words in `_at_door`
    )


_LASTING = frozenset({"alone", "inside", "door"})
"""What goes on at a door; the rest happened at a time."""


def _who(visit: VisitState, known: Directory, going: Sequence[StaffId], at: str) -> str:
    """Who it is, where that is said of some of them only: "Amira Khan inside"; "" where it is true of all."""
    inside = visit.entered_at is not None
    if visit.still_there and at in ("inside", "door", "no_answer"):
        gone = joined([name_of(known, p) for p in visit.gone])
        there = joined([name_of(known, p) for p in visit.still_there])
        return f"{gone} left, {there} still {'inside' if inside else 'there'}"
    some = {"inside": visit.entered_by, "door": visit.arrived_by}.get(at, ())
    if not some or set(some) >= set(going):
        return ""
    return f"{joined([name_of(known, p) for p in some])} {'inside' if inside else 'at the door'}"


def _at_door(visit: VisitState) -> tuple[str, datetime | None, str]:  # noqa: PLR0911 - one answer a situation
    if visit.child_alone_at is not None:
        return "child here, no adult", visit.child_alone_at, "alone"
    if visit.left_at is not None:
        nobody = visit.nobody_answered and not visit.found
        return "nobody answered, left" if nobody else "left the house", visit.left_at, "left"
    if visit.cancelled is not None:
        safety = "called off for safety" if visit.cancelled.safety else "called off"
        return safety, visit.cancelled.at, "off"
    if visit.entered_at is not None:
        return "inside", visit.entered_at, "inside"
    if visit.no_answer_at is not None:
        return "nobody answered", visit.no_answer_at, "no_answer"
    if visit.arrived_at is not None:
        return "at the door", visit.arrived_at, "door"
    if visit.refused_at is not None:
        return "not approved, nobody goes there; said no", visit.refused_at, "off"
    return "not reached yet", None, "ahead"


def whereabouts(visits: Sequence[VisitState], known: Directory, going: Sequence[StaffId]) -> str:
    """Where they are now, in one sentence. `going`: everybody on the trip."""
    for visit in visits:
        inside = visit.entered_at is not None and visit.left_at is None and visit.cancelled is None
        if inside or visit.at_the_door:
            some = _who(visit, known, going, "inside" if inside else "door")
            return f"{some}: {visit.street}" if some else f"{'Inside' if inside else 'At the door of'} {visit.street}"
    ahead = [v for v in visits if v.arrived_at is None and v.cancelled is None and v.refused_at is None]
    if ahead:
        return f"On the way to {ahead[0].street}"
    return "On the way back" if visits else "Out, and nobody has said where"


def not_back(trip: TripState, known: Directory) -> str:
    """Who is not back: "not back", or who of several."""
    if len(trip.out) == len(trip.departed) or not trip.out:
        return "not back"
    return f"{joined([name_of(known, p) for p in trip.out])} not back"


def overdue(trip: TripState, alarm: Alarm, known: Directory, now: datetime) -> str:
    """One sentence about a return that is overdue: when it was due, who said what since, and who was not heard."""
    heard = {a.person: a for a in alarm.attempts if a.person in alarm.spoken_to and a.person in trip.out}
    if not heard:
        return f"Due back at {clock(alarm.due_at, now)}, {not_back(trip, known)}"
    worrying = {a.person for a in alarm.attempts if a.result is ContactResult.SOUNDED_WRONG} - set(heard)
    wrong = [name_of(known, p) for p in trip.out if p in worrying]
    silent = [name_of(known, p) for p in trip.out if p not in heard and p not in worrying]
    said = [f"Was due back {clock(alarm.due_at, now)}", _said_since(trip, alarm, list(heard.values()), known, now)]
    if wrong:
        said.append(f"something sounded wrong with {joined(wrong)}")
    if silent:
        said.append(f"nobody has heard from {joined(silent)}")
    return "; ".join(said)


def _said_since(trip: TripState, alarm: Alarm, heard: Sequence[Attempt], known: Directory, now: datetime) -> str:
    """What those said who were heard since: "Andrew Bell says 09:44"."""
    names = joined([name_of(known, attempt.person) for attempt in heard])
    given = trip.back_by if trip.back_by is not None and trip.back_by > alarm.due_at else None
    if given is None:
        return f"{names} {'was' if len(heard) == 1 else 'were'} spoken to"
    if len(heard) == 1 and heard[0].step == OWN_WORD:
        return f"{names} {'says' if given >= now else 'said'} {clock(given, now)}"
    return f"{names} {'was' if len(heard) == 1 else 'were'} spoken to, back by {clock(given, now)}"


def danger(trip: TripState) -> str:
    """Danger or 999, and since when."""
    if trip.danger is None:
        return f"999 called at {hm(trip.emergency_at)}" if trip.emergency_at else "999 called"
    called = f"; 999 called at {hm(trip.emergency_at)}" if trip.emergency_at else ""
    return f"Not safe, said at {hm(trip.danger.at)}{called}"


def child_alone(visit: VisitState) -> str:
    """What to tell the visitors at once."""
    since = f", since {hm(visit.child_alone_at)}" if visit.child_alone_at else ""
    where = visit.street or "a door"
    return f"Child here and no adult: {where}{since}. Stay outside; 999 if the child is in danger"


def wait_is_over(visit: VisitState, wait: Wait) -> str:
    """The allowed wait has passed."""
    why = "The family is late" if visit.family_delayed else "Nobody answered"
    if wait.until == wait.since:
        return f"{why} at {visit.street}: call the visit off and come back"
    return f"{why} at {visit.street}: call the visit off, the wait ended at {hm(wait.until)}"


def step(found: Step) -> BoardStep:
    """A step with what came of it in words."""
    result = found.result
    if result == OWN_WORD:
        result = "gave a new time themselves"
    elif result in RESULTS:
        result = RESULTS[ContactResult(result)]
    if result and found.at is not None:
        result = f"{result}, {hm(found.at)}"
    return BoardStep(
        code=found.code,
        says=found.says if found.number or found.state in ("done", "skipped") else f"{found.says} (no number is held)",
        whom=found.whom,
        number=found.number,
        state=found.state,  # type: ignore[arg-type]  # the four words of `Step.state`
        result=result,
        person=str(found.person) if found.person is not None else "",
        visit=str(found.visit) if found.visit is not None else "",
    )


def ring(known: Directory, person: StaffId) -> BoardStep:
    """Ring somebody whose trip cannot be read."""
    found = known.people.get(person)
    name, number = (found.name, found.mobile) if found is not None else ("the visitor", "")
    return BoardStep(code="staff_mobile", says=f"Ring {name}", number=number, state="due", person=str(person))


def ring_dsl(known: Directory, now: datetime, elsewhere: frozenset[StaffId]) -> tuple[BoardStep, ...]:
    """Ring the safeguarding lead or a deputy; whoever is out is skipped."""
    leads = (*known.holders("DSL", now), *known.holders("DDSL", now))
    return tuple(
        BoardStep(
            code="tell_dsl",
            says=f"Ring {lead.name}, {role(lead, now)}",
            whom=lead.name,
            number=lead.mobile,
            state="skipped" if lead.id in elsewhere else "due",
            person=str(lead.id),
        )
        for lead in {lead.id: lead for lead in leads}.values()
    )


class DangerPast(msgspec.Struct, frozen=True, kw_only=True):
    """A danger that they said is over."""

    by: StaffId
    """Who said "not safe"."""
    at: datetime
    over_at: datetime


def danger_past(one: DangerPast, known: Directory) -> str:
    """“Fiona Field said “not safe” at 09:31, safe again 09:33”: it stays in sight until the trip is over."""
    return f"{name_of(known, one.by)} said “not safe” at {hm(one.at)}, safe again {hm(one.over_at)}"


def notes(trip: TripState, known: Directory, now: datetime) -> Iterator[str]:
    """What else has to be known, in sentences."""
    if trip.danger is not None and trip.danger.text:
        yield f"They said: {trip.danger.text}"
    if trip.suggested_back_by is not None:
        who = name_of(known, trip.suggested_by)
        yield (
            f"{who} set {clock(trip.suggested_back_by, now)}, but nobody who is out has said so:"
            f" the alarm comes at {clock(trip.back_by, now) or 'once'}"
        )
    if trip.out and trip.first_back_by is not None and trip.back_by is not None and trip.first_back_by < trip.back_by:
        yield f"First due back at {clock(trip.first_back_by, now)}"
    if trip.out and trip.cleared_at is None:
        yield "Left without OK to go"
    if trip.voided and not trip.departed:
        yield f"OK to go no longer holds: {trip.voided}"
    for word in trip.spoken.values():
        said, typed = name_of(known, word.said_by), name_of(known, word.typed_by)
        yield f"{said} said by telephone at {hm(word.at)}: {_SPOKEN.get(word.topic, 'as typed')}; {typed} typed it, not confirmed yet"
