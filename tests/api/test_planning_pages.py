"""The planning pages: asking, approving, what is still needed, and OK to go, at each of the five policies."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from commands.bus import Sender
from commands.ids import new_command_id
from domain.access.events import AccessRefused, RecordRead
from domain.ids import DOORSTEP, TripId, VisitId
from domain.roles import Role, in_words
from domain.staff.commands import AddStaff
from domain.trip.commands import Depart, ReturnToSchool
from domain.visit.commands import Arrive, KeepNote, RecordOutcome
from domain.visit.events import Outcome
from eventlog.settings import DatabaseUrls
from tests.api.pages_example import Doors, Pages, served_doors
from tests.planning_example import run

ORDINARY = {
    "st_patricks": [
        "approval.SLT",
        "list.signed",
        "risk.assessed",
        "background.agency_considered",
        "whereabouts.left",
        "checks.confirmed",
    ],
    "leyland": [
        "approval.headteacher",
        "risk.assessed",
        "risk.overseen",
        "background.checked",
        "whereabouts.left",
        "checks.confirmed",
    ],
    "william_lilley": [
        "approval.SLT",
        "background.checked",
        "whereabouts.left",
        "whereabouts.safeguarding_team",
        "checks.confirmed",
    ],
    "norbury": [
        "approval.SLT",
        "appointment.agreed",
        "risk.assessed",
        "background.checked",
        "background.agency",
        "whereabouts.left",
        "check_in.agreed_time",
        "checks.confirmed",
        "checks.badge",
    ],
    "scargill": [
        "approval.attendance_officer|head_of_school|DSL",
        "whereabouts.left",
        "checks.confirmed",
    ],
}
ADVICE = {
    "st_patricks": ["appointment.entry", "background.checked"],
    "william_lilley": ["appointment.entry", "risk.assessed"],
    "leyland": ["appointment.call"],
    "scargill": ["risk.assessed", "background.checked"],
}
"""Said about a visit without an appointment or an assessment, or where the document asks for no look-up, and stops nothing."""
ADVISED_BY_DOORSTEP_ALONE = frozenset({"norbury", "scargill"})
"""Elsewhere the school's own document is behind some of the advice, as WL-47 is."""
SAFEGUARDING = {
    "st_patricks": ["approval.SLT"],
    "leyland": ["approval.headteacher", "approval.DSL"],
    "william_lilley": ["approval.headteacher|SLT|DSL|DDSL"],
    "norbury": ["approval.headteacher|SLT|DSL|DDSL"],
    "scargill": ["approval.attendance_officer|head_of_school|DSL"],
}
MEETS = {
    "list.signed": "sign-visit-list",
    "appointment.agreed": "confirm-appointment",
    "whereabouts.left": "lodge-whereabouts",
    "whereabouts.safeguarding_team": "lodge-whereabouts",
    "check_in.agreed_time": "lodge-whereabouts",
    "checks.confirmed": "confirm-checks",
    "childcare.days": "keep-childcare-days",
    "background.checked": "check-background",
    "background.agency": "check-background",
    "background.agency_considered": "check-background",
}


@pytest.fixture(scope="module")
def doors(module_database_urls: DatabaseUrls) -> Iterator[Doors]:
    with served_doors(module_database_urls) as opened:
        yield opened


@pytest.fixture
def norbury(doors: Doors) -> Pages:
    return doors.open("norbury")


@pytest.fixture
def leyland(doors: Doors) -> Pages:
    return doors.open("leyland")


@pytest.fixture
def st_patricks(doors: Doors) -> Pages:
    return doors.open("st_patricks")


def at(pages: Pages) -> str:
    """The path of the page that is open, within the school."""
    return pages.path.removeprefix(f"/schools/{pages.school.slug}/")


def readings(pages: Pages, visit: str) -> list[str]:
    """What was opened of a visit, and refused."""
    log = pages.school.store.log(pages.school.slug)
    kept = [r.event for r in log.read_log() if isinstance(r.event, RecordRead | AccessRefused)]
    return [f"{'refused ' * isinstance(e, AccessRefused)}{e.page}" for e in kept if e.record == UUID(visit)]


