"""An alarm about the log stops planning and exports, and never a fact: each class of command, and when it is raised."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from commands.bus import Sender
from commands.ids import new_command_id
from commands.integrity import GOES_ON, Integrity, Sealer, stops
from domain.command import Command, CommandKind
from domain.concern.commands import ActionConcern, RaiseConcern
from domain.decisions import COMMANDS
from domain.erasure.commands import About, AskErasure
from domain.ids import ConcernId, EventId
from domain.refusal import Refused
from domain.school.commands import ExportRecords, KeepReport
from domain.shared.commands import CorrectEvent
from domain.trip.commands import CallOffTrip, ClearTrip, Depart, NameWatcher, PlanTrip, ReturnToSchool
from domain.visit.commands import Arrive, RequestVisit
from eventlog.integrity import Alarm
from eventlog.settings import DatabaseUrls
from reactors.integrity_watch import IntegrityWatch
from tests.checks import check_log
from tests.planning_example import School, opened, run
from tests.ticks import yes_to

ALTERED = "record.altered"


def a_request(school: School) -> RequestVisit:
    """A visit to Leo's family is asked for."""
    leo = school.pupils["leo"]
    return RequestVisit(
        pupils=(leo,), purpose="attendance", purpose_text="Absent", on_site_reason="They cannot come in"
    )


@pytest.fixture(scope="module")
def school(module_database_urls: DatabaseUrls) -> Iterator[School]:
    """A school with a concern, a visit and its trip."""
    with opened(module_database_urls, "st_patricks") as found:
        yield found
        check_log(found.store.log(found.slug))


@pytest.fixture
def alter(school: School, module_database_urls: DatabaseUrls) -> Iterator[Any]:
    """Does something to the school's tables as their owner; it is undone afterwards, and looked at again."""
    undo: list[str] = []

    def change(statement: str, back: str) -> None:
        undo.append(back)
        as_owner(module_database_urls, school.slug, statement)

    yield change
    for back in undo:
        as_owner(module_database_urls, school.slug, back)
    assert school.bus.integrity.look(school.slug) == ()


def as_owner(urls: DatabaseUrls, slug: str, statement: str) -> None:
    """A statement by whoever has an owner's rights."""
    with psycopg.connect(urls.migrate) as connection:
        connection.execute("SET ROLE doorstep_owner")
        connection.execute(SQL("SET search_path TO {}").format(Identifier(f"school_{slug}")))
        connection.execute(statement.encode())


@pytest.fixture
def altered(school: School, alter: Any) -> School:
    """The same school, after somebody switched a trigger off and that was seen."""
    alter(
        "ALTER TABLE event DISABLE TRIGGER event_never_changes",
        "ALTER TABLE event ENABLE ALWAYS TRIGGER event_never_changes",
    )
    assert school.bus.integrity.look(school.slug)
    return school


def stopped(school: School, who: str, command: Command, **sender: Any) -> Refused:
    """The refusal; nothing was stored."""
    before = school.store.log(school.slug).head()
    with pytest.raises(Refused) as refused:
        school.send(who, command, **sender)
    assert [one.code for one in refused.value.unmet] == [ALTERED]
    assert school.store.log(school.slug).head() == before
    return refused.value


def test_every_plan_is_stopped_but_those_that_nobody_is_helped_by_stopping() -> None:
    for command in COMMANDS.values():
        assert stops(command) is (command.KIND is CommandKind.PLAN and command not in GOES_ON), command.NAME
    assert {command.KIND for command in GOES_ON} == {CommandKind.PLAN}, "the others go on without being named"


