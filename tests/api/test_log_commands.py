"""The proof at the command line, as a technician makes it and an outsider checks it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg.sql import SQL, Identifier

from api.cli import main
from api.ledger_places import LedgerPlaces, signing_key
from eventlog.ledger import verifier
from eventlog.ledger.signing import KeyUnusable
from eventlog.log import PostgresLog
from eventlog.migrate import add_school, migrate
from eventlog.school_roles import as_school
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from reactors.sealing import Sealing
from tests.databases import settings_of
from tests.eventlog.examples import EVENTS, a_visit, knock
from tests.eventlog.programs import soon

SCHOOL = "elm_park"


class Place:
    """A school with a few events, sealed, and the program on it."""

    def __init__(self, urls: DatabaseUrls, folder: Path, log: PostgresLog) -> None:
        """What the tests need at hand."""
        self.urls = urls
        self.folder = folder
        self.log = log
        self.places = LedgerPlaces(folder / "ledger", folder / "sealing-key.pem", folder / "evidence")

    def doorstep(self, *words: str) -> Result:
        """Run the program."""
        return CliRunner(env=self.settings).invoke(main, words)

    @property
    def settings(self) -> dict[str, str]:
        """The program's settings: this database, and folders of the test's own."""
        return {
            **settings_of(self.urls),
            "DOORSTEP_LEDGER": str(self.places.ledgers),
            "DOORSTEP_SEALING_KEY_FILE": str(self.places.key_file),
            "DOORSTEP_EVIDENCE": str(self.places.evidence),
        }

    def seal(self) -> None:
        """Seal all there is."""
        sealing = Sealing(self.urls.sealer, self.places.ledgers, signing_key(self.places), lambda: datetime.now(UTC))
        sealing.start()
        try:
            assert soon(lambda: (at := sealing.statuses().get(SCHOOL)) is not None and at.size == self.log.head())
        finally:
            sealing.stop()

    def sql(self, statement: bytes) -> None:
        """As somebody who owns the database's tables and has switched the triggers off."""
        with psycopg.connect(self.urls.migrate, autocommit=True) as connection:
            connection.execute(b"SET ROLE doorstep_owner; SET search_path TO school_elm_park")
            connection.execute(b"ALTER TABLE event DISABLE TRIGGER ALL; ALTER TABLE head DISABLE TRIGGER ALL")
            connection.execute(statement)


@pytest.fixture
def place(database_urls: DatabaseUrls, tmp_path: Path) -> Iterator[Place]:
    migrate(database_urls, "live")
    add_school(database_urls, SCHOOL, "Elm Park Primary", "norbury")
    with Store.open(database_urls, EVENTS) as store:
        log = store.log(SCHOOL)
        visit = a_visit()
        for _ in range(7):
            knock(log, visit)
        made = Place(database_urls, tmp_path, log)
        made.seal()
        yield made


def test_an_export_is_verified_without_doorstep_and_refused_once_a_line_is_edited(place: Place) -> None:
    out = place.folder / "export"
    written = place.doorstep("log", "export", "--school", SCHOOL, "--out", str(out))
    assert written.exit_code == 0, written.output
    assert sorted(one.name for one in out.iterdir()) == ["checkpoint", "events.jsonl", "leaves.b64", "log.vkey"]
    assert place.doorstep("log", "verify", str(out)).exit_code == 0
    # As an outsider runs it: one file, isolated from this project.
    alone = [sys.executable, "-I", verifier.__file__, str(out), "--key", str(out / "log.vkey")]
    assert subprocess.run(alone, check=False, cwd="/").returncode == 0

    lines = (out / "leaves.b64").read_text().splitlines(keepends=True)
    (out / "leaves.b64").write_text("".join([*lines[:3], *lines[4:]]))
    refused = place.doorstep("log", "verify", str(out))
    assert refused.exit_code == 1
    assert "REFUSED at index 4" in refused.output
    assert subprocess.run(alone, check=False, cwd="/").returncode == 1


