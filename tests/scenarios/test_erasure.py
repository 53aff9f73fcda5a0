"""How long personal data stays, and its erasure. DV-11."""

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import psycopg
import pytest
from argon2.profiles import CHEAPEST
from psycopg.sql import SQL, Identifier

from accounts.accounts import Accounts
from accounts.hashing import Hasher
from accounts.ids import AccountId
from accounts.people import add, link
from api.pages.wording import describe_line
from commands import erasure as carrying_out
from commands.bus import Bus, Sender
from commands.erasure import Carried, Erasures
from commands.ids import new_command_id
from commands.opening import adopt
from commands.policy_files import clauses
from domain.catalogue import EVENTS
from domain.concern.commands import ActionConcern, RaiseConcern
from domain.envelope import Recorded
from domain.erasure.commands import About, AskErasure, ConfirmErasure, LiftHold, PlaceHold
from domain.erasure.events import ErasureConfirmed, PersonalDataErased
from domain.event import Erased
from domain.ids import ConcernId, PupilId, Stream, StreamKind, pupil_stream, staff_stream, visit_stream
from domain.pupil.commands import AdmitPupil, RecordFamily
from domain.pupil.state import ERASED
from domain.refusal import NotPermitted, Unknown
from domain.roles import Role
from domain.staff.commands import AssignRole, EndRole
from domain.visit.commands import KeepNote
from domain.visit.events import Outcome
from eventlog.ledger.tree import Tree, tree_of
from eventlog.ledger.verifier import check_consistency, check_inclusion, leaf_bytes, leaf_hash
from eventlog.school_roles import as_school
from eventlog.seam import Appended
from eventlog.store import Store
from projections import pupil_chronology
from tests.eventlog.keys.looking import without_rules
from tests.scenarios.cast import Child, Someone
from tests.scenarios.doors import Visit
from tests.scenarios.harness import World
from tests.scenarios.school import School

RULE = "pupils: 25 years after birth; staff: 6 years after the last event; visits: 6 years after the last event"
WORRY = "bruises on the left arm"


def admitted(school: School, name: str = "Aoife Invented", born: date | None = date(2016, 5, 3)) -> Child:
    """A child with a date of birth."""
    given, family = name.split()
    command = AdmitPupil(given_name=given, family_name=family, born=born, address="5 Rookery Lane, Testford")
    stored = school.send(command, by=None)
    return Child(PupilId(stored.recorded[0].envelope.stream.id), name)


def visited(school: School, *children: Child) -> Visit:
    """A visit from request to return, written up."""
    visit = school.ask(pupils=tuple(child.id for child in children), purpose_text="to see how Aoife is")
    trip = school.ready_trip(visit, leave="08:30", back_by="09:30")
    trip.depart()
    visit.arrive()
    visit.enter("parental_responsibility")
    for child in children:
        visit.outcome(Outcome.SEEN_SPOKEN, child=child)
    visit.left()
    trip.back()
    visit.write_up()
    return visit


def concern_about(school: School, *children: Child, visit: Visit | None = None, closed: bool = True) -> Stream:
    """A concern, dealt with."""
    about = tuple(child.id for child in children)
    raised = school.send(RaiseConcern(pupils=about, visit=visit.id if visit else None, text=WORRY), by=school.teacher)
    stream = raised.recorded[0].envelope.stream
    if closed:
        command = ActionConcern(concern=ConcernId(stream.id), action="spoke with the family", why="it was a fall")
        school.send(command, by=school.dsl)
    return stream


def with_rule(school: School, rule: str = RULE) -> None:
    """The school enters its own rule."""
    policy = school.policy
    setting = msgspec.structs.replace(policy.setting("retention_rule"), value=rule)
    changed = msgspec.structs.replace(policy, settings={**policy.settings, "retention_rule": setting})
    version = policy.version + 1
    school.world.run(adopt(school.world.bus, school.slug, changed, version=version, effective_from=school.now))


def years_later(school: School, years: int = 26) -> None:
    """The clock moves on."""
    school.world.clock.now += timedelta(days=years * 366)


def ask(school: School, child: Child, *, by: Someone | None = None) -> Appended:
    """Somebody asks for the erasure of a child's data."""
    return school.send(AskErasure(about=About.PUPIL, subject=child.id, why="Aoife is 26"), by=by or school.dsl)


def confirm(school: School, asked: Appended, *, by: Someone | None = None) -> Appended:
    """A second person confirms."""
    return school.send(ConfirmErasure(event=asked.recorded[0].envelope.event_id), by=by or school.head)


