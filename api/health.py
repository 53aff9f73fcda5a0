"""Is everything well? For monitors, and for whoever looks after Doorstep: no school and no person is named."""

import asyncio
from datetime import timedelta

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.identity import runtime_of
from api.runtime import Runtime
from commands.integrity import Sealer
from eventlog.errors import LogUnavailable

TRAILING = timedelta(seconds=5)
"""The watch's last tick may be this old, and the projections may trail the log's head for this long (law 4)."""

router = APIRouter(tags=["health"])


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the installation."""

    status: str
    """`well`, or `unwell` (sent with 503)."""
    database: bool
    """The database answers."""
    schools: int
    behind: int
    """The largest number of events by which a school's projections trail its log."""
    watch: bool
    """The overdue watch looked within the last five seconds."""
    altered: int = 0
    """How many schools' logs are not as they were made, or not as they were sealed: there planning and exports stand
    still, and nothing else does. `doorstep log verify` says what is wrong."""
    sealer: str = "well"
    """How the proof of the logs comes along, where it does worst, looked at once a minute: `well`; `behind` (events have
    waited for their seal for more than a minute); `stopped` (for more than ten, and none was sealed); `refusing`. The
    last two are `unwell`. `doorstep status` says which school and why."""
    looks_waiting: int = 0
    """How many looks at the board or a contact card were shown over a minute ago and are not on record yet."""


@router.get("/health", response_model=None, summary="Is everything well?")
async def health(request: Request) -> Response:
    """200 where the database answers, projections follow, the watch looks, no log was altered, the sealer seals and looks are on record; else 503."""
    found = await asyncio.to_thread(examine, runtime_of(request))
    status = 200 if found.status == "well" else 503
    return Response(msgspec.json.encode(found), status_code=status, media_type="application/json")


def examine(runtime: Runtime) -> Health:
    """Look at everything once."""
    try:
        beats = {school.slug: runtime.beat(school.slug) for school in runtime.schools()}
    except LogUnavailable:
        return Health(status="unwell", database=False, schools=0, behind=0, watch=_watches(runtime))
    behind = max((beat.head - beat.position for beat in beats.values()), default=0)
    watch = _watches(runtime)
    follows = all(runtime.trailing(slug) <= TRAILING.total_seconds() for slug in beats)
    altered = len(runtime.bus.integrity.raised())
    sealer = runtime.bus.integrity.sealer()
    looks = runtime.later.overdue()
    sound = not altered and not looks and sealer in (Sealer.WELL, Sealer.BEHIND)
    return Health(
        status="well" if watch and follows and sound else "unwell",
        database=True,
        schools=len(beats),
        behind=max(behind, 0),
        watch=watch,
        altered=altered,
        sealer=sealer,
        looks_waiting=looks,
    )


def _watches(runtime: Runtime) -> bool:
    tick = runtime.watch.last_tick if runtime.watch is not None else None
    return tick is not None and runtime.now() - tick <= TRAILING
