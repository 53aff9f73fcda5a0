"""The two places of a school's keys, brought together when its keyring is opened.

- A tombstone of either place holds in both: that finishes an erasure which a crash cut short, and keeps an erased key
  from coming back with an older key database or an older folder.
- The same of the stone that stands for a whole school (`eventlog.removal`).
- A key that only the key database has is written to the second place (a crash came between; or the folder is new).
- A key that only the second place has is a loss of the key database: that is told, and mended by `restore_from_copy`
  alone, because a person has to know it.
"""

from collections.abc import Iterator
from uuid import UUID

from eventlog.keys.key_database import KeyDatabase, Tombstone, WrappedKey
from eventlog.keys.second_place import Held, SecondPlace


def bring_together(school: str, database: KeyDatabase, second: SecondPlace) -> tuple[str, ...]:
    """Finish what was left half done; what a person has to look at, as sentences. Doing it again changes nothing.

    Raises SecondPlaceUnusable, KeyUnavailable.
    """
    missing: list[WrappedKey] = []
    altered: list[WrappedKey] = []

    def change(held: Held) -> Held:
        # Asked under the file's lock: whoever made keys since then writes them after us.
        if (removed := database.removed().get(school)) is not None:
            return held._replace(removed=removed)
        secret = database.secret(school)
        keys, stones = database.everything(school)
        buried = {stone.key_id: stone for stone in stones}
        back = [stone for stone in held.stones.values() if stone.key_id not in buried]
        if back:
            database.destroy(school, back)
        everywhere: dict[UUID, Tombstone] = held.stones | buried
        there = {key.key_id: key for key in keys if key.key_id not in everywhere}
        missing.extend(key for key_id, key in held.keys.items() if key_id not in there and key_id not in everywhere)
        altered.extend(key for key_id, key in held.keys.items() if _differ(key, there.get(key_id)))
        disputed = {key.key_id: key for key in (*missing, *altered)}
        return Held(secret or held.secret, there | disputed, held.stones | buried)

    before = second.change(change)
    if before.removed is not None:
        database.remove(before.removed)
    return tuple(_told(school, second, len(missing), len(altered)))


def _differ(copy: WrappedKey, key: WrappedKey | None) -> bool:
    """Whether the two places hold another key: wrapped by one key-encryption key, and not the same bytes.

    One wrapped by an earlier key-encryption key is only older: a rotation was cut short, and the file is brought up.
    """
    return key is not None and key.kek_id == copy.kek_id and key.wrapped != copy.wrapped


def _told(school: str, second: SecondPlace, missing: int, altered: int) -> Iterator[str]:
    if missing:
        yield (
            f"The key database lacks {missing} data keys of {school} that {second.path} holds: it was lost, or restored"
            " from a backup that is too old. Bring it up: `doorstep keys restore`."
        )
    if altered:
        yield (
            f"The key database and {second.path} hold other bytes for {altered} data keys of {school}: one of the two"
            " was altered. `doorstep keys restore` keeps the one that opens."
        )
