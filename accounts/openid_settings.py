"""Where else people may prove who they are: Microsoft Entra, Google Workspace, one other provider that speaks OpenID Connect.

Each is described by settings of the installation. What pins it (issuer, tenant or domain) is never left open.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from eventlog.settings import SettingsUnclearError, secret_in_file

LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
"""Where a provider may be reached without TLS: on this machine, for a trial."""
_TENANT: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DOMAIN: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_GOOGLE: Final = "https://accounts.google.com"
_LONGEST_NAME: Final = 30
_CLAIMS: Final = ("amr", "acr", "acrs")


class Claim(NamedTuple):
    """A word of the provider's by which it says that somebody proved themselves twice."""

    name: str
    """amr, acr, or acrs (Entra's authentication contexts)."""
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One provider, and how this installation is known there."""

    key: str
    """As it stands in addresses: entra, google or openid."""
    name: str
    """As people call it."""
    issuer: str
    """Its discovery document and its tokens must name exactly this one."""
    client_id: str
    client_secret: str = field(repr=False)
    tenant: str = ""
    """Entra's: `tid` of every token."""
    domains: tuple[str, ...] = ()
    """Google Workspace's: `hd` of every token is one of them."""
    second_factor: Claim | None = None
    """What counts as the second factor; None where Doorstep asks for its own."""
    at_sign_in: str = ""
    """What the provider is asked to ask the person (`prompt`) when they sign in."""
    at_linking: str = "login"
    """And when the account is linked: the person shows which one is theirs."""


def providers_from_environ(environ: Mapping[str, str]) -> tuple[Provider, ...]:
    """The providers that the settings describe, none where none is set. Raises SettingsUnclearError."""
    found = (
        _entra(_Settings(environ, "ENTRA")),
        _google(_Settings(environ, "GOOGLE")),
        _other(_Settings(environ, "OPENID")),
    )
    return tuple(one for one in found if one is not None)


class _Settings:
    """The settings of one provider, all of which begin alike."""

    def __init__(self, environ: Mapping[str, str], kind: str) -> None:
        self.prefix = f"DOORSTEP_{kind}"
        begins = f"{self.prefix}_"
        self._set = {
            name.removeprefix(begins): value.strip()
            for name, value in environ.items()
            if name.startswith(begins) and value.strip()
        }

    def refuse_unless(self, *names: str) -> bool:
        """Whether anything of it is set. Raises where something is and one of `names` or the secret is not."""
        if not self._set:
            return False
        missing = [f"{self.prefix}_{name}" for name in (*names, "CLIENT_ID") if name not in self._set]
        if not {"CLIENT_SECRET", "CLIENT_SECRET_FILE"} & set(self._set):
            missing.append(f"{self.prefix}_CLIENT_SECRET_FILE")
        if missing:
            message = f"Not set: {', '.join(missing)}. To sign in by this provider, set all of them; else none."
            raise SettingsUnclearError(message)
        known = {*names, "CLIENT_ID", "CLIENT_SECRET", "CLIENT_SECRET_FILE", "SECOND_FACTOR", "NAME"}
        if unknown := sorted(set(self._set) - known):
            message = f"There is no setting {self.prefix}_{unknown[0]}."
            raise SettingsUnclearError(message)
        if len(self.get("NAME")) > _LONGEST_NAME or not self.get("NAME").isprintable():
            message = f"{self.prefix}_NAME is what people call the provider, in {_LONGEST_NAME} characters or fewer."
            raise SettingsUnclearError(message)
        return True

    def get(self, name: str) -> str:
        return self._set.get(name, "")

    @property
    def secret(self) -> str:
        direct, file = self.get("CLIENT_SECRET"), self.get("CLIENT_SECRET_FILE")
        if direct and file:
            message = (
                f"{self.prefix}_CLIENT_SECRET and {self.prefix}_CLIENT_SECRET_FILE are both set. Keep one of them."
            )
            raise SettingsUnclearError(message)
        return direct or secret_in_file(f"{self.prefix}_CLIENT_SECRET_FILE", file)

    @property
    def second_factor(self) -> Claim | None:
        said = self.get("SECOND_FACTOR")
        if not said:
            return None
        name, equals, value = said.partition("=")
        if not equals or name.strip() not in _CLAIMS or not value.strip():
            message = (
                f"{self.prefix}_SECOND_FACTOR says by which word the provider tells that somebody proved themselves twice:"
                " amr=mfa, acr=..., or acrs=c1. Leave it away where the provider does not enforce that for everybody."
            )
            raise SettingsUnclearError(message)
        return Claim(name.strip(), value.strip())


def _entra(settings: _Settings) -> Provider | None:
    if not settings.refuse_unless("TENANT"):
        return None
    tenant = settings.get("TENANT").lower()
    if not _TENANT.fullmatch(tenant):
        message = (
            f"{settings.prefix}_TENANT is the tenant's id, as 8c6f2c3a-0d5e-4b7a-9a3f-2f1d6c0e7b55: never “common” or"
            " “organizations”, which would let in anybody with an account at Microsoft."
        )
        raise SettingsUnclearError(message)
    return Provider(
        key="entra",
        name=settings.get("NAME") or "Microsoft",
        issuer=f"https://login.microsoftonline.com/{tenant}/v2.0",
        client_id=settings.get("CLIENT_ID"),
        client_secret=settings.secret,
        tenant=tenant,
        second_factor=settings.second_factor,
        at_sign_in="select_account",
    )


def _google(settings: _Settings) -> Provider | None:
    if not settings.refuse_unless("DOMAIN"):
        return None
    domains = tuple(one.strip().lower() for one in settings.get("DOMAIN").split(","))
    if not all(_DOMAIN.fullmatch(one) for one in domains):
        message = f"{settings.prefix}_DOMAIN is the school's Google Workspace domain, or several with commas between: beckside.school.uk"
        raise SettingsUnclearError(message)
    return Provider(
        key="google",
        name=settings.get("NAME") or "Google",
        issuer=_GOOGLE,
        client_id=settings.get("CLIENT_ID"),
        client_secret=settings.secret,
        domains=domains,
        second_factor=settings.second_factor,
        at_sign_in="select_account",
        at_linking="select_account",  # the only one that Google knows
    )


def _other(settings: _Settings) -> Provider | None:
    if not settings.refuse_unless("ISSUER", "NAME"):
        return None
    issuer = settings.get("ISSUER")
    if not is_safe(issuer) or urlsplit(issuer).query or urlsplit(issuer).fragment:
        message = f"{settings.prefix}_ISSUER is the provider's address, exactly as it writes it itself: https://login.school.uk"
        raise SettingsUnclearError(message)
    return Provider(
        key="openid",
        name=settings.get("NAME"),
        issuer=issuer,
        client_id=settings.get("CLIENT_ID"),
        client_secret=settings.secret,
        second_factor=settings.second_factor,
    )


def is_safe(address: str) -> bool:
    """Whether what is asked there travels encrypted, or stays on this machine."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return False
    if not parts.hostname or parts.username is not None or not address.isprintable():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
