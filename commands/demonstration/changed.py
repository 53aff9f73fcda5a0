"""Outings that change before anybody leaves, or that nobody planned."""

from datetime import timedelta

from commands.demonstration.calm import finish, round_trip
from commands.demonstration.hard import explained
from commands.demonstration.outing import Outing
from commands.demonstration.steps import trip_of
from commands.demonstration.terms import at
from domain.concern.commands import ActionConcern, RaiseConcern
from domain.roles import Role
from domain.staff.commands import AssignRole
from domain.times import day_of
from domain.trip import commands as trip
from domain.visit import commands as visit
from domain.visit.events import AppointmentHow


def wrong_child(o: Outing) -> None:
    """The wrong child was picked; the visit moves to the right one, and is approved again."""
    o.request()
    o.approve()
    right = o.next_child
    wrong = o.door.children[0]
    o.later(2, 5)
    why = "Two children with nearly the same name: the wrong one was picked."
    o.send(visit.MoveVisitToPupil(visit=o.door.visit, wrong=wrong.id, right=right.id, why=why))
    o.door.moved_to = right
    o.approve()
    o.appoint()
    o.clear()
    round_trip(o)
    finish(o)


def deputy_approves(o: Outing) -> None:
    """The DSL is away for the day; a deputy is named to act for the DSL, and approves."""
    stands_in = o.cast.id("pastoral")
    o.request()
    o.later(1, 2)
    holds = AssignRole(
        staff=stands_in,
        role=Role.DSL,
        starts=o.now,
        ends=at(day_of(o.day.leaves), 18),
        deputising_for=o.cast.id("dsl"),
    )
    o.send(holds, o.cast.id("head"))
    o.approve(acting_dsl=stands_in)
    o.clear()
    round_trip(o)
    finish(o)


def appointment_moved(o: Outing) -> None:
    """The family asks for another time on the same day; the office keeps a note of the call."""
    o.plan(appointed=True)
    agreed = o.door.appointment or o.now
    o.later(0.5, 1)
    o.door.appointment = agreed + timedelta(minutes=5)
    change = visit.ChangeAppointment(
        visit=o.door.visit,
        appointment_at=o.door.appointment,
        why="The baby is asleep until then.",
        how=o.appoints_by,
    )
    o.send(change, o.office)
    if o.appoints_by is AppointmentHow.WRITTEN:  # what was signed said the time before
        officer = o.cast.who_may("attendance_officer")[0]
        signed = visit.SignAppointment(visit=o.door.visit, parents=o.door.first.carer, officer=officer)
        o.send(signed, o.office)
    o.later(0.3, 0.6)
    o.send(visit.KeepNote(visit=o.door.visit, text="Rang at the last moment. Very polite, sounded tired."), o.office)
    round_trip(o)
    finish(o)


def another_goes(o: Outing) -> None:
    """Somebody else goes after the trip was OK to go: approval and clearance are asked for again."""
    o.request()
    o.approve()
    o.appoint(needed=True)
    o.now = max(o.now, o.day.leaves - timedelta(minutes=36))
    o.ok_to_go()
    o.later(3, 6)
    # Nobody of the day's other teams: the pastoral lead goes on no other outing.
    o.team = (o.lead, o.cast.id("pastoral"))
    o.send(trip.NameTeam(trip=o.trip, people=o.team))
    o.approve()
    o.clear()
    round_trip(o)
    finish(o)


def one_more_door(o: Outing) -> None:
    """A second door is added to a planned trip."""
    first, second = o.doors
    o.doors = (first,)
    o.request()
    o.later(2, 5)
    o.doors = (first, second)
    o.ask_for(second)
    o.later(0.5, 1)
    o.send(trip.AddVisitToTrip(trip=o.trip, visit=second.visit))
    o.approve()
    o.appoint()
    o.clear()
    round_trip(o)
    finish(o)


def never_planned(o: Outing) -> None:
    """Called away with nothing planned: the leaving is kept all the same, with an hour until the alarm."""
    child = o.door.first
    note = "A neighbour rang: the child is on the green in slippers."
    o.departed = o.send(trip.Depart(people=o.team, note=note))
    o.trip = trip_of(o.departed)
    o.later(12, 18)
    o.concern(
        RaiseConcern(pupils=(child.id,), trip=o.trip, category="safety", text="Walked back to the house with us."),
        o.door,
    )
    o.later(8, 12)
    o.send(trip.ReturnToSchool(trip=o.trip, people=o.team))
    o.later(10, 30)
    done = ActionConcern(
        concern=o.door.concerns[0], action="Spoke to the mother; a door chain is fitted.", why="Settled."
    )
    o.send(done, o.cast.id("dsl"))
    explained(o, o.departed, "There was no time: we told the office as we ran.")
