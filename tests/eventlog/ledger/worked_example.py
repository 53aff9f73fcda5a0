"""The worked example of docs/log-format.md. Run as a program it writes the section anew."""

from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from eventlog.ledger.receipts import disclosed
from eventlog.ledger.sealer import Row
from eventlog.ledger.signing import LogSigner, WitnessSigner
from eventlog.ledger.tree import tree_of
from eventlog.ledger.verifier import Checkpoint, encode64, event_line, leaf_bytes, leaf_hash
from eventlog.ledger.witness import consistency_text, with_cosignature
from tests.eventlog.ledger.examples import ORIGIN, envelope

PAGE = Path(__file__).parents[3] / "docs" / "log-format.md"
HEADING = "## 13. Worked example\n"
SHOWN = 2
"""The index of the event that is shown in full."""

LOG_SEED, WITNESS_SEED = bytes(range(32)), bytes(range(32, 64))


def rows() -> list[Row]:
    """Three events; the ciphertexts are too short to be real ones."""
    return [
        (
            index,
            1_795_426_200_000_000 + index,
            bytes([index] * 16),
            envelope(UUID(int=1000), index, UUID(int=2000 + index)),
            bytes([0xC0 + index] * 4),
        )
        for index in (1, 2, 3)
    ]


def as_markdown() -> str:
    """The section, from its heading on."""
    signer = LogSigner(ORIGIN, Ed25519PrivateKey.from_private_bytes(LOG_SEED))
    witness = WitnessSigner("witness.example/w1", Ed25519PrivateKey.from_private_bytes(WITNESS_SEED))
    leaves = [leaf_bytes(*row) for row in rows()]
    tree = tree_of([leaf_hash(leaf) for leaf in leaves])
    checkpoint = Checkpoint(ORIGIN, 3, tree.root())
    note = signer.sign(checkpoint)
    older = signer.sign(Checkpoint(ORIGIN, 1, tree.root(1)))
    index, recorded_at, salt, said, ciphertext = rows()[SHOWN - 1]
    receipt = "\n".join(
        ["c2sp.org/tlog-proof@v1", f"index {index - 1}", *map(encode64, tree.inclusion(index - 1, 3)), "", ""]
    )
    cosigned = with_cosignature(note, witness.cosign(checkpoint.text, 1_795_426_260))
    parts = [
        "A test makes this section from the code, and works it out again by hand. The keys are for this example only, and the",
        "ciphertexts are too short to be real ones.\n",
        "A log of three events. That of index 2 was recorded at (microseconds):\n",
        _block(str(recorded_at)),
        "Its envelope, of which the line has no newline at its end:\n",
        _block(said.decode()),
        "Its salt and its ciphertext, in hex:\n",
        _block(f"{salt.hex()}\n{ciphertext.hex()}"),
        "Its leaf, and the leaf's hash, in hex:\n",
        _block(f"{leaves[index - 1].hex()}\n{tree.leaf(index - 1).hex()}"),
        "Its line in `events.jsonl`, and in `leaves.b64`:\n",
        _block(event_line(disclosed(rows()[index - 1]))),
        _block(encode64(leaves[index - 1])),
        "The hashes of the leaves of all three events, and the root, in hex:\n",
        _block("\n".join([*(tree.leaf(position).hex() for position in range(3)), tree.root().hex()])),
        "The log's private key (32 bytes, hex) and its verifier key:\n",
        _block(f"{LOG_SEED.hex()}\n{signer.vkey}"),
        "The checkpoint over the three events:\n",
        _block(note.decode().removesuffix("\n")),
        "The receipt of the event of index 2:\n",
        _block(receipt + note.decode().removesuffix("\n")),
        "A witness's private key (hex) and verifier key, and the checkpoint as it cosigned it:\n",
        _block(f"{WITNESS_SEED.hex()}\n{witness.vkey}"),
        _block(cosigned.decode().removesuffix("\n")),
        "The checkpoint over the first event only, and the proof that the one over three extends it:\n",
        _block(older.decode().removesuffix("\n")),
        _block(consistency_text(1, tree.consistency(1, 3), note).decode().removesuffix("\n")),
    ]
    return HEADING + "\n" + "\n".join(parts)


def _block(text: str) -> str:
    return f"```text\n{text}\n```\n"


if __name__ == "__main__":
    before, _, _ = PAGE.read_text(encoding="utf-8").partition(HEADING)
    PAGE.write_text(before + as_markdown(), encoding="utf-8")
