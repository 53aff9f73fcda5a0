"""Who may knock: hosts, origins, identities, sizes, headers, health, and the door that is not open yet."""

import json
from http.cookies import SimpleCookie
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.identity import COOKIE, HEADER
from api.runtime import Runtime
from domain.access.events import AccessRefused, RecordRead
from domain.school.commands import ExportRecords
from eventlog.errors import LogUnavailable, WrongInstallation
from eventlog.migrate import migrate
from eventlog.settings import DatabaseUrls
from tests.api.doors import FROM_HERE, HOST, Doors

SCHOOLS = "/"


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8001", "[::1]:8000", "LOCALHOST:80"])
def test_the_demonstration_answers_under_names_of_this_machine(host: str, doors: Doors) -> None:
    assert doors.client.get(SCHOOLS, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "10.0.0.7:8000", "[::2]", "", "localhost:x"]
)
def test_and_under_no_other(host: str, doors: Doors) -> None:
    answer = doors.client.get(SCHOOLS, headers={"Host": host})
    assert answer.status_code == 421
    assert "open http://localhost:80." in answer.json()["detail"], "the port that was asked"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "http://localhost"}, 303),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://localhost:9000"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
    ids=str,
)
def test_a_form_is_taken_from_our_own_pages_only(headers: dict[str, str], status: int, doors: Doors) -> None:
    form = {"school": doors.school.slug, "person": str(doors.school.head.id)}
    answer = doors.client.post("/choose", data=form, headers=headers, follow_redirects=False)
    assert answer.status_code == status
    doors.client.cookies.clear()


def test_every_page_has_its_security_headers_and_is_kept_by_nobody(doors: Doors) -> None:
    headers = doors.client.get(SCHOOLS).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers
    # `no-referrer` would make browsers send `Origin: null` with our own forms; nothing leaves this origin either way.
    assert headers["referrer-policy"] == "same-origin"


def test_static_files_may_be_kept_and_the_api_may_not(doors: Doors) -> None:
    page = doors.client.get(SCHOOLS).text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "immutable" in doors.client.get(address).headers["cache-control"]
    who = {HEADER: str(doors.school.head.id)}
    assert (
        doors.client.get(f"/api/v1/schools/{doors.school.slug}/me", headers=who).headers["cache-control"] == "no-store"
    )


def test_one_chooses_who_one_is_among_invented_people(doors: Doors) -> None:
    page = doors.client.get(SCHOOLS).text
    assert "invented" in page
    assert "Demonstration" in page
    for school in (doors.school, doors.other):
        assert f"Invented {school.slug}" in page
    assert "Hilda Head" in page
    assert "Headteacher" in page
    form = {"school": doors.school.slug, "person": str(doors.school.teacher.id)}
    answer = doors.client.post("/choose", data=form, headers=FROM_HERE, follow_redirects=False)
    assert answer.headers["location"] == f"/schools/{doors.school.slug}/my-trips"
    cookie = SimpleCookie(answer.headers["set-cookie"])[COOKIE]
    assert cookie.value == str(doors.school.teacher.id)
    assert cookie["httponly"]
    assert cookie["samesite"].lower() == "strict"
    doors.client.cookies.clear()


