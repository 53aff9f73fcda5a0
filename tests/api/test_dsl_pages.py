"""The DSL's pages: what waits, what was read is kept first, and what is put right stays beside what it corrects."""

import re

import pytest
from fastapi.testclient import TestClient

from domain.access.events import Searched
from domain.concern.commands import RaiseConcern
from domain.shared.commands import DisownSpokenWord
from domain.trip.commands import DangerIsOver, ReportDanger
from domain.visit.commands import KeepNote, MoveVisitToPupil, RefuseVisit
from domain.visit.events import NoAnswerAtDoor, NotSeenDecision, Outcome
from tests.api.desk_pages import Pages
from tests.projections.desk import concern_of, first_id
from tests.projections.poison import poison
from tests.scenarios.cast import WELFARE_PURPOSE_OF
from tests.scenarios.doors import Trip
from tests.scenarios.harness import World


@pytest.fixture
def trip(pages: Pages) -> Trip:
    """Out since one, at the door of a safeguarding visit where nobody answers, at twenty to two."""
    school = pages.school
    visit = school.ask(purpose=WELFARE_PURPOSE_OF[school.policy_key])
    found = school.ready_trip(visit)
    school.at("13:00")
    found.depart()
    school.at("13:40")
    visit.no_answer(at="13:30")
    return found


def test_the_first_page_says_what_needs_the_dsl_today(pages: Pages, trip: Trip) -> None:
    school = pages.school
    school.send(RaiseConcern(pupils=(school.child.id,), text="secret text", category="neglect"), by=school.teacher)
    stored = trip.visit.approve(school.office, said_by=school.slt)
    school.send(DisownSpokenWord(event=first_id(stored), reason="not me"), by=school.slt)
    trip.visit.child_alone()
    html = pages.get(school.dsl, "/dsl")
    for words in (
        f"{school.child.name}, 1 Acorn Road",
        "nobody answered, 13:30 today",
        f"{school.child.name}: neglect",
        "Sam Senior says they never said it",
        "Child found alone, not in safe hands yet",
    ):
        assert words in html
    assert "secret text" not in html
    assert pages.readings() == []


def test_deciding_for_a_child_not_seen_takes_it_off_the_list_and_shows_who_and_why(pages: Pages, trip: Trip) -> None:
    school = pages.school
    html = pages.get(school.dsl, "/dsl/children-not-seen")
    assert "Decide today" in html
    after = pages.send(school.dsl, html, "decide-for-child", decision=NotSeenDecision.TRY_AGAIN, why="nobody in yet")
    assert "No child waits for a decision." in after
    assert f"{school.child.name}, 1 Acorn Road: decided" in after
    assert "1 Acorn Road</a>: try again" in after
    assert "“nobody in yet”" in after
    assert trip.visit.state.undecided == ()


def test_a_head_who_is_not_the_dsl_sees_the_child_and_no_form(pages: Pages, trip: Trip) -> None:
    html = pages.get(trip.school.head, "/dsl/children-not-seen")
    assert trip.school.child.name in html
    assert "do/decide-for-child" not in html


def test_a_history_is_on_record_as_read_before_it_is_shown_and_leads_to_who_looked(pages: Pages, trip: Trip) -> None:
    html = pages.get(trip.school.dsl, f"/visits/{trip.visit.id}/history")
    assert pages.readings() == [("Dora Dessel", "history")]
    looked = pages.get(trip.school.dsl, f"/visits/{trip.visit.id}/who-looked")
    assert f"/visits/{trip.visit.id}/who-looked" in html
    assert "Read: history" in looked
    assert "Read: who looked" in looked
    assert "13:40 today" in looked
    assert "written down" in html  # both times of the late entry
    assert "13:30" in html


@pytest.mark.parametrize("who", ["teacher", "office", "slt", "governor"])
def test_whoever_may_not_read_notes_is_turned_away_and_that_is_kept(pages: Pages, trip: Trip, who: str) -> None:
    school = pages.school
    person = getattr(school, who)
    html = pages.get(person, f"/visits/{trip.visit.id}/history", status=403)
    assert "That you asked for it is kept." in html
    assert "1 Acorn Road" not in html
    assert pages.readings() == [(person.name, "refused history")]
    looked = pages.get(school.dsl, f"/visits/{trip.visit.id}/who-looked")
    assert "Turned away: history (their role does not open it)" in looked
    assert person.name in looked
    pages.get(person, f"/visits/{trip.visit.id}/who-looked", status=403)
    assert pages.readings()[-1] == (person.name, "refused who looked")


