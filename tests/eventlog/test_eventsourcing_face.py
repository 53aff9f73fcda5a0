"""eventsourcing's own application, repository, notification log and tracking work over a school's log."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.application import Application
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import InfrastructureFactory, IntegrityError, Mapper, NotSupportedError, StoredEvent
from eventsourcing.persistence import Tracking as Tracked
from eventsourcing.popo import POPOTrackingRecorder
from eventsourcing.projection import ApplicationSubscription

from domain.ids import StreamKind
from eventlog.codec import Codec
from eventlog.errors import UnknownTopic
from eventlog.eventsourcing_face import ApplicationRecorder, EventMapper, Placed
from eventlog.log import PostgresLog
from eventlog.pools import SharedDatastore
from eventlog.store import Store
from tests.eventlog.examples import EVENTS, Answered, Knocked, a_command, a_knock, a_visit, knock

CODEC = Codec(EVENTS)


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
def recorder(store: Store, log: PostgresLog) -> ApplicationRecorder:
    """The library's recorder over a new school's log."""
    return ApplicationRecorder(
        log, SharedDatastore(f"school_{log.school}", log.school, store._schools), CODEC, StreamKind.VISIT
    )


@pytest.fixture
def application(recorder: ApplicationRecorder) -> Application[UUID]:
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

    return Visits()


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
