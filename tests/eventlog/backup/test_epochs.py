"""Backups that are older than what was sealed, again and again; and a restore that is cut off."""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from psycopg.errors import UndefinedTable

from eventlog.backup.errors import BackupUnusable
from eventlog.backup.restoring import unfinished
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.ledgers import Ledgers
from eventlog.ledger.verifier import Refused
from eventlog.migrate import add_school, migrate, refuse_unmigrated
from eventlog.migrating import connected
from tests.checks import check_log
from tests.databases import Databases, fresh_database
from tests.eventlog.backup.installation import ELM, OAK, Installation, another, restored


def size(installation: Installation, epoch: int, school: str = ELM) -> int:
    """Events under the last checkpoint of an epoch."""
    return Ledger.read(installation.ledger / school / str(epoch)).checkpoint.size


def test_a_backup_with_everything_that_was_sealed_goes_on_in_its_epoch(here: Installation, there: Installation) -> None:
    done = restored(here.back_up(), there)
    assert done.lost == ()
    there.write(ELM, visits=1)
    there.seal()
    assert size(there, 1) == 16 + 4


def test_a_backup_newer_than_the_last_seal_goes_on_in_its_epoch(here: Installation, there: Installation) -> None:
    here.write(ELM, visits=2)
    assert restored(here.back_up(), there).lost == ()
    there.seal()
    assert size(there, 1) == 16 + 7


def test_an_old_backup_restored_a_second_time_goes_on_under_a_third_epoch(
    here: Installation, there: Installation, postgres: Databases
) -> None:
    old = here.back_up()
    here.write(ELM, visits=2)
    here.seal()
    (first,) = restored(old, there).lost
    assert (first.epoch, first.missing) == (2, 7)
    there.write(ELM, visits=1)
    there.seal()
    assert size(there, 2) == 16 + 4
    with another(postgres, here.folder) as third:
        (second,) = restored(old, third).lost
        assert (second.school, second.epoch, second.missing) == (ELM, 3, 4)
        assert second.old_checkpoint.encode() == Ledger.read(third.ledger / ELM / "2").note
        third.seal()
        assert size(third, 3) == 16


def test_a_backup_of_the_first_epoch_that_holds_more_than_the_second_is_restored_and_says_what_the_second_had(
    here: Installation, there: Installation, postgres: Databases
) -> None:
    old = here.back_up()
    here.write(ELM, visits=2)
    here.seal()
    shutil.move(here.folder / "backups", here.folder / "older")
    newer = here.back_up()
    moved = old._replace(log=here.folder / "older" / old.log.name, keys=here.folder / "older" / old.keys.name)
    restored(moved, there)
    there.write(ELM, visits=1)
    there.seal()
    with another(postgres, here.folder) as third:
        (lost,) = restored(newer, third).lost
        # Of the second epoch's 20 events 16 are in this backup too.
        assert (lost.restored, lost.missing, lost.epoch) == (23, 4, 3)


def test_with_the_ledger_lost_no_epochs_number_is_used_twice(
    here: Installation, there: Installation, postgres: Databases
) -> None:
    old = here.back_up()
    here.write(ELM, visits=2)
    here.seal()
    (first,) = restored(old, there).lost
    there.write(ELM, visits=1)
    there.seal()
    signed = Ledger.read(there.ledger / ELM / "2").checkpoint
    assert (first.epoch, signed.origin.rpartition("/")[2]) == (2, "2")
    shutil.rmtree(here.ledger)
    with another(postgres, here.folder) as third:
        lost = {one.school: one for one in restored(old, third).lost}
        # The backup is of epoch 1, and epoch 2 was signed under since: the next one cannot be 2 again.
        assert lost[ELM].epoch > 20_260_000_000_000
        third.seal()
        again = Ledger.read(third.ledger / ELM / str(lost[ELM].epoch)).checkpoint
        assert (again.size, again.origin != signed.origin) == (16, True)
        later = third.back_up()
    shutil.rmtree(here.ledger)
    with another(postgres, here.folder) as fourth:
        once_more = {one.school: one for one in restored(later, fourth).lost}
        assert once_more[ELM].epoch > lost[ELM].epoch


def test_a_sealer_refuses_a_restored_log_that_was_not_given_its_new_epoch(
    here: Installation, there: Installation
) -> None:
    old = here.back_up()
    here.write(ELM, visits=2)
    here.seal()
    restored(old, there)
    shutil.rmtree(there.ledger / ELM / "2")
    with pytest.raises(Refused, match=r"this is the log .*/2; what was signed is .*/1"):
        there.seal()


def test_a_ledger_of_another_installation_is_refused(
    here: Installation, there: Installation, postgres: Databases, tmp_path: Path
) -> None:
    backup = here.back_up()
    with fresh_database(postgres) as urls:
        stranger = Installation(urls, tmp_path / "stranger")
        stranger.prepare()
        stranger.write(ELM, visits=1)
        stranger.seal()
    there.ledger = stranger.ledger
    with pytest.raises(BackupUnusable, match=r"the ledger in .* is that of"):
        restored(backup, there)


def test_a_restore_that_is_cut_off_leaves_an_empty_database_and_the_next_one_works(
    here: Installation, there: Installation
) -> None:
    before = here.tables()
    old = here.back_up()
    here.write(OAK, visits=1)
    here.seal()

    def cut(_done: int, _of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restored(old, there, told=cut)
    with connected(there.urls.migrate) as connection, pytest.raises(UndefinedTable):
        connection.execute("SELECT FROM doorstep.school")
    (lost,) = restored(old, there).lost
    assert (lost.school, lost.missing) == (OAK, 4)
    after = there.tables()
    # The second place brought the spare keys along that were made since.
    assert {name for name in before if after[name] != before[name]} <= {"keys.data_key", "school_oak_road.epoch"}


def test_a_new_epoch_that_was_opened_before_a_restore_was_cut_off_is_taken_by_the_next_one(
    here: Installation, there: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = here.back_up()
    here.write(ELM, visits=2)
    here.seal()
    opening = Ledgers.open_epoch

    def cut(ledgers: Ledgers, origin: str) -> Path:
        opening(ledgers, origin)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Ledgers, "open_epoch", cut)
        with pytest.raises(KeyboardInterrupt):
            restored(old, there)
    assert size(there, 2) == 0
    (lost,) = restored(old, there).lost
    assert (lost.epoch, lost.missing) == (2, 7)
    assert lost.old_checkpoint.encode() == Ledger.read(there.ledger / ELM / "1").note
    assert unfinished(there.urls, "school.log_restored.v1", there.ledger) == (lost,)
    there.seal()
    assert size(there, 2) == 16


def test_a_backup_of_an_older_release_is_brought_up_to_this_one(
    there: Installation, postgres: Databases, tmp_path: Path
) -> None:
    older = tmp_path / "older-migrations"
    shutil.copytree(Path(str(files("eventlog") / "migrations")), older)
    newer = ("school/000[6-9]*.sql", "installation/000[2-9]*.sql", "accounts/*.sql")
    for file in (file for pattern in newer for file in older.glob(pattern)):
        file.unlink()
    with fresh_database(postgres) as urls:
        old = Installation(urls, tmp_path)
        migrate(old.urls, "demonstration", older)
        add_school(old.urls, ELM, "Elm Park Primary", "norbury", older)
        backup = old.back_up()
    restored(backup, there)
    with connected(there.urls.app) as connection:
        refuse_unmigrated(connection)
    with there.opened() as opened:
        assert check_log(opened.log(ELM)) == ()