def test_where_the_policy_lets_slt_read_notes_slt_reads_them(world: World, client: TestClient) -> None:
    pages = Pages(client, world.school("LJ"))
    visit = pages.school.ask()
    pages.get(pages.school.slt, f"/visits/{visit.id}/history")
    pages.get(pages.school.teacher, f"/visits/{visit.id}/history", status=403)


def test_what_did_we_know_at_1042(pages: Pages, trip: Trip) -> None:
    school = pages.school
    address = f"/visits/{trip.visit.id}/history"
    known = pages.get(school.dsl, f"{address}?known_at=2026-09-14T13:39")
    assert "As known on Monday 14 September 2026 at 13:39:00" in known
    assert "Nobody answered the door" not in known
    assert "Nobody answered the door" in pages.get(school.dsl, f"{address}?known_at=2026-09-14T13:40")
    assert "Nobody knew of this visit then" in pages.get(school.dsl, f"{address}?known_at=2026-09-13T10:42")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("soon", "Give the day and the time"),
        ("2027-03-28T01:30", "this time never was"),
        ("2026-10-25T01:30", "This time came twice that night"),
    ],
)
def test_a_time_that_cannot_be_read_is_said_so_in_words(pages: Pages, trip: Trip, typed: str, says: str) -> None:
    assert says in pages.get(trip.school.dsl, f"/visits/{trip.visit.id}/history?known_at={typed}")


def test_filters_leave_only_what_was_asked_for(pages: Pages, trip: Trip) -> None:
    address = f"/visits/{trip.visit.id}/history"
    door, on_trip = "Nobody answered the door", "left school"
    assert door in pages.get(trip.school.dsl, f"{address}?show=visit")
    shown = pages.get(trip.school.dsl, f"{address}?show=trip")
    assert (door in shown, on_trip in shown) == (False, True)
    flags = pages.get(trip.school.dsl, f"{address}?show=flags")
    assert (door in flags, on_trip in flags) == (True, False)


def test_an_entry_is_taken_back_from_its_page_and_stays_visible(pages: Pages, trip: Trip) -> None:
    school = pages.school
    entry = next(r for r in school.events(trip.visit) if isinstance(r.event, NoAnswerAtDoor)).envelope.event_id
    html = pages.get(school.dsl, f"/visits/{trip.visit.id}/history/{entry}")
    after = pages.send(school.dsl, html, "correct-event", nth=1, reason="they knocked next door")
    assert "Dora Dessel took this back at 13:40" in after
    assert "“they knocked next door”" in after
    assert "Nobody answered the door" in after
    assert trip.visit.state.no_answer_at is None


def test_the_true_time_is_kept_beside_the_first_one(pages: Pages, trip: Trip) -> None:
    school = pages.school
    entry = next(r for r in school.events(trip.visit) if isinstance(r.event, NoAnswerAtDoor)).envelope.event_id
    html = pages.get(school.dsl, f"/visits/{trip.visit.id}/history/{entry}")
    after = pages.send(school.dsl, html, "correct-event", true_time="2026-09-14T13:20", reason="by the door camera")
    assert "First stated as 13:30" in after
    assert trip.visit.state.no_answer_at == school.time("13:20")


def test_a_reason_is_added_to_a_deviation_and_the_history_reviewed(pages: Pages, trip: Trip) -> None:
    school = pages.school
    trip.visit.enter(adult="none")
    html = pages.get(school.dsl, "/dsl/deviations")
    after = pages.send(school.dsl, html, "explain-deviation", reason="the child was crying inside")
    assert "Dora Dessel added: “the child was crying inside”" in after
    history = pages.get(school.dsl, f"/visits/{trip.visit.id}/history")
    assert "Nobody has reviewed this history yet." in history
    reviewed = pages.send(school.dsl, history, "review-history", note="read with the head")
    assert "Reviewed by Dora Dessel, DSL, 13:40 today." in reviewed
    assert "Nothing new to look at." in pages.get(school.dsl, "/dsl/deviations")


def test_a_chronology_is_kept_as_read_and_leads_to_its_visits_and_concerns(pages: Pages, trip: Trip) -> None:
    school = pages.school
    school.send(RaiseConcern(pupils=(school.child.id,), text="always hungry"), by=school.teacher)
    html = pages.get(school.dsl, f"/pupils/{school.child.id}")
    assert pages.readings() == [("Dora Dessel", "chronology")]
    assert "always hungry" in html
    assert f"/schools/{school.slug}/visits/{trip.visit.id}/history" in html
    pages.get(school.teacher, f"/pupils/{school.child.id}", status=403)
    assert pages.readings()[-1] == ("Tess Teacher", "refused chronology")


