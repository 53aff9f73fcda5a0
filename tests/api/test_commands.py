"""Every command has its documented route; what is wrong with one is said in a clear sentence; facts are always taken."""

import json
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.guards import LIMIT
from api.http.commands import PUBLIC
from api.http.examples import example_of
from commands.reading import read_payload
from domain.command import Command, CommandKind
from domain.decisions import COMMANDS
from domain.shared.events import KeptAsSent
from tests.api.doors import Doors
from tests.projections.poison import poison

FACTS = [name for name, kind in PUBLIC.items() if kind.KIND is CommandKind.FACT]
ONE_WORLD = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def document(doors: Doors) -> dict[str, Any]:
    found: dict[str, Any] = doors.client.get("/api/v1/openapi.json").json()
    return found


@pytest.mark.parametrize("kind", COMMANDS.values(), ids=lambda kind: kind.NAME)
def test_every_command_is_documented_with_an_example_and_internal_ones_have_no_route(
    kind: type[Command], document: dict[str, Any], doors: Doors
) -> None:
    path = document["paths"].get(f"/api/v1/schools/{{school}}/commands/{kind.NAME}")
    if kind.INTERNAL:
        assert path is None
        assert doors.send(kind.NAME, {}, doors.school.head).status_code == 404
        return
    route = path["post"]
    content = route["requestBody"]["content"]["application/json"]
    schema = document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
    assert set(content["example"]) <= set(schema["properties"])
    assert {"at", "device_at", "said_by"} <= set(schema["properties"])
    assert not read_payload(kind, content["example"]).unreadable
    refusals = {"409", "422"} if kind.KIND is not CommandKind.FACT else set()
    assert {"201", "401", "403", "404", "413", "503"} | refusals <= set(route["responses"])
    assert route["summary"]
    assert "Idempotency-Key" in {one["name"] for one in route["parameters"]}


