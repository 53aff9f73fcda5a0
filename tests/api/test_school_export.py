"""`doorstep school export` and `check`: everything that a school takes with it, as a technician types it."""

import asyncio
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

import domain.refusal
from api.command_parts import person_named
from api.ledger_places import sealed, source_of
from commands.bus import Bus, Sender
from commands.ids import new_command_id
from commands.policy_files import clauses, load_policy, load_policy_file
from commands.whole_export import Asked, Exporting
from domain.catalogue import EVENTS
from domain.ids import DOORSTEP
from domain.removal.events import WholeExported
from domain.roles import Role
from domain.staff.commands import AddStaff
from eventlog.age import Identity, Passphrase, write_identity
from eventlog.backup.manifest import hash_line
from eventlog.ledger.signing import make_key, read_key
from eventlog.ledger.verifier import Refused
from eventlog.migrate import migrate
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from eventlog.whole.checking import check_whole
from eventlog.whole.keys import Plain, open_keys
from eventlog.whole.shapes import ExportUnusable, hashed, read_described, to_bytes
from reactors.sealing import Sealing
from tests.api.exporting_program import POINTS
from tests.api.machine import SCHOOL, Machine
from tests.databases import Databases, waiting_for_the_disk

HEAD = "Hanna Head"
PASSPHRASE = "a long enough passphrase"
WHY = "The school joins another trust"


def with_people(machine: Machine) -> None:
    """A headteacher and a teacher."""
    with Store.open(machine.urls, EVENTS) as store:
        bus = Bus(store, clauses())
        for name, role in ((HEAD, Role.HEADTEACHER), ("Tom Teacher", Role.TEACHER)):
            command = AddStaff(name=name, job="", roles=(role,))
            asyncio.run(bus.send(SCHOOL, command, Sender(DOORSTEP, new_command_id())))


@pytest.fixture(scope="module")
def school(
    module_database_urls: DatabaseUrls, postgres: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Machine]:
    """A machine with a school and its people, that is sealed all the time; all tests of the file take out from it."""
    folder = tmp_path_factory.mktemp("machine")
    with pytest.MonkeyPatch.context() as patch, waiting_for_the_disk(postgres):
        patch.setattr("eventlog.age._LOG2N", 4)
        machine = Machine(module_database_urls, folder)
        migrate(machine.urls, "live")
        make_key(folder / "sealing-key.pem")
        machine.open_school()
        with_people(machine)
        (folder / "passphrase").write_text(f"{PASSPHRASE}\n", encoding="utf-8")
        key = read_key(folder / "sealing-key.pem")
        with sealed(Sealing(machine.urls.sealer, folder / "ledger", key, lambda: datetime.now(UTC))):
            yield machine


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where to write."""
    return tmp_path / "out"


@pytest.fixture(scope="module")
def whole(school: Machine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export that went well, to be looked at."""
    out = tmp_path_factory.mktemp("exports") / "whole"
    code, says = exported(school, out, *by_passphrase(school))
    assert code == 0, says
    return out


def verifier_key(machine: Machine) -> Path:
    """As somebody kept it."""
    return machine.folder / "ledger" / SCHOOL / "1" / "log.vkey"


def exported(machine: Machine, out: Path, *more: str, by: str = HEAD, why: str = WHY) -> tuple[int, str]:
    """Exit code and words of an export."""
    answer = machine.doorstep("school", "export", SCHOOL, "--to", str(out), "--by", by, "--why", why, *more)
    return answer.exit_code, answer.output


def by_passphrase(machine: Machine) -> tuple[str, str]:
    """The option."""
    return "--passphrase-file", str(machine.folder / "passphrase")


def exports_on_record(machine: Machine) -> int:
    """How many the log tells of."""
    return sum(isinstance(event, WholeExported) for event in machine.events())