def test_plans_are_refused_in_words_that_say_what_goes_on(school: School, alter: Any) -> None:
    visit, trip = school.ask()
    alter("GRANT UPDATE ON event TO doorstep_app", "REVOKE UPDATE ON event FROM doorstep_app")
    school.bus.integrity.look(school.slug)
    refusal = stopped(school, "attendance", a_request(school))
    assert "nothing new is planned and nothing is exported" in refusal.unmet[0].says
    assert "leaving, arriving, concerns, coming back" in refusal.unmet[0].says
    assert refusal.unmet[0].who == ("the person who looks after Doorstep",)
    stopped(school, "head", yes_to(visit))
    stopped(school, "head", ClearTrip(trip=trip))
    leave = school.now + timedelta(minutes=30)
    stopped(school, "head", PlanTrip(visits=(visit,), leave_at=leave, back_by=leave + timedelta(hours=1), people=()))


def test_exports_reports_and_erasures_are_refused(altered: School) -> None:
    stopped(altered, "dsl", ExportRecords(system="CPOMS", how="pasted", keys=("visit.1",), reference="x"))
    stopped(altered, "dsl", KeepReport(term="Autumn 2026", sha256="0" * 64))
    stopped(altered, "dsl", AskErasure(about=About.PUPIL, subject=altered.pupils["leo"], why="Left long ago"))


def test_facts_are_kept_as_always(altered: School) -> None:
    facts = (Depart(), Arrive(), RaiseConcern(text="Bruises"), ReturnToSchool())
    for fact in facts:
        assert altered.send("teacher", fact).recorded


def test_a_closing_is_kept_as_always(altered: School) -> None:
    raised = altered.send("teacher", RaiseConcern(text="Hungry again"))
    concern = ConcernId(raised.recorded[0].envelope.stream.id)
    assert altered.send("dsl", ActionConcern(concern=concern, action="Rang home", why="To hear of it")).recorded


def test_what_takes_back_puts_right_or_looks_after_those_who_are_out_goes_on(school: School, alter: Any) -> None:
    _, trip = school.ask("attendance", "noah")
    wrong = school.send("teacher", RaiseConcern(text="The wrong child"))
    alter("CREATE TABLE beside (id integer)", "DROP TABLE beside")
    school.bus.integrity.look(school.slug)
    event = EventId(wrong.recorded[0].envelope.event_id)
    assert school.send("dsl", CorrectEvent(event=event, retracts=True, reason="A slip")).recorded
    assert school.send("office", NameWatcher(trip=trip, watcher=school.staff["office"])).recorded
    assert school.send("head", CallOffTrip(trip=trip, why="No longer needed")).recorded


def test_a_plan_that_was_stored_before_the_alarm_is_answered_truthfully(school: School, alter: Any) -> None:
    command = a_request(school)
    sender = Sender(school.staff["attendance"], new_command_id())
    first = run(school.bus.send(school.slug, command, sender))
    alter("CREATE TABLE beside (id integer)", "DROP TABLE beside")
    school.bus.integrity.look(school.slug)
    again = run(school.bus.send(school.slug, command, sender))
    assert (again.duplicate, again.first_index) == (True, first.first_index)


def test_before_the_first_plan_of_a_process_its_log_is_looked_at(school: School, alter: Any) -> None:
    alter("CREATE TABLE beside (id integer)", "DROP TABLE beside")
    assert school.bus.integrity.known(school.slug) == (), "nobody has looked since"
    another = School(school.store, school.slug, school.policy)
    another.staff, another.pupils = school.staff, school.pupils
    stopped(another, "attendance", a_request(school))


def test_what_the_sealer_refuses_stops_plans_until_it_holds_again(
    school: School, module_database_urls: DatabaseUrls
) -> None:
    integrity = Integrity(school.store)
    assert integrity.of(school.slug) == ()
    for reason, alarms in (
        (
            "event 3 was changed after it was sealed",
            (Alarm("sealer", "event 3 was changed after it was sealed (event 3)"),),
        ),
        (None, ()),
    ):
        with psycopg.connect(module_database_urls.sealer) as connection:
            add = SQL("INSERT INTO {}.sealing_incident (epoch, at, reason, at_index) VALUES (1, %s, %s, 3)")
            connection.execute(add.format(Identifier(f"school_{school.slug}")), (datetime.now(UTC), reason))
        assert integrity.look_again(school.slug) == alarms
        assert dict(integrity.raised()) == ({school.slug: alarms} if alarms else {})


