"""A subject access export: complete, in words, marked for a person to check, and on record before it leaves."""

import re
from typing import Any

import msgspec
import psycopg
import pytest
from fastapi import FastAPI
from psycopg.sql import SQL, Identifier

from api.identity import COOKIE, HEADER
from api.runtime import Runtime
from api.subject_access_fields import A_CHILD, A_NAME, A_NUMBER, WRITTEN
from domain.access.events import Exported, RecordKind
from domain.concern.commands import ActionConcern, RaiseConcern
from domain.envelope import Recorded
from domain.ids import ConcernId
from domain.school.commands import ExportRecords
from domain.shared.commands import CorrectEvent, DisownSpokenWord
from domain.visit.commands import KeepNote, MoveVisitToPupil
from domain.visit.events import Outcome
from tests.api.desk_pages import Pages
from tests.projections.desk import first_id
from tests.scenarios.cast import Child, Someone
from tests.scenarios.doors import Trip
from tests.scenarios.harness import World
from tests.scenarios.school import School


class Story:
    """Two children of one family visited together, a third by mistake, and one who has nothing to do with them."""

    def __init__(self, school: School) -> None:
        """All of it happens at once."""
        self.school = school
        self.child, self.sibling = school.child, school.admit("Billie Bright")
        self.mistaken, self.stranger = school.admit("Mina Mistaken"), school.admit("Stan Stranger")
        self.visit = school.ask(pupils=(self.child.id, self.sibling.id))
        self.trip: Trip = school.ready_trip(self.visit)
        school.at("13:00")
        self.trip.depart()
        self.visit.arrive(by=school.office, said_by=school.teacher)
        self.visit.outcome(child=self.child)
        self.visit.outcome(Outcome.REFUSED, child=self.sibling)
        note = school.send(KeepNote(visit=self.visit.id, text="Mr Neighbour said hello"), by=school.teacher)
        put_right = CorrectEvent(event=first_id(note), reason="wrong door", texts={"text": "Nobody said hello"})
        school.send(put_right, by=school.teacher)
        self.visit.left()
        self.trip.back()
        said = self.visit.approve(school.office, said_by=school.slt)
        school.send(DisownSpokenWord(event=first_id(said), reason="not me"), by=school.slt)
        worry = RaiseConcern(pupils=(self.child.id,), visit=self.visit.id, text="bruises", category="injury")
        self.concern = ConcernId(school.send(worry, by=school.teacher).recorded[0].envelope.stream.id)
        school.send(ActionConcern(concern=self.concern, action="rang home", why="to ask"), by=school.dsl)
        key = f"visit.{self.visit.id}.{self.child.id}"
        export = ExportRecords(system="CPOMS", how="pasted", keys=(key,), pupils=(self.child.id,), reference="77")
        school.send(export, by=school.office)
        self.moved = school.ask(child=self.mistaken)
        school.send(
            MoveVisitToPupil(visit=self.moved.id, wrong=self.mistaken.id, right=self.child.id, why="twin"),
            by=school.dsl,
        )
        self.other = school.ask(child=self.stranger, by=school.colleague)


@pytest.fixture
def story(pages: Pages) -> Story:
    return Story(pages.school)


def export(pages: Pages, kind: str, of: Child | Someone, who: Someone | None = None, *, status: int = 200) -> dict:  # type: ignore[type-arg]
    """The file, as somebody saves it."""
    pages.client.cookies.set(COOKIE, str((who or pages.school.dsl).id))
    path = f"/schools/{pages.school.slug}/subject-access/{kind}/{of.id}/file"
    answer = pages.client.post(path, headers={"Origin": "http://localhost"})
    assert answer.status_code == status, answer.text
    found: dict = msgspec.json.decode(answer.content) if status == 200 else {}  # type: ignore[type-arg]
    return found


def numbers(found: dict) -> set[int]:  # type: ignore[type-arg]
    return {entry["number"] for entry in found["entries"]}


def names_them(recorded: Recorded, one: Child | Someone) -> bool:
    """By brute force: anywhere in what it says, or as whose act or word it is. A check of its own, on purpose."""
    (envelope, event) = recorded
    acting = (envelope.actor, envelope.said_by, envelope.deputising_for, envelope.stream.id)
    return one.id in acting or str(one.id) in str(msgspec.to_builtins(event))


def pieces(found: dict, title: str, label: str) -> list[tuple[str, str]]:  # type: ignore[type-arg]
    """What the entries of a title say under a label: (text, why to check)."""
    return [
        (piece["text"], piece.get("check", ""))
        for entry in found["entries"]
        if entry["title"] == title
        for field in entry["says"]
        if field["label"] == label
        for piece in field["pieces"]
    ]


def test_every_event_that_names_somebody_is_in_their_export(pages: Pages, story: Story) -> None:
    school = story.school
    everybody: list[tuple[str, Child | Someone]] = [
        *(("pupil", one) for one in (story.child, story.sibling, story.mistaken, story.stranger)),
        *(("staff", one) for one in (school.teacher, school.office, school.slt, school.dsl, school.governor)),
    ]
    for kind, one in everybody:
        found = numbers(export(pages, kind, one))
        lacking = [r.envelope.topic for r in school.events() if names_them(r, one) and r.envelope.index not in found]
        assert lacking == [], (kind, one)


