"""Events of restricted cases in school words, for those inside: their page, and an export that they make."""

from collections.abc import Mapping
from typing import Final, assert_never

from api.pages.wording_names import EventWords, Names, said
from domain.case import events as e
from domain.case.events import CaseEvent
from domain.case.state import Kind

KINDS: Final[Mapping[Kind, str]] = {
    "allegation": "allegation",
    "complaint": "complaint",
    "intervention": "use of force",
    "": "report that could not be read",
}
"""What a case is called."""


def case_words(event: CaseEvent, names: Names) -> EventWords:  # noqa: PLR0911 - one arm an event
    """The words of an event of a case."""
    match event:
        case e.AllegationRouted():
            note = said(event.about_described, event.child_described, event.text)
            return EventWords(title="Allegation raised", body="An allegation about a member of staff.", note=note)
        case e.ComplaintRouted():
            note = said(event.from_whom, event.about_described, event.child_described, event.text)
            return EventWords(title="Complaint raised", body="A complaint of how a visit went.", note=note)
        case e.PhysicalInterventionRecorded():
            told = (event.text, event.why_last_resort, event.force_used, event.injury_prevented)
            note = said(event.about_described, event.child_described, *told)
            return EventWords(
                title="Use of force recorded", body="Force was used to keep somebody from harm.", note=note
            )
        case e.CaseNoted():
            if event.answer:
                return EventWords(title="Answer given", body="What whoever complained was answered.", note=event.text)
            return EventWords(title="Note", body=f"{names.author} wrote something down.", note=event.text)
        case e.PersonLetIn():
            return EventWords(title="Let in", body=f"{names.person(event.person)} may read this case.", note=event.why)
        case e.PersonLeftOut():
            body = f"This case is closed to {names.person(event.person)}."
            return EventWords(title="Left out", body=body, note=event.why)
        case e.PersonNamed():
            return EventWords(title="Named", body=f"The case is about {names.person(event.person)}.")
        case e.CaseClosed():
            return EventWords(title="Closed", body="What came of it.", note=said(event.outcome, event.why_last_resort))
        case _:
            assert_never(event)
