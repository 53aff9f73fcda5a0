"""Tokens, identifiers and codes that nobody can guess, and the hashes that are kept of them."""

import hashlib
import re
import secrets
from typing import Final

CODES: Final = 10
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that look alike on paper."""
_CODE: Final = 12


def new_token() -> str:
    """256 bits, as they stand in a link or a cookie."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> bytes:
    """What is kept: a token of 256 bits needs no slow hash."""
    return hashlib.sha256(token.encode()).digest()


def new_codes() -> tuple[str, ...]:
    """Recovery codes to print: `k3mf-9wqa-x7pd`, 59 bits each."""
    made = ("".join(secrets.choice(_LETTERS) for _ in range(_CODE)) for _ in range(CODES))
    return tuple(f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in made)


def as_code(typed: str) -> str:
    """A recovery code as it was printed, however it was typed; "" for what cannot be one.

    >>> as_code(" K3MF 9wqa-x7pd"), as_code("123456")
    ('k3mf-9wqa-x7pd', '')
    """
    plain = re.sub(r"[\s-]", "", typed).lower()
    return f"{plain[:4]}-{plain[4:8]}-{plain[8:]}" if len(plain) == _CODE else ""