def finish(school: School) -> tuple[Carried, ...]:
    """What a running Doorstep does after a confirmation, and at every start."""
    world = school.world
    return world.run(Erasures(world.store, world.bus, world.urls).finish(school.slug))


def erased(school: School, child: Child) -> Carried:
    """A child's data is erased by two people."""
    confirm(school, ask(school, child))
    (done,) = finish(school)
    return done


def readable(events: Iterable[Recorded]) -> list[type]:
    """The kinds of those events that can be read."""
    return [type(r.event) for r in events if not isinstance(r.event, Erased)]


def plain_text_of(school: School) -> str:
    """Everything that the views hold, the log as it can be read, and what this process knows."""
    views = b"".join(school.looks.bytes_of_projections().values()).decode()
    return views + str(list(school.log.read_log())) + str(school.known)


@pytest.fixture
def school(world: World) -> School:
    """A school with its own rule."""
    opened = world.school("LJ")
    with_rule(opened)
    return opened


def test_what_is_erased_is_gone_everywhere_and_its_skeleton_stays(school: School) -> None:
    child = admitted(school)
    visit = visited(school, child)
    concern = concern_about(school, child, visit=visit)
    sent = [record for record in school.looks.exports().pending if record.pupil == child.id]
    school.looks.export(sent)
    before = {r.envelope.index: r.envelope for r in school.log.read_log()}
    for text in ("Aoife", "Rookery", WORRY):
        assert text in plain_text_of(school)
    years_later(school)

    done = erased(school, child)

    trip = next(r.envelope.stream for r in school.events() if r.envelope.stream.kind is StreamKind.TRIP)
    assert set(done.streams) == {pupil_stream(child.id), visit_stream(visit.id), concern, trip}
    for text in ("Aoife", "Rookery", WORRY, "how Aoife is", "Aoife is 26"):
        assert text not in plain_text_of(school)
    for stream in done.streams:
        assert readable(school.log.read(stream)) in ([], [PersonalDataErased])
    after = {r.envelope.index: r.envelope for r in school.log.read_log()}
    assert {index: after[index] for index in before} == before, "every envelope stays"
    assert school.known.pupils[child.id].name == ERASED
    assert {one.key for one in done.exports} == {record.key for record in sent}


def test_the_history_says_when_and_under_which_rule_it_was_erased(school: School) -> None:
    child = admitted(school)
    visit = visited(school, child)
    sent = [record for record in school.looks.exports().pending if record.pupil == child.id]
    school.looks.export(sent)
    years_later(school)
    erased(school, child)
    lines = [line for line in school.looks.history(visit).lines if line.stream_kind is StreamKind.VISIT]
    assert lines
    for line in lines:
        said = describe_line(line, school.known)
        assert said.title == "Erased"
        assert RULE in said.body
        assert str(line.event.topic) == line.topic  # type: ignore[attr-defined]  # an Erased
    chronology = school.looks.ask(
        lambda view: pupil_chronology.pupil_chronology(view, school.known, child.id, school.now)
    )
    assert chronology is not None
    words = {describe_line(line, school.known).title: describe_line(line, school.known) for line in chronology.lines}
    assert (
        f"To be erased elsewhere by hand: {school.looks.exports().system}, sent on "
        in words["Personal data erased"].body
    )
    assert sent[0].key in words["Personal data erased"].body
    titles = set(words)
    assert titles == {"Erased", "Personal data erased"}


def test_after_an_erasure_a_rebuild_gives_the_same_bytes(school: School) -> None:
    child = admitted(school)
    concern_about(school, child, visit=visited(school, child))
    years_later(school)
    erased(school, child)
    running = school.looks.bytes_of_projections()
    school.looks.rebuild_all()
    assert school.looks.bytes_of_projections() == running


def test_a_late_fact_about_somebody_erased_is_taken_under_a_fresh_key(school: School) -> None:
    child = admitted(school)
    visit = visited(school, child)
    years_later(school)
    done = erased(school, child)
    stored = school.send(KeepNote(visit=visit.id, text="a letter came"), by=school.teacher)
    notes = tuple(r for r in stored.recorded if r.envelope.stream == visit_stream(visit.id))
    assert {r.envelope.key_id for r in notes}.isdisjoint(done.keys)
    assert school.log.read(visit_stream(visit.id))[-len(notes) :] == notes
    again = school.send(RecordFamily(pupil=child.id, address="somewhere else", phone="01632 960044"), by=school.office)
    assert again.recorded[0].envelope.key_id not in done.keys