def test_the_document_refers_to_nothing_that_is_not_in_it(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    assert "x-doorstep" not in text
    assert "HTTPValidationError" not in text
    wanted = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert wanted <= set(document["components"]["schemas"])


SPEAKS_OF_ANOTHER = {"undo", "sign-for-desk"}
"""Said of an earlier command: of none there is nothing to say."""


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_is_taken_with_nothing_in_it_and_as_its_example_says(name: str, doors: Doors) -> None:
    for body in ({}, example_of(PUBLIC[name])):
        answer = doors.stored(name, body, doors.school.teacher)
        assert answer["status"] == ("nothing to do" if name in SPEAKS_OF_ANOTHER else "stored")
        assert answer["received_at"].endswith("Z")


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.uuids().map(str),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@given(name=st.sampled_from(FACTS), body=st.dictionaries(st.text(), any_json, max_size=4) | any_json)
@ONE_WORLD
def test_whatever_is_sent_as_a_fact_is_taken(name: str, body: Any, doors: Doors) -> None:
    answer = doors.send(name, json.dumps(body).encode(), doors.school.teacher)
    assert answer.status_code == 201, answer.text


@given(data=st.data())
@ONE_WORLD
def test_whatever_is_sent_as_a_plan_is_answered_in_sentences(data: st.DataObject, doors: Doors) -> None:
    name = data.draw(st.sampled_from([name for name in PUBLIC if name not in FACTS]))
    example = example_of(PUBLIC[name])
    named = st.sampled_from(sorted(example)) if example else st.nothing()  # nothing need be said in some
    changed = data.draw(st.dictionaries(named | st.text(), any_json, max_size=2))
    left_out = data.draw(st.sets(named, max_size=min(len(example), 1)))
    body = {name: value for name, value in {**example, **changed}.items() if name not in left_out}
    answer = doors.send(name, json.dumps(body).encode(), doors.school.head)
    assert answer.status_code in {201, 403, 404, 409, 422}, answer.text
    assert answer.status_code == 201 or answer.json()["detail"].endswith((".", "?"))


def test_what_cannot_be_read_of_a_fact_is_kept_and_flagged(doors: Doors) -> None:
    visitor = doors.school.joins("Vic Visitor")  # on no trip
    answer = doors.stored("depart", b"we left at ten \x00", visitor)
    assert answer["kept_as_text"] == ["body"]
    assert doors.kept(answer) == {"body": "we left at ten \u2400"}
    assert answer["events"][0] == "trip.fact_came_loose.v1"
    answer = doors.stored("depart", {"at": "2026-10-25T01:30", "note": "x"}, visitor)
    assert doors.kept(answer) == {"at": "2026-10-25T01:30"}
    assert doors.last(answer)[0].envelope.occurred_at == doors.school.now


def test_a_fact_whose_speaker_nobody_knows_keeps_the_name_as_text(doors: Doors) -> None:
    stranger = uuid4()
    answer = doors.stored("depart", {"said_by": str(stranger)}, doors.school.office)
    assert doors.kept(answer) == {"said_by": str(stranger)}


def test_a_fact_of_another_schools_visit_is_kept_here_and_touches_nothing_there(doors: Doors) -> None:
    visit = doors.other.ask().id
    before = doors.other.log.head()
    doors.stored("arrive", {"visit": str(visit)}, doors.school.teacher)
    assert doors.other.log.head() == before


def test_sent_twice_is_stored_once_and_answered_the_same(doors: Doors) -> None:
    key = uuid4()
    first = doors.stored("raise-concern", {"text": "thin"}, doors.school.teacher, key=key)
    head = doors.head()
    second = doors.stored("raise-concern", {"text": "thin"}, doors.school.teacher, key=key)
    assert doors.head() == head
    assert (first.pop("status"), second.pop("status")) == ("stored", "already stored")
    assert first == second
    assert first["command_id"] == str(key)


def test_an_id_used_for_something_else_refuses_a_plan_and_flags_a_fact(doors: Doors) -> None:
    key = uuid4()
    first = doors.stored("raise-concern", {"text": "thin"}, doors.school.teacher, key=key)
    second = doors.stored("raise-concern", {"text": "and cold"}, doors.school.teacher, key=key)
    assert second["command_id"] == first["command_id"] == str(key)
    assert second["stored_as"] != str(key)
    flag = next(r.event for r in doors.last(second) if isinstance(r.event, KeptAsSent))
    assert str(flag.reused_id) == str(key)

    plan = uuid4()
    doors.stored("admit-pupil", {"given_name": "Ann", "family_name": "Bee"}, doors.school.office, key=plan)
    other = {"given_name": "Bob", "family_name": "Bee"}
    assert "used before" in doors.refused(409, "admit-pupil", other, doors.school.office, key=plan)["detail"]


def test_a_plan_that_is_not_ready_is_told_everything_that_is_still_needed(doors: Doors) -> None:
    trip = doors.school.plan_trip(team=(doors.school.teacher,))
    problem = doors.refused(409, "clear-trip", {"trip": str(trip.id)}, doors.school.office)
    found = {one["code"]: one for one in problem["requirements"]}
    assert {"team.two", "appointment.agreed"} <= found.keys()
    assert found["team.two"]["clauses"] == ["NH-13"]
    for one in found.values():
        assert {"code", "says", "clauses", "source", "force", "who", "setting"} == set(one)


BAD: dict[str, tuple[int, str, dict[str, Any], str]] = {
    "back before leaving": (
        422,
        "request-visit",
        {"leave_at": "2026-11-20T14:00", "back_by": "2026-11-20T13:00"},
        "after leave_at",
    ),
    "a time that comes twice": (422, "request-visit", {"leave_at": "2026-10-25T01:30"}, "(BST) or"),
    "a time that never comes": (422, "request-visit", {"leave_at": "2026-03-29T01:30"}, "the clocks go forward"),
    "a control character": (422, "request-visit", {"purpose_text": "a\x00b"}, "without control characters"),
    "100,000 characters": (422, "request-visit", {"purpose_text": "x" * 100_000}, "at most 4000 characters"),
    "an unknown field": (422, "request-visit", {"puppils": []}, "did you mean pupils?"),
    "an unknown pupil": (404, "request-visit", {"pupils": [str(uuid4())]}, "no such pupil"),
}


@pytest.mark.parametrize(("status", "name", "fields", "says"), BAD.values(), ids=BAD.keys())
def test_a_bad_plan_is_turned_away_with_a_clear_sentence(
    status: int, name: str, fields: dict[str, Any], says: str, doors: Doors
) -> None:
    body = {"pupils": [str(doors.school.child.id)], "purpose": "attendance", "purpose_text": "x", **fields}
    problem = doors.refused(status, name, body, doors.school.teacher)
    assert says in problem["detail"]
    if status == 422:
        (error,) = problem["errors"]
        assert error["field"] in fields
        assert error["expected"] in problem["detail"]


def test_unknown_schools_visits_and_people(doors: Doors) -> None:
    visit, school = str(uuid4()), doors.school
    assert doors.refused(404, "clear-trip", {"trip": visit}, school.office)["title"] == "Unknown trip"
    assert doors.refused(404, "approve-visit", {"visit": visit}, school.head)["title"] == "Unknown visit"
    assert (
        doors.refused(404, "clear-trip", {"trip": visit}, school.office, school="nowhere")["title"] == "Unknown school"
    )
    assert doors.refused(404, "depart", {}, school.office, school="no-such!")["title"] == "Unknown school"
    named = {"staff": str(uuid4()), "mobile": "07700 900123"}
    assert doors.refused(404, "register-number", named, school.office)["title"] == "Unknown person"
    said = {"visit": str(doors.ready_visit()), "said_by": str(uuid4())}
    assert doors.refused(404, "approve-visit", said, school.office)["title"] == "Unknown person"


def test_a_plan_for_another_schools_visit_finds_no_such_visit(doors: Doors) -> None:
    visit = str(doors.other.ask().id)
    before = doors.other.log.head()
    assert doors.refused(404, "approve-visit", {"visit": visit}, doors.school.head)["title"] == "Unknown visit"
    assert doors.other.log.head() == before


def test_a_role_that_may_not_is_told_who_may(doors: Doors) -> None:
    visit = str(doors.ready_visit())
    assert "approved by" in doors.refused(403, "approve-visit", {"visit": visit}, doors.school.teacher)["detail"]
    staff = {"staff": str(doors.school.teacher.id), "role": "DSL"}
    assert "the headteacher" in doors.refused(403, "assign-role", staff, doors.school.teacher)["detail"]
    asked = {"pupils": [str(doors.school.child.id)], "purpose": "attendance", "purpose_text": "x"}
    assert "Governors" in doors.refused(403, "request-visit", asked, doors.school.governor)["detail"]


def test_nobody_and_strangers_are_turned_away_facts_too(doors: Doors) -> None:
    for name in ("depart", "clear-trip"):
        assert "Doorstep-Demo-Person" in doors.refused(401, name, {}, None)["detail"]
        doors.refused(403, name, {}, doors.other.teacher)
        doors.refused(403, name, {}, doors.school.teacher._replace(id="nobody"))  # type: ignore[arg-type]


def test_ten_megabytes_are_turned_away_whether_their_size_is_stated_or_not(doors: Doors) -> None:
    body = b'{"note": "' + b"x" * 10_000_000 + b'"}'
    problem = doors.refused(413, "depart", body, doors.school.teacher)
    assert problem["limit_bytes"] == LIMIT
    address = f"/api/v1/schools/{doors.school.slug}/commands/depart"
    headers = {"Doorstep-Demo-Person": str(doors.school.teacher.id)}
    parts = (body[at : at + 65_536] for at in range(0, len(body), 65_536))
    assert doors.client.post(address, content=parts, headers=headers).status_code == 413
    whole = b'{"note": "' + b"x" * (LIMIT - 12) + b'"}'
    answer = doors.stored("depart", whole, doors.school.teacher)
    assert len(doors.kept(answer)["note"]) == LIMIT - 12


def test_markup_and_formulas_are_only_text(doors: Doors) -> None:
    text = '<script>alert(1)</script>=HYPERLINK("x")'
    answer = doors.stored("raise-concern", {"text": text}, doors.school.teacher)
    concern = doors.ask(f"concerns/{answer['stream']['id']}", doors.school.dsl)
    assert concern["text"] == text


def test_a_poisoned_stream_refuses_plans_and_takes_facts(doors: Doors) -> None:
    school = doors.school.world.school("norbury")
    trip = school.plan_trip()
    poison(school, trip.id)
    answer = doors.send("clear-trip", {"trip": str(trip.id)}, school.office, school=school.slug)
    assert (answer.status_code, answer.json()["title"]) == (409, "Cannot be read")
    fact = doors.send("depart", {"trip": str(trip.id)}, school.teacher, school=school.slug)
    assert (fact.status_code, fact.json()["status"]) == (201, "stored")


def test_a_stored_command_is_seen_by_whoever_asks_at_least_for_it(doors: Doors) -> None:
    answer = doors.stored("depart", {"note": "seen at once"}, doors.school.colleague)
    board = doors.ask(f"board?at_least={answer['index']}", doors.school.office)
    assert answer["stream"]["id"] in {line["trip"] for line in board["lines"]}
    problem = doors.ask("board?at_least=999999999", doors.school.office, status=503)
    assert problem["title"] == "Still saving"
