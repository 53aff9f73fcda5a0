"""Keys, signed notes, checkpoints and cosignatures are read as C2SP writes them, and nothing else is let through."""

from base64 import b64decode, b64encode
from pathlib import Path

import pytest

from eventlog.ledger.signing import KeyUnusable, LogSigner, make_key, read_key
from eventlog.ledger.verifier import (
    EMPTY_ROOT,
    Checkpoint,
    Refused,
    VerifierKey,
    check_signatures,
    open_checkpoint,
    parse_checkpoint,
    parse_note,
    parse_origin,
    parse_vkey,
)
from eventlog.ledger.witness import with_cosignature
from tests.eventlog.ledger.examples import ORIGIN, log_signer, naive_root, rows, witness_signer

SPECIFIED_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPECIFIED_NOTE = """This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""
"""The example of the signed-note specification itself."""

CHECKPOINT = Checkpoint(ORIGIN, 7, naive_root(rows(7)))
NOTE = log_signer().sign(CHECKPOINT)
KEY = log_signer().vkey


def test_the_specifications_own_example_is_verified() -> None:
    key = parse_vkey(SPECIFIED_KEY)
    assert str(key) == SPECIFIED_KEY
    assert check_signatures(parse_note(SPECIFIED_NOTE.encode()), [key]) == {key: None}


def test_a_checkpoint_is_what_its_key_signed() -> None:
    opened = open_checkpoint(NOTE, [KEY])
    assert opened.checkpoint == CHECKPOINT
    assert opened.key == KEY
    assert NOTE.decode().startswith(f"{ORIGIN}\n7\n")
    assert parse_vkey(str(KEY)) == KEY


MALFORMED_NOTES = {
    "it is empty": b"",
    "it ends in the middle": NOTE[:-1],
    "its signature is missing": CHECKPOINT.text.encode() + b"\n",
    "it has no empty line": NOTE.replace(b"\n\n", b"\n"),
    "it is not UTF-8": NOTE.replace(b"doorstep", b"door\xffste"),
    "it has a control character": NOTE.replace(b"doorstep", b"door\rste"),
    "its dash is a hyphen": NOTE.replace("—".encode(), b"-"),
    "its signature is not base64": NOTE[:-3] + b"!!\n",
    "its signature has no padding": NOTE.removesuffix(b"=\n") + b"\n",
    "its signature is too short": CHECKPOINT.text.encode() + f"\n— {ORIGIN} AAAA\n".encode(),
    "there is a space too many": NOTE.replace("— ".encode(), "—  ".encode()),
    "something follows the signature": NOTE + b"more\n",
    "it is a megabyte long": NOTE + "— other/key AAAAAAAA\n".encode() * 60_000,
}


@pytest.mark.parametrize("what", MALFORMED_NOTES)
def test_a_malformed_note_is_refused_when(what: str) -> None:
    with pytest.raises(Refused):
        open_checkpoint(MALFORMED_NOTES[what], [KEY])


def signed(text: str) -> bytes:
    """A note over any text, signed validly with the log's key."""
    signer = log_signer()

    class Any(Checkpoint):
        """A checkpoint that says what it was given."""

        @property
        def text(self) -> str:
            return text

    return signer.sign(Any("", 0, b""))


ROOT = CHECKPOINT.text.split("\n")[2]
MALFORMED_CHECKPOINTS = {
    "its size has a leading nought": f"{ORIGIN}\n07\n{ROOT}\n",
    "its size has a sign": f"{ORIGIN}\n+7\n{ROOT}\n",
    "its size is negative": f"{ORIGIN}\n-7\n{ROOT}\n",
    "its size has other digits than ASCII's": f"{ORIGIN}\n٧\n{ROOT}\n",
    "its size is too large": f"{ORIGIN}\n{2**63}\n{ROOT}\n",
    "its size is empty": f"{ORIGIN}\n\n{ROOT}\n",
    "its root is cut short": f"{ORIGIN}\n7\n{ROOT[:-4]}\n",
    "its root is 15 bytes": f"{ORIGIN}\n7\n{b64encode(bytes(15)).decode()}\n",
    "its root has another spelling": f"{ORIGIN}\n7\n{ROOT[:-2]}{chr(ord(ROOT[-2]) + 1)}=\n",
    "its root is missing": f"{ORIGIN}\n7\n",
    "it has an extension line": f"{ORIGIN}\n7\n{ROOT}\nmore\n",
    "it is empty but its root is not": f"{ORIGIN}\n0\n{ROOT}\n",
    "its origin is no Doorstep log": f"example.com/log\n7\n{ROOT}\n",
}