def test_a_school_takes_everything_with_it_and_who_asked_for_it_is_the_last_event(school: Machine, whole: Path) -> None:
    assert stat.S_IMODE(whole.stat().st_mode) == 0o700
    assert WholeExported(why=WHY, keys_for="a passphrase") in school.events()
    text = (whole / "readable.jsonl").read_text(encoding="utf-8")
    readable = [json.loads(line) for line in text.splitlines()]
    assert [one["index"] for one in readable] == list(range(1, len(readable) + 1))
    assert readable[-1]["envelope"]["topic"] == WholeExported.TOPIC
    assert readable[-1]["event"]["why"] == WHY
    assert HEAD in text
    assert HEAD not in (whole / "log" / "events.jsonl").read_text(encoding="utf-8")
    policy = load_policy_file(whole / "policy.yaml", "policy.yaml")
    assert policy.settings == load_policy("norbury").settings
    checked = school.doorstep("school", "check", str(whole), *by_passphrase(school))
    assert checked.exit_code == 0, checked.output
    assert f"HOLDS: {len(readable)} events" in checked.output
    assert "open each event to just what is readable" in checked.output
    given = school.doorstep("school", "check", str(whole), "--key", str(verifier_key(school)))
    assert "they are sealed for a passphrase" in given.output


def test_the_proof_in_it_is_verified_by_the_program_and_by_the_single_file_in_it_alone(
    school: Machine, whole: Path
) -> None:
    assert school.doorstep("log", "verify", str(whole / "log")).exit_code == 0
    words = [sys.executable, "-I", "verifier.py", "log", "--key", str(verifier_key(school))]
    alone = subprocess.run(words, cwd=whole, capture_output=True, text=True, check=False)
    assert alone.returncode == 0, alone.stdout + alone.stderr
    assert "every event of this export" in alone.stdout


def test_the_keys_in_it_are_never_in_clear_and_open_by_the_passphrase_that_is_shown_once(
    school: Machine, out: Path, tmp_path: Path
) -> None:
    code, says = exported(school, out)
    assert code == 0, says
    passphrase = next(line.strip() for line in says.splitlines() if line.startswith("    "))
    keys = [one for one in open_keys(out / "keys.age", SCHOOL, Passphrase(passphrase)) if isinstance(one, Plain)]
    assert keys
    for file in (one for one in out.rglob("*") if one.is_file()):
        content = file.read_bytes()
        assert passphrase.encode() not in content
        assert not [key for key in keys if key.bytes in content or key.bytes.hex().encode() in content], file
    wrong = tmp_path / "wrong"
    wrong.write_text("another long passphrase", encoding="utf-8")
    checked = school.doorstep("school", "check", str(out), "--passphrase-file", str(wrong))
    assert checked.exit_code == 1
    assert "is not the one that this file was sealed for" in checked.output


def test_for_the_new_homes_key_only_that_home_opens_them(school: Machine, out: Path, tmp_path: Path) -> None:
    theirs = Identity(X25519PrivateKey.generate().private_bytes_raw())
    assert exported(school, out, "--recipient", theirs.recipient.says)[0] == 0
    (tmp_path / "theirs").write_text(write_identity(theirs), encoding="utf-8")
    checked = school.doorstep("school", "check", str(out), "--identity", str(tmp_path / "theirs"))
    assert checked.exit_code == 0, checked.output
    assert WholeExported(why=WHY, keys_for=theirs.recipient.says) in school.events()
    assert "begins with age1" in exported(school, tmp_path / "other", "--recipient", "age1nobody")[1]


@pytest.mark.parametrize(
    ("by", "why", "says"),
    [
        ("Tom Teacher", "because", "This is done by the DSL or a deputy or the headteacher"),
        ("Nobody Known", "because", "Nobody, or more than one person, is called so"),
        (HEAD, "  ", "Say why it goes out"),
    ],
)
def test_without_a_person_who_may_and_a_reason_nothing_goes_out(
    school: Machine, out: Path, by: str, why: str, says: str
) -> None:
    before = exports_on_record(school)
    code, said = exported(school, out, by=by, why=why)
    assert (code != 0, says in said) == (True, True), said
    assert not out.exists()
    assert exports_on_record(school) == before


def test_nothing_is_written_over_and_what_a_kill_left_is_taken_away(school: Machine, out: Path) -> None:
    left, before = out.with_name(".out.unfinished"), exports_on_record(school)
    out.mkdir()
    (out / "mine").write_text("kept", encoding="utf-8")
    code, says = exported(school, out, *by_passphrase(school))
    assert (code, (out / "mine").read_text(encoding="utf-8")) == (1, "kept")
    assert "is there already" in says
    assert exports_on_record(school) == before
    shutil.rmtree(out)
    (left / "log").mkdir(parents=True)
    (left / "log" / "events.jsonl").write_text("half", encoding="utf-8")
    assert exported(school, out, *by_passphrase(school))[0] == 0
    assert not left.exists()
    assert school.doorstep("school", "check", str(out), *by_passphrase(school)).exit_code == 0


