"""A backup is taken while the log goes on, everything is destroyed, and what was backed up is there again, proved and readable."""

import stat
import threading
from pathlib import Path
from uuid import uuid4

import pytest

from eventlog.backup.errors import BackupFailed
from eventlog.backup.parts import Part
from eventlog.backup.taking import back_up
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.online import released_evidence, verify_database
from eventlog.ledger.postgres import LedgerDatabase, PostgresSource
from eventlog.manifest import expected
from eventlog.migrate import migrate
from eventlog.migrating import connected
from eventlog.seam import Write
from tests.checks import check_log
from tests.databases import Databases
from tests.eventlog.backup.installation import ELM, OAK, Installation, restored
from tests.eventlog.examples import a_knock, a_visit, store


def verified(installation: Installation, school: str) -> int:
    """Go through the database against the ledger outside; events under its checkpoint."""
    database = LedgerDatabase(installation.urls.sealer)
    try:
        source = PostgresSource(database, school)
        epoch = source.origin.rpartition("/")[2]
        return verify_database(source, Ledger.read(installation.ledger / school / epoch)).size
    finally:
        database.close()


def test_everything_is_there_again_to_the_last_value(here: Installation, there: Installation) -> None:
    before = here.tables()
    told: list[tuple[int, int]] = []
    done = restored(here.back_up(), there, told=lambda done, of: told.append((done, of)))
    assert there.tables() == before
    assert [school.slug for school in done.schools] == [ELM, OAK]
    assert (done.lost, done.says) == ((), ())
    assert told[-1] == (16 + 7, 16 + 7)
    with there.opened() as opened:
        assert len(check_log(opened.log(ELM))) == 16
        assert len(check_log(opened.log(OAK))) == 7
        # Owners, grants, triggers and functions too are those of this release.
        assert opened.manifest(ELM) == expected()
    assert verified(there, ELM) == 16


def test_backed_up_under_load_destroyed_and_restored(
    here: Installation, there: Installation, postgres: Databases
) -> None:
    stopping, begun = threading.Event(), threading.Barrier(4)

    def append() -> None:
        with here.opened() as opened:
            log = opened.log(ELM)
            store(log, Write(a_visit(), 0, (a_knock(),)))
            begun.wait(30)
            while not stopping.is_set():
                visit = a_visit()
                store(log, Write(visit, 0, (a_knock("red door"), a_knock())))
                store(log, Write(visit, 2, (a_knock(),)))

    writers = [threading.Thread(target=append) for _ in range(3)]
    for writer in writers:
        writer.start()
    try:
        begun.wait(30)
        with here.opened() as opened:
            head_before = opened.log(ELM).head()
        backup = here.back_up()
    finally:
        stopping.set()
        for writer in writers:
            writer.join()
    here.seal()
    with here.opened() as opened:
        kept = {one.envelope.index: one for one in opened.log(ELM).read_log()}
    assert backup.warnings == ()
    (elm, _) = backup.schools
    assert head_before <= elm.events < len(kept)
    postgres.drop_database(_name(here))
    done = restored(backup, there)
    with there.opened() as opened:
        again = check_log(opened.log(ELM))
        assert again == tuple(kept[index] for index in range(1, elm.events + 1))
        store(opened.log(ELM), Write(a_visit(), 0, (a_knock(),)))
        assert opened.log(ELM).head() == elm.events + 1
    (lost,) = done.lost
    assert (lost.school, lost.restored, lost.missing) == (ELM, elm.events, len(kept) - elm.events)
    # What was sealed and is missing cannot be signed away: the log goes on under another origin.
    there.seal()
    assert verified(there, ELM) == elm.events + 1
    assert (lost.epoch, Ledger.read(there.ledger / ELM / "2").checkpoint.size) == (2, elm.events + 1)
    old = Ledger.read(there.ledger / ELM / "1")
    assert lost.old_checkpoint.encode() == old.note
    assert released_evidence([lost.old_checkpoint.encode()], old.key)[0].checkpoint.size == len(kept)


def _name(installation: Installation) -> str:
    return str(installation.urls.migrate).split("dbname=")[1].split(" ")[0].strip("'")


