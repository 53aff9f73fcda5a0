import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

import eventlog
from eventlog.errors import (
    LogUnavailable,
    MigrationChanged,
    NotMigrated,
    SchoolExists,
    SchoolSlugUnusable,
    UnknownSchool,
    WrongInstallation,
)
from eventlog.migrate import add_school, installation_kind, migrate
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.checks import check_log
from tests.eventlog.examples import EVENTS, knock


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A copy of the migrations that a test may change."""
    return Path(shutil.copytree(Path(eventlog.__file__).parent / "migrations", tmp_path / "migrations"))


def test_an_empty_database_becomes_a_log_with_a_school(database_urls: DatabaseUrls) -> None:
    assert installation_kind(database_urls) is None
    migrate(database_urls, "live")
    assert installation_kind(database_urls) == "live"
    school = add_school(database_urls, "elm_park", "Elm Park Primary", "norbury")
    with Store.open(database_urls, EVENTS) as store:
        assert store.kind() == "live"
        assert store.schools() == (school,)
        assert (school.slug, school.name, school.policy_key) == ("elm_park", "Elm Park Primary", "norbury")
        assert school.created_at.tzinfo is not None
        knock(store.log("elm_park"))
        check_log(store.log("elm_park"))


def test_migrating_again_changes_nothing(database_urls: DatabaseUrls) -> None:
    migrate(database_urls, "demonstration")
    add_school(database_urls, "elm_park", "Elm Park Primary", "norbury")
    before = _applied(database_urls)
    migrate(database_urls, "demonstration")
    assert add_school(database_urls, "elm_park", "Elm Park Primary", "norbury").slug == "elm_park"
    assert _applied(database_urls) == before
    assert {row[0] for row in before} == {"doorstep", "doorstep_accounts", "school_elm_park", "school_elm_park_views"}


def test_processes_that_start_together_migrate_once(database_urls: DatabaseUrls) -> None:
    def start(_number: int) -> None:
        migrate(database_urls, "demonstration")
        for slug in ("ash", "elm"):
            add_school(database_urls, slug, slug.title(), "leyland")

    with ThreadPoolExecutor(6) as together:
        list(together.map(start, range(6)))
    with Store.open(database_urls, EVENTS) as store:
        assert [school.slug for school in store.schools()] == ["ash", "elm"]
        assert store.log("ash").head() == 0


def test_a_demonstration_is_never_opened_as_live_nor_the_other_way_round(database_urls: DatabaseUrls) -> None:
    migrate(database_urls, "demonstration")
    with pytest.raises(WrongInstallation, match="made for a demonstration installation"):
        migrate(database_urls, "live")
    assert installation_kind(database_urls) == "demonstration"


def test_the_mark_cannot_be_changed_by_its_owner(database_urls: DatabaseUrls) -> None:
    migrate(database_urls, "demonstration")
    for attempt in ("UPDATE doorstep.installation SET kind = 'live'", "TRUNCATE doorstep.installation"):
        with psycopg.connect(database_urls.migrate) as connection:
            connection.execute("SET ROLE doorstep_owner")
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="never changes"):
                connection.execute(attempt.encode())


def test_a_changed_migration_is_refused_with_its_name(database_urls: DatabaseUrls, files: Path) -> None:
    migrate(database_urls, "demonstration", files)
    add_school(database_urls, "elm", "Elm", "norbury", files)
    changed = files / "school" / "0002_append_only.sql"
    changed.write_text(changed.read_text(encoding="utf-8") + "-- harmless?\n", encoding="utf-8")
    with pytest.raises(MigrationChanged, match=r"0002_append_only\.sql was applied to school_elm with another content"):
        migrate(database_urls, "demonstration", files)


def test_a_new_migration_reaches_schools_that_are_there(database_urls: DatabaseUrls, files: Path) -> None:
    migrate(database_urls, "demonstration", files)
    add_school(database_urls, "elm", "Elm", "norbury", files)
    (files / "school" / "0099_late.sql").write_text("SELECT 1;\n", encoding="utf-8")
    with pytest.raises(MigrationChanged, match="not numbered"):
        migrate(database_urls, "demonstration", files)
    number = len([file for file in (files / "school").iterdir() if file.suffix == ".sql"])
    late = (files / "school" / "0099_late.sql").rename(files / "school" / f"{number:04}_late.sql")
    late.write_text("CREATE TABLE late (id integer);\n", encoding="utf-8")
    migrate(database_urls, "demonstration", files)
    assert ("school_elm", number) in {row[:2] for row in _applied(database_urls)}
    with psycopg.connect(database_urls.migrate) as connection:
        connection.execute("SET ROLE doorstep_owner")
        assert connection.execute("SELECT count(*) FROM school_elm.late").fetchone() == (0,)
    with pytest.raises(MigrationChanged, match="used by a newer release"):
        Store.open(database_urls, EVENTS)


def test_a_migration_that_fails_leaves_its_schema_as_it_was(database_urls: DatabaseUrls, files: Path) -> None:
    migrate(database_urls, "demonstration", files)
    number = len(list((files / "school").iterdir())) + 1
    broken = files / "school" / f"{number:04}_broken.sql"
    broken.write_text("CREATE TABLE half (id integer); SELECT 1 / 0;\n", encoding="utf-8")
    with pytest.raises(psycopg.errors.DivisionByZero):
        add_school(database_urls, "elm", "Elm", "norbury", files)
    assert {row[0] for row in _applied(database_urls)} == {"doorstep", "doorstep_accounts"}
    broken.unlink()
    add_school(database_urls, "elm", "Elm", "norbury", files)


def test_a_store_opens_only_what_this_release_has_migrated(database_urls: DatabaseUrls, files: Path) -> None:
    with pytest.raises(NotMigrated, match="doorstep migrate"):
        Store.open(database_urls, EVENTS)
    with pytest.raises(NotMigrated, match="doorstep migrate"):
        add_school(database_urls, "elm", "Elm", "norbury")
    last = max((files / "views").iterdir())
    last.unlink()
    migrate(database_urls, "demonstration", files)
    add_school(database_urls, "elm", "Elm", "norbury", files)
    with pytest.raises(NotMigrated, match=f"school_elm_views lacks {last.name}"):
        Store.open(database_urls, EVENTS)


@pytest.mark.parametrize(
    "slug",
    ["", "Elm", "elm-park", "1elm", "_elm", "a" * 41, "elm_views", "elm park", 'e"; DROP SCHEMA doorstep', "élm"],
)
def test_a_short_name_that_makes_no_schema_is_refused(database_urls: DatabaseUrls, slug: str) -> None:
    with pytest.raises(SchoolSlugUnusable):
        add_school(database_urls, slug, "Elm", "norbury")


def test_the_longest_short_name_gets_schemas_of_its_own(database_urls: DatabaseUrls) -> None:
    migrate(database_urls, "demonstration")
    for slug in ("a" * 40, "a" * 39):
        add_school(database_urls, slug, "Long", "norbury")
    with Store.open(database_urls, EVENTS) as store:
        knock(store.log("a" * 40))
        assert store.log("a" * 39).head() == 0
        with store.views("a" * 40) as connection:
            assert connection.execute("SHOW search_path").fetchone() == {"search_path": f"school_{'a' * 40}_views"}


def test_a_short_name_belongs_to_one_school(database_urls: DatabaseUrls) -> None:
    migrate(database_urls, "demonstration")
    add_school(database_urls, "elm", "Elm", "norbury")
    with pytest.raises(SchoolExists, match="already belongs to Elm"):
        add_school(database_urls, "elm", "Another Elm", "norbury")


def test_an_unknown_school_is_named_in_the_refusal(database_urls: DatabaseUrls) -> None:
    migrate(database_urls, "demonstration")
    with Store.open(database_urls, EVENTS) as store:
        for slug in ("elm", "Not a slug"):
            with pytest.raises(UnknownSchool, match=slug):
                store.log(slug)
        add_school(database_urls, "elm", "Elm", "norbury")
        assert store.log("elm").head() == 0, "a school added while the store is open is found"


def test_a_server_that_is_not_there_is_said_to_be_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventlog.pools.PATIENCE", 0.2)
    nowhere = DatabaseUrls(**dict.fromkeys(("app", "migrate", "projector", "keys", "sealer"), "host=127.0.0.1 port=1"))
    with pytest.raises(LogUnavailable, match="doorstep app"):
        Store.open(nowhere, EVENTS)


def _applied(urls: DatabaseUrls) -> list[tuple[str, int, str]]:
    with psycopg.connect(urls.app) as connection:
        rows = connection.execute(
            "SELECT schema_name, number, applied_at::text FROM doorstep.migration ORDER BY 1, 2"
        ).fetchall()
    return [(row[0], row[1], row[2]) for row in rows]
