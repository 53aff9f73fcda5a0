"""Visits at which something is not as hoped: nobody in, no child seen, not safe, a family late."""

from datetime import timedelta

from commands.demonstration import wording
from commands.demonstration.calm import finish
from commands.demonstration.outing import Outing
from commands.demonstration.steps import LATER
from domain.concern.commands import ActionConcern, RaiseConcern
from domain.ids import CommandId
from domain.shared.commands import ExplainDeviation
from domain.shared.events import DeviationNoted
from domain.trip import commands as trip
from domain.visit import commands as visit
from domain.visit.events import (
    CancelReason,
    FamilyDeclinedVisit,
    FamilyDelayReported,
    NotSeenDecision,
    Outcome,
    SafetyKind,
)


def no_answer(o: Outing) -> None:
    """Nobody answers; a card is left, the time allowed is waited, and the DSL decides the same day."""
    _nobody_in(o)
    o.decide(o.rng.choice(tuple(NotSeenDecision)))


def decided_late(o: Outing) -> None:
    """The same, but the DSL's decision comes the next day."""
    _nobody_in(o)
    o.decide(NotSeenDecision.TRY_AGAIN, late=True)


def moved_away(o: Outing) -> None:
    """A neighbour says that the family has moved."""
    _nobody_in(o, Outcome.MOVED, "Next door says they moved out at the weekend.")
    o.decide(NotSeenDecision.SOCIAL_CARE)


def _nobody_in(o: Outing, outcome: Outcome = Outcome.NO_ANSWER, note: str = "") -> None:
    o.plan()
    o.depart()
    o.arrive()
    o.later(0.5, 1)
    o.send(visit.NoAnswer(visit=o.door.visit, note=o.text(wording.NOBODY_IN, o.door)))
    _wait(o, 0.6)
    o.see(outcome=outcome, note=note)
    called_off(o)


def _wait(o: Outing, share: float) -> None:
    """Wait a share of the time that the policy allows, from when its clock starts; a moment where it allows none."""
    allowed = o.policy.value("wait_absent_min")
    if o.door.appointment is not None and allowed:
        o.now = max(o.now, o.door.appointment)
        o.later(allowed * share, allowed * share + 2)
    else:
        o.later(0.3, 0.6)


def called_off(o: Outing, reason: CancelReason = CancelReason.NO_ANSWER) -> None:
    """The visit is called off at the door; they ring, go back and write it up."""
    o.later(0.1, 0.2)
    o.send(visit.CancelVisit(visit=o.door.visit, reason=reason))
    o.ring()
    o.back()
    finish(o)


def waited_too_long(o: Outing) -> None:
    """They wait on beyond what the policy allows; it is noted, and on most days explained."""
    o.plan(appointed=True)
    o.depart()
    o.arrive()
    o.later(0.5, 1)
    o.send(visit.NoAnswer(visit=o.door.visit, note=o.text(wording.NOBODY_IN, o.door)))
    o.now = max(o.now, o.door.appointment or o.now)
    o.later(o.policy.value("wait_absent_min") + 3, o.policy.value("wait_absent_min") + 6)
    o.see(outcome=Outcome.NO_ANSWER)
    o.later(0.1, 0.2)
    off = o.send(visit.CancelVisit(visit=o.door.visit, reason=CancelReason.NO_ANSWER))
    o.ring()
    o.back()
    explained(o, off, "We could hear a television and hoped that somebody would come.")
    finish(o)
    o.decide(NotSeenDecision.TRY_AGAIN)


def explained(o: Outing, step: CommandId, reason: str) -> None:
    """Add why something was done otherwise: on two days of three."""
    o.later(4, 12)
    if o.rng.random() < _EXPLAINED:
        o.about(ExplainDeviation(event=LATER, reason=reason), step, DeviationNoted.TOPIC, o.lead)


def family_late(o: Outing) -> None:
    """The family rings to say that they will be late, and comes in time."""
    _delayed(o)
    o.later(8, 14)
    if o.may_enter(o.door):
        o.go_in()
    o.later(o.stay - 4, o.stay)
    o.see()
    o.leave()
    o.ring()
    o.back()
    finish(o)


def family_too_late(o: Outing) -> None:
    """The family said that they would be late, and did not come within the time allowed."""
    _delayed(o)
    o.now = max(o.now, o.door.appointment or o.now)
    allowed = o.policy.value("wait_notified_min")
    o.later(allowed - 6, allowed - 3)
    o.see(outcome=Outcome.NO_ANSWER, note="Not back yet; a new time is agreed.")
    called_off(o, CancelReason.FAMILY_LATE)
    o.decide(NotSeenDecision.TRY_AGAIN)


def _delayed(o: Outing) -> None:
    o.plan(appointed=True)
    o.depart()
    o.later(2, 3)
    expected = (o.door.appointment or o.now) + timedelta(minutes=15)
    said = "On the bus, back in a quarter of an hour."
    delay = visit.ReportFamilyDelay(visit=o.door.visit, expected_at=expected, text=said)
    o.contact(delay, FamilyDelayReported.TOPIC, o.door, o.office)
    o.arrive()