def test_a_moved_visit_leaves_only_the_neutral_line(pages: Pages, trip: Trip) -> None:
    school, right = pages.school, pages.school.admit()
    move = MoveVisitToPupil(visit=trip.visit.id, wrong=school.child.id, right=right.id, why="cousins")
    school.send(move, by=school.office)
    html = pages.get(school.dsl, f"/pupils/{school.child.id}")
    assert "A visit had been put on this record by mistake. Fran Front moved it away" in html
    assert str(trip.visit.id) not in html
    assert str(trip.visit.id) in pages.get(school.dsl, f"/pupils/{right.id}")


def test_anybody_raises_a_concern_with_nothing_filled_in(pages: Pages) -> None:
    school = pages.school
    assert f'href="/schools/{school.slug}/concern"' in pages.get(school.teacher, "/my-trips")
    html = pages.get(school.teacher, "/concern")
    assert "Every field may stay empty" in html
    pages.post(school.teacher, f"/schools/{school.slug}/concern", {"command_id": "", "next": "/"})
    assert "a child not named: not said what kind" in pages.get(school.dsl, "/dsl/concerns").replace("&nbsp;", " ")


def test_looking_for_the_child_keeps_what_was_typed_on_the_page_and_stores_only_that_one_looked(pages: Pages) -> None:
    school = pages.school
    before = school.log.head()
    typed = {"find": "yes", "q": "apple", "text": "a bruise on the arm", "category": "injury", "on_roll": "false"}
    html = pages.post(school.teacher, f"/schools/{school.slug}/concern", typed)
    (search,) = [r.event for r in school.log.read_log(before + 1)]
    assert search == Searched(page="concern", pupils=(school.child.id,), found=1, device="the demonstration")
    assert "a bruise on the arm" in html
    assert school.child.name in html
    assert '<option value="injury" selected>' in html
    sent = {"text": "a bruise on the arm", "q": "apple", "pupils": str(school.child.id), "next": "/x", "at": "07:45"}
    pages.post(school.teacher, f"/schools/{school.slug}/concern", sent, status=404)  # where `next` leads to
    raised = school.events()[-1]
    assert raised.event.pupils == (school.child.id,)  # type: ignore[attr-defined]
    assert raised.envelope.occurred_at == school.time("07:45")


def test_a_concern_is_read_on_record_and_acted_on(pages: Pages) -> None:
    school = pages.school
    stored = school.send(RaiseConcern(pupils=(school.child.id,), text="a <b>bruise</b>"), by=school.teacher)
    address = f"/dsl/concerns/{concern_of(stored)}"
    school.later(minutes=25)
    html = pages.get(school.dsl, address)
    assert pages.readings() == [("Dora Dessel", "concern")]
    assert "a <b>bruise</b>" in html  # escaped in the page: `get` reads the entities
    after = pages.send(school.dsl, html, "action-concern", action="Rang the family", why="a fall at home")
    assert "after 25 min" in after
    assert "Acted on" in after
    assert "No concern is open." in pages.get(school.dsl, "/dsl/concerns")


def test_whoever_raised_a_concern_may_read_it_again_and_nobody_else_of_the_staff(pages: Pages) -> None:
    school = pages.school
    address = f"/dsl/concerns/{concern_of(school.send(RaiseConcern(text='a bruise'), by=school.teacher))}"
    assert "a bruise" in pages.get(school.teacher, address)
    assert "a bruise" not in pages.get(school.colleague, address, status=403)
    assert pages.readings() == [("Tess Teacher", "concern"), ("Cal Colleague", "refused concern")]


@pytest.mark.parametrize("path", ["/dsl", "/dsl/concerns", "/dsl/deviations", "/dsl/spoken-words"])
def test_the_dsls_lists_are_for_the_dsl_deputies_and_the_head(pages: Pages, path: str) -> None:
    school = pages.school
    for person in (school.dsl, school.ddsl, school.head):
        pages.get(person, path)
    for person in (school.teacher, school.office, school.governor):
        pages.get(person, path, status=403)


@pytest.mark.parametrize("path", ["/visits/{}/history", "/pupils/{}", "/dsl/concerns/{}"])
@pytest.mark.parametrize("unknown", ["0190a000-0000-7000-8000-00000000dead", "nonsense"])
def test_an_unknown_record_is_said_so_and_leaves_no_trace(pages: Pages, path: str, unknown: str) -> None:
    before = pages.school.log.head()
    pages.get(pages.school.dsl, path.format(unknown), status=404)
    assert pages.school.log.head() == before


