"""A DSL opens another school's records in an emergency, over HTTP: both steps, what is open and until when, and who is told."""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest

from accounts.passkeys import made
from accounts.people import put_passkey
from domain.access.events import AccessRefused, ListRead, OpenedElsewhere, RecordRead, SignInRefused
from domain.glass.events import GlassBroken, GlassEnded, GlassReviewed
from domain.roles import Role
from domain.staff.commands import AssignRole, EndRole, RecordStaffLeft
from eventlog.appending import NotStored
from eventlog.migrating import connected
from eventlog.settings import DatabaseUrls
from tests.accounts.test_passkeys import SITE, Authenticator
from tests.api.glass_example import ASK, DESK, ELM, REASON, ElmPark, breaks, first_step, glass_in, says
from tests.api.live import BECKSIDE, Browser, Live, live
from tests.databases import Databases

_ASKED = re.compile(r'<script type="application/json">(.+?)</script>', re.DOTALL)
ME = f"/api/v1/schools/{ELM}/me"


@pytest.fixture(scope="module")
def school(module_database_urls: DatabaseUrls, postgres: Databases) -> Iterator[Live]:
    with live(module_database_urls, postgres) as made:
        yield made


@pytest.fixture(scope="module")
def elm(school: Live) -> ElmPark:
    return ElmPark(school)


@pytest.fixture
def dora(elm: ElmPark) -> Iterator[Browser]:
    """Dora, signed in at home; whatever she has opened is ended afterwards."""
    browser = elm.as_dora()
    yield browser
    browser.post("/sign-out")
    elm.settle()


def opened(elm: ElmPark, browser: Browser, minutes: str = "30") -> Browser:
    answer = breaks(browser, elm.dora, minutes=minutes)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == DESK
    elm.settle()
    return browser


def test_before_it_is_broken_only_the_names_of_the_other_schools_are_shown(elm: ElmPark, dora: Browser) -> None:
    page = dora.get(ASK)
    assert page.status_code == 200
    assert "Elm Park Primary" in page.text
    assert 'value="beckside"' not in page.text, "not her own"
    known, unknown = elm.child, uuid4()
    answers = [dora.get(f"/schools/{ELM}/pupils/{child}") for child in (known, unknown)]
    assert [one.status_code for one in answers] == [403, 403]
    assert answers[0].text.replace(str(known), "") == answers[1].text.replace(str(unknown), "")
    nowhere = dora.get(f"/schools/nowhere_at_all/pupils/{known}")
    assert nowhere.text.replace("nowhere_at_all", ELM) == answers[0].text


def test_it_is_in_the_other_schools_log_first_with_who_why_how_and_until_when(elm: ElmPark, dora: Browser) -> None:
    opened(elm, dora)
    envelope, event = elm.last_broken()
    assert isinstance(event, GlassBroken)
    assert (envelope.actor, envelope.role) == (elm.outsider, Role.OUTSIDER)
    assert (event.name, event.home, event.home_name, event.role) == (
        "Dora Deane",
        BECKSIDE,
        "Beckside Primary",
        Role.DSL,
    )
    assert (event.reason, event.confirmed_by) == (REASON, "code")
    assert event.until == envelope.occurred_at + timedelta(minutes=30)


def test_a_log_that_takes_nothing_opens_nothing(
    elm: ElmPark, dora: Browser, module_database_urls: DatabaseUrls
) -> None:
    """Nothing but the event opens anything: where it cannot be appended, all stays shut."""
    with connected(module_database_urls.migrate) as database:
        database.execute("SET ROLE doorstep_owner")
        database.execute("REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA school_elm_park FROM doorstep_school_elm_park")
        try:
            with pytest.raises(NotStored):
                breaks(dora, elm.dora)
        finally:
            database.execute("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA school_elm_park TO doorstep_school_elm_park")
    assert dora.get(DESK).status_code == 403


def test_she_reads_what_their_dsl_reads_and_each_reading_is_kept_under_the_reason(elm: ElmPark, dora: Browser) -> None:
    opened(elm, dora)
    glass = elm.last_broken().envelope.event_id
    for path in ("dsl", "board", "notices", "visits", f"pupils/{elm.child}", f"visits/{elm.visit}/history"):
        assert dora.get(f"/schools/{ELM}/{path}").status_code == 200, path
    assert "Marks on an arm" in dora.get(f"/schools/{ELM}/dsl/concerns/{elm.concern}").text
    elm.school.runtime.later.settle()
    since = elm.events()[elm.last_broken().envelope.index :]
    kept = [r for r in since if r.envelope.actor == elm.outsider and isinstance(r.event, RecordRead | ListRead)]
    assert {r.event.page for r in kept} >= {"dsl", "board", "notices", "visits", "chronology", "history", "concern"}  # type: ignore[attr-defined]
    assert {r.envelope.causation_id for r in kept} == {glass}


