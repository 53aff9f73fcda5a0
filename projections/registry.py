"""Every projection there is: the runner, `doorstep rebuild` and the rebuild test go through this list."""

from projections import (
    children_alone,
    children_not_seen,
    concerns,
    desk_words,
    deviations,
    directory,
    dsl_history,
    exports,
    governors,
    notices,
    overdue_board,
    phone_trips,
    policy_calendar,
    restricted_cases,
    spoken_words,
    visits,
    who_looked,
)
from projections.projection import Projection

PROJECTIONS: tuple[Projection, ...] = (
    directory.PROJECTION,
    overdue_board.PROJECTION,
    phone_trips.PROJECTION,
    visits.PROJECTION,
    spoken_words.PROJECTION,
    desk_words.PROJECTION,
    dsl_history.PROJECTION,
    children_not_seen.PROJECTION,
    children_alone.PROJECTION,
    concerns.PROJECTION,
    deviations.PROJECTION,
    exports.PROJECTION,
    notices.PROJECTION,
    governors.PROJECTION,
    policy_calendar.PROJECTION,
    who_looked.PROJECTION,
    restricted_cases.PROJECTION,
)
