"""Decisions about worries for a child."""

from domain.concern import commands as c
from domain.concern import events as e
from domain.envelope import Decision, Entry
from domain.ids import ConcernId, concern_stream
from domain.refusal import Unknown
from domain.situation import Situation


def raise_concern(command: c.RaiseConcern, s: Situation) -> Decision:
    """Accepted in any state, with any field missing, and with no visit at all (DV-14)."""
    pupils = command.pupils
    if not pupils and command.visit is not None and command.visit in s.visits:
        known = s.visits[command.visit].pupils
        pupils = known if len(known) == 1 else ()
    event = e.ConcernRaised(
        pupils=pupils,
        visit=command.visit,
        trip=command.trip or (s.trip.id if s.trip else None),
        category=command.category,
        text=command.text,
        child_described=command.child_described,
        on_roll=command.on_roll and all(s.pupils[p].on_roll for p in pupils if p in s.pupils),
    )
    return (Entry(concern_stream(ConcernId(s.new_id("concern"))), event),)


def action_concern(command: c.ActionConcern, s: Situation) -> Decision:
    """What was done about it; saying that nothing was needed, and why, is an answer."""
    if s.concern is None or not s.concern.exists:
        raise Unknown("concern")
    event = e.ConcernActioned(action=command.action, why=command.why, closes=command.closes)
    return (Entry(concern_stream(s.concern.id), event),)
