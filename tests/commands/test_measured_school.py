"""The school that `make bench` measures is laid down by real commands, so that what they ask for is asked of it too."""

import asyncio

from commands.bus import Bus
from commands.policy_files import clauses
from domain.catalogue import EVENTS
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from scripts.benchmarks.history import lay_down


def test_the_school_that_is_measured_can_be_laid_down(migrated_urls: DatabaseUrls) -> None:
    with Store.open(migrated_urls, EVENTS) as store:
        place = asyncio.run(lay_down(store, Bus(store, clauses()), migrated_urls, "measured", 200))
        assert store.log("measured").head() >= 200
    assert len(place.finished) > 5