def test_a_pupils_visits_with_their_trips_and_concerns_are_in_it_whole_and_nobody_elses(
    pages: Pages, story: Story
) -> None:
    found = numbers(export(pages, "pupil", story.child))
    whole = (story.visit, story.trip, story.moved)
    assert {r.envelope.index for r in story.school.events(*whole)} <= found
    concern = {r.envelope.index for r in story.school.events() if r.envelope.stream.id == story.concern}
    assert len(concern) > 1
    assert concern <= found
    strangers = {r.envelope.index for r in story.school.events(story.other)}
    assert not strangers & found
    assert strangers <= numbers(export(pages, "pupil", story.stranger))
    assert not numbers(export(pages, "pupil", story.stranger)) & concern


def test_a_member_of_staff_gets_the_trips_they_went_on_whole_and_else_what_names_them(
    pages: Pages, story: Story
) -> None:
    went = export(pages, "staff", story.school.teacher)
    assert {r.envelope.index for r in story.school.events(story.visit, story.trip)} <= numbers(went)
    assert any(entry["check"].startswith("it does not name this person") for entry in went["entries"])
    of_visits = {r.envelope.index for r in story.school.events(story.visit)}
    assert {e["check"] for e in went["entries"] if e["number"] in of_visits} == {"it is about a family"}
    said_yes = export(pages, "staff", story.school.slt)
    whole = {r.envelope.index for r in story.school.events(story.visit)}
    assert not whole <= numbers(said_yes)
    typed = export(pages, "staff", story.school.office)  # who typed that word; somebody else disowned it
    for found in (said_yes, typed):
        assert {"Approved", "“I never said that”"} <= {entry["title"] for entry in found["entries"]}


def test_what_speaks_of_an_entry_is_in_it_and_both_say_so(pages: Pages, story: Story) -> None:
    entries = {entry["number"]: entry for entry in export(pages, "pupil", story.child)["entries"]}
    (corrected,) = [entry for entry in entries.values() if entry["title"] == "Corrected"]
    (first,) = corrected["speaks_of"]
    assert entries[first]["title"] == "Note"
    assert corrected["number"] in entries[first]["see_also"]
    (disowned,) = [entry for entry in entries.values() if entry["title"] == "“I never said that”"]
    (approved,) = disowned["speaks_of"]
    assert entries[approved]["typed_by"] == {"text": story.school.office.name, "check": A_NAME}
    assert entries[approved]["by"]["text"] == story.school.slt.name
    assert entries[approved]["role"]
    assert {"happened_at", "recorded_at"} <= set(entries[approved])


def test_other_peoples_data_is_marked_and_their_own_is_not(pages: Pages, story: Story) -> None:
    found = export(pages, "pupil", story.child)
    assert pieces(found, "Pupil admitted", "Given name") == [(story.child.name.split()[0], "")]
    assert pieces(found, "Visit asked for", "Pupils")[:2] == [(story.child.name, ""), (story.sibling.name, A_CHILD)]
    assert ("Mr Neighbour said hello", WRITTEN) in pieces(found, "Note", "What was written")
    assert pieces(found, "Family details", "Phone") == [("01234 567890", A_NUMBER)]
    assert pieces(found, "Left school", "Person") == [(p.name, A_NAME) for p in story.trip.team]
    (theirs, others) = [e for e in found["entries"] if e["title"] in {"Child seen", "Child not seen"}]
    assert (theirs["check"], others["check"]) == ("", "it is about another child")
    assert found["marks"] > 0

    own = export(pages, "staff", story.school.teacher)
    assert pieces(own, "Joined", "Name") == [(story.school.teacher.name, "")]
    assert pieces(own, "Mobile number held", "Mobile")[0][1] == ""
    assert (story.school.teacher.name, "") in pieces(own, "Left school", "Person")


def test_a_visit_put_down_by_mistake_is_in_it_and_marked_as_another_childs(pages: Pages, story: Story) -> None:
    found = export(pages, "pupil", story.mistaken)
    of_it = {r.envelope.index for r in story.school.events(story.moved)}
    assert of_it <= numbers(found)
    unnamed = [
        e
        for e in found["entries"]
        if e["number"] in of_it and e["title"] not in {"Visit asked for", "Moved to the right pupil"}
    ]
    assert all("another child" in entry["check"] for entry in unnamed)
    assert "put down" not in str([e["check"] for e in export(pages, "pupil", story.child)["entries"]])


def test_it_is_in_words_with_no_id_and_no_code(pages: Pages, story: Story) -> None:
    for kind, one in (("pupil", story.child), ("staff", story.school.teacher)):
        for entry in export(pages, kind, one)["entries"]:
            for field in entry["says"]:
                for text in (field["label"], *(piece["text"] for piece in field["pieces"])):
                    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-|[a-z]_[a-z]", text), (entry["title"], text)