def assessed(pages: Pages, here: str) -> None:
    """The risk is assessed on the page by whom this school names, and overseen where somebody senior must."""
    by = {"st_patricks": "slt", "leyland": "teacher", "norbury": "teacher"}.get(pages.school.policy)
    if by is not None:
        violence = {"sheet.0.violence_risk": "none_known"} if pages.school.policy == "norbury" else {}
        form = pages.get(here, by).form("assess-risk", kind="home_visit")
        form.values |= {name: [said] for name, said in violence.items()}
        assert not any(need.startswith("risk.assessed") for need in pages.send(form).needs)
    if pages.school.policy == "leyland":
        pages.send(pages.get(here, "dsl").form("oversee-risk"))


@pytest.mark.parametrize("policy", sorted(ORDINARY))
def test_from_request_to_ok_to_go_each_policy_asks_for_its_own_and_the_page_offers_each_form(
    doors: Doors, policy: str
) -> None:
    pages = doors.open(policy)
    page = pages.asks("office")
    here = at(pages)
    assert page.needs == [*ORDINARY[policy], *ADVICE.get(policy, [])]
    assert ("Doorstep's advice:" in page.text) is (policy in ADVISED_BY_DOORSTEP_ALONE)
    assert not page.offers("clear-trip")

    approver = "dsl" if policy == "scargill" else "head"
    page = pages.send(pages.get(here, approver).form("approve-visit"))
    assert not any(need.startswith("approval") for need in page.needs)

    assessed(pages, here)
    page = pages.get(here, "office")
    for _ in range(6):
        if page.needs == ADVICE.get(policy, []):
            break
        chosen = {"offers": "2"} if page.needs[0] == "appointment.agreed" else {}
        page = pages.send(page.form(MEETS[page.needs[0]]), **chosen)
    assert page.needs == ADVICE.get(policy, [])
    page = pages.send(page.form("clear-trip"))
    assert "OK to go. Departure is said on" in page.text
    assert "Approved" in page.text


@pytest.mark.parametrize("policy", sorted(SAFEGUARDING))
def test_a_safeguarding_worry_asks_for_the_approvals_of_that_policy(doors: Doors, policy: str) -> None:
    pages = doors.open(policy)
    page = pages.asks("office", safeguarding="yes")
    assert [need for need in page.needs if need.startswith("approval")] == SAFEGUARDING[policy]


def test_the_ask_page_says_beforehand_what_this_policy_wants(norbury: Pages) -> None:
    page = norbury.get("ask", "office")
    assert "An appointment agreed with the family; a welfare check may still go as far as the door" in page.text
    assert "Destination and back-by time left with the line manager and the front office" in page.text
    assert "no number held" in page.text


def test_nobody_without_a_role_is_offered_as_going_or_watching(norbury: Pages) -> None:
    for name, roles in (("Nora Norole", ()), ("Ben Begins", (Role.TEACHER,))):
        command = AddStaff(name=name, roles=roles, mobile="07700 900123")
        run(norbury.school.bus.send(norbury.school.slug, command, Sender(DOORSTEP, new_command_id())))
    page = norbury.get("ask", "office")
    assert "Ben Begins" in page.text
    assert "Nora Norole" not in page.text
    nora = next(p for p in norbury.school.directory().people.values() if p.name == "Nora Norole")
    assert in_words(nora.role_word(norbury.school.now)) == "no role here"
    assert str(nora.id) not in norbury.client.get(f"/schools/{norbury.school.slug}/ask").text


