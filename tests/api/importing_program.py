"""`doorstep school import` that ends at one moment: by a kill (`python importing_program.py POINT WORDS..`), or in a test."""

import sys

import api.school_import
import eventlog.whole.bringing
import eventlog.whole.old_ledgers
from api.cli import main
from eventlog.keys.key_database import KeyDatabase
from tests.api.removing_program import ending, killed

BEFORE = {
    "one key is kept": ((KeyDatabase, "add_secret"),),
    "some keys are in one place": ((KeyDatabase, "add"),),
    "the keys are in both places": ((eventlog.whole.bringing, "_keys"),),
    "the tables are made": ((eventlog.whole.bringing._Loading, "tables"),),
    "the ledgers are half written": ((eventlog.whole.old_ledgers, "_last"),),
    "the ledgers are there": ((eventlog.whole.bringing, "bring_ledgers"),),
    "the events are in": ((eventlog.whole.bringing._Loading, "events"),),
    "all but committed": ((eventlog.whole.bringing._Loading, "next_epoch"),),
}
"""Until then there is no school."""
AFTER = {
    "the school is here": ((api.school_import, "bring"),),
    "its views are made": ((api.school_import, "read_everything"),),
}
POINTS = BEFORE | AFTER
"""After which work it ends, and under which names that is known."""

if __name__ == "__main__":
    for found, called, instead in ending(sys.argv[1], killed, POINTS):
        setattr(found, called, instead)
    main(sys.argv[2:])
