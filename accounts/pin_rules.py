"""What a PIN for the front desk must be: four to six digits, and none of those that are tried first."""

import re
from typing import Final

_PIN: Final = re.compile(r"[0-9]{4,6}")
_REPEATED: Final = re.compile(r"(\d{1,3})\1+")
_ROWS: Final = ("0123456789", "9876543210", "13579", "02468", "97531", "86420")
_COMMON: Final = frozenset(
    (
        *(
            "1122",
            "1004",
            "1313",
            "2001",
            "2580",
            "0852",
            "4321",
            "6969",
            "1010",
            "5683",
            "1998",
            "1342",
            "1379",
            "7410",
        ),
        *("12321", "112233", "121314", "147258", "159753", "159357", "789456", "741852", "123654", "147852", "520520"),
        *("100200", "102030", "141421", "314159", "271828"),
    )
)
"""Besides rows and repetitions: what most people choose who choose badly."""


def fault_of(pin: str) -> str:
    """What is wrong with a PIN, in a sentence; "" where nothing is.

    >>> fault_of("7391"), fault_of("735")
    ('', 'A PIN has four to six digits, and nothing else')
    """
    if _PIN.fullmatch(pin) is None:
        return "A PIN has four to six digits, and nothing else"
    if pin in _COMMON or _REPEATED.fullmatch(pin) or _in_a_row(pin):
        return "Many people use this one, and it would be tried first. Choose another"
    return ""


def _in_a_row(pin: str) -> bool:
    return any(pin in row * 2 for row in _ROWS)
