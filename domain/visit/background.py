"""What is known of a family before a visit, as the events of the visit add it up."""

from datetime import date, datetime

import msgspec

from domain.envelope import Envelope
from domain.ids import StaffId
from domain.visit import events as e


class Background(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked up about the family so far, and who said so last."""

    looked_up: tuple[str, ...]
    not_needed: tuple[str, ...]
    by: StaffId
    at: datetime


class Agency(msgspec.Struct, frozen=True, kw_only=True):
    """An agency that works with the family, and whom the school spoke to there."""

    agency: str
    worker: str
    does: str
    contacted_at: datetime
    shared_aim: str
    joint: bool
    """Whether somebody of theirs comes along."""


class Interpreting(msgspec.Struct, frozen=True, kw_only=True):
    """Who interprets at the door, or that nobody is needed; the last word counts."""

    needed: bool
    asked_of: e.Support
    who: str
    for_day: date | None
    by: StaffId
    at: datetime


def looked_up(known: Background | None, event: e.BackgroundChecked, envelope: Envelope) -> Background:
    """What one person looked up is added to what others did; the last word about one look-up counts."""
    before = known.looked_up if known is not None else ()
    spared = known.not_needed if known is not None else ()
    return Background(
        looked_up=tuple(dict.fromkeys((*(c for c in before if c not in event.not_needed), *event.looked_up))),
        not_needed=tuple(dict.fromkeys((*(c for c in spared if c not in event.looked_up), *event.not_needed))),
        by=envelope.person,
        at=envelope.occurred_at,
    )


def spoken_to(event: e.AgencyLiaisonRecorded) -> Agency:
    """The agency as the visit's page shows it."""
    return Agency(
        agency=event.agency,
        worker=event.worker,
        does=event.agency_role,
        contacted_at=event.contacted_at,
        shared_aim=event.shared_aim,
        joint=event.joint,
    )


def interpreting(event: e.InterpreterArranged, envelope: Envelope) -> Interpreting:
    """What is on record about an interpreter from now on."""
    return Interpreting(
        needed=event.needed,
        asked_of=event.asked_of,
        who=event.who.strip(),
        for_day=event.for_day,
        by=envelope.person,
        at=envelope.occurred_at,
    )
