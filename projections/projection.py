"""What a projection is: a question's name, the pure fold that keeps its rows, and the indexes its queries want."""

from collections.abc import Callable
from typing import LiteralString

import msgspec

from domain.envelope import Recorded
from domain.ids import StreamKind
from projections.changes import changes_something
from projections.rows import Past, Rows


class Projection(msgspec.Struct, frozen=True, kw_only=True):
    """One question. Rows live in a table of `(kind, key, body jsonb)`; the fold is pure over them."""

    name: str
    """`[a-z_]+`, as the file is called."""
    version: int
    """Raised whenever the fold or its rows change: the runner then rebuilds it beside the old one."""
    kinds: frozenset[StreamKind]
    """The kinds of stream it looks at."""
    fold: Callable[[Recorded, Rows, Past], None]
    skeleton: Callable[[Recorded, Rows], None] | None = None
    """Keeps what is left of an erased event (`Erased`), where the answer shows it; elsewhere it is passed over."""
    shows_readings: bool = False
    """Whether its answer tells who looked at what, or of restricted cases. The others are not asked about events that change nothing else: every
    page about a child leaves one, and waits for it."""
    topics: frozenset[str] | None = None
    """The topics it looks at, where it is asked about no other; None for all."""
    indexes: tuple[LiteralString, ...] = ()
    """Static SQL after `CREATE INDEX ON <table>`: `((body->>'visit')) WHERE kind = 'event'`."""

    def looks_at(self, recorded: Recorded) -> bool:
        """Whether its rows may be others after an event."""
        if self.topics is not None and recorded.envelope.topic not in self.topics:
            return False
        return recorded.envelope.stream.kind in self.kinds and (self.shows_readings or changes_something(recorded))
