"""Under which address people reach a live installation: `DOORSTEP_ORIGIN`, and whose word is taken for who asks."""

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

import msgspec
from fastapi import Request

from eventlog.settings import SettingsUnclearError

LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")
"""The names of this machine for itself."""
_SETTING: Final = "DOORSTEP_ORIGIN"
_PROXIES: Final = "DOORSTEP_PROXIES"


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where people reach it."""

    address: str = ""
    """As `https://visits.school.uk`; "" on this machine only, for a trial."""
    proxies: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    """Networks of what stands in front and says, in X-Forwarded-For, who asks."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names that are answered under, without port."""
        if not self.address:
            return LOOPBACK
        name = urlsplit(self.address).hostname or ""
        return (f"[{name}]" if ":" in name else name,)

    @property
    def secure(self) -> bool:
        """Whether browsers come by TLS; without it only this machine itself is answered."""
        return self.address.startswith("https://")


def origin_from_environ(environ: Mapping[str, str]) -> Origin:
    """What the settings say. Raises SettingsUnclearError."""
    address = environ.get(_SETTING, "").strip().rstrip("/")
    proxies = tuple(one.strip() for one in environ.get(_PROXIES, "").split(",") if one.strip())
    if address:
        _refuse_unclear(address)
    try:
        for one in proxies:
            ip_network(one)
    except ValueError:
        message = f"{_PROXIES} is a list of addresses or networks with commas between: 172.18.0.0/16, 10.0.0.5"
        raise SettingsUnclearError(message) from None
    return Origin(address=address, proxies=proxies) if proxies else Origin(address=address)


def address_of(request: Request, origin: Origin) -> str:
    """The network address of whoever asks; "" where a proxy did not say."""
    peer = request.client.host if request.client else ""
    if not _within(peer, origin.proxies):
        return peer
    # The last entry is what the proxy itself saw; those before it are anybody's word.
    said = ",".join(request.headers.getlist("x-forwarded-for")).rpartition(",")[2].strip()
    return said if _is_address(said) else ""


def _refuse_unclear(address: str) -> None:
    parts = urlsplit(address)
    own = parts.hostname in {name.strip("[]") for name in LOOPBACK}
    if not parts.hostname or parts.path or parts.query or parts.username or not _port_is_clear(address):
        message = f"{_SETTING} is the address that people type, without a path: https://visits.school.uk"
        raise SettingsUnclearError(message)
    if parts.scheme != "https" and not (parts.scheme == "http" and own):
        message = (
            f"{_SETTING} begins with https: passwords and children's records never travel in the clear. Put a proxy that"
            " speaks TLS in front of Doorstep. Plain http is for http://localhost only."
        )
        raise SettingsUnclearError(message)


def _port_is_clear(address: str) -> bool:
    try:
        _ = urlsplit(address).port
    except ValueError:
        return False
    return True


def _within(address: str, networks: tuple[str, ...]) -> bool:
    if not _is_address(address):
        return False
    found = ip_address(address)
    return any(found in ip_network(one) for one in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
