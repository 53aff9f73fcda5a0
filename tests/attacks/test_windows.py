"""How wide the windows are: which events can be tampered with unnoticed, tried on each side of every border.

In the sealed school 8 events are under a checkpoint outside, 12 under a receipt's, and 12 are sealed; 13 to 15 are not.
`docs/threat-model.md` has the table, and a test holds it against what was found here.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from commands.integrity import Integrity
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from reactors.integrity_watch import IntegrityWatch
from tests.attacks.deeds import Deed, cut_off, cut_out, edit, slip_in, swap
from tests.attacks.sealed_school import ALL, OUTSIDE, SEALED, SealedSchool
from tests.attacks.test_attacks_on_the_log import ATTACKS
from tests.databases import Databases
from tests.eventlog.conftest import slug, store, urls
from tests.superuser import superuser_of

__all__ = ["slug", "store", "urls"]
THREAT_MODEL = Path(__file__).parents[2] / "docs" / "threat-model.md"
BORDERS: Final = (OUTSIDE, OUTSIDE + 1, SEALED, SEALED + 1)
"""The last event on this side of a border, and the first one beyond it."""
DAY: Final = 86_400.0
_TABLES: Final = ("event", "command", "checkpoint", "head")
_PUT_BACK: Final = ("DELETE FROM {table}", "INSERT INTO {table} SELECT * FROM {schema}.{table}")


class Window(NamedTuple):
    """The first event from which on nobody notices; the log ends with event 15."""

    without_the_key: int
    with_the_key: int
    without_a_receipt: int
    """With the key, had nobody been given a receipt."""


WINDOWS: Final[dict[str, tuple[Callable[[int], Deed], Window]]] = {
    "edit an event": (edit, Window(SEALED + 1, SEALED + 1, OUTSIDE + 1)),
    "cut an event out and close the gap": (cut_out, Window(SEALED + 1, SEALED + 1, OUTSIDE + 1)),
    "swap an event and the next": (swap, Window(SEALED + 1, SEALED + 1, OUTSIDE + 1)),
    "insert an event before another": (slip_in, Window(SEALED + 1, SEALED + 1, OUTSIDE + 1)),
    "truncate from an event on": (lambda at: cut_off(at - 1), Window(SEALED + 1, SEALED + 1, OUTSIDE + 1)),
}


class Rewound:
    """A sealed school that is put back, database and folders, after each attempt."""

    def __init__(self, school: SealedSchool, folder: Path, kept: Path) -> None:
        """Keep how it is."""
        self.school, self._folder, self._kept = school, folder, kept
        shutil.copytree(folder, kept)
        self._schema = f"kept_{school.slug}"
        school.sql(f"CREATE SCHEMA {self._schema}", *(self._copy(table) for table in _TABLES))

    def _copy(self, table: str) -> str:
        return f"CREATE TABLE {self._schema}.{table} AS TABLE {table}"

    def attempt(self, deed: Deed, *, with_the_key: bool) -> set[str]:
        """Do it, see who notices, and put everything back."""
        deed(self.school)
        if with_the_key:
            self.school.take_over()
        try:
            return self.school.noticed_by()
        finally:
            self.school.sql("DELETE FROM sealing_incident")
            for table in _TABLES:
                self.school.sql(*(one.format(table=table, schema=self._schema) for one in _PUT_BACK))
            shutil.rmtree(self._folder)
            shutil.copytree(self._kept, self._folder)


@pytest.fixture
def rewound(urls: DatabaseUrls, store: Store, slug: str, postgres: Databases, tmp_path: Path) -> Iterator[Rewound]:
    """The sealed school."""
    folder = tmp_path / "school"
    folder.mkdir()
    made = SealedSchool(urls, superuser_of(postgres, urls), store, slug, folder)
    yield Rewound(made, folder, tmp_path / "kept")
    made.close()


@pytest.mark.parametrize("name", WINDOWS)
def test_the_window_begins_where_the_threat_model_says(rewound: Rewound, name: str) -> None:
    deed, window = WINDOWS[name]
    assert rewound.attempt(lambda _school: None, with_the_key=False) == set()
    for at in BORDERS:
        without = rewound.attempt(deed(at), with_the_key=False)
        assert (without == set()) == (at >= window.without_the_key), f"event {at}: {without}"
        taken = rewound.attempt(deed(at), with_the_key=True)
        assert (taken == set()) == (at >= window.with_the_key), f"event {at}, with the key: {taken}"
        assert (taken <= {"the receipt outside"}) == (at >= window.without_a_receipt), f"event {at}: {taken}"


@pytest.mark.parametrize(
    "name",
    ["move an event to another stream", "forget a command, to have it stored twice", "leave a trigger switched off"],
)
def test_what_the_daily_look_finds_is_found_within_a_day_however_chance_falls(rewound: Rewound, name: str) -> None:
    school, now = rewound.school, [0.0]
    integrity = Integrity(school.store)
    watch = IntegrityWatch(integrity, lambda: [school.slug], lambda: now[0])
    watch.look()
    assert integrity.known(school.slug) == ()
    ATTACKS[name].do(school)
    now[0] = 0.79 * DAY
    watch.look()
    assert integrity.known(school.slug) == (), "the window: it was looked at a while ago, and is looked at again later"
    now[0] = DAY
    watch.look()
    assert [alarm.kind for alarm in integrity.known(school.slug) or ()], "a day at most"


def test_no_daily_look_is_later_than_after_a_day(rewound: Rewound) -> None:
    school, now = rewound.school, [0.0]
    watch = IntegrityWatch(Integrity(school.store), lambda: [school.slug], lambda: now[0])
    for _ in range(30):
        watch.look()
        due = watch._next[school.slug] - now[0]
        assert 0.8 * DAY <= due <= DAY
        now[0] = watch._next[school.slug]


def test_the_threat_model_has_these_windows() -> None:
    text = THREAT_MODEL.read_text(encoding="utf-8")
    for name, (_, window) in WINDOWS.items():
        cells = " | ".join(f"{first} to {ALL}" for first in window)
        assert f"| {name} | {cells} |" in text