def test_a_visit_to_sisters_goes_with_the_last_of_them(school: School) -> None:
    older, younger = admitted(school), admitted(school, "Brede Invented", date(2018, 1, 1))
    visit, concern = visited(school, older, younger), concern_about(school, older, younger)
    years_later(school)
    assert set(erased(school, older).streams) == {pupil_stream(older.id)}
    assert Erased not in {type(r.event) for r in school.log.read(visit_stream(visit.id))}
    trip = next(r.envelope.stream for r in school.events() if r.envelope.stream.kind is StreamKind.TRIP)
    assert set(erased(school, younger).streams) == {pupil_stream(younger.id), visit_stream(visit.id), concern, trip}


def test_a_member_of_staff_is_erased_when_they_hold_no_role_and_the_rule_allows_it(school: School) -> None:
    leaver = school.joins("Leaver Invented", Role.TEACHER)
    school.send(EndRole(staff=leaver.id, role=Role.TEACHER), by=school.head)
    plan = AskErasure(about=About.STAFF, subject=leaver.id)
    assert school.refused(lambda: school.send(plan, by=school.head)).codes == {"erasure.retention"}
    years_later(school, 7)
    asked = school.send(plan, by=school.dsl)
    with pytest.raises(NotPermitted, match="headteacher or a member of SLT"):
        confirm(school, asked, by=school.ddsl)
    confirm(school, asked, by=school.head)
    accounts = Accounts.open(school.world.store.pool, school.world.store.keyrings.keks, Hasher(CHEAPEST))
    with accounts.rows.together() as rows:
        account = AccountId(uuid4())
        add(rows, account, "leaver@school.example", accounts.hasher.hash("x"), None, 0, school.now)
        link(rows, account, school.slug, leaver.id, school.now)
    (done,) = finish(school)
    assert done.streams == (staff_stream(leaver.id),)
    assert school.known.people[leaver.id].name == ERASED
    assert accounts.people.named("leaver@school.example") is None, "the account goes with its person"


def refusal(school: School, child: Child) -> frozenset[str]:
    """The codes of what stands against it."""
    return school.refused(lambda: ask(school, child)).codes


def test_nothing_is_erased_until_the_school_has_its_own_rule(world: World) -> None:
    school = world.school("LJ")
    child = admitted(school)
    years_later(school)
    assert refusal(school, child) == {"erasure.no_rule"}
    unclear = school.refused(lambda: with_rule(school, "as long as we like"))
    assert unclear.codes == {"settings.retention_rule"}
    assert "pupils: 25 years after birth" in unclear["settings.retention_rule"].says
    assert refusal(school, child) == {"erasure.no_rule"}
    with_rule(school, "staff: 6 years after the last event")
    assert refusal(school, child) == {"erasure.no_rule"}
    with_rule(school)
    ask(school, child)


def test_what_the_rule_keeps_is_not_erased_and_the_day_is_told(school: School) -> None:
    child = admitted(school)
    found = school.refused(lambda: ask(school, child))
    assert found.codes == {"erasure.retention", "erasure.still_here"}
    assert "until 3 May 2041" in found["erasure.retention"].says
    years_later(school, 13)
    assert refusal(school, child) == {"erasure.retention"}, "nobody of twenty-three is on roll"
    unborn = admitted(school, "Nodate Invented", None)
    assert "erasure.birth_unknown" in refusal(school, unborn)


def test_a_legal_hold_blocks_the_erasure_until_it_is_lifted(school: School) -> None:
    child = admitted(school)
    visit = visited(school, child)
    years_later(school)
    placed = school.send(PlaceHold(about=About.VISIT, subject=visit.id, why="the county court asked"), by=school.dsl)
    assert refusal(school, child) == {"erasure.legal_hold"}, "also one on what would go with the child"
    hold = placed.recorded[0].envelope.event_id
    school.send(LiftHold(event=hold, why="the case is over"), by=school.head)
    assert school.refused(lambda: school.send(LiftHold(event=hold, why="again"), by=school.head)).codes == {
        "erasure.no_hold"
    }
    ask(school, child)


def test_a_legal_hold_on_a_child_keeps_the_visits_to_the_child_too(school: School) -> None:
    visit = visited_long_ago(school)
    hold = PlaceHold(about=About.PUPIL, subject=school.child.id, why="the police asked")
    placed = school.send(hold, by=school.dsl).recorded[0].envelope.event_id
    plan = AskErasure(about=About.VISIT, subject=visit.id)
    assert school.refused(lambda: school.send(plan, by=school.dsl)).codes == {"erasure.legal_hold"}
    school.send(LiftHold(event=placed, why="over"), by=school.dsl)
    school.send(plan, by=school.dsl)