def test_what_is_missing_is_said_all_at_once_with_links_and_nothing_typed_is_lost(norbury: Pages) -> None:
    form = norbury.get("ask", "office").form("ask")
    page = norbury.send(form, address="The allotments, Ilkley", back="", on_site_reason="They cannot come in")
    assert norbury.status == 422
    for says in ("Choose who the visit is about", "Choose what kind of visit it is", "Say in a sentence"):
        assert says in page.text
    assert {"#pupils", "#purpose", "#purpose_text", "#back"} <= set(page.links)
    again = page.form("ask")
    assert again.values["address"] == ["The allotments, Ilkley"]
    assert again.values["on_site_reason"] == ["They cannot come in"]
    assert again.values["leave"] == form.values["leave"]


def test_finding_pupils_loses_nothing_and_tells_two_of_the_same_family_apart(norbury: Pages) -> None:
    form = norbury.get("ask", "office").form("ask")
    page = norbury.send(form, q="brook", purpose_text="Not seen since Monday", step="find")
    assert norbury.status == 200
    assert "Year 3, class 3B, born 4 May 2018, 12 Mill Lane" in page.text
    assert "Year 5, class 5A" in page.text
    assert page.form("ask").values["purpose_text"] == ["Not seen since Monday"]
    assert page.form("ask").options["pupils"] == [str(norbury.school.pupils["ava"]), str(norbury.school.pupils["noah"])]
    assert "Leo Marsden" in norbury.get("ask?q=3a+chapel").text


def test_siblings_are_offered_by_address_and_one_visit_is_for_both(norbury: Pages) -> None:
    page = norbury.get(f"ask?pupils={norbury.school.pupils['ava']}", "office")
    assert "Also at this address" in page.text
    both = (norbury.school.pupils["ava"], norbury.school.pupils["noah"])
    page = norbury.asks(pupils=both)
    assert "Ava and Noah Brook, 12 Mill Lane" in page.text


def test_back_before_leaving_is_told_beside_the_field(norbury: Pages) -> None:
    page = norbury.asks(leave="11:00", back="10:00")
    assert norbury.status == 422
    assert "Give the time to be back, later than the time to leave" in page.text
    assert "#back" in page.links


def test_an_hour_that_does_not_exist_is_asked_for_again(norbury: Pages) -> None:
    page = norbury.asks(day="2027-03-28", leave="01:30", back="03:30")
    assert norbury.status == 422
    assert "that night the clocks change" in page.text


@pytest.mark.parametrize(
    ("typed", "says"),
    [("pasted\x07 words", "text without control characters"), ("long " * 5_000, "text of at most")],
)
def test_a_sentence_that_cannot_be_kept_is_told_why_and_not_asked_for_as_if_it_were_missing(
    norbury: Pages, typed: str, says: str
) -> None:
    page = norbury.asks(purpose_text=typed)
    assert norbury.status == 422
    assert f"Purpose text: expected {says}" in page.text
    assert "Say in a sentence what the visit is for" not in page.text


def test_times_left_empty_ask_for_a_visit_without_a_trip_that_is_planned_later(norbury: Pages) -> None:
    page = norbury.asks(leave="", back="")
    assert page.needs == [
        "approval.SLT",
        "appointment.agreed",
        "risk.assessed",
        "background.checked",
        "background.agency",
        "trip.planned",
    ]
    team = (norbury.school.staff["attendance"], norbury.school.staff["teacher"])
    page = norbury.send(page.form("plan-trip"), people=team)
    assert "trip.planned" not in page.needs
    assert "whereabouts.left" in page.needs


def test_a_purpose_kept_on_site_is_offered_to_slt_only_and_wants_their_reason(st_patricks: Pages) -> None:
    assert "behaviour" not in st_patricks.get("ask", "office").form("ask").options["purpose"]
    page = st_patricks.asks("slt", purpose="behaviour")
    assert st_patricks.status == 409
    assert "is dealt with in school, unless a member of SLT gives a written reason" in page.text
    assert "#override_reason" in page.links
    page = st_patricks.send(page.form("ask"), override_reason="The family cannot come in")
    assert st_patricks.status == 200
    assert "Waiting for approval" in page.text


