import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain

import msgspec
import pytest

from commands.demonstration import SCHOOLS, TRUST, DemonstrationSchool, Loaded, is_loaded, load
from commands.demonstration.history import History, history
from commands.demonstration.steps import Step
from commands.demonstration.stories import STORIES, how_often
from commands.demonstration.terms import easter, history_days, terms_of
from commands.demonstration.today import LEADS, today
from commands.policy_definitions import schools as real_schools
from commands.policy_files import load_policy
from domain.catalogue import EVENTS
from domain.envelope import Recorded
from domain.ids import StreamKind, TripId, VisitId
from domain.policy import Source
from domain.pupil.commands import AdmitPupil, RecordFamily
from domain.shared.events import DeviationNoted
from domain.staff.commands import AddStaff
from domain.times import day_of, london
from domain.trip import state as trip_state
from domain.trip.commands import ClearTrip, Depart
from domain.trip.events import OverdueRaised
from domain.trip.rules.overdue import past_due
from domain.visit import state as visit_state
from domain.visit.commands import RequestVisit
from domain.visit.events import VisitApproved
from eventlog.migrate import migrate
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.checks import check_log

NOW = datetime(2026, 11, 20, 10, 40, tzinfo=UTC)
ELMBROOK, TANSY_HILL, COPPERBECK, LARKMOOR, QUILLBROOK = SCHOOLS
MOBILE, LANDLINE = re.compile(r"07700 900\d{3}"), re.compile(r"01632 960\d{3}")
A_FEW = 0.01
"""A share of the history that tells each story once."""


@pytest.fixture(scope="module")
def histories() -> dict[str, History]:
    return {school.slug: history(school, NOW, NOW - LEADS) for school in SCHOOLS}


def _load(urls: DatabaseUrls, *schools: DemonstrationSchool, share: float = 1.0) -> tuple[Loaded, ...]:
    migrate(urls, "demonstration")
    return asyncio.run(load(urls, NOW, schools=schools, share=share))


def _log(urls: DatabaseUrls, school: DemonstrationSchool) -> tuple[Recorded, ...]:
    with Store.open(urls, EVENTS) as store:
        return check_log(store.log(school.slug))


# The plan, without a database


def test_five_invented_schools_run_one_real_policy_each_and_say_whose() -> None:
    assert [school.policy_key for school in SCHOOLS] == [key for key in real_schools() if key != "doorstep"]
    for school in SCHOOLS:
        assert real_schools()[school.policy_key].name.startswith(school.whose)
        assert school.runs == f"runs {school.whose} policy"


def test_no_real_schools_name_is_in_anything_invented(histories: dict[str, History]) -> None:
    real = re.compile(r"patrick|leyland|st\.? james|lilley|norbury|scargill", re.IGNORECASE)
    for school in SCHOOLS:
        assert not real.search(f"{TRUST} {school.slug} {school.name} {school.town}")
        for step in _story_steps(histories[school.slug]):
            assert not real.search(msgspec.json.encode(step.command).decode()), step.command.NAME


def _story_steps(told: History) -> Sequence[Step]:
    """All but the first step, which adopts the settings of the real policy."""
    return (*told.steps[1:], *today(told.cast, NOW))


def test_every_telephone_number_is_of_the_ranges_kept_for_drama(histories: dict[str, History]) -> None:
    seen: Counter[str] = Counter()
    for told in histories.values():
        numbers = set(_numbers(told.steps))
        assert all(MOBILE.fullmatch(number) or LANDLINE.fullmatch(number) for number in numbers)
        seen.update(numbers)
    assert max(seen.values()) == 1, "two schools have a number in common"
    free_text = " ".join(msgspec.json.encode(s.command).decode() for told in histories.values() for s in told.steps[1:])
    assert set(re.findall(r"0\d{4} \d{6}", free_text)) <= set(seen)


