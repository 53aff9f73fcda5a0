"""No signal at the door, over the running application: every tap is kept, says where it is, and arrives once, in order."""

import re
from datetime import timedelta
from typing import Final
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from domain.envelope import Recorded
from domain.ids import TripId, VisitId, trip_stream, visit_stream
from domain.pupil.state import Pupil
from domain.roles import Role
from domain.trip import state as trip_state
from domain.trip.state import TripState
from tests.eventlog.programs import soon
from tests.journeys.going import RECEIVED, all_received, open_trip, ready, tap
from tests.journeys.killable import Client
from tests.journeys.trust import Trust
from tests.journeys.window import Window
from tests.ticks import EVERY_POINT

PHONE: Final = 390
NOT_SENT: Final = re.compile("^NOT SENT: ring ")
DISCONNECTED: Final = "net::ERR_INTERNET_DISCONNECTED"
TOLD: Final = (
    ("trip.departed.v1", 2),
    ("visit.arrived.v1", 1),
    ("visit.no_answer.v1", 1),
    ("visit.property_left.v1", 1),
    ("visit.arrived.v1", 1),
    ("visit.pupil_outcome.v1", 1),
    ("visit.property_left.v1", 1),
    ("trip.returned.v1", 2),
)
"""What eight taps tell, in the order of tapping, and how many events each is: one for each person where two left."""


class Phone:
    """The phone of a teacher who is OK to go to two doors, with the trip's page open and kept for later."""

    def __init__(self, page: Page, trust: Trust) -> None:
        """Plan and clear the trip, by the commands that the pages send."""
        self.page = page
        self.school = trust.schools["st_patricks"]
        self.window = Window(page, trust, self.school, PHONE)
        self.client = Client(trust.port, self.school.slug)
        self.teacher, self.colleague = self.school.visitors()
        self.office = self.school.holder(Role.SCHOOL_OFFICE)
        self.first, self.second = self.school.next_child(), self.school.next_child()
        self.visits = tuple(self._asked(child) for child in (self.first, self.second))
        self.trip_id = self._cleared()
        open_trip(self.window, self.teacher, self.first.street)
        self._keeps_the_page()

    def _asked(self, child: Pupil) -> UUID:
        send, asks = self.client.send, {"purpose": "attendance", "purpose_text": "Absent since Monday"}
        asked = send("request-visit", self.teacher.id, pupils=[str(child.id)], on_site_reason="No answer", **asks)
        visit = UUID(asked["stream"]["id"])
        send("approve-visit", self.school.holder(Role.SLT).id, visit=str(visit), attested=EVERY_POINT)
        send("sign-visit-list", self.school.holder(Role.HEADTEACHER).id, visit=str(visit))
        return visit

    def _cleared(self) -> TripId:
        send, now = self.client.send, self.school.runtime.now()
        people = [str(self.teacher.id), str(self.colleague.id)]
        times = {"leave_at": now.isoformat(), "back_by": (now + timedelta(minutes=90)).isoformat()}
        visits, watcher = [str(visit) for visit in self.visits], str(self.office.id)
        planned = send("plan-trip", self.teacher.id, visits=visits, people=people, watcher=watcher, **times)
        trip = planned["stream"]["id"]
        for visit in visits:
            send("assess-risk", self.school.holder(Role.SLT).id, visit=visit)
        send("lodge-whereabouts", self.office.id, trip=trip, holder="school_office", told=watcher)
        for one in visits:
            send("check-background", self.office.id, visit=one, looked_up=["agency_considered"])
        send("confirm-checks", self.office.id, trip=trip)
        send("clear-trip", self.office.id, trip=trip)
        return TripId(UUID(trip))

    def _keeps_the_page(self) -> None:
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        self.page.wait_for_function("async () => Boolean(await caches.match(location.pathname))")

    @property
    def trip(self) -> TripState:
        """The trip as the school knows it."""
        return trip_state.fold(self.trip_id, self.school.log.read(trip_stream(self.trip_id)))

    def told(self) -> list[Recorded]:
        """What the phone told the school of this trip and its doors, in the order of the log."""
        streams = (trip_stream(self.trip_id), *(visit_stream(VisitId(visit)) for visit in self.visits))
        known = (recorded for stream in streams for recorded in self.school.log.read(stream))
        topics = {topic for topic, _ in TOLD}
        return sorted((r for r in known if r.envelope.topic in topics), key=lambda r: r.envelope.index)

    @property
    def taps(self) -> Locator:
        """What was tapped, the newest first."""
        return self.page.locator("#taps li")

    def complaints(self) -> list[str]:
        """What the browser complains of, but for the network that is off."""
        return [one for one in self.window.complaints if DISCONNECTED not in one]


