"""The decision to put a request right: its purpose, where it goes to, or that it has a safeguarding focus.

Clauses: DV-20 (a change of purpose or address overtakes every yes and assessment), LJ-12, SP-09, SC-25, X07.
"""

from domain.envelope import Decision, Entry
from domain.ids import visit_stream
from domain.need import always
from domain.refusal import Refused
from domain.situation import Situation
from domain.staff.words import listed
from domain.trip.plans import gone_on_without, still_refusing
from domain.visit import commands as c
from domain.visit import events as e
from domain.visit.plans import slt_overrides, stale
from domain.visit.rules.on_site import school_will_not_do
from domain.visit.rules.place import place_allowed
from domain.visit.rules.purpose import is_welfare, purpose_allowed
from domain.visit.state import VisitState


def correct_request(command: c.CorrectRequest, s: Situation) -> Decision:
    """The request as it is from now on, held to what the school's policy says of requests. The same again changes nothing."""
    visit = s.visit(command.visit)
    _not_too_late(visit)
    purpose, place = command.purpose or visit.purpose, command.place or visit.place
    purpose_text = command.purpose_text.strip() or visit.purpose_text
    address = command.address.strip() or visit.address
    marked = visit.safeguarding if command.safeguarding is None else command.safeguarding
    welfare = is_welfare(s.policy, purpose, marked=marked)
    what = _what_changed(visit, purpose, purpose_text, place, address, welfare=welfare)
    if not what:
        return ()
    override = slt_overrides(s, command.override_reason)
    unmet = (
        *(purpose_allowed(s.policy, purpose, slt_override=override) if purpose != visit.purpose else ()),
        *(place_allowed(s.policy, place) if place != visit.place else ()),
    )
    if visit.safeguarding and not welfare:  # Until now nobody had to say it.
        why_not_here = command.override_reason if override else command.on_site_reason
        unmet = (*unmet, *school_will_not_do(s.policy, why_not_here, welfare=welfare))
    if still_refusing(unmet, command.reasons):
        raise Refused(unmet)
    event = e.RequestCorrected(
        purpose=purpose,
        purpose_text=purpose_text,
        place=place,
        address=address,
        safeguarding=welfare,
        on_site_reason=command.on_site_reason,
        override_reason=command.override_reason,
        reasons=command.reasons,
        what=what,
        why=command.why,
    )
    stream = visit_stream(visit.id)
    without = (Entry(stream, one) for one in gone_on_without(unmet, command.reasons, e.RequestCorrected))
    return (Entry(stream, event), *stale(s, visit, what), *without)


def _not_too_late(visit: VisitState) -> None:
    """Raises Refused once the visit is over, or somebody stood at the door: what was asked for then stays as it was."""
    if visit.closed or visit.cancelled is not None:
        raise Refused((always("visit.closed", "This visit is closed: ask for another one"),))
    if visit.arrived_at is not None:
        says = "They have been at the door already: keep a note, or move the visit to the right pupil"
        raise Refused((always("visit.arrived", says),))


def _what_changed(
    visit: VisitState, purpose: str, purpose_text: str, place: str, address: str, *, welfare: bool
) -> str:
    """What of the request is another than before, as words that follow "because"; "" where all is the same."""
    other_purpose = (purpose, purpose_text) != (visit.purpose, visit.purpose_text)
    parts = [
        words
        for words, changed in (
            ("the purpose changed", other_purpose),
            ("the address changed", (place, address) != (visit.place, visit.address)),
            ("a safeguarding focus was marked", welfare and not visit.safeguarding),
            ("the safeguarding focus was taken away", visit.safeguarding and not welfare),
        )
        if changed
    ]
    return listed(parts)