@pytest.mark.parametrize("what", MALFORMED_CHECKPOINTS)
def test_a_checkpoint_that_is_signed_but_malformed_is_refused_when(what: str) -> None:
    with pytest.raises(Refused):
        open_checkpoint(signed(MALFORMED_CHECKPOINTS[what]), [KEY])


def test_the_checkpoint_of_an_empty_log_has_the_root_of_the_empty_tree() -> None:
    empty = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert open_checkpoint(log_signer().sign(empty), [KEY]).checkpoint == empty


@pytest.mark.parametrize(
    "other",
    [
        ORIGIN.replace("elm_park", "oak_hill"),
        ORIGIN[:-1] + "2",
        ORIGIN.replace("0b5c9a52", "1b5c9a52"),
    ],
)
def test_a_checkpoint_of_another_school_epoch_or_installation_is_refused(other: str) -> None:
    note = log_signer(other).sign(CHECKPOINT._replace(origin=other))
    with pytest.raises(Refused, match="another log"):
        open_checkpoint(note, [KEY])
    # Nor does another log's key, under its own name, sign for this one.
    foreign = log_signer(other).sign(CHECKPOINT)
    with pytest.raises(Refused, match="not signed with the log's key"):
        open_checkpoint(foreign, [KEY])


def test_a_checkpoint_of_another_key_is_refused_even_under_the_same_name() -> None:
    note = log_signer(key="another").sign(CHECKPOINT)
    with pytest.raises(Refused, match="not signed with the log's key"):
        open_checkpoint(note, [KEY])


def test_a_signature_by_another_key_that_claims_the_keys_id_refuses_the_whole_note() -> None:
    name, _, encoded = NOTE.decode().rstrip("\n").rpartition(" ")
    forged = f"{name} {b64encode(b64decode(encoded)[:4] + bytes(64)).decode()}\n".encode()
    with pytest.raises(Refused, match="not valid"):
        open_checkpoint(forged, [KEY])
    # Also beside a signature that is valid.
    with pytest.raises(Refused, match="not valid"):
        open_checkpoint(NOTE + forged.split(b"\n\n")[1], [KEY])


def test_signatures_of_unknown_keys_are_ignored_and_sixteen_are_no_trouble() -> None:
    note = NOTE
    for number in range(16):
        note = with_cosignature(note, witness_signer(f"witness.example/{number}").cosign(CHECKPOINT.text, number))
    assert open_checkpoint(note, [KEY]).cosigned == {}


def test_every_single_changed_byte_of_a_checkpoint_is_refused() -> None:
    for at in range(len(NOTE)):
        for flip in (1, 32):
            changed = NOTE[:at] + bytes([NOTE[at] ^ flip]) + NOTE[at + 1 :]
            with pytest.raises(Refused):
                open_checkpoint(changed, [KEY])


def test_a_cosignature_holds_with_its_time() -> None:
    witness = witness_signer()
    note = with_cosignature(NOTE, witness.cosign(CHECKPOINT.text, 1_795_426_200))
    assert open_checkpoint(note, [KEY], [witness.vkey]).cosigned == {"witness.example/w1": 1_795_426_200}
    assert parse_vkey(str(witness.vkey)) == witness.vkey


def test_a_named_witness_that_has_not_cosigned_is_missed() -> None:
    with pytest.raises(Refused, match=r"witness\.example/w1 has not cosigned"):
        open_checkpoint(NOTE, [KEY], [witness_signer().vkey])


