"""One device signed in as the office, and each person at it by a short PIN, so that the record names a person."""

import re
from collections.abc import Iterator

import pytest

from accounts.desks import LONGEST
from accounts.shapes import Purpose
from commands.bus import Sender
from commands.ids import new_command_id
from domain.access import events as access
from domain.access.events import WhyNotSignedIn
from domain.concern.events import ConcernRaised
from domain.envelope import Recorded
from domain.event import Event
from domain.ids import DOORSTEP
from domain.pupil.commands import AdmitPupil
from domain.roles import Role
from domain.shared.events import DeskWordSigned
from domain.staff.events import DeskEnded, DeskMade
from domain.trip.events import DangerReported, FactCameLoose
from domain.visit.events import VisitRequested
from eventlog.settings import DatabaseUrls
from projections.desk_words import NAME
from tests.api.front_desks import BOARD, DESK, DESKS, DO, VISITS, a_desk, link_for, on_record, says, set_pin, with_pin
from tests.api.live import BECKSIDE, PASSWORD, Browser, Live, Person, live, run
from tests.databases import Databases


@pytest.fixture(scope="module")
def school(module_database_urls: DatabaseUrls, postgres: Databases) -> Iterator[Live]:
    with live(module_database_urls, postgres) as made:
        yield made


@pytest.fixture(scope="module")
def device(school: Live) -> Browser:
    return a_desk(school)


@pytest.fixture(scope="module")
def dot(school: Live) -> Person:
    return with_pin(school, "7391", Role.SCHOOL_OFFICE)


@pytest.fixture(scope="module")
def dsl(school: Live) -> Person:
    return with_pin(school, "80264", Role.DSL, name="Della Lead")


@pytest.fixture(autouse=True)
def nobody_at_it(device: Browser, school: Live) -> Iterator[None]:
    """Each test begins with nobody at the desk, a day later: what was tried before counts no more."""
    school.later(days=1)
    yield
    device.post(f"{DESK}/done")


def events(school: Live, *kinds: type[Event]) -> list[Recorded]:
    return [r for r in school.runtime.store.log(BECKSIDE).read_log() if isinstance(r.event, kinds)]


def settle(school: Live) -> None:
    """Wait until all that is stored is folded."""
    with school.runtime.view(BECKSIDE, NAME, at_least=school.runtime.store.log(BECKSIDE).head()):
        pass


def test_a_link_makes_a_device_the_front_desk_and_signs_out_whoever_was_signed_in_on_it(school: Live) -> None:
    ada = school.somebody(Role.ADMINISTRATOR, name="Ada Admin")
    browser = school.browser().signs_in(ada)
    link = link_for(browser, "Reception")
    assert "Make this device a front desk" in browser.get(link).text
    assert browser.post(link).status_code == 303
    shown = browser.get(BOARD)
    assert "Front desk, Reception: nobody has said who they are" in shown.text
    assert browser.get(DESKS).status_code == 403, "and looks after accounts no more"
    assert browser.get("/account").status_code == 303
    assert browser.get("/").headers["location"] == BOARD
    again = school.browser().post(link)
    assert (again.status_code, "counts no more" in again.text) == (410, True)
    assert events(school, DeskMade)[-1].envelope.actor == ada.staff


def test_late_links_open_nothing(school: Live) -> None:
    late = link_for(school.browser().signs_in(school.somebody(Role.OFFICE_MANAGER)))
    school.later(days=1, seconds=1)
    assert school.browser().post(late).status_code == 410


@pytest.mark.parametrize("role", [Role.TEACHER, Role.SCHOOL_OFFICE, Role.SLT, Role.DSL])
def test_desks_are_made_by_whoever_looks_after_accounts_and_the_office_manager(role: Role, school: Live) -> None:
    browser = school.browser().signs_in(school.somebody(role))
    assert browser.get(DESKS).status_code == 403
    assert browser.post(DESKS, {"name": "Mine"}).status_code == 403