def adult_only(o: Outing) -> None:
    """The adult is there and the child is not."""
    o.plan()
    o.depart()
    o.call_on(outcome=Outcome.ADULT_ONLY)
    o.back()
    finish(o)
    o.decide(o.rng.choice((NotSeenDecision.TRY_AGAIN, NotSeenDecision.NO_FURTHER_ACTION)))


def turned_away(o: Outing) -> None:
    """The family says no at the door."""
    o.plan()
    o.depart()
    o.arrive()
    o.later(0.5, 1)
    o.door.reached = True
    said = o.text(wording.FAMILY_SAID_NO, o.door)
    no = visit.FamilyDeclined(visit=o.door.visit, who=o.door.first.carer, text=said)
    o.contact(no, FamilyDeclinedVisit.TOPIC, o.door, o.lead)
    o.see(outcome=Outcome.REFUSED)
    called_off(o, CancelReason.DECLINED)
    o.decide(o.rng.choice((NotSeenDecision.SOCIAL_CARE, NotSeenDecision.TRY_AGAIN)))


def child_alone(o: Outing) -> None:
    """A child answers and no adult is there: they stay, the office finds the parent, and a concern is raised."""
    o.plan()
    o.depart()
    o.arrive()
    o.later(0.3, 0.6)
    o.send(visit.ChildAlone(visit=o.door.visit, trip=o.trip, text="Answered the door alone; no adult in the house."))
    o.later(7, 12)
    o.send(visit.ChildNotAlone(visit=o.door.visit, text="The grandmother is back from the shop."))
    o.later(2, 5)
    o.see()
    o.leave()
    o.ring()
    child = o.door.first
    raised = RaiseConcern(
        pupils=(child.id,), visit=o.door.visit, trip=o.trip, category="child_alone", text="At home alone for an hour."
    )
    concern = o.concern(raised, o.door)
    o.back()
    o.later(10, 30)
    done = ActionConcern(
        concern=concern, action="Early help offered; the plan is with the family.", why="A first time."
    )
    o.send(done, o.cast.id("dsl"))
    finish(o)


def unsafe_people(o: Outing) -> None:
    """People make it unsafe: called off, and the child is followed up."""
    _unsafe(o, SafetyKind.PEOPLE, o.text(wording.UNSAFE_PEOPLE, o.door))


def unsafe_animal(o: Outing) -> None:
    """An animal is not shut away: called off."""
    _unsafe(o, SafetyKind.ANIMAL, o.text(wording.UNSAFE_ANIMAL, o.door))


def _unsafe(o: Outing, kind: SafetyKind, reason: str) -> None:
    o.plan()
    o.depart()
    o.arrive()
    o.later(0.5, 1)
    if kind is SafetyKind.ANIMAL:
        o.send(visit.AskAboutAnimal(visit=o.door.visit, moved=False, text="Asked through the door; nobody came."))
        o.later(0.5, 1)
    o.door.unsafe = kind
    o.send(visit.CancelForSafety(visit=o.door.visit, kind=kind, reason=reason))
    o.ring()
    o.back()
    finish(o)
    o.decide(o.rng.choice((NotSeenDecision.TRY_AGAIN, NotSeenDecision.NO_FURTHER_ACTION)))


def animal_shut_away(o: Outing) -> None:
    """An animal is asked to be shut away, and is."""
    o.plan()
    o.depart()
    o.arrive()
    o.later(0.3, 0.6)
    o.send(visit.AskAboutAnimal(visit=o.door.visit, moved=True, text="The dog is in the kitchen now."))
    if o.may_enter(o.door):
        o.go_in()
        o.later(o.stay - 5, o.stay - 1)
    o.see()
    o.leave()
    o.ring()
    o.back()
    finish(o)


def danger(o: Outing) -> None:
    """Danger is reported; the office takes it, 999 is rung, and they are safe again."""
    o.plan()
    o.depart()
    o.arrive()
    o.later(0.5, 1)
    o.send(trip.ReportDanger(trip=o.trip, visit=o.door.visit, text="A man blocks the path and will not let us by."))
    o.later(0.3, 0.6)
    o.send(trip.TakeAlarm(trip=o.trip), o.office)
    o.later(0.4, 0.8)
    o.send(trip.CallEmergency(trip=o.trip, visit=o.door.visit, service="police"), o.office)
    o.later(3, 6)
    o.door.unsafe = SafetyKind.PEOPLE
    o.send(visit.CancelForSafety(visit=o.door.visit, kind=SafetyKind.PEOPLE, reason="Threatened on the path."))
    o.later(0.5, 1)
    o.send(trip.DangerIsOver(trip=o.trip, text="In the car with the doors locked, driving back."))
    o.ring()
    o.back()
    finish(o)
    o.decide(NotSeenDecision.POLICE_WELFARE_CHECK)


_EXPLAINED = 0.66
