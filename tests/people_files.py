"""Files of invented people, of any length, as a school's own system would write them."""

from datetime import date, timedelta

from stdnum.gb.upn import calc_check_digit

HEADINGS = "UPN,Legal first name,Legal last name,Date of birth,Year group,Registration form,Address,Guardian 1,Guardian 1 mobile"


def upn_of(number: int) -> str:
    """A UPN of no school, with the right check letter."""
    rest = f"999{number:09d}"
    return f"{calc_check_digit(rest)}{rest}"


def born(number: int) -> date:
    """A day in seven school years."""
    return date(2015, 9, 1) + timedelta(days=number % 2_500)


def a_csv(number: int, form: str = "4B", first: int = 0) -> bytes:
    """So many pupils, as Arbor writes them."""
    lines = (
        f"{upn_of(n)},Ava {n},Quillfeather,{born(n):%d/%m/%Y},Year 4,{form},{n} Mill Lane Norbury,Maya {n},07700 9{n:05d}"
        for n in range(first, first + number)
    )
    return "\r\n".join((HEADINGS, *lines)).encode()


def a_ctf(number: int) -> bytes:
    """So many pupils, as a Common Transfer File has them."""
    pupils = "".join(
        f"<Pupil><UPN>{upn_of(n)}</UPN><Surname>Quillfeather</Surname><Forename>Ava {n}</Forename><DOB>{born(n)}</DOB>"
        f"<BasicDetails><NCyearActual>4</NCyearActual></BasicDetails><Address><BS7666Address><PAON>{n}</PAON>"
        "<Street>Mill Lane</Street><Town>Norbury</Town></BS7666Address><PostCode>NB1 2CD</PostCode></Address>"
        f"<Contacts><Contact><Order>1</Order><Surname>Quillfeather</Surname><Forename>Maya {n}</Forename>"
        "<Relationship>PAM</Relationship><Responsibility>true</Responsibility><Phones><Phone><TelephoneType>M</TelephoneType>"
        f"<PhoneNo>07700 9{n:05d}</PhoneNo></Phone></Phones></Contact></Contacts></Pupil>"
        for n in range(number)
    )
    head = '<?xml version="1.0" encoding="UTF-8"?><CTfile><Header><DocumentName>Common Transfer File</DocumentName></Header>'
    return f"{head}<CTFpupilData>{pupils}</CTFpupilData></CTfile>".encode()
