"""Following a stream's state row by row: what several questions share."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from domain.concern import state as concern
from domain.concern.state import ConcernState
from domain.envelope import Recorded
from domain.erasure.events import AboutErasure, PersonalDataErased
from domain.ids import ConcernId, PupilId, StaffId, StreamKind, TripId, VisitId
from domain.pupil import state as pupil
from domain.pupil.state import Pupil
from domain.shared.events import Beside, EventCorrected
from domain.staff import state as staff
from domain.staff.state import Person
from domain.trip import state as trip
from domain.trip.state import TripState
from domain.visit import state as visit
from domain.visit.state import VisitState
from projections.rows import Past, Rows

State = TripState | VisitState | ConcernState | Person | Pupil
_STATES: Mapping[StreamKind, type[State]] = {
    StreamKind.TRIP: TripState,
    StreamKind.VISIT: VisitState,
    StreamKind.CONCERN: ConcernState,
    StreamKind.STAFF: Person,
    StreamKind.PUPIL: Pupil,
}
_KEEP_A_NAME = (StreamKind.PUPIL, StreamKind.STAFF)
"""Of them others speak by id: something has to stand where the name was."""


def follow(recorded: Recorded, rows: Rows, past: Past) -> State | None:
    """The stream's state after one more event, kept as a row of the stream's kind under its id.

    A correction folds the stream again from its first event. None for the school's own stream, for what people read and for what is restricted, and where no state moves:
    a hold says nothing of it, and whoever only looks at an erased visit does not bring it back (DV-11).
    """
    envelope, event = recorded
    kind, key = envelope.stream
    if kind in (StreamKind.SCHOOL, StreamKind.ACCESS, StreamKind.CASE):
        return None
    if isinstance(event, PersonalDataErased) and kind not in _KEEP_A_NAME:
        rows.delete(kind.value, key)
        return None
    if isinstance(event, AboutErasure) and not isinstance(event, PersonalDataErased):
        return None
    if isinstance(event, Beside) and envelope.version > 1 and rows.get(kind.value, key, _STATES[kind]) is None:
        return None
    if isinstance(event, EventCorrected | PersonalDataErased):
        state: State = _fold(kind, key, past.stream(envelope.stream, envelope.version))
    else:
        state = _evolve(kind, key, rows, recorded)
    rows.put(kind.value, key, state)
    return state


def _evolve(kind: StreamKind, key: UUID, rows: Rows, recorded: Recorded) -> State:
    envelope, event = recorded
    first = envelope.version == 1  # then there is no row yet, and no need to ask the database
    match kind:
        case StreamKind.TRIP:
            t = (None if first else rows.get(kind.value, key, TripState)) or TripState(id=TripId(key))
            return trip.evolve(t, event, envelope)  # type: ignore[arg-type]  # the stream holds only its own kinds
        case StreamKind.VISIT:
            v = (None if first else rows.get(kind.value, key, VisitState)) or VisitState(id=VisitId(key))
            return visit.evolve(v, event, envelope)  # type: ignore[arg-type]  # as above
        case StreamKind.CONCERN:
            c = (None if first else rows.get(kind.value, key, ConcernState)) or ConcernState(id=ConcernId(key))
            return concern.evolve(c, event, envelope)  # type: ignore[arg-type]  # as above
        case StreamKind.STAFF:
            p = (None if first else rows.get(kind.value, key, Person)) or Person(id=StaffId(key))
            return staff.evolve(p, event, envelope)  # type: ignore[arg-type]  # as above
        case StreamKind.PUPIL:
            u = (None if first else rows.get(kind.value, key, Pupil)) or Pupil(id=PupilId(key))
            return pupil.evolve(u, event, envelope)  # type: ignore[arg-type]  # as above
        case StreamKind.SCHOOL | StreamKind.ACCESS | StreamKind.CASE:
            message = "this stream has no state row"
            raise ValueError(message)


def _fold(kind: StreamKind, key: UUID, events: Sequence[Recorded]) -> State:
    match kind:
        case StreamKind.TRIP:
            return trip.fold(TripId(key), events)
        case StreamKind.VISIT:
            return visit.fold(VisitId(key), events)
        case StreamKind.CONCERN:
            return concern.fold(ConcernId(key), events)
        case StreamKind.STAFF:
            return staff.fold(StaffId(key), events)
        case StreamKind.PUPIL:
            return pupil.fold(PupilId(key), events)
        case StreamKind.SCHOOL | StreamKind.ACCESS | StreamKind.CASE:
            message = "this stream has no state row"
            raise ValueError(message)
