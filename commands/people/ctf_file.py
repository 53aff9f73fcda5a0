"""A DfE Common Transfer File: XML, read as a stream, with nothing in it that could grow (entities, a document type).

By the published specifications (CTF 15 to 21): CTfile, a Header, and in CTFpupilData a Pupil each with UPN, names, BasicDetails,
Address, Phones and Contacts. Everything else in it (assessments, attendance, needs) is passed over and kept nowhere.
"""

import io
from typing import Final
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml import DefusedXmlException
from defusedxml.sax import parse

from commands.people.file import LIMIT, MOST_ROWS, Cell, Raw, Told, refuse, too_large

NAME: Final = "ctf"
_DEEPEST: Final = 40
_LONGEST: Final = 4_000
_OF_THE_PUPIL: Final = {
    ("UPN",): "upn",
    ("Forename",): "given_name",
    ("Surname",): "family_name",
    ("DOB",): "born",
    ("BasicDetails", "FormerUPN"): "former_upn",
    ("BasicDetails", "NCyearActual"): "year_group",
    ("BasicDetails", "Languages", "Type", "Language"): "language",
}
_OF_A_CONTACT: Final = {
    "Order": "priority",
    "Title": "title",
    "Surname": "family_name",
    "Forename": "given_name",
    "Relationship": "relation",
    "Responsibility": "parental_responsibility",
    "Responsible": "parental_responsibility",
}
_STREET: Final = ("SAON", "PAON", "Street")
_REST: Final = ("Locality", "Town", "AdministrativeArea", "PostTown")
_LINES: Final = tuple(f"AddressLine{number}" for number in range(1, 6))
_ADDRESS: Final = (*_STREET, *_REST, *_LINES, "PostCode")
_KINDS: Final = {"H": "home", "M": "mobile", "A": "mobile", "W": "work"}
_FAX: Final = ("F",)
_RELATIONS: Final = {
    "PAM": "mother",
    "PAF": "father",
    "STM": "stepmother",
    "STF": "stepfather",
    "FAM": "foster mother",
    "FAF": "foster father",
    "CAR": "carer",
    "CHM": "childminder",
    "REL": "other relative",
    "OFM": "other family member",
    "SWR": "social worker",
    "DOC": "doctor",
    "TCH": "teacher",
    "HTC": "headteacher",
    "OTH": "other contact",
}
"""The codes of the Common Basic Data Set that say who somebody is; one that is not among them stays as it came."""
_LANGUAGES: Final = {
    "ENG": "English",
    "POL": "Polish",
    "URD": "Urdu",
    "ARA": "Arabic",
    "SOM": "Somali",
    "BNG": "Bengali",
    "GUJ": "Gujarati",
    "POR": "Portuguese",
    "TUR": "Turkish",
    "SPA": "Spanish",
    "FRN": "French",
}


def is_ctf(data: bytes) -> bool:
    """Whether these bytes begin as XML does, in any encoding that XML may have."""
    return data[:200].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


def read_ctf(data: bytes) -> Told:
    """The pupils of a Common Transfer File. Raises FileRefused."""
    if len(data) > LIMIT:
        raise too_large()
    handler = _Handler()
    try:
        parse(io.BytesIO(data), handler, forbid_dtd=True)
    except DefusedXmlException:
        raise refuse(
            1, "no document type and no entities: a Common Transfer File has neither. Ask who sent it"
        ) from None
    except SAXParseException as error:
        wanted = "XML that can be read, in the encoding that its first line names. Have the file written again"
        raise refuse(error.getLineNumber() or 0, wanted) from None
    except (LookupError, ValueError):
        raise refuse(1, "an encoding that XML may have: UTF-8, as the specification wants it") from None
    if not handler.people:
        raise refuse(0, "a Common Transfer File with pupils: CTfile, CTFpupilData, Pupil")
    return Told(NAME, tuple(handler.people))