def test_a_poisoned_visit_is_still_read_and_its_lack_is_a_red_row(pages: Pages, trip: Trip) -> None:
    poison(pages.school, trip.visit.id, kind=next(iter(pages.school.events(trip.visit))).envelope.stream.kind)
    html = pages.get(pages.school.dsl, f"/visits/{trip.visit.id}/history")
    assert "Part of this record cannot be read" in html
    assert "Nobody answered the door" in html


def test_text_of_a_concern_is_shown_as_text(pages: Pages) -> None:
    school = pages.school
    stored = school.send(RaiseConcern(text="<script>alert(1)</script>", child_described="<i>"), by=school.teacher)
    pages.client.cookies.clear()
    for path in (f"/dsl/concerns/{concern_of(stored)}", "/dsl/concerns", "/dsl"):
        pages.get(school.dsl, path)
        raw = pages.client.get(f"/schools/{school.slug}{path}").text
        assert "<script>alert" not in raw
        assert "<i>" not in raw


def test_a_correction_and_a_decision_by_somebody_else_are_refused_in_words(pages: Pages, trip: Trip) -> None:
    school = pages.school
    fields = {
        "visit": str(trip.visit.id),
        "pupil": str(school.child.id),
        "decision": "try_again",
        "why": "not mine to say",
    }
    html = pages.post(school.teacher, f"/schools/{school.slug}/do/decide-for-child", fields, status=403)
    assert "the DSL or a deputy" in html
    assert trip.visit.state.undecided == (school.child.id,)


def test_a_disowned_word_waits_until_the_dsl_says_what_was_done_and_then_stands_with_it(
    pages: Pages, trip: Trip
) -> None:
    school = pages.school
    stored = trip.visit.approve(school.office, said_by=school.slt)
    school.send(DisownSpokenWord(event=first_id(stored), reason="not me"), by=school.slt)
    html = pages.get(school.dsl, "/dsl")
    after = pages.send(school.dsl, html, "settle-spoken-word", action="Sam was in a lesson; Fran misheard Sid")
    assert "Looked into" in after
    assert "Sam was in a lesson; Fran misheard Sid" in after
    assert "Dora Dessel" in after.split("Looked into")[1]
    assert "Sam Senior says they never said it" not in pages.get(school.dsl, "/dsl")


def test_a_notice_is_ticked_off_on_its_page_with_who_told_them_when_and_how(pages: Pages, trip: Trip) -> None:
    school = pages.school
    trip.danger("shouting")
    html = pages.get(school.office, "/notices")
    assert "Doorstep does not send or ring anyone yet" in html
    assert "govuk-tag--green" not in html
    after = pages.send(school.office, html, "say-told", channel="telephone", at="", note="")
    assert after.count(">Told</strong>") == 1
    assert "Told by Fran Front at 13:40, by telephone." in after
    assert "Doorstep does not send or ring anyone yet" in after


def test_the_dsl_and_the_head_see_that_the_policy_is_past_its_review(pages: Pages) -> None:
    """SP-71: a late review warns, and blocks nothing."""
    school = pages.school
    for who in (school.dsl, school.head):
        assert "The home visit policy is past its review." in pages.get(who, "/dsl")
    assert "Visits go on meanwhile" in pages.get(school.teacher, "/policy")


def test_who_raises_a_concern_sees_whom_to_ring_the_dsl_first(pages: Pages) -> None:
    html = pages.get(pages.school.teacher, "/concern")
    assert 'href="tel:999"' in html
    assert html.index("Dora Dessel</strong>, DSL") < html.index("Dinah Deputy</strong>")
    assert "Dora Dessel</strong>" not in pages.get(pages.school.dsl, "/concern"), "nobody rings themselves"


def test_two_doors_in_one_street_are_named_once(pages: Pages) -> None:
    school = pages.school
    child = school.admit()
    trip = school.plan_trip(school.ask(child=child), school.ask(child=child))
    trip.depart()
    html = pages.get(school.dsl, "/dsl")
    street = trip.visits[0].state.street
    assert street in html
    assert f"{street}, {street}" not in html


