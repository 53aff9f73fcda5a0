"""The day's register as a school's own system writes it: a line a pupil, with a code of the national ones.

Only absences are read. A code that says why is an explanation; N and O say that nobody knows yet.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from commands.people.csv_file import csv_rows
from commands.people.file import FileFault, FileRefused, refuse, text_of
from commands.people.layouts import heading_key
from domain.pupil.state import Pupil
from domain.pupil.upn import tidied

_HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "upn": ("upn", "uniquepupilnumber"),
    "name": ("name", "pupil", "pupilname", "student", "studentname", "fullname"),
    "given": ("forename", "firstname", "givenname", "legalforename", "preferredforename"),
    "family": ("surname", "lastname", "familyname", "legalsurname", "preferredsurname"),
    "code": ("code", "mark", "attendancecode", "attendancemark", "am", "ammark", "session", "registrationmark"),
}
"""How columns are headed, letters and digits alone."""

THERE: Final = frozenset(("/", "\\", "B", "D", "K", "L", "P", "U", "V", "W"))
"""In school, or where school sent them; U came after the register was closed."""
NOT_EXPECTED: Final = frozenset(("#", "Q", "X", "Y", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7", "Z", "-", ""))
"""Nobody expects the child that day."""
UNEXPLAINED: Final = frozenset(("N", "O"))
"""No reason yet, and none that is authorised."""
EXPLAINED: Final[Mapping[str, str]] = {
    "C": "leave of absence",
    "C1": "leave for a regulated performance",
    "C2": "part-time timetable",
    "E": "suspended or excluded",
    "G": "holiday that the school did not agree",
    "I": "illness",
    "J1": "interview",
    "M": "medical or dental appointment",
    "R": "religious observance",
    "S": "study leave",
    "T": "parent travelling for work",
}
"""The codes that say why, in words."""


class Absent(NamedTuple):
    """A pupil who is not there, as the register says."""

    pupil: Pupil
    explanation: str
    """"" where the register knows none."""


def read_register(data: bytes, pupils: Iterable[Pupil], encoding: str = "") -> tuple[Absent, ...]:
    """Who is absent. Raises FileRefused with everything that is wrong: then nothing is taken from it."""
    rows = csv_rows(text_of(data, encoding))
    try:
        _, headings = next(rows)
    except StopIteration:
        raise refuse(0, "a first line with the columns' headings; it is empty") from None
    columns = _columns(headings)
    known = [pupil for pupil in pupils if pupil.on_roll]
    found: list[Absent] = []
    faults: list[FileFault] = []
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(headings):
            faults.append(FileFault(line=line, expected=f"{len(headings)} fields, as in the first line"))
            continue
        said = {name: cells[place].strip() for name, place in columns.items()}
        match _read(said, known):
            case Absent() as absent:
                found.append(absent)
            case (expected, value):
                faults.append(FileFault(line=line, expected=expected, value=value))
            case None:
                pass
    if faults:
        raise FileRefused(faults)
    return tuple(found)


def _columns(headings: Sequence[str]) -> Mapping[str, int]:
    """Where each thing stands. Raises FileRefused where the code, or whom it is about, stands nowhere."""
    places = {heading_key(heading): place for place, heading in reversed(list(enumerate(headings)))}
    found = {
        name: next(places[key] for key in keys if key in places)
        for name, keys in _HEADINGS.items()
        if not places.keys().isdisjoint(keys)
    }
    if "code" not in found:
        raise refuse(1, "a column with the attendance code: none is headed “Code” or “Mark”")
    if not found.keys() & {"upn", "name"} and not {"given", "family"} <= found.keys():
        raise refuse(1, "a column with the UPN, or with the pupil's name: none is headed so")
    return found


def _read(said: Mapping[str, str], pupils: Sequence[Pupil]) -> Absent | tuple[str, str] | None:
    """An absence, what was expected instead and what stands there, or None for somebody whom nobody misses."""
    mark = said["code"].upper()
    if mark in THERE or mark in NOT_EXPECTED:
        return None
    if mark not in UNEXPLAINED and mark not in EXPLAINED:
        return "one of the national attendance codes", mark
    fitting = _fitting(pupils, said)
    if len(fitting) != 1:
        expected = (
            "a pupil on roll, by UPN or whole name" if not fitting else "the UPN: more than one pupil is called so"
        )
        return expected, said.get("upn", "") or said.get("name", "")
    return Absent(pupil=fitting[0], explanation=EXPLAINED.get(mark, ""))


def _fitting(pupils: Iterable[Pupil], said: Mapping[str, str]) -> list[Pupil]:
    """By the UPN where there is one; else by the whole name, either way round."""
    if upn := said.get("upn"):
        return [pupil for pupil in pupils if pupil.upn and tidied(pupil.upn) == tidied(upn)]
    wanted = heading_key(said.get("name") or f"{said.get('given', '')}{said.get('family', '')}")
    return [p for p in pupils if wanted in (heading_key(p.name), heading_key(f"{p.family_name}{p.given_name}"))]
