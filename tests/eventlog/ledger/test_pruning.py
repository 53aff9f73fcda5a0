"""Checkpoints that nobody needs are let go, no other one is, and whatever anybody holds can be proved as before."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest
from psycopg.errors import InsufficientPrivilege

from eventlog.ledger.online import released_evidence, verify_database
from eventlog.ledger.postgres import PostgresReleases, PostgresSource, checkpoint_over
from eventlog.ledger.receipts import receipt
from eventlog.ledger.verifier import check_extension, check_receipt, open_checkpoint
from eventlog.ledger.witness import witness_request
from reactors.sealing import Sealing
from tests.eventlog.ledger.examples import example_key
from tests.eventlog.ledger.test_sealing import School, ledger_of, now, school, sealed_to, sealing, soon

__all__ = ["school", "sealing"]

OLD: Mapping[int, str] = {
    2: "2026-01-05T09:00:00Z",
    4: "2026-01-05T12:00:00Z",
    6: "2026-01-05T23:59:59Z",
    8: "2026-01-06T00:00:00Z",
    10: "2026-01-06T09:00:00Z",
}
"""Sizes, and when their checkpoints were released, long ago; the sixth is the last of its day in UTC, the tenth too."""


def releases(school: School) -> PostgresReleases:
    return PostgresReleases(school.sealer, school.slug, 1)


def sizes(school: School) -> list[int]:
    """Of the checkpoints that are there."""
    return [row[0] for row in school.owner.execute("SELECT size FROM checkpoint ORDER BY size").fetchall()]


def dated(school: School, days: Mapping[int, str]) -> None:
    """As if they had been released then: the clock of the database is not ours to set."""
    school.owner.execute("ALTER TABLE checkpoint DISABLE TRIGGER checkpoint_never_changes")
    for size, at in days.items():
        moment = datetime.fromisoformat(at)
        school.owner.execute("UPDATE checkpoint SET released_at = %s WHERE size = %s", (moment, size))
    school.owner.execute("ALTER TABLE checkpoint ENABLE ALWAYS TRIGGER checkpoint_never_changes")


@pytest.fixture
def long_ago(school: School, sealing: Sealing) -> dict[int, bytes]:
    """Twelve events under six checkpoints, of which five are old; the notes by size."""
    for number in range(1, 7):
        school.append(2)
        assert sealed_to(sealing, school, 2 * number)
    assert soon(lambda: sizes(school) == [2, 4, 6, 8, 10, 12])
    sealing.stop()
    # The sealer left the first one that it found in the daily file: this test says itself what left.
    school.owner.execute("ALTER TABLE checkpoint_left DISABLE TRIGGER USER")
    school.owner.execute("DELETE FROM checkpoint_left")
    school.owner.execute("ALTER TABLE checkpoint_left ENABLE ALWAYS TRIGGER checkpoint_left_never_changes")
    school.owner.execute("ALTER TABLE checkpoint_left ENABLE ALWAYS TRIGGER checkpoint_left_never_emptied")
    dated(school, OLD)
    return dict(zip(sizes(school), school.released(), strict=True))


def test_of_old_checkpoints_the_last_of_each_day_those_that_left_and_the_newest_stay(
    school: School, long_ago: dict[int, bytes]
) -> None:
    assert checkpoint_over(school.app.connection(), school.slug, 3) == long_ago[4], "printed: it left the house"
    assert releases(school).prune() == 2
    assert sizes(school) == [4, 6, 10, 12]
    assert releases(school).prune() == 0
    assert checkpoint_over(school.app.connection(), school.slug, 3) == long_ago[4], "a reprint is equal"


def test_nothing_of_the_last_thirty_days_is_pruned(school: School, long_ago: dict[int, bytes]) -> None:
    dated(school, dict.fromkeys(OLD, now().isoformat()))
    assert releases(school).prune() == 0
    assert sizes(school) == sorted(long_ago)


def test_the_newest_stays_however_old_it_is(school: School, long_ago: dict[int, bytes]) -> None:
    dated(school, dict.fromkeys(long_ago, "2026-01-05T09:00:00Z"))
    releases(school).prune()
    assert sizes(school) == [12]
    assert releases(school).last() == long_ago[12]


@pytest.mark.usefixtures("long_ago")
def test_not_even_their_owner_deletes_one_that_stays_nor_all_of_a_day_at_once(school: School) -> None:
    for statement in (
        "DELETE FROM checkpoint WHERE size = 6",
        "DELETE FROM checkpoint WHERE size = 12",
        "DELETE FROM checkpoint WHERE released_at < '2026-01-06'",
        "DELETE FROM checkpoint",
    ):
        with pytest.raises(InsufficientPrivilege, match="this checkpoint stays"):
            school.owner.execute(statement)
    releases(school).leaves(2)
    with pytest.raises(InsufficientPrivilege, match="this checkpoint stays"):
        school.owner.execute("DELETE FROM checkpoint WHERE size = 2")
    assert sizes(school) == [2, 4, 6, 8, 10, 12]
    school.owner.execute("DELETE FROM checkpoint WHERE size = 8")


def test_what_anybody_holds_of_a_pruned_checkpoint_holds_and_can_be_proved_to_lead_to_the_newest(
    school: School, long_ago: dict[int, bytes], tmp_path: Path
) -> None:
    assert releases(school).prune() == 3
    ledger, source = ledger_of(school, tmp_path), PostgresSource(school.app, school.slug)
    kept = released_evidence(long_ago.values(), ledger.key)
    verify_database(source, ledger, [*released_evidence(source.released(), ledger.key), *kept])
    for size, note in long_ago.items():
        check_extension(witness_request(ledger, size), note, [ledger.key])
    made = receipt(ledger, next(iter(source.read(3, 1))))
    check_receipt(made.proof, made.leaf, [ledger.key])
    assert open_checkpoint(long_ago[2], [ledger.key]).checkpoint.root == ledger.tree().root(2)


@pytest.mark.usefixtures("long_ago")
def test_the_sealer_goes_on_after_pruning_and_prunes_once_a_day_by_itself(school: School, tmp_path: Path) -> None:
    again = Sealing(school.urls.sealer, tmp_path / "ledgers", example_key("log"), now)
    again.start()
    try:
        assert soon(lambda: sizes(school) == [6, 10, 12])
        school.append(2)
        assert sealed_to(again, school, 14)
        assert again.statuses()[school.slug].refused is None
    finally:
        again.stop()
