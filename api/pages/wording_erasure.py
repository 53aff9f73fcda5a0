"""What is about keeping and erasing somebody's data, in school words."""

from datetime import datetime
from typing import assert_never

from api.pages.wording_names import EventWords, Names
from api.pages.wording_removal import removal_words
from domain.erasure import events as e
from domain.event import Erased
from domain.removal.events import RemovalEvent
from domain.staff.words import day_in_words
from domain.times import day_of


def erasure_words(event: e.ErasureEvent | RemovalEvent | Erased, names: Names) -> EventWords:  # noqa: PLR0911 - one return an event
    """The words of an event of this room, of what is left of an erased event, and of a whole school's removal."""
    if isinstance(event, RemovalEvent):
        return removal_words(event)
    match event:
        case Erased():
            body = f"Erased on {_day(event.erased_at)} under the school's rule: {event.rule}."
            return EventWords(title="Erased", body=body)
        case e.RetentionHoldPlaced():
            return EventWords(title="Kept on legal hold", body="Nothing here may be erased.", note=event.why)
        case e.RetentionHoldLifted():
            return EventWords(title="Legal hold lifted", body="The school's own rule counts again.", note=event.why)
        case e.ErasureAsked():
            body = f"Under the school's rule: {event.rule}. A second person has to confirm it."
            return EventWords(title="Erasure asked for", body=body, note=event.why)
        case e.ErasureConfirmed():
            return EventWords(title="Erasure confirmed", body="A second person confirmed it.")
        case e.PersonalDataErased():
            asked, confirmed = names.person(event.asked_by), names.person(event.confirmed_by)
            body = f"Under the school's rule: {event.rule}. Asked for by {asked}, confirmed by {confirmed}."
            return EventWords(title="Personal data erased", body=f"{body}{_to_chase(event.exports)}")
        case e.ErasureOrdered():
            return EventWords(title="Erasure ordered", body=f"Under the school's rule: {event.rule}.")
        case _:
            assert_never(event)


def _to_chase(exports: tuple[e.ToChase, ...]) -> str:
    """What a person has erased in outside systems, record by record."""
    if not exports:
        return ""
    records = "; ".join(f"{one.system}, sent on {_day(one.exported_at)}: {one.key}" for one in exports)
    return f" To be erased elsewhere by hand: {records}."


def _day(instant: datetime) -> str:
    return day_in_words(day_of(instant))