def test_a_place_that_the_policy_does_not_name_is_refused_on_the_page(leyland: Pages) -> None:
    form = leyland.get(f"ask?pupils={leyland.school.pupils['ava']}", "office").form("ask")
    page = leyland.send(form, purpose="attendance", purpose_text="to talk", place="workplace")
    assert leyland.status == 409
    assert "“workplace” is not one of them" in page.text


def test_the_police_question_is_asked_where_the_policy_attests_it(st_patricks: Pages) -> None:
    st_patricks.asks("office", purpose="safeguarding_unseen")
    form = st_patricks.get("approvals", "slt").form("approve-visit")
    assert form.options["police_check"] == ["", "considered", "asked", "not_relevant"]
    assert form.values["police_check"] == [""], "what nobody weighed is not answered beforehand"
    st_patricks.send(form, police_check="asked")
    page = st_patricks.get("visits", "head")
    page = st_patricks.get(next(link for link in page.links if "/visits/" in link).split("/", 3)[3])
    assert "Police welfare check: the police have been asked." in page.text


def test_an_approver_sees_all_they_need_and_says_no_with_a_reason(leyland: Pages) -> None:
    leyland.asks("teacher")
    page = leyland.get("approvals", "head")
    for says in (
        "Ava Brook, 12 Mill Lane",
        "Three days absent, and nobody answers the telephone",
        "Year 3, class 3B",
        "12 Mill Lane, Ilkley, LS29 8AA",
        "Amira Khan",
        "07700 900105",
        "No visit before this one",
        "You would say yes as the headteacher",
    ):
        assert says in page.text
    page = leyland.send(page.form("refuse-visit"), reason="Telephone the grandmother first", instead="telephone")
    assert "Not approved: the visit to Ava Brook, 12 Mill Lane" in page.text
    assert "Nothing waits for approval by you" in page.text


def test_whoever_approved_takes_it_back_on_the_visits_page_and_it_waits_for_a_yes_again(leyland: Pages) -> None:
    leyland.asks("teacher")
    here = at(leyland)
    leyland.send(leyland.get("approvals", "head").form("approve-visit"))
    assert not any(need.startswith("approval") for need in leyland.get(here, "head").needs)
    assert not leyland.get(here, "office").offers("take-back-approval"), "nobody else takes it back"
    page = leyland.send(leyland.get(here, "head").form("take-back-approval"), why="The father is at home today")
    assert "Approval taken back: the visit to Ava Brook, 12 Mill Lane" in page.text
    assert "approval.headteacher" in page.needs
    assert "again, because a yes was taken back" in page.text


def test_who_asks_for_a_child_sees_that_a_visit_was_asked_for_already(leyland: Pages) -> None:
    leyland.asks("teacher")
    ava = leyland.school.pupils["ava"]
    page = leyland.get(f"ask?pupils={ava}", "office")
    assert "Already asked for, and nobody has left yet" in page.text
    assert "Ava Brook: asked for by Tom Ashworth" in page.text
    assert "Already asked for" not in leyland.get("ask", "office").text


def test_a_yes_by_telephone_counts_at_once_and_is_confirmed_or_disowned_by_the_one_who_said_it(
    leyland: Pages,
) -> None:
    leyland.asks("office")
    here = at(leyland)
    phoned = leyland.get("approvals", "office").form("approve-visit")
    assert phoned.options["said_by"] == [str(leyland.school.staff["head"])]
    leyland.send(phoned, reason="Yes, go")
    page = leyland.get(here)
    assert not any(need.startswith("approval") for need in page.needs)
    assert "by telephone, not confirmed by them yet" in page.text

    page = leyland.get("my-word", "head")
    assert "Approved: Ava Brook, 12 Mill Lane" in page.text
    leyland.send(page.form("disown-spoken-word"), reason="I was in a meeting")
    page = leyland.get(here, "dsl")
    assert "approval.headteacher" in page.needs
    assert "Helen Marsh says they never said it" in page.text
    assert "I never said that" in leyland.get("my-word", "dsl").text


