"""`doorstep school import`: a school's whole export in another installation, whole or not at all."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from api.ledger_places import sealed, source_of
from commands.bus import Bus, Sender
from commands.ids import new_command_id
from commands.policy_files import clauses, load_policy
from domain.catalogue import EVENTS
from domain.ids import DOORSTEP
from domain.pupil.commands import AdmitPupil
from domain.removal.commands import AskRemoval
from domain.removal.events import Ground
from domain.roles import Role
from domain.school.events import LogRestored
from domain.staff.commands import AddStaff
from eventlog.backup.epochs import look_outside, loss
from eventlog.backup.manifest import hash_line
from eventlog.backup.parts import Part
from eventlog.keys.second_place import SecondPlace
from eventlog.ledger.ledgers import every_epoch
from eventlog.ledger.signing import make_key, read_key
from eventlog.migrate import migrate
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from eventlog.whole.old_ledgers import bring_ledgers
from eventlog.whole.shapes import ExportUnusable, read_described, to_bytes
from reactors.sealing import Sealing
from tests.api.importing_program import AFTER, POINTS
from tests.api.machine import SCHOOL, Machine
from tests.api.removing_program import EndedError, ending
from tests.databases import Databases, fresh_database, waiting_for_the_disk

HEAD = "Hanna Head"
PASSPHRASE = "a long enough passphrase"


class Moving(NamedTuple):
    """A school's old home, its export, and evidence that was given away there."""

    old: Machine
    export: Path
    receipt: Path
    passphrase: Path


def sealed_all_the_time(machine: Machine) -> Sealing:
    key = read_key(machine.folder / "sealing-key.pem")
    return Sealing(machine.urls.sealer, machine.folder / "ledger", key, lambda: datetime.now(UTC))


def home(urls: DatabaseUrls, folder: Path) -> Machine:
    """An installation with no school."""
    folder.mkdir(exist_ok=True)
    machine = Machine(urls, folder)
    migrate(machine.urls, "live")
    make_key(folder / "sealing-key.pem")
    return machine


@pytest.fixture(scope="module")
def moving(
    module_database_urls: DatabaseUrls, postgres: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Moving]:
    """A school with a head and a child, exported, and a receipt of the child's first event."""
    folder = tmp_path_factory.mktemp("old")
    with pytest.MonkeyPatch.context() as patch, waiting_for_the_disk(postgres):
        patch.setattr("eventlog.age._LOG2N", 4)
        old = home(module_database_urls, folder)
        old.open_school()
        with Store.open(old.urls, EVENTS) as store:
            bus = Bus(store, clauses())
            child = AdmitPupil(given_name="Ava", family_name="Brook", address="12 Mill Lane")
            head = AddStaff(name=HEAD, job="", roles=(Role.HEADTEACHER,))
            asyncio.run(bus.send(SCHOOL, head, Sender(DOORSTEP, new_command_id())))
            stored = asyncio.run(bus.send(SCHOOL, child, Sender(DOORSTEP, new_command_id())))
        passphrase, receipt, out = folder / "passphrase", folder / "x.tlog-proof", folder / "whole"
        passphrase.write_text(PASSPHRASE, encoding="utf-8")
        with sealed(sealed_all_the_time(old)):
            words = ("--by", HEAD, "--why", "To Elm Trust", "--passphrase-file", str(passphrase))
            made = old.doorstep("school", "export", SCHOOL, "--to", str(out), *words)
            assert made.exit_code == 0, made.output
            event = str(stored.recorded[0].envelope.event_id)
            given = old.doorstep("log", "receipt", "--school", SCHOOL, "--event", event, "--out", str(receipt))
            assert given.exit_code == 0, given.output
        yield Moving(old, out, receipt, passphrase)


@pytest.fixture
def new(postgres: Databases, tmp_path: Path) -> Iterator[Machine]:
    """Another installation."""
    with fresh_database(postgres) as urls:
        yield home(urls, tmp_path / "new")