def test_nobody_yet_sees_the_board_and_is_asked_who_it_is_for_everything_else(device: Browser) -> None:
    assert device.get(BOARD).status_code == 200
    for path in ("visits", "ask", "notices", "exports", "concern", "plan", "approvals"):
        asked = device.get(f"/schools/{BECKSIDE}/{path}")
        if asked.status_code != 404:
            assert asked.headers["location"].startswith(f"{DESK}?next="), path
    assert device.get(f"/schools/{BECKSIDE}/dsl").headers["location"].startswith(DESK)
    assert device.get("/schools/elm_park/board").headers["location"].startswith("/sign-in")
    assert device.http.get(f"/api/v1/schools/{BECKSIDE}/board").status_code == 401


def test_two_people_within_minutes_are_two_names_on_record(
    device: Browser, school: Live, dot: Person, dsl: Person
) -> None:
    asked = device.get(VISITS)
    page = device.get(asked.headers["location"]).text
    assert "Dot Hughes" in page
    assert "Della Lead" in page
    assert says(device, dot, "7391", VISITS).headers["location"] == VISITS
    assert "you are Dot Hughes, for the school office" in device.get(VISITS).text
    school.later(seconds=30)
    assert says(device, dsl, "80264", VISITS).status_code == 303
    assert "you are Della Lead, for the school office" in device.get(VISITS).text
    for person in (dot, dsl):
        (signed_in,) = on_record(school, person.staff, access.SignedIn)
        assert (signed_in.how, signed_in.device) == ("PIN", "front desk, Main office")
        (read,) = on_record(school, person.staff, access.ListRead)
        assert read.device == "front desk, Main office"
    (out,) = on_record(school, dot.staff, access.SignedOut)
    assert out.how == "somebody else"
    kept = events(school, access.ListRead)[-1].envelope
    assert (kept.actor, kept.role) == (dsl.staff, Role.SCHOOL_OFFICE)


def test_whoever_is_away_for_two_minutes_acts_no_more(device: Browser, school: Live, dot: Person) -> None:
    says(device, dot, "7391")
    for _ in range(3):
        school.later(seconds=100)
        assert device.get(VISITS).status_code == 200
    school.later(seconds=121)
    assert device.get(VISITS).headers["location"].startswith(DESK)
    assert "nobody has said who they are" in device.get(BOARD).text
    assert [one.how for one in on_record(school, dot.staff, access.SignedOut)] == ["idle"]


def test_after_an_hour_the_pin_is_asked_for_again_however_busy_the_desk_is(
    device: Browser, school: Live, dot: Person
) -> None:
    says(device, dot, "7391")
    for _ in range(40):
        school.later(seconds=85)
        assert device.get(BOARD).status_code == 200
    assert "you are Dot Hughes" in device.get(BOARD).text
    school.later(seconds=LONGEST.total_seconds() - 40 * 85)
    assert "nobody has said" in device.get(BOARD).text


def test_each_desk_has_its_own_idleness_of_ten_minutes_at_most(school: Live, dot: Person) -> None:
    slow = a_desk(school, "Slow desk", idle=10)
    says(slow, dot, "7391")
    school.later(minutes=9)
    assert "you are Dot Hughes" in slow.get(BOARD).text
    administrator = school.browser().signs_in(school.somebody(Role.ADMINISTRATOR))
    assert administrator.post(DESKS, {"name": "Slower", "idle": "11"}).status_code == 422
    assert administrator.post(DESKS, {"name": "  "}).status_code == 422


def test_done_is_done(device: Browser, dot: Person) -> None:
    says(device, dot, "7391")
    before = device.http.cookies.get("__Host-doorstep-at-desk")
    assert device.post(f"{DESK}/done").headers["location"] == BOARD
    device.http.cookies.set("__Host-doorstep-at-desk", before or "")
    assert device.get(VISITS).headers["location"].startswith(DESK), "what the browser had opens nothing any more"
    device.http.cookies.delete("__Host-doorstep-at-desk")


