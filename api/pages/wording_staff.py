"""The words of what happened to a member of staff, and of what was put on record about them."""

from datetime import date
from typing import Final, assert_never

from api.pages.templating import short_day
from api.pages.wording_names import EventWords, Names
from api.pages.words import role_in_words, sentence
from domain.staff import events as staff
from domain.staff.events import OnRecordEvent, StaffEvent
from domain.staff.on_record import Insurance
from domain.staff.words import listed, said

COVER: Final = {
    Insurance.SOCIAL: "social journeys only",
    Insurance.COMMUTING: "social journeys and the way to work",
    Insurance.BUSINESS: "journeys for work too",
}
"""What a car's insurance covers, as people say it."""


def staff_words(event: StaffEvent, names: Names) -> EventWords:  # noqa: C901, PLR0911 - one arm an event
    """What happened to a member of staff, in school words."""
    match event:
        case staff.StaffJoined():
            job = f", {event.job}" if event.job else ""
            whose = f" ({event.employer})" if event.employer else ""
            return EventWords(title="Joined", body=f"{event.name}{job}{whose}.")
        case staff.ContactNumberRegistered():
            return EventWords(title="Mobile number held", body=f"{names.me} can be rung on {event.mobile}.")
        case staff.RoleAssigned():
            spell = names.spell(event.starts, event.ends)
            deputy = f", deputising for {names.person(event.deputising_for)}" if event.deputising_for else ""
            return EventWords(title="Role given", body=f"{names.me}: {role_in_words(event.role)}{deputy}{spell}.")
        case staff.RoleEnded():
            return EventWords(title="Role ended", body=f"{names.me}: {role_in_words(event.role)} no longer.")
        case staff.StaffRenamed():
            return EventWords(title="Name changed", body=f"Goes by {event.name} now.")
        case staff.StaffJobStated():
            return EventWords(title="Job", body=sentence(event.job))
        case staff.StaffCodeGiven():
            return EventWords(title="Staff code", body=f"The school's own system knows {names.me} by a code.")
        case staff.LineManagerNamed():
            return EventWords(title="Line manager named", body=f"{names.me} answers to {names.person(event.manager)}.")
        case staff.DeskMade():
            return EventWords(title="Front desk made", body=f"{names.author} made a front desk: {event.name}.")
        case staff.DeskEnded():
            return EventWords(title="Front desk ended", body=f"{names.author} signed a front desk out for good.")
        case staff.StaffLeft():
            last = f", last day {short_day(event.on)}" if event.on else ""
            return EventWords(title="Left the school's staff", body=f"{names.me} left{last}. The record stays.")
        case _:
            return _on_record(event, names)


def _until(day: date | None) -> str:
    return f", until {short_day(day)}" if day is not None else ""


def _on_record(event: OnRecordEvent, names: Names) -> EventWords:  # noqa: PLR0911 - one arm an event
    match event:
        case staff.TrainingRecorded():
            by = f", with {event.organiser}" if event.organiser else ""
            body = f"{names.me}: {said(event.course)}, {short_day(event.done_on)}{by}{_until(event.valid_until)}."
            return EventWords(title="Training on record", body=body)
        case staff.CheckRecorded():
            body = f"{names.me}: {said(event.check)}, {short_day(event.made_on)}{_until(event.valid_until)}."
            return EventWords(title="Check on record", body=body)
        case staff.EmployerAttested():
            what = f": {listed([said(one) for one in event.checks])}" if event.checks else ""
            by = f"{event.attested_by} of {event.employer} gave their word on {short_day(event.on)}"
            return EventWords(
                title="Employer's word on record", body=f"{names.me}. {by}{what}{_until(event.valid_until)}."
            )
        case staff.VehicleRegistered():
            return _vehicle(event, names)
        case staff.VehicleGivenUp():
            return EventWords(title="Car taken off the record", body=f"{names.me}: {event.registration}.")
        case staff.DesignatedVisitorNamed():
            body = f"{names.me} is a designated visitor from {short_day(event.since)}{_until(event.until)}."
            return EventWords(title="Designated visitor named", body=body)
        case staff.DesignationEnded():
            body = f"{names.me} is a designated visitor no longer; the last day was {short_day(event.on)}."
            return EventWords(title="Designated visitor no longer", body=body)
        case _:
            assert_never(event)


def _vehicle(event: staff.VehicleRegistered, names: Names) -> EventWords:
    what = " ".join(part for part in (event.colour, event.make, event.model) if part)
    cover = f" Insured for {COVER[event.insurance]}{_until(event.insured_until)}." if event.insurance else ""
    kept = " Serviced and roadworthy, they say." if event.maintained else ""
    car = f"{event.registration}{f', {what}' if what else ''}"
    return EventWords(title="Car on record", body=f"{names.me}: {car}.{cover}{kept}")
