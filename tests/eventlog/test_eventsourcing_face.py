"""eventsourcing's own application, repository, notification log and tracking work over a school's log."""

import threading
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.application import Application
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import InfrastructureFactory, IntegrityError, Mapper, NotSupportedError, StoredEvent
from eventsourcing.persistence import Tracking as Tracked
from eventsourcing.popo import POPOTrackingRecorder
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import ApplicationSubscription, Projection, ProjectionRunner
from psycopg.sql import SQL, Identifier

from domain.event import Erased, Event, Subject
from domain.ids import EventId, StreamKind
from eventlog.codec import Codec, Unreadable
from eventlog.erasing import erase
from eventlog.errors import UnknownTopic
from eventlog.eventsourcing_face import ApplicationRecorder, EventMapper, Placed
from eventlog.log import PostgresLog
from eventlog.pools import SharedDatastore
from eventlog.seam import NewEvent, Write
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.checks import check_log
from tests.eventlog.examples import EVENTS, Answered, Knocked, a_command, a_knock, a_visit, acting, knock
from tests.eventlog.examples import store as store_events

CODEC = Codec(EVENTS)


class Shouted(Event, frozen=True, kw_only=True):
    """What a later release knows."""

    TOPIC: ClassVar = "example.shouted.v1"
    SUBJECT: ClassVar = Subject.VISIT
    words: str


class Notes:
    """A visit, folded: what was noted at the door. A mutable aggregate in the library's functional style."""

    def __init__(self, id_: UUID) -> None:
        """Nothing is noted yet."""
        self.id = id_
        self.version = 0
        self.notes: list[str] = []


def fold(_none: Notes | None, events: Iterable[DomainEventProtocol[UUID]]) -> Notes | None:
    folded: Notes | None = None
    for placed in events:
        assert isinstance(placed, Placed)
        folded = folded or Notes(placed.originator_id)
        folded.version = placed.originator_version
        if isinstance(placed.event, Knocked):
            folded.notes.append(placed.event.note)
    return folded


@pytest.fixture
def log(store: Store, urls: DatabaseUrls, slug: str) -> Iterator[PostgresLog]:
    """The log of a new school, verified whole after the test, by a release that knows all that is in it."""
    yield store.log(slug)
    with Store.open(urls, EVENTS | {Shouted.TOPIC: Shouted}) as later:
        check_log(later.log(slug))


@pytest.fixture
def recorder(store: Store, log: PostgresLog) -> ApplicationRecorder:
    """The library's recorder over a new school's log."""
    return ApplicationRecorder(
        log, SharedDatastore(f"school_{log.school}", log.school, store._schools), CODEC, StreamKind.VISIT
    )


@pytest.fixture
def application_class(recorder: ApplicationRecorder) -> type[Application[UUID]]:
    """An application that is the library's own, but for its mapper and its recorder."""

    class Factory(InfrastructureFactory[Any]):
        def mapper(self, *_: Any, **__: Any) -> Mapper[Any]:
            return EventMapper(CODEC)

        def application_recorder(self) -> ApplicationRecorder:
            return recorder

        def aggregate_recorder(self, *_: Any) -> Any:
            raise NotImplementedError

        def process_recorder(self) -> Any:
            raise NotImplementedError

        def tracking_recorder(self, *_: Any) -> Any:
            raise NotImplementedError

    class Visits(Application[UUID]):
        def construct_factory(self, env: Any) -> Any:
            return Factory(env)

    return Visits


@pytest.fixture
def application(application_class: type[Application[UUID]]) -> Application[UUID]:
    """The application."""
    return application_class()


def placed(id_: UUID, version: int, note: str) -> Placed:
    new = a_knock(note)
    return Placed(kind=StreamKind.VISIT, originator_id=id_, originator_version=version, event=new.event, new=new)


def test_an_application_saves_and_its_repository_folds(application: Application[UUID], log: PostgresLog) -> None:
    visit = uuid4()
    recordings = application.save(placed(visit, 1, "blue"), placed(visit, 2, "green"), command_id=a_command())
    application.save(placed(visit, 3, "red"), command_id=a_command())
    assert [one.notification.id for one in recordings] == [1, 2]
    found = application.repository.get(visit, projector_func=fold)
    assert (found.id, found.version, found.notes) == (visit, 3, ["blue", "green", "red"])
    assert application.repository.get(visit, version=2, projector_func=fold).notes == ["blue", "green"]
    assert log.head() == 3


