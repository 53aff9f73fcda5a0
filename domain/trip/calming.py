"""Facts that calm a board: kept from anybody, acted on only from somebody who can answer for them (law 4)."""

from domain.command import Command
from domain.envelope import Decision, Entry
from domain.ids import TripId, trip_stream, visit_stream
from domain.roles import Role
from domain.shared.events import KeptAsSent
from domain.situation import Situation
from domain.trip import commands as c
from domain.trip.events import FactCameLoose
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


def why_it_calms_nothing(command: Command, s: Situation) -> str:
    """Why this fact, kept as it is, leaves every alarm standing; "" where it may act."""
    if not isinstance(command, CALMING):
        return ""
    roles = s.people[s.acting.person].roles_at(s.at) if s.acting.person in s.people else ()
    if roles and set(roles) <= {Role.GOVERNOR}:
        return "said by a governor, who cannot answer for it: what stood on the board stands"
    if isinstance(command, c.TakeAlarm) and s.trip is not None and s.acting.person in s.trip.out:
        return "said by somebody who is out: the alarm waits for somebody who stays behind"
    return ""


def kept_without_effect(command: Command, s: Situation, why: str) -> Decision:
    """The fact, kept beside what it speaks of."""
    kept = KeptAsSent(command=command.NAME, says=why)
    if s.trip is not None:
        return (Entry(trip_stream(s.trip.id), kept),)
    if s.visits:
        return (Entry(visit_stream(next(iter(s.visits))), kept),)
    stream = trip_stream(TripId(s.new_id("trip")))
    return (Entry(stream, FactCameLoose(about=command.NAME)), Entry(stream, kept))