def test_every_page_there_says_until_when_and_ends_it(elm: ElmPark, dora: Browser) -> None:
    opened(elm, dora)
    page = ""
    for path in ("dsl", "board", "notices", f"pupils/{elm.child}", f"visits/{elm.visit}", "nothing/here", "exports"):
        page = dora.get(f"/schools/{ELM}/{path}").text
        assert 'id="through-glass"' in page, path
        assert "/do/end-glass" in page
    assert "Dora Deane, DSL of Beckside Primary" in page
    glass = glass_in(page)
    done = dora.post(f"/schools/{ELM}/do/end-glass", {"event": str(glass), "next": ASK})
    assert done.headers["location"] == ASK
    assert dora.get(DESK).status_code == 403
    assert dora.get(ASK).status_code == 200, "at home she goes on"


def test_it_ends_at_the_minute(elm: ElmPark, dora: Browser) -> None:
    opened(elm, dora, minutes="15")
    until = elm.last_broken().event.until  # type: ignore[attr-defined]
    elm.school.later(seconds=(until - elm.school.now).total_seconds() - 5)
    assert dora.get(DESK).status_code == 200
    elm.school.later(seconds=6)
    for path in ("dsl", "board", "board/rows", f"pupils/{elm.child}", "policy"):
        assert dora.get(f"/schools/{ELM}/{path}").status_code == 403, path
    assert dora.get(ME).status_code == 403
    assert dora.get(ASK).status_code == 200


@pytest.mark.parametrize("field", ["reason", "minutes", "other"])
def test_without_a_reason_a_time_or_a_school_nothing_is_asked_further(field: str, elm: ElmPark, dora: Browser) -> None:
    wrong = {"reason": "Urgent", "minutes": "600", "other": BECKSIDE}[field]
    answer = first_step(dora, **{field: wrong})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    before = elm.school.runtime.store.log(ELM).head()
    assert breaks(dora, elm.dora, **{field: wrong}).status_code == 422, "nor is the second step enough"
    assert elm.school.runtime.store.log(ELM).head() == before
    assert dora.get(DESK).status_code == 403


def test_a_wrong_second_factor_opens_nothing_and_is_kept_at_home(elm: ElmPark, dora: Browser) -> None:
    asked = first_step(dora)
    assert asked.status_code == 200
    assert "six digits" in asked.text
    assert REASON in asked.text
    before, at_home = (elm.school.runtime.store.log(slug).head() for slug in (ELM, BECKSIDE))
    for code in ("000000", "", "not a code"):
        answer = breaks(dora, elm.dora, code=code or " ")
        assert answer.status_code == 403
        assert "Nothing is open yet" in answer.text
    assert dora.get(DESK).status_code == 403
    assert elm.school.runtime.store.log(ELM).head() == before
    elm.school.runtime.aside.submit(lambda: None).result()
    home = elm.school.runtime.store.log(BECKSIDE).read_log(at_home + 1)
    refused = [r for r in home if isinstance(r.event, SignInRefused) and r.envelope.actor == elm.dora.staff]
    assert len(refused) == 3


def test_a_plain_confirmation_is_for_the_demonstration_only(dora: Browser) -> None:
    sent = {"other": ELM, "minutes": "15", "reason": REASON, "confirmed": "plain"}
    assert dora.post(ASK, sent).status_code == 403
    assert dora.get(DESK).status_code == 403


def test_a_printed_code_does_as_well_and_only_once(elm: ElmPark, dora: Browser) -> None:
    printed = elm.dora.codes[0]
    assert breaks(dora, elm.dora, code=printed).status_code == 303
    assert elm.last_broken().event.confirmed_by == "printed code"  # type: ignore[attr-defined]
    assert breaks(dora, elm.dora, code=printed).status_code == 403


def test_another_browser_of_the_same_person_opens_nothing_by_it(elm: ElmPark, dora: Browser) -> None:
    opened(elm, dora)
    assert elm.as_dora().get(DESK).status_code == 403
    assert dora.get(DESK).status_code == 200


