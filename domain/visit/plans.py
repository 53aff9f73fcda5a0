"""Decisions about visits that can be refused or held open: request, approval, closing."""

from domain.envelope import Decision, Entry
from domain.ids import TripId, VisitId, visit_stream
from domain.need import always
from domain.refusal import Incomplete, NotPermitted, Refused, Unknown
from domain.roles import any_of, in_words
from domain.situation import Situation
from domain.standing import answers_for_the_record
from domain.trip.commands import PlanTrip
from domain.trip.no_longer_ok import no_longer_ok
from domain.trip.plans import gone_on_without, planned, still_refusing
from domain.visit import commands as c
from domain.visit import events as e
from domain.visit.as_read import as_it_was_read
from domain.visit.rules.approval import awaited_from, role_to_approve_in, slots
from domain.visit.rules.attest import not_confirmed, points_asked
from domain.visit.rules.on_site import school_will_not_do
from domain.visit.rules.place import place_allowed
from domain.visit.rules.purpose import is_welfare, purpose_allowed
from domain.visit.rules.record import write_up_complete
from domain.visit.rules.risk import turned_down
from domain.visit.stale import overtaken
from domain.visit.state import VisitState


def request_visit(command: c.RequestVisit, s: Situation) -> Decision:
    """A request that the school's policy knows: purpose, place, why not in school. With times, its trip is planned at once."""
    if any(p not in s.pupils for p in command.pupils):
        raise Unknown("pupil")
    if not command.purpose_text.strip():
        raise Incomplete("purpose_text", "a sentence that says what the visit is for")
    _one_door(command, s)
    address = command.address.strip() or s.pupils[command.pupils[0]].address
    if not address:
        raise Incomplete("address", "where the visit goes to: no address is held for this pupil")
    override = slt_overrides(s, command.override_reason)
    welfare = is_welfare(s.policy, command.purpose, marked=command.safeguarding)
    # SLT's reason for a purpose kept on site says just this.
    why_not_here = command.override_reason if override else command.on_site_reason
    unmet = (
        *purpose_allowed(s.policy, command.purpose, slt_override=override),
        *place_allowed(s.policy, command.place),
        *school_will_not_do(s.policy, why_not_here, welfare=welfare),
    )
    if still_refusing(unmet, command.reasons):
        raise Refused(unmet)
    visit = VisitId(s.new_id("visit"))
    event = e.VisitRequested(
        pupils=tuple(dict.fromkeys(command.pupils)),
        purpose=command.purpose,
        purpose_text=command.purpose_text,
        place=command.place,
        address=address,
        on_site_reason=command.on_site_reason,
        safeguarding=welfare,
        contacts_tried=command.contacts_tried,
        override_reason=command.override_reason,
        reasons=command.reasons,
    )
    stream = visit_stream(visit)
    without = (Entry(stream, one) for one in gone_on_without(unmet, command.reasons, e.VisitRequested))
    return (Entry(stream, event), *_its_own_trip(command, s, visit), *without)


def slt_overrides(s: Situation, reason: str) -> bool:
    """Whether a member of SLT gives a reason of their own for a purpose that is kept on the school site (SP-09, SC-25)."""
    return bool(reason.strip()) and s.speaker is not None and s.speaker.fills("SLT", s.at) is not None


def _one_door(command: c.RequestVisit, s: Situation) -> None:
    """One visit goes to one door. Raises Incomplete where the children live at several and no address is given."""
    homes = {s.pupils[p].address.casefold() for p in command.pupils} - {""}
    if command.place == "home" and not command.address.strip() and len(homes) > 1:
        expected = "children of one home: ask for a visit to each home, or give the address where they all are"
        raise Incomplete("pupils", expected)


def _its_own_trip(command: c.RequestVisit, s: Situation, visit: VisitId) -> Decision:
    """The trip is made for you when there is one visit and its times are known."""
    if command.leave_at is None and command.back_by is None:
        return ()
    if command.leave_at is None or command.back_by is None:
        missing = "leave_at" if command.leave_at is None else "back_by"
        raise Incomplete(missing, "both times, when to leave and when to be back, or neither")
    plan = PlanTrip(
        visits=(visit,),
        leave_at=command.leave_at,
        back_by=command.back_by,
        travel=command.travel,
        people=command.people,
        lone_reason=command.lone_reason,
        watcher=command.watcher,
        deputy=command.deputy,
    )
    return planned(s, TripId(s.new_id("trip")), (visit,), plan)


def move_visit_to_pupil(command: c.MoveVisitToPupil, s: Situation) -> Decision:
    """The wrong child was picked. A change of pupil is material: approvals no longer count (DV-20)."""
    visit = s.visit(command.visit)
    if command.right not in s.pupils:
        raise Unknown("pupil")
    if command.right == command.wrong:
        raise Incomplete("right", "another pupil than the wrong one")
    if command.wrong not in visit.pupils:
        raise Incomplete("wrong", "a pupil whom this visit is about")
    if visit.closed:
        _may_change_a_closed_one(s, visit)
    address = s.pupils[command.right].address if not visit.arrived_at else ""
    stream = visit_stream(visit.id)
    event = e.VisitMovedToPupil(wrong=command.wrong, right=command.right, why=command.why, address=address)
    return (Entry(stream, event), *stale(s, visit, "the pupil changed"))