def test_the_log_and_the_keys_are_apart_and_the_key_file_is_in_neither(here: Installation) -> None:
    backup = here.back_up()
    secret = Path(here.urls.key_file).read_text(encoding="utf-8").splitlines()[-1].split(" ")[1]
    files = [path for part in (backup.log, backup.keys) for path in part.rglob("*") if path.is_file()]
    assert all(secret.encode() not in path.read_bytes() for path in files)
    wrapped = here.tables()["keys.data_key"][0][0].split("x")[1].split(",")[0].rstrip('"').encode()
    assert [path for path in files if wrapped in path.read_bytes()] == [backup.keys / "keys" / "data_key.rows"]
    assert "KEY FILE is not in it" in (backup.keys / "README.txt").read_text(encoding="utf-8")
    assert Part(backup.keys, "keys").manifest.keks == (
        Path(here.urls.key_file).read_text().split("\n")[-2].split(" ")[0],
    )


def test_views_are_left_out_and_nobody_else_reads_the_files(here: Installation) -> None:
    backup = here.back_up()
    for part in (backup.log, backup.keys):
        assert not [path for path in part.rglob("*") if "views" in path.name]
        assert {stat.S_IMODE(path.stat().st_mode) for path in part.rglob("*") if path.is_file()} == {0o600}
        assert stat.S_IMODE(part.stat().st_mode) == 0o700


def test_a_backup_that_fails_leaves_nothing_that_looks_like_one(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("eventlog.backup.lines.os.fsync", full)
    with pytest.raises(BackupFailed, match="No space left on device"):
        back_up(here.urls, here.folder / "backups", here.ledger)
    assert list((here.folder / "backups").iterdir()) == []


def test_an_event_that_was_changed_in_the_database_is_backed_up_as_it_is_and_a_person_is_told(
    here: Installation,
) -> None:
    here.attack("UPDATE school_elm_park.event SET state = state || '\\x00' WHERE notification_id = 4")
    (warning,) = here.back_up().warnings
    assert "Event 4 of elm_park is not as it must be" in warning
    assert "not the one that was sealed" in warning


def test_a_column_that_says_otherwise_than_its_envelope_is_told(here: Installation) -> None:
    here.attack("UPDATE school_elm_park.event SET topic = 'example.answered.v1' WHERE notification_id = 6")
    (warning,) = here.back_up().warnings
    assert "Event 6 of elm_park" in warning
    assert "column for topic says otherwise" in warning


def test_a_prepared_database_without_schools_is_taken(here: Installation, there: Installation) -> None:
    before = here.tables()
    backup = here.back_up()
    migrate(there.urls, "live")
    restored(backup, there)
    after = there.tables()
    # The key-encryption key was made known anew, by the migration.
    assert {name for name in before if after[name] != before[name]} == {"keys.kek"}


def test_accounts_come_back_and_sessions_do_not(here: Installation, there: Installation) -> None:
    account = uuid4()
    with connected(here.urls.app) as connection:
        connection.execute(
            "INSERT INTO doorstep_accounts.account (account_id, sign_in_name, password_hash, made_at)"
            " VALUES (%s, 'amira', '$argon2id$x', now())",
            (account,),
        )
        connection.execute(
            "INSERT INTO doorstep_accounts.session"
            " (session_id, identifier_hash, account_id, half, began_at, seen_at, device)"
            " VALUES (%s, %s, %s, false, now(), now(), '')",
            (uuid4(), b"x" * 32, account),
        )
        connection.execute(
            "INSERT INTO doorstep_accounts.openid_subject (issuer, subject, account_id, instead, made_at)"
            " VALUES ('https://login.school.example', 'amira', %s, true, now())",
            (account,),
        )
        connection.execute("INSERT INTO doorstep_accounts.openid_used VALUES (%s, now())", (b"x" * 32,))
    restored(here.back_up(), there)
    with connected(there.urls.app) as connection:
        found = connection.execute("SELECT account_id FROM doorstep_accounts.account").fetchall()
        elsewhere = connection.execute("SELECT subject, account_id FROM doorstep_accounts.openid_subject").fetchall()
        sessions = connection.execute("SELECT count(*) FROM doorstep_accounts.session").fetchone()
        used = connection.execute("SELECT count(*) FROM doorstep_accounts.openid_used").fetchone()
    assert found == [(account,)]
    assert elsewhere == [("amira", account)]
    assert used == (0,)
    assert sessions == (0,)
