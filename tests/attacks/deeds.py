"""What is done to a sealed log: statements by a superuser, who leaves everything beside an event as it should be."""

from collections.abc import Callable
from typing import Final

from eventlog.ledger.verifier import Checkpoint, leaf_bytes
from tests.attacks.sealed_school import SEALED, SealedSchool
from tests.eventlog.examples import knock
from tests.eventlog.ledger.naive import mth

OWN_KEY: Final = "the attacker's own key"

_EDIT = "UPDATE event SET state = set_byte(state, 20, (get_byte(state, 20) + 1) & 255) WHERE notification_id >= {at}"
_ONLY = " AND notification_id = {at}"
_RENUMBER: Final = (
    # Without meeting a number that is still there. Each command here stored one event.
    "UPDATE event SET notification_id = notification_id + 1000 WHERE notification_id >= {at}",
    "UPDATE event SET notification_id = notification_id - 1000 + {by} WHERE notification_id >= 1000",
    "UPDATE command SET last_index = last_index + {by}, first_index = first_index + {by} WHERE first_index >= {at}",
    "UPDATE head SET last_index = last_index + {by}",
)
_CUT_OFF: Final = (
    "DELETE FROM event WHERE notification_id > {last}",
    "DELETE FROM command WHERE first_index > {last}",
    "DELETE FROM checkpoint WHERE size > {last}",
    "UPDATE head SET last_index = {last}",
)
_SWAP: Final = (
    "CREATE TEMPORARY TABLE time_of AS SELECT notification_id AS at, recorded_at AS recorded FROM event",
    "UPDATE event SET notification_id = 1000 WHERE notification_id = {at}",
    "UPDATE event SET notification_id = {at} WHERE notification_id = {at} + 1",
    "UPDATE event SET notification_id = {at} + 1 WHERE notification_id = 1000",
    "UPDATE event SET recorded_at = recorded FROM time_of WHERE at = notification_id",
    (
        "UPDATE command SET first_index = 2 * {at} + 1 - first_index, last_index = 2 * {at} + 1 - last_index"
        " WHERE first_index IN ({at}, {at} + 1)"
    ),
)
_SLIP_IN: Final = (
    # Made of the event before it: in a stream of its own, by a command of its own.
    (
        "CREATE TEMPORARY TABLE made AS SELECT gen_random_uuid() AS event, gen_random_uuid() AS stream,"
        " gen_random_uuid() AS command, * FROM event WHERE notification_id = {at} - 1"
    ),
    (
        "INSERT INTO event SELECT stream, 1, topic, state, notification_id + 1, stream_kind, event, {recorded_at}, key_id,"
        " salt, convert_to(replace(replace(replace(convert_from(envelope, 'UTF8'), event_id::text, event::text),"
        " originator_id::text, stream::text), (SELECT command_id::text FROM command WHERE first_index = notification_id),"
        " command::text), 'UTF8') FROM made"
    ),
    "INSERT INTO command SELECT command, sha256('x'), {at}, {at} FROM made",
)
_RELEASE = "INSERT INTO checkpoint (epoch, size, note) VALUES (1, {size}, $note${note}$note$)"

Deed = Callable[[SealedSchool], None]


def sql(*statements: str, **given: object) -> Deed:
    """Statements, with what is given written in."""
    return lambda school: school.sql(*(statement.format(**given) for statement in statements))


def several(*deeds: Deed) -> Deed:
    """One after the other."""

    def do(school: SealedSchool) -> None:
        for deed in deeds:
            deed(school)

    return do


def edit(at: int) -> Deed:
    """One byte of an encrypted payload."""
    return sql(_EDIT + _ONLY, at=at)


def renumber(at: int, by: int) -> Deed:
    """Events and their commands from an index on, and the head."""
    return sql(*_RENUMBER, at=at, by=by)


def delete(at: int) -> Deed:
    """An event with its command."""
    return sql("DELETE FROM event WHERE notification_id = {at}", "DELETE FROM command WHERE first_index = {at}", at=at)


def cut_out(at: int) -> Deed:
    """An event with its command, and the gap closed."""
    return several(delete(at), renumber(at + 1, -1))


def cut_off(last: int) -> Deed:
    """All after an index."""
    return sql(*_CUT_OFF, last=last)


def swap(at: int) -> Deed:
    """An event and the next, with their commands; the times of recording stay where they were."""
    return sql(*_SWAP, at=at)


def slip_in(at: int, recorded_at: str = "recorded_at") -> Deed:
    """An event between two others, or at the end."""
    return several(renumber(at, 1), sql(*_SLIP_IN, at=at, recorded_at=recorded_at))


def release(school: SealedSchool, root: bytes, key: str) -> None:
    """Put another checkpoint in the place of the last that was released."""
    note = school.sign(Checkpoint(school.ledger().checkpoint.origin, SEALED, root), own_key=key)
    sql("DELETE FROM checkpoint WHERE size = {size}", _RELEASE, size=SEALED, note=note.decode())(school)


def swap_the_key(school: SealedSchool) -> None:
    """The log stays; what was signed is signed by another."""
    release(school, mth([leaf_bytes(*row) for row in school.source().read(1, SEALED)]), OWN_KEY)


def rewrite_all(school: SealedSchool) -> None:
    """Every event, and the hashes over them."""
    sql(_EDIT, at=1)(school)
    swap_the_key(school)


def fork(key: str) -> Deed:
    """A second checkpoint over as many events, for whoever is to be misled."""
    return lambda school: release(school, bytes(32), key)


def put_a_copy_back(school: SealedSchool) -> None:
    """The database as it was after nine events; then school goes on."""
    cut_off(9)(school)
    for _ in range(7):
        knock(school.store.log(school.slug))
