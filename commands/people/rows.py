"""From what a file says to one command a person, with everything that is wrong told at once, each with line and column."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final, NamedTuple, TypeVar

import msgspec

from commands.people.file import MOST_FAULTS, Cell, FileFault, FileRefused, Raw
from commands.reading import Malformed, read_payload
from domain.pupil.bringing_in import BY_WHAT_KNOWN
from domain.pupil.commands import BringInPupil
from domain.pupil.events import telephones_of
from domain.pupil.family import UNREACHABLE, name_key, too_much, unreachable
from domain.pupil.upn import fault_of, tidied
from domain.staff.commands import BringInStaff

_DATES: Final = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%d/%m/%y",
    "%d %b %y",
)
_ON: Final = frozenset({"yes", "y", "true", "t", "1", "x", "ticked"})
_OFF: Final = frozenset({"no", "n", "false", "f", "0", "not ticked"})
_EARLIEST: Final = date(1900, 1, 1)
_FEWEST_DIGITS: Final = 6
_LAST: Final = "999"
_YES_OR_NO: Final = ("parental_responsibility", "day_to_day_care", "do_not_ring")
_NUMBERS: Final = (("mobile", "mobile"), ("home", "home"), ("work", "work"), ("phone", ""))

C = TypeVar("C", BringInPupil, BringInStaff)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What whoever brings a file in says beside it."""

    no_phone_reason: str = ""
    """Why the families without a telephone number have none."""
    roll: bool = False
    """Whether the file decides who is on roll: whom it says have left leave it, and who is in it comes back to it."""


class PupilRow(NamedTuple):
    """One pupil of a file."""

    line: int
    said: BringInPupil
    left: bool
    """The file says that the child has left."""


class StaffRow(NamedTuple):
    """One member of staff of a file."""

    line: int
    said: BringInStaff
    left: bool


class _Faults:
    """Gathers what is wrong, up to as many as somebody puts right in one go."""

    def __init__(self) -> None:
        self.found: list[FileFault] = []

    def at(self, cell: Cell, expected: str) -> None:
        self.found.append(FileFault(line=cell.line, column=cell.column, expected=expected, value=cell.text))

    def line(self, line: int, expected: str) -> None:
        self.found.append(FileFault(line=line, expected=expected))

    def close(self) -> None:
        if self.found:
            raise FileRefused(self.found[:MOST_FAULTS])


def pupil_rows(people: Iterable[Raw], asked: Asked, today: date) -> tuple[PupilRow, ...]:
    """A command for each pupil; rows of one child are taken together. Raises FileRefused with all that is wrong."""
    faults = _Faults()
    children: dict[str, tuple[Raw, dict[str, object]]] = {}
    for raw in people:
        payload = _pupil(raw, today, faults)
        key = str(payload.get("upn") or (name_key(_name(payload)), payload.get("born")))
        if key in children:
            _take_together(raw, payload, *children[key], faults)
        else:
            children[key] = (raw, payload)
    rows = tuple(_pupil_row(raw, payload, asked, faults) for raw, payload in children.values())
    faults.close()
    return tuple(row for row in rows if row is not None)


def _pupil(raw: Raw, today: date, faults: _Faults) -> dict[str, object]:
    payload: dict[str, object] = {}
    for name, cell in raw.said.items():
        match name:
            case "born" | "left_on":
                payload[name] = _day(cell, faults, today if name == "born" else None)
            case "upn" | "former_upn":
                payload[name] = tidied(cell.text)
                if name == "upn" and (expected := fault_of(tidied(cell.text))):
                    faults.at(cell, expected)
            case "interpreter_needed":
                payload[name] = _yes(cell, faults)
            case "phone":
                _number(cell, faults)
                payload[name] = cell.text
            case "street":
                payload["address"] = ", ".join(raw.said[one].text for one in ("street", "address") if one in raw.said)
            case "address" if "street" in raw.said:
                pass
            case _:
                payload[name] = cell.text
    if not payload.get("upn") and not payload.get("born"):
        faults.line(raw.line, BY_WHAT_KNOWN)
    carers = ((_priority(one), _carer(one, raw.line, faults, today)) for one in raw.carers)
    payload["carers"] = [(place, one) for place, one in carers if one is not None]
    return payload


def _priority(carer: Mapping[str, Cell]) -> tuple[int, str]:
    text = carer["priority"].text if "priority" in carer else _LAST
    return (len(text), text)


def _by_priority(pair: tuple[tuple[int, str], object]) -> tuple[int, str]:
    return pair[0]


def _carer(carer: Mapping[str, Cell], line: int, faults: _Faults, today: date) -> dict[str, object] | None:
    names = (carer["name"],) if "name" in carer else (carer.get("given_name"), carer.get("family_name"))
    name = " ".join(cell.text for cell in names if cell is not None)
    if set(carer) <= {"priority", "relation", "parental_responsibility", "day_to_day_care", "do_not_ring"}:
        return None  # A row that only repeats what a system always fills in.
    if not name:
        faults.line(line, "a name for each adult whose number or title is given")
        return None
    never = "do_not_ring" in carer and _yes(carer["do_not_ring"], faults) is True
    confirmed = _day(carer["confirmed_on"], faults, today) if "confirmed_on" in carer else None
    phones = []
    for field, kind in _NUMBERS:
        if field in carer:
            _number(carer[field], faults)
            phones.append({"number": carer[field].text, "kind": kind, "do_not_ring": never, "confirmed_on": confirmed})
    told: dict[str, object] = {"name": name, "phones": phones}
    told |= {one: carer[one].text for one in ("title", "relation") if one in carer}
    told |= {one: _yes(carer[one], faults) for one in _YES_OR_NO[:2] if one in carer}
    return told


