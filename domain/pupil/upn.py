"""Unique pupil numbers: a check letter, local authority, school, year and serial number.

In the last place of a temporary one stands a letter; it is as good as any until the permanent one is there. The list of
local authorities that the library carries ends in 2011, so only the check letter is asked of it.
"""

import re
from typing import Final

from stdnum.gb.upn import calc_check_digit

LENGTH: Final = 13
_LETTERS: Final = "ABCDEFGHJKLMNPQRTUVWXYZ"
_SHAPE: Final = re.compile(rf"[{_LETTERS}][0-9]{{11}}[0-9{_LETTERS}]")


def tidied(upn: str) -> str:
    """A UPN as it is kept: capitals, without spaces."""
    return "".join(upn.split()).upper()


def fault_of(upn: str) -> str:
    """What is wrong with a UPN that is `tidied`, in words that repeat none of it; "" where nothing is.

    >>> fault_of("B801200005001"), fault_of("M80120000500A")
    ('', '')
    >>> fault_of("A801200005001")
    'a UPN whose check letter fits: one of its characters is mistyped'
    """
    if len(upn) != LENGTH:
        return f"a UPN of {LENGTH} characters"
    if not _SHAPE.fullmatch(upn):
        return "a UPN: a letter, eleven digits, and a digit (or the letter of a temporary one); never I, O or S"
    if calc_check_digit(upn[1:]) != upn[0]:
        return "a UPN whose check letter fits: one of its characters is mistyped"
    return ""


def is_temporary(upn: str) -> bool:
    """Whether a UPN is one that a school gives until the permanent one is known.

    >>> is_temporary("M80120000500A"), is_temporary("B801200005001"), is_temporary("")
    (True, False, False)
    """
    return upn[-1:].isalpha()