def test_killed_anywhere_no_folder_has_its_name_and_the_same_command_begins_again(school: Machine, out: Path) -> None:
    """Each kill finds what the one before left lying; each export is on record, also one that came to nothing."""
    before, left = exports_on_record(school), out.with_name(".out.unfinished")
    theirs = Identity(X25519PrivateKey.generate().private_bytes_raw()).recipient.says
    words = ["school", "export", SCHOOL, "--to", str(out), "--by", HEAD, "--why", WHY, "--recipient", theirs]
    program = [sys.executable, "-m", "tests.api.exporting_program", str(out), *words]
    told = subprocess.run(program, env=os.environ | school.places, capture_output=True, text=True, check=True).stdout
    found = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    assert [one["point"] for one in found] == list(POINTS)
    for one in found:
        assert (one["killed"], one["named"], one["mode"]) == (True, False, 0o700), one
        assert ("manifest.sha256" in one["left"]) is (one["point"] == "all but its name"), one
    assert left.exists()
    assert exported(school, out, "--recipient", theirs)[0] == 0
    assert not left.exists()
    assert school.doorstep("school", "check", str(out)).exit_code == 0
    assert exports_on_record(school) == before + len(POINTS) + 1


def test_a_failure_on_the_way_leaves_nothing_of_it(school: Machine, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventlog.whole.writing.seal_keys", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    assert exported(school, out, *by_passphrase(school))[0] != 0
    assert list(out.parent.iterdir()) == []


def test_without_a_sealer_it_says_what_to_do(school: Machine, out: Path, tmp_path: Path) -> None:
    with Store.open(school.urls, EVENTS) as store, source_of(school.urls, SCHOOL) as source:
        bus = Bus(store, clauses())
        head = person_named(bus.knowledge(SCHOOL).at_head()[1], HEAD)
        exporting = Exporting(bus, school.urls, tmp_path / "no ledgers", source, patience=0.1)
        with pytest.raises(domain.refusal.Refused, match=r"export\.not_sealed"):
            exporting.export(SCHOOL, out, Asked(head.id, WHY, Passphrase(PASSPHRASE)), lambda *_: None)
    assert not out.exists()


CHANGES: Mapping[str, tuple[str, Callable[[bytes], bytes]]] = {
    "a readable event": ("readable.jsonl", lambda text: text.replace(b"Hanna", b"Hanne")),
    "a sealed event": ("log/events.jsonl", lambda text: text.replace(b'"index":2,', b'"index":3,')),
    "the keys": ("keys.age", lambda text: text[:-1] + bytes([text[-1] ^ 1])),
    "the policy": ("policy.yaml", lambda text: text + b"\n"),
    "the manifest": ("manifest.json", lambda text: text.replace(b"norbury", b"suffolk")),
    "what it says of itself": ("README.txt", lambda text: text[:-2]),
}


def test_whatever_is_changed_left_out_or_put_in_is_found_and_named(whole: Path) -> None:
    for name, (file, change) in CHANGES.items():
        before = (whole / file).read_bytes()
        assert change(before) != before, name
        (whole / file).write_bytes(change(before))
        with pytest.raises(ExportUnusable, match=file):
            check_whole(whole)
        (whole / file).unlink()
        with pytest.raises(ExportUnusable, match=file):
            check_whole(whole)
        (whole / file).write_bytes(before)
    (whole / "more.txt").write_text("put in", encoding="utf-8")
    with pytest.raises(ExportUnusable, match=r"more.txt does not belong to this export"):
        check_whole(whole)
    (whole / "more.txt").unlink()
    assert check_whole(whole).school == SCHOOL


def test_whoever_writes_the_manifest_anew_is_found_by_what_was_sealed(whole: Path, tmp_path: Path) -> None:
    for name, (file, change) in CHANGES.items():
        if file not in {"readable.jsonl", "log/events.jsonl", "keys.age"}:
            continue
        copy = Path(shutil.copytree(whole, tmp_path / name))
        (copy / file).write_bytes(change((copy / file).read_bytes()))
        said = read_described(copy)
        content = to_bytes(msgspec.structs.replace(said, files=tuple(hashed(copy, one.file) for one in said.files)))
        (copy / "manifest.json").write_bytes(content)
        (copy / "manifest.sha256").write_bytes(hash_line(content))
        with pytest.raises((Refused, ExportUnusable)):
            check_whole(copy, by=Passphrase(PASSPHRASE))
