"""The server's clock is stepped forward three days and back again: the order is the index, and the steps are told."""

from datetime import UTC, datetime, timedelta

from eventlog.integrity import ClockStep
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.checks import check_log
from tests.eventlog.examples import EVENTS, NOON, a_visit, knock

MINUTE, THREE_DAYS = timedelta(minutes=1), timedelta(days=3)


def test_a_clock_that_only_went_on_is_not_mentioned(urls: DatabaseUrls, slug: str) -> None:
    with Store.open(urls, EVENTS) as store:
        for _ in range(3):
            knock(store.log(slug))
        assert store.clock_steps(slug) == ()
        assert store.alarms(slug) == ()


def test_a_clock_stepped_forward_and_back_three_days_leaves_the_order_and_is_told(
    urls: DatabaseUrls, slug: str
) -> None:
    visit = a_visit()
    now = NOON
    with Store.open(urls, EVENTS, clock=lambda: now) as store:
        log = store.log(slug)
        stated = []
        for step in (MINUTE, THREE_DAYS, MINUTE, -THREE_DAYS, MINUTE, -THREE_DAYS, THREE_DAYS):
            now += step
            stated.append(now)
            knock(log, visit)
        recorded = check_log(log)
        assert [one.envelope.recorded_at for one in recorded] == stated, (
            "kept as the clock said, in the order of the log"
        )
        assert [one.envelope.version for one in log.read(visit)] == list(range(1, 8))
        steps = (ClockStep(4, THREE_DAYS, stated[3]), ClockStep(6, THREE_DAYS, stated[5]))
        assert store.clock_steps(slug) == steps
        assert store.alarms(slug) == (), "a clock is no attack: nothing is stopped"


def test_a_clock_that_is_still_ahead_is_told_once_it_is_right_again(urls: DatabaseUrls, slug: str) -> None:
    """The clock ran three days ahead, was put right, and nobody has written anything since."""
    with Store.open(urls, EVENTS, clock=lambda: datetime.now(UTC) + THREE_DAYS) as store:
        knock(store.log(slug))
        (step,) = store.clock_steps(slug)
        assert step.event == 1
        assert THREE_DAYS - MINUTE < step.by <= THREE_DAYS