def test_a_cosignature_of_another_text_or_another_time_is_refused() -> None:
    witness = witness_signer()
    replayed = witness.cosign(Checkpoint(ORIGIN, 6, naive_root(rows(6))).text, 1_795_426_200)
    with pytest.raises(Refused, match="not valid"):
        open_checkpoint(with_cosignature(NOTE, replayed), [KEY], [witness.vkey])
    name, _, encoded = witness.cosign(CHECKPOINT.text, 1_795_426_200).rstrip("\n").rpartition(" ")
    raw = b64decode(encoded)
    later = raw[:4] + (1_795_426_201).to_bytes(8, "big") + raw[12:]
    for other in (later, raw[:-1], raw[:4] + (2**63).to_bytes(8, "big") + raw[12:]):
        with pytest.raises(Refused):
            open_checkpoint(NOTE + f"{name} {b64encode(other).decode()}\n".encode(), [KEY], [witness.vkey])


def test_a_logs_signature_counts_for_no_witness_nor_a_witnesss_for_the_log() -> None:
    with pytest.raises(Refused, match="has not cosigned"):
        open_checkpoint(NOTE, [KEY], [KEY])
    witness = witness_signer(ORIGIN)
    cosigned_only = CHECKPOINT.text + "\n" + witness.cosign(CHECKPOINT.text, 5)
    with pytest.raises(Refused, match="not signed with the log's key"):
        open_checkpoint(cosigned_only.encode(), [KEY], [witness.vkey])
    with pytest.raises(Refused, match="another log"):
        open_checkpoint(cosigned_only.encode(), [witness.vkey])


MALFORMED_KEYS = {
    "it is empty": "",
    "it has no id": "name+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "its id is of another key": SPECIFIED_KEY.replace("530d903a", "530d903b"),
    "its id is written large": SPECIFIED_KEY.replace("530d903a", "530D903A"),
    "its name was changed": SPECIFIED_KEY.replace("foo", "bar"),
    "its name is empty": SPECIFIED_KEY.replace("example.com/foo", ""),
    "its name has a space": SPECIFIED_KEY.replace("foo", "f o"),
    "its key is cut short": SPECIFIED_KEY[:-4],
    "its key is not base64": SPECIFIED_KEY[:-1] + "!",
    "its type is unknown": "name+00000000+" + b64encode(b"\x02" + bytes(32)).decode(),
    "its key is nothing": "name+00000000+",
    "it goes on": SPECIFIED_KEY + "\n",
}


@pytest.mark.parametrize("what", MALFORMED_KEYS)
def test_a_malformed_verifier_key_is_refused_when(what: str) -> None:
    with pytest.raises(Refused):
        parse_vkey(MALFORMED_KEYS[what])


@pytest.mark.parametrize("origin", ["", "x", f"{ORIGIN}/", ORIGIN[:-1] + "0", ORIGIN.upper(), ORIGIN + "\n"])
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(Refused):
        parse_origin(origin)


def test_a_checkpoints_text_is_read_back_as_it_was_written() -> None:
    assert parse_checkpoint(CHECKPOINT.text) == CHECKPOINT
    assert parse_origin(ORIGIN).epoch == 1


def test_a_signing_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "sealer.key"
    made = make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_key(path).private_bytes_raw() == made.private_bytes_raw()
    assert LogSigner(ORIGIN, read_key(path)).vkey == LogSigner(ORIGIN, made).vkey
    with pytest.raises(KeyUnusable, match="never overwritten"):
        make_key(path)
    path.chmod(0o640)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        read_key(path)


def test_a_missing_or_wrong_signing_key_is_never_replaced_by_a_new_one(tmp_path: Path) -> None:
    missing = tmp_path / "missing.key"
    with pytest.raises(KeyUnusable, match="Put the key file back"):
        read_key(missing)
    assert not missing.exists()
    wrong = tmp_path / "wrong.key"
    wrong.write_text("not a key\n", encoding="utf-8")
    wrong.chmod(0o600)
    with pytest.raises(KeyUnusable, match="is not a signing key"):
        read_key(wrong)
    with pytest.raises(KeyUnusable, match="could not be written"):
        make_key(tmp_path / "no" / "folder.key")


def test_a_verifier_key_is_one_line_of_three_parts() -> None:
    key = VerifierKey(*KEY)
    name, key_id, encoded = str(key).split("+", 2)
    assert name == ORIGIN
    assert key_id == key.key_id.hex()
    assert b64decode(encoded) == b"\x01" + key.public