def test_it_is_on_their_record_before_it_leaves(pages: Pages, story: Story) -> None:
    school = story.school
    html = pages.get(school.head, f"/subject-access/staff/{school.teacher.id}")
    assert f"Everything held about {school.teacher.name}" in html
    assert f"[check before giving out: {WRITTEN}]" in html
    export(pages, "pupil", story.child)
    kept = [r.event for r in school.events() if isinstance(r.event, Exported)]
    assert [(event.kind, event.record) for event in kept] == [
        (RecordKind.STAFF, school.teacher.id),
        (RecordKind.PUPIL, story.child.id),
    ]
    assert {event.page for event in kept} == {"subject access export"}
    assert "Taken out" in html  # the very reading is in it


@pytest.mark.parametrize("who", ["teacher", "office", "slt", "governor"])
@pytest.mark.parametrize("kind", ["pupil", "staff"])
def test_nobody_else_makes_one_and_that_they_tried_is_kept(pages: Pages, who: str, kind: str) -> None:
    school = pages.school
    person: Someone = getattr(school, who)
    of: Child | Someone = school.child if kind == "pupil" else school.teacher
    export(pages, kind, of, person, status=403)
    html = pages.get(person, f"/subject-access/{kind}/{of.id}", status=403)
    assert "That you asked for it is kept" in html
    assert pages.readings() == [(person.name, "refused subject access export")] * 2
    pages.get(person, "/subject-access", status=403)


def test_nothing_is_given_out_of_a_log_that_somebody_altered(pages: Pages, world: World) -> None:
    school = pages.school
    switch = SQL("ALTER TABLE {}.event {} TRIGGER event_never_changes")
    integrity = runtime_of(pages).bus.integrity
    with psycopg.connect(world.urls.migrate, autocommit=True) as connection:
        connection.execute("SET ROLE doorstep_owner")
        connection.execute(switch.format(Identifier(f"school_{school.slug}"), SQL("DISABLE")))
        try:
            integrity.look(school.slug)
            export(pages, "pupil", school.child, status=409)
        finally:
            connection.execute(switch.format(Identifier(f"school_{school.slug}"), SQL("ENABLE ALWAYS")))
    assert integrity.look(school.slug) == ()
    assert export(pages, "pupil", school.child)["entries"]


def runtime_of(pages: Pages) -> Runtime:
    """The application's."""
    app = pages.client.app
    assert isinstance(app, FastAPI)
    found: Runtime = app.state.runtime
    return found


def test_one_chooses_a_pupil_or_a_member_of_staff_and_nobody_unknown(pages: Pages) -> None:
    school = pages.school
    html = pages.get(school.dsl, f"/subject-access?q={school.child.name.split()[0]}")
    assert f"/subject-access/pupil/{school.child.id}" in html
    assert f"/subject-access/staff/{school.teacher.id}" in html
    assert "/subject-access" in pages.get(school.dsl, "/dsl")
    assert f"/subject-access/pupil/{school.child.id}" in pages.get(school.dsl, f"/pupils/{school.child.id}")
    pages.get(school.dsl, f"/subject-access/staff/{school.child.id}", status=404)
    pages.get(school.dsl, f"/subject-access/visit/{school.child.id}", status=404)
    pages.get(school.dsl, "/subject-access/pupil/somebody", status=404)


def asked_as_json(pages: Pages, kind: str, of: Child | Someone, who: Someone, *, status: int = 200) -> Any:
    """The same through the JSON API."""
    path = f"/api/v1/schools/{pages.school.slug}/subject-access/{kind}/{of.id}"
    answer = pages.client.post(path, headers={HEADER: str(who.id)})
    assert answer.status_code == status, answer.text
    return answer.json()


def test_the_json_api_answers_with_the_same_and_keeps_it_first_too(pages: Pages, story: Story) -> None:
    found = asked_as_json(pages, "pupil", story.child, story.school.dsl)
    assert found["about"] == story.child.name
    assert story.visit.id in {r.envelope.stream.id for r in story.school.events() if r.envelope.index in numbers(found)}
    assert pages.readings() == [(story.school.dsl.name, "subject access export")]
    as_file = export(pages, "pupil", story.child)
    assert {
        k: v for k, v in as_file.items() if k not in {"made_at", "index", "entries", "marks"}
    }.keys() <= found.keys()
    assert numbers(found) < numbers(as_file), "that one holds the reading by this one as well"


def test_the_json_api_refuses_who_may_not_what_is_unknown_and_who_is_nobody(pages: Pages) -> None:
    school = pages.school
    refused = asked_as_json(pages, "pupil", school.child, school.teacher, status=403)
    assert "That you asked for it is kept" in refused["detail"]
    assert pages.readings() == [(school.teacher.name, "refused subject access export")]
    asked_as_json(pages, "staff", school.child, school.dsl, status=404)
    asked_as_json(pages, "visit", school.child, school.dsl, status=404)
    pages.client.cookies.set(COOKIE, str(school.dsl.id))
    path = f"/api/v1/schools/{school.slug}/subject-access/pupil/{school.child.id}"
    assert pages.client.post(path, headers={"Origin": "http://localhost"}).status_code == 401, "a cookie makes none"
    assert len(pages.readings()) == 1
