"""Every projection can be thrown away and made again to the same bytes (DV-17, AC-117)."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

import projections.runner
from commands.demonstration.load import load
from commands.demonstration.schools import SCHOOLS
from domain.catalogue import EVENTS
from eventlog.migrate import migrate
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from projections import rebuild as rebuilding
from projections import tables
from projections.projection import Projection
from projections.rebuild import rebuild
from projections.registry import PROJECTIONS
from projections.runner import Runner
from tests.checks import check_log

SCHOOL = SCHOOLS[2]
NOW = datetime(2026, 11, 18, 11, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def told(module_database_urls: DatabaseUrls) -> Iterator[Store]:
    """A school whose history holds every kind of story."""
    migrate(module_database_urls, "demonstration")
    asyncio.run(load(module_database_urls, NOW, schools=(SCHOOL,), share=0.25))
    with Store.open(module_database_urls, EVENTS) as store:
        yield store
        check_log(store.log(SCHOOL.slug))


def _bytes_of(store: Store, projection: Projection) -> bytes:
    with store.projector(SCHOOL.slug) as connection:
        live = tables.live(connection)[projection.name]
        return tables.dump(connection, live.table)


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda projection: projection.name)
def test_rebuilt_from_the_first_event_it_has_the_bytes_of_the_running_one(
    told: Store, projection: Projection, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Small batches, and nothing remembered between them: all rows go through the table again and again, read one by one
    # in some batches and at once in others. The rebuild remembers everything.
    monkeypatch.setattr(projections.runner, "BATCH", 37)
    monkeypatch.setattr(projections.runner, "CACHE", 0)
    monkeypatch.setattr(projections.runner, "MANY", 25)
    runner = Runner(told, SCHOOL.slug, (projection,))
    head = runner.catch_up()
    running = _bytes_of(told, projection)

    folded = rebuild(told, SCHOOL.slug, projection)

    assert folded == head > 300
    # Nobody is out any more, and the demonstration has no front desk (`test_desk_words` rebuilds one).
    assert running.count(b"\n") > 0 or projection.name in {"overdue_board", "desk_words"}
    assert _bytes_of(told, projection) == running


@pytest.mark.parametrize("name", ["visits", "notices"])
def test_rebuilt_in_many_batches_of_which_nothing_is_remembered_it_has_the_same_bytes(
    told: Store, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    projection = next(one for one in PROJECTIONS if one.name == name)
    rebuild(told, SCHOOL.slug, projection)
    at_once = _bytes_of(told, projection)
    monkeypatch.setattr(rebuilding, "BATCH", 97)
    monkeypatch.setattr(rebuilding, "CACHE", 0)
    rebuild(told, SCHOOL.slug, projection)
    assert _bytes_of(told, projection) == at_once


def test_a_rebuild_that_fails_midway_leaves_the_old_table_answering(
    told: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    projection = PROJECTIONS[0]
    Runner(told, SCHOOL.slug, (projection,)).catch_up()
    before = _bytes_of(told, projection)

    def away(*_: Any, **__: Any) -> None:
        message = "the power went"
        raise OSError(message)

    monkeypatch.setattr(tables, "move", away)
    monkeypatch.setattr("projections.rebuild.fold_one", away)
    with pytest.raises(OSError, match="the power went"):
        rebuild(told, SCHOOL.slug, projection)

    assert _bytes_of(told, projection) == before