@pytest.fixture
def phone(page: Page, the_trust: Trust) -> Phone:
    return Phone(page, the_trust)


def test_the_whole_way_tapped_without_signal_is_kept_says_so_and_arrives_once_and_in_order(
    phone: Phone, context: BrowserContext
) -> None:
    page, first, second = phone.page, phone.first, phone.second
    context.set_offline(offline=True)
    tap(page, "have left school")
    expect(phone.taps.first).to_have_attribute("data-state", "waiting")
    expect(phone.taps.first.locator(".ds-tap__state")).to_have_text("Sending")
    tap(page, f"Arrived at {first.street}")
    tap(page, f"No answer at {first.street}")
    expect(phone.taps.last.locator(".ds-tap__state")).to_have_text(NOT_SENT, timeout=15_000)
    expect(phone.taps.last.get_by_role("link")).to_have_attribute("href", re.compile("^tel:0"))
    expect(page.locator("#delivery")).to_contain_text("NOT SENT: ring")

    page.reload()
    ready(page)
    expect(phone.taps).to_have_count(3)
    tap(page, f"Leaving: {first.street}")
    tap(page, f"Arrived at {second.street}")
    tap(page, f"Seen and spoken to: {second.name}")
    tap(page, f"Leaving: {second.street}")
    tap(page, "are back at school")
    expect(page.get_by_text("Everybody is back. Thank you.")).to_be_visible()
    assert phone.told() == []

    context.set_offline(offline=False)
    all_received(page, len(TOLD))
    expect(page.locator("#delivery")).to_contain_text("All received by school")
    arrived_once_in_order(phone.told())
    assert phone.trip.everyone_back

    page.reload()
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_timeout(1000)
    arrived_once_in_order(phone.told())
    assert phone.complaints() == []


def arrived_once_in_order(told: list[Recorded]) -> None:
    """Each tap is one command, in the order of tapping, placed by when it happened, with both times kept."""
    commands = list(dict.fromkeys(r.envelope.command_id for r in told))
    events = [[r for r in told if r.envelope.command_id == command] for command in commands]
    assert [(group[0].envelope.topic, len(group)) for group in events] == list(TOLD)
    instants = [r.envelope.occurred_at for r in told]
    assert instants == sorted(instants)
    assert all(r.envelope.device_at is not None for r in told)
    assert told[0].envelope.recorded_at - told[0].envelope.occurred_at > timedelta(seconds=10)


def test_not_safe_shows_whom_to_ring_without_signal_and_never_says_that_help_is_coming(
    phone: Phone, context: BrowserContext
) -> None:
    page, office = phone.page, phone.office
    tap(page, "have left school")
    expect(phone.taps.first).to_contain_text(RECEIVED)
    tap(page, f"Arrived at {phone.first.street}")
    expect(phone.taps.first).to_contain_text(RECEIVED)
    context.set_offline(offline=True)
    page.reload()
    ready(page)
    page.get_by_role("button", name="Not safe", exact=True).click()
    danger = page.locator("#danger")
    expect(danger.get_by_role("link", name="Ring 999")).to_have_attribute("href", "tel:999")
    number = office.mobile.replace(" ", "")
    expect(danger.get_by_role("link", name=re.compile("^Ring the office: "))).to_have_attribute(
        "href", re.compile("^tel:0")
    )
    expect(danger.get_by_role("link", name=f"Ring {office.name}")).to_have_attribute("href", f"tel:{number}")
    text = danger.get_by_role("link", name=f"Text {office.name}").get_attribute("href") or ""
    assert text.startswith(f"sms:{number}?&body=NOT%20SAFE.")
    assert phone.first.street.replace(" ", "%20") in text
    expect(danger).to_contain_text("Not sent yet. Do not wait for it: ring.")
    assert phone.trip.danger is None

    context.set_offline(offline=False)
    expect(danger).to_contain_text("Nobody has said yet that they have read it", timeout=20_000)
    assert "help is" not in danger.inner_text().lower()
    assert soon(lambda: phone.trip.danger is not None)
    phone.client.send("take-alarm", office.id, trip=str(phone.trip_id))
    phone.school.caught_up()
    page.evaluate("dispatchEvent(new Event('online'))")  # asks the school afresh, as it does every twenty seconds
    expect(danger).to_contain_text(f"{office.name} has read it")

    danger.get_by_role("button", name="We are safe now").click()
    page.get_by_text("Everything else you can record").click()
    page.locator("#others").get_by_role("button", name="We are back at school").click()
    assert soon(lambda: phone.trip.everyone_back)
    assert phone.trip.danger is None
    assert phone.complaints() == []
