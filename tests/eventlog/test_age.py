"""What is sealed opens again and by nobody else; files of another program of age's are read."""

from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from eventlog.age import (
    CHUNK,
    Identity,
    NotAKey,
    NotOpened,
    Passphrase,
    Recipient,
    Sealer,
    opened,
    read_identity,
    read_recipient,
    write_identity,
)
from eventlog.bech32 import NotBech32Error, from_bech32, to_bech32

QUICK = Passphrase("correct horse battery")


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A passphrase that costs next to nothing to try."""
    monkeypatch.setattr("eventlog.age._LOG2N", 4)


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity(X25519PrivateKey.generate().private_bytes_raw())


def sealed(text: bytes, to: Passphrase | Recipient, step: int = 70_001) -> bytes:
    """The file, written in steps."""
    file = BytesIO()
    sealer = Sealer(file, to)
    for at in range(0, len(text), step):
        sealer.write(text[at : at + step])
    sealer.finish()
    return file.getvalue()


def text_of(file: bytes, by: Passphrase | Identity) -> bytes:
    """All of it."""
    return b"".join(opened(BytesIO(file), by))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_is_sealed_opens_again_whatever_its_length(identity: Identity, size: int) -> None:
    text = bytes(number % 251 for number in range(size))
    assert text_of(sealed(text, identity.recipient), identity) == text
    assert text_of(sealed(text, QUICK, step=1 if size < 2 else 999), QUICK) == text


# Made by another program of age's, in another language, for these keys.
THEIR_IDENTITY = "AGE-SECRET-KEY-1PP4YC2PH879FAC2TQ2YQ8WQD90MSANE7QS3TAV8GPZD0Y6X2LFUSRDWPHZ"
THEIRS_FOR_A_KEY = (
    "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSB6eG14NGp4Vm5wbFpOYnR6R2cwd2hNYlJrTEh4L3cxZCtDZGhsZnRNVlFrCk9WSGpTTEkyZ3E2"
    "VFhkK1JPM3BKS2pzenhVQ2hQNFRlbThqeU5EZ0t0czAKLS0tIEtaVjB6MUlLWFJEM3lKVUFoUjkreWI1VzNIbTRIbHJFNm14Z1NydUdiL2MKPaGjImHg"
    "JIKKJsz4+ZqXWp/dPA03+v486fkdiOl+F2btjo0/tw=="
)
THEIRS_BY_A_PASSPHRASE = (
    "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBSN2ZDZnBITXlrQm1TVjNpcHRGVEtnIDEyCmxCTWxFNkY3MWJVL013bXdWYk5jRUh2Ly9MNWRv"
    "U3BIWlhPcHltRDVmOGsKLS0tIFJYQmZnYmQrajhyM3A2SzBOSDVla0xYQmlKdEZjSWVZQ1RjcmpmR1A1djQKOFiL6Kyqi4qatcNm063+atYuTZLXV+mN"
    "uieo6MUEXBH3CU9F4g=="
)


def test_files_of_another_program_are_read() -> None:
    theirs = read_identity(f"# created: 2026-11-22\n# public key: {'x' * 10}\n{THEIR_IDENTITY}\n")
    assert theirs.recipient.says == "age1ed4nzlm7z4lumnx8t0fyjjg259jsde4wyeylhmappzvmz6wzufzsk4mlfs"
    assert text_of(b64decode(THEIRS_FOR_A_KEY), theirs) == b"\x07" * 5
    assert text_of(b64decode(THEIRS_BY_A_PASSPHRASE), Passphrase("correct horse battery")) == b"\x07" * 5


def test_another_key_and_another_passphrase_open_nothing(identity: Identity) -> None:
    other = Identity(X25519PrivateKey.generate().private_bytes_raw())
    for file, by, says in (
        (sealed(b"x", identity.recipient), other, "not the one"),
        (sealed(b"x", QUICK), Passphrase("incorrect horse"), "not the one"),
        (sealed(b"x", QUICK), identity, "passphrase"),
        (sealed(b"x", identity.recipient), QUICK, "private key"),
        (b"something else\n", QUICK, "no file of age"),
        (b"", QUICK, "no file of age"),
    ):
        with pytest.raises(NotOpened, match=says):
            text_of(file, by)


def _changed(file: bytes) -> Iterator[bytes]:
    """Every byte changed, and every end cut off."""
    for at in range(len(file)):
        yield file[:at] + bytes([file[at] ^ 1]) + file[at + 1 :]
        yield file[:at]
    yield file + b"x"


def test_no_byte_of_a_file_can_be_changed_cut_off_or_added(identity: Identity) -> None:
    for changed in _changed(sealed(b"a secret", identity.recipient)):
        with pytest.raises(NotOpened):
            text_of(changed, identity)


def test_pieces_cannot_be_left_out_or_change_places(identity: Identity) -> None:
    file = sealed(b"a" * CHUNK + b"b" * CHUNK + b"c", identity.recipient)
    piece = CHUNK + 16
    head, first, second, last = (
        file[: -2 * piece - 17],
        file[-2 * piece - 17 : -piece - 17],
        file[-piece - 17 : -17],
        file[-17:],
    )
    assert text_of(head + first + second + last, identity) == b"a" * CHUNK + b"b" * CHUNK + b"c"
    for wrong in (
        head + second + first + last,
        head + first + last,
        head + first + second,
        head + first + second + last * 2,
    ):
        with pytest.raises(NotOpened):
            text_of(wrong, identity)


def test_a_key_that_was_mistyped_is_refused_without_repeating_it(identity: Identity) -> None:
    says = identity.recipient.says
    assert read_recipient(f" {says}\n") == identity.recipient
    assert read_identity(write_identity(identity)) == identity
    swapped = (
        says[:10] + says[11] + says[10] + says[12:]
        if says[10] != says[11]
        else says[:-1] + ("q" if says[-1] != "q" else "p")
    )
    for wrong in (swapped, says[:-1], says.upper()[:5] + says[5:], "age1", "", write_identity(identity)):
        with pytest.raises(NotAKey) as refused:
            read_recipient(wrong)
        assert len(wrong) < 5 or wrong not in str(refused.value)
    assert "Passphrase(...)" in repr(QUICK)
    assert "Identity(...)" in repr(identity)


@given(st.binary(max_size=40))
def test_bech32_gives_back_what_it_was_given(data: bytes) -> None:
    text = to_bech32("age", data)
    assert from_bech32("age", text) == data
    assert from_bech32("age", text.upper()) == data
    with pytest.raises(NotBech32Error):
        from_bech32("age-secret-key-", text)
