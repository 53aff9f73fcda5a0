"""Marks that stand for what somebody was shown: another one where anything of it is another by now."""

import hashlib

import msgspec


def mark(shown: object) -> str:
    """Sixteen hexadecimal digits for anything that JSON can say."""
    return hashlib.sha256(msgspec.json.encode(shown)).hexdigest()[:16]