def test_what_nobody_stood_by_by_the_end_of_the_day_is_shown_to_the_dsl(leyland: Pages) -> None:
    leyland.asks("office")
    leyland.send(leyland.get("approvals", "office").form("approve-visit"))
    assert "Not confirmed by the end of the day" not in leyland.get("my-word", "dsl").text
    leyland.school.now += timedelta(days=1)
    page = leyland.get("my-word", "dsl")
    assert "Not confirmed by the end of the day" in page.text
    assert not page.offers("confirm-spoken-word")
    assert "Not confirmed" not in leyland.get("my-word", "teacher").text


def test_a_should_can_be_answered_with_a_reason_and_a_must_cannot(norbury: Pages) -> None:
    norbury.asks("office")
    here = at(norbury)
    norbury.send(norbury.get(here, "head").form("approve-visit"))
    assessed(norbury, here)
    page = norbury.send(norbury.get(here, "office").form("confirm-appointment"), offers="2")
    page = norbury.send(page.form("confirm-checks"))
    page = norbury.send(page.form("check-background"))
    assert page.needs == ["whereabouts.left", "check_in.agreed_time"]
    clear = page.form("clear-trip")
    page = norbury.send(clear, reasons__whereabouts__left="The office is shut, the caretaker knows")
    assert norbury.status == 409
    assert "No time is fixed for the call" in page.text
    reasons = {
        "reasons.whereabouts.left": "The office is shut, the caretaker knows",
        "reasons.check_in.agreed_time": "No signal there",
    }
    clear = norbury.get(here).form("clear-trip")
    clear.values |= {name: [text] for name, text in reasons.items()}
    page = norbury.send(clear)
    assert "OK to go. Departure is said on" in page.text


def test_readers_of_notes_see_what_was_typed_and_every_reading_is_kept(leyland: Pages) -> None:
    page = leyland.asks("teacher", people=(leyland.school.staff["newcomer"],))
    here, visit = at(leyland), at(leyland).rpartition("/")[2]
    leyland.happens("dsl", KeepNote(visit=VisitId(UUID(visit)), text="Grandmother is ill"))
    typed = "Three days absent, and nobody answers the telephone"
    before = len(readings(leyland, visit))

    page = leyland.get(here, "dsl")
    assert typed in page.text
    assert "Grandmother is ill" in page.text
    assert readings(leyland, visit)[before:] == ["visit"]

    for who in ("teacher", "newcomer", "head"):  # who asked, who goes, who decides
        assert "Grandmother is ill" in leyland.get(here, who).text

    before = len(readings(leyland, visit))
    page = leyland.get(here, "office")
    assert leyland.status == 200
    assert typed not in page.text
    assert "Grandmother is ill" not in page.text
    assert "Visit asked for" in page.text
    assert readings(leyland, visit)[before:] == ["visit"], "the plan is part of the record"


def test_somebody_with_no_part_in_a_visit_is_turned_away_and_that_is_kept(leyland: Pages) -> None:
    leyland.asks("office")
    here, visit = at(leyland), at(leyland).rpartition("/")[2]
    page = leyland.get(here, "newcomer")
    assert leyland.status == 403
    assert "Ava" not in page.text
    assert readings(leyland, visit)[-1] == "refused visit"
    leyland.get(here, "governor")
    assert leyland.status == 403


