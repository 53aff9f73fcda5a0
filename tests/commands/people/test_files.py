"""The same three children as each system writes them, a Common Transfer File, and files that are broken."""

from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from commands.people.comparing import read_file
from commands.people.csv_file import read_csv
from commands.people.file import LIMIT, FileRefused, Told, What
from commands.people.layouts import layouts, read_layout
from commands.people.rows import Asked, PupilRow, pupil_rows, staff_rows
from commands.policy_files import PolicyFileError
from domain.pupil.commands import BringInPupil
from domain.pupil.events import Carer, Telephone

HERE = Path(__file__).parent
TODAY = date(2026, 11, 20)
WHY = Asked(no_phone_reason="Letters are answered")
MAYA = Carer(
    name="Maya Brook",
    title="Dr",
    relation="Mother",
    parental_responsibility=True,
    phones=(Telephone(number="07700 900123", kind="mobile"),),
)
JO = Carer(name="Jo Hill", relation="Grandmother", phones=(Telephone(number="01632 960001", kind="home"),))
AVA = BringInPupil(
    given_name="Ava",
    family_name="Brook",
    born=date(2017, 5, 2),
    upn="B801200005001",
    year_group="Year 4",
    class_name="4B",
    address="12 Mill Lane, Norbury, NB1 2CD",
    carers=(MAYA, JO),
)
BEN = replace(
    AVA,
    given_name="Ben",
    born=date(2019, 11, 30),
    upn="E801200005003",
    year_group="Year 1",
    class_name="1A",
    carers=(MAYA,),
)
CARA = BringInPupil(
    given_name="Cara",
    family_name="D'Souza-Núñez",
    born=date(2015, 9, 14),
    upn="M80120000500A",
    year_group="Year 6",
    class_name="6C",
    address="Flat 2 High Street, Norbury, NB1 2EF",
    carers=(Carer(name="Ana Núñez", relation="Mother"),),
    phone_none_reason="Letters are answered",
)


def told(data: bytes, what: What = What.PUPILS, encoding: str = "") -> Told:
    return read_file(data, what, layouts(), encoding)


def rows(data: bytes, asked: Asked = WHY) -> tuple[PupilRow, ...]:
    return pupil_rows(told(data).people, asked, TODAY)


def refused(data: bytes, asked: Asked = WHY) -> str:
    """Every fault as a terminal shows it."""
    with pytest.raises(FileRefused) as caught:
        rows(data, asked)
    assert all(fault.expected for fault in caught.value.faults)
    return str(caught.value)


def a_csv(*lines: str, headings: str = "Given name,Family name,Date of birth,UPN,Adult 1,Adult 1 mobile") -> bytes:
    return "\r\n".join((headings, *lines)).encode()


