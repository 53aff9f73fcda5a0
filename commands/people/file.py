"""What is read from a file before anybody knows what it says: cells with their places, and what is wrong where."""

import codecs
from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

LIMIT: Final = 16 * 1024 * 1024
"""Bytes of the largest file that is read: five times a Common Transfer File of 2,000 pupils."""
MOST_ROWS: Final = 20_000
MOST_FAULTS: Final = 200
"""So many are told at once."""
WINDOWS: Final = "windows-1252"
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class What(StrEnum):
    """Whom a file is about."""

    PUPILS = "pupils"
    STAFF = "staff"


class FileFault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong with a file."""

    line: int
    """Counted from 1; 0 where it is the file as a whole."""
    column: str = ""
    """The column's letter and heading, or the element's name; "" where it is the whole line."""
    expected: str
    """What was expected and what to do, in words that repeat nothing of what stands there."""
    value: str = ""
    """What stands there: for a page that somebody reads, never for a log or a terminal."""

    @property
    def place(self) -> str:
        """Where it is, in words."""
        where = f"line {self.line}" if self.line else "the file"
        return f"{where}, {self.column}" if self.column else where


class FileRefused(Exception):  # noqa: N818 - as domain.refusal
    """The file cannot be brought in: everything that is wrong with it, as far as it could be read."""

    def __init__(self, faults: Iterable[FileFault]) -> None:
        """Keep the faults in the order of their lines; the message holds places and expectations only."""
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))[:MOST_FAULTS]
        super().__init__("\n".join(f"{fault.place}: {fault.expected}" for fault in self.faults))


class Cell(NamedTuple):
    """What stands in one place."""

    text: str
    line: int
    column: str


class Raw(NamedTuple):
    """One person as a file has them: cells by what they mean; those that are blank are left out."""

    line: int
    said: dict[str, Cell]
    carers: tuple[dict[str, Cell], ...] = ()
    telephones: bool = False
    """Whether the file has a place for telephone numbers, so that a family without one is worth a word."""


class Told(NamedTuple):
    """All that a file says."""

    layout: str
    people: tuple[Raw, ...]
    unread: tuple[str, ...] = ()
    """Headings of columns that mean nothing here."""
    whole: bool = False
    """Whether it lists everybody: who is missing in it may have left."""


def refuse(line: int, expected: str, column: str = "", value: str = "") -> FileRefused:
    """One thing is wrong, and nothing more can be read."""
    return FileRefused((FileFault(line=line, column=column, expected=expected, value=value),))


def text_of(data: bytes, encoding: str = "") -> str:
    """The file's text. Raises FileRefused where it is not in the encoding: nothing is guessed, names would suffer."""
    if len(data) > LIMIT:
        raise too_large()
    named = next((name for bom, name in _BOMS if data.startswith(bom)), encoding or "utf-8")
    try:
        text = data.decode(named)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        expected = (
            "letters in UTF-8. Save the file as “CSV UTF-8”, or say that it comes from Excel on Windows (windows-1252)"
        )
        raise refuse(line, expected) from None
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        raise refuse(line, "text. This is another kind of file, or in UTF-16 without its mark: save it as “CSV UTF-8”")
    return text


def too_large() -> FileRefused:
    """The file is larger than any school's."""
    return refuse(0, f"at most {LIMIT // 1024 // 1024} MiB. Send pupils in several files, or without assessments")
