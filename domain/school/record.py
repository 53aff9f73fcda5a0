"""What is on record about the policy itself: who keeps it, its reviews, what governors said, who was told. Pure."""

from collections.abc import Iterable
from datetime import date

import msgspec
from msgspec.structs import replace

from domain.envelope import Envelope, Recorded
from domain.event import Event
from domain.ids import EventId, StaffId
from domain.school import events as e
from domain.shared.corrections import effective


class Reviewed(msgspec.Struct, frozen=True, kw_only=True):
    """The policy was reviewed."""

    event: EventId
    by: StaffId
    on: date
    signature: str
    outcome: e.ReviewOutcome
    due: date | None
    """The last day on which the next review is in time, as the reviewer said; None where the cycle says it."""
    safeguarding: bool
    """Whether the safeguarding arrangements were looked at with it."""
    version: int
    why: str = ""


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """Governors did their part."""

    event: EventId
    by: StaffId
    on: date
    part: str
    """As the school's setting `governor_role` calls it."""
    signature: str
    version: int


class Arranged(msgspec.Struct, frozen=True, kw_only=True):
    """The head made sure that safeguarding arrangements are in place."""

    event: EventId
    by: StaffId
    on: date
    version: int


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """Some were told of the policy, or it was published."""

    event: EventId
    by: StaffId
    on: date
    audience: tuple[str, ...]
    where: str
    version: int


class Keepers(msgspec.Struct, frozen=True, kw_only=True):
    """Who keeps the text of the policy, and which committee of governors is responsible."""

    event: EventId
    owner: StaffId | None
    owner_name: str
    """Where they are nobody whom Doorstep knows."""
    committee: str

    @property
    def somebody(self) -> bool:
        """Whether a person is named, and not a committee only."""
        return self.owner is not None or bool(self.owner_name)


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """A document that the policy is read with."""

    event: EventId
    title: str
    edition: str
    on: date
    """When somebody last said which edition it is."""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody decided whether the policy changes after an incident."""

    event: EventId
    incident: EventId
    by: StaffId
    on: date
    amend: bool
    why: str


class PolicyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, oldest first."""

    reviews: tuple[Reviewed, ...] = ()
    acknowledged: tuple[Acknowledged, ...] = ()
    arranged: tuple[Arranged, ...] = ()
    shared: tuple[Shared, ...] = ()
    keepers: Keepers | None = None
    linked: tuple[Linked, ...] = ()
    """By title, each with its newest edition."""
    answered: tuple[Answered, ...] = ()

    @property
    def last_review(self) -> Reviewed | None:
        """The review of the latest day."""
        return max(self.reviews, key=lambda one: one.on, default=None)

    def shared_with(self, audience: str) -> Shared | None:
        """When an audience was last told; whoever told everybody told staff, parents and pupils, and the other way round."""
        told = [
            one
            for one in self.shared
            if audience in one.audience or (e.EVERYBODY in one.audience and audience in e.PEOPLE)
        ]
        found = max(told, key=lambda one: (one.version, one.on), default=None)
        if found is None and audience == e.EVERYBODY:
            each = [self.shared_with(one) for one in e.PEOPLE]
            known = [one for one in each if one is not None]
            return min(known, key=lambda one: one.version) if len(known) == len(each) else None
        return found


def after(record: PolicyRecord, event: Event, envelope: Envelope) -> PolicyRecord | None:  # noqa: PLR0911 - one return an event
    """The record after an event of the school's stream; None for one that is not about the policy itself."""
    key, by = envelope.event_id, envelope.person
    match event:
        case e.PolicyReviewRecorded():
            one = Reviewed(
                event=key,
                by=by,
                on=event.reviewed_on,
                signature=event.signature,
                outcome=event.outcome,
                due=event.due,
                safeguarding=event.safeguarding,
                version=event.version,
                why=event.why,
            )
            return replace(record, reviews=(*record.reviews, one))
        case e.PolicyAcknowledged():
            said = Acknowledged(
                event=key, by=by, on=event.on, part=event.part, signature=event.signature, version=event.version
            )
            return replace(record, acknowledged=(*record.acknowledged, said))
        case e.ArrangementsConfirmed():
            made_sure = Arranged(event=key, by=by, on=event.on, version=event.version)
            return replace(record, arranged=(*record.arranged, made_sure))
        case e.PolicyShared():
            told = Shared(
                event=key, by=by, on=event.on, audience=event.audience, where=event.where, version=event.version
            )
            return replace(record, shared=(*record.shared, told))
        case e.PolicyKeepersNamed():
            keepers = Keepers(event=key, owner=event.owner, owner_name=event.owner_name, committee=event.committee)
            return replace(record, keepers=keepers)
        case e.LinkedPolicyRegistered():
            others = [old for old in record.linked if old.title.casefold() != event.title.casefold()]
            linked = Linked(event=key, title=event.title, edition=event.edition, on=event.on)
            kept = others if event.gone else [*others, linked]
            return replace(record, linked=tuple(sorted(kept, key=lambda one: one.title.casefold())))
        case e.AmendmentDecided():
            answer = Answered(event=key, incident=event.incident, by=by, on=event.on, amend=event.amend, why=event.why)
            return replace(record, answered=(*record.answered, answer))
        case _:
            return None


def fold(recorded: Iterable[Recorded]) -> PolicyRecord:
    """The record that the school's events, as they stand corrected, add up to."""
    record = PolicyRecord()
    for envelope, event in effective(recorded):
        record = after(record, event, envelope) or record
    return record