def test_a_visit_that_is_over_is_written_up_and_every_child_spoken_of(leyland: Pages) -> None:
    leyland.asks("teacher")
    here = at(leyland)
    visit = VisitId(UUID(here.rpartition("/")[2]))
    school = leyland.school
    trip = next(link for link in leyland.get(here).links if "/trips/" in link).rpartition("/")[2]
    team = (school.staff["teacher"], school.staff["attendance"])
    uuid = TripId(UUID(trip))
    leyland.happens("teacher", Depart(trip=uuid, people=team))
    leyland.happens("teacher", Arrive(visit=visit))
    leyland.happens("teacher", ReturnToSchool(trip=uuid, people=team))

    page = leyland.get(here, "teacher")
    assert "Write it up" in page.text
    assert "left without clearance" in page.text
    assert "Not as policy" in page.text or "Doorstep advice not followed" in page.text
    refused = leyland.send(page.form("record-visit"), fields__outcome="none", fields__notes_filed="none")
    assert leyland.status == 409
    assert "not said for every pupil whether the child was seen" in refused.text
    leyland.send(leyland.get(here).form("record-outcome"), outcome=Outcome.SEEN_SPOKEN.value)
    page = leyland.send(
        leyland.get(here).form("record-visit"), fields__outcome="All well", fields__notes_filed="In the folder"
    )
    assert "Recorded" in page.text
    assert "Visit written up" in page.text
    assert RecordOutcome.NAME not in {form.action.rpartition("/")[2] for form in page.forms}


def test_the_list_has_its_filters_and_a_teacher_sees_their_own_only(leyland: Pages) -> None:
    leyland.asks("teacher")
    page = leyland.get("visits", "office")
    assert "1 visit" in page.text
    assert "Waiting for approval" in page.text
    assert "No visit" in leyland.get("visits?show=mine", "office").text
    assert "Ava Brook" in leyland.get("visits", "teacher").text
    leyland.get("visits?show=all", "teacher")
    assert leyland.status == 403
    leyland.get("visits", "governor")
    assert leyland.status == 403


def test_the_wrong_pupil_is_moved_to_the_right_one(leyland: Pages) -> None:
    leyland.asks("office")
    here = at(leyland)
    page = leyland.get(f"{here}/move?q=marsden", "office")
    page = leyland.send(page.form("move-visit-to-pupil"), right=str(leyland.school.pupils["leo"]), why="Same class")
    assert leyland.path.endswith(here)
    assert "Leo Marsden, 4 Chapel Lane" in page.text
    assert "Moved to the right pupil" in page.text


def test_a_trip_of_two_visits_is_planned_in_order_and_waits_for_both(norbury: Pages) -> None:
    norbury.asks("office", leave="", back="")
    first = at(norbury).rpartition("/")[2]
    leo = (norbury.school.pupils["leo"],)
    norbury.asks("office", leave="", back="", pupils=leo)
    second = at(norbury).rpartition("/")[2]
    form = norbury.get("trips/plan").form("plan")
    assert norbury.send(form, visits=()).text.count("Choose at least one visit")
    team = (norbury.school.staff["attendance"], norbury.school.staff["teacher"])
    order = {f"order__{first}": "2", f"order__{second}": "1"}
    page = norbury.send(form, visits=(first, second), day="2027-10-31", leave="01:30", back="03:30", **order)
    assert "that night the clocks change" in page.text
    page = norbury.send(form, visits=(first, second), people=team, **order)
    assert norbury.status == 200
    assert page.text.index("4 Chapel Lane") < page.text.index("12 Mill Lane")
    assert page.needs.count("approval.SLT") == 2
    trip = at(norbury)
    mine = norbury.get(f"visits/{first}")
    assert "The other door of this trip still needs" in mine.text
    norbury.asks("office", leave="", back="", pupils=(norbury.school.pupils["noah"],))
    page = norbury.send(norbury.get(trip).form("add-visit-to-trip"))
    assert page.needs.count("approval.SLT") == 3
    page = norbury.send(norbury.get(trip).form("call-off-trip"), why="No car")
    assert "Called off" in page.text
    assert "Which visits?" in norbury.get("trips/plan").text


def test_html_in_what_people_type_is_shown_as_text(leyland: Pages) -> None:
    page = leyland.asks("teacher", purpose_text="<script>alert(1)</script><b>bold</b>")
    assert "<script>alert(1)</script><b>bold</b>" in page.text


def test_a_visit_or_trip_that_is_not_here_is_unknown(leyland: Pages) -> None:
    other = leyland.school.pupils["ava"]
    for path in (f"visits/{other}", f"trips/{other}", f"visits/{other}/move"):
        leyland.get(path, "office")
        assert leyland.status == 404