def a_ctf(inside: str, before: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    return f"{before}<CTfile><CTFpupilData><Pupil>{inside}</Pupil></CTFpupilData></CTfile>".encode()


# The systems


@pytest.mark.parametrize("system", ["arbor", "bromcom", "sims", "plain"])
def test_the_same_children_are_read_from_the_file_of_each_system(system: str) -> None:
    data = (HERE / f"{system}.csv").read_bytes()
    assert told(data).layout == system
    assert [row.said for row in rows(data)] == [AVA, BEN, CARA]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_read_in_every_encoding_that_says_what_it_is(encoding: str) -> None:
    text = (HERE / "arbor.csv").read_text(encoding="utf-8")
    assert [row.said for row in rows(text.encode(encoding))] == [AVA, BEN, CARA]


def test_a_file_of_excel_on_windows_is_read_where_somebody_says_so_and_never_guessed() -> None:
    data = (HERE / "arbor.csv").read_text(encoding="utf-8").encode("windows-1252")
    found = told(data, encoding="windows-1252")
    assert pupil_rows(found.people, WHY, TODAY)[2].said == CARA
    says = refused(data)
    assert "line 4" in says
    assert "CSV UTF-8" in says


def test_columns_that_mean_nothing_here_are_named() -> None:
    assert told((HERE / "arbor.csv").read_bytes()).unread == ("Pupil premium",)


def test_headings_act_on_no_terminal_and_there_are_so_many_and_no_more() -> None:
    data = b"UPN,Forename,Surname,\x1b]0;owned\x07\n,,,"
    assert read_csv(data, What.PUPILS, layouts()).unread == ("␛]0;owned␇",)
    with pytest.raises(FileRefused, match="at most 500 columns"):
        read_csv(b"," * 501, What.PUPILS, layouts())


def test_a_common_transfer_file_gives_child_home_and_adults_and_nothing_else() -> None:
    first, second = (row.said for row in rows((HERE / "ctf.xml").read_bytes()))
    jo = replace(JO, relation="other relative", parental_responsibility=False)
    assert first == replace(
        AVA,
        former_upn="M80120000500A",
        year_group="4",
        class_name="",
        language="Polish",
        phone="01632 960009",
        carers=(replace(MAYA, relation="mother"), jo),
    )
    assert second.address == "Flat 2 High Street, Norbury, NB1 2EF"
    assert second.phone_none_reason == "", "a file without contacts says nothing of telephones"


def test_a_common_transfer_file_is_read_in_the_encoding_that_it_names() -> None:
    inside = "<UPN>E801200005003</UPN><Surname>Núñez</Surname><Forename>Ben</Forename>"
    text = a_ctf(inside, '<?xml version="1.0" encoding="ISO-8859-1"?>').decode()
    assert rows(text.encode("iso-8859-1"))[0].said.family_name == "Núñez"


def test_a_school_may_give_a_header_map_of_its_own() -> None:
    own = read_layout(
        "title: Our own\npupils:\n  given_name: Rufname\n  family_name: [Nachname]\n  upn: Nummer\n", "own.yaml"
    )
    found = read_file(b"Rufname,Nachname,Nummer\nAva,Brook,B801200005001", What.PUPILS, {"own": own})
    assert pupil_rows(found.people, WHY, TODAY)[0].said.given_name == "Ava"


def test_a_header_map_that_is_wrong_is_refused_with_its_lines() -> None:
    with pytest.raises(PolicyFileError) as caught:
        read_layout("title: Our own\npupils:\n  given_nam: Rufname\n  upn: 5\n", "own.yaml")
    assert [fault.line for fault in caught.value.errors] == [3, 4]


def test_staff_are_read_with_their_code_and_who_has_left_is_known() -> None:
    found = staff_rows(told((HERE / "arbor_staff.csv").read_bytes(), What.STAFF).people, TODAY)
    assert [(row.said.name, row.said.code, row.said.job, row.said.mobile, row.left) for row in found] == [
        ("Jo Field", "A101", "Teaching assistant", "07700 900321", False),
        ("Sam Meadow", "A102", "Class teacher", None, False),
        ("Pat Leaver", "A103", "Cook", None, True),
    ]


# What is wrong


def test_every_fault_is_told_at_once_with_line_and_column_and_never_with_what_stands_there() -> None:
    says = refused(
        a_csv(
            "Ava,Brook,02/05/2017,A801200005001,Maya Brook,07700 900123",
            "Ben,Brook,31/02/2019,,Maya Brook,07700 900123",
            ",Brook,02/05/2017,,Maya Brook,none",
        )
    )
    for expected in (
        "line 2, column D (UPN)",
        "line 3, column C (Date of birth)",
        "line 4: given name",
        "line 4, column F",
    ):
        assert expected in says
    for secret in ("A801200005001", "Maya", "Brook", "31/02", "07700"):
        assert secret not in says


def test_a_family_with_no_telephone_and_no_reason_is_asked_back_and_one_reason_may_stand_for_all() -> None:
    data = a_csv("Ava,Brook,02/05/2017,,Maya Brook,", "Ben,Brook,02/05/2017,,,")
    assert refused(data, Asked()).count("or why there is none") == 2
    assert {row.said.phone_none_reason for row in rows(data)} == {"Letters are answered"}


def test_a_file_without_a_column_for_telephones_says_nothing_of_them() -> None:
    data = a_csv("Ava,Brook,02/05/2017", headings="Given name,Family name,Date of birth")
    assert rows(data, Asked())[0].said.phone_none_reason == ""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Ava,Brook,02/05/2017,,Maya Brook", "6 fields, as in the first line; there are 5"),
        ("Ava,Brook,02/05/2017,,Maya,Brook,07700 900123", "6 fields, as in the first line; there are 7"),
        ('Ava,"Brook,02/05/2017,,Maya Brook,07700 900123', "a quotation mark is not closed"),
        ('Ava,Br"ook,"0"2/05/2017,,Maya Brook,07700 900123', "a quotation mark"),
        ("Ava,Brook,02/05/2027,,Maya Brook,07700 900123", "a day that has come"),
        ("Ava,Brook,,,Maya Brook,07700 900123", "a date of birth or a UPN"),
        ("Ava,Brook,02/05/2017,,,07700 900123", "a name for each adult"),
        (f"Ava,{'Brook' * 50},02/05/2017,,Maya Brook,07700 900123", "1 to 200 characters"),
        (f"Ava,Brook,02/05/2017,,{'Maya' * 60},07700 900123", "text of at most 200 characters"),
        ("Ava,Br\x07ook,02/05/2017,,Maya Brook,07700 900123", "control"),
    ],
)
def test_a_row_that_cannot_be_right_is_refused_with_what_to_do(line: str, expected: str) -> None:
    says = refused(a_csv("Eve,Hill,02/05/2017,,Jo Hill,07700 900124", line))
    assert "line 3" in says
    assert expected in says