def test_a_dsl_at_the_desk_is_the_office_and_nothing_more(device: Browser, dsl: Person) -> None:
    says(device, dsl, "80264")
    assert device.get(VISITS).status_code == 200
    for path in ("dsl", "concerns", "accounts", "screens", "desks", "tokens", "my-trips", "governors", "erasure"):
        assert device.get(f"/schools/{BECKSIDE}/{path}").status_code in (403, 404), path
    decide = {"visit": str(dsl.staff), "pupil": str(dsl.staff), "decision": "try_again", "why": "x"}
    for said_by in ("", str(dsl.staff)):
        refused = device.post(f"{DO}/decide-for-child", {**decide, "said_by": said_by})
        assert refused.status_code in (403, 422), "by their own word neither"
        assert "Recorded" not in refused.text


def test_what_was_typed_before_the_idleness_came_is_not_lost(device: Browser, school: Live, dot: Person) -> None:
    ava = run(
        school.runtime.bus.send(
            BECKSIDE,
            AdmitPupil(given_name="Ava", family_name="Brook", address="2 Mill Lane", phone="01632 960001"),
            Sender(DOORSTEP, new_command_id()),
        )
    )
    pupil = str(ava.recorded[0].envelope.stream.id)
    says(device, dot, "7391")
    school.later(minutes=5)
    typed = {
        "command_id": str(new_command_id()),
        "pupils": pupil,
        "purpose": "attendance",
        "purpose_text": "Three days absent, nobody answers",
        "next": VISITS,
        "says": "Asked for",
    }
    asked = device.post(f"{DO}/request-visit", typed)
    assert asked.status_code == 401
    assert "Nothing of what you typed is lost" in asked.text
    assert "Three days absent, nobody answers" in asked.text
    assert not events(school, VisitRequested)
    fields = hidden(asked.text, f'action="{DESK}"')
    wrong = device.post(DESK, {**fields, "desk_person": str(dot.staff), "desk_pin": "1111"})
    assert wrong.status_code == 403
    assert "1111" not in wrong.text
    assert "Three days absent, nobody answers" in wrong.text
    right = device.post(
        DESK, {**hidden(wrong.text, f'action="{DESK}"'), "desk_person": str(dot.staff), "desk_pin": "7391"}
    )
    assert "Dot Hughes: send it now" in right.text
    assert "7391" not in right.text
    assert not events(school, VisitRequested), "nothing is sent behind anybody's back"
    sent = device.post(f"{DO}/request-visit", hidden(right.text, f'action="{DO}/request-visit"'))
    assert sent.status_code == 303, sent.text
    (requested,) = events(school, VisitRequested)
    assert (requested.envelope.actor, requested.envelope.role) == (dot.staff, Role.SCHOOL_OFFICE)


def hidden(html: str, form: str) -> dict[str, str]:
    """The hidden fields of a form."""
    body = html.split(form, 1)[1].split("</form>", 1)[0]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', body))


def test_a_fact_is_taken_from_nobody_and_somebody_puts_their_name_to_it(
    device: Browser, school: Live, dot: Person
) -> None:
    sent = device.post(
        f"{DO}/report-danger", {"command_id": str(new_command_id()), "text": "She rang: not safe", "says": "Kept"}
    )
    assert sent.status_code == 303
    danger = events(school, DangerReported)[-1]
    desk = danger.envelope.actor
    assert danger.envelope.said_by is None
    assert school.runtime.directory(BECKSIDE).people[desk].name == "Front desk, Main office"
    shown = device.get(BOARD).text
    sign = re.search(rf'href="({DESK}/sign/[^"]+)"', shown)
    assert sign, shown
    assert "Whose words were those?" in device.get(sign[1]).text
    settle(school)
    assert sign[1] in device.get(DESK).text, "and later too, when the sentence about it is gone"
    assert device.post(sign[1], {"desk_person": str(dot.staff), "desk_pin": "0001"}).status_code == 403
    assert device.post(sign[1], {"desk_person": str(dot.staff), "desk_pin": "7391"}).status_code == 303
    signature = events(school, DeskWordSigned)[-1]
    assert isinstance(signature.event, DeskWordSigned)
    assert (signature.envelope.actor, signature.event.target, signature.event.name) == (
        dot.staff,
        danger.envelope.event_id,
        "",
    )
    assert "you are Dot Hughes" in device.get(BOARD).text
    settle(school)
    assert sign[1] not in device.get(DESK).text


