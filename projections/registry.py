"""Every projection there is: the runner, `doorstep rebuild` and the rebuild test go through this list."""

from projections import directory, spoken_words, visits
from projections.projection import Projection

PROJECTIONS: tuple[Projection, ...] = (directory.PROJECTION, visits.PROJECTION, spoken_words.PROJECTION)