def test_two_rows_of_one_child_must_not_contradict_each_other() -> None:
    says = refused(
        a_csv(
            "Ava,Brook,02/05/2017,B801200005001,Maya Brook,07700 900123",
            "Eve,Brook,02/05/2017,B801200005001,Jo Hill,07700 900124",
        )
    )
    assert "line 3, column A (Given name): the same as in line 2" in says


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "a first line with the columns' headings"),
        (b"Apples,Pears\n1,2", "a column with a pupil's given name: none is headed so"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "letters in UTF-8"),
        (b"Given name,Family name\nA\x00va,Brook", "another kind of file"),
        (b"a" * (LIMIT + 1), "at most 16 MiB"),
        (b"<" + b"a" * LIMIT, "at most 16 MiB"),
    ],
    ids=["empty", "other headings", "a picture", "a zero byte", "200 MB", "200 MB of XML"],
)
def test_what_is_no_file_of_people_is_refused(data: bytes, expected: str) -> None:
    assert expected in refused(data)


BOMB = "".join(
    f'<!ENTITY l{n} "{"&l" + str(n - 1) + ";" if n else "lol"}{"&l" + str(n - 1) + ";" if n else ""}">'
    for n in range(30)
)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (a_ctf("<UPN>&l29;</UPN>", f"<!DOCTYPE CTfile [{BOMB}]>"), "no document type and no entities"),
        (a_ctf("<UPN>&x;</UPN>", '<!DOCTYPE CTfile [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), "no document type"),
        (a_ctf("", '<!DOCTYPE CTfile SYSTEM "http://example.invalid/x.dtd">'), "no document type"),
        (a_ctf("<UPN>B801200005001</UPM>"), "XML that can be read"),
        (a_ctf("<Surname>&nbsp;</Surname>"), "XML that can be read"),
        (a_ctf("<Surname>Núñez</Surname>").replace("ñ".encode(), b"\xf1"), "in the encoding that its first line names"),
        (a_ctf("", '<?xml version="1.0" encoding="klingon"?>'), "encoding"),
        (a_ctf("<a>" * 50_000 + "</a>" * 50_000), "deep"),
        (a_ctf(f"<Surname>{'x' * 10_000}</Surname>"), "characters in one element"),
        (b"<html><body>Signed out</body></html>", "whose first element is CTfile"),
        (b"<CTfile><CTFpupilData/></CTfile>", "a Common Transfer File with pupils"),
        (
            a_ctf("<UPN>A801200005001</UPN><Surname>Brook</Surname><Forename>Ava</Forename>"),
            "line 1, UPN: a UPN whose check",
        ),
        (a_ctf("<UPN>B801200005001</UPN><Forename>Ava</Forename>"), "line 1: family name"),
        (a_ctf("<DOB>2.5.17x</DOB><Surname>Brook</Surname><Forename>Ava</Forename>"), "line 1, DOB: a day"),
    ],
)
def test_a_common_transfer_file_that_is_broken_or_meant_to_break_us_is_refused(data: bytes, expected: str) -> None:
    assert expected in refused(data)
