"""Facts that calm a board: kept from anybody, acted on only from somebody who can answer for them (law 4)."""

import msgspec

from domain.command import Command
from domain.envelope import Decision, Entry
from domain.ids import TripId, trip_stream, visit_stream
from domain.roles import in_words
from domain.shared.events import KeptAsSent
from domain.situation import Situation
from domain.standing import speaks_for
from domain.trip import commands as c
from domain.trip.events import ContactResult, FactCameLoose
from domain.visit.commands import ChildNotAlone

CALMING = (
    c.ReturnToSchool,
    c.SafeByVoice,
    c.KeepBackBy,
    c.MoveBackBy,
    c.MakeCheckIn,
    c.TakeAlarm,
    c.AttemptContact,
    c.DangerIsOver,
    ChildNotAlone,
)
"""The facts after which a board is calmer than before."""

_FROM_ANYBODY = (c.TakeAlarm, c.MoveBackBy)
"""Whoever stays behind may deal with an alarm; a time that an outsider gives is only shown (`domain.trip.facts`)."""


def why_it_calms_nothing(command: Command, s: Situation) -> str:  # noqa: PLR0911 - one return a reason
    """Why this fact, kept as it is, leaves every alarm standing; "" where it may act."""
    if not isinstance(command, CALMING):
        return ""
    typist = s.people.get(s.acting.actor)
    if typist is not None and typist.outside:
        return f"told by {in_words(typist.main_role(s.at))}, who cannot answer for it: what stood on the board stands"
    person = s.speaker
    if person is not None and person.is_device:
        return "typed at the front desk by nobody who said who they are: what stood on the board stands until somebody does"
    if person is not None and not person.works_with_children(s.at):
        return f"said by {in_words(person.role_word(s.at))}, who cannot answer for it: what stood on the board stands"
    if isinstance(command, c.TakeAlarm) and s.trip is not None and s.acting.person in s.trip.out:
        return "said by somebody who is out: the alarm waits for somebody who stays behind"
    if not isinstance(command, _FROM_ANYBODY) and not _may_calm(command, s):
        return (
            "said by somebody who is not on this trip, does not watch over it and does not speak for the school office,"
            " SLT or the safeguarding team: what stood on the board stands"
        )
    return ""


def _may_calm(command: Command, s: Situation) -> bool:
    if isinstance(command, c.AttemptContact) and command.result is not ContactResult.SPOKE_SAFE:
        return True  # That somebody rang in vain, or heard that something is wrong, is worth having from anybody.
    if s.trip is None:
        asked = {visit.requested_by for visit in s.visits.values() if visit.exists}
        return not asked or s.acting.person in asked or speaks_for(s, None)
    # Of a trip that cannot be read nobody knows who is on it: it stays red on the board whatever is said.
    return speaks_for(s, s.trip) or trip_stream(s.trip.id) in s.unreadable


def kept_without_effect(command: Command, s: Situation, why: str) -> Decision:
    """The fact with all that it said, kept beside what it speaks of."""
    kept = KeptAsSent(command=command.NAME, says=why, unreadable={"sent": msgspec.json.encode(command).decode()})
    if s.trip is not None:
        return (Entry(trip_stream(s.trip.id), kept),)
    if s.visits:
        return (Entry(visit_stream(next(iter(s.visits))), kept),)
    stream = trip_stream(TripId(s.new_id("trip")))
    return (Entry(stream, FactCameLoose(about=command.NAME)), Entry(stream, kept))