@pytest.fixture(scope="module")
def bare(postgres: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """One that nothing is brought into, whatever is tried."""
    with fresh_database(postgres) as urls:
        yield home(urls, tmp_path_factory.mktemp("bare"))


def brings(new: Machine, moving: Moving, export: Path | None = None) -> tuple[int, str]:
    """Exit code and words of an import."""
    words = ("--passphrase-file", str(moving.passphrase))
    answer = new.doorstep("school", "import", str(export or moving.export), *words)
    return answer.exit_code, answer.output


def schools_of(machine: Machine) -> str:
    """As they are listed."""
    return machine.doorstep("school", "list").output


def wrapped(machine: Machine) -> set[str]:
    """Its data keys, as the second place holds them."""
    held = SecondPlace(machine.folder / "data-keys", SCHOOL).read()
    return {key.wrapped.hex() for key in held.keys.values()}


def lines(machine: Machine) -> list[tuple[object, ...]]:
    """The log as it lies: index, instant, salt, envelope, what is encrypted."""
    with source_of(machine.urls, SCHOOL) as source:
        return [(one[0], one[1], bytes(one[2]), bytes(one[3]), bytes(one[4])) for one in source.read(1, 10_000)]


def asks_to_go(machine: Machine) -> None:
    """The head asks for the school's removal from there."""
    with Store.open(machine.urls, EVENTS) as store:
        bus = Bus(store, clauses())
        head = next(one.id for one in bus.knowledge(SCHOOL).at_head()[1].people.values() if one.name == HEAD)
        asked = AskRemoval(ground=Ground.MOVED, why="On to Ash Trust")
        asyncio.run(bus.send(SCHOOL, asked, Sender(head, new_command_id())))


def is_well(new: Machine, moving: Moving) -> None:
    """Every event is the one that was sealed, is read, and goes on; what was proved before is proved here."""
    before, now = lines(moving.old), lines(new)
    size = read_described(moving.export).events
    assert now[:size] == before[:size]
    new.seal()
    old_key = moving.old.folder / "ledger" / SCHOOL / "1" / "log.vkey"
    verified = new.doorstep("log", "verify", "--school", SCHOOL, "--evidence", str(moving.receipt))
    assert verified.exit_code == 0, verified.output
    assert f"epoch 1: its first {size} events of the {size}" in verified.output
    assert new.doorstep("log", "verify", str(moving.receipt), "--key", str(old_key)).exit_code == 0
    told = [one for one in new.events() if isinstance(one, LogRestored)]
    assert [(one.epoch, one.restored, one.missing) for one in told] == [(2, size, 0)]
    with Store.open(new.urls, EVENTS) as store:
        bus = Bus(store, clauses())
        known = bus.knowledge(SCHOOL).at_head()[1]
        assert [one.family_name for one in known.pupils.values()] == ["Brook"]
        assert known.policy_at(datetime.now(UTC)).settings == load_policy("norbury").settings
        stored = asyncio.run(bus.send(SCHOOL, AddStaff(name="New", job=""), Sender(DOORSTEP, new_command_id())))
        assert stored.last_index == len(now) + 1
        assert store.keyrings.disagreements == ()
    new.seal()
    assert new.doorstep("log", "verify", "--school", SCHOOL).exit_code == 0
    assert "Norbury High" in schools_of(new)


def test_it_is_here_with_every_index_and_hash_and_moves_on_from_here_with_the_proofs_of_both_homes(
    new: Machine, moving: Moving, postgres: Databases, tmp_path: Path
) -> None:
    code, says = brings(new, moving)
    assert code == 0, says
    assert "signed under epoch 2" in says
    is_well(new, moving)
    origins = [one.checkpoint.origin for one in every_epoch(new.folder / "ledger", SCHOOL).values()]
    assert origins[0] == read_described(moving.export).origin
    assert origins[0].partition("/")[0] != origins[1].partition("/")[0]
    assert not wrapped(new) & wrapped(moving.old), "each key is wrapped anew"
    status = new.doorstep("status").output
    for says in (f"Proof of {SCHOOL}: all of", f"Tables of {SCHOOL}: they are as", "Keys: the key file opens the keys"):
        assert f"well       {says}" in status, status
    asks_to_go(new)
    out, third = tmp_path / "again", tmp_path / "third"
    with sealed(sealed_all_the_time(new)):
        words = ("--by", HEAD, "--why", "On", "--passphrase-file", str(moving.passphrase))
        made = new.doorstep("school", "export", SCHOOL, "--to", str(out), *words)
        assert made.exit_code == 0, made.output
    with fresh_database(postgres) as urls:
        on = home(urls, third)
        code, says = brings(on, moving, out)
        assert (code, "its removal was asked for: from where it came" in says) == (1, True), says
        on.seal()
        verified = on.doorstep("log", "verify", "--school", SCHOOL, "--evidence", str(moving.receipt))
        assert verified.exit_code == 0, verified.output
        assert "epoch 1: its first" in verified.output
        assert "epoch 2: its first" in verified.output
    (out / "epochs" / "1" / "tree").unlink()
    key = read_key(third / "sealing-key.pem")
    with pytest.raises(ExportUnusable, match="an earlier release wrote this export"):
        bring_ledgers(tmp_path / "x", out, read_described(out), f"here/doorstep/{SCHOOL}/3", key)
    assert not (tmp_path / "x").exists()


def test_a_backup_made_here_knows_its_ledger_beside_that_of_the_old_home(new: Machine, moving: Moving) -> None:
    assert brings(new, moving)[0] == 0
    new.seal()
    made = new.doorstep("backup", "--out", str(new.folder / "backups"))
    assert "log:" in made.output, made.output
    manifest = Part(new.part("log"), "log").manifest
    (school,) = manifest.schools
    found = look_outside(str(manifest.installation.id), school, new.folder / "ledger", None, None, "checkpoint")
    assert found.own is not None
    assert loss(school, found, school.events, datetime.now(UTC)) is None


def test_killed_anywhere_there_is_no_school_or_all_of_it_and_the_same_command_goes_on(
    new: Machine, moving: Moving, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at one point after the other: each finds what the ones before left lying."""

    def end() -> None:
        raise EndedError

    for point in POINTS:
        with monkeypatch.context() as patch:
            for where, name, instead in ending(point, end, POINTS):
                patch.setattr(where, name, instead)
            if point == next(iter(AFTER)):
                killed(new, moving, "all but committed")
            with pytest.raises(EndedError):
                new.doorstep("school", "import", str(moving.export), "--passphrase-file", str(moving.passphrase))
        assert (SCHOOL in schools_of(new)) is (point in AFTER), point
    code, says = brings(new, moving)
    assert (code, "was interrupted" in says) == (0, True)
    assert "There is a school norbury here already" in brings(new, moving)[1]
    is_well(new, moving)


def killed(new: Machine, moving: Moving, point: str) -> None:
    """The same in a program of its own, by the system."""
    words = ["school", "import", str(moving.export), "--passphrase-file", str(moving.passphrase)]
    ended = subprocess.run(
        [sys.executable, "-m", "tests.api.importing_program", point, *words],
        env=os.environ | new.places,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert SCHOOL not in schools_of(new)


def test_what_may_not_come_in_is_refused_and_nothing_is_left(bare: Machine, moving: Moving, tmp_path: Path) -> None:
    altered, wrong = tmp_path / "altered", tmp_path / "wrong"
    shutil.copytree(moving.export, altered)
    readable = altered / "readable.jsonl"
    readable.write_text(readable.read_text(encoding="utf-8").replace("Brook", "Brock"), encoding="utf-8")
    assert "readable.jsonl is not as it was written" in brings(bare, moving, altered)[1]
    wrong.write_text("another long passphrase", encoding="utf-8")
    answer = bare.doorstep("school", "import", str(moving.export), "--passphrase-file", str(wrong))
    assert "is not the one that this file was sealed for" in answer.output
    assert "without its data keys" in bare.doorstep("school", "import", str(moving.export)).output
    assert schools_of(bare) == ""
    assert not (bare.folder / "ledger").exists()
    assert not (bare.folder / "data-keys").exists() or not list((bare.folder / "data-keys").glob("*.keys"))


def test_of_a_demonstration_nothing_comes_into_a_live_installation(
    bare: Machine, moving: Moving, tmp_path: Path
) -> None:
    demonstration = tmp_path / "demonstration"
    shutil.copytree(moving.export, demonstration)
    described = read_described(moving.export)
    content = to_bytes(msgspec.structs.replace(described, kind="demonstration"))
    (demonstration / "manifest.json").write_bytes(content)
    (demonstration / "manifest.sha256").write_bytes(hash_line(content))
    assert "the export was made in a demonstration one" in brings(bare, moving, demonstration)[1]


def test_it_keeps_its_short_name_for_that_is_in_every_sealed_envelope(moving: Moving) -> None:
    """Why there is no `--as`: under another name no envelope, no hash and no payload would be what was sealed."""
    before = lines(moving.old)
    code, says = brings(moving.old, moving)
    assert (code, "every event of it was sealed with that name in it" in says) == (1, True)
    assert all(f'"school":"{SCHOOL}"' in str(one[3]) for one in before)
    assert lines(moving.old) == before, "the school that was here is untouched"


def test_a_name_that_was_signed_under_here_stays_that_logs(bare: Machine, moving: Moving) -> None:
    (bare.folder / "ledger" / SCHOOL / "1").mkdir(parents=True)
    try:
        assert "of another log" in brings(bare, moving)[1]
    finally:
        shutil.rmtree(bare.folder / "ledger")
    assert schools_of(bare) == ""
