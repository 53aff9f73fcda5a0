"""A trip as the phone of one of its people shows it, made from what the school knows."""

from collections.abc import Mapping

from api.identity import HEADER, PERSON, Acquainted
from api.pages.family_words import adults, called, telephones, what_helps, who_answers_for_the_child
from api.pages.parts import PersonLine
from api.pages.trip_model import Acknowledged, Named, PhoneDoor, PhoneTrip, RecordedFact
from api.pages.words import in_words, sentence
from api.trip_tokens import HEADER as TRIP_TOKEN
from domain.ids import StaffId
from domain.permissions import COMMANDS, OFFICE, words_of
from domain.policy import Policy
from domain.roles import STAFF, any_of
from domain.staff.state import Person
from domain.times import hm
from domain.trip.commands import ClearTrip
from domain.trip.state import TripState
from domain.visit.rules.family import families_of
from domain.visit.state import VisitState
from projections.board_words import joined, name_of, role
from projections.phone_trips import LEFT_IN_PART, MyTrip, Said

_WORDS: Mapping[str, str] = {
    "depart": "Left school",
    "return-to-school": "Back at school",
    "safe-by-voice": "Safe, going straight home",
    "keep-back-by": "Still on time",
    "move-back-by": "Back-by time moved",
    "check-in": "Rang school",
    "stand-down": "Stand-down: no longer needed, come back",
    "report-danger": "Not safe",
    "danger-over": "Safe now",
    "emergency-call": "999 called",
    "arrive": "Arrived",
    "no-answer": "No answer",
    "child-alone": "Child here, no adult",
    "child-not-alone": "Child no longer alone",
    "enter-home": "Went inside",
    "record-outcome": "Outcome",
    "leave-property": "Left the house",
    LEFT_IN_PART: "Left the house, others still there",
    "cancel-visit": "Called off",
    "cancel-for-safety": "Called off, not safe",
    "undo": "Taken back",
}


def phone_trip(found: MyTrip, me: Acquainted, token: str, *, demonstration: bool) -> PhoneTrip:
    """The trip for this person's phone, with the token that it reports by ("" before OK to go). Raises LookupError where the school has adopted no settings."""
    trip, known = found.trip, me.directory
    policy = known.policy_of(trip, me.now)
    people = tuple(dict.fromkeys((*trip.team, *trip.departed))) or (me.id,)
    away = frozenset(trip.out)
    watcher = known.people.get(trip.watcher) if trip.watcher is not None else None
    return PhoneTrip(
        school=me.slug,
        trip=str(trip.id),
        me=Named(id=str(me.id), name=me.person.name),
        people=tuple(Named(id=str(person), name=name_of(known, person)) for person in people),
        doors=tuple(_door(policy, me, visit) for visit in found.visits),
        office_phone=_office(me, away),
        dsl=_dsl(me, away),
        watcher=_line(watcher, me) if watcher is not None and watcher.id not in away else None,
        back_by=trip.back_by,
        recorded=tuple(_recorded(said, found, me) for said in found.said),
        calls=tuple(policy.value("check_ins")),
        agreed_call_at=trip.agreed_call_at,
        acknowledged=_acknowledged(found, me),
        waits_for_ok=f"Not OK to go yet. {who_may_clear(me)}" if waits_for_ok(trip) else "",
        over=trip.over,
        send_headers=_headers(me, token, demonstration=demonstration),
        fresh_from=f"/api/v1/schools/{me.slug}/phone-trips/{trip.id}",
        now=me.now,
    )


def _headers(me: Acquainted, token: str, *, demonstration: bool) -> Mapping[str, str]:
    if token:
        return {TRIP_TOKEN: token}
    return {HEADER if demonstration else PERSON: str(me.id)}


def waits_for_ok(trip: TripState) -> bool:
    """Whether a plan is there, nobody has left, and OK to go is not given."""
    return trip.planned and trip.cleared_at is None and not trip.departed and trip.called_off_at is None


def who_may_clear(me: Acquainted) -> str:
    """Who may press OK to go, by the rule that refuses everybody else."""
    words = words_of(COMMANDS[ClearTrip])
    if STAFF not in words:
        return f"OK to go is pressed by {any_of(words)}."
    you = ", you as well" if not me.only_reads else ""
    return f"Any member of staff may press OK to go{you}; governors may not."


