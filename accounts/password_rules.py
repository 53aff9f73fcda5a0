"""What a password must be: long, not one that many have, not the person's or the school's own name. Nothing else is asked.

No rule says which characters a password has, and none makes anybody change it: both make passwords worse (NIST SP 800-63B).
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Final

SHORTEST: Final = 12
LONGEST: Final = 200
_LEFT: Final = 8
"""Characters that must be left without the names of person and school."""
_DIFFERENT: Final = 5
"""Different characters that a password has at least."""
_NUMBER: Final = 16
"""Characters of one without any letter: dates and telephone numbers are shorter."""
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "1234567890",
    "0987654321",
    "zyxwvutsrqponmlkjihgfedcba",
)
_REPEATED: Final = re.compile(r"(.{1,6}?)\1+.{0,5}", re.DOTALL)
_AROUND: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_WORD: Final = re.compile(r"[^\W\d_]{4,}")


def fault_of(password: str, names: Iterable[str] = ()) -> str:
    """What is wrong with a password, in a sentence; "" where nothing is.

    `names` are those of the person, their sign-in name and the school.
    """
    typed = normal(password)
    if len(typed) < SHORTEST:
        return f"Use {SHORTEST} characters or more: three or four words that do not belong together are easy to keep"
    if len(typed) > LONGEST:
        return f"Use {LONGEST} characters or fewer"
    small = typed.casefold()
    if small in common() or _AROUND.sub("", small) in common() or _is_a_pattern(small):
        return "Many people use this one, and it would be guessed. Choose another"
    if len(_without(small, names)) < _LEFT:
        return "This is mostly your name or the school’s, and it would be guessed. Choose another"
    return ""


def normal(password: str) -> str:
    """The password as it is hashed: the same characters, whichever keyboard typed them (NFC)."""
    return unicodedata.normalize("NFC", password)


@cache
def common() -> frozenset[str]:
    """Passwords that many have, in small letters."""
    return frozenset((files("accounts") / "common_passwords.txt").read_text(encoding="utf-8").split())


def _is_a_pattern(small: str) -> bool:
    if len(set(small)) < _DIFFERENT or (not _AROUND.sub("", small) and len(small) < _NUMBER):
        return True
    repeated = _REPEATED.fullmatch(small)
    return repeated is not None or any(small in row * 3 for row in _ROWS)


def _without(small: str, names: Iterable[str]) -> str:
    words = {word for name in (*names, "doorstep", "password") for word in _WORD.findall(name.casefold())}
    for word in sorted(words, key=len, reverse=True):
        small = small.replace(word, "")
    return small