def test_a_version_that_is_taken_is_an_integrity_error(application: Application[UUID], log: PostgresLog) -> None:
    visit = uuid4()
    application.save(placed(visit, 1, "blue"), command_id=a_command())
    with pytest.raises(IntegrityError):
        application.save(placed(visit, 1, "green"), command_id=a_command())
    assert log.head() == 1


def test_the_notification_log_shows_the_whole_log_in_order(
    application: Application[UUID], recorder: ApplicationRecorder, log: PostgresLog
) -> None:
    for _ in range(5):
        knock(log, a_visit())
    assert recorder.max_notification_id() == 5
    assert [one.id for one in application.notification_log.select(start=2, limit=3)] == [2, 3, 4]
    assert [one.id for one in recorder.select_notifications(start=2, limit=9, inclusive_of_start=False)] == [3, 4, 5]
    assert [one.id for one in recorder.select_notifications(start=None, limit=9, stop=2)] == [1, 2]
    assert recorder.select_notifications(start=1, limit=9, topics=["example.answered.v1"]) == []


def test_a_subscription_with_tracking_hears_what_is_appended_through_the_seam(
    application: Application[UUID], log: PostgresLog
) -> None:
    knock(log)
    tracking = POPOTrackingRecorder()
    with ApplicationSubscription(application) as subscription:
        seen = []
        knock(log)
        for event, tracked in subscription:
            assert isinstance(tracked, Tracked)
            tracking.insert_tracking(tracked)
            seen.append(event)
            if len(seen) == 2:
                break
    assert [one.originator_version for one in seen] == [1, 1]
    assert tracking.max_tracking_id(application.name) == 2


def test_what_is_appended_before_the_subscription_listens_is_told_of_without_another_event(
    recorder: ApplicationRecorder, log: PostgresLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, may_listen = threading.Event(), threading.Event()
    select, connect = recorder.select_notifications, recorder.datastore.get_connection

    def looks(*args: Any, **kwargs: Any) -> Any:
        try:
            return select(*args, **kwargs)
        finally:
            looked.set()

    def listens_late() -> Any:
        assert may_listen.wait(30)
        return connect()

    monkeypatch.setattr(recorder, "select_notifications", looks)
    monkeypatch.setattr(recorder.datastore, "get_connection", listens_late)
    with recorder.subscribe() as subscription:
        assert looked.wait(30)
        knock(log)
        may_listen.set()
        assert next(subscription).id == 1


STAND_INS: list[type[Event]] = [Knocked, Erased, Unreadable, Knocked]
"""What the next log is read as."""


@pytest.fixture
def with_stand_ins(urls: DatabaseUrls, log: PostgresLog) -> PostgresLog:
    """Of four events the second is erased, and the third of a topic that only a later release knows."""
    knock(log)
    erased = knock(log).recorded[0].envelope
    with Store.open(urls, EVENTS | {Shouted.TOPIC: Shouted}) as later:
        shout = NewEvent(EventId(uuid4()), Shouted(words="hello"), acting(), policy_version=1)
        store_events(later.log(log.school), Write(a_visit(), 0, (shout,)))
    knock(log)
    assert erased.key_id is not None
    erase(urls, log._keyring, [erased.key_id], "DV-11", EventId(uuid4()))
    log.forget([erased.key_id], [erased.stream])
    return log


@pytest.mark.usefixtures("with_stand_ins")
def test_what_stands_in_for_an_event_is_handed_out_in_its_place(
    application: Application[UUID], recorder: ApplicationRecorder
) -> None:
    notifications = application.notification_log.select(start=1, limit=9)
    assert [(one.id, one.topic) for one in notifications] == [
        (number, event.TOPIC) for number, event in enumerate(STAND_INS, 1)
    ]
    mapped = [application.mapper.to_domain_event(one) for one in notifications]
    assert [type(one.event) for one in mapped if isinstance(one, Placed)] == STAND_INS
    knocks = recorder.select_notifications(start=1, limit=9, topics=[Knocked.TOPIC])
    assert [one.id for one in knocks] == [1, 2, 4], "an erased knock is a knock: its envelope says so"


def test_an_erased_event_is_there_in_its_aggregate(application: Application[UUID], with_stand_ins: PostgresLog) -> None:
    visit = [one.envelope.stream.id for one in with_stand_ins.read_log()][1]
    folded = application.repository.get(visit, projector_func=fold)
    assert (folded.version, folded.notes) == (1, [])


def test_what_stands_in_for_an_event_is_never_stored(application: Application[UUID]) -> None:
    stand_in = NewEvent(EventId(uuid4()), Unreadable(topic="a.b.v1", reason="x"), acting(), policy_version=1)
    with pytest.raises(UnknownTopic):
        application.save(
            Placed(
                kind=StreamKind.VISIT,
                originator_id=uuid4(),
                originator_version=1,
                event=stand_in.event,
                new=stand_in,
            ),
            command_id=a_command(),
        )


class Seen(PostgresTrackingRecorder):
    """A view whose tracking lies in PostgreSQL."""


class EverySight(Projection[Seen]):
    """Remembers what it was shown."""

    shown: ClassVar[list[tuple[int, type[Event]]]] = []

    def process_event(self, domain_event: object, tracking: Tracked) -> None:
        """Remember it, and how far this is."""
        assert isinstance(domain_event, Placed)
        self.shown.append((tracking.notification_id, type(domain_event.event)))
        self.view.insert_tracking(tracking)


@pytest.fixture
def tracking_in_postgres(urls: DatabaseUrls) -> Iterator[dict[str, str]]:
    """Settings of the library's own infrastructure, in a schema of this test's own."""
    schema = f"tracking_{uuid4().hex[:12]}"
    with psycopg.connect(urls.migrate, autocommit=True) as connection:
        connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)))
        info = connection.info
        yield {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": info.dbname,
            "POSTGRES_HOST": info.host,
            "POSTGRES_PORT": str(info.port),
            "POSTGRES_USER": info.user,
            "POSTGRES_PASSWORD": info.password,
            "POSTGRES_SCHEMA": schema,
        }
        connection.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(schema)))