def street_of(visit: VisitState) -> str:
    """The street as buttons and sentences repeat it."""
    return visit.street or "the door"


def _door(policy: Policy, me: Acquainted, visit: VisitState) -> PhoneDoor:
    pupils = me.directory.pupils
    return PhoneDoor(
        visit=str(visit.id),
        street=street_of(visit),
        pupils=tuple(
            Named(id=str(pupil), name=pupils[pupil].name if pupil in pupils else "A child not known")
            for pupil in visit.pupils
        ),
        purpose=in_words(visit.purpose) if visit.purpose else "",
        notes=_notes(me, visit),
        refused=visit.not_to_be_visited,
        wait_minutes=policy.value("wait_absent_min") if visit.appointment is not None else None,
        agreed_at=visit.appointment.at if visit.appointment is not None else None,
    )


def _notes(me: Acquainted, visit: VisitState) -> str:
    """What the visitors need at hand: address, who is at home, what is different today."""
    said = [visit.address]
    if visit.appointment is not None:
        said.append(f"expected at {hm(visit.appointment.at)}")
    families = families_of(visit, me.directory.pupils)
    carers = [called(carer) for carer in adults(families)]
    if carers:
        said.append(f"ask for {joined(list(dict.fromkeys(carers)))}")
    said.extend(who_answers_for_the_child(families))
    said.extend(telephones(families))
    said.extend(
        dict.fromkeys(
            f"interpreter needed ({f.language or 'language not known'})" for f in families if f.interpreter_needed
        )
    )
    if visit.interpreting is not None and visit.interpreting.needed and visit.interpreting.who:
        said.append(f"{visit.interpreting.who} comes to interpret")
    said.extend(what_helps(families))
    said.append(visit.purpose_text)
    if visit.assessments and visit.assessments[-1].different_today:
        said.append(f"different today: {visit.assessments[-1].different_today}")
    return " ".join(sentence(text) for text in said if text.strip())


def _line(person: Person, me: Acquainted) -> PersonLine:
    return PersonLine(name=person.name, role=role(person, me.now), mobile=person.mobile)


def _dsl(me: Acquainted, away: frozenset[StaffId]) -> PersonLine:
    """The safeguarding lead, else a deputy, else the headteacher: somebody with a number, who is not out."""
    everybody = [p for word in ("DSL", "DDSL", "headteacher") for p in me.directory.holders(word, me.now)]
    here = [p for p in everybody if p.id not in away and p.mobile]
    found = next(iter(here or everybody), None)
    return _line(found, me) if found is not None else PersonLine(name="the school", mobile=_office(me, away))


def _office(me: Acquainted, away: frozenset[StaffId]) -> str:
    """The number of the school's office, as held for the people who work there; else the headteacher's."""
    everybody = [p for word in (*OFFICE, "headteacher") for p in me.directory.holders(word, me.now)]
    return next((p.mobile for p in everybody if p.mobile and p.id not in away), "999")


def _acknowledged(found: MyTrip, me: Acquainted) -> Acknowledged | None:
    danger = found.trip.danger
    if danger is None or danger.taken_by is None or danger.taken_at is None:
        return None
    return Acknowledged(by=name_of(me.directory, danger.taken_by), at=danger.taken_at)


def _recorded(said: Said, found: MyTrip, me: Acquainted) -> RecordedFact:
    fields: dict[str, str | int | tuple[str, ...]] = dict(said.fields)
    if said.people:
        fields["people"] = tuple(str(person) for person in said.people)
    streets = {str(visit.id): street_of(visit) for visit in found.visits}
    words = _WORDS.get(said.command, said.command)
    about = joined([name_of(me.directory, p) for p in said.people]) or streets.get(said.fields.get("visit", ""), "")
    return RecordedFact(
        command=said.command,
        command_id=str(said.command_id),
        fields=fields,
        label=f"{words}{f': {about}' if about else ''} ({name_of(me.directory, said.by)})",
        at=said.at,
        received_at=said.received_at,
    )
