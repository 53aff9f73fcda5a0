"""Who is who: staff with their roles, pupils with their families, and the policy in force when."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from domain.envelope import Recorded
from domain.ids import PupilId, StaffId, StreamKind
from domain.policy import Clause, Policy, Setting
from domain.pupil.state import Pupil
from domain.school import record as policy_record
from domain.school.calendar import Calendar
from domain.school.events import SettingsAdopted, TermDatesSet
from domain.school.record import PolicyRecord
from domain.shared.events import EventCorrected
from domain.staff.state import Person
from domain.trip.state import TripState
from projections.following import follow
from projections.projection import Projection
from projections.rows import Past, Rows
from projections.views import View

NAME = "directory"
V = TypeVar("V", "Adopted", Policy)


class Adopted(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the school's settings, as adopted."""

    version: int
    policy_key: str
    title: str
    effective_from: datetime
    settings: dict[str, Setting]
    own: dict[str, Clause] = {}


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """The place in the log of the last change to staff, pupils or settings."""

    index: int


def fold(recorded: Recorded, rows: Rows, past: Past) -> None:
    """Staff and pupils as they are now; every version of the settings."""
    event = recorded.event
    if isinstance(event, TermDatesSet):
        rows.put("calendar", "last", event.calendar)
    elif isinstance(event, SettingsAdopted):
        rows.put("settings", f"{event.version:06d}", adopted(event))
    elif recorded.envelope.stream.kind is StreamKind.SCHOOL:
        if not _about_the_policy(recorded, rows, past):
            return
    else:
        follow(recorded, rows, past)
    rows.put("changed", "last", Changed(index=recorded.envelope.index))


def _about_the_policy(recorded: Recorded, rows: Rows, past: Past) -> bool:
    """Keep what is on record about the policy itself; False for an event that says nothing of it."""
    envelope, event = recorded
    known = rows.get("policy_record", "last", PolicyRecord) or PolicyRecord()
    if isinstance(event, EventCorrected):
        found: PolicyRecord | None = policy_record.fold(past.stream(envelope.stream, envelope.version))
    else:
        found = policy_record.after(known, event, envelope)
    if found is None or found == known:
        return False
    rows.put("policy_record", "last", found)
    return True


PROJECTION = Projection(
    name=NAME, version=8, kinds=frozenset({StreamKind.STAFF, StreamKind.PUPIL, StreamKind.SCHOOL}), fold=fold
)


class Directory(msgspec.Struct, frozen=True):
    """Everybody at a school, its settings, and what is on record about them, at one place in the log."""

    changed: int
    people: Mapping[StaffId, Person]
    pupils: Mapping[PupilId, Pupil]
    policies: tuple[Policy, ...]
    calendar: Calendar = Calendar()
    record: PolicyRecord = PolicyRecord()

    @property
    def staff(self) -> tuple[Person, ...]:
        """Everybody who is or was on the staff: no device."""
        return tuple(p for p in self.people.values() if not p.is_device)

    def policy_at(self, when: datetime) -> Policy:
        """The settings in force at an instant: the last ones adopted for then; before the first, the first (DV-03).

        Raises LookupError for a school that never adopted any.
        """
        return in_force(self.policies, when)

    def policy_of(self, trip: TripState, when: datetime) -> Policy:
        """The settings that judge a step of a trip: while it is under way, those it left under (DV-03). Raises as `policy_at`."""
        return self.policy_at(trip.settings_of(when))

    def coming(self, when: datetime) -> tuple[Policy, ...]:
        """The versions adopted for a later instant, the next one first."""
        return tuple(p for p in self.policies if p.effective_from is not None and p.effective_from > when)

    @property
    def newest(self) -> int:
        """The newest version of the settings, in force or coming; 0 before any."""
        return max((p.version for p in self.policies), default=0)

    def holders(self, word: str, when: datetime) -> tuple[Person, ...]:
        """The people here who may act where a policy says `word`, by name."""
        found = (p for p in self.people.values() if p.here and p.fills(word, when))
        return tuple(sorted(found, key=lambda p: (p.name, p.id)))


EMPTY = Directory(0, {}, {}, ())


def last_change(view: View) -> int:
    """The place in the log of the last change that the directory shows."""
    row = view.one(NAME, "changed", "last", Changed)
    return 0 if row is None else row.index


def directory(view: View, clauses: Mapping[str, Clause]) -> Directory:
    """Everybody and the settings. `clauses` are those of all policies; each policy gets its own school's."""
    people = {p.id: p for p in view.all(NAME, "staff", Person)}
    pupils = {p.id: p for p in view.all(NAME, "pupil", Pupil)}
    policies = tuple(policy_of(row, clauses) for row in view.all(NAME, "settings", Adopted))
    calendar = view.one(NAME, "calendar", "last", Calendar) or Calendar()
    record = view.one(NAME, "policy_record", "last", PolicyRecord) or PolicyRecord()
    return Directory(last_change(view), people, pupils, by_start(policies), calendar, record)


def adopted(event: SettingsAdopted) -> Adopted:
    """The row of a version of the settings."""
    return Adopted(
        version=event.version,
        policy_key=event.policy_key,
        title=event.title,
        effective_from=event.effective_from,
        settings=event.settings,
        own=event.own,
    )


def by_start(versions: Iterable[V]) -> tuple[V, ...]:
    """Versions of the settings by when they come into force; of two for the same instant the newer one last."""
    return tuple(sorted(versions, key=lambda v: (v.effective_from is not None, v.effective_from, v.version)))


def in_force(versions: Sequence[V], when: datetime) -> V:
    """Of versions `by_start` the last adopted for an instant; before the first, the first (DV-03). Raises LookupError."""
    if not versions:
        message = "the school has adopted no settings yet"
        raise LookupError(message)
    begun = [v for v in versions if (since := _since(v)) is None or since <= when]
    return begun[-1] if begun else versions[0]


def _since(version: Adopted | Policy) -> datetime | None:
    return version.effective_from


def policy_of(adopted: Adopted | SettingsAdopted, clauses: Mapping[str, Clause]) -> Policy:
    """The policy that these settings make, with its own school's clauses out of all."""
    return Policy(
        key=adopted.policy_key,
        title=adopted.title,
        version=adopted.version,
        effective_from=adopted.effective_from,
        settings=adopted.settings,
        clauses={**_of_its_school(adopted.settings, clauses), **adopted.own},
        own=adopted.own,
    )


def _of_its_school(settings: Mapping[str, Setting], clauses: Mapping[str, Clause]) -> dict[str, Clause]:
    """The clauses of the school whose settings these are, and Doorstep's own: those that settings cite tell which.

    Whole, because some clauses hold whatever the settings say.
    """
    if not clauses:
        return {}
    letters = {c.partition("-")[0] for setting in settings.values() for c in setting.clauses}
    return {id_: clause for id_, clause in clauses.items() if id_.partition("-")[0] in letters}
