"""Somebody who stands at the front desk, or took its cookies away, tries to be more than the office."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

import domain
from accounts.allowances import PINS
from api.http.commands import PUBLIC
from api.http.examples import example_of
from commands.bus import Sender
from commands.ids import new_command_id
from commands.reading import Malformed, read_payload
from domain.command import CommandKind
from domain.ids import StaffId
from domain.permissions import AT_A_DESK, COMMANDS, NOT_AT_A_DESK, QUESTIONS, Question, may, words_of
from domain.refusal import Incomplete, NotPermitted, Refused, Unknown
from domain.roles import STAFF, Role, who_counts_as
from domain.shared.commands import SignForDesk
from domain.shared.events import DeskWordSigned, DeviationNoted, KeptAsSent
from domain.staff.commands import EndDesk, MakeDesk
from domain.trip.commands import AttemptContact, Depart, ReportDanger, ReturnToSchool
from domain.trip.events import ContactResult, DangerReported
from eventlog.settings import DatabaseUrls
from tests.api.front_desks import BOARD, DESK, DO, VISITS, a_desk, says, with_pin
from tests.api.live import ADDRESS, BECKSIDE, Browser, Live, Person, live
from tests.databases import Databases
from tests.scenarios.cast import Someone
from tests.scenarios.harness import World
from tests.scenarios.school import School
from tests.ticks import yes_to

AT_DESK = "__Host-doorstep-at-desk"


@pytest.fixture
def school(world: World) -> School:
    return world.school("norbury")


def at_the_desk(who: Someone, said_by: StaffId | None = None) -> Sender:
    return Sender(who.id, new_command_id(), only_in=Role.SCHOOL_OFFICE, lent=True, said_by=said_by)


def a_device(school: School) -> Someone:
    stored = school.send(MakeDesk(name="Main office"), by=school.office_manager)
    return Someone(StaffId(stored.recorded[0].envelope.stream.id), "Front desk, Main office")


@pytest.mark.parametrize("key", ["dsl", "head"])
@pytest.mark.parametrize("whose", ["nobody else", "their own word"])
def test_no_plan_that_the_office_may_not_send_is_taken_from_a_dsl_or_head_at_the_desk(
    key: str, whose: str, school: School
) -> None:
    who = getattr(school, key)
    office = school.known.people[who.id].only_as(Role.SCHOOL_OFFICE, lent=True)
    tried = 0
    for kind in PUBLIC.values():
        permission = COMMANDS[kind]
        by_rule = STAFF in words_of(permission) or any(grant.settings for grant in permission)
        if kind.KIND is CommandKind.FACT or by_rule or may(office, permission, school.now):
            continue
        try:
            command = read_payload(kind, example_of(kind)).command
        except Malformed:
            continue
        tried += 1
        sender = at_the_desk(who, who.id if whose == "their own word" else None)
        with pytest.raises(NotPermitted):
            school.world.run(school.world.bus.send(school.slug, command, sender))
    assert tried >= 8


def test_a_head_at_the_desk_approves_nothing_by_themselves_and_so_does_a_dsl(school: School) -> None:
    visit = school.ask(by=school.teacher)
    for who in (school.head, school.dsl, school.slt):
        for said_by in (None, who.id):
            with pytest.raises((NotPermitted, Refused, Incomplete)):
                school.world.run(school.world.bus.send(school.slug, yes_to(visit.id), at_the_desk(who, said_by)))


def test_a_dsl_at_the_desk_who_goes_herself_is_still_a_dsl_on_the_trip(school: School) -> None:
    """Only what somebody may do is narrowed, not who they are: no deviation is made up."""
    visit = school.ask(by=school.slt)
    trip = school.plan_trip(visit, team=(school.dsl, school.officer), by=school.slt)
    sent = school.world.run(
        school.world.bus.send(school.slug, Depart(trip=trip.id, people=(school.dsl.id,)), at_the_desk(school.dsl))
    )
    noted = {r.event.rule for r in sent.recorded if isinstance(r.event, DeviationNoted)}
    again = school.ask(by=school.slt, child=school.admit())
    other = school.plan_trip(again, team=(school.head, school.officer), by=school.slt)
    plain = school.send(Depart(trip=other.id, people=(school.head.id,)), by=school.head)
    assert noted == {r.event.rule for r in plain.recorded if isinstance(r.event, DeviationNoted)}


def test_the_device_alone_plans_nothing_and_its_word_calms_nothing(school: School) -> None:
    device = a_device(school)
    visit = school.ask(by=school.slt)
    trip = school.plan_trip(visit, team=(school.slt, school.officer), by=school.slt)
    school.send(Depart(trip=trip.id, people=(school.slt.id, school.officer.id)), by=school.slt)
    for kind in PUBLIC.values():
        if kind.KIND is CommandKind.FACT:
            continue
        command = read_payload(kind, example_of(kind)).command
        with pytest.raises((NotPermitted, Unknown, Incomplete, Refused)):
            school.send(command, by=device)
    safe = AttemptContact(trip=trip.id, person=school.slt.id, result=ContactResult.SPOKE_SAFE)
    before = {one.id: one.state for one in school.looks.line(trip).people}
    assert set(before.values()) == {"out"}
    for calming in (safe, ReturnToSchool(trip=trip.id, people=(school.slt.id,))):
        kept = school.send(calming, by=device).recorded
        assert isinstance(kept[0].event, KeptAsSent)
        assert "nobody who said who they are" in kept[0].event.says
    assert {one.id: one.state for one in school.looks.line(trip).people} == before
    danger = school.send(ReportDanger(trip=trip.id, text="she rang: not safe"), by=device)
    assert isinstance(danger.recorded[0].event, DangerReported)
    assert school.looks.line(trip).state == "danger"
    # A visitor's own word, typed there: it counts, and the visitor stands by it or disowns it, as for anybody who types it.
    back = school.send(ReturnToSchool(trip=trip.id, people=(school.slt.id,)), by=device, said_by=school.slt)
    assert (back.recorded[0].envelope.said_by, back.recorded[0].envelope.actor) == (school.slt.id, device.id)


def test_a_device_is_nobody_who_can_be_picked_given_a_role_or_made_by_just_anybody(school: School) -> None:
    device = a_device(school)
    person = school.known.people[device.id]
    assert not person.here
    assert person.is_device
    assert device.id not in {one.id for one in school.known.staff}
    for who in (school.teacher, school.office, school.slt, school.dsl):
        with pytest.raises(NotPermitted):
            school.send(MakeDesk(name="Mine"), by=who)
    school.send(EndDesk(desk=device.id), by=school.head)
    assert school.known.people[device.id].roles_at(school.now) == ()
    assert not school.send(EndDesk(desk=school.dsl.id), by=school.head).recorded, "a person is no desk"


def test_nobody_signs_what_a_person_sent(school: School) -> None:
    device = a_device(school)
    sent = new_command_id()
    school.send(ReportDanger(text="typed by a person"), by=school.teacher, command_id=sent)
    assert not school.send(SignForDesk(command=sent, name="Somebody else"), by=device).recorded
    assert not school.send(SignForDesk(command=sent), by=school.office).recorded
    desks = new_command_id()
    school.send(ReportDanger(text="typed at the desk"), by=device, command_id=desks)
    signed = school.send(SignForDesk(command=desks, name="ignored"), by=school.office).recorded
    assert [r.event.name for r in signed if isinstance(r.event, DeskWordSigned)] == [""] * len(signed)
    assert signed
    assert not school.send(SignForDesk(command=desks), by=device).recorded, "without a name there is nothing to keep"


def test_whoever_acts_at_a_desk_reads_at_least_as_much_by_themselves() -> None:
    office = {
        question
        for question, asked in QUESTIONS.items()
        if asked.reads.value != "no child"
        and "school_office" in "".join(words_of(asked.may))
        and question not in NOT_AT_A_DESK
    }
    for word in AT_A_DESK:
        for question in office - {Question.APPROVALS}:  # a list of visits, each of which they may see
            words = set(words_of(QUESTIONS[question].may))
            roles = set().union(*(who_counts_as(one) for one in words))
            assert STAFF in words or who_counts_as(word) & roles, (word, question)


def test_every_decision_asks_for_the_powers_of_whoever_speaks_by_the_one_way_that_narrows_them() -> None:
    rooms = Path(domain.__file__).parent
    around = [
        str(file.relative_to(rooms))
        for file in sorted(rooms.rglob("*.py"))
        if "people.get(s.acting.person)" in file.read_text(encoding="utf-8")
    ]
    assert around == [], "ask `s.speaker`: at a front desk it is the office"


# -- over HTTP ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def installation(module_database_urls: DatabaseUrls, postgres: Databases) -> Iterator[Live]:
    with live(module_database_urls, postgres) as made:
        yield made


@pytest.fixture(scope="module")
def device(installation: Live) -> Browser:
    return a_desk(installation)


@pytest.fixture(scope="module")
def dot(installation: Live) -> Person:
    return with_pin(installation, "7391", Role.SCHOOL_OFFICE)


@pytest.fixture(autouse=True)
def tomorrow(request: pytest.FixtureRequest) -> None:
    if {"installation", "device"} & set(request.fixturenames):
        request.getfixturevalue("installation").later(days=1)


def test_guessing_ends_after_six_tries_and_locks_nobody_out_of_their_own_device(
    installation: Live, device: Browser, dot: Person
) -> None:
    answers = [says(device, dot, f"{4000 + guess}") for guess in range(PINS[0].amount + 2)]
    assert [one.status_code for one in answers] == [403] * PINS[0].amount + [429] * 2
    assert says(device, dot, "7391").status_code == 429
    own = installation.browser().signs_in(dot)
    assert own.get(VISITS).status_code == 200
    installation.later(minutes=16)
    assert says(device, dot, "7391").status_code == 303
    device.post(f"{DESK}/done")


def test_a_forged_person_gets_the_answer_of_a_wrong_pin(installation: Live, device: Browser, dot: Person) -> None:
    teacher = with_pin(installation, "6205", Role.TEACHER, name="Tess Teacher")
    elsewhere = with_pin(installation, "6206", Role.SCHOOL_OFFICE, name="Eve Elsewhere", school="elm_park")
    wrong = says(device, dot, "0001")
    for named, pin in (
        (str(uuid4()), "0001"),
        ("nonsense", "0001"),
        (str(teacher.staff), "6205"),
        (str(elsewhere.staff), "6206"),
    ):
        forged = device.post(DESK, {"desk_person": named, "desk_pin": pin, "next": "", "to": ""})
        assert forged.status_code == wrong.status_code == 403
        plain = [re.sub(r" selected|[0-9a-f]{8}-[0-9a-f-]{27}", "", one.text) for one in (forged, wrong)]
        assert plain[0] == plain[1]
    assert "Tess Teacher" not in wrong.text
    assert device.get(VISITS).headers["location"].startswith(DESK)


def test_the_devices_cookie_taken_elsewhere_shows_the_board_and_opens_nothing_of_whoever_acts_there(
    installation: Live, device: Browser, dot: Person
) -> None:
    says(device, dot, "7391")
    thief = installation.browser()
    for name, value in device.http.cookies.items():
        if name != AT_DESK:
            thief.http.cookies.set(name, value)
    assert thief.get(VISITS).headers["location"].startswith(DESK)
    for path in ("dsl", "accounts", "tokens", "screens", "desks"):
        assert thief.get(f"/schools/{BECKSIDE}/{path}").status_code in (303, 403), path
    assert thief.http.get(f"/api/v1/schools/{BECKSIDE}/visits").status_code == 401
    assert thief.get("/account").status_code == 303
    device.post(f"{DESK}/done")


def test_what_says_who_acts_opens_nothing_without_its_own_device(
    installation: Live, device: Browser, dot: Person
) -> None:
    other = a_desk(installation, "Side entrance")
    says(device, dot, "7391")
    held = device.http.cookies.get(AT_DESK) or ""
    assert held
    other.http.cookies.set(AT_DESK, held)
    assert other.get(VISITS).headers["location"].startswith(DESK)
    bare = installation.browser()
    bare.http.cookies.set(AT_DESK, held)
    assert bare.get(VISITS).headers["location"].startswith("/sign-in")
    device.post(f"{DESK}/done")


def test_a_pin_opens_nothing_away_from_a_desk(installation: Live, dot: Person) -> None:
    stranger = installation.browser()
    assert says(stranger, dot, "7391").status_code == 403
    assert stranger.password(dot.name, "7391").status_code == 403
    half = installation.browser()
    half.password(dot.name)
    assert half.code("7391").status_code == 403
    assert stranger.get(DESK).status_code == 403
    assert stranger.get(f"{DESK}/sign/{uuid4()}").status_code == 403


def test_a_desk_of_one_school_is_nothing_at_another(installation: Live, device: Browser) -> None:
    eve = with_pin(installation, "6207", Role.SCHOOL_OFFICE, name="Eve Elsewhere", school="elm_park")
    assert device.get("/schools/elm_park/board").headers["location"].startswith("/sign-in")
    assert says(device, eve, "6207", school="elm_park").status_code == 403
    assert says(device, eve, "6207").status_code == 403


def test_it_leads_nowhere_else_and_takes_no_form_from_elsewhere(device: Browser, dot: Person) -> None:
    led = says(device, dot, "7391", "https://evil.example/")
    assert led.headers["location"] == BOARD
    assert says(device, dot, "7391", "/schools/elm_park/board").headers["location"] == BOARD
    for path in (DESK, f"{DESK}/done", f"{DESK}/here", f"{DO}/report-danger"):
        crossed = device.http.post(
            path, data={}, headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
        )
        assert crossed.status_code == 403, path
    kept = device.post(
        DESK, {"desk_person": str(dot.staff), "desk_pin": "7391", "to": "//evil.example/x", "kept.a": "b"}
    )
    assert kept.status_code == 303
    assert ADDRESS not in kept.headers["location"]
    typed = device.post(
        DESK, {"desk_person": "x", "desk_pin": "0", "to": f"/schools/{BECKSIDE}/ask", 'kept.a"><script>': "<script>"}
    )
    assert "<script>" not in typed.text.replace("<script src", "").replace('<script type="module"', "")
    device.post(f"{DESK}/done")


def test_every_shut_question_is_shut_to_the_office_too(device: Browser, dot: Person) -> None:
    says(device, dot, "7391")
    shut = {
        Question.SCREENS: "screens",
        Question.TOKENS: "tokens",
        Question.MY_TRIPS: "my-trips",
        Question.DESKS: "desks",
        Question.CONCERN: f"concerns/{uuid4()}",
    }
    for question, path in shut.items():
        assert question in NOT_AT_A_DESK
        answer = device.get(f"/schools/{BECKSIDE}/{path}")
        assert answer.status_code in (403, 404), path
    refused = device.post(f"{DO}/add-staff", {"name": "Newt New", "roles": "teacher"})
    assert refused.status_code == 403
    device.post(f"{DESK}/done")
