"""The file for a record system: CSV that no spreadsheet takes for a formula, under headings the school may change."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from api.export_text import Paste
from domain.pupil.state import Pupil
from domain.refusal import Incomplete
from domain.times import london
from projections.export_shapes import ExportRecord

COLUMNS: Final[Mapping[str, str]] = {
    "record_key": "Doorstep record",
    "upn": "UPN",
    "family_name": "Family name",
    "given_name": "Given name",
    "born": "Date of birth",
    "year_group": "Year group",
    "class_name": "Class",
    "date": "Date",
    "time": "Time (London)",
    "title": "Title",
    "category": "Category",
    "what_happened": "What happened",
    "who": "Who",
    "outcome": "Outcome",
    "made_for": "Made for",
    "about_this_file": "About this file",
}
"""Our columns in order, and the headings they have unless the school says otherwise."""

NO_SPECIFICATION: Final = "No public specification exists: confirm the columns with your supplier"
NEUTRAL: Final = "A neutral file: made for no particular product"
_LONGEST_HEADING: Final = 100
_FORMULA: Final = frozenset("=+-@\t\r\n＝＋－＠﹢﹣﹦﹫")


def system_in_words(system: str) -> str:
    """A record system as people read it."""
    return "neutral file" if system == "neutral_file" else system


def about(system: str) -> str:
    """What the page and the file say of the file."""
    return NEUTRAL if system == "neutral_file" else NO_SPECIFICATION


def defused(value: str) -> str:
    """The text as a cell that stays text: an apostrophe before whatever a spreadsheet might run.

    Invisible characters before a sign hide nothing, and control characters other than line ends are left out.

    >>> defused("=1+1"), defused(" @cmd"), defused("Ann said: 1+1=2")
    ("'=1+1", "' @cmd", 'Ann said: 1+1=2')
    """
    text = "".join(c for c in value if c in "\n\r\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    begins = next((c for c in text if c in _FORMULA or not _unseen(c)), "")
    return f"'{text}" if begins in _FORMULA and begins else text


def _unseen(character: str) -> bool:
    return not character.isprintable() or character.isspace() or unicodedata.category(character) == "Mn"


def headings(changed: Mapping[str, str]) -> dict[str, str]:
    """Our columns with the school's headings; an empty heading leaves a column out.

    Raises Incomplete for a column that is not ours, a heading used twice, and a file without its record key.
    """
    for name, heading in changed.items():
        if name not in COLUMNS:
            raise Incomplete(f"headers.{name}"[:80], f"one of the columns {', '.join(COLUMNS)}")
        if len(heading) > _LONGEST_HEADING:
            raise Incomplete(f"headers.{name}", f"a heading of at most {_LONGEST_HEADING} characters")
    named = {name: changed.get(name, heading).strip() for name, heading in COLUMNS.items()}
    used = {name: heading for name, heading in named.items() if heading}
    for name, heading in used.items():
        if list(used.values()).count(heading) > 1:
            raise Incomplete(f"headers.{name}", "a heading that no other column has")
    if "record_key" not in used:
        raise Incomplete("headers.record_key", "a heading: without the key nobody can tell that a record went twice")
    return used


def row_of(record: ExportRecord, told: Paste, child: Pupil | None, system: str) -> dict[str, str]:
    """One record by our columns."""
    local = london(record.at)
    return {
        "record_key": record.key,
        "upn": child.upn if child is not None else "",
        "family_name": child.family_name if child is not None else "",
        "given_name": child.given_name if child is not None else "",
        "born": _day(child.born) if child is not None and child.born is not None else "",
        "year_group": record.year_group,
        "class_name": record.class_name,
        "date": _day(local.date()),
        "time": f"{local:%H:%M}",
        "title": told.title,
        "category": told.category,
        "what_happened": "\n".join(told.happened),
        "who": told.who,
        "outcome": told.outcome,
        "made_for": system_in_words(system),
        "about_this_file": about(system),
    }


def _day(value: date) -> str:
    return f"{value:%d/%m/%Y}"


def csv_file(rows: Iterable[Mapping[str, str]], named: Mapping[str, str]) -> bytes:
    """The file: every cell quoted and defused, UTF-8 with a mark at its head, as Excel wants it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([defused(heading) for heading in named.values()])
    for row in rows:
        writer.writerow([defused(row[name]) for name in named])
    return out.getvalue().encode("utf-8-sig")


def file_name(system: str, day: date, records: int) -> str:
    """What the file is called: it never names a product it was not made for."""
    made_for = "neutral-file" if system == "neutral_file" else f"for-{system}-confirm-columns"
    return f"doorstep-{made_for}-{day:%Y-%m-%d}-{records}-records.csv"