def _take_together(
    raw: Raw, payload: dict[str, object], first: Raw, before: dict[str, object], faults: _Faults
) -> None:
    """Another row of a child: its adults are the family's too; about the child it must say the same."""
    for name, cell in raw.said.items():
        kept = "address" if name == "street" else name
        if kept in before and before[kept] != payload.get(kept):
            faults.at(cell, f"the same as in line {first.line}, which is about the same child")
    carers, more = before["carers"], payload["carers"]
    assert isinstance(carers, list)  # noqa: S101 - put there by `_pupil`; tells mypy
    assert isinstance(more, list)  # noqa: S101 - as above
    carers.extend(more)
    before.update({name: value for name, value in payload.items() if name not in before})


def _pupil_row(raw: Raw, payload: dict[str, object], asked: Asked, faults: _Faults) -> PupilRow | None:
    left = payload.get("left_on") is not None
    sent = {name: value for name, value in payload.items() if value not in (None, "", [])}
    sent.pop("left_on", None)
    carers = payload["carers"]
    assert isinstance(carers, list)  # noqa: S101 - put there by `_pupil`; tells mypy
    if carers:
        sent["carers"] = [one for _, one in sorted(carers, key=_by_priority)]
    if left:
        sent |= {"on_roll": False, **({"left_on": payload["left_on"]} if asked.roll else {})}
    elif asked.roll:
        sent["on_roll"] = True
    said = _command(BringInPupil, sent, raw, faults)
    if said is None:
        return None
    if fault := too_much(said.carers):
        faults.line(raw.line, f"{_about(fault[0])}: {fault[1]}")
    if not left and raw.telephones and unreachable(telephones_of(said.phone, said.carers), said.phone_none_reason):
        if not asked.no_phone_reason.strip():
            faults.line(raw.line, UNREACHABLE)
        said = msgspec.structs.replace(said, phone_none_reason=asked.no_phone_reason.strip())
    return PupilRow(raw.line, said, left)


def staff_rows(people: Iterable[Raw], today: date) -> tuple[StaffRow, ...]:
    """A command for each member of staff. Raises FileRefused with all that is wrong."""
    faults = _Faults()
    rows: list[StaffRow] = []
    seen: dict[str, int] = {}
    for raw in people:
        sent: dict[str, object] = {
            name: cell.text for name, cell in raw.said.items() if name in ("code", "job", "mobile")
        }
        names = ("name",) if "name" in raw.said else ("given_name", "family_name")
        sent["name"] = " ".join(raw.said[one].text for one in names if one in raw.said)
        if not sent["name"]:
            faults.line(raw.line, "a name")
            continue
        key = str(sent.get("code") or name_key(str(sent["name"])))
        if key in seen:
            faults.line(raw.line, f"one row a person: line {seen[key]} is about the same one")
        seen.setdefault(key, raw.line)
        gone = _day(raw.said["left_on"], faults) if "left_on" in raw.said else None
        said = _command(BringInStaff, sent, raw, faults)
        if said is not None:
            rows.append(StaffRow(raw.line, said, gone is not None and gone < today.isoformat()))
    faults.close()
    return tuple(rows)


def _command(kind: type[C], sent: dict[str, object], raw: Raw, faults: _Faults) -> C | None:
    try:
        found = read_payload(kind, sent).command
    except Malformed as error:
        for fault in error.faults:
            cell = raw.said.get(fault.field)
            if cell is not None:
                faults.at(cell, fault.expected)
            else:
                faults.line(raw.line, f"{_about(fault.field)}: {fault.expected}")
        return None
    assert isinstance(found, kind)  # noqa: S101 - what was asked for; tells mypy
    return found


def _about(field: str) -> str:
    return field.replace("carers[", "adult [").replace("_", " ")


def _name(payload: Mapping[str, object]) -> str:
    return f"{payload.get('given_name', '')} {payload.get('family_name', '')}"


def _day(cell: Cell, faults: _Faults, latest: date | None = None) -> str | None:
    """The day as a command has it. A time after it, as some systems write, is passed over."""
    text = cell.text.removesuffix(" 00:00:00").removesuffix("T00:00:00").removesuffix(" 00:00")
    for shape in _DATES:
        try:
            day = datetime.strptime(text, shape).date()  # noqa: DTZ007 - a day, no instant
        except ValueError:
            continue
        if day < _EARLIEST or (latest is not None and day > latest):
            break
        return day.isoformat()
    faults.at(
        cell,
        "a day that has come, written 31/12/2017 or 2017-12-31"
        if latest
        else "a day, written 31/12/2017 or 2017-12-31",
    )
    return None


def _yes(cell: Cell, faults: _Faults) -> bool | None:
    text = cell.text.casefold()
    if text in _ON or text in _OFF:
        return text in _ON
    faults.at(cell, "yes or no")
    return None


def _number(cell: Cell, faults: _Faults) -> None:
    if sum(c.isdigit() for c in cell.text) < _FEWEST_DIGITS:
        faults.at(cell, "a telephone number, with its area code")
