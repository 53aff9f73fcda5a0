"""The phone's page in a browser: what is tapped reaches the school once, in order, or is shown as not sent."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from api.pages.trip_model import Acknowledged
from tests.journeys.findings import serious
from tests.journeys.phone import RECEIVED, page, phone, press, ready, rows, school, server
from tests.journeys.served import AMIRA, ASSETS, TOM, Served
from tests.journeys.trip_example import CHAPEL, HERE, MILL, School

__all__ = ["page", "phone", "school", "server"]
NOT_SENT = re.compile(r"NOT SENT: ring")


def test_a_tap_is_sent_and_says_when_the_school_received_it(phone: Page, school: School) -> None:
    press(phone, "Amira Khan and Tom Ashworth have left school")

    expect(rows(phone).first).to_contain_text(RECEIVED)
    expect(phone.get_by_role("button", name="Arrived at Mill Street")).to_be_visible()
    assert school.commands == ["depart"]
    assert {"at", "device_at", "trip", "people"} <= school.received[0]["body"].keys()


def test_the_whole_way_can_be_tapped_with_the_network_off_and_arrives_once_and_in_order(
    phone: Page, context: BrowserContext, school: School
) -> None:
    context.set_offline(offline=True)
    press(phone, "have left school")
    press(phone, "Arrived at Mill Street")
    press(phone, "No answer at Mill Street")
    expect(phone.get_by_text("Wait until")).to_be_visible()
    press(phone, "Leaving: Mill Street")
    # What is listed is kept: the page shows a tap only once the phone has stored it.
    expect(rows(phone)).to_have_count(4)
    phone.reload()
    ready(phone)
    expect(rows(phone)).to_have_count(4)
    press(phone, "Arrived at Chapel Lane")
    press(phone, "Seen and spoken to: Isla Reed")
    press(phone, "Leaving: Chapel Lane")
    press(phone, "are back at school")
    expect(phone.get_by_text("Everybody is back. Thank you.")).to_be_visible()
    assert school.received == []

    context.set_offline(offline=False)

    expect(rows(phone).filter(has_text=RECEIVED)).to_have_count(8, timeout=20_000)
    assert school.commands == [
        "depart",
        "arrive",
        "no-answer",
        "leave-property",
        "arrive",
        "record-outcome",
        "leave-property",
        "return-to-school",
    ]
    assert [one["body"].get("visit") for one in school.received[1:7]] == [MILL, MILL, MILL, CHAPEL, CHAPEL, CHAPEL]


def test_the_agreed_call_is_asked_for_ten_minutes_before_it_and_until_it_is_made(
    page: Page, server: Served, school: School
) -> None:
    school.calls, school.agreed_call_at = ("agreed_time",), datetime.now(UTC) + timedelta(minutes=9)
    page.goto(server.url + HERE)
    ready(page)
    call = page.locator("#call")
    expect(call).to_be_hidden()  # nobody has left
    press(page, "have left school")
    expect(call.get_by_role("heading")).to_have_text(re.compile(r"^Ring school at \d\d:\d\d: is the visit over\?$"))
    call.get_by_role("button", name="We rang school").click()
    expect(call).to_be_hidden()
    expect(rows(page).first).to_contain_text(RECEIVED)
    assert (school.commands, school.received[1]["body"]["when"]) == (["depart", "check-in"], "agreed_time")
    page.reload()
    ready(page)
    expect(call).to_be_hidden()


def test_a_tap_that_is_not_delivered_in_ten_seconds_says_ring_and_is_still_tried(phone: Page, school: School) -> None:
    school.behaviour = "silent"
    press(phone, "have left school")
    expect(rows(phone).first).to_contain_text("Sending")
    phone.clock.fast_forward(7_000)
    expect(rows(phone).first).to_contain_text("Sending")

    phone.clock.fast_forward(3_000)

    expect(rows(phone).first).to_contain_text(NOT_SENT)
    expect(phone.locator("#delivery")).to_contain_text("1 tap NOT SENT: ring")
    assert rows(phone).first.get_by_role("link").get_attribute("href") == "tel:01632960000"
    school.behaviour = "well"
    phone.evaluate("dispatchEvent(new Event('online'))")

    expect(rows(phone).first).to_contain_text(RECEIVED)
    assert school.commands == ["depart"]


def test_a_lost_reply_does_not_make_two_facts(phone: Page, school: School) -> None:
    school.behaviour = "loses the reply"
    press(phone, "have left school")

    expect(rows(phone).first).to_contain_text(RECEIVED, timeout=15_000)
    assert school.requests == 2
    assert school.commands == ["depart"]


def test_the_welcome_page_of_a_cafes_network_is_not_the_school(phone: Page, school: School) -> None:
    school.behaviour = "café"
    press(phone, "have left school")

    phone.wait_for_timeout(2500)
    assert school.requests > 1  # asked again, because that was no answer
    expect(rows(phone).first).to_contain_text("Sending")


def test_what_the_school_does_not_accept_is_shown_with_its_sentence_and_holds_up_nothing(
    phone: Page, school: School
) -> None:
    school.behaviour = "refuses"
    press(phone, "have left school")
    expect(rows(phone).first).to_contain_text("NOT ACCEPTED: This was too long to keep. Ring")
    school.behaviour = "well"

    press(phone, "Only Amira Khan has left")

    expect(rows(phone).first).to_contain_text(RECEIVED)
    assert school.commands == ["depart"]


def test_not_safe_shows_the_numbers_at_once_without_a_network_and_promises_nothing(
    phone: Page, context: BrowserContext, school: School
) -> None:
    press(phone, "have left school")
    press(phone, "Arrived at Mill Street")
    expect(rows(phone).filter(has_text=RECEIVED)).to_have_count(2)
    context.set_offline(offline=True)
    phone.get_by_role("button", name="Not safe", exact=True).click()

    panel = phone.get_by_role("dialog")
    assert panel.get_by_role("link", name="Ring 999").get_attribute("href") == "tel:999"
    assert panel.get_by_role("link", name="Ring the office").get_attribute("href") == "tel:01632960000"
    sms = panel.get_by_role("link", name="Text Helen Brooks").get_attribute("href")
    assert sms is not None
    assert sms.startswith("sms:07700900321?&body=NOT%20SAFE.%20Amira%20Khan%20at%20Mill%20Street")
    expect(panel).to_contain_text("Not sent yet. Do not wait for it: ring.")
    context.set_offline(offline=False)
    expect(panel).to_contain_text(re.compile(r"Received by school \d\d:\d\d\. Nobody has said yet"), timeout=15_000)
    assert school.commands[-1] == "report-danger"
    assert school.received[-1]["body"]["visit"] == MILL
    assert "help is coming" not in phone.content().lower()

    school.acknowledged = Acknowledged(by="Helen Brooks", at=datetime.now(UTC))
    phone.evaluate("dispatchEvent(new Event('online'))")
    expect(panel).to_contain_text("Helen Brooks has read it")


def test_a_child_alone_shows_the_dsl_and_takes_the_leave_prompts_away(phone: Page) -> None:
    press(phone, "have left school")
    press(phone, "Arrived at Mill Street")
    press(phone, "No answer at Mill Street")
    expect(phone.get_by_role("button", name="Leaving: Mill Street")).to_be_visible()

    press(phone, "Child here, no adult")

    alone = phone.get_by_role("region", name="Child here, no adult: Mill Street")
    expect(alone).to_contain_text("Stay outside. Ring 999 if the child is in danger.")
    assert alone.get_by_role("link", name="Priya Nair").get_attribute("href") == "tel:07700900125"
    expect(phone.get_by_role("button", name="Leaving: Mill Street")).to_have_count(0)
    expect(phone.locator("#wait")).to_be_hidden()

    press(phone, "An adult is here now")
    expect(phone.get_by_role("button", name="Leaving: Mill Street")).to_be_visible()


def test_after_going_inside_the_large_buttons_ask_whether_the_child_was_seen_until_it_was_said(phone: Page) -> None:
    press(phone, "have left school")
    press(phone, "Arrived at Mill Street")
    press(phone, "Going inside")
    phone.get_by_role("dialog").get_by_role("button").first.click()
    large = phone.locator("#next .ds-large")
    expect(phone.locator("#next h2")).to_have_text("At Mill Street: were Ava Brook and Noah Brook seen?")
    expect(large).to_have_text(
        [
            "Seen and spoken to: Ava Brook",
            "Seen and spoken to: Noah Brook",
            "Not seen, or something else: Ava Brook",
            "Not seen, or something else: Noah Brook",
        ]
    )
    expect(phone.locator("#next").get_by_role("button", name="Left the house: Mill Street")).to_be_visible()
    press(phone, "Seen and spoken to: Ava Brook")
    press(phone, "Not seen, or something else: Noah Brook")
    phone.get_by_label("What did you find?").select_option("Adult seen, child not")
    phone.get_by_role("button", name="Record it").click()
    expect(large).to_have_text(["Left the house: Mill Street"])


def test_before_ok_to_go_leaving_can_be_said_and_is_not_the_large_button(phone: Page, school: School) -> None:
    school.waits_for_ok = "Not OK to go yet. Any member of staff may press OK to go, you as well."
    phone.reload()
    ready(phone)
    expect(phone.locator("#next h2")).to_have_text(school.waits_for_ok)
    expect(phone.locator("#next .ds-large")).to_have_count(0)
    press(phone, "have left school")
    expect(phone.get_by_role("button", name="Arrived at Mill Street")).to_be_visible()
    wait_for_one = rows(phone).filter(has_text=RECEIVED)
    expect(wait_for_one).to_have_count(1)
    assert school.commands == ["depart"]


def test_a_mistaken_tap_can_be_undone_for_ten_seconds(phone: Page, school: School) -> None:
    press(phone, "have left school")
    phone.get_by_role("button", name=re.compile("^Undo: ")).click()

    expect(phone.get_by_role("button", name="have left school")).to_be_visible()
    expect(phone.get_by_text("(undone)")).to_be_visible()
    expect(rows(phone).filter(has_text=RECEIVED)).to_have_count(2)
    assert school.commands == ["depart", "undo"]
    assert school.received[1]["body"]["command"] == school.received[0]["id"]

    press(phone, "have left school")
    phone.clock.fast_forward(5_000)
    expect(phone.get_by_role("button", name=re.compile("^Undo: "))).to_have_count(1)
    phone.clock.fast_forward(5_000)
    expect(phone.get_by_role("button", name=re.compile("^Undo: "))).to_have_count(0)


@pytest.mark.parametrize(("width", "height"), [(390, 844), (320, 568)])
def test_the_undo_of_the_last_tap_is_on_the_screen_and_moves_nothing(phone: Page, width: int, height: int) -> None:
    phone.set_viewport_size({"width": width, "height": height})
    press(phone, "have left school")
    press(phone, "Arrived at Mill Street")
    undo = phone.get_by_role("button", name="Undo: Arrived at Mill Street")
    expect(undo).to_be_in_viewport(ratio=1)
    expect(phone.get_by_role("button", name="Not safe", exact=True)).to_be_in_viewport(ratio=1)
    expect(phone.get_by_role("button", name=re.compile("^Undo: "))).to_have_count(2)
    assert phone.evaluate("document.documentElement.scrollWidth") <= width
    large = phone.locator("#next button").first
    place = large.bounding_box()
    phone.evaluate("document.getElementById('undo').hidden = true")
    assert large.bounding_box() == place, "a button that moves under a finger is tapped by mistake"
    phone.evaluate("document.getElementById('undo').hidden = false")
    undo.click()
    expect(phone.get_by_role("button", name="Arrived at Mill Street", exact=True)).to_be_visible()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (320, 568)])
def test_what_is_said_about_the_network_keeps_the_large_button_where_it_is(
    phone: Page, context: BrowserContext, school: School, width: int, height: int
) -> None:
    phone.set_viewport_size({"width": width, "height": height})
    delivery = phone.locator("#delivery")
    expect(delivery).to_have_text("Connected. Nothing to send.")
    tall = height_of(delivery)
    school.behaviour = "silent"
    press(phone, "have left school")
    expect(delivery).to_have_text("Sending")
    assert height_of(delivery) == tall
    school.behaviour = "well"
    phone.clock.fast_forward(5_000)
    expect(delivery).to_contain_text("All received by school")
    assert height_of(delivery) == tall
    context.set_offline(offline=True)
    expect(delivery).to_have_text("No signal. Taps are kept here.")
    assert height_of(delivery) == tall


def height_of(element: Locator) -> float:
    return float(element.evaluate("(element) => element.getBoundingClientRect().height"))


def test_once_everybody_is_back_the_phone_asks_about_each_child_that_nobody_spoke_of(
    phone: Page, school: School
) -> None:
    press(phone, "have left school")
    press(phone, "Arrived at Mill Street")
    press(phone, "Seen and spoken to: Ava Brook")
    press(phone, "Leaving: Mill Street")
    press(phone, "Arrived at Chapel Lane")
    press(phone, "No answer at Chapel Lane")
    press(phone, "Leaving: Chapel Lane")
    press(phone, "are back at school")
    expect(phone.locator("#next h2")).to_have_text("Everybody is back. Nobody has said yet: was Noah Brook seen?")
    press(phone, "Something else: Noah Brook")
    phone.get_by_label("What did you find?").select_option("Adult seen, child not")
    phone.get_by_role("button", name="Record it").click()
    expect(phone.locator("#next h2")).to_have_text("Everybody is back. Thank you.")
    expect(rows(phone).filter(has_text=RECEIVED)).to_have_count(9)
    assert school.received[-1]["body"]["pupil"] == "p2"


def test_the_phone_asks_still_by_its_own_clock_and_moves_the_time(
    phone: Page, context: BrowserContext, school: School
) -> None:
    school.back_by = datetime.now(UTC) + timedelta(minutes=9)
    phone.reload()
    ready(phone)
    press(phone, "have left school")
    context.set_offline(offline=True)
    expect(phone.get_by_role("heading", name=re.compile(r"^Still \d\d:\d\d"))).to_be_visible()

    press(phone, re.compile(r"^\+15: "))

    expect(phone.locator("#still")).to_be_hidden()
    context.set_offline(offline=False)
    expect(rows(phone).filter(has_text=RECEIVED)).to_have_count(2, timeout=15_000)
    moved_to = datetime.fromisoformat(school.received[1]["body"]["back_by"])
    assert abs(moved_to - school.back_by - timedelta(minutes=15)) < timedelta(milliseconds=1), (
        "the page knows no smaller"
    )


def test_another_person_on_the_phone_sees_nothing_kept_and_the_first_ones_tap_goes_out_as_theirs(
    phone: Page, server: Served, school: School
) -> None:
    school.behaviour = "silent"
    press(phone, "have left school")
    expect(rows(phone)).to_have_count(1)

    school.me = TOM
    phone.goto(server.url + "/schools/beckside/board")
    phone.wait_for_timeout(500)
    assert kept_pages(phone) == []
    phone.goto(server.url + HERE)
    ready(phone)
    expect(rows(phone)).to_have_count(0)
    expect(phone.locator("#delivery")).to_contain_text("Another person's tap on this phone is not sent yet.")
    school.behaviour = "well"
    phone.evaluate("dispatchEvent(new Event('online'))")
    expect(phone.locator("#delivery")).not_to_contain_text("Another person's")

    assert [(one["command"], one["person"]) for one in school.received] == [("depart", AMIRA)]


def test_a_trip_that_is_over_leaves_nothing_personal_on_the_phone(phone: Page, school: School) -> None:
    press(phone, "have left school")
    phone.get_by_text("Everything else you can record").click()
    phone.get_by_role("button", name="Raise a concern").click()
    phone.get_by_label("What did you see or hear?").fill("A bruise on the left arm")
    phone.get_by_role("button", name="Record it").click()
    expect(rows(phone).filter(has_text=RECEIVED)).to_have_count(2)
    assert "bruise" not in str(phone.evaluate("Outbox.all()"))
    assert school.received[1]["body"]["text"] == "A bruise on the left arm"

    school.over = True
    press(phone, "We are back at school")
    expect(phone.get_by_text("Everybody is back. Nobody has said yet: were Ava Brook")).to_be_visible()
    phone.evaluate("dispatchEvent(new Event('online'))")
    phone.wait_for_timeout(1500)

    assert phone.evaluate("Outbox.all()") == []
    assert kept_pages(phone) == []


def test_neither_the_api_nor_the_board_is_ever_kept_and_a_new_release_replaces_the_old(
    phone: Page, context: BrowserContext, server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.goto(server.url + "/schools/beckside/board")
    phone.goto(server.url + HERE)
    ready(phone)
    assert all("/api/" not in one and "/board" not in one for one in kept(phone))

    monkeypatch.setattr(ASSETS, "release", "newrelease00")
    phone.evaluate("navigator.serviceWorker.getRegistration().then((one) => one.update())")
    phone.wait_for_timeout(2000)

    assert {one.split("|")[0] for one in kept(phone)} == {"doorstep-shell-newrelease00", "doorstep-trips-newrelease00"}
    context.set_offline(offline=True)
    phone.reload()
    ready(phone)
    expect(phone.get_by_role("button", name="have left school")).to_be_visible()


def test_a_page_whose_script_did_not_start_offers_the_numbers_and_plain_forms(page: Page, server: Served) -> None:
    page.route("**/door.js", lambda route: route.abort())
    page.goto(server.url + HERE)

    expect(page.get_by_role("link", name="999")).to_be_visible(timeout=10_000)
    expect(page.get_by_role("button", name="We have left school")).to_be_visible()


@pytest.mark.parametrize("width", [320, 390, 1440])
def test_the_phone_page_is_accessible_with_large_targets_and_no_sideways_scroll(
    page: Page, server: Served, school: School, width: int
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if "Content Security" in message.text else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_viewport_size({"width": width, "height": 800})
    school.back_by = datetime.now(UTC) + timedelta(minutes=9)
    page.goto(server.url + HERE)
    ready(page)
    press(page, "have left school")
    press(page, "Arrived at Mill Street")
    press(page, "Child here, no adult")
    page.get_by_text("Everything else you can record").click()

    look(page, width)
    page.get_by_role("button", name="Not safe", exact=True).click()
    look(page, width)
    page.get_by_role("button", name="Back to the trip").click()
    page.get_by_role("button", name="Raise a concern").click()
    look(page, width)
    assert complaints == []


def look(page: Page, width: int) -> None:
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        """() => [...document.querySelectorAll("main button, main a, main summary, main select")]
            .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44)
            .map((one) => one.textContent.trim())"""
    )
    assert small == []


def kept(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        """async () => {
            const all = [];
            for (const name of await caches.keys())
                for (const request of await (await caches.open(name)).keys())
                    all.push(`${name}|${new URL(request.url).pathname}`);
            return all;
        }"""
    )
    return found


def kept_pages(page: Page) -> list[str]:
    return [one for one in kept(page) if "/schools/" in one]
