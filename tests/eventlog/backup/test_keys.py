"""Keys and erasures across a restore: what was erased stays erased, whichever place remembers it."""

import shutil
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

from domain.ids import EventId, Stream
from eventlog.codec import Erased
from eventlog.erasing import erase
from eventlog.keys.keyrings import Keyrings
from eventlog.keys.rotation import rotate
from eventlog.seam import Write
from eventlog.settings import DatabaseUrls
from tests.checks import check_log
from tests.databases import Databases, fresh_database
from tests.eventlog.backup.installation import ELM, Installation, another, restored
from tests.eventlog.examples import a_knock, a_visit, store

RULE = "DV-11, six years"


def a_visit_to_erase(installation: Installation) -> tuple[Stream, UUID]:
    """A visit of two events, and its data key."""
    with installation.opened() as opened:
        visit = a_visit()
        stored = store(opened.log(ELM), Write(visit, 0, (a_knock("yellow door"), a_knock())))
        key = stored.recorded[0].envelope.key_id
        assert key is not None
        return visit, key


def erased(installation: Installation, key: UUID) -> None:
    """Destroy a key, everywhere."""
    with installation.opened() as opened:
        erase(installation.urls, opened.keyrings.of(ELM), [key], RULE, EventId(uuid4()))


def is_erased(installation: Installation, visit: Stream) -> bool:
    """Whether the visit's skeleton is all there is; a later event of it is stored under a new key."""
    with installation.opened() as opened:
        log = opened.log(ELM)
        check_log(log)
        found = log.read(visit)
        (again,) = store(log, Write(visit, None, (a_knock(),))).recorded
        assert again.envelope.key_id not in {one.envelope.key_id for one in found}
        return all(isinstance(one.event, Erased) for one in found)


def test_what_was_erased_before_the_backup_stays_erased(here: Installation, there: Installation) -> None:
    visit, key = a_visit_to_erase(here)
    erased(here, key)
    restored(here.back_up(), there)
    assert is_erased(there, visit)


def test_what_was_erased_after_the_backup_stays_erased_by_the_second_place(
    here: Installation, there: Installation
) -> None:
    visit, key = a_visit_to_erase(here)
    backup = here.back_up()
    erased(here, key)
    restored(backup, there)
    assert f"({key}," in str(there.tables()["school_elm_park.erased_key"])
    assert is_erased(there, visit)


def test_what_was_erased_after_the_backup_stays_erased_by_the_key_database(
    here: Installation, database_urls: DatabaseUrls, postgres: Databases
) -> None:
    visit, key = a_visit_to_erase(here)
    backup = here.back_up()
    erased(here, key)
    shutil.rmtree(here.urls.key_copy)
    # Only the log's database was lost: the key database is the one that was in use.
    with another(postgres, here.folder) as there:
        there.urls = replace(there.urls, keys=database_urls.keys)
        restored(backup, there)
        assert is_erased(there, visit)


def test_what_the_log_alone_says_was_erased_is_erased_in_older_keys_too(
    here: Installation, there: Installation
) -> None:
    visit, key = a_visit_to_erase(here)
    older = here.back_up().keys
    kept = here.folder / "older-keys"
    shutil.copytree(older, kept)
    shutil.rmtree(here.folder / "backups")
    erased(here, key)
    newer = here.back_up()._replace(keys=kept)
    shutil.rmtree(here.urls.key_copy)
    restored(newer, there)
    assert is_erased(there, visit)
    with Keyrings.open(there.urls) as keyrings:
        stone = keyrings.of(ELM).tombstone(key)
        assert stone is not None
        assert stone.rule == "as the tombstone in the log says"


def test_keys_that_a_rotation_has_wrapped_anew_since_are_taken_from_the_second_place(
    here: Installation, there: Installation
) -> None:
    backup = here.back_up()
    before = Path(here.urls.key_file).read_text(encoding="utf-8")
    with Keyrings.open(here.urls) as keyrings:
        rotate(keyrings)
    assert Path(here.urls.key_file).read_text(encoding="utf-8") != before
    done = restored(backup, there)
    assert done.says == ()
    with there.opened() as opened:
        assert len(check_log(opened.log(ELM))) == 16


def test_without_a_keys_part_the_second_place_is_enough(here: Installation, there: Installation) -> None:
    done = restored(here.back_up(), there, keys=False)
    assert done.says == ()
    with there.opened() as opened:
        assert len(check_log(opened.log(ELM))) == 16


def test_a_restore_over_keys_that_are_there_changes_nothing_that_is_right(
    here: Installation, there: Installation, postgres: Databases
) -> None:
    backup = here.back_up()
    restored(backup, there)
    before = there.tables()
    with fresh_database(postgres) as urls:
        third = Installation(urls, here.folder)
        third.urls = replace(third.urls, keys=there.urls.keys)
        restored(backup, third)
        assert third.tables() == before
