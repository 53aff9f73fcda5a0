"""Codes of six digits from an app on a phone (RFC 6238, as `pyotp` computes them)."""

import hmac
import re
from datetime import datetime
from typing import Final

import pyotp

_STEP: Final = 30
_AROUND: Final = (-1, 0, 1)
"""A phone's clock may be half a minute off."""


def new_secret() -> str:
    """160 bits in base32."""
    return pyotp.random_base32(32)


def step_of(secret: str, typed: str, *, after: int, now: datetime) -> int | None:
    """The time step whose code was typed, later than step `after`; None where it is none of these."""
    plain = re.sub(r"\s", "", typed)
    current = int(now.timestamp()) // _STEP
    totp = pyotp.TOTP(secret)
    found = [
        current + by for by in _AROUND if hmac.compare_digest(totp.generate_otp(current + by).encode(), plain.encode())
    ]
    return next((step for step in found if step > after), None)


def address_of(secret: str, name: str) -> str:
    """What the QR code says to the app: `otpauth://totp/...`."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Doorstep")
