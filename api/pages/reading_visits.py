"""Who may open a visit, and who may read what was typed about it."""

from api.identity import Acquainted
from api.pages.menu import Area, may_see
from api.records import may_read
from domain.ids import StaffId
from domain.trip.state import TripState
from domain.visit.state import VisitState
from projections.history_lines import Line
from projections.visits import Planned, VisitLine


def involved(me: Acquainted, planned: Planned) -> bool:
    """Asked for it, goes on it, watches it, said yes to it, or oversaw its risk assessment."""
    trip = planned.trip
    people: set[StaffId | None] = {planned.visit.requested_by, trip.watcher, trip.deputy, *trip.team, *trip.departed}
    people |= {a.person for a in planned.visit.approvals} | {a.overseen_by for a in planned.visit.assessments}
    return me.id in people


def may_open(me: Acquainted, planned: Planned, *, awaited: bool) -> bool:
    """Whether the plan is shown: to those who plan visits, and to everybody who has a part in this one.

    `awaited`: it waits for this person's yes, or for them to oversee its risk assessment.
    """
    return not me.only_reads and (may_see(me, Area.VISITS) or awaited or involved(me, planned))


def reads_notes(me: Acquainted, visit: VisitState, trip: TripState, *, awaited: bool) -> bool:
    """Whether what was typed about child and family is shown.

    To those whom the policy lets read notes, and to whoever asked for this visit, goes on it, or decides about it.
    """
    decided = (*(a.person for a in visit.approvals), *(a.overseen_by for a in visit.assessments))
    own = {visit.requested_by, *trip.team, *trip.departed, *decided}
    return may_read(me) or me.id in own or awaited


def wrote(me: Acquainted, line: Line) -> bool:
    """Whether a line is this person's own word; whoever wrote a note may always read it."""
    return me.id == line.by.id or (line.said_by is not None and line.said_by.by.id == me.id)


def state_of(line: VisitLine) -> str:
    """The state of the `tag` macro that says how far a visit has come."""
    if line.stage == "planning":
        if line.waits_for_approval:
            return "waiting"
        return "needed" if line.waits_for else "ready"
    if line.stage == "closed":
        return line.ending or "recorded"
    return {"cleared": "cleared", "out": "out"}.get(line.stage, "to write up")
