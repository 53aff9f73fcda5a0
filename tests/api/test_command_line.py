"""The command line as a technician types it: help, marks, a taken port, a second program beside a running server."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from psycopg import connect

from api.cli import main
from commands.policy_definitions import package_text
from commands.policy_files import load_policy
from domain.catalogue import EVENTS
from domain.concern.commands import RaiseConcern
from domain.ids import DOORSTEP
from domain.school.events import RecordExported, SettingsAdopted
from eventlog.embedded_postgres import EmbeddedPostgres
from eventlog.keys.keyrings import Keyrings
from eventlog.migrate import add_school, installation_kind, migrate
from eventlog.settings import PREFIXES, DatabaseUrls
from eventlog.store import Store
from tests.databases import Databases, folder_for_a_server, settings_of, waiting_for_the_disk
from tests.scenarios.harness import World

COMMANDS = (
    "demo", "serve", "account restore", "people import", "migrate", "rebuild", "export", "backup", "restore", "status", "policy check", "policy diff", "policy show", "policy adopt", "school list", "school add", "keys check",
    "keys rotate", "keys restore", "seal", "log export", "log receipt", "log verify", "log request", "log witness",
)  # fmt: skip


def doorstep(*words: str, urls: DatabaseUrls | None = None) -> Result:
    """Run the program in this process, on a database or on none."""
    found = settings_of(urls) if urls else dict.fromkeys(f"{prefix}_URL" for prefix in PREFIXES.values())
    return CliRunner(env=found).invoke(main, words)


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    answer = doorstep(*command.split(), "--help")
    assert answer.exit_code == 0
    assert len(answer.output.splitlines()) > 5
    assert command.split(maxsplit=1)[0] in doorstep("--help").output


def test_a_policy_file_that_is_well_is_said_to_be(tmp_path: Path) -> None:
    file = tmp_path / "norbury.yaml"
    file.write_text(package_text("norbury.yaml"), encoding="utf-8")
    answer = doorstep("policy", "check", str(file))
    assert answer.exit_code == 0, answer.output
    assert f"{file} is well" in answer.output
    assert "63 settings" in answer.output


def test_a_wrong_policy_file_is_told_every_fault_with_file_line_and_expectation(tmp_path: Path) -> None:
    file = tmp_path / "norbury.yaml"
    text = package_text("norbury.yaml").replace("  lone_visit:", "  lone_visitt:", 1)
    file.write_text(text, encoding="utf-8")
    answer = doorstep("policy", "check", str(file))
    assert answer.exit_code == 1
    line = text[: text.index("lone_visitt")].count("\n") + 1
    assert f"{file}, line {line}" in answer.stderr
    assert "lone_visit" in answer.stderr
    assert "1 thing is wrong" in answer.stderr


def test_a_policy_file_that_is_not_there() -> None:
    answer = doorstep("policy", "check", "nowhere.yaml")
    assert answer.exit_code == 2
    assert "does not exist" in answer.output


def test_migrate_marks_an_empty_database_as_live_and_leaves_a_demonstration_one(database_urls: DatabaseUrls) -> None:
    assert "It is a live one" in doorstep("migrate", urls=database_urls).output
    assert installation_kind(database_urls) == "live"
    again = doorstep("migrate", urls=database_urls)
    assert (again.exit_code, again.output) == (0, "The database is up to date. It is a live one.\n")


def test_demo_refuses_a_live_database(database_urls: DatabaseUrls) -> None:
    port = str(a_free_port())
    unprepared = doorstep("serve", "--port", port, urls=database_urls)
    assert unprepared.exit_code == 1
    assert "Run `doorstep migrate`" in unprepared.output
    migrate(database_urls, "live")
    refused = doorstep("demo", "--port", port, urls=database_urls)
    assert refused.exit_code == 1
    assert "made for a live installation and is never used for a demonstration one" in refused.output
    assert installation_kind(database_urls) == "live"


def test_serve_refuses_a_demonstration(database_urls: DatabaseUrls) -> None:
    migrate(database_urls, "demonstration")
    refused = doorstep("serve", "--port", str(a_free_port()), urls=database_urls)
    assert refused.exit_code == 1
    assert "made for a demonstration installation and is never used for a live one" in refused.output


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_a_taken_port_is_said_before_anything_is_begun(command: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = doorstep(command, "--port", str(port), "--var", str(tmp_path / "var"))
    assert answer.exit_code == 1
    assert f"Port {port} is already in use" in answer.output
    assert f"--port {port + 1}" in answer.output
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("command", ["demo", "serve", "school list"])
def test_a_policy_that_cannot_be_read_is_refused_at_start_naming_file_line_and_expectation(
    command: str, database_urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(database_urls, "demonstration" if command == "demo" else "live")
    add_school(database_urls, "hill_top", "Hill Top Academy", "scargill")

    def misspelt(file: str) -> str:
        return package_text(file).replace("lone_visit:", "lone_vist:", 1)

    monkeypatch.setattr("commands.policy_files.package_text", misspelt)
    load_policy.cache_clear()
    refused = doorstep(
        *command.split(), *(() if " " in command else ("--port", str(a_free_port()))), urls=database_urls
    )
    load_policy.cache_clear()
    assert refused.exit_code == 1
    assert re.search(r"policies/\w+\.yaml.*line \d+.*lone_vist|policies/\w+\.yaml:\d+.*lone_vist", refused.output)
    assert isinstance(refused.exception, SystemExit), "no traceback"


def test_no_school_begins_on_a_server_that_may_lose_what_it_has_stored(
    database_urls: DatabaseUrls, postgres: Databases
) -> None:
    if not isinstance(postgres, EmbeddedPostgres):
        pytest.skip("the settings of a server that others use are not changed")
    migrate(database_urls, "live")
    refused = doorstep("school", "add", "hill_top", "Hill Top Academy", "scargill", urls=database_urls)
    assert refused.exit_code == 1
    assert "How this school's record is kept is not as Doorstep left it" in refused.output
    assert "Traceback" not in refused.output


def test_schools_are_listed_one_a_line_and_one_can_be_added(database_urls: DatabaseUrls, postgres: Databases) -> None:
    migrate(database_urls, "live")
    add_school(database_urls, "beckside", "Beckside Primary", "norbury")
    with waiting_for_the_disk(postgres):
        added = doorstep("school", "add", "hill_top", "Hill Top Academy", "scargill", urls=database_urls)
        assert added.exit_code == 0, added.output
        again = doorstep("school", "add", "hill_top", "Hill Top Academy", "scargill", urls=database_urls)
    assert again.exit_code == 0, "what was cut short is finished by doing it again"
    with Store.open(database_urls, EVENTS) as store:
        adopted = [one for one in store.log("hill_top").read_log() if isinstance(one.event, SettingsAdopted)]
    assert len(adopted) == 1
    lines = doorstep("school", "list", urls=database_urls).output.splitlines()
    assert [line.split()[0] for line in lines] == ["beckside", "hill_top"]
    assert re.fullmatch(r"beckside +Beckside Primary +\S.*", lines[0])
    taken = doorstep("school", "add", "hill_top", "Another", "norbury", urls=database_urls)
    assert taken.exit_code == 1
    assert "already belongs to Hill Top Academy" in taken.output
    for slug, policy, says in (("Hill-Top", "norbury", "small letters"), ("hill", "nobodys", "scargill")):
        assert says in doorstep("school", "add", slug, "Name", policy, urls=database_urls).output


def test_rebuild_makes_one_or_all_and_says_which_school_is_unknown(database_urls: DatabaseUrls) -> None:
    migrate(database_urls, "live")
    doorstep("school", "add", "hill_top", "Hill Top Academy", "scargill", urls=database_urls)
    whole = doorstep("rebuild", urls=database_urls)
    assert whole.exit_code == 0, whole.output
    assert "hill_top: overdue board" in whole.output
    one = doorstep("rebuild", "--school", "hill_top", "directory", urls=database_urls)
    assert "hill_top: directory" in one.output
    assert "overdue" not in one.output
    assert "No school is called 'nowhere'" in doorstep("rebuild", "--school", "nowhere", urls=database_urls).output
    assert "is not one of" in doorstep("rebuild", "everything", urls=database_urls).output


def test_an_export_is_a_file_of_what_waits_once_and_says_who_made_it(
    database_urls: DatabaseUrls, tmp_path: Path
) -> None:
    with World(database_urls) as world:
        school = world.school("norbury")
        school.send(RaiseConcern(pupils=(school.child.id,), text="thin and cold"), by=school.teacher)
        words = ("export", "--school", school.slug, "--out", str(tmp_path / "out"))
        stranger = doorstep(*words, "--by", "Nora Nobody", urls=database_urls)
        assert (stranger.exit_code, "Nobody, or more than one person" in stranger.output) == (1, True)
        made = doorstep(*words, "--by", "dora dessel", urls=database_urls)
        assert made.exit_code == 0, made.output
        file = Path(made.stdout.strip())
        assert file.parent == tmp_path / "out"
        assert "thin and cold" in file.read_text(encoding="utf-8-sig")
        assert file.stat().st_mode & 0o077 == 0
        exported = [r for r in school.events() if isinstance(r.event, RecordExported)]
        assert [r.envelope.actor for r in exported] == [school.dsl.id]
        assert doorstep(*words, urls=database_urls).stdout == "Nothing waits to be exported.\n"
        school.send(RaiseConcern(pupils=(school.child.id,), text="still cold"), by=school.teacher)
        nameless = doorstep(*words, urls=database_urls)
        assert nameless.stdout == "Nothing was exported.\n"
        assert "1 concern waits and was left out, because nobody was named: --by" in nameless.stderr
        again = doorstep(*words, "--by", "Dora Dessel", urls=database_urls)
        assert Path(again.stdout.strip()) != file
        teacher = doorstep(*words, "--by", "Tess Teacher", urls=database_urls)
        assert teacher.exit_code == 1
        assert "Files are made for the DSL" in teacher.output


def test_an_export_that_nobody_asked_for_by_name_holds_no_concern(database_urls: DatabaseUrls, tmp_path: Path) -> None:
    with World(database_urls) as world:
        school = world.school("st_patricks")
        trip = school.ready_trip()
        school.at("13:00")
        trip.depart()
        trip.visit.cancel_for_safety()
        school.send(RaiseConcern(pupils=(school.child.id,), text="thin and cold"), by=school.teacher)
        made = doorstep("export", "--school", school.slug, "--out", str(tmp_path), urls=database_urls)
        assert made.exit_code == 0, made.output
        assert "thin and cold" not in Path(made.stdout.strip()).read_text(encoding="utf-8-sig")
        assert "1 concern waits and was left out, because nobody was named: --by" in made.stderr
        (exported,) = [r for r in school.events() if isinstance(r.event, RecordExported)]
        assert exported.envelope.actor == DOORSTEP


def test_an_export_of_an_altered_log_is_refused_and_never_called_nothing(
    database_urls: DatabaseUrls, tmp_path: Path
) -> None:
    with World(database_urls) as world:
        school = world.school("norbury")
        school.send(RaiseConcern(pupils=(school.child.id,), text="thin and cold"), by=school.teacher)
        with connect(database_urls.migrate) as connection:
            connection.execute("SET ROLE doorstep_owner")
            connection.execute(f"ALTER TABLE school_{school.slug}.event DISABLE TRIGGER event_never_changes".encode())
        words = ("export", "--school", school.slug, "--out", str(tmp_path))
        for by in (("--by", "Dora Dessel"), ()):
            refused = doorstep(*words, *by, urls=database_urls)
            assert refused.exit_code == 1, refused.output
            assert "is not as Doorstep left it" in refused.output
            assert "Nothing" not in refused.output
            assert not list(tmp_path.iterdir())


def test_settings_that_are_incomplete_are_named() -> None:
    answer = CliRunner(env={"DOORSTEP_DATABASE_URL": "postgresql://a@b/c"}).invoke(main, ["migrate"])
    assert answer.exit_code == 1
    assert "Not set: DOORSTEP_MIGRATE_DATABASE_URL" in answer.output


def test_a_server_that_is_not_there_is_a_sentence(database_urls: DatabaseUrls) -> None:
    gone = database_urls.for_database("no_such_database_here")
    for command in (["migrate"], ["school", "list"]):
        answer = doorstep(*command, urls=gone)
        assert answer.exit_code == 1, answer.output
        assert "could not be reached" in answer.output
        assert "Traceback" not in answer.output


def test_keys_are_checked_rotated_and_restored(database_urls: DatabaseUrls) -> None:
    migrate(database_urls, "live")
    with Keyrings.open(database_urls) as keyrings:
        key = keyrings.of("elm").fresh()
    before = Path(database_urls.key_file).read_bytes()
    rotated = doorstep("keys", "rotate", urls=database_urls)
    assert rotated.exit_code == 0, rotated.output
    assert Path(database_urls.key_file).read_bytes() != before
    checked = doorstep("keys", "check", urls=database_urls)
    assert checked.exit_code == 0, checked.output
    assert "The keys of every school (1) are well" in checked.output
    restored = doorstep("keys", "restore", urls=database_urls)
    assert restored.exit_code == 0, restored.output
    assert "elm: 0 data keys and 0 erasures restored." in restored.output
    with Keyrings.open(database_urls) as keyrings:
        assert keyrings.of("elm").get(key.id) is not None


def test_a_missing_key_file_is_a_sentence_that_says_what_is_lost(database_urls: DatabaseUrls) -> None:
    migrate(database_urls, "live")
    with Keyrings.open(database_urls) as keyrings:
        keyrings.of("elm")
    Path(database_urls.key_file).unlink()
    for command in (["migrate"], ["keys", "check"], ["keys", "rotate"], ["keys", "restore"]):
        answer = doorstep(*command, urls=database_urls)
        assert answer.exit_code == 1, answer.output
        assert "is missing" in answer.output
        assert "Traceback" not in answer.output
    assert not Path(database_urls.key_file).exists()


@contextmanager
def running(*words: str, urls: DatabaseUrls | None = None) -> Iterator[subprocess.Popen[str]]:
    """The program as a process of its own; killed at the end if it still runs."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DOORSTEP_")}
    environment |= settings_of(urls) if urls else {}
    program = [str(Path(sys.executable).parent / "doorstep"), *words]
    with subprocess.Popen(
        program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def health(port: int) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def until_well(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while health(port) != 200:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_program_beside_a_running_server_connects_and_never_stops_it(number: signal.Signals) -> None:
    with folder_for_a_server(in_memory=True) as var:
        with running("migrate", "--var", str(var)) as first:
            assert "It is a live one" in first.communicate(timeout=60)[0]
            assert first.returncode == 0
        port = a_free_port()
        with running("serve", "--port", str(port), "--var", str(var)) as server:
            until_well(port, server)
            with running("school", "add", "hill", "Hill Top", "norbury", "--var", str(var)) as beside:
                assert "is added" in beside.communicate(timeout=60)[0]
            with running("school", "list", "--var", str(var)) as beside:
                assert beside.communicate(timeout=60)[0].startswith("hill  Hill Top")
            until_well(port, server)  # it is busy with the new school for a moment
            server.send_signal(number)
            said = server.communicate(timeout=30)[0]
            assert server.returncode == 0, said
            assert f"http://localhost:{port}/invitation/" in said, "the link for the first administrator"
            assert said.endswith("Doorstep has stopped. Everything is stored.\n")
            assert "Traceback" not in said
        assert health(port) == 0


def test_a_demonstration_made_by_an_earlier_state_says_how_to_make_it_anew(database_urls: DatabaseUrls) -> None:
    migrate(database_urls, "demonstration")
    with connect(database_urls.migrate, autocommit=True) as connection:
        connection.execute("SET ROLE doorstep_owner")
        connection.execute("UPDATE doorstep.migration SET sha256 = repeat('0', 64) WHERE file_name LIKE '0001%'")
    answer = doorstep("demo", "--port", str(a_free_port()), urls=database_urls)
    assert answer.exit_code == 1
    assert "remove the folder" in answer.stderr
