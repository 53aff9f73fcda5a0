"""Bech32 (BIP 173): bytes as text that tells a slip of the pen; how age writes its keys."""

from collections.abc import Iterable
from itertools import chain
from typing import Final

_LETTERS: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECK: Final = 6


class NotBech32Error(ValueError):
    """The text is not bech32 with the prefix that is wanted, or was mistyped."""


def to_bech32(prefix: str, data: bytes) -> str:
    """In small letters.

    >>> to_bech32("age", bytes(2))
    'age1qqqqlpnwam'
    """
    values = _regrouped(data, 8, 5, pad=True)
    known = [*_spread(prefix), *values, *[0] * _CHECK]
    rest = _remainder(known) ^ 1
    check = [(rest >> 5 * (_CHECK - 1 - place)) & 31 for place in range(_CHECK)]
    return f"{prefix}1{''.join(_LETTERS[value] for value in chain(values, check))}"


def from_bech32(prefix: str, text: str) -> bytes:
    """The bytes. Raises NotBech32Error."""
    lowered = text.lower()
    if text not in {lowered, text.upper()} or not lowered.startswith(f"{prefix}1"):
        raise NotBech32Error
    try:
        values = [_LETTERS.index(letter) for letter in lowered[len(prefix) + 1 :]]
    except ValueError:
        raise NotBech32Error from None
    if len(values) < _CHECK or _remainder([*_spread(prefix), *values]) != 1:
        raise NotBech32Error
    return bytes(_regrouped(values[:-_CHECK], 5, 8, pad=False))


def _spread(prefix: str) -> list[int]:
    codes = prefix.encode()
    return [*(code >> 5 for code in codes), 0, *(code & 31 for code in codes)]


def _remainder(values: Iterable[int]) -> int:
    rest = 1
    for value in values:
        top = rest >> 25
        rest = (rest & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATORS):
            rest ^= generator if top >> place & 1 else 0
    return rest


def _regrouped(values: Iterable[int], width: int, wanted: int, *, pad: bool) -> list[int]:
    """The same bits in groups of another width. Raises NotBech32Error for bits that are left over and not nought."""
    bits = held = 0
    out = []
    for value in values:
        held = (held << width | value) & ((1 << (width + wanted)) - 1)
        bits += width
        while bits >= wanted:
            bits -= wanted
            out.append(held >> bits & ((1 << wanted) - 1))
    left = held & ((1 << bits) - 1)
    if pad and bits:
        out.append(left << (wanted - bits))
    elif not pad and (bits >= width or left):
        raise NotBech32Error
    return out