def test_signed_out_it_is_ended_and_the_old_cookie_opens_nothing(elm: ElmPark) -> None:
    browser = opened(elm, elm.as_dora())
    kept = browser.identifier
    browser.post("/sign-out")
    assert next(r.event for r in reversed(elm.events()) if isinstance(r.event, GlassEnded)).how == "signed out"
    browser.http.cookies.set("__Host-doorstep", kept, domain="visits.school.example", path="/")
    assert browser.get(DESK).status_code == 303, "to where one signs in"


@pytest.mark.parametrize("role", [Role.GOVERNOR, Role.TRUST_READER, Role.ADMINISTRATOR, Role.HEADTEACHER, Role.TEACHER])
def test_nobody_but_a_dsl_or_a_deputy_opens_another_school(role: Role, school: Live, elm: ElmPark) -> None:
    del elm
    one = school.somebody(role, name="Olu Other")
    browser = school.browser()
    school.later(seconds=61)
    if one.secret:
        browser.signs_in(one)
    else:
        assert browser.password(one.name).status_code == 303
    assert browser.get(ASK).status_code == 403
    assert browser.post(ASK, {"other": ELM, "minutes": "15", "reason": REASON, "code": "1"}).status_code == 403


def test_a_school_where_she_works_already_is_not_opened_like_this(elm: ElmPark, school: Live) -> None:
    one = school.somebody(Role.DDSL, name="Both Schools")
    account = school.runtime.accounts.people.of_staff(BECKSIDE, one.staff)
    assert account is not None
    there = school.joins("Both Schools", Role.TEACHER, school=ELM)
    school.runtime.accounts.people.link(account.id, ELM, there, school.now)
    browser = school.browser().signs_in(one)
    assert "There is no other school" in browser.get(ASK).text
    assert breaks(browser, one).status_code == 422
    says(school, ELM, RecordStaffLeft(staff=there))
    assert breaks(browser, one).status_code == 303, "once she has left there, she is an outsider like any other"
    assert browser.get(DESK).status_code == 200
    browser.post("/sign-out")
    elm.settle()


def test_a_deputy_opens_it_for_as_long_as_she_deputises_and_no_longer(elm: ElmPark, school: Live) -> None:
    one = school.somebody(Role.TEACHER, name="Dee Deputy")
    says(school, BECKSIDE, AssignRole(staff=one.staff, role=Role.DDSL, ends=school.now + timedelta(minutes=20)))
    browser = school.browser().signs_in(one)
    assert breaks(browser, one, minutes="60").status_code == 303
    elm.settle()
    assert browser.get(DESK).status_code == 200
    school.later(minutes=20)
    assert browser.get(DESK).status_code == 403
    assert browser.get(ASK).status_code == 403


@pytest.mark.parametrize("how", ["role ended", "left"])
def test_who_is_no_dsl_at_home_any_more_reads_nothing_elsewhere(how: str, elm: ElmPark, school: Live) -> None:
    one = school.somebody(Role.DSL, name="Ina Interim")
    browser = school.browser().signs_in(one)
    assert breaks(browser, one, minutes="60").status_code == 303
    elm.settle()
    assert browser.get(DESK).status_code == 200
    ends = EndRole(staff=one.staff, role=Role.DSL) if how == "role ended" else RecordStaffLeft(staff=one.staff)
    says(school, BECKSIDE, ends)
    assert browser.get(DESK).status_code == 403


def test_their_dsl_and_head_see_it_at_once_on_the_board_and_in_the_notices(elm: ElmPark, dora: Browser) -> None:
    asha = elm.school.browser().signs_in(elm.asha)
    head = elm.school.browser().signs_in(elm.head)
    office = elm.school.browser().signs_in(elm.school.somebody(Role.SCHOOL_OFFICE, name="Dot Hughes", school=ELM))
    opened(elm, dora)
    board = f"/schools/{ELM}/board"
    for browser in (asha, head):
        for path in (board, f"{board}/rows", f"/schools/{ELM}/notices", f"{DESK}/emergency"):
            page = browser.get(path).text
            assert "Dora Deane, DSL of Beckside Primary, until" in page, path
            assert "nobody at your school answers the telephone" in page, path
    assert "Opened from another school" in asha.get(DESK).text
    assert "Dora Deane" not in office.get(board).text
    assert "Dora Deane" not in office.get(f"{board}/rows").text
    assert office.get(f"{DESK}/emergency").status_code == 403
    notices = asha.get(f"/schools/{ELM}/notices").text
    card = notices[notices.index("Somebody of another school opened our records") :]
    assert card.index("Asha Patel") < card.index("</section>")
    assert card.index("Hana Head") < card.index("</section>")