def _numbers(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        match step.command:
            case AddStaff(mobile=mobile) if mobile:
                yield mobile
            case AdmitPupil() | RecordFamily() as family:
                yield from (number for number in (family.phone, *(c.phone for c in family.carers)) if number)
            case _:
                pass


def test_each_school_has_about_fifteen_staff_and_sixty_pupils_with_families(histories: dict[str, History]) -> None:
    for told in histories.values():
        assert 15 <= len(told.cast.staff) <= 16
        assert len({child.id for child in told.cast.children}) == 60
        families = Counter(child.family for child in told.cast.children)
        assert max(families.values()) >= 3, "there are brothers and sisters"
        admitted = [step.command for step in told.steps if isinstance(step.command, AdmitPupil)]
        profiles = [step.command for step in told.steps if isinstance(step.command, RecordFamily)]
        assert any(carer.family_name != carer.carers[0].name.split()[-1] for carer in admitted)
        assert len({p.language for p in profiles}) >= 4
        assert sum(1 for p in profiles if not p.phone and p.phone_none_reason) >= 1
        assert all(a.phone for a in admitted) is False


def test_the_quiet_school_has_about_ten_visits_and_the_others_a_hundred_to_two_hundred(
    histories: dict[str, History],
) -> None:
    for school in SCHOOLS:
        visits = sum(1 for step in histories[school.slug].steps if isinstance(step.command, RequestVisit))
        low, high = (8, 12) if school is ELMBROOK else (100, 200)
        assert low <= visits <= high, school.slug


def test_every_kind_of_story_is_told_as_often_as_planned(histories: dict[str, History]) -> None:
    told = {school.policy_key: histories[school.slug].stories() for school in SCHOOLS}
    for key, counted in told.items():
        assert counted == Counter(how_often(key, 1.0))
    assert set(chain.from_iterable(+counted for counted in told.values())) == set(STORIES)


def test_scargills_policy_is_used_for_its_two_purposes_only(histories: dict[str, History]) -> None:
    steps = histories[QUILLBROOK.slug].steps
    purposes = {step.command.purpose for step in steps if isinstance(step.command, RequestVisit)}
    assert purposes == {"safe_and_well", "three_day_absence"}


def test_history_is_told_on_school_days_in_school_hours(histories: dict[str, History]) -> None:
    days = {day for _, term in history_days(NOW) for day in term}
    for told in histories.values():
        start = told.steps[0].clock
        for step in told.steps:
            if step.clock - start > timedelta(days=1):
                local = london(step.clock)
                assert local.date() in days, (local, step.command.NAME)
                assert 8 <= local.hour < 18, (local, step.command.NAME)


@pytest.mark.parametrize("now", [NOW, datetime(2027, 3, 29, 21, 30, tzinfo=UTC), datetime(2028, 1, 9, 6, tzinfo=UTC)])
def test_nobody_goes_on_two_outings_of_one_day(now: datetime) -> None:
    for school in SCHOOLS:
        steps = history(school, now, now - LEADS).steps
        left = Counter((day_of(s.clock), p) for s in steps if isinstance(s.command, Depart) for p in s.command.people)
        assert max(left.values()) == 1, school.slug
        gone = {step.command.trip: day_of(step.clock) for step in steps if isinstance(step.command, Depart)}
        for step in steps:
            if isinstance(step.command, ClearTrip) and step.command.trip in gone:
                assert gone[step.command.trip] == day_of(step.clock), "held back from another outing overnight"


def test_the_running_term_has_some_history_too(histories: dict[str, History]) -> None:
    running = terms_of(2026)[2]
    for told in histories.values():
        assert any(one.day >= running.first for one in told.told)


def test_in_the_holidays_the_last_two_terms_are_told() -> None:
    names = [term.name for term, _ in history_days(datetime(2026, 8, 20, 9, tzinfo=UTC))]
    assert names == ["Spring 2026", "Summer 2026"]
    names = [term.name for term, _ in history_days(datetime(2027, 1, 2, 9, tzinfo=UTC))]
    assert names == ["Summer 2026", "Autumn 2026"]


@pytest.mark.parametrize(("year", "day"), [(2024, "2024-03-31"), (2025, "2025-04-20"), (2026, "2026-04-05")])
def test_easter(year: int, day: str) -> None:
    assert easter(year).isoformat() == day


def test_no_school_is_open_in_half_term_or_on_the_may_bank_holiday() -> None:
    days = {day.isoformat() for term in terms_of(2026) for day in term.days()}
    assert not days & {"2026-02-16", "2026-05-04", "2026-05-25", "2026-10-26", "2026-10-30"}
    assert {"2026-02-13", "2026-05-05", "2026-06-01", "2026-11-02"} <= days


@pytest.mark.parametrize("now", [NOW, datetime(2026, 11, 22, 2, 5, tzinfo=UTC), datetime(2026, 8, 1, 23, tzinfo=UTC)])
def test_today_is_relative_to_now_by_night_and_at_weekends_too(now: datetime) -> None:
    for school in SCHOOLS:
        past = history(school, now, now - LEADS, A_FEW)
        steps = today(past.cast, now)
        assert all(step.clock < now - LEADS for step in past.steps)
        assert all(now - LEADS <= step.clock <= now for step in steps)
        assert [step.clock for step in steps] == sorted(step.clock for step in steps)


def test_the_same_moment_gives_the_same_plan() -> None:
    assert history(LARKMOOR, NOW, NOW - LEADS).steps == history(LARKMOOR, NOW, NOW - LEADS).steps


# Loaded, by the real commands


def test_a_loaded_school_is_whole_and_the_same_each_time(database_urls: DatabaseUrls) -> None:
    (loaded,) = _load(database_urls, ELMBROOK)
    recorded = _log(database_urls, ELMBROOK)
    assert loaded.events == len(recorded)
    at = [one.envelope.recorded_at for one in recorded]
    assert at == sorted(at)
    # Loading again stores nothing; it tells the same numbers.
    assert _load(database_urls, ELMBROOK) == (loaded,)
    assert _log(database_urls, ELMBROOK) == recorded
    with Store.open(database_urls, EVENTS) as store:
        assert is_loaded(store, (ELMBROOK,))
        assert not is_loaded(store, (ELMBROOK, LARKMOOR))


class _Killed(Exception):  # noqa: N818 - what happened
    """Stands for a kill in the middle of loading."""


def test_a_load_that_was_killed_goes_on_where_it_stopped(
    database_urls: DatabaseUrls, module_database_urls: DatabaseUrls
) -> None:
    def killed_after(steps: int) -> Callable[[str, int, int], None]:
        def killed(_slug: str, done: int, _all: int) -> None:
            if done == steps:
                raise _Killed

        return killed

    migrate(database_urls, "demonstration")
    later = NOW
    for steps in (40, 200, 287):
        with pytest.raises(_Killed):
            asyncio.run(load(database_urls, later, killed_after(steps), schools=(ELMBROOK,)))
        with Store.open(database_urls, EVENTS) as store:
            assert not is_loaded(store, (ELMBROOK,))
        later += timedelta(hours=1)
    asyncio.run(load(database_urls, later, schools=(ELMBROOK,)))
    _load(module_database_urls, ELMBROOK)
    told = [_told(one) for one in _log(database_urls, ELMBROOK)]
    assert told == [_told(one) for one in _log(module_database_urls, ELMBROOK)]


def _told(one: Recorded) -> tuple[str, str, object, object]:
    """What is the same in two loads: all but the random ids of events, and when today was."""
    before_today = one.envelope.recorded_at < NOW - LEADS
    return (
        one.envelope.topic,
        str(one.envelope.stream),
        one.envelope.command_id,
        before_today and one.envelope.occurred_at,
    )


@pytest.mark.parametrize("school", [TANSY_HILL, COPPERBECK, LARKMOOR, QUILLBROOK], ids=lambda school: school.policy_key)
def test_what_happened_is_as_each_policy_says(database_urls: DatabaseUrls, school: DemonstrationSchool) -> None:
    _load(database_urls, school, share=A_FEW)
    recorded = _log(database_urls, school)
    assert _silent(recorded, school) == []
    told = history(school, NOW, NOW - LEADS, A_FEW)
    story_of = {door.visit: one.story for one in told.told for door in one.doors}
    deputising = [one.event for one in recorded if one.envelope.deputising_for is not None]
    assert deputising
    assert all(isinstance(event, VisitApproved) and event.role == "DSL" for event in deputising)
    trips, noted = _trips(recorded), set[str]()
    for one in recorded:
        if isinstance(one.event, DeviationNoted):
            stream = one.envelope.stream
            visits = (VisitId(stream.id),) if stream.kind is StreamKind.VISIT else trips[TripId(stream.id)].visits
            stories = {story_of.get(visit, "never_planned") for visit in visits} or {"never_planned"}
            assert stories <= _NOT_AS_POLICY, (stories, one.event.says)
            assert one.event.source is Source.DEFAULT or one.event.clauses
            noted.update(stories)
    assert noted == _NOT_AS_POLICY & set(told.stories()) - _AMBER_ONLY[school.policy_key]


_NOT_AS_POLICY = {
    "left_uncleared",
    "never_planned",
    "entered_without_appointment",
    "other_adult",
    "waited_too_long",
    "forgotten_call",
}
"""Stories in which something is done otherwise than the policy, or Doorstep's advice, says."""
_AMBER_ONLY = {
    # A call on leaving that is forgotten turns the board amber; only the agreed call's lateness is a deviation (NH-17).
    "leyland": {"forgotten_call"},
    "william_lilley": {"forgotten_call"},
    "norbury": set[str](),
    "scargill": {"forgotten_call"},
}


def _trips(recorded: Sequence[Recorded]) -> dict[TripId, trip_state.TripState]:
    ids = dict.fromkeys(r.envelope.stream.id for r in recorded if r.envelope.stream.kind is StreamKind.TRIP)
    return {
        TripId(id_): trip_state.fold(TripId(id_), [r for r in recorded if r.envelope.stream.id == id_]) for id_ in ids
    }


def _silent(recorded: Sequence[Recorded], school: DemonstrationSchool) -> list[str]:
    """Times that passed in the history, and for which no alarm was raised: a watch would have raised them."""
    policy = load_policy(school.policy_key)
    missed: list[str] = []
    for trip in _trips(recorded).values():
        streams = {trip.id, *trip.visits}
        mine = [r for r in recorded if r.envelope.stream.id in streams]
        for place, one in enumerate(mine[1:], start=1):
            if mine[place - 1].envelope.command_id == one.envelope.command_id or isinstance(one.event, OverdueRaised):
                continue
            so_far = mine[:place]
            known = trip_state.fold(trip.id, [r for r in so_far if r.envelope.stream.id == trip.id])
            doors = [visit_state.fold(v, [r for r in so_far if r.envelope.stream.id == v]) for v in known.visits]
            passed = past_due(policy, known, doors, one.envelope.recorded_at)
            missed.extend(f"{due.about} before {one.envelope.topic}" for due in passed)
    return missed


def test_every_school_has_something_on_its_board_now(database_urls: DatabaseUrls) -> None:
    _load(database_urls, *SCHOOLS, share=0)
    open_now: dict[str, list[trip_state.TripState]] = {}
    for school in SCHOOLS:
        trips = _trips(_log(database_urls, school)).values()
        open_now[school.slug] = [trip for trip in trips if not trip.over]
    assert all(open_now.values())
    back_in = {
        round((trip.back_by - NOW) / timedelta(minutes=1))
        for trips in open_now.values()
        for trip in trips
        if trip.out and trip.back_by is not None
    }
    assert {8, 40, -4} <= back_in
    waiting = [t for trips in open_now.values() for t in trips if not t.cleared_at]
    cleared = [t for trips in open_now.values() for t in trips if t.cleared_at and not t.departed]
    assert waiting
    assert cleared
    assert all(day_of(t.leave_at) == day_of(NOW) for t in (*waiting, *cleared) if t.leave_at)
