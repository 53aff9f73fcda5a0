"""The proxy in front of Doorstep, run with its own file where a Caddy is installed on this machine."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from httpx2 import Client, HTTPError

CADDYFILE: Final = Path(__file__).parents[2] / "docker/Caddyfile"
CADDY: Final = shutil.which("caddy")
pytestmark = pytest.mark.skipif(CADDY is None, reason="no Caddy on this machine: its file is read, and not run")


class _Mirror(BaseHTTPRequestHandler):
    """Says which headers came."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def do_GET(self) -> None:
        body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class Proxy(NamedTuple):
    """Where it is reached, and what it writes."""

    port: int
    http_port: int
    output: Path


def a_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def behind(folder: Path, app: int) -> Iterator[Proxy]:
    """Caddy in front of a port of this machine, for the name localhost, with a certificate of its own making."""
    made = Proxy(a_port(), a_port(), folder / "output.txt")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "data"),
        "DOORSTEP_ORIGIN": f"https://localhost:{made.port}",
        "DOORSTEP_APP": f"127.0.0.1:{app}",
        "DOORSTEP_HTTP_PORT": str(made.http_port),
        "DOORSTEP_PROXY_HEALTH_PORT": str(a_port()),
    }
    assert CADDY is not None
    command = [CADDY, "run", "--config", str(CADDYFILE), "--adapter", "caddyfile"]
    with made.output.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                ask(made, "/").close()
                break
            except (HTTPError, OSError):
                assert process.poll() is None, made.output.read_text(encoding="utf-8")
                assert time.monotonic() < deadline, made.output.read_text(encoding="utf-8")
                time.sleep(0.1)
        yield made
    finally:
        process.terminate()
        process.wait(20)


def ask(proxy: Proxy, path: str, content: bytes | None = None, **headers: str) -> Any:
    """Ask by TLS; the certificate is of its own making and not known to this machine."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with Client(verify=trusting, timeout=10) as client:
        how = "GET" if content is None else "POST"
        return client.request(how, f"https://localhost:{proxy.port}{path}", content=content, headers=headers)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Mirror) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with behind(tmp_path_factory.mktemp("caddy"), server.server_address[1]) as made:
            yield made
        server.shutdown()


def test_what_a_browser_says_of_its_address_and_scheme_is_thrown_away(proxy: Proxy) -> None:
    forged = {"X-Forwarded-For": "10.1.2.3", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example"}
    came = ask(proxy, "/", None, **forged).json()
    assert came["x-forwarded-for"] == "127.0.0.1"
    assert came["x-forwarded-proto"] == "https"
    assert came["host"] == f"localhost:{proxy.port}"
    assert "evil" not in json.dumps(came)


def test_plain_http_leads_on_to_tls(proxy: Proxy) -> None:
    with Client(timeout=10) as client:
        answer = client.get(f"http://localhost:{proxy.http_port}/schools/x/board")
    assert answer.status_code == 308
    assert answer.headers["location"].startswith("https://localhost")


def test_what_is_far_too_large_does_not_reach_the_program(proxy: Proxy) -> None:
    assert ask(proxy, "/", content=b"x" * 1_200_000).status_code in {413, 502}
    assert ask(proxy, "/", content=b"x" * 200_000).status_code == 200
    assert ask(proxy, "/schools/x/register/import", content=b"x" * 1_200_000).status_code == 200, "a file of people"
    assert ask(proxy, "/schools/x/register/import", content=b"x" * 26_000_000).status_code in {413, 502}


def test_an_app_that_is_away_is_told_of_without_the_address_that_was_asked(tmp_path: Path) -> None:
    with behind(tmp_path, a_port()) as alone:
        assert ask(alone, "/schools/x/visits?q=Quillfeather", Cookie="a=Quillfeather").status_code == 502
        told = alone.output.read_text(encoding="utf-8")
    assert "connection refused" in told
    assert "Quillfeather" not in told
    assert "/schools/" not in told