def test_the_watch_looks_at_start_and_daily_and_every_minute_while_an_alarm_stands(school: School, alter: Any) -> None:
    moment = 0.0
    integrity = Integrity(school.store)
    watch = IntegrityWatch(integrity, lambda: (school.slug,), lambda: moment)
    watch.look()
    assert integrity.known(school.slug) == ()
    alter("CREATE TABLE beside (id integer)", "DROP TABLE IF EXISTS beside")
    moment = 19 * 3600.0  # the next look is due a fifth of a day early at the soonest
    watch.look()
    assert integrity.known(school.slug) == (), "not due again"
    moment = 27 * 3600.0
    watch.look()
    assert integrity.known(school.slug)
    alter("DROP TABLE beside", "SELECT 1")
    moment += 60.0
    watch.look()
    assert integrity.known(school.slug) == (), "what was put right is noticed within a minute"


def test_a_school_that_cannot_be_looked_at_holds_up_no_other(school: School) -> None:
    integrity = Integrity(school.store)
    IntegrityWatch(integrity, lambda: ("no_such_school", school.slug)).look()
    assert (integrity.known("no_such_school"), integrity.known(school.slug)) == (None, ())


def test_how_the_sealer_does_is_told_by_whether_it_moves_on_and_not_by_any_clock_that_may_be_put_back(
    school: School, module_database_urls: DatabaseUrls
) -> None:
    moment = 0.0
    integrity = Integrity(school.store, elapsed=lambda: moment)
    assert integrity.sealer() is Sealer.WELL, "nobody has looked"
    told = []
    for seconds in (0.0, 59.0, 61.0, 599.0, 601.0):
        moment = seconds
        integrity.look_again(school.slug)
        told.append(integrity.sealer())
    assert told == [Sealer.WELL, Sealer.WELL, Sealer.BEHIND, Sealer.BEHIND, Sealer.STOPPED], (
        "events wait, none is sealed"
    )
    release(module_database_urls, school, 1)
    integrity.look_again(school.slug)
    assert integrity.sealer() is Sealer.WELL, "it moves on"
    release(module_database_urls, school, school.store.log(school.slug).head())
    integrity.look_again(school.slug)
    moment = 9_000.0
    integrity.look_again(school.slug)
    assert integrity.sealer() is Sealer.WELL, "it has nothing to do"


def test_a_sealer_that_refuses_anywhere_is_told_before_one_that_stands_still(
    school: School, module_database_urls: DatabaseUrls
) -> None:
    integrity = Integrity(school.store)
    for reason, told in (("event 3 was changed", Sealer.REFUSING), (None, Sealer.WELL)):
        with psycopg.connect(module_database_urls.sealer) as connection:
            add = SQL("INSERT INTO {}.sealing_incident (epoch, at, reason, at_index) VALUES (1, %s, %s, 3)")
            connection.execute(add.format(Identifier(f"school_{school.slug}")), (datetime.now(UTC), reason))
        integrity.look_again(school.slug)
        assert integrity.sealer() is told


def test_an_alarm_knows_since_when_it_stands(school: School, alter: Any) -> None:
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    integrity = Integrity(school.store, lambda: now)
    alter("CREATE TABLE beside (id integer)", "DROP TABLE beside")
    (alarm, *_) = integrity.look(school.slug)
    now += timedelta(hours=1)
    integrity.look(school.slug)
    assert {(one.alarm, one.at) for one in integrity.standing(school.slug)} >= {(alarm, now - timedelta(hours=1))}


def release(urls: DatabaseUrls, school: School, size: int) -> None:
    """As the sealer does."""
    with psycopg.connect(urls.sealer) as connection:
        add = SQL("INSERT INTO {}.checkpoint (epoch, size, note) VALUES (1, %s, 'a note')")
        connection.execute(add.format(Identifier(f"school_{school.slug}")), (size,))