def test_the_librarys_own_projection_runner_goes_on_behind_what_it_cannot_read_and_where_it_was(
    application_class: type[Application[UUID]], with_stand_ins: PostgresLog, tracking_in_postgres: dict[str, str]
) -> None:
    EverySight.shown.clear()

    def run_to(index: int) -> int | None:
        runner = ProjectionRunner(
            application_class=application_class,
            projection_class=EverySight,
            view_class=Seen,
            env=tracking_in_postgres,
        )
        with runner:
            runner.wait(index, timeout=20)
            reached: int | None = runner.view.max_tracking_id("Visits")
            return reached

    assert run_to(4) == 4
    knock(with_stand_ins)
    assert run_to(5) == 5, "another runner goes on where the first was"
    assert EverySight.shown == list(enumerate([*STAND_INS, Knocked], 1))


def test_the_stock_ways_round_the_envelope_are_closed(recorder: ApplicationRecorder) -> None:
    event = StoredEvent(a_visit().id, 1, Knocked.TOPIC, b"{}")
    with pytest.raises(NotSupportedError):
        recorder.insert_events([event], command_id=a_command())
    with pytest.raises(TypeError, match="command id"):
        recorder.insert_events([event])
    with pytest.raises(NotSupportedError):
        recorder.create_table()


def test_the_mapper_carries_an_event_with_its_place() -> None:
    mapper = EventMapper(CODEC)
    at = Placed(kind=StreamKind.VISIT, originator_id=uuid4(), originator_version=3, event=Answered(by=UUID(int=7)))
    stored = mapper.to_stored_event(at)
    assert (stored.originator_id, stored.originator_version, stored.topic) == (at.originator_id, 3, Answered.TOPIC)
    assert mapper.to_domain_event(stored) == at
    with pytest.raises(UnknownTopic):
        mapper.to_domain_event(StoredEvent(at.originator_id, 1, "example.shouted.v1", b"{}"))
