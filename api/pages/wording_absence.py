"""Absences in school words."""

from typing import assert_never

from api.pages.templating import short_day
from api.pages.wording_names import EventWords, said
from api.pages.words import in_words, listed
from domain.pupil import events as e


def absence_words(event: e.AbsenceReported | e.AbsenceExplained | e.AbsenceFlagged) -> EventWords:
    """What an event about an absence says."""
    match event:
        case e.AbsenceReported():
            tried = f" The family was tried {times(event.tries)} in vain." if event.tries else ""
            reached = " The family was spoken to." if event.reached else ""
            seen = " Somebody of the staff saw the child that day." if event.seen else ""
            why = "" if event.explanation else " Nobody has said why."
            body = f"Not in school on {short_day(event.day)}.{why}{tried}{reached}{seen}"
            return EventWords(title="Absent", body=body, note=event.explanation)
        case e.AbsenceExplained():
            days = listed([short_day(day) for day in event.days])
            by = f" Said by {event.who}." if event.who else ""
            return EventWords(title="Absence explained", body=f"For {days}.{by}", note=said(event.explanation))
        case e.AbsenceFlagged():
            days = listed([short_day(day) for day in event.days])
            body = f"To be looked into: not in school on {days}. Proposed: {in_words(event.purpose)}."
            return EventWords(title="Absence flagged", body=body)
        case _:
            assert_never(event)


def times(number: int) -> str:
    """How often: "once", "twice", "3 times"."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
