"""Decisions about a broken glass."""

import re
from datetime import timedelta
from typing import Final

from domain.envelope import Decision, Entry
from domain.glass import commands as c
from domain.glass import events as e
from domain.glass.state import Glass, open_one
from domain.ids import StaffId, Stream, staff_stream
from domain.need import always
from domain.refusal import Incomplete, Refused, Unknown
from domain.roles import DSL_ROLES
from domain.situation import Situation

_WORD: Final = re.compile(r"\w{2,}")
_WORDS: Final = 4
"""Fewer are no sentence."""


def break_glass(command: c.BreakGlass, s: Situation) -> Decision:
    """It opens for so many minutes from now; one that the same person left open ends.

    Raises Incomplete without a reason in a sentence, for another time than the three, for somebody who is no DSL at home, and
    for this school's own.
    """
    reason = command.reason.strip()
    if not is_a_sentence(reason):
        raise Incomplete("reason", "a sentence that says why it cannot wait, for the school's DSL to read")
    if command.minutes not in c.MINUTES:
        raise Incomplete("minutes", "one of 15, 30 or 60")
    if command.role not in DSL_ROLES:
        raise Incomplete("role", "the DSL of another school, or a deputy")
    if command.home == s.school:
        raise Incomplete("home", "another school than this one")
    stream = staff_stream(s.acting.actor)
    known = s.people.get(s.acting.actor)
    before = None if known is None else open_one(known.glasses, s.now)
    ended = () if before is None else (Entry(stream, e.GlassEnded(glass=before.id, how="opened again")),)
    broken = e.GlassBroken(
        name=command.name,
        home=command.home,
        home_name=command.home_name,
        role=command.role,
        reason=reason,
        until=s.now + timedelta(minutes=command.minutes),
        confirmed_by=command.confirmed_by,
        session=command.session,
        device=command.device,
    )
    return (*ended, Entry(stream, broken))


def is_a_sentence(reason: str) -> bool:
    """Whether a reason says something to whoever reads it: a word or two do not."""
    return len(_WORD.findall(reason)) >= _WORDS


def end_glass(command: c.EndGlass, s: Situation) -> Decision:
    """It opens nothing from now on. Raises Unknown; Refused where it is over."""
    stream, glass = _target(s)
    if not glass.open_at(s.now):
        raise Refused((always("glass.over", "It is over already: nothing can be read by it any more"),))
    return (Entry(stream, e.GlassEnded(glass=glass.id, how=command.how)),)


def review_glass(command: c.ReviewGlass, s: Situation) -> Decision:
    """The school's own word on it, once. Raises Unknown; Refused while it is open, and where it was reviewed."""
    stream, glass = _target(s)
    if s.now < glass.over_at:
        raise Refused((always("glass.open", "It is still open: end it first, and then say how it was"),))
    if glass.reviewed_at is not None:
        raise Refused((always("glass.reviewed", "It was reviewed already, and that stands"),))
    proper = command.proper == "yes"
    return (Entry(stream, e.GlassReviewed(glass=glass.id, proper=proper, note=command.note)),)


def _target(s: Situation) -> tuple[Stream, Glass]:
    if not s.targets or not isinstance(s.targets[0].event, e.GlassBroken):
        raise Unknown("event")
    envelope = s.targets[0].envelope
    outsider = s.people.get(StaffId(envelope.stream.id))
    glass = next((one for one in outsider.glasses if one.id == envelope.event_id), None) if outsider else None
    if glass is None:
        raise Unknown("event")
    return envelope.stream, glass
