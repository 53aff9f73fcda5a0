"""Decisions about what is known of a family before a visit: looked up, agencies spoken to, and who interprets.

Clauses: SP-08, LJ-33, WL-18, WL-23, NH-08, NH-10, NH-11, NH-23 to NH-25, NH-34, NH-35.
"""

from domain.envelope import Decision, Entry
from domain.ids import visit_stream
from domain.refusal import Incomplete
from domain.situation import Situation
from domain.visit import commands as c
from domain.visit import events as e
from domain.visit.rules.background import look_ups


def check_background(command: c.CheckBackground, s: Situation) -> Decision:
    """What was looked up about the family before the visit."""
    visit = s.visit(command.visit)
    asked = {one.code: one for one in look_ups(s.policy)}
    if any(code not in asked for code in command.looked_up):
        raise Incomplete("looked_up", f"what this school looks up: {', '.join(asked)}")
    if any(code not in asked or not asked[code].may_not_apply for code in command.not_needed):
        may = ", ".join(code for code, one in asked.items() if one.may_not_apply) or "nothing"
        raise Incomplete("not_needed", f"what may not apply to a family at this school: {may}")
    if not command.looked_up and not command.not_needed:
        raise Incomplete("looked_up", f"what was looked up, of: {', '.join(asked)}")
    both = set(command.looked_up) & set(command.not_needed)
    if both:
        raise Incomplete("not_needed", f"looked up or not needed, not both: {', '.join(sorted(both))}")
    event = e.BackgroundChecked(looked_up=command.looked_up, not_needed=command.not_needed, note=command.note)
    return (Entry(visit_stream(visit.id), event),)


def record_agency_liaison(command: c.RecordAgencyLiaison, s: Situation) -> Decision:
    """Whom the school spoke to at another agency, and what that agency does with the family."""
    visit = s.visit(command.visit)
    if command.contacted_at is not None and command.contacted_at > s.now:
        raise Incomplete("contacted_at", "a time that has come: it is recorded when they were spoken to, not before")
    event = e.AgencyLiaisonRecorded(
        agency=command.agency,
        worker=command.worker,
        agency_role=command.agency_role,
        contacted_at=command.contacted_at or s.at,
        shared_aim=command.shared_aim,
        joint=command.joint,
    )
    return (Entry(visit_stream(visit.id), event),)


def arrange_interpreter(command: c.ArrangeInterpreter, s: Situation) -> Decision:
    """Who was asked to interpret at the door and who comes, or that nobody is needed."""
    visit = s.visit(command.visit)
    if not command.needed and command.who.strip():
        raise Incomplete("who", "nobody, where no interpreter is needed")
    event = e.InterpreterArranged(
        needed=command.needed,
        asked_of=command.asked_of,
        who=command.who,
        note=command.note,
        for_day=s.planned_day,
    )
    return (Entry(visit_stream(visit.id), event),)
