"""Outings not as policy, or not as first written down: explained, corrected, confirmed, disowned, moved."""

from datetime import timedelta

from commands.demonstration.calm import finish, round_trip
from commands.demonstration.complaints import alleged, complained
from commands.demonstration.hard import explained
from commands.demonstration.outing import Outing
from commands.demonstration.steps import LATER
from domain.shared.commands import CorrectEvent, DisownSpokenWord, Undo
from domain.visit import commands as visit
from domain.visit.events import StaffArrived


def left_uncleared(o: Outing) -> None:
    """They leave in a hurry, before the trip is OK to go."""
    o.request()
    if o.rng.random() < _HALF:
        o.approve()
    o.lodge()
    o.depart()
    o.call_on()
    o.back()
    explained(o, o.departed, "The child was said to be alone: we left at once and rang the head from the car.")
    finish(o)
    alleged(o)


def entered_without_appointment(o: Outing) -> None:
    """They go inside although no appointment opens the home."""
    _entered(o, "", "The parent waved us in and we did not want to talk on the step.")


def other_adult(o: Outing) -> None:
    """They go inside although the adult there is not the one whom the policy asks for."""
    _entered(o, "responsible_adult", "The grandfather was there and rang the mother while we waited.")
    complained(o)


def _entered(o: Outing, adult: str, why: str) -> None:
    o.plan()
    o.depart()
    o.arrive()
    entered = o.go_in(adult=adult)
    o.later(o.stay - 6, o.stay - 2)
    o.see()
    o.leave()
    o.ring()
    o.back()
    explained(o, entered, why)
    finish(o)


def approved_by_phone(o: Outing) -> None:
    """The approvers say yes by telephone; the office types it, and they confirm it."""
    _spoken(o)
    finish(o)


def disowned(o: Outing) -> None:
    """One whose yes the office typed says that it never was one."""
    _spoken(o)
    o.write_up()
    spoken = o.unconfirmed.pop(0)
    o.later(5, 20)
    reason = "I asked for it to wait until Monday. I did not say yes."
    o.about(DisownSpokenWord(event=LATER, reason=reason), spoken.command, spoken.topic, spoken.who)
    o.confirm()


def _spoken(o: Outing) -> None:
    o.request()
    o.approve(spoken=True)
    o.appoint()
    o.clear()
    round_trip(o)


def corrected(o: Outing) -> None:
    """The time of arrival was tapped late; it is put right, and both stay."""
    o.plan()
    o.depart()
    arrived = o.arrive()
    true_time = o.now - timedelta(minutes=o.rng.randint(2, 4))
    if o.may_enter(o.door):
        o.go_in()
    o.later(o.stay - 5, o.stay - 2)
    o.see()
    o.leave()
    o.ring()
    o.back()
    o.later(2, 6)
    put_right = CorrectEvent(event=LATER, reason="Tapped only after we had talked at the gate.", true_time=true_time)
    o.about(put_right, arrived, StaffArrived.TOPIC, o.lead)
    finish(o)


def undone(o: Outing) -> None:
    """A mistaken tap on the way is taken back within seconds."""
    o.plan()
    o.depart()
    o.later(2, 3)
    mistaken = o.send(visit.Arrive(visit=o.door.visit, trip=o.trip))
    o.later(0.1)
    o.send(Undo(command=mistaken))
    o.call_on()
    o.back()
    finish(o)


def no_signal(o: Outing) -> None:
    """The phone had no signal at the house: what was tapped there comes in afterwards, with its own times."""
    o.plan()
    o.depart()
    o.lose_signal()
    o.call_on()
    o.later(3, 5)
    o.find_signal()
    o.back()
    finish(o)


_HALF = 0.5
