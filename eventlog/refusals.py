"""What it means when the append function refuses a request. Nothing of it was stored."""

from typing import Final

from eventlog.appending import NotStored
from eventlog.errors import EventIdReused, LogUnavailable
from eventlog.recorder import SchoolRecorder
from eventlog.sealing import Draft, Sealing
from eventlog.seam import ClaimTaken, VersionConflict

_UNIQUE: Final = "23505"
_PASSING: Final = frozenset({"40001", "40P01", "55P03"})
"""Serialization failure, deadlock, a lock not had in time: the same request may succeed the next time."""


def judge(draft: Draft, refusal: NotStored, recorder: SchoolRecorder, sealing: Sealing) -> None:
    """Raise the reason for the caller, or return where the same draft may be sealed and sent again.

    Raises VersionConflict, ClaimTaken, EventIdReused; LogUnavailable where the database has no room; and the refusal
    itself where it is none of these.
    """
    which = refusal.constraint if refusal.sqlstate == _UNIQUE else refusal.sqlstate
    match which:
        case "event_pkey" | "DS001":
            _refuse_moved_streams(draft, recorder)
        case "event_event_id_idx":
            if recorder.knows_any([payload.new.event_id for payload in draft.payloads]):
                message = "An event id of this append is in the log already. Nothing was stored."
                raise EventIdReused(message) from refusal
            raise refusal
        case "claim_pkey":
            _refuse_taken_claims(draft, recorder, sealing)
        case "command_pkey" | "DS002":
            return
        case "53100":
            message = "The database's disk is full. Nothing was stored: make room, then send it again."
            raise LogUnavailable(message) from refusal
        case _:
            if which not in _PASSING:
                raise refusal


def _refuse_moved_streams(draft: Draft, recorder: SchoolRecorder) -> None:
    places = recorder.places(draft.streams())
    for write in draft.writes:
        place = places.get(write.stream)
        if write.expected_version is not None and write.expected_version != (place.version if place else 0):
            raise VersionConflict(write.stream)


def _refuse_taken_claims(draft: Draft, recorder: SchoolRecorder, sealing: Sealing) -> None:
    keyed = {claim: sealing.claim(claim) for claim in sorted(draft.claims.take)}
    holders = recorder.holders(list(keyed.values()))
    for claim, one in keyed.items():
        holder = holders.get(one)
        if holder is not None and holder != draft.claims.holder:
            raise ClaimTaken(claim, holder)