def test_what_was_erased_with_a_child_is_not_asked_for_again_by_itself(school: School) -> None:
    child = admitted(school)
    visit = visited(school, child)
    years_later(school)
    erased(school, child)
    plan = AskErasure(about=About.VISIT, subject=visit.id)
    assert school.refused(lambda: school.send(plan, by=school.dsl)).codes == {"erasure.done"}


def test_a_hold_that_comes_after_the_request_stops_the_confirmation(school: School) -> None:
    child = admitted(school)
    years_later(school)
    asked = ask(school, child)
    school.send(PlaceHold(about=About.PUPIL, subject=child.id, why="police"), by=school.ddsl)
    assert school.refused(lambda: confirm(school, asked)).codes == {"erasure.legal_hold"}


def test_a_hold_that_comes_after_the_confirmation_lets_it_wait(school: School) -> None:
    child = admitted(school)
    years_later(school)
    confirm(school, ask(school, child))
    placed = school.send(PlaceHold(about=About.PUPIL, subject=child.id, why="police"), by=school.ddsl)
    assert finish(school) == ()
    assert school.known.pupils[child.id].name == "Aoife Invented"
    school.send(LiftHold(event=placed.recorded[0].envelope.event_id, why="over"), by=school.head)
    assert len(finish(school)) == 1


def test_an_open_concern_is_not_erased(school: School) -> None:
    child = admitted(school)
    concern_about(school, child, closed=False)
    years_later(school)
    assert refusal(school, child) == {"erasure.unfinished"}


def test_nobody_confirms_what_they_asked_for_themselves(school: School) -> None:
    child = admitted(school)
    years_later(school)
    asked = ask(school, child)
    with pytest.raises(NotPermitted, match="somebody else than who asked"):
        confirm(school, asked, by=school.dsl)
    for wrong in (school.teacher, school.office, school.slt):
        with pytest.raises(NotPermitted):
            confirm(school, asked, by=wrong)
    with pytest.raises(NotPermitted):
        ask(school, child, by=school.teacher)
    confirm(school, asked)
    assert school.refused(lambda: confirm(school, asked, by=school.ddsl)).codes == {"erasure.not_asked"}


def test_nobody_confirms_the_erasure_of_their_own_data(school: School) -> None:
    leaver = school.joins("Leaver Invented", Role.SLT)
    school.send(EndRole(staff=leaver.id, role=Role.SLT), by=school.head)
    years_later(school, 7)
    asked = school.send(AskErasure(about=About.STAFF, subject=leaver.id), by=school.dsl)
    school.send(AssignRole(staff=leaver.id, role=Role.SLT), by=school.head)
    with pytest.raises(NotPermitted, match="their own data"):
        confirm(school, asked, by=leaver)


def visited_long_ago(school: School) -> Visit:
    """A visit that the rule lets go."""
    school.at(f"{school.today + timedelta(days=1)}T08:00")
    visit = visited(school, school.child)
    years_later(school, 7)
    return visit


def test_a_visit_alone_is_erased_when_the_dsl_so_decides(school: School) -> None:
    visit = visited_long_ago(school)
    asked = school.send(AskErasure(about=About.VISIT, subject=visit.id), by=school.dsl)
    confirm(school, asked)
    (done,) = finish(school)
    assert [stream.kind for stream in done.streams] == [StreamKind.VISIT, StreamKind.TRIP]
    assert done.streams[0] == visit_stream(visit.id)
    assert school.known.pupils[school.child.id].name == school.child.name, "the child stays"


def test_what_is_erased_is_not_erased_again_and_nobody_unknown_is(school: School) -> None:
    child = admitted(school)
    years_later(school)
    erased(school, child)
    assert "erasure.done" in refusal(school, child)
    assert finish(school) == ()
    with pytest.raises(Unknown):
        school.send(AskErasure(about=About.PUPIL, subject=uuid4()), by=school.dsl)


def _stop(*_: Any, **__: Any) -> None:
    raise ConnectionError


