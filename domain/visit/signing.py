"""The decision to sign a row of the visit list."""

from domain.envelope import Decision, Entry
from domain.ids import visit_stream
from domain.need import always
from domain.refusal import NotPermitted, Refused
from domain.roles import in_words
from domain.situation import Situation
from domain.visit import commands as c
from domain.visit.as_read import as_it_was_read
from domain.visit.events import VisitListSigned
from domain.visit.plans import not_typed_by_a_visitor
from domain.visit.rules.signed_list import row_signed, signer


def sign_visit_list(command: c.SignVisitList, s: Situation) -> Decision:
    """Whom the policy names signs the row as it stands now (SP-38). A row that is signed already stays as it is."""
    visit = s.visit(command.visit)
    if visit.closed or visit.cancelled is not None:
        raise Refused((always("visit.closed", "This visit is closed: nothing is left to sign"),))
    word = signer(s.policy)
    if not word:
        message = "This school's policy has no visit list to sign"
        raise NotPermitted(message)
    not_typed_by_a_visitor(s)
    held = s.speaker.fills(word, s.at) if s.speaker is not None else None
    if held is None or not s.lets_decide(held):
        message = f"The visit list is signed by {in_words(word)}"
        raise NotPermitted(message)
    if row_signed(visit, s.pupils):
        return ()
    as_it_was_read(visit, command.seen, s.at, s.pupils)
    event = VisitListSigned(role=word, log_index=s.head, for_day=s.planned_day)
    return (Entry(visit_stream(visit.id), event, role=held.role, deputising_for=held.deputising_for),)
