"""The file for a record system: no cell is ever a formula, and the headings are the school's to change."""

import csv
import io
import unicodedata
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.export_csv import COLUMNS, csv_file, defused, file_name, headings, row_of
from api.export_text import Paste
from domain.ids import PupilId
from domain.pupil.state import Pupil
from domain.refusal import Incomplete
from projections.export_shapes import ExportRecord

RUNS = "=+-@\t\r\n＝＋－＠"
DANGEROUS = st.one_of(
    st.text(max_size=60),
    st.builds(
        lambda hidden, sign, rest: hidden + sign + rest,
        st.text(alphabet=" \u00a0\u200b\u200e\ufeff\u2003\x00\x1f", max_size=3),
        st.sampled_from([*RUNS, '=HYPERLINK("http://x","y")', "@SUM(1)", "+cmd|' /C calc'!A0"]),
        st.text(max_size=30),
    ),
)
KEY = "visit.0190a000-0000-7000-8000-000000000001.unnamed"


def cells(file: bytes) -> list[list[str]]:
    """The file as a spreadsheet reads it."""
    return list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline=""), strict=True))


def begins(cell: str) -> str:
    """What a spreadsheet sees first: the first character that shows."""
    return next((c for c in cell if c in RUNS or not (c.isspace() or not c.isprintable())), "")


@given(DANGEROUS, DANGEROUS, DANGEROUS)
def test_whatever_was_typed_no_cell_begins_with_a_formula_and_every_cell_is_quoted(
    one: str, two: str, three: str
) -> None:
    """Every text field: pupil, year, class, title, category, what happened, who, outcome, UPN, headings."""
    record = ExportRecord(
        key=KEY,
        kind="visit",
        pupil=PupilId(UUID(int=1)),
        name=one,
        year_group=two,
        class_name=three,
        visit=None,
        trip=None,
        concern=None,
        event=None,
        what=two,
        purpose=three,
        street=one,
        at=datetime(2026, 11, 20, 13, 58, tzinfo=UTC),
        complete=True,
        why="all_visits",
    )
    told = Paste(
        key=KEY,
        title=one,
        pupil=two,
        when=three,
        at=record.at,
        category=one,
        happened=(two, three),
        who=three,
        outcome=one,
    )
    child = Pupil(id=PupilId(UUID(int=1)), given_name=one, family_name=two, upn=three)
    named = dict(COLUMNS) | {"title": one or "x"}
    file = csv_file([row_of(record, told, child, two or "x")], named)
    rows = cells(file)
    assert [len(row) for row in rows] == [len(COLUMNS), len(COLUMNS)]
    for row in rows:
        for cell in row:
            assert begins(cell) not in set(RUNS) - {""}
    # Quoted: read without quotes, every field of every row begins and ends with one.
    assert file.decode("utf-8-sig").startswith('"')
    assert file.count(b'","') >= 2 * (len(COLUMNS) - 1)


@given(DANGEROUS)
def test_a_defused_cell_still_says_all_that_was_typed(text: str) -> None:
    """Only an apostrophe is added, and only control characters go."""
    kept = "".join(c for c in text if c in "\n\r\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    assert defused(text) in {kept, f"'{kept}"}


def test_the_headings_are_the_schools_and_an_empty_one_leaves_the_column_out() -> None:
    """An editable header map."""
    named = headings({"record_key": "External id", "upn": ""})
    assert named["record_key"] == "External id"
    assert "upn" not in named
    assert list(named)[1] == "family_name"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"colour": "x"}, "headers.colour"),
        ({"title": "Category"}, "headers.title"),
        ({"record_key": " "}, "headers.record_key"),
        ({"title": "x" * 101}, "headers.title"),
    ],
)
def test_headings_that_will_not_do_are_named(changed: dict[str, str], field: str) -> None:
    """Field and expectation."""
    with pytest.raises(Incomplete) as refused:
        headings(changed)
    assert refused.value.field == field


def test_a_neutral_file_is_never_named_after_a_product() -> None:
    """AC-104."""
    day = datetime(2026, 11, 20, tzinfo=UTC).date()
    assert file_name("neutral_file", day, 3) == "doorstep-neutral-file-2026-11-20-3-records.csv"
    assert file_name("CPOMS", day, 1) == "doorstep-for-CPOMS-confirm-columns-2026-11-20-1-records.csv"