@pytest.mark.parametrize("who", ["asha", "head"])
def test_the_school_ends_it_at_once(who: str, elm: ElmPark, dora: Browser) -> None:
    opened(elm, dora, minutes="60")
    keeper = elm.school.browser().signs_in(getattr(elm, who))
    glass = glass_in(keeper.get(f"/schools/{ELM}/board").text)
    assert dora.get(DESK).status_code == 200
    done = keeper.post(f"/schools/{ELM}/do/end-glass", {"event": str(glass), "next": f"{DESK}/emergency"})
    assert done.status_code == 303, done.text
    assert dora.get(DESK).status_code == 403
    assert dora.get(ME).status_code == 403
    elm.settle()
    assert "Dora Deane" not in keeper.get(f"/schools/{ELM}/board").text


def test_afterwards_it_waits_for_the_dsl_who_sees_what_was_read_and_says_how_it_was(
    elm: ElmPark, dora: Browser
) -> None:
    opened(elm, dora)
    dora.get(f"/schools/{ELM}/pupils/{elm.child}")
    dora.get(f"/schools/{ELM}/exports")
    broken = elm.last_broken().envelope.event_id
    review = {
        "event": str(broken),
        "proper": "no",
        "note": "Our deputy was in the building.",
        "next": f"{DESK}/emergency",
    }
    asha, head = (elm.school.browser().signs_in(one) for one in (elm.asha, elm.head))
    assert asha.post(f"/schools/{ELM}/do/review-glass", review).status_code == 409, "while it is open"
    dora.post(f"/schools/{ELM}/do/end-glass", {"event": str(broken), "next": ASK})
    elm.settle()
    page = asha.get(f"{DESK}/emergency").text
    waits = page[page.index("To be reviewed") :]
    assert "Read: chronology" in waits
    assert "Zebedee Quillfeather" in waits
    assert "Turned away: exports" in waits
    assert f"/schools/{ELM}/do/review-glass" in waits
    assert head.post(f"/schools/{ELM}/do/review-glass", review).status_code == 403, "the DSL's or a deputy's to say"
    assert asha.post(f"/schools/{ELM}/do/review-glass", {**review, "proper": ""}).status_code == 422
    assert asha.post(f"/schools/{ELM}/do/review-glass", review).status_code == 303
    said = elm.events()[-1].event
    assert said == GlassReviewed(glass=broken, proper=False, note="Our deputy was in the building.")
    elm.settle()
    page = asha.get(f"{DESK}/emergency").text
    assert "Not proper, says Asha Patel" in page[page.index("Reviewed</h2>") :]
    looked = asha.get(f"/schools/{ELM}/pupils/{elm.child}/who-looked").text
    assert "Dora Deane, DSL of Beckside Primary, in an emergency" in looked


def test_a_concern_is_taken_from_her_in_her_name(elm: ElmPark, dora: Browser) -> None:
    opened(elm, dora)
    assert dora.get(f"/schools/{ELM}/concern").status_code == 200
    sent = {"text": "She says that her father is back", "pupils": str(elm.child), "next": DESK}
    assert dora.post(f"/schools/{ELM}/concern", sent).status_code == 303
    kept = elm.events()[-1]
    assert (kept.envelope.topic, kept.envelope.actor) == ("concern.raised.v1", elm.outsider)
    assert kept.envelope.causation_id == elm.last_broken().envelope.event_id
    elm.settle()
    asha = elm.school.browser().signs_in(elm.asha)
    assert "Dora Deane" in asha.get(f"{DESK}/concerns/{kept.envelope.stream.id}").text


def test_what_she_was_refused_there_is_kept_as_well(elm: ElmPark, dora: Browser) -> None:
    opened(elm, dora)
    for path in ("exports", f"subject-access/pupil/{elm.child}", "erasure", "accounts", "governors", "dsl/emergency"):
        assert dora.get(f"/schools/{ELM}/{path}").status_code == 403, path
    turned = [r.event for r in elm.events() if isinstance(r.event, AccessRefused) and r.envelope.actor == elm.outsider]
    assert {one.page for one in turned} >= {"exports", "subject access export", "erasure", "accounts"}


