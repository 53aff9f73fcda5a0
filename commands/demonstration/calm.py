"""Outings on which nothing goes wrong, and visits that come to nothing before anybody leaves."""

from commands.demonstration import wording
from commands.demonstration.outing import Outing
from domain.concern.commands import ActionConcern, RaiseConcern
from domain.trip import commands as trip
from domain.trip.events import ContactResult
from domain.visit import commands as visit
from domain.visit.events import CancelReason, FamilyDeclinedVisit, NotSeenDecision, Outcome


def completed(o: Outing) -> None:
    """Asked for, OK to go, every child seen, back in time, written up."""
    o.plan()
    round_trip(o)
    finish(o)


def by_appointment(o: Outing) -> None:
    """The same, with an appointment agreed in the way that the policy asks for."""
    o.plan(appointed=True)
    round_trip(o)
    finish(o)


def not_written_up(o: Outing) -> None:
    """Out and back, and nobody has written it up."""
    o.plan()
    round_trip(o)
    o.confirm()


def round_trip(o: Outing) -> None:
    """Out, to each door, and back; now and then told by telephone."""
    o.depart(by_phone=o.rng.random() < _TOLD_BY_PHONE)
    for door in o.doors:
        o.call_on(door)
    o.back(by_phone=o.rng.random() < _TOLD_BY_PHONE)


def finish(o: Outing) -> None:
    """The write-up, and yes to what was typed for them."""
    o.write_up()
    o.confirm()


def siblings(o: Outing) -> None:
    """Brothers and sisters at one door, each with an outcome."""
    o.plan()
    o.depart()
    o.arrive()
    if o.may_enter(o.door):
        o.go_in()
        o.later(o.stay - 4, o.stay)
    for place, child in enumerate(o.door.everybody):
        outcome = Outcome.SEEN_SPOKEN if place == 0 else Outcome.SEEN
        o.send(visit.RecordOutcome(visit=o.door.visit, pupil=child.id, outcome=outcome))
        o.later(0.2, 0.5)
    o.leave()
    o.ring()
    o.back()
    finish(o)


def alone_with_assessment(o: Outing) -> None:
    """One goes alone, with a reason and a lone-worker assessment: where the policy lets one."""
    o.team = o.team[:1]
    o.lone_reason = "Two colleagues are off ill and the meeting cannot wait."
    o.request()
    o.approve()
    o.appoint(needed=True)
    o.later(1, 2)
    different = "Known family, ground floor, mobile tested."
    command = visit.AssessRisk(visit=o.door.visit, kind="lone_worker", different_today=different)
    o.send(command, o.cast.id("deputy"))
    o.clear()
    round_trip(o)
    finish(o)


def somewhere_else(o: Outing) -> None:
    """Not at home but at work, or in a public place, where the policy has one."""
    o.place = "workplace" if "workplace" in o.policy.value("places") else "public_place"
    spot = "Buttercross Garden Centre" if o.place == "workplace" else "Corncrake Park Café"
    o.elsewhere = f"{spot}, {o.cast.school.town}"
    completed(o)


def straight_home(o: Outing) -> None:
    """The last call of the day: they say by voice that they are safe and go straight home."""
    o.plan()
    o.depart()
    o.call_on()
    o.later(2, 4)
    o.send(trip.SafeByVoice(trip=o.trip, people=o.team, note="Rang from the car: both well, going home."), o.office)
    finish(o)


def with_a_concern(o: Outing) -> None:
    """Something seen at the house is raised with the DSL, who acts on it."""
    o.plan()
    round_trip(o)
    category, text, action, why = o.rng.choice(wording.CONCERNS)
    child = o.door.first
    o.later(3, 8)
    raised = RaiseConcern(
        pupils=(child.id,),
        visit=o.door.visit,
        trip=o.trip,
        category=category,
        text=wording.fill(text, child.given_name, child.carer),
    )
    concern = o.concern(raised, o.door)
    o.later(15, 50)
    done = ActionConcern(
        concern=concern,
        action=wording.fill(action, child.given_name, child.carer),
        why=wording.fill(why, child.given_name, child.carer),
    )
    o.send(done, o.cast.id("dsl"))
    finish(o)


def refused(o: Outing) -> None:
    """An approver says no, and why; the trip is called off."""
    o.request()
    o.later(10, 25)
    approver = o.approvers(o.door)[0]
    reason = o.text(wording.REFUSED_BY_APPROVER, o.door)
    o.send(visit.RefuseVisit(visit=o.door.visit, reason=reason, instead="telephone"), approver)
    o.later(3, 9)
    o.send(trip.CallOffTrip(trip=o.trip, why="The visit was refused."))


def declined(o: Outing) -> None:
    """The family says no beforehand; nobody goes."""
    o.request()
    o.approve()
    o.appoint(needed=True)
    o.later(4, 12)
    o.door.reached = True
    said = o.text(wording.FAMILY_SAID_NO, o.door)
    no = visit.FamilyDeclined(visit=o.door.visit, who=o.door.first.carer, text=said)
    o.contact(no, FamilyDeclinedVisit.TOPIC, o.door, o.office)
    o.later(1, 3)
    o.send(visit.CancelVisit(visit=o.door.visit, reason=CancelReason.DECLINED, text="Seen in school instead."))
    o.later(0.5, 1)
    o.send(trip.CallOffTrip(trip=o.trip, why="The family declined."))
    if o.door.welfare:
        o.decide(NotSeenDecision.NO_FURTHER_ACTION)


def not_needed(o: Outing) -> None:
    """The child is back before anybody left."""
    o.request()
    o.approve()
    o.later(3, 10)
    came = "Came in at ten with a note."
    o.send(visit.CancelVisit(visit=o.door.visit, reason=CancelReason.NO_LONGER_NEEDED, text=came), o.office)
    o.later(0.5, 1)
    o.send(trip.CallOffTrip(trip=o.trip, why="No longer needed."), o.office)


def stood_down(o: Outing) -> None:
    """The need falls away while they are on their way: somebody reaches them, and they turn back."""
    o.plan()
    o.depart()
    o.later(3, 5)
    o.send(trip.StandDown(trip=o.trip, why="The child has just walked in."), o.office)
    for person in o.team:
        o.later(0.5, 1)
        reached = trip.AttemptContact(
            trip=o.trip, step="staff_mobile", person=person, result=ContactResult.SPOKE_SAFE, note="Turning round."
        )
        o.send(reached, o.office)
    o.later(0.5, 1)
    o.send(visit.CancelVisit(visit=o.door.visit, reason=CancelReason.NO_LONGER_NEEDED))
    o.back()


_TOLD_BY_PHONE = 0.07
