"""Is the school's record whole? What an alarm about it means, since when it stands, what to do and whom to ask."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.identity import Acquainted, runtime_of
from api.pages.dsl_model import duration
from api.pages.frame import page
from api.pages.templating import moment
from api.permitted import by_page
from commands.integrity import Since
from domain.permissions import Question
from eventlog.integrity import ClockStep, Sealed, SealingIncident

router = APIRouter(include_in_schema=False)

_MEANS: Final[Mapping[str, str]] = {
    "storage": "The tables that hold the record are not as Doorstep made them. Somebody with rights over the database changed"
    " them: by mistake, for some other work, or to change what is recorded.",
    "columns": "What stands beside an entry, to find it quickly, says something else than the entry itself. Somebody wrote into"
    " the database past Doorstep.",
    "keys": "The database of the keys, which make what is personal readable, is not as Doorstep made it or is not safe: somebody"
    " with rights over it changed its tables, or how its server runs.",
    "server": "The database server is set so that it may say “stored” before anything is on its disk, or hide that a disk is"
    " damaged. After a power cut the newest entries could be gone. The technician sets it back.",
    "sealer": "An entry is not what it was when it was signed, or is gone. The signer, which works apart from the database,"
    " has stopped signing and says so.",
}
"""What each kind of alarm means."""
_WAITS: Final = 60
"""Seconds for which an entry may wait to be signed before it is worth a word."""


class AlarmLine(msgspec.Struct, frozen=True, kw_only=True):
    """Alarms of one kind that stand."""

    means: str
    since: str
    technical: tuple[str, ...]
    """For whoever looks after Doorstep; these name tables and indices, and nobody."""


class Signing(msgspec.Struct, frozen=True, kw_only=True):
    """How far the record is signed."""

    says: str
    waits: bool
    """True where that is for too long."""


@router.get("/schools/{school}/record-check")
def record_check(request: Request, me: Annotated[Acquainted, by_page(Question.RECORD_CHECK)]) -> HTMLResponse:
    """Alarms, what the signer refused, and where the server's clock went back."""
    runtime = runtime_of(request)
    integrity, store = runtime.bus.integrity, runtime.store
    integrity.of(me.slug)
    return page(
        request,
        me,
        "record_check.html",
        alarms=_alarms(integrity.standing(me.slug), me.now),
        signing=_signing(store.sealed(me.slug), me.now),
        incidents=tuple(_incident(one, me.now) for one in store.sealing_incidents(me.slug)),
        clock=tuple(_step(one, me.now) for one in store.clock_steps(me.slug)),
    )


def _alarms(standing: Sequence[Since], now: datetime) -> tuple[AlarmLine, ...]:
    kinds = dict.fromkeys(one.alarm.kind for one in standing)
    return tuple(
        AlarmLine(
            means=_MEANS.get(kind, "Doorstep found something that is not as it must be."),
            since=moment(min(one.at for one in standing if one.alarm.kind == kind), now),
            technical=tuple(one.alarm.says for one in standing if one.alarm.kind == kind),
        )
        for kind in kinds
    )


def _signing(found: Sealed, now: datetime) -> Signing:
    left = found.head - found.sealed
    if not left:
        return Signing(says=f"All {found.head} entries are signed.", waits=False)
    waiting = int((now - found.waiting_since).total_seconds()) if found.waiting_since is not None else 0
    entries = "1 entry waits" if left == 1 else f"{left} entries wait"
    says = f"{found.sealed} of {found.head} entries are signed; {entries}"
    if waiting < _WAITS:
        return Signing(says=f"{says}, which takes a moment.", waits=False)
    return Signing(says=f"{says}, the first of them for {duration(waiting)}.", waits=True)


def _incident(one: SealingIncident, now: datetime) -> tuple[str, str]:
    at = "" if one.event is None else f" (entry {one.event})"
    says = (
        f"refused to sign: {one.reason}{at}" if one.reason is not None else "found the record whole again, and went on"
    )
    return moment(one.at, now), says


def _step(one: ClockStep, now: datetime) -> str:
    by = (
        f"{one.by.total_seconds():.1f} seconds"
        if one.by.total_seconds() < _WAITS
        else duration(int(one.by.total_seconds()))
    )
    return f"before entry {one.event}, recorded {moment(one.at, now)} by that clock: by {by} at least"