def test_a_token_of_hers_opens_nothing_there(elm: ElmPark, dora: Browser) -> None:
    opened(elm, dora)
    anonymous = elm.school.browser()
    answer = anonymous.http.get(ME, headers={"Authorization": "Bearer anything"})
    assert answer.status_code == 401


def test_nobody_there_offers_her_as_one_of_the_staff(elm: ElmPark, dora: Browser) -> None:
    opened(elm, dora)
    head = elm.school.browser().signs_in(elm.head)
    assert "Dora Deane" not in head.get(f"/schools/{ELM}/accounts").text
    assert "Dora Deane" not in head.get(f"/schools/{ELM}/visits/{elm.visit}").text
    assert not elm.school.runtime.directory(ELM).people[elm.outsider].here


def test_it_is_kept_at_her_own_school_as_well(elm: ElmPark, dora: Browser) -> None:
    opened(elm, dora)
    elm.school.runtime.later.settle()
    kept = list(elm.school.runtime.store.log(BECKSIDE).read_log())[-1]
    broken = elm.last_broken()
    assert (kept.envelope.actor, kept.envelope.topic) == (elm.dora.staff, "access.opened_elsewhere.v1")
    assert isinstance(kept.event, OpenedElsewhere)
    assert (kept.event.school, kept.event.glass) == (ELM, broken.envelope.event_id)


def test_a_passkey_opens_it_and_its_answer_counts_once(elm: ElmPark, school: Live) -> None:
    one = school.somebody(Role.DSL, name="Pia Passkey")
    account = school.runtime.accounts.people.of_staff(BECKSIDE, one.staff)
    assert account is not None
    phone, challenge = Authenticator(), b"x" * 64
    passkey = made(SITE, challenge, phone.makes(challenge))
    with school.runtime.accounts.rows.together() as rows:
        put_passkey(rows, account.id, passkey, school.now)
    browser = school.browser().signs_in(one)
    asked = json.loads(unescape(_ASKED.findall(first_step(browser).text)[0]))
    answer = phone.signs(urlsafe_b64decode(asked["challenge"] + "=="))
    sent = {"other": ELM, "minutes": "15", "reason": REASON, "passkey": answer}
    other = school.browser().signs_in(elm.dora)
    assert other.post(ASK, sent).status_code == 403, "somebody else's, in another session"
    assert browser.post(ASK, sent).status_code == 303
    assert elm.last_broken().event.confirmed_by == "passkey"  # type: ignore[attr-defined]
    assert browser.post(ASK, sent).status_code == 403, "once"
    assert browser.get(DESK).status_code == 200
    browser.post("/sign-out")


def test_whoever_is_told_of_it_says_so_in_the_notices(elm: ElmPark, dora: Browser) -> None:
    opened(elm, dora)
    event = str(elm.last_broken().envelope.event_id)
    asha = elm.school.browser().signs_in(elm.asha)
    know = {"event": event, "about": "glass_broken", "person": str(elm.asha.staff), "next": f"/schools/{ELM}/notices"}
    assert asha.post(f"/schools/{ELM}/do/say-told", know).status_code == 303
    elm.settle()
    notices = asha.get(f"/schools/{ELM}/notices").text
    card = notices[notices.index("Somebody of another school opened our records") :]
    assert "Asha Patel says that they know" in card[: card.index("</section>")]
    assert dora.get(DESK).status_code == 200, "that it is known ends nothing"


def test_what_the_school_holds_about_her_is_given_out_and_kept_like_anybodys(elm: ElmPark, dora: Browser) -> None:
    opened(elm, dora)
    asha = elm.school.browser().signs_in(elm.asha)
    page = asha.get(f"/schools/{ELM}/subject-access/staff/{elm.outsider}")
    assert page.status_code == 200
    assert "Opened from another school" in page.text
    assert REASON in unescape(page.text)
    assert asha.get(f"/schools/{ELM}/erasure/staff/{elm.outsider}").status_code == 200


def test_what_she_types_as_her_reason_is_text_wherever_it_is_read(elm: ElmPark, dora: Browser) -> None:
    reason = "<img src=x onerror=alert(1)> she is alone at home, {{ 7 * 7 }} nobody answers"
    assert breaks(dora, elm.dora, reason=reason).status_code == 303
    elm.settle()
    asha = elm.school.browser().signs_in(elm.asha)
    for path in ("board", "board/rows", "notices", "dsl/emergency", f"subject-access/staff/{elm.outsider}"):
        page = asha.get(f"/schools/{ELM}/{path}").text
        assert "<img" not in page, path
        assert reason in unescape(page), path