def test_nobody_is_led_to_where_one_chooses_and_a_stranger_is_told(doors: Doors) -> None:
    page = f"/schools/{doors.school.slug}/policy"
    answer = doors.client.get(page, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    for stranger in (str(doors.other.head.id), str(uuid4()), "nobody"):
        doors.client.cookies.set(COOKIE, stranger)
        told = doors.client.get(page, follow_redirects=False)
        doors.client.cookies.clear()
        assert told.status_code == 403
        assert "Choose who you are" in told.text


def test_the_api_takes_commands_from_the_header_only_and_questions_from_the_cookie_too(doors: Doors) -> None:
    doors.client.cookies.set(COOKIE, str(doors.school.head.id))
    base = f"/api/v1/schools/{doors.school.slug}"
    assert doors.client.get(f"{base}/me").json()["name"] == "Hilda Head"
    assert doors.client.post(f"{base}/commands/depart", json={}).status_code == 401
    doors.client.cookies.clear()
    assert doors.client.get(f"{base}/me").status_code == 401


@pytest.mark.parametrize(
    "path", ["/nothing", "/schools/nowhere/board", "/api/v1/nothing", "/api/v1/schools/nowhere/me"]
)
def test_what_is_not_there_is_said_in_the_askers_way(path: str, doors: Doors) -> None:
    answer = doors.client.get(path, headers={HEADER: str(doors.school.head.id)})
    assert answer.status_code == 404
    kind = "application/problem+json" if path.startswith("/api/") else "text/html; charset=utf-8"
    assert answer.headers["content-type"] == kind


def test_a_wrong_method_says_what_is_right(doors: Doors) -> None:
    answer = doors.client.get(f"/api/v1/schools/{doors.school.slug}/commands/depart")
    assert answer.status_code == 405
    assert "POST" in answer.json()["detail"]


def test_a_form_too_large_is_turned_away(doors: Doors) -> None:
    doors.client.cookies.set(COOKIE, str(doors.school.head.id))
    for size in (300_000, 10_000_000):
        address = f"/schools/{doors.school.slug}/do/depart"
        assert doors.client.post(address, content=b"note=" + b"x" * size, headers=FROM_HERE).status_code == 413
    doors.client.cookies.clear()


def test_a_fault_of_ours_is_a_sentence_and_not_a_traceback(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(_slug: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(doors.runtime, "directory", break_down)
    answer = doors.client.get(f"/api/v1/schools/{doors.school.slug}/me", headers={HEADER: str(uuid4())})
    assert answer.status_code == 500
    assert answer.json()["title"] == "A fault in Doorstep"
    doors.client.cookies.set(COOKIE, str(uuid4()))
    page = doors.client.get(f"/schools/{doors.school.slug}/policy")
    doors.client.cookies.clear()
    assert page.status_code == 500
    assert "ring the school" in page.text
    assert "ZeroDivisionError" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_where_the_log_cannot_be_reached_the_answer_says_when_to_try_again(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_slug: str) -> None:
        message = "away"
        raise LogUnavailable(message)

    monkeypatch.setattr(doors.runtime, "directory", away)
    answer = doors.send("depart", {}, doors.school.teacher)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "under the same id" in answer.json()["detail"]


def test_health_looks_at_the_database_the_projections_and_the_watch(doors: Doors) -> None:
    answer = doors.client.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "well")
    assert answer.json()["schools"] >= 2
    watch, doors.runtime.watch = doors.runtime.watch, None
    try:
        answer = doors.client.get("/health")
        assert (answer.status_code, answer.json()["watch"]) == (503, False)
    finally:
        doors.runtime.watch = watch


def test_each_person_asks_what_their_role_lets_them_ask(doors: Doors) -> None:
    school = doors.school
    visit = doors.ready_visit()
    everybody = ("board", "trips", "visits", "people", "pupils", "spoken-words", "policy", "heartbeat", "me")
    for question in everybody:
        doors.ask(question, school.teacher)
    dsl = ("children-not-seen", "children-alone", "concerns", "deviations")
    allowed = {
        "governor": {"governors-report", "governors-report/terms", "policy", "me", "heartbeat"},
        "teacher": set(everybody),
        "dsl": {
            "approvals",
            *everybody,
            *dsl,
            "exports",
            "notices",
            "governors-report",
            "governors-report/terms",
            "visits?which=all",
            f"visits/{visit}",
        },
        "office": {*everybody, "exports", "notices", "approvals", "visits?which=all", f"visits/{visit}"},
    }
    asked = set().union(*allowed.values())
    for who, may in allowed.items():
        for question in sorted(asked):
            person = getattr(school, who)
            asked_for_it = question == f"visits/{visit}" and who == "teacher"
            doors.ask(question, person, status=200 if question in may or asked_for_it else 403)


def test_reading_a_record_is_kept_before_the_answer_and_so_is_being_turned_away(doors: Doors) -> None:
    school, visit = doors.school, doors.ready_visit()
    doors.ask(f"visits/{visit}/history", school.dsl)
    doors.ask(f"visits/{visit}/history", school.teacher, status=403)
    doors.ask(f"pupils/{school.child.id}/chronology", school.dsl)
    doors.ask(f"pupils/{school.child.id}/chronology", school.governor, status=403)
    seen = [
        (school.person(r.envelope.actor).name, type(r.event).__name__, r.event.page)
        for r in school.events()
        if isinstance(r.event, RecordRead | AccessRefused)
    ]
    assert seen[-4:] == [
        ("Dora Dessel", "RecordRead", "history"),
        ("Tess Teacher", "AccessRefused", "history"),
        ("Dora Dessel", "RecordRead", "chronology"),
        ("Gus Governor", "AccessRefused", "chronology"),
    ]


def test_records_that_are_not_there(doors: Doors) -> None:
    for path in (f"visits/{uuid4()}", f"visits/{uuid4()}/history", f"concerns/{uuid4()}", f"trips/{uuid4()}"):
        assert doors.ask(path, doors.school.dsl, status=404)["title"].startswith("Unknown")
    assert doors.ask(f"pupils/{uuid4()}/chronology", doors.school.dsl, status=404)["status"] == 404
    assert doors.ask("visits/nonsense", doors.school.head, status=404)["errors"][0]["field"] == "visit"
    for path in (
        "governors-report?term=someday",
        "notices?since=2026-10-25T01:30",
        "board?at_least=x",
    ):
        problem = doors.ask(path, doors.school.head, status=422)
        assert problem["errors"][0]["expected"], path


def test_an_export_of_a_key_that_somebody_made_up_breaks_no_list(doors: Doors) -> None:
    doors.school.send(ExportRecords(system="CPOMS", how="pasted", keys=("made up",)), by=doors.school.dsl)
    found = doors.ask(f"exports?at_least={doors.head()}", doors.school.dsl)
    assert "made up" in {one["gone"]["key"] for one in found["take_back"]}


def test_the_picker_tells_children_of_one_name_apart(doors: Doors) -> None:
    found = doors.ask("pupils?q=apple%20acorn", doors.school.teacher)
    assert [(one["name"], one["street"]) for one in found["pupils"]] == [("Alex Apple", "1 Acorn Road")]
    assert set(found["pupils"][0]) == {"id", "name", "year_group", "class_name", "born", "street", "on_roll"}


def test_a_live_installation_shows_nothing_to_somebody_who_did_not_sign_in(database_urls: DatabaseUrls) -> None:
    migrate(database_urls, "live")
    with pytest.raises(WrongInstallation, match="live"):
        Runtime.open(database_urls, "demonstration")
    with Runtime.open(database_urls, "live") as runtime:
        client = TestClient(create_app(runtime), base_url=HOST, follow_redirects=False)
        assert client.get("/health").status_code == 200
        someone = {HEADER: str(uuid4()), "Sec-Fetch-Site": "same-origin"}
        for path in ("/schools/any/board", "/schools/any/do/depart"):
            for answer in (client.get(path, headers=someone), client.post(path, headers=someone, data={})):
                assert answer.status_code in {303, 405}
                assert answer.headers.get("location", "/sign-in").startswith("/sign-in")
        for path in ("/api/v1/schools/any/me", "/api/v1/schools/any/board"):
            assert client.get(path, headers=someone).status_code == 401
        assert client.post("/api/v1/schools/any/commands/depart", headers=someone, json={}).status_code == 401
        assert client.get("/api/v1/openapi.json").status_code == 404
        assert "Demonstration" not in client.get("/sign-in").text


def test_a_demonstration_is_never_served_as_a_live_one(doors: Doors) -> None:
    with pytest.raises(WrongInstallation, match="demonstration"):
        Runtime.open(doors.runtime.urls, "live")


def test_a_problem_before_any_route_is_json_for_programs_and_a_page_for_people(doors: Doors) -> None:
    answer = doors.client.get("/", headers={"Host": "evil.example"})
    assert json.loads(answer.content)["status"] == 421
    page = doors.client.post("/choose", headers={"Accept": "text/html,*/*", "Sec-Fetch-Site": "cross-site"})
    assert (page.status_code, page.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert "Open the page again" in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert HOST not in answer.headers.values()
