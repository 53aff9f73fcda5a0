"""What is about the removal of a whole school, in school words."""

from collections.abc import Mapping
from typing import Final, assert_never

from api.pages.wording_names import EventWords
from domain.removal import events as e
from domain.times import LONDON

GROUNDS: Final[Mapping[e.Ground, str]] = {
    e.Ground.MOVED: "The records went to a new home, which keeps them from now on",
    e.Ground.KEPT_LONG_ENOUGH: "The school's own rule keeps none of them any longer",
}


def removal_words(event: e.RemovalEvent) -> EventWords:
    """The words of an event of this room."""
    match event:
        case e.WholeExported():
            body = f"Everything that the school has here was written into a folder. The keys in it open by {event.keys_for}."
            return EventWords(title="Exported whole", body=body, note=event.why)
        case e.RemovalAsked():
            body = f"{GROUNDS[event.ground]}. A second person has to confirm it."
            return EventWords(title="Removal of the school asked for", body=body, note=event.why)
        case e.RemovalConfirmed():
            day = event.not_before.astimezone(LONDON)
            body = f"A second person confirmed it. The school may be removed from {day.day} {day:%B %Y, %H:%M} on."
            return EventWords(title="Removal of the school confirmed", body=body)
        case e.RemovalWithdrawn():
            return EventWords(title="Removal of the school withdrawn", body="The school stays here.", note=event.why)
        case _:
            assert_never(event)
