"""Schools that are opened once in a run and wait in a copy for whoever asks for a new one.

Opening a school takes a hundred times as long as copying an open one. A school that waits is as new as any: its log
was written by the same commands, was verified whole, and nobody has asked anything of it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from eventlog.migrating import connected
from eventlog.settings import DatabaseUrls
from tests.copies import Copies, nothing
from tests.scenarios.harness import Waiting, World

MANY_FILES: Final = 6
"""From so many files that ask for schools on, it is worth while to open some before anybody asks."""
STOCK: Final[Mapping[str, int]] = {
    "leyland": 8,
    "st_patricks": 12,
    "william_lilley": 8,
    "scargill": 5,
    "norbury": 6,
}
"""How many wait on each policy. A file that asks for more gets them, opened then."""


class Stock:
    """The schools that wait in each copy of one database."""

    def __init__(self, copies: Copies, *, worth_it: bool) -> None:
        """Nothing is opened before the first world wants it; and nothing at all where that is not `worth_it`."""
        self._copies = copies
        self._worth_it = worth_it
        self._waiting: list[Waiting] = []

    @contextmanager
    def world(self) -> Iterator[World]:
        """A world alone in its database, for as long as the block lasts."""
        kind, make = ("stock", self._fill) if self._worth_it else ("empty", nothing)
        with self._copies.of(kind, make) as urls, World(urls, self._waiting) as world:
            yield world

    def _fill(self, urls: DatabaseUrls) -> None:
        with World(urls) as world:
            for policy, number in STOCK.items():
                schools = [world.school(policy) for _ in range(number)]
                self._waiting.extend(Waiting(one.slug, policy, one.cast, one.log.head()) for one in schools)
            world.end_scenario()
        with connected(urls.migrate) as connection:
            connection.execute("SET ROLE doorstep_owner")
            connection.execute("DELETE FROM doorstep.school")