class _Handler(ContentHandler):
    """Gathers one pupil after the other; of everything else nothing is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.people: list[Raw] = []
        self._path: list[str] = []
        self._text: list[str] = []
        self._length = 0
        self._said: dict[str, Cell] = {}
        self._carers: list[dict[str, Cell]] = []
        self._address: dict[str, str] = {}
        self._phones: list[tuple[str, str, int]] = []
        self._kind = ""
        self._line = self._begun = 0
        self._telephones = False

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802 - SAX's name
        """Where the parser is."""
        self._locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: ARG002, N802 - SAX's signature
        """One more element."""
        self._path.append(name.rpartition(":")[2])
        self._text.clear()
        self._length = 0
        self._line = self._locator.getLineNumber() or 0
        if len(self._path) > _DEEPEST:
            raise refuse(self._line, f"elements at most {_DEEPEST} deep. This is no Common Transfer File")
        if len(self._path) == 1 and self._path != ["CTfile"]:
            raise refuse(self._line, "a Common Transfer File, whose first element is CTfile")
        match self._below():
            case ():
                self._said, self._carers, self._address, self._phones = {}, [], {}, []
                self._begun, self._telephones = self._line, False
            case ("Contacts", "Contact"):
                self._carers.append({})
            case _:
                pass  # Nothing begins with any other element.

    def characters(self, content: str) -> None:
        """Some of an element's text."""
        self._length += len(content)
        if self._length > _LONGEST:
            raise refuse(self._line, f"at most {_LONGEST:,} characters in one element", self._path[-1])
        self._text.append(content)

    def endElement(self, name: str) -> None:  # noqa: ARG002, N802 - SAX's signature
        """An element is whole."""
        below = self._below()
        if below is not None:
            text = " ".join("".join(self._text).split())
            self._whole(below, text)
        self._path.pop()
        self._text.clear()

    def _below(self) -> tuple[str, ...] | None:
        """Where in a pupil the parser is; None outside of any."""
        inside = self._path[:3] == ["CTfile", "CTFpupilData", "Pupil"]
        return tuple(self._path[3:]) if inside else None

    def _whole(self, below: tuple[str, ...], text: str) -> None:  # noqa: C901 - one arm an element
        match below:
            case ():
                self._pupil()
            case ("Contacts", "Contact", "Address", *_):
                return  # An adult's own home is not where the visit goes.
            case ("Contacts", "Contact", "Phones", "Phone"):
                self._number_of_a_contact()
            case ("Contacts", "Contact", field) if field in _OF_A_CONTACT and text:
                self._carers[-1][_OF_A_CONTACT[field]] = self._cell(_in_words(field, text))
            case ("Contacts", "Contact"):
                self._telephones = True
            case ("Address", *_, field) if field in _ADDRESS and text:
                self._address[field] = text
            case (*_, "Phone", "TelephoneType" | "PhoneType"):
                self._kind = text
            case (*_, "Phone", "PhoneNo" | "TelephoneNo"):
                self._phones.append((self._kind, text, self._line))
            case ("Phones", "Phone"):
                self._number_of_the_pupil()
            case _ if below in _OF_THE_PUPIL and text:
                field = _OF_THE_PUPIL[below]
                self._said.setdefault(field, self._cell(_LANGUAGES.get(text, text) if field == "language" else text))

    def _cell(self, text: str) -> Cell:
        return Cell(text, self._line, self._path[-1])

    def _number_of_a_contact(self) -> None:
        for kind, number, line in self._taken():
            field = _KINDS.get(kind, "phone")
            self._carers[-1].setdefault(
                field if field not in self._carers[-1] else "phone", Cell(number, line, "PhoneNo")
            )

    def _number_of_the_pupil(self) -> None:
        self._telephones = True
        for _, number, line in self._taken():
            self._said.setdefault("phone", Cell(number, line, "PhoneNo"))

    def _taken(self) -> list[tuple[str, str, int]]:
        found = [one for one in self._phones if one[1] and one[0] not in _FAX]
        self._phones, self._kind = [], ""
        return found

    def _pupil(self) -> None:
        if len(self.people) == MOST_ROWS:
            raise refuse(self._begun, f"at most {MOST_ROWS:,} pupils")
        street = " ".join(self._address[name] for name in _STREET if name in self._address)
        rest = (self._address[name] for name in (*_LINES, *_REST, "PostCode") if name in self._address)
        address = ", ".join(dict.fromkeys(part for part in (street, *rest) if part))
        said = {**self._said, **({"address": Cell(address, self._begun, "Address")} if address else {})}
        carers = tuple(carer for carer in self._carers if carer)
        self.people.append(Raw(self._begun, said, carers, self._telephones))


def _in_words(field: str, text: str) -> str:
    return _RELATIONS.get(text.upper(), text) if field == "Relationship" else text