def test_the_sealer_leaves_a_checkpoint_a_day_where_a_mailbox_takes_it_from(place: Place) -> None:
    began = datetime.now(UTC).date()
    words = [sys.executable, "-c", "from api.cli import main; main()", "seal"]
    sealing = subprocess.Popen(words, env={**os.environ, **place.settings}, stdout=subprocess.PIPE, text=True)
    try:
        assert soon(lambda: any(place.places.evidence.glob("*.checkpoint")))
    finally:
        sealing.terminate()
        said, _ = sealing.communicate(timeout=60)
    assert "The sealer has stopped." in said
    left = min(place.places.evidence.iterdir())
    days = (began, datetime.now(UTC).date())
    assert left.name in {f"{SCHOOL}-1-{day.isoformat()}.checkpoint" for day in days}
    key = str(place.places.ledger(SCHOOL).key)
    kept = place.doorstep("log", "verify", str(left), "--key", key, "--as", "checkpoint")
    assert kept.exit_code == 0, kept.output
    assert place.doorstep("log", "verify", "--school", SCHOOL, "--evidence", str(left)).exit_code == 0


def test_a_second_sealer_ends_with_one_sentence_and_a_school_that_another_seals_is_no_traceback(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    def sealer() -> Sealing:
        return Sealing(place.urls.sealer, place.places.ledgers, signing_key(place.places), lambda: datetime.now(UTC))

    first, second = sealer(), sealer()
    first.start()
    try:
        assert soon(lambda: SCHOOL in first.statuses())
        refused = place.doorstep("seal")
        assert refused.exit_code == 1
        assert refused.output.count("Another sealer has") == refused.output.count("\n") == 1, refused.output
        second.start()
        assert soon(lambda: SCHOOL in second.ailing())
    finally:
        second.stop()
        first.stop()
    (said,) = [record for record in caplog.records if "is sealed by another sealer already" in record.getMessage()]
    assert said.exc_info is None


def test_what_is_verified_must_be_what_the_caller_says_it_is(place: Place) -> None:
    checkpoint = place.folder / "kept-checkpoint"
    checkpoint.write_bytes(place.places.ledger(SCHOOL).note)
    verify = ("log", "verify", str(checkpoint), "--key", str(place.places.ledger(SCHOOL).key))
    assert place.doorstep(*verify, "--as", "checkpoint").exit_code == 0
    assert place.doorstep(*verify, "--as", "receipt").exit_code != 0
    refused = place.doorstep(*verify, "--as", "export")
    assert refused.exit_code != 0
    assert place.doorstep(*verify, "--as", "rumour").exit_code == 2
    misused = place.doorstep("log", "verify", "--school", SCHOOL, "--as", "export")
    assert misused.exit_code == 2
    assert "--as says what a path is" in misused.output


def test_a_receipt_proves_one_event_to_whoever_has_the_verifier_key(place: Place) -> None:
    out = place.folder / "export"
    place.doorstep("log", "export", "--school", SCHOOL, "--out", str(out))
    event = next(iter(place.log.read_log(5))).envelope
    file = place.folder / "five.tlog-proof"
    made = place.doorstep("log", "receipt", "--school", SCHOOL, "--event", str(event.event_id), "--out", str(file))
    assert made.exit_code == 0, made.output
    for ending in (".tlog-proof", ".leaf", ".event"):
        assert file.with_suffix(ending).exists()
        assert str(file.with_suffix(ending)) in made.output, "every file that was written is named"
    verify = ("log", "verify", str(file), "--key", str(out / "log.vkey"))
    assert place.doorstep(*verify).exit_code == 0
    leaf = file.with_suffix(".leaf").read_bytes()
    file.with_suffix(".leaf").write_bytes(leaf[:-1] + bytes([leaf[-1] ^ 1]))
    assert place.doorstep(*verify).exit_code == 1


def test_a_visits_receipt_holds_all_its_events(place: Place) -> None:
    visit = next(iter(place.log.read_log())).envelope.stream.id
    out = place.folder / "visit"
    made = place.doorstep("log", "receipt", "--school", SCHOOL, "--visit", str(visit), "--out", str(out))
    assert made.exit_code == 0, made.output
    assert len(list(out.glob("*.tlog-proof"))) == 7
    assert place.doorstep("log", "verify", str(out)).exit_code == 0


def test_the_database_holds_until_somebody_changes_it_and_the_index_is_named(place: Place) -> None:
    checkpoint = place.folder / "kept-checkpoint"
    checkpoint.write_bytes(place.places.ledger(SCHOOL).note)
    knock(place.log)
    verify = ("log", "verify", "--school", SCHOOL, "--evidence", str(checkpoint))
    holds = place.doorstep(*verify)
    assert holds.exit_code == 0, holds.output
    assert "agrees with 2 checkpoints" in holds.output
    assert "agrees with 1 checkpoint." in place.doorstep(*verify[:-2]).output
    place.sql(b"UPDATE event SET recorded_at = recorded_at - interval '1 hour' WHERE notification_id = 3")
    refused = place.doorstep(*verify)
    assert refused.exit_code == 1
    assert "REFUSED at index 3" in refused.output


def test_a_tail_that_was_cut_off_is_missed(place: Place) -> None:
    place.sql(b"DELETE FROM event WHERE notification_id > 5; UPDATE head SET last_index = 5")
    refused = place.doorstep("log", "verify", "--school", SCHOOL)
    assert refused.exit_code == 1
    assert "the log ends at 5" in refused.output


def test_a_trigger_that_was_switched_off_is_refused_though_every_event_is_there(place: Place) -> None:
    assert place.doorstep("log", "verify", "--school", SCHOOL).exit_code == 0
    place.sql(b"SELECT 1")
    refused = place.doorstep("log", "verify", "--school", SCHOOL)
    assert refused.exit_code == 1
    assert "REFUSED" in refused.output


def test_a_witness_cosigns_what_extends_what_it_saw_and_nothing_else(place: Place) -> None:
    vkey = str(place.places.ledger(SCHOOL).key)
    state = place.folder / "witness"

    def ask(seen: int, name: str) -> Result:
        request = place.folder / name
        asked = place.doorstep("log", "request", "--school", SCHOOL, "--seen", str(seen), "--out", str(request))
        assert asked.exit_code == 0, asked.output
        return place.doorstep(
            "log", "witness", str(request), "--state", str(state), "--name", "witness.example", "--log", vkey
        )

    first = ask(0, "first")
    assert first.exit_code == 0, first.output
    knock(place.log)
    place.seal()
    assert ask(7, "second").exit_code == 0
    backwards = place.doorstep(
        "log", "witness", str(place.folder / "first"), "--state", str(state), "--name", "witness.example", "--log", vkey
    )
    assert backwards.exit_code == 1
    assert "rollback" in backwards.output


def test_any_two_checkpoints_are_proved_to_be_of_one_log(place: Place) -> None:
    kept: dict[int, Path] = {}
    for size in (7, 8, 9):
        kept[size] = place.folder / f"kept-{size}"
        kept[size].write_bytes(place.places.ledger(SCHOOL).note)
        knock(place.log)
        place.seal()
    key = str(place.places.ledger(SCHOOL).key)

    def proof(seen: int, to: str) -> Result:
        out = place.folder / f"proof-{seen}-{Path(to).name}"
        words = ("--school", SCHOOL, "--seen", str(seen), "--to", to, "--out", str(out))
        asked = place.doorstep("log", "request", *words)
        if asked.exit_code:
            return asked
        assert f"the checkpoint over 8 events extends the one over {seen}" in asked.output
        return place.doorstep("log", "verify", str(out), "--key", key, "--evidence", str(kept[seen]))

    for to in ("8", str(kept[8])):
        holds = proof(7, to)
        assert holds.exit_code == 0, holds.output
        assert "with 8 events" in holds.output
    backwards = proof(9, "8")
    assert backwards.exit_code == 1
    assert "it cannot extend one over 9" in backwards.output
    unknown = proof(7, "99")
    assert unknown.exit_code == 1
    assert "Give one that was kept elsewhere" in unknown.output
    nothing = proof(7, str(place.folder / "nowhere"))
    assert nothing.exit_code == 1
    assert "neither a number of events nor a file" in nothing.output
    kept[8].write_bytes(kept[8].read_bytes().replace(b"\n8\n", b"\n9\n"))
    forged = proof(7, str(kept[8]))
    assert forged.exit_code == 1
    assert "Refused" in forged.output


def test_an_export_that_is_refused_leaves_nothing_behind(place: Place) -> None:
    place.sql(b"UPDATE event SET recorded_at = recorded_at - interval '1 hour' WHERE notification_id = 6")
    out = place.folder / "exports" / "all"
    refused = place.doorstep("log", "export", "--school", SCHOOL, "--out", str(out))
    assert refused.exit_code == 1
    assert "Refused at index 6" in refused.output
    assert list(out.parent.iterdir()) == []


def test_calling_it_wrongly_is_told_apart_from_a_refusal(place: Place) -> None:
    assert place.doorstep("log", "verify").exit_code == 2
    assert place.doorstep("log", "verify", "--school", "nowhere").exit_code == 2
    assert place.doorstep("log", "receipt", "--school", SCHOOL, "--out", "x").exit_code == 2
    out = place.folder / "there"
    out.mkdir()
    taken = place.doorstep("log", "export", "--school", SCHOOL, "--out", str(out))
    assert taken.exit_code == 1
    assert "choose another place" in taken.output


@pytest.mark.parametrize("words", [("verify",), ("export", "--out", "there"), ("request", "--out", "there")])
def test_where_there_is_no_ledger_no_database_is_made_for_the_asking(words: tuple[str, ...], tmp_path: Path) -> None:
    var = tmp_path / "var"
    found = CliRunner().invoke(main, ["log", *words, "--school", SCHOOL, "--var", str(var)])
    assert found.exit_code in (1, verifier.MISUSED)
    assert "elm_park has no ledger in" in found.output
    assert not var.exists()


def test_a_signing_key_that_is_gone_is_never_replaced(place: Place) -> None:
    place.places.key_file.unlink()
    with pytest.raises(KeyUnusable, match="Put the key file back"):
        signing_key(place.places)
    told = place.doorstep("seal")
    assert told.exit_code == 1
    assert "Put the key file back" in told.output


def test_a_checkpoint_that_leaves_the_house_is_marked_and_stays(place: Place) -> None:
    def marked() -> list[int]:
        with psycopg.connect(as_school(place.urls.app, SCHOOL)) as connection:
            query = SQL("SELECT size FROM {} ORDER BY size").format(Identifier(f"school_{SCHOOL}", "checkpoint_left"))
            return [row[0] for row in connection.execute(query).fetchall()]

    event = next(iter(place.log.read_log(5))).envelope.event_id
    leaving = (
        ("export", "--out", str(place.folder / "out")),
        ("receipt", "--event", str(event), "--out", str(place.folder / "one.tlog-proof")),
        ("request", "--out", str(place.folder / "asked")),
    )
    assert marked() == []
    for size, (name, *rest) in zip((7, 8, 9), leaving, strict=True):
        made = place.doorstep("log", name, "--school", SCHOOL, *rest)
        assert made.exit_code == 0, made.output
        assert marked()[-1] == size
        knock(place.log)
        place.seal()
    assert place.doorstep("log", "verify", "--school", SCHOOL).exit_code == 0
    assert marked() == [7, 8, 9], "verifying lets nothing out"