@pytest.mark.parametrize("step", ["erase", "rebuild"])
def test_an_erasure_that_was_cut_short_is_finished_by_the_next_start(
    school: School, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    child = admitted(school)
    visited(school, child)
    years_later(school)
    confirm(school, ask(school, child))
    with monkeypatch.context() as patched:
        patched.setattr(carrying_out, step, _stop)
        with pytest.raises(ConnectionError):
            finish(school)
    (done,) = finish(school)
    assert done.subject == pupil_stream(child.id)
    assert "Aoife" not in plain_text_of(school)
    events = [type(r.event) for r in school.log.read(pupil_stream(child.id))]
    assert events.count(PersonalDataErased) == 1
    assert ErasureConfirmed not in events, "its key is gone like the others"
    assert finish(school) == ()


def test_the_logs_database_keeps_a_tombstone_of_every_key(school: School) -> None:
    child = admitted(school)
    years_later(school)
    done = erased(school, child)
    with psycopg.connect(as_school(school.world.urls.app, school.slug)) as connection:
        query = SQL("SELECT key_id FROM {}").format(Identifier(f"school_{school.slug}", "erased_key"))
        rows = connection.execute(query).fetchall()
    assert {row[0] for row in rows} == set(done.keys)
    keyring = school.world.store.keyrings.of(school.slug)
    for key in done.keys:
        stone = keyring.tombstone(key)
        assert stone is not None
        assert stone.rule == RULE


def test_every_proof_made_before_an_erasure_still_holds_after_it(school: School) -> None:
    child = admitted(school)
    concern_about(school, child, visit=visited(school, child))
    years_later(school)
    before = tree_of_log(school)
    size, root = before.size, before.root()
    proofs = [before.inclusion(index, size) for index in range(size)]
    erased(school, child)
    after = tree_of_log(school)
    assert after.root(size) == root
    check_consistency(size, after.size, after.consistency(size, after.size), root, after.root())
    for index, (leaf, proof) in enumerate(zip(leaves_of(school), proofs, strict=False)):
        check_inclusion(leaf_hash(leaf), index, size, proof, root)


def test_another_process_forgets_what_was_erased_when_it_reads_of_it(school: School) -> None:
    child = admitted(school)
    visit = visited(school, child)
    years_later(school)
    world = school.world
    with Store.open(world.urls, EVENTS, clock=world.clock) as elsewhere:
        other = Bus(elsewhere, clauses(), world.clock)
        knowledge = other.knowledge(school.slug)
        assert knowledge.at_head()[1].pupils[child.id].name == "Aoife Invented"
        assert knowledge.streams.read(visit_stream(visit.id))
        done = erased(school, child)
        assert knowledge.at_head()[1].pupils[child.id].name == ERASED
        keyring = elsewhere.keyrings.of(school.slug)
        assert [keyring.get(key) for key in done.keys] == [None] * len(done.keys)
        assert readable(knowledge.streams.read(visit_stream(visit.id))) == []
        stored = world.run(
            other.send(school.slug, KeepNote(visit=visit.id, text="late"), Sender(school.teacher.id, new_command_id()))
        )
        assert {r.envelope.key_id for r in stored.recorded}.isdisjoint(done.keys)


def test_a_restored_older_key_database_brings_nobody_back(school: School) -> None:
    child = admitted(school)
    years_later(school)
    world = school.world
    keyring = world.store.keyrings.of(school.slug)
    older, _ = world.store.keyrings.database.everything(school.slug)
    done = erased(school, child)
    without_rules(world.urls, "DELETE FROM keys.tombstone WHERE school = %s", school.slug)
    for key in older:
        if key.key_id in done.keys:
            values = (school.slug, key.key_id, key.wrapped, key.kek_id)
            statement = "INSERT INTO keys.data_key (school, key_id, wrapped, kek_id) VALUES (%s, %s, %s, %s)"
            without_rules(world.urls, statement, *values)
    Path(world.urls.key_copy, f"{school.slug}.keys").unlink()
    keyring.forget(done.keys)
    assert all(keyring.get(key) is not None for key in done.keys), "the backup was older than the erasure"
    erasures = Erasures(world.store, world.bus, world.urls)
    assert erasures.reapply(school.slug) == len(done.keys)
    assert [keyring.get(key) for key in done.keys] == [None] * len(done.keys)
    assert erasures.reapply(school.slug) == 0


def leaves_of(school: School) -> list[bytes]:
    """The school's leaves, from the table, as an outsider would count them."""
    query = SQL(
        "SELECT notification_id, (extract(epoch FROM recorded_at) * 1000000)::bigint, salt, envelope, state FROM {}"
        " ORDER BY notification_id"
    ).format(Identifier(f"school_{school.slug}", "event"))
    with psycopg.connect(as_school(school.world.urls.app, school.slug)) as connection:
        return [leaf_bytes(*row) for row in connection.execute(query)]


def tree_of_log(school: School) -> Tree:
    """The school's Merkle tree."""
    return tree_of(leaf_hash(leaf) for leaf in leaves_of(school))
