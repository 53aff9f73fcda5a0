"""What happened with a broken glass, in school words."""

from typing import assert_never

from api.pages.wording_names import EventWords, Names
from api.pages.words import role_in_words
from domain.glass import events as glass
from domain.glass.events import GlassEvent
from domain.glass.state import Glass
from domain.times import hm

_ENDED = {
    "asked": "{who} ended it: nothing can be read by it any more.",
    "signed out": "{who} signed out: nothing can be read by it any more.",
    "opened again": "{who} opened the records anew, which ended it.",
}


def who_and_until(name: str, glass: Glass) -> str:
    """Who reads, of which school, and until when: "Dora Deane, DSL of Beckside Primary, until 15:20"."""
    return f"{name}, {of_school(glass)}, until {hm(glass.over_at)}"


def of_school(glass: Glass) -> str:
    """“DSL of Beckside Primary”."""
    return f"{role_in_words(glass.role).removeprefix('the ').removeprefix('a ')} of {glass.home_name}"


def glass_words(event: GlassEvent, names: Names) -> EventWords:
    """The words of an event about somebody of another school who read here."""
    match event:
        case glass.GlassBroken():
            role = role_in_words(event.role)
            body = f"{event.name}, {role} of {event.home_name}, opened this school's records until {names.when(event.until)}."
            return EventWords(title="Opened from another school", body=body, note=event.reason, tag="needs_reading")
        case glass.GlassEnded():
            body = _ENDED.get(event.how, _ENDED["asked"]).format(who=names.author)
            return EventWords(title="Reading from another school ended", body=body)
        case glass.GlassReviewed():
            body = f"{names.author} says that it was {'proper' if event.proper else 'not proper'}."
            return EventWords(title="Reading from another school reviewed", body=body, note=event.note)
        case _:
            assert_never(event)
