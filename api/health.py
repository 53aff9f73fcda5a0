"""Is everything well? For monitors, and for whoever looks after Doorstep: no school and no person is named."""

import asyncio
from datetime import timedelta

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.identity import runtime_of
from api.runtime import Runtime
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


@router.get("/health", response_model=None, summary="Is everything well?")
async def health(request: Request) -> Response:
    """200 where the database answers, the projections follow, the overdue watch looks and no log was altered; else 503."""
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
    status = "well" if watch and follows and not altered else "unwell"
    return Health(status=status, database=True, schools=len(beats), behind=max(behind, 0), watch=watch, altered=altered)


def _watches(runtime: Runtime) -> bool:
    tick = runtime.watch.last_tick if runtime.watch is not None else None
    return tick is not None and runtime.now() - tick <= TRAILING
