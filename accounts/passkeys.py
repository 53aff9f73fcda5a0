"""Passkeys: what the browser is asked, and whether its answer holds (WebAuthn, as `webauthn` verifies it).

The person is always verified by the authenticator itself (finger, face or PIN). Nothing is asked about its make.
"""

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.errors import NotAcceptedError

_WRONG: Final = "This passkey was not accepted. Try again, or use another way"
_NAME: Final = "Doorstep"


class Site(NamedTuple):
    """Where passkeys count: on another site the browser does not offer them."""

    name: str
    """The host's name, without port."""
    origin: str
    """As the browser says it: `https://visits.school.uk`."""


class Passkey(NamedTuple):
    """The public half."""

    id: bytes
    public_key: bytes
    sign_count: int


class Asked(NamedTuple):
    """What the browser is asked, and what it has to sign."""

    options: dict[str, Any]
    """For `navigator.credentials`, with bytes in base64url."""
    challenge: bytes


def ask_to_make(site: Site, user: bytes, name: str, known: Sequence[bytes] = ()) -> Asked:
    """Make a passkey; `user` is an id that says nothing, `known` those that the account has."""
    options = generate_registration_options(
        rp_id=site.name,
        rp_name=_NAME,
        user_id=user,
        user_name=name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    return Asked(json.loads(options_to_json(options)), options.challenge)


def made(site: Site, challenge: bytes, sent: str) -> Passkey:
    """The passkey that the browser made. Raises NotAcceptedError."""
    try:
        found = verify_registration_response(
            credential=sent,
            expected_challenge=challenge,
            expected_rp_id=site.name,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        # Whatever a browser may send: none of it is worth another answer.
        raise NotAcceptedError(_WRONG) from error
    return Passkey(found.credential_id, found.credential_public_key, found.sign_count)


def ask_to_sign(site: Site, known: Sequence[bytes]) -> Asked:
    """Sign with one of the account's passkeys."""
    options = generate_authentication_options(
        rp_id=site.name,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Asked(json.loads(options_to_json(options)), options.challenge)


def signed(site: Site, challenge: bytes, sent: str, known: Sequence[Passkey]) -> Passkey:
    """The account's passkey that signed the challenge, with its count as it is now. Raises NotAcceptedError."""
    try:
        named = json.loads(sent).get("id", "")
        key = next(one for one in known if _name(one.id) == named)
        found = verify_authentication_response(
            credential=sent,
            expected_challenge=challenge,
            expected_rp_id=site.name,
            expected_origin=site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, StopIteration, AttributeError, ValueError, TypeError, KeyError) as error:
        raise NotAcceptedError(_WRONG) from error
    return key._replace(sign_count=found.new_sign_count)


def _name(credential: bytes) -> str:
    return bytes_to_base64url(credential)
