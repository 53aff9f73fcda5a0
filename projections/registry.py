"""Every projection there is: the runner, `doorstep rebuild` and the rebuild test go through this list."""

from projections import directory
from projections.projection import Projection

PROJECTIONS: tuple[Projection, ...] = (directory.PROJECTION,)
