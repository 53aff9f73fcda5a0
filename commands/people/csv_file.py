"""A CSV file, by the header map of the system that wrote it: one row a person, or one a person and adult of the family."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from commands.people.file import MOST_FAULTS, MOST_ROWS, Cell, FileFault, FileRefused, Raw, Told, What, refuse, text_of
from commands.people.layouts import CARER, Headings, Layout, heading_key, places_of
from commands.reading_values import clean

_MOST_COLUMNS: Final = 500
_DELIMITERS: Final = (",", ";", "\t")
_JOINED: Final = ("street", "address")
_NUMBERS: Final = ("phone", "carer.mobile", "carer.home", "carer.work", "carer.phone")
_WANTED: Final = {
    What.PUPILS: (
        (("given_name",), "a pupil's given name"),
        (("family_name",), "a pupil's family name"),
        (("upn", "born"), "UPN or date of birth, by which a child is known again"),
    ),
    What.STAFF: ((("name", "given_name"), "a name"),),
}


class Columns(NamedTuple):
    """Where in this file each field stands."""

    places: Mapping[str, tuple[int, ...]]
    carers: Mapping[int, Mapping[str, int]]
    """By the adult's number, 0 where a row has one adult."""
    headings: tuple[str, ...]

    @property
    def read(self) -> set[int]:
        """The columns that mean something."""
        of_carers = {place for carer in self.carers.values() for place in carer.values()}
        return {place for places in self.places.values() for place in places} | of_carers

    @property
    def telephones(self) -> bool:
        """Whether there is a column for telephone numbers."""
        of_carers = {CARER + name for carer in self.carers.values() for name in carer}
        return not of_carers.isdisjoint(_NUMBERS) or "phone" in self.places

    def label(self, place: int) -> str:
        """A column as a spreadsheet and its first row name it."""
        return f"column {_letters(place)} ({self.headings[place]})"


def read_csv(data: bytes, what: What, layouts: Mapping[str, Layout], encoding: str = "") -> Told:
    """What the file says, by the one of these layouts that fits its headings best. Raises FileRefused."""
    text = text_of(data, encoding)
    rows = csv_rows(text)
    try:
        _, headings = next(rows)
    except StopIteration:
        raise refuse(0, "a first line with the columns' headings; it is empty") from None
    if len(headings) > _MOST_COLUMNS:
        raise refuse(1, f"at most {_MOST_COLUMNS} columns. Have the file written again with those that are wanted")
    # Headings are told in answers and on terminals: nothing in them acts there.
    name, columns = _best(tuple(clean(heading.strip()) for heading in headings), what, layouts)
    faults: list[FileFault] = []
    people: list[Raw] = []
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(headings):
            wanted = (
                f"{len(headings)} fields, as in the first line; there are {len(cells)}: look for a comma or a quote"
            )
            faults.append(FileFault(line=line, expected=wanted))
        elif len(people) == MOST_ROWS:
            faults.append(FileFault(line=line, expected=f"at most {MOST_ROWS:,} rows"))
        else:
            people.append(_raw(line, cells, columns))
        if len(faults) >= MOST_FAULTS:
            break
    if faults:
        raise FileRefused(faults)
    unread = (h for place, h in enumerate(columns.headings) if h and place not in columns.read)
    return Told(name, tuple(people), tuple(unread), whole=True)


def csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows with the number of the line that each begins on; commas, semicolons or tabs. Raises FileRefused."""
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise refuse(
                line, "a row that can be read: a quotation mark is not closed, or stands inside a field"
            ) from None


def _best(headings: tuple[str, ...], what: What, layouts: Mapping[str, Layout]) -> tuple[str, Columns]:
    found = {
        name: _columns(headings, layout.headings[what]) for name, layout in layouts.items() if what in layout.headings
    }
    if not found:
        raise refuse(0, f"a header map that says how {what} are written")
    name = max(found, key=lambda one: len(found[one].read))
    missing = [says for fields, says in _WANTED[what] if not any(field in found[name].places for field in fields)]
    if missing:
        raise FileRefused(FileFault(line=1, expected=f"a column with {says}: none is headed so") for says in missing)
    return name, found[name]


def _columns(headings: tuple[str, ...], wanted: Headings) -> Columns:
    by_key: dict[str, list[int]] = {}
    for place, heading in enumerate(headings):
        by_key.setdefault(heading_key(heading), []).append(place)
    by_key.pop("", None)
    places: dict[str, tuple[int, ...]] = {}
    carers: dict[int, dict[str, int]] = {}
    for field, names in wanted.items():
        found = [pair for name in names for pair in places_of(name, by_key)]
        if field.startswith(CARER):
            for number, place in found:
                carers.setdefault(number, {}).setdefault(field.removeprefix(CARER), place)
        elif found:
            places[field] = tuple(place for _, place in (found if field in _JOINED else found[:1]))
    return Columns(places, dict(sorted(carers.items())), headings)


def _raw(line: int, cells: list[str], columns: Columns) -> Raw:
    said = {}
    for field, places in columns.places.items():
        text = _joined(field, [_tidied(cells[place]) for place in places])
        if text:
            said[field] = Cell(text, line, columns.label(places[0]))
    carers = []
    for places_of_one in columns.carers.values():
        found = ((name, place, _tidied(cells[place])) for name, place in places_of_one.items())
        carer = {name: Cell(text, line, columns.label(place)) for name, place, text in found if text}
        if carer:
            carers.append(carer)
    return Raw(line, said, tuple(carers), columns.telephones)


def _tidied(cell: str) -> str:
    return ", ".join(part for part in (" ".join(line.split()) for line in cell.splitlines()) if part)


def _joined(field: str, parts: list[str]) -> str:
    """An address whose parts lie in several columns: what is in an earlier part already is not said again."""
    out = ""
    for part in parts:
        if part and part.casefold() not in out.casefold():
            out = f"{out}{' ' if field == 'street' else ', '}{part}" if out else part
    return out


def _letters(place: int) -> str:
    """A column as spreadsheets name it.

    >>> _letters(0), _letters(26)
    ('A', 'AA')
    """
    before, last = divmod(place, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)
