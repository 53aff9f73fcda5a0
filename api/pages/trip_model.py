"""What the "my trip" page of a phone shows, as `my_trip.html` and its scripts read it."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from api.pages.parts import Action, PersonLine
from domain.trip.events import CheckIn
from domain.visit.events import CancelReason, Outcome, SafetyKind

Words = tuple[tuple[str, str], ...]
"""(value sent, words shown) pairs, in the order shown."""


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A pupil or a colleague."""

    id: str
    name: str


class PhoneDoor(msgspec.Struct, frozen=True, kw_only=True):
    """One door of the trip, in order."""

    visit: str
    street: str
    """As the buttons repeat it: "12 Mill Street"."""
    pupils: tuple[Named, ...]
    purpose: str = ""
    notes: str = ""
    refused: bool = False
    """Not approved: nobody goes there. What happened there all the same can still be said."""
    wait_minutes: int | None = None
    """How long to wait where nobody answers; None on an unannounced visit, or where no rule says."""
    agreed_at: datetime | None = None
    """The agreed time: where it is later than "nobody answered", the wait begins then."""


class RecordedFact(msgspec.Struct, frozen=True, kw_only=True):
    """A fact about this trip that the school has recorded, whoever sent it. The page works out what comes next."""

    command: str
    command_id: str
    fields: Mapping[str, str | int | tuple[str, ...]]
    """The ids among the command's fields (visit, pupil, people, outcome, ...); no free text."""
    label: str
    """In words, for the list: "Arrived at Mill Street (Tom Ashworth)"."""
    at: datetime
    received_at: datetime


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """A person at school said that they are dealing with the danger."""

    by: str
    at: datetime


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """The words of the sheets' options."""

    outcomes: Words = (
        (Outcome.SEEN_SPOKEN.value, "Seen and spoken to"),
        (Outcome.SEEN.value, "Seen"),
        (Outcome.ADULT_ONLY.value, "Adult seen, child not"),
        (Outcome.NO_ANSWER.value, "Nobody answered"),
        (Outcome.MOVED.value, "Moved away"),
        (Outcome.REFUSED.value, "Refused to see us"),
    )
    adults: Words = (
        ("parent", "A parent"),
        ("parental_responsibility", "Somebody with parental responsibility"),
        ("responsible_adult", "Another responsible adult"),
        ("other_adult", "An adult we do not know"),
        ("none", "No adult"),
    )
    check_ins: Words = (
        (CheckIn.BEFORE_ENTRY.value, "Before going inside"),
        (CheckIn.LEFT_PROPERTY.value, "On leaving the house"),
        (CheckIn.AFTER_VISIT.value, "After the visit"),
        (CheckIn.AGREED_TIME.value, "At the agreed time"),
        (CheckIn.OTHER.value, "Another call"),
    )
    services: Words = (("police", "Police"), ("ambulance", "Ambulance"), ("fire", "Fire"), ("", "Not sure"))
    safety_kinds: Words = (
        (SafetyKind.PEOPLE.value, "People"),
        (SafetyKind.ANIMAL.value, "An animal"),
        (SafetyKind.PLACE.value, "The place"),
        (SafetyKind.FEELING.value, "It did not feel safe"),
        (SafetyKind.OTHER.value, "Something else"),
    )
    cancel_reasons: Words = (
        (CancelReason.NO_ANSWER.value, "No answer"),
        (CancelReason.FAMILY_LATE.value, "The family is late"),
        (CancelReason.DECLINED.value, "The family said no"),
        (CancelReason.NO_ADULT.value, "No adult"),
        (CancelReason.NO_LONGER_NEEDED.value, "No longer needed"),
        (CancelReason.OTHER.value, "Another reason"),
    )
    concerns: Words = (
        ("", "Not sure"),
        ("injury", "An injury"),
        ("disclosure", "Something a child said"),
        ("neglect", "Neglect"),
        ("child_alone", "A child left alone"),
        ("safety", "Safety in the home"),
        ("other", "Something else"),
    )


class PhoneTrip(msgspec.Struct, frozen=True, kw_only=True):
    """A trip as the phone of one of its people shows it. All instants UTC-aware."""

    school: str
    trip: str
    me: Named
    people: tuple[Named, ...]
    doors: tuple[PhoneDoor, ...]
    office_phone: str
    dsl: PersonLine
    watcher: PersonLine | None = None
    back_by: datetime | None = None
    """As it stands now, with every recorded move."""
    recorded: tuple[RecordedFact, ...] = ()
    """In the order of the log; undone ones may be left out or be followed by their `undo`."""
    calls: tuple[str, ...] = ()
    """The calls to school that the policy asks for: `CheckIn` values."""
    agreed_call_at: datetime | None = None
    """When they agreed to ring and say that the visit is over."""
    acknowledged: Acknowledged | None = None
    waits_for_ok: str = ""
    """Before OK to go: that it is not given yet, and who may press it; "" afterwards."""
    over: bool = False
    """True once everybody is back: the phone then forgets the trip."""
    send_headers: Mapping[str, str] = {}
    """Who sends: kept with each tap, so that it goes out as the person who tapped it."""
    fresh_from: str = ""
    """Address that answers with this record as JSON (`phone_json`); "" asks nothing."""
    now: datetime
    choices: Choices = Choices()


class PlainTrip(msgspec.Struct, frozen=True, kw_only=True):
    """What the page offers where scripts do not run: the same facts as ordinary forms."""

    call: str = ""
    """The call to school that is wanted now, as a sentence; "" for none."""
    called: Action | None = None
    """It was made."""
    next: Action | None = None
    actions: tuple[Action, ...] = ()


def phone_json(trip: PhoneTrip) -> bytes:
    """The record as JSON, for `fresh_from`; instants in UTC as ISO 8601."""
    return msgspec.json.encode(trip)
