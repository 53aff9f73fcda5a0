"""Outings that run late: moved in time, found overdue, and resolved step by step."""

from datetime import timedelta

from commands.demonstration.calm import finish
from commands.demonstration.outing import Outing
from domain.trip import commands as trip
from domain.trip.events import AlarmAbout, CheckIn, ContactAttempted, ContactResult
from domain.visit import commands as visit


def running_late(o: Outing) -> None:
    """They say in time that they are late; the family knows, and the back-by time moves."""
    o.plan()
    o.depart()
    o.later(3, 5)
    o.send(visit.ReportRunningLate(visit=o.door.visit, minutes=10, family_told=True))
    o.later(0.5, 1)
    o.send(trip.MoveBackBy(trip=o.trip, minutes=15, why="Roadworks."))
    o.call_on()
    o.back()
    finish(o)


def asked_and_confirmed(o: Outing) -> None:
    """Asked ten minutes before whether the time still holds, they say yes, and it does."""
    o.plan()
    o.depart()
    o.call_on()
    o.now = max(o.now, o.back_by - timedelta(minutes=9))
    o.send(trip.KeepBackBy(trip=o.trip))
    o.later(4, 7)
    o.send(trip.ReturnToSchool(trip=o.trip, people=o.team))
    finish(o)


def forgotten_call(o: Outing) -> None:
    """The call that the policy asks for is forgotten; the board turns amber, and they ring."""
    o.plan()
    o.depart()
    o.arrive()
    if o.may_enter(o.door):
        o.go_in()
        o.later(o.stay - 4, o.stay)
    o.see()
    o.leave()
    if o.asks(CheckIn.AGREED_TIME):
        o.alarm(AlarmAbout.AGREED_CALL, o.call_at)
        kind = CheckIn.AGREED_TIME
    else:
        gap = timedelta(minutes=o.policy.value("overdue_step_gap_min"))
        o.alarm(AlarmAbout.CALL_ON_LEAVING, o.now + gap, o.door)
        kind = CheckIn.AFTER_VISIT if o.asks(CheckIn.AFTER_VISIT) else CheckIn.LEFT_PROPERTY
    o.later(1, 3)
    o.send(trip.TakeAlarm(trip=o.trip), o.office)
    o.later(0.5, 2)
    note = "Forgot to ring. All well."
    o.send(trip.MakeCheckIn(trip=o.trip, visit=o.door.visit, when=kind, note=note))
    o.later(2, 4)
    o.send(trip.ReturnToSchool(trip=o.trip, people=o.team))
    finish(o)


def back_late(o: Outing) -> None:
    """A few minutes late, and back before anybody had rung."""
    _still_there(o)
    o.see()
    o.leave()
    o.ring(last=False)
    _overdue(o)
    o.later(2, 5)
    o.send(trip.ReturnToSchool(trip=o.trip, people=o.team))
    finish(o)


def reached_by_phone(o: Outing) -> None:
    """Overdue; the first call reaches them, both are safe, and a new time is set."""
    _still_there(o)
    _overdue(o)
    o.later(0.5, 2)
    o.send(trip.TakeAlarm(trip=o.trip), o.office)
    new = o.now + timedelta(minutes=30)
    for person in o.team:
        o.later(0.5, 1)
        reached = trip.AttemptContact(
            trip=o.trip,
            step="staff_mobile",
            person=person,
            result=ContactResult.SPOKE_SAFE,
            back_by=new,
            note="Still talking, all well.",
        )
        o.send(reached, o.office)
    _away_again(o)


def whole_ladder(o: Outing) -> None:
    """Nobody answers, the home is rung, SLT is told; then they are back."""
    _still_there(o)
    o.see()
    o.leave()
    o.ring(last=False)
    _overdue(o)
    o.later(0.5, 1)
    o.send(trip.TakeAlarm(trip=o.trip), o.office)
    for person in o.team:
        o.later(1, 2)
        rung = trip.AttemptContact(trip=o.trip, step="staff_mobile", person=person, result=ContactResult.NO_ANSWER)
        o.send(rung, o.office)
    o.later(4, 6)
    home = o.rng.choice((ContactResult.NO_ANSWER, ContactResult.SOMEONE_ELSE, ContactResult.WRONG_NUMBER))
    rung = trip.AttemptContact(trip=o.trip, step="pupil_home", result=home, note="Rang the number held.")
    if home is ContactResult.SOMEONE_ELSE:
        o.contact(rung, ContactAttempted.TOPIC, o.door, o.office)
    else:
        o.send(rung, o.office)
    o.later(3, 6)
    told = o.cast.id("assistant")
    o.send(trip.InformSenior(trip=o.trip, told=told, note="No word from either of them."), o.office)
    o.later(3, 8)
    note = "A puncture, and no signal in the valley."
    o.send(trip.ReturnToSchool(trip=o.trip, people=o.team, note=note))
    finish(o)


def sounded_wrong(o: Outing) -> None:
    """One sounds wrong on the telephone: SLT at once. The second call finds both of them safe."""
    _still_there(o)
    _overdue(o)
    o.later(0.5, 1)
    o.send(trip.TakeAlarm(trip=o.trip), o.office)
    o.later(0.5, 1)
    odd = trip.AttemptContact(
        trip=o.trip, step="staff_mobile", person=o.lead, result=ContactResult.SOUNDED_WRONG, note="Short, and hung up."
    )
    o.send(odd, o.office)
    o.later(0.5, 1)
    told = o.cast.id("head")
    o.send(trip.InformSenior(trip=o.trip, told=told, note="Did not sound like herself."), o.office)
    new = o.now + timedelta(minutes=30)
    for person in o.team:
        o.later(1, 2)
        well = trip.AttemptContact(
            trip=o.trip,
            step="staff_mobile",
            person=person,
            result=ContactResult.SPOKE_SAFE,
            back_by=new,
            note="The parent was crying; both are well.",
        )
        o.send(well, told)
    _away_again(o)


def _still_there(o: Outing) -> None:
    """Out and at the house until shortly before the time to be back."""
    o.plan()
    o.depart()
    o.arrive()
    if o.may_enter(o.door):
        o.go_in()
    if o.asks(CheckIn.AGREED_TIME):
        o.now = max(o.now, o.call_at - timedelta(minutes=2))
        o.send(trip.MakeCheckIn(trip=o.trip, visit=o.door.visit, when=CheckIn.AGREED_TIME, note="Nearly done."))
    o.now = max(o.now, o.back_by - timedelta(minutes=9))


def _overdue(o: Outing) -> None:
    grace = timedelta(minutes=o.policy.value("overdue_grace_min"))
    o.alarm(AlarmAbout.RETURN, o.back_by + grace)


def _away_again(o: Outing) -> None:
    o.later(2, 5)
    o.see()
    o.leave()
    o.ring(last=False)
    o.back()
    finish(o)
