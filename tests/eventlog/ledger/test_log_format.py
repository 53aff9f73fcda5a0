"""The page that specifies the format: its worked example is the code's, and holds when it is worked out by hand."""

import base64
import re
import struct
from hashlib import sha256

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from eventlog.ledger.verifier import _FIELDS, check_extension, check_receipt, open_checkpoint, parse_vkey
from tests.eventlog.ledger.worked_example import HEADING, PAGE, as_markdown

_, _, SECTION = PAGE.read_text(encoding="utf-8").partition(HEADING)
BLOCKS = [block.rstrip("\n") for block in re.findall(r"```text\n(.*?)```", SECTION, re.DOTALL)]
(
    RECORDED_AT,
    ENVELOPE,
    SALT_AND_CIPHERTEXT,
    LEAF_AND_HASH,
    EVENT_LINE,
    LEAF_LINE,
    HASHES,
    LOG_KEYS,
    CHECKPOINT,
    RECEIPT,
    WITNESS_KEYS,
    COSIGNED,
    OLDER,
    CONSISTENCY,
) = BLOCKS


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def unhexed(block: str) -> list[bytes]:
    return [bytes.fromhex(line) for line in block.split("\n")]


def test_the_worked_example_is_the_one_that_the_code_makes() -> None:
    assert as_markdown() == HEADING + SECTION


def test_the_leaf_of_the_worked_example_is_what_the_page_says() -> None:
    salt, ciphertext = unhexed(SALT_AND_CIPHERTEXT)
    leaf, leaf_hash = unhexed(LEAF_AND_HASH)
    fields = [
        struct.pack(">Q", 2),
        struct.pack(">q", int(RECORDED_AT)),
        sha256(salt + ENVELOPE.encode()).digest(),
        sha256(ciphertext).digest(),
    ]
    assert leaf == b"".join(struct.pack(">I", len(field)) + field for field in fields)
    assert leaf_hash == sha256(b"\x00" + leaf).digest()
    assert base64.b64decode(LEAF_LINE) == leaf
    escaped = ENVELOPE.replace('"', '\\"')
    assert (
        f'{{"index":2,"recorded_at":{RECORDED_AT},"envelope":"{escaped}",'
        f'"salt":"{base64.b64encode(salt).decode()}","ciphertext":"{base64.b64encode(ciphertext).decode()}"}}'
    ) == EVENT_LINE


def test_the_tree_key_and_checkpoint_of_the_worked_example_are_what_the_page_says() -> None:
    first, second, third, root = unhexed(HASHES)
    assert second == unhexed(LEAF_AND_HASH)[1]
    assert root == node(node(first, second), third)
    seed, vkey = LOG_KEYS.split("\n")
    public = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed)).public_key().public_bytes_raw()
    name, key_id, encoded = vkey.split("+", 2)
    assert key_id == sha256(name.encode() + b"\n\x01" + public).digest()[:4].hex()
    assert base64.b64decode(encoded) == b"\x01" + public
    text, _, line = CHECKPOINT.partition("\n\n")
    assert text.split("\n") == [name, "3", base64.b64encode(root).decode()]
    dash, signer, signed = line.split(" ")
    assert (dash, signer, base64.b64decode(signed)[:4].hex()) == ("\u2014", name, key_id)
    key = Ed25519PublicKey.from_public_bytes(public)
    key.verify(base64.b64decode(signed)[4:], f"{text}\n".encode())
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(signed)[4:], text.encode())
    assert (
        "c2sp.org/tlog-proof@v1\nindex 1\n"
        f"{base64.b64encode(first).decode()}\n{base64.b64encode(third).decode()}\n\n{CHECKPOINT}"
    ) == RECEIPT
    assert (
        f"old 1\n{base64.b64encode(second).decode()}\n{base64.b64encode(third).decode()}\n\n{CHECKPOINT}"
    ) == CONSISTENCY


def test_the_cosignature_of_the_worked_example_is_what_the_page_says() -> None:
    seed, vkey = WITNESS_KEYS.split("\n")
    public = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed)).public_key().public_bytes_raw()
    name, key_id, _ = vkey.split("+", 2)
    assert key_id == sha256(name.encode() + b"\n\x04" + public).digest()[:4].hex()
    assert COSIGNED.startswith(f"{CHECKPOINT}\n\u2014 {name} ")
    signed = base64.b64decode(COSIGNED.split(" ")[-1])
    (at,) = struct.unpack(">Q", signed[4:12])
    text = CHECKPOINT.partition("\n\n")[0]
    message = f"cosignature/v1\ntime {at}\n{text}\n"
    assert signed[:4].hex() == key_id
    Ed25519PublicKey.from_public_bytes(public).verify(signed[12:], message.encode())


def test_the_verifier_accepts_the_worked_example() -> None:
    log, witness = parse_vkey(LOG_KEYS.split("\n")[1]), parse_vkey(WITNESS_KEYS.split("\n")[1])
    check_receipt(f"{RECEIPT}\n".encode(), unhexed(LEAF_AND_HASH)[0], [log], event=EVENT_LINE)
    assert open_checkpoint(f"{COSIGNED}\n".encode(), [log], [witness]).cosigned
    check_extension(f"{CONSISTENCY}\n".encode(), f"{OLDER}\n".encode(), [log])


def test_the_page_lists_the_envelopes_fields_in_their_order() -> None:
    page = PAGE.read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \|.*\| (always|if so) \|$", page, re.MULTILINE)
    assert listed == [(name, "always" if needed else "if so") for name, _, needed in _FIELDS]
