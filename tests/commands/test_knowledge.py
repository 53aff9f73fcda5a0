"""What is known at the log's head, while the database is away."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from eventlog.errors import LogUnavailable
from eventlog.settings import DatabaseUrls
from tests.cut_off import line_to
from tests.scenarios.harness import World

PATIENCE: Final = 1.0


def test_while_the_database_is_away_nobody_waits_for_the_patience_of_the_others(
    module_database_urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fact from a doorstep is told within seconds that it is not stored, however many ask at that moment."""
    with line_to(module_database_urls) as (line, urls), World(urls) as world:
        known = world.bus.knowledge(world.school("norbury").slug)
        head, _ = known.at_head()
        monkeypatch.setattr("eventlog.pools.PATIENCE", PATIENCE)
        line.cut()
        begun = time.monotonic()
        with ThreadPoolExecutor(12) as people:
            asked = [people.submit(known.at_head) for _ in range(12)]
            assert all(isinstance(one.exception(), LogUnavailable) for one in asked)
        assert time.monotonic() - begun < 4 * PATIENCE
        with pytest.raises(LogUnavailable):
            known.at_head()
        line.mend()
        assert known.at_head()[0] == head, "who asks after that looks again"