def test_beside_a_requirement_the_one_whom_the_clause_names_comes_first(world: World, client: TestClient) -> None:
    """LJ-12: a welfare visit needs the headteacher's yes and the DSL's."""
    school = world.school("LJ")
    visit = school.ask(purpose=WELFARE_PURPOSE_OF[school.policy_key])
    school.plan_trip(visit)
    html = Pages(client, school).get(school.office, f"/visits/{visit.id}")
    for words, first, then in (
        ("it needs a yes from the headteacher", "Hilda Head", "Dora Dessel"),
        ("it needs a yes from the DSL", "Dora Dessel", "Hilda Head"),
    ):
        beside = html[html.index(words) :]
        assert beside.index(first) < beside.index(then)


def test_wrong_words_are_put_right_and_both_stay_visible(pages: Pages, trip: Trip) -> None:
    """DV-01: the time of a thing and its wording alike."""
    school, visit = pages.school, trip.visit
    stored = school.send(KeepNote(visit=visit.id, text="the uncle did it"), by=school.teacher)
    html = pages.get(school.dsl, f"/visits/{visit.id}/history/{first_id(stored)}")
    assert "The words are wrong: text" in html
    fields = {"texts.text": "the uncle saw it", "reason": "misheard"}
    pages.send(school.dsl, html, "correct-event", nth=1, **fields)
    after = pages.get(school.dsl, f"/visits/{visit.id}/history")
    assert "the uncle did it" in after
    assert "put it right (text: “the uncle saw it”)" in after
    again = pages.get(school.dsl, f"/visits/{visit.id}/history/{first_id(stored)}")
    assert ">the uncle saw it</textarea>" in again


def test_who_decides_for_a_refused_visit_reads_why_the_school_said_no_and_what_is_done_instead(pages: Pages) -> None:
    school = pages.school
    visit = school.ask(purpose=WELFARE_PURPOSE_OF[school.policy_key])
    no = RefuseVisit(visit=visit.id, reason="the dog bit somebody", instead="police_welfare_check")
    school.send(no, by=school.head)
    html = pages.get(school.dsl, "/dsl/children-not-seen")
    assert "Hilda Head said no: “the dog bit somebody”. Instead: ask the police for a welfare check." in html


def test_where_nothing_is_done_instead_of_a_refused_visit_the_card_says_so(pages: Pages) -> None:
    pages.school.ask(purpose=WELFARE_PURPOSE_OF[pages.school.policy_key]).refuse(pages.school.head)
    html = pages.get(pages.school.dsl, "/dsl/children-not-seen")
    assert "“not safe enough”. Instead: nothing was named." in html


def test_visits_with_nobody_seen_that_wait_for_their_write_up_stand_on_the_dsls_page(pages: Pages) -> None:
    school = pages.school
    trip = school.ready_trip()
    trip.depart()
    trip.visit.no_answer()
    html = pages.get(school.dsl, "/dsl")
    assert "No child waits for your decision." in html
    assert "1 visit with nobody seen waits for the write-up." in html
    assert f'href="/schools/{school.slug}/visits/{trip.visit.id}"' in html
    assert "1 visit with" in pages.get(school.head, "/dsl")
    trip.visit.outcome(Outcome.NO_ANSWER)
    html = pages.get(school.dsl, "/dsl")
    assert "for the write-up" not in html
    assert "No child waits for your decision." not in html


def test_a_safeguarding_visit_with_nobody_seen_waits_for_the_decision_and_for_no_write_up(
    pages: Pages, trip: Trip
) -> None:
    html = pages.get(trip.school.dsl, "/dsl")
    assert "for the write-up" not in html
    assert "No child waits for your decision." not in html


def test_a_danger_stands_on_the_dsls_page_and_in_the_menu_until_the_dsl_says_that_they_know(
    pages: Pages, trip: Trip
) -> None:
    school = pages.school
    school.send(ReportDanger(trip=trip.id), by=school.teacher, at="13:31")
    school.send(DangerIsOver(trip=trip.id), by=school.teacher, at="13:33")
    html = pages.get(school.dsl, "/dsl")
    assert "13:31 today; they said at 13:33 today that it is over" in html
    assert "do/say-told" not in pages.get(school.head, "/dsl"), "only the DSL ticks it off here"
    before = _number(html, "notices")
    after = pages.send(school.dsl, html, "say-told", channel="telephone")
    assert "that it is over" not in after
    assert _number(after, "notices") == before, "the head has still to be told"
    assert _number(after, "dsl") == _number(html, "dsl") - 1


def _number(html: str, area: str) -> int:
    found = re.search(
        rf'service-navigation__link" href="[^"]*/{area}"[^>]*>.*?class="ds-count">.*?(\d+)</span>', html, re.DOTALL
    )
    assert found is not None
    return int(found[1])