def _may_change_a_closed_one(s: Situation, visit: VisitState) -> None:
    """A closed visit is changed by whoever asked for it, or who answers for the record. Raises NotPermitted."""
    person = s.speaker
    if s.acting.person != visit.requested_by and not answers_for_the_record(person, s.now):
        message = (
            "This visit is closed: it is changed by whoever asked for it, the school office, the DSL or senior staff"
        )
        raise NotPermitted(message)


def stale(s: Situation, visit: VisitState, why: str) -> Decision:
    """Approvals, signature and clearance that a material change overtakes, as long as nobody has left (DV-20)."""
    if s.trip is not None and s.trip.departed:
        return ()
    return (*overtaken(visit, why), *no_longer_ok(s.trip, why))


def approve_visit(command: c.ApproveVisit, s: Situation) -> Decision:
    """A yes in a role that the policy asks for, with what it confirms. A second yes by the same person changes nothing."""
    visit = s.visit(command.visit)
    if visit.refused_at is not None or visit.cancelled is not None:
        raise Refused((always("visit.closed", "The visit was refused or called off: ask for it again"),))
    not_typed_by_a_visitor(s)
    role = role_to_approve_in(s.policy, visit, s.speaker, s.at)
    if role is None or not s.lets_decide(role[1]):
        asked = " and ".join(any_of(slot) for slot in slots(s.policy, visit))
        raise NotPermitted(f"This visit is approved by {asked or 'nobody: the policy asks for no approval'}")
    word, held = role
    mine = [a for a in visit.approvals if a.person == s.acting.person]
    if any(a.role == word for a in mine):
        return ()
    as_it_was_read(visit, command.seen, s.at)
    refusing = turned_down(s.policy, visit, s.trip_or_new())
    if refusing:
        raise Refused(refusing)
    team, person = s.trip.team if s.trip else (), s.speaker
    if mine and person is not None and awaited_from(s.policy, visit, team, person, s.at) is None:
        says = f"You have said yes already: the yes from {in_words(word)} must come from somebody else"
        raise Refused((always(f"approval.{word}", says, who=(word,), setting="approval_roles"),))
    unconfirmed = not_confirmed(s.policy, visit.purpose, command.attested, command.police_check)
    if still_refusing(unconfirmed, {}):
        raise Refused(unconfirmed)
    event = e.VisitApproved(
        role=word,
        attested=tuple(p for p in points_asked(s.policy, visit.purpose) if p in command.attested),
        reason=command.reason,
        police_check=command.police_check,
        for_day=s.planned_day,
    )
    return (Entry(visit_stream(visit.id), event, role=held.role, deputising_for=held.deputising_for),)


def not_typed_by_a_visitor(s: Situation) -> None:
    """Somebody who is going does not type the yes that lets them go, on whosever word."""
    if s.acting.said_by is not None and s.trip is not None and s.acting.actor in s.trip.team:
        message = "You are going on this visit: a yes by telephone is typed by somebody who stays behind"
        raise NotPermitted(message)


def take_back_approval(command: c.TakeBackApproval, s: Situation) -> Decision:
    """Their own yes no longer counts, nor does an "OK to go" that rested on it. Who is out is called back instead."""
    visit = s.visit(command.visit)
    if all(a.person != s.acting.person for a in visit.approvals):
        says = "There is no yes of yours to take back: it was taken back already, or a change has overtaken it"
        raise Refused((always("approval.none", says),))
    if s.trip is not None and s.trip.departed:
        says = "They have left already: ring them and call them back, on the trip's page"
        raise Refused((always("approval.departed", says, who=("senior_staff",)),))
    taken_back = Entry(visit_stream(visit.id), e.ApprovalTakenBack(why=command.why))
    return (taken_back, *no_longer_ok(s.trip, "an approval was taken back"))


def refuse_visit(command: c.RefuseVisit, s: Situation) -> Decision:
    """A no, by anybody who could have said yes (LJ-18)."""
    visit = s.visit(command.visit)
    person = s.speaker
    role = role_to_approve_in(s.policy, visit, person, s.at)
    held = role[1] if role else (person.fills("senior_staff", s.at) if person else None)
    if held is None:
        raise NotPermitted("A visit is refused by those who may approve it, or by senior staff")
    if visit.refused_at is not None:
        return ()
    event = e.VisitRefused(reason=command.reason, instead=command.instead)
    refused = Entry(visit_stream(visit.id), event, role=held.role, deputising_for=held.deputising_for)
    return (refused, *no_longer_ok(s.trip, "the visit was refused"))


def decide_for_child(command: c.DecideForChild, s: Situation) -> Decision:
    """The same-day decision about a child who was not seen."""
    visit = s.visit(command.visit)
    if command.pupil not in visit.pupils:
        raise Incomplete("pupil", "a pupil whom this visit is about")
    event = e.DecisionForChildMade(pupil=command.pupil, decision=command.decision, why=command.why)
    return (Entry(visit_stream(visit.id), event),)


def record_visit(command: c.RecordVisit, s: Situation) -> Decision:
    """The write-up, complete: every field answered, every child spoken of.

    Where nobody answered the door, that is the outcome of every pupil of whom nothing else was said.
    """
    visit = s.visit(command.visit)
    if visit.recorded_at is not None:
        _may_change_a_closed_one(s, visit)
    unmet = write_up_complete(s.policy, visit, command.fields)
    if still_refusing(unmet, {}):
        raise Refused(unmet)
    stream = visit_stream(visit.id)
    known = (Entry(stream, e.PupilOutcomeRecorded(pupil=p, outcome=e.Outcome.NO_ANSWER)) for p in visit.unanswered)
    return (*known, Entry(stream, e.VisitRecorded(fields=command.fields)))
