"""What a browser answers when it is asked for a passkey: only what holds is taken."""

import json
import os
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from accounts.accounts import Accounts
from accounts.errors import NotAcceptedError
from accounts.passkeys import Passkey, Site, ask_to_make, ask_to_sign, made, signed
from accounts.people import AlreadyLinkedError, put_passkey
from accounts.shapes import Session
from accounts.signing_in import ask_for_passkey, begin_half, check_passkey
from tests.accounts.people import NOW, place, somebody

SITE = Site("visits.school.example", "https://visits.school.example")
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


class Authenticator:
    """A phone with one key pair (ES256)."""

    def __init__(self) -> None:
        """A new phone."""
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(16)
        self.count = 0

    def makes(self, challenge: bytes, *, origin: str = SITE.origin, flags: int = PRESENT | VERIFIED) -> str:
        """What the browser sends for a new passkey."""
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(cose)
        data = self._data(flags | ATTESTED) + attested
        answer = {
            "clientDataJSON": base64url(self._client("webauthn.create", challenge, origin)),
            "attestationObject": base64url(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
        }
        return self._sent(answer)

    def signs(
        self,
        challenge: bytes,
        *,
        origin: str = SITE.origin,
        flags: int = PRESENT | VERIFIED,
        kind: str = "webauthn.get",
    ) -> str:
        """What the browser sends where it is asked to sign."""
        self.count += 1
        data, client = self._data(flags), self._client(kind, challenge, origin)
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        answer = {
            "clientDataJSON": base64url(client),
            "authenticatorData": base64url(data),
            "signature": base64url(signature),
        }
        return self._sent(answer)

    def _data(self, flags: int) -> bytes:
        return sha256(SITE.name.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: bytes, origin: str) -> bytes:
        return json.dumps({"type": kind, "challenge": base64url(challenge), "origin": origin}).encode()

    def _sent(self, response: dict[str, str]) -> str:
        name = base64url(self.id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def registered(phone: Authenticator) -> Passkey:
    asked = ask_to_make(SITE, b"who", "amira")
    return made(SITE, asked.challenge, phone.makes(asked.challenge))


def test_a_passkey_that_was_made_signs_what_it_is_asked() -> None:
    phone = Authenticator()
    passkey = registered(phone)
    assert passkey.id == phone.id
    asked = ask_to_sign(SITE, [passkey.id])
    assert asked.options["userVerification"] == "required"
    assert signed(SITE, asked.challenge, phone.signs(asked.challenge), [passkey]).sign_count == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://visits.school.example.evil.example"},
        {"origin": "http://visits.school.example"},
        {"flags": PRESENT},
        {"kind": "webauthn.create"},
    ],
    ids=["another site", "in the clear", "nobody verified", "an answer to something else"],
)
def test_an_answer_that_does_not_hold_is_refused(wrong: dict[str, Any]) -> None:
    phone = Authenticator()
    passkey = registered(phone)
    challenge = ask_to_sign(SITE, [passkey.id]).challenge
    with pytest.raises(NotAcceptedError):
        signed(SITE, challenge, phone.signs(challenge, **wrong), [passkey])


def test_an_answer_to_another_question_and_another_phones_are_refused() -> None:
    phone, thief = Authenticator(), Authenticator()
    passkey = registered(phone)
    challenge = ask_to_sign(SITE, [passkey.id]).challenge
    with pytest.raises(NotAcceptedError):
        signed(SITE, challenge, phone.signs(b"x" * 64), [passkey])
    thief.id = phone.id
    with pytest.raises(NotAcceptedError):
        signed(SITE, challenge, thief.signs(challenge), [passkey])
    with pytest.raises(NotAcceptedError):
        signed(SITE, challenge, phone.signs(challenge), [])


def test_a_copy_of_a_passkey_that_fell_behind_is_refused() -> None:
    phone = Authenticator()
    passkey = registered(phone)
    phone.count = 5
    challenge = ask_to_sign(SITE, [passkey.id]).challenge
    ahead = signed(SITE, challenge, phone.signs(challenge), [passkey])
    phone.count = 2
    with pytest.raises(NotAcceptedError):
        signed(SITE, challenge, phone.signs(challenge), [ahead])


def test_a_passkey_made_for_another_site_or_without_verifying_anybody_is_refused() -> None:
    phone = Authenticator()
    challenge = ask_to_make(SITE, b"who", "amira").challenge
    for answer in (
        phone.makes(challenge, origin="https://evil.example"),
        phone.makes(challenge, flags=PRESENT),
        phone.makes(b"x" * 64),
    ):
        with pytest.raises(NotAcceptedError):
            made(SITE, challenge, answer)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
LIKE = st.fixed_dictionaries(
    {
        "id": st.just("AAAA"),
        "rawId": st.just("AAAA") | JSON,
        "type": st.just("public-key") | JSON,
        "response": st.dictionaries(
            st.sampled_from(["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]),
            st.binary(max_size=40).map(base64url) | JSON,
        )
        | JSON,
    }
)


@given(sent=(JSON | LIKE).map(json.dumps) | st.text())
def test_whatever_a_browser_sends_is_refused_and_breaks_nothing(sent: str) -> None:
    with pytest.raises(NotAcceptedError):
        made(SITE, b"x" * 64, sent)
    with pytest.raises(NotAcceptedError):
        signed(SITE, b"x" * 64, sent, [Passkey(b"\0\0\0", b"not a key", 0)])


def test_an_answer_counts_once_and_only_for_the_session_that_asked(accounts: Accounts) -> None:
    one, phone = somebody(accounts), Authenticator()
    with accounts.rows.together() as rows:
        put_passkey(rows, one.account, registered(phone), NOW)
    account = accounts.people.get(one.account)
    assert account is not None
    first, second = (begin_half(accounts, account, place(), NOW) for _ in range(2))

    def session(identifier: str) -> Session:
        found = accounts.sessions.find(identifier, NOW)
        assert found is not None
        return found

    assert ask_for_passkey(accounts, session(first), SITE)
    assert ask_for_passkey(accounts, session(second), SITE)
    asked = session(first)
    assert asked.challenge is not None
    answer = phone.signs(asked.challenge)
    with pytest.raises(NotAcceptedError):
        check_passkey(accounts, session(second), SITE, answer, NOW)
    check_passkey(accounts, asked, SITE, answer, NOW)
    for again in (asked, session(first)):
        with pytest.raises(NotAcceptedError):
            check_passkey(accounts, again, SITE, answer, NOW)
    with pytest.raises(AlreadyLinkedError), accounts.rows.together() as rows:
        put_passkey(rows, somebody(accounts).account, accounts.people.passkeys(one.account)[0], NOW)
