"""A provider is asked over TLS that somebody vouches for, or not at all."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from accounts.openid_web import AwayError, Web


class OwnServer:
    """Speaks TLS by a certificate of its own making, and keeps what it was told inside."""

    def __init__(self, folder: Path) -> None:
        """Serve two connections, one after the other."""
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate(folder))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.heard: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for _ in range(2):
            connection, _ = self._listener.accept()
            with connection, suppress(OSError), self._context.wrap_socket(connection, server_side=True) as inside:
                self.heard.append(inside.recv(100))

    def stop(self) -> None:
        """Wait for the end."""
        self._thread.join(10)
        self._listener.close()


def certificate(folder: Path) -> Path:
    """A key and a certificate for localhost, signed by nobody else."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "own.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + made.public_bytes(Encoding.PEM))
    return file


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OwnServer]:
    made = OwnServer(tmp_path)
    yield made
    made.stop()


def test_a_provider_whose_certificate_nobody_vouches_for_is_told_nothing(server: OwnServer) -> None:
    with pytest.raises(AwayError, match="ConnectError"):
        Web().send(f"https://localhost:{server.port}/token", {"client_secret": "told to nobody"}, {})
    # Whoever does not look at the certificate is heard: it was that, and nothing else.
    careless = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", server.port)) as connection,
        careless.wrap_socket(connection) as inside,
    ):
        inside.sendall(b"hello")
    server.stop()
    assert server.heard == [b"hello"]


@pytest.mark.parametrize("address", ["http://login.trust.example/keys", "file:///etc/passwd", "ftp://localhost/x", ""])
def test_what_is_not_tls_is_not_asked(address: str) -> None:
    with pytest.raises(AwayError, match="without TLS"):
        Web().read(address)
