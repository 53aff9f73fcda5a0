"""A provider of the tests' own, on loopback: it publishes, takes codes, and signs whatever a test wants signed."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey

from accounts.openid_settings import Provider

CLIENT: Final = "doorstep-at-the-provider"
SECRET: Final = "a client secret: with %, + and ü"
Change = Callable[[dict[str, Any]], None]


def without(text: bytes) -> str:
    """Base64url as tokens write it."""
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


@cache
def first_key() -> RSAKey:
    """Made once for all tests of a run."""
    return RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})


@dataclass
class Granted:
    """A code, and what it stands for."""

    token: str
    challenge: str
    back: str


@dataclass
class OwnProvider:
    """Its knobs. What a test does not touch is as the standard wants it."""

    issuer: str = ""
    key: Key = field(default_factory=first_key)
    published: list[dict[str, Any]] = field(default_factory=list)
    document: dict[str, Any] = field(default_factory=dict)
    """What its discovery document says otherwise."""
    down: set[str] = field(default_factory=set)
    """Paths that are answered with 503."""
    moved: set[str] = field(default_factory=set)
    """Paths that lead on to another."""
    slow: threading.Event = field(default_factory=threading.Event)
    """Nothing is answered while it is not set."""
    trickling: set[str] = field(default_factory=set)
    """Paths that are answered a few bytes at a time."""
    asked: list[str] = field(default_factory=list)
    """Paths, in the order in which they were asked for."""
    codes: dict[str, Granted] = field(default_factory=dict)

    def publish(self, *keys: Key) -> None:
        """These keys, and no others."""
        self.published = [dict(key.as_dict(private=False)) for key in keys]

    def settings(self, **more: Any) -> Provider:
        """How Doorstep knows it."""
        return Provider(
            **{
                "key": "openid",
                "name": "Trust login",
                "issuer": self.issuer,
                "client_id": CLIENT,
                "client_secret": SECRET,
                **more,
            }
        )

    def claims(self, subject: str, nonce: str, now: datetime) -> dict[str, Any]:
        """As the standard wants them."""
        at = int(now.timestamp())
        return {"iss": self.issuer, "aud": CLIENT, "sub": subject, "nonce": nonce, "iat": at, "exp": at + 300}

    def sign(self, claims: dict[str, Any], key: Key | None = None, **header: Any) -> str:
        """A token."""
        key = key or self.key
        algorithm = "ES256" if isinstance(key, ECKey) else "RS256"
        return jwt.encode(
            {"alg": algorithm, "kid": key.kid, **header}, claims, key, algorithms=["RS256", "PS256", "ES256"]
        )

    def comes_to(
        self, address: str, subject: str, now: datetime, *, change: Change = lambda _: None, token: str | None = None
    ) -> dict[str, str]:
        """Somebody comes by this address and proves who they are: what their browser takes back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["client_id"] == CLIENT
        assert (asked["response_type"], asked["code_challenge_method"], asked["scope"]) == ("code", "S256", "openid")
        claims = self.claims(subject, asked["nonce"], now)
        change(claims)
        code = uuid4().hex
        self.codes[code] = Granted(token or self.sign(claims), asked["code_challenge"], asked["redirect_uri"])
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    def answers(self, path: str) -> dict[str, Any] | None:
        """What stands at a path."""
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorise",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                **self.document,
            }
        return {"keys": self.published} if path == "/keys" else None

    def redeems(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """A code, once, for whoever began with its verifier and has the secret."""
        granted = self.codes.pop(form.get("code", ""), None)
        if (
            granted is None
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != granted.back
        ):
            return None
        verified = without(hashlib.sha256(form.get("code_verifier", "").encode()).digest()) == granted.challenge
        return {"id_token": granted.token, "token_type": "Bearer"} if verified and _knows(form, authorization) else None


def _knows(form: dict[str, str], authorization: str) -> bool:
    if authorization:
        wanted = "doorstep-at-the-provider:a%20client%20secret%3A%20with%20%25%2C%20%2B%20and%20%C3%BC"
        return authorization == f"Basic {base64.b64encode(wanted.encode()).decode()}"
    return (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)


@contextmanager
def own_provider() -> Iterator[OwnProvider]:
    """Serve one on a free port."""
    made = OwnProvider()
    made.publish(made.key)
    made.slow.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(made.answers(urlsplit(self.path).path), 404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._send(made.redeems(form, self.headers.get("authorization", "")), 400)

        def handle(self) -> None:
            with suppress(BrokenPipeError, ConnectionResetError):  # whoever asked has given up
                super().handle()

        def _send(self, found: dict[str, Any] | None, otherwise: int) -> None:
            made.asked.append(self.path)
            made.slow.wait(20)
            status = 200 if found is not None else otherwise
            status = 503 if self.path in made.down else 302 if self.path in made.moved else status
            body = json.dumps(found or {"error": "invalid_grant"}).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("location", "/elsewhere")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if self.path in made.trickling:
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    time.sleep(0.02)
            else:
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing is written."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
