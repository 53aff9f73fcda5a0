"""The day's register, as a school's own system writes it."""

from uuid import uuid4

import pytest

from commands.people.file import FileRefused
from commands.people.register_file import read_register
from domain.ids import PupilId
from domain.pupil.state import Pupil

AVA = Pupil(id=PupilId(uuid4()), given_name="Ava", family_name="Brook", upn="H801200001001")
NOAH = Pupil(id=PupilId(uuid4()), given_name="Noah", family_name="Brook")
TWIN = Pupil(id=PupilId(uuid4()), given_name="Noah", family_name="Brook")
GONE = Pupil(id=PupilId(uuid4()), given_name="Zoe", family_name="Lane", on_roll=False)


def read(text: str, *pupils: Pupil) -> list[tuple[str, str]]:
    return [(one.pupil.name, one.explanation) for one in read_register(text.encode(), pupils or (AVA, NOAH))]


def test_only_absences_are_read_and_a_code_that_says_why_is_an_explanation() -> None:
    assert read("UPN,Name,Code\nH801200001001,,N\n,Noah Brook,I\n") == [("Ava Brook", ""), ("Noah Brook", "illness")]
    assert read("Name;Mark\nAva Brook;/\nNoah Brook;L\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "Surname,Forename,AM\nBrook,Ava,O\n",
        "Pupil Name\tAttendance code\nBrook Ava\to\n",
        'Name,Code\n"Brook, Ava",O\n',
    ],
    ids=["two columns", "family name first", "with a comma"],
)
def test_a_child_is_known_by_the_whole_name_however_it_is_written(text: str) -> None:
    assert read(text) == [("Ava Brook", "")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "a first line"),
        ("Name,Room\nAva Brook,3\n", "attendance code"),
        ("Code\nN\n", "the UPN, or with the pupil's name"),
        ("Name,Code\nAva Brook,7\n", "line 2: one of the national"),
        ("Name,Code\nAva Brook,/\nZoe Lane,N\n", "line 3: a pupil on roll"),
        ("Name,Code\nNoah Brook,N\n", "line 2: the UPN: more than one"),
        ("Name,Code\nAva Brook\n", "line 2: 2 fields"),
    ],
)
def test_a_register_that_cannot_be_read_is_refused_with_its_lines_and_repeats_no_name(text: str, says: str) -> None:
    with pytest.raises(FileRefused, match=says) as refused:
        read(text, AVA, NOAH, TWIN, GONE)
    assert "Zoe" not in str(refused.value)
