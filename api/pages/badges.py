"""How many things wait where: the numbers in the menu, the same on every page.

Counted anew only when something has happened at the school that changes anything: opening a record does not. What is
the same for everybody is counted once a school, and again on another day; what waits for one person, once a person and again when the minute
has changed, because whose yes counts depends on the time.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from contextlib import ExitStack
from functools import cache
from threading import Lock
from typing import Annotated, Final

from fastapi import Depends, FastAPI, Request

from api.identity import Acquainted, runtime_of
from api.pages.flash import at_least
from api.pages.menu import Area, may_see
from api.runtime import Runtime
from api.who_asks import person_of
from domain.permissions import Question
from domain.times import day_of
from eventlog.errors import LogUnavailable
from projections import children_not_seen, concerns, exports, notices, policy_calendar, restricted_cases
from projections.approvals import how_many_wait_for
from projections.not_said import not_said
from projections.outsiders import not_reviewed
from projections.oversight import how_many_wait_for_oversight
from projections.staff_standing import how_many_lapse
from projections.views import PATIENCE, StillSaving, View

log = logging.getLogger(__name__)

_KEPT: Final = 1_000
"""People and schools whose numbers are remembered; the one asked for longest ago goes first."""
_PARTS: Final = ("/stream", "/rows")
"""Ends of addresses that answer with a part of a page, without its menu."""

Counts = Mapping[Area, int]
Count = Callable[[View, Acquainted], int]


def _approvals(view: View, me: Acquainted) -> int:
    who = (me.directory, me.now, me.person)
    return how_many_wait_for(view, *who) + how_many_wait_for_oversight(view, *who)


def _my_trips(view: View, me: Acquainted) -> int:
    return len(not_said(view, me.directory, me.id))


def _cases(view: View, me: Acquainted) -> int:
    return restricted_cases.how_many_open(view, me.directory, me.person, me.now)


def _dsl(view: View, me: Acquainted) -> int:
    waits = children_not_seen.how_many_undecided(view) + concerns.how_many_open(view)
    return waits + notices.how_many_dangers(view) + not_reviewed(me.directory)


def _exports(view: View, me: Acquainted) -> int:
    return exports.how_many_pending(view, me.directory)


def _notices(view: View, me: Acquainted) -> int:
    return notices.how_many_wait(view, notices.lately(me.now))


def _policy(view: View, me: Acquainted) -> int:
    """What waits for whoever keeps the policy: nobody else has a number there."""
    return policy_calendar.how_many_wait(view, me.directory, me.person, me.now)


def _standing(view: View, me: Acquainted) -> int:
    """How many people have something on record that lapses soon, or has lapsed."""
    del view
    return how_many_lapse(me.directory, me.now) if me.may_any(Question.STANDING) else 0


_OF_A_PERSON: Final[Mapping[Area, Count]] = {
    Area.MY_TRIPS: _my_trips,
    Area.APPROVALS: _approvals,
    Area.STANDING: _standing,
    Area.POLICY: _policy,
}
_OF_THE_SCHOOL: Final[Mapping[Area, Count]] = {Area.DSL: _dsl, Area.EXPORTS: _exports, Area.NOTICES: _notices}


class Badges:
    """The numbers of one application's schools and people. Thread-safe."""

    def __init__(self) -> None:
        """Nothing is counted yet."""
        self._lock = Lock()
        self._known: OrderedDict[Hashable, tuple[Hashable, int]] = OrderedDict()

    def of(self, what: Hashable, state: Hashable, count: Callable[[], int]) -> int:
        """The number that `what` names; `count` is asked where it is not known as of `state`."""
        with self._lock:
            found = self._known.get(what)
            if found is not None and found[0] == state:
                self._known.move_to_end(what)
                return found[1]
        number = count()
        with self._lock:
            self._known[what] = (state, number)
            self._known.move_to_end(what)
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return number


def count_waiting(request: Request, me: Annotated[Acquainted, Depends(person_of)]) -> None:
    """Keep for the frame of this answer what waits for this person (a dependency of every page of a school). Blocks.

    Where it cannot be counted now, the menu shows no number; the page itself says what is wrong.
    """
    if request.method != "GET" or request.url.path.endswith(_PARTS):
        return
    try:
        request.state.waiting = _count(_badges(request.app), runtime_of(request), me, at_least(request))
    except (LogUnavailable, StillSaving, LookupError) as error:
        log.warning("what waits at %s cannot be counted now (%s)", me.slug, type(error).__name__)


def _count(badges: Badges, runtime: Runtime, me: Acquainted, least: int) -> Counts:
    """The numbers of the areas that this person sees. Raises StillSaving where `least` is not folded in time."""
    runner = runtime.runner(me.slug)
    if not runner.wait_for(least, PATIENCE):
        raise StillSaving
    # Read before anything is counted: what is counted is at least as new as what it is remembered under.
    state = (runner.changed, me.directory.changed)
    now = (*state, me.now.replace(second=0, microsecond=0))
    with ExitStack() as open_views:
        view = cache(lambda: open_views.enter_context(runtime.view(me.slug)))

        def number(area: Area, count: Count, state: Hashable, *whose: Hashable) -> int:
            return badges.of((me.slug, area, *whose), state, lambda: count(view(), me))

        # What stands in a restricted case changes nobody's number but those of whoever is inside.
        since = (runner.cases_changed, *now[1:])
        cases = {Area.CASES: number(Area.CASES, _cases, since, me.id)} if may_see(me, Area.CASES) else {}
        if me.only_reads:
            return cases
        today = (*state, day_of(me.now))
        ours = {area: number(area, count, today) for area, count in _OF_THE_SCHOOL.items() if may_see(me, area)}
        mine = {
            area: number(area, count, now, me.id, me.only_in)
            for area, count in _OF_A_PERSON.items()
            if may_see(me, area)
        }
    return {**cases, **ours, **mine}


def counted(request: Request) -> Counts:
    """What `count_waiting` kept; nothing for an answer without it."""
    found: Counts = getattr(request.state, "waiting", {})
    return found


def _badges(app: FastAPI) -> Badges:
    found: Badges | None = getattr(app.state, "badges", None)
    if found is None:
        found = app.state.badges = Badges()
    return found
