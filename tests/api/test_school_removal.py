"""`doorstep school remove`: a school goes as two people decided, whole or not at all; the one beside it is not touched."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from argon2.profiles import CHEAPEST
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from accounts.accounts import Accounts
from accounts.hashing import Hasher
from accounts.ids import AccountId
from accounts.people import add, link
from accounts.screens import new_screen_id
from api.installation import bring_up_to_date
from api.ledger_places import sealed
from commands.bus import Bus, Sender
from commands.ids import new_command_id
from commands.opening import open_school
from commands.policy_files import clauses, load_policy
from domain.catalogue import EVENTS
from domain.command import Command
from domain.erasure.commands import About, LiftHold, PlaceHold
from domain.ids import DOORSTEP, EventId, StaffId
from domain.removal.commands import AskRemoval, ConfirmRemoval, WithdrawRemoval
from domain.removal.events import Ground
from domain.roles import Role
from domain.staff.commands import AddStaff
from eventlog.backup.parts import Part
from eventlog.keys.key_database import KeyDatabase
from eventlog.ledger.signing import make_key, read_key
from eventlog.migrate import migrate
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from eventlog.whole.writing import readable_now
from reactors.sealing import Sealing
from tests.api.machine import Machine
from tests.api.removing_program import POINTS, EndedError, ending
from tests.databases import Databases, fresh_database, settings_of, waiting_for_the_disk

BESIDE = "beside"
AGO = timedelta(days=15)
"""When it was decided: longer ago than the waiting time."""


class Town:
    """A machine with a school that stays, and others that go."""

    def __init__(self, machine: Machine) -> None:
        """Nothing is there yet."""
        self.machine = machine
        self.people: dict[str, tuple[StaffId, StaffId]] = {}

    @contextmanager
    def bus(self, ago: timedelta = timedelta(0)) -> Iterator[Bus]:
        """Where commands are sent, as if it were so long ago."""
        with Store.open(self.machine.urls, EVENTS) as store:
            yield Bus(store, clauses(), lambda: datetime.now(UTC) - ago)

    def send(self, bus: Bus, slug: str, command: Command, by: StaffId = DOORSTEP) -> EventId:
        """The id of the first event."""
        stored = asyncio.run(bus.send(slug, command, Sender(by, new_command_id())))
        return stored.recorded[0].envelope.event_id

    def add(self, slug: str) -> None:
        """A school with a head and a DSL who have accounts, and a screen."""
        with self.bus(2 * AGO) as bus:
            begun = bus.now() - AGO
            asyncio.run(
                open_school(bus, self.machine.urls, slug, f"{slug.title()} Primary", load_policy("norbury"), begun)
            )
            for name, role in (("Hanna Head", Role.HEADTEACHER), ("Dora Dee", Role.DSL)):
                self.send(bus, slug, AddStaff(name=name, job="", roles=(role,)))
            known = {one.name: one.id for one in bus.knowledge(slug).at_head()[1].people.values()}
            self.people[slug] = known["Hanna Head"], known["Dora Dee"]
            accounts = Accounts.open(bus.store.pool, bus.store.keyrings.keks, Hasher(CHEAPEST))
            for staff in self.people[slug]:
                with accounts.rows.together() as rows:
                    account = AccountId(uuid4())
                    add(rows, account, f"{account}@example.org", accounts.hasher.hash("x"), None, 0, bus.now())
                    link(rows, account, slug, staff, bus.now())
            accounts.screens.make(new_screen_id(), slug, "the hall", self.people[slug][0], bus.now())

    def decide(self, slug: str, ago: timedelta = AGO) -> EventId:
        """One asked for the removal, another one confirmed it."""
        head, dsl = self.people[slug]
        with self.bus(ago) as bus:
            asked = self.send(bus, slug, AskRemoval(ground=Ground.MOVED, why="To Elm Trust"), by=head)
            self.send(bus, slug, ConfirmRemoval(event=asked), by=dsl)
        return asked

    def export(self, slug: str, out: Path) -> Path:
        """The whole export."""
        words = ("--by", "Hanna Head", "--why", "To Elm Trust", "--passphrase-file", str(self.passphrase))
        answer = self.machine.doorstep("school", "export", slug, "--to", str(out), *words)
        assert answer.exit_code == 0, answer.output
        return out

    @property
    def passphrase(self) -> Path:
        """A file."""
        return self.machine.folder / "passphrase"

    def ready_to_go(self, slug: str, folder: Path) -> tuple[Path, dict[str, list[str]]]:
        """A new school of which nothing is missing for its removal: its export, and all there is of it."""
        self.add(slug)
        self.decide(slug)
        return self.export(slug, folder / slug), self.traces(slug)

    def remove(self, slug: str, export: Path) -> tuple[int, str]:
        """Exit code and words."""
        answer = self.machine.doorstep("school", "remove", slug, "--export", str(export), "--yes")
        return answer.exit_code, answer.output

    def killed(self, point: str, slug: str, export: Path) -> None:
        """The same, killed at a point."""
        program = Path(__file__).with_name("removing_program.py")
        words = [sys.executable, str(program), point, "school", "remove", slug, "--export", str(export), "--yes"]
        places = {"DOORSTEP_LEDGER": str(self.machine.folder / "ledger"), "PYTHONPATH": str(program.parents[2])}
        environment = {**os.environ, **settings_of(self.machine.urls), **places}
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr

    def listed(self) -> str:
        """The schools that there are."""
        return self.machine.doorstep("school", "list").output

    def traces(self, slug: str) -> dict[str, list[str]]:
        """All that lies anywhere of a school, as text: tables of its own, rows that name it, and its file of keys."""
        urls = self.machine.urls
        found = {}
        for conninfo in (urls.migrate, urls.keys_migrate):
            with psycopg.connect(conninfo, row_factory=tuple_row) as connection:
                connection.execute("SET ROLE doorstep_owner")
                names = connection.execute(
                    "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
                ).fetchall()
                for schema, table in names:
                    own = schema in {f"school_{slug}", f"school_{slug}_views"}
                    if schema.startswith("school_") and not own:
                        continue
                    if own and schema.endswith("_views"):
                        connection.execute("SET ROLE doorstep_projector")
                    query = SQL("SELECT t::text FROM {} AS t").format(Identifier(schema, table))
                    rows = [row[0] for row in connection.execute(query).fetchall() if own or slug in row[0]]
                    connection.execute("SET ROLE doorstep_owner")
                    if rows:
                        found[f"{schema}.{table}"] = sorted(rows)
                roles = connection.execute(
                    "SELECT rolname FROM pg_roles WHERE rolname = %s", (f"doorstep_school_{slug}",)
                )
                if role := roles.fetchall():
                    found["role"] = [row[0] for row in role]
        file = Path(urls.key_copy) / f"{slug}.keys"
        if file.exists():
            found["second place"] = file.read_text(encoding="utf-8").splitlines()
        return found


@pytest.fixture(scope="module")
def town(
    module_database_urls: DatabaseUrls, postgres: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """A live machine that seals all the time."""
    folder = tmp_path_factory.mktemp("town")
    with pytest.MonkeyPatch.context() as patch, waiting_for_the_disk(postgres):
        patch.setattr("eventlog.age._LOG2N", 4)
        machine = Machine(module_database_urls, folder)
        migrate(machine.urls, "live")
        make_key(folder / "sealing-key.pem")
        made = Town(machine)
        made.passphrase.write_text("a long enough passphrase", encoding="utf-8")
        made.add(BESIDE)
        key = read_key(folder / "sealing-key.pem")
        with sealed(Sealing(machine.urls.sealer, folder / "ledger", key, lambda: datetime.now(UTC))):
            yield made


LEFT = {"doorstep.removed_school", "keys.removed_school", "second place"}
"""What stays of a school."""


def is_gone(town: Town, slug: str) -> bool:
    """Whether all is gone but what stays, and that says nothing of anybody."""
    left = town.traces(slug)
    assert set(left) == LEFT, set(left)
    assert len(left["second place"]) == 2
    assert left["second place"][1].startswith("removed ")
    return "Hanna" not in str(left)


def test_a_school_goes_whole_and_the_one_beside_it_keeps_every_byte(town: Town, tmp_path: Path) -> None:
    town.add("alder")
    asked = town.decide("alder")
    export = town.export("alder", tmp_path / "alder")
    receipt = tmp_path / "asked.tlog-proof"
    made = town.machine.doorstep("log", "receipt", "--school", "alder", "--event", str(asked), "--out", str(receipt))
    assert made.exit_code == 0, made.output
    ledger = {one: one.read_bytes() for one in (town.machine.folder / "ledger" / "alder").rglob("*") if one.is_file()}
    before = town.traces(BESIDE)
    assert {"school_alder.event", "keys.data_key", "doorstep_accounts.account_link", "doorstep_accounts.screen"} <= set(
        town.traces("alder")
    )
    code, says = town.remove("alder", export)
    assert code == 0, says
    assert "alder is removed" in says
    assert is_gone(town, "alder")
    assert town.traces(BESIDE) == before
    assert town.listed().split() == ["beside", "Beside", "Primary", "Norbury", "High", "home", "visit", "policy"]
    # What was proved before is proved afterwards.
    assert {one: one.read_bytes() for one in ledger} == ledger
    key = str(town.machine.folder / "ledger" / "alder" / "1" / "log.vkey")
    assert town.machine.doorstep("log", "verify", str(receipt), "--key", key).exit_code == 0
    assert town.machine.doorstep("school", "check", str(export), "--key", key).exit_code == 0
    # Its short name is never taken again, and whoever asks for it is told that there is none.
    again = town.machine.doorstep("school", "add", "alder", "Alder Primary", "norbury")
    assert (again.exit_code, "never taken again" in again.output) == (1, True), again.output
    for words in (
        ("rebuild", "--school", "alder"),
        ("log", "export", "--school", "alder", "--out", str(tmp_path / "no")),
    ):
        assert town.machine.doorstep(*words).exit_code != 0
    assert "removed already" in town.remove("alder", export)[1]
    assert town.machine.doorstep("status").output.count("alder") == 0


def test_everything_that_stands_against_it_is_said_and_nothing_goes(town: Town, tmp_path: Path) -> None:
    town.add("rowan")
    head, dsl = town.people["rowan"]
    export = town.export("rowan", tmp_path / "undecided")
    assert "Nobody has decided that this school goes" in town.remove("rowan", export)[1]
    asked = town.decide("rowan", ago=timedelta(days=13))
    early = town.remove("rowan", town.export("rowan", tmp_path / "early"))[1]
    assert "The waiting time runs until" in early
    with town.bus() as bus:
        town.send(bus, "rowan", WithdrawRemoval(event=asked, why="the move is off"), by=dsl)
    town.decide("rowan")
    with town.bus() as bus:
        held = town.send(bus, "rowan", PlaceHold(about=About.STAFF, subject=dsl, why="an inquest"), by=head)
    assert "A legal hold keeps 1 record" in town.remove("rowan", export)[1]
    with town.bus() as bus:
        town.send(bus, "rowan", LiftHold(event=held, why="over"), by=head)
    assert "something was written down since" in town.remove("rowan", export)[1]
    other = town.export(BESIDE, tmp_path / "other")
    assert "is the export of" in town.remove("rowan", other)[1]
    whole = town.export("rowan", tmp_path / "whole")
    text = (whole / "readable.jsonl").read_bytes()
    (whole / "readable.jsonl").write_bytes(text.replace(b"Hanna", b"Hanne"))
    assert "readable.jsonl is not as it was written" in town.remove("rowan", whole)[1]
    (whole / "readable.jsonl").write_bytes(text)
    assert "rowan" in town.listed()
    assert town.remove("rowan", whole)[0] == 0


@pytest.mark.parametrize("point", POINTS)
def test_whatever_ends_it_the_school_is_as_it_was_or_goes_at_the_next_start(
    town: Town, tmp_path: Path, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = f"goes_{list(POINTS).index(point)}"  # no other test's: a role of that name is the whole server's
    export, before = town.ready_to_go(slug, tmp_path)

    def end() -> None:
        raise EndedError

    with monkeypatch.context() as patch:
        for where, name, instead in ending(point, end):
            patch.setattr(where, name, instead)
        with pytest.raises(EndedError):
            town.remove(slug, export)
    if point == "all but committed":
        assert town.traces(slug) == before
        assert town.remove(slug, export)[0] == 0
    else:
        assert not [table for table in town.traces(slug) if table.startswith("school_")]
        bring_up_to_date(town.machine.urls)  # As every start of `doorstep serve` and `doorstep migrate` does.
    assert is_gone(town, slug)


def test_a_program_that_is_killed_is_gone_on_with_by_the_same_command(town: Town, tmp_path: Path) -> None:
    export, _ = town.ready_to_go("larch", tmp_path)
    town.killed("the school is gone", "larch", export)
    assert "larch" not in town.listed()
    assert "is finished now" in town.remove("larch", export)[1]
    assert is_gone(town, "larch")
    assert "removed already" in town.remove("larch", export)[1]
    assert town.machine.doorstep("keys", "check").exit_code == 0


def test_a_backup_from_before_brings_no_removed_school_back(town: Town, postgres: Databases, tmp_path: Path) -> None:
    town.add("hazel")
    answer = town.machine.doorstep("backup", "--out", str(tmp_path / "backups"))
    assert answer.exit_code == 0, answer.output
    town.decide("hazel")
    assert town.remove("hazel", town.export("hazel", tmp_path / "hazel"))[0] == 0
    (log,) = (tmp_path / "backups").glob("*-log")
    with fresh_database(postgres) as urls:
        there = Machine(urls, town.machine.folder)
        restored = there.doorstep("restore", "--from", str(log))
        assert "hazel was removed since the backup was made: it stays removed" in restored.output, restored.output
        other = Town(there)
        assert is_gone(other, "hazel")
        assert BESIDE in other.listed()
        assert "never taken again" in there.doorstep("school", "add", "hazel", "Hazel", "norbury").output
        database = KeyDatabase(there.urls.keys)
        try:
            assert set(database.removed()) >= {"hazel"}
        finally:
            database.close()
    assert Part(log, "log").manifest.schools


def test_what_came_in_between_the_export_and_the_commit_stops_it(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.add("aspen")
    town.decide("aspen")
    export = town.export("aspen", tmp_path / "aspen")

    def somebody_reports(check: Callable[..., str]) -> Callable[..., str]:
        def checked(*given: object) -> str:
            found = check(*given)
            with town.bus() as bus:
                town.send(bus, "aspen", AddStaff(name="Nora New", job=""))
            return found

        return checked

    with monkeypatch.context() as patch:
        patch.setattr("commands.removal.readable_now", somebody_reports(readable_now))
        code, says = town.remove("aspen", export)
    assert (code, "Something was written down since the export" in says) == (1, True), says
    assert town.remove("aspen", town.export("aspen", tmp_path / "again"))[0] == 0