def test_a_name_may_be_typed_and_proves_nothing(device: Browser, school: Live) -> None:
    command = new_command_id()
    device.post(f"{DO}/emergency-call", {"command_id": str(command), "service": "police"})
    assert device.post(f"{DESK}/sign/{command}", {"name": "Supply Sue"}).status_code == 303
    signature = events(school, DeskWordSigned)[-1]
    assert isinstance(signature.event, DeskWordSigned)
    assert signature.event.name == "Supply Sue"
    assert signature.envelope.role is Role.FRONT_DESK
    settle(school)
    assert "A name was typed beside it, and not proved" in device.get(DESK).text
    assert "nobody has said who they are" in device.get(BOARD).text


def test_a_worry_goes_without_a_name_and_a_plan_does_not(device: Browser, school: Live) -> None:
    before = len(events(school, ConcernRaised))
    asked = device.post(
        f"/schools/{BECKSIDE}/concern", {"text": "Marks on an arm", "command_id": str(new_command_id())}
    )
    assert asked.status_code == 401
    unnamed = hidden(asked.text, f'action="{DO}/raise-concern"')
    assert unnamed["text"] == "Marks on an arm"
    assert device.post(f"{DO}/raise-concern", unnamed).status_code == 303
    assert len(events(school, ConcernRaised)) == before + 1
    assert device.post(f"{DO}/plan-trip", {"visits": "x"}).status_code == 401


def test_nobodys_word_at_the_desk_calms_nothing_and_is_kept(device: Browser, school: Live) -> None:
    sent = device.post(f"{DO}/safe-by-voice", {"command_id": str(new_command_id())})
    assert sent.status_code == 303
    assert "nobody who said who they are" in device.get(BOARD).text
    assert events(school, FactCameLoose)


def test_sent_again_a_fact_is_stored_once(device: Browser, school: Live) -> None:
    fields = {"command_id": str(new_command_id()), "text": "once"}
    before = len(events(school, DangerReported))
    for _ in range(2):
        assert device.post(f"{DO}/report-danger", fields).status_code == 303
    assert len(events(school, DangerReported)) == before + 1


def test_leavers_lost_roles_and_sign_out_everywhere_end_it_at_once(device: Browser, school: Live) -> None:
    leaver = with_pin(school, "6205", Role.SCHOOL_OFFICE, name="Lea Leaver")
    says(device, leaver, "6205")
    school.leaves(leaver.staff)
    assert device.get(VISITS).headers["location"].startswith(DESK)
    assert says(device, leaver, "6205").status_code == 403
    changed = with_pin(school, "6206", Role.SCHOOL_OFFICE, Role.TEACHER, name="Tia Teacher")
    says(device, changed, "6206")
    school.loses_role(changed.staff, Role.SCHOOL_OFFICE)
    assert device.get(VISITS).headers["location"].startswith(DESK)
    assert says(device, changed, "6206").status_code == 403
    out = with_pin(school, "6207", Role.SCHOOL_OFFICE, name="Olu Out")
    elsewhere = school.browser().signs_in(out)
    says(device, out, "6207")
    assert device.get(VISITS).status_code == 200
    elsewhere.post("/sign-out", {"everywhere": "yes"})
    assert device.get(VISITS).headers["location"].startswith(DESK)
    elsewhere = school.browser().signs_in(out)
    says(device, out, "6207")
    head = school.browser().signs_in(school.somebody(Role.HEADTEACHER))
    head.post(f"/schools/{BECKSIDE}/accounts/people/{out.staff}/end-sessions")
    assert device.get(VISITS).headers["location"].startswith(DESK)
    assert elsewhere.get("/account").status_code == 303


