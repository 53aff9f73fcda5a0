"""The appointment with a family, as the events of a visit add it up."""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from domain.times import day_of, is_another_day
from domain.visit import events as e


class Appointment(msgspec.Struct, frozen=True, kw_only=True):
    """The agreed time."""

    at: datetime
    how: e.AppointmentHow
    parents_signed: bool = False
    officer_signed: bool = False
    offers: int = 1
    family_named_it: bool = False
    planned_minutes: int | None = None
    address_settled: bool = False
    questions_invited: bool = False
    kept_at: e.KeptAt | None = None

    @property
    def signed(self) -> bool:
        """Whether both signatures are kept with it (SC-17)."""
        return self.parents_signed and self.officer_signed


def on_another_day(kept: Appointment | None, at: datetime) -> bool:
    """Whether a time falls on another London day than the one that was agreed; False where none was."""
    return kept is not None and is_another_day(at, day_of(kept.at))


def agreed(event: e.AppointmentConfirmed) -> Appointment:
    """The appointment that was agreed: it takes the place of any before."""
    return Appointment(
        at=event.at,
        how=event.how,
        parents_signed=event.signed,
        officer_signed=event.signed,
        offers=event.offers,
        family_named_it=event.family_named_it,
        planned_minutes=event.planned_minutes,
        address_settled=event.address_settled,
        questions_invited=event.questions_invited,
        kept_at=event.kept_at,
    )


def signed(kept: Appointment | None, event: e.AppointmentSigned) -> Appointment | None:
    """Signatures on an appointment that was taken back since are signatures on nothing."""
    if kept is None:
        return None
    return replace(
        kept,
        parents_signed=kept.parents_signed or bool(event.parents),
        officer_signed=kept.officer_signed or event.officer is not None,
    )


def altered(old: Appointment | None, event: e.AppointmentChanged) -> Appointment:
    """Another time. What was signed said the time before: signatures fall, unless the event is of before this was kept."""
    if old is None:
        return Appointment(at=event.at, how=event.how or e.AppointmentHow.PHONE)
    if event.how is None:
        return replace(old, at=event.at)
    return replace(old, at=event.at, how=event.how, parents_signed=False, officer_signed=False)
