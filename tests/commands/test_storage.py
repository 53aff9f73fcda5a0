"""A school's log says how it is stored: at its beginning, and whenever a new release changed that."""

import asyncio
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

import eventlog
from api.installation import bring_up_to_date
from commands.bus import Bus
from commands.opening import open_school
from commands.policy_files import clauses, load_policy
from commands.storage import tell_of_migrations
from domain.catalogue import EVENTS
from domain.ids import DOORSTEP, school_stream
from domain.school.events import StorageMigrated
from eventlog.manifest import expected
from eventlog.migrate import add_school, migrate
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.checks import check_log
from tests.databases import Databases, waiting_for_the_disk

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _as_a_school_runs_it(postgres: Databases) -> Iterator[None]:
    """These are live installations: nothing is planned on a server that may lose what it stores."""
    with waiting_for_the_disk(postgres):
        yield


def told(store: Store, slug: str) -> list[StorageMigrated]:
    """What the log says of its storage."""
    stream = school_stream(store.log(slug).school)
    return [one.event for one in store.log(slug).read(stream) if isinstance(one.event, StorageMigrated)]


def open_elm(store: Store, urls: DatabaseUrls) -> None:
    """A school that has adopted its settings."""
    asyncio.run(open_school(Bus(store, clauses()), urls, "elm", "Elm Park Primary", load_policy("norbury"), NOW))


def test_a_schools_log_begins_by_saying_what_made_it(database_urls: DatabaseUrls) -> None:
    migrate(database_urls, "live")
    with Store.open(database_urls, EVENTS) as store:
        open_elm(store, database_urls)
        first = check_log(store.log("elm"))[0]
        assert isinstance(first.event, StorageMigrated)
        assert first.envelope.actor == DOORSTEP
        assert (first.event.before, first.event.after) == ("", expected().sha256)
        assert set(first.event.migrations) == {
            f"{folder.name}/{file.name}"
            for folder in (Path(eventlog.__file__).parent / "migrations").iterdir()
            if folder.is_dir() and folder.name != "keys"
            for file in folder.iterdir()
        }


def test_a_release_that_changes_nothing_says_nothing(database_urls: DatabaseUrls) -> None:
    migrate(database_urls, "live")
    with Store.open(database_urls, EVENTS) as store:
        open_elm(store, database_urls)
    assert bring_up_to_date(database_urls) == "live"
    with Store.open(database_urls, EVENTS) as store:
        assert len(told(store, "elm")) == 1
        assert tell_of_migrations(store, "elm", NOW) is None


@pytest.fixture
def later_release(tmp_path: Path) -> Path:
    """The migrations of a release to come."""
    files = Path(shutil.copytree(Path(eventlog.__file__).parent / "migrations", tmp_path / "migrations"))
    number = len(list((files / "school").iterdir())) + 1
    (files / "school" / f"{number:04}_later.sql").write_text("CREATE TABLE later (id integer);\n", encoding="utf-8")
    return files


def test_a_new_migration_is_told_once_with_the_manifest_before_and_after(
    database_urls: DatabaseUrls, later_release: Path
) -> None:
    migrate(database_urls, "live")
    with Store.open(database_urls, EVENTS) as store:
        open_elm(store, database_urls)
        migrate(database_urls, "live", later_release)
        # A crash here leaves a log that does not know yet; the next `doorstep migrate` makes that good.
        with ThreadPoolExecutor(4) as together:
            list(together.map(lambda _: tell_of_migrations(store, "elm", NOW), range(4)))
        first, second = told(store, "elm")
        assert [name.partition("_")[2] for name in second.migrations] == ["later.sql"]
        assert second.before == first.after
        assert second.after == store.manifest("elm").sha256 != second.before
        check_log(store.log("elm"))


def test_a_school_that_nobody_has_opened_yet_is_told_when_it_is(database_urls: DatabaseUrls) -> None:
    migrate(database_urls, "live")
    add_school(database_urls, "elm", "Elm Park Primary", "norbury")
    bring_up_to_date(database_urls)
    with Store.open(database_urls, EVENTS) as store:
        assert store.log("elm").head() == 0
        open_elm(store, database_urls)
        assert len(told(store, "elm")) == 1
