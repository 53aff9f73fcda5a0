"""How many things wait where: the numbers in the menu, the same on every page.

Counted anew only when something has happened at the school, or the minute has changed: between the two a page costs
no question more for them.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from threading import Lock
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Request

from api.identity import Acquainted, person_of, runtime_of
from api.pages.flash import at_least
from api.pages.menu import Area, may_see
from domain.ids import StaffId
from eventlog.errors import LogUnavailable
from projections import children_not_seen, concerns, exports, visits
from projections.approvals import how_many_wait_for
from projections.not_said import not_said
from projections.views import StillSaving, View

log = logging.getLogger(__name__)

_KEPT: Final = 1_000
"""People whose numbers are remembered; the one who looked longest ago goes first."""
_NAMES: Final = (visits.NAME, children_not_seen.NAME, concerns.NAME, exports.NAME)
_PARTS: Final = ("/stream", "/rows")
"""Ends of addresses that answer with a part of a page, without its menu."""

Counts = Mapping[Area, int]


def _approvals(view: View, me: Acquainted) -> int:
    return how_many_wait_for(view, me.directory, me.now, me.person)


def _my_trips(view: View, me: Acquainted) -> int:
    return len(not_said(view, me.directory, me.id))


def _dsl(view: View, me: Acquainted) -> int:
    del me
    return children_not_seen.how_many_undecided(view) + concerns.how_many_open(view)


def _exports(view: View, me: Acquainted) -> int:
    return len(exports.exports(view, me.directory, me.now).pending)


_COUNTED: Final[Mapping[Area, Callable[[View, Acquainted], int]]] = {
    Area.MY_TRIPS: _my_trips,
    Area.APPROVALS: _approvals,
    Area.DSL: _dsl,
    Area.EXPORTS: _exports,
}


class Badges:
    """The numbers of one application's people. Thread-safe."""

    def __init__(self) -> None:
        """Nothing is counted yet."""
        self._lock = Lock()
        self._known: OrderedDict[tuple[str, StaffId], tuple[int, datetime, Counts]] = OrderedDict()

    def of(self, me: Acquainted, position: int, count: Callable[[], Counts]) -> Counts:
        """This person's numbers when the projections stand at `position`; `count` is asked where they are not known."""
        key, minute = (me.slug, me.id), me.now.replace(second=0, microsecond=0)
        with self._lock:
            found = self._known.get(key)
            if found is not None and found[:2] == (position, minute):
                self._known.move_to_end(key)
                return found[2]
        counted = count()
        with self._lock:
            self._known[key] = (position, minute, counted)
            self._known.move_to_end(key)
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return counted


def count_waiting(request: Request, me: Annotated[Acquainted, Depends(person_of)]) -> None:
    """Keep for the frame of this answer what waits for this person (a dependency of every page of a school). Blocks.

    Where it cannot be counted now, the menu shows no number; the page itself says what is wrong.
    """
    if me.only_reads or request.method != "GET" or request.url.path.endswith(_PARTS):
        return
    runtime, least = runtime_of(request), at_least(request)
    areas = [area for area in _COUNTED if may_see(me, area)]

    def count() -> Counts:
        with runtime.view(me.slug, *_NAMES, at_least=least) as view:
            return {area: _COUNTED[area](view, me) for area in areas}

    try:
        position = max(runtime.runner(me.slug).position, least)
        request.state.waiting = _badges(request.app).of(me, position, count)
    except (LogUnavailable, StillSaving, LookupError) as error:
        log.warning("what waits at %s cannot be counted now (%s)", me.slug, type(error).__name__)


def counted(request: Request) -> Counts:
    """What `count_waiting` kept; nothing for an answer without it."""
    found: Counts = getattr(request.state, "waiting", {})
    return found


def _badges(app: FastAPI) -> Badges:
    found: Badges | None = getattr(app.state, "badges", None)
    if found is None:
        found = app.state.badges = Badges()
    return found