def test_an_ended_desk_shows_nothing(school: Live, dot: Person) -> None:
    device = a_desk(school, "Old desk")
    says(device, dot, "7391")
    administrator = school.browser().signs_in(school.somebody(Role.ADMINISTRATOR))
    assert "Old desk</strong>: last seen" in administrator.get(DESKS).text
    end = administrator.get(DESKS).text.split("Old desk</strong>")[1].split('action="')[1].split('"')[0]
    assert administrator.post(end).status_code == 303
    for path in (BOARD, VISITS):
        assert device.get(path).headers["location"].startswith("/sign-in")
    assert device.get(DESK).status_code == 403
    assert says(device, dot, "7391").status_code == 403
    assert device.post(f"{DO}/report-danger", {"text": "x"}).status_code == 303, "led to where one signs in"
    assert administrator.post(end).status_code == 404
    assert len(events(school, DeskEnded)) == 1


def test_a_pin_is_set_with_the_password_and_may_be_taken_away(device: Browser, school: Live) -> None:
    one = school.somebody(Role.SCHOOL_OFFICE, name="Ola Office")
    browser = school.browser().signs_in(one)
    for typed, said in (
        ({"pin_password": "not mine", "pin_wanted": "7391", "pin_again": "7391"}, "not your password"),
        ({"pin_password": PASSWORD, "pin_wanted": "1234", "pin_again": "1234"}, "Many people use this one"),
        ({"pin_password": PASSWORD, "pin_wanted": "7391", "pin_again": "7392"}, "not the same"),
        ({"pin_password": PASSWORD, "pin_wanted": "73a1", "pin_again": "73a1"}, "four to six digits"),
    ):
        refused = browser.post("/account/pin", typed)
        assert (refused.status_code, said in refused.text) == (422, True), said
        assert "7391" not in refused.text
    set_pin(browser, "7395")
    says(device, one, "7395")
    assert device.get(VISITS).status_code == 200
    set_pin(browser, "8395")
    assert device.get(VISITS).status_code == 303, "another PIN ends what the one before began"
    assert says(device, one, "7395").status_code == 403
    assert says(device, one, "8395").status_code == 303
    assert "You have no PIN any more" in browser.post("/account/pin/remove").text
    assert device.get(VISITS).status_code == 303
    assert says(device, one, "8395").status_code == 403
    assert "Ola Office" not in device.get(DESK).text
    assert [one.what for one in on_record(school, one.staff, access.ProofChanged)] == [
        "PIN for the front desk",
        "PIN for the front desk",
        "no PIN any more",
    ]


def test_restored_access_leaves_no_pin(device: Browser, school: Live) -> None:
    one = with_pin(school, "6208", Role.SCHOOL_OFFICE, name="Ria Restored")
    says(device, one, "6208")
    school.browser().uses(
        school.invitation(one.staff, purpose=Purpose.RESTORE), one.staff, password="another lantern otter"
    )
    assert device.get(VISITS).status_code == 303
    assert says(device, one, "6208").status_code == 403


def test_a_wrong_pin_is_on_record_with_the_desk(device: Browser, school: Live, dot: Person) -> None:
    assert says(device, dot, "0000").status_code == 403
    (refused,) = on_record(school, dot.staff, access.SignInRefused)
    assert (refused.why, refused.device) == (WhyNotSignedIn.SECRET, "front desk, Main office")


def test_whoever_signs_in_by_themselves_on_the_device_is_who_they_are(
    device: Browser, school: Live, dsl: Person
) -> None:
    own = school.browser()
    own.http.cookies.update(device.http.cookies)
    own.signs_in(dsl)
    assert own.get(f"/schools/{BECKSIDE}/dsl").status_code == 200
    own.post("/sign-out")
    assert "nobody has said who they are" in own.get(BOARD).text


def test_typing_keeps_somebody_at_the_desk_and_looking_away_does_not(
    device: Browser, school: Live, dot: Person
) -> None:
    says(device, dot, "7391")
    for _ in range(3):
        school.later(seconds=90)
        assert device.post(f"{DESK}/here").status_code == 204
    school.later(minutes=2)
    assert device.post(f"{DESK}/here").status_code == 410
