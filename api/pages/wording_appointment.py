"""What happened about an appointment, in school words."""

from typing import assert_never

from api.pages.wording_names import EventWords, Names
from api.pages.words import APPOINTMENT_HOW, CHILDCARE_DAYS, KEPT_AT, listed, sentence
from domain.visit import events as e

AppointmentEvent = (
    e.AppointmentOffered | e.AppointmentConfirmed | e.AppointmentSigned | e.AppointmentChanged | e.ChildcareDaysKept
)


def appointment_words(event: AppointmentEvent, names: Names) -> EventWords:
    """An event of an appointment: offered, agreed, signed, altered, and the days that are none for one."""
    match event:
        case e.AppointmentOffered():
            times = listed([names.when(at) for at in event.times])
            body = f"The family was offered {times}, {APPOINTMENT_HOW[event.how]}."
            return EventWords(title="Times offered", body=body, note=event.with_whom)
        case e.AppointmentConfirmed():
            return _agreed(event, names)
        case e.AppointmentSigned():
            who = ["parents"] if event.parents else []
            who += [names.person(event.officer)] if event.officer is not None else []
            return EventWords(title="Appointment signed", body=f"Signed by {listed(who)}.", note=event.parents)
        case e.AppointmentChanged():
            was = f", it was {names.when(event.was)}" if event.was else ""
            how = f", agreed {APPOINTMENT_HOW[event.how]}" if event.how is not None else ""
            return EventWords(
                title="Appointment changed", body=f"Now {names.when(event.at)}{was}{how}.", note=event.why
            )
        case e.ChildcareDaysKept():
            days = listed([CHILDCARE_DAYS[day] for day in event.days])
            return EventWords(title="Childcare days", body=f"The child is at childcare on {days}.")
        case _:
            assert_never(event)


def _agreed(event: e.AppointmentConfirmed, names: Names) -> EventWords:
    with_whom = f" with {event.with_whom}" if event.with_whom else ""
    signed = ", signatures kept" if event.signed else ""
    kept = f", kept {KEPT_AT[event.kept_at]}" if event.kept_at is not None else ""
    offered = " The family named the time." if event.family_named_it else ""
    times = f" {event.offers} times were offered." if event.offers > 1 else ""
    lasts = f" It lasts {event.planned_minutes} minutes." if event.planned_minutes else ""
    settled = [
        words
        for words, done in (("the address", event.address_settled), ("the family's questions", event.questions_invited))
        if done
    ]
    call = f" Gone through: {listed(settled)}." if settled else ""
    agreed = f"{names.when(event.at)}, agreed {APPOINTMENT_HOW[event.how]}{with_whom}{kept}{signed}."
    return EventWords(title="Appointment agreed", body=sentence(f"{agreed}{times}{offered}{lasts}{call}"))
