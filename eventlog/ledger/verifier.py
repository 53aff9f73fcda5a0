"""Verifies Doorstep's evidence by itself: nothing of Doorstep is needed, only Python and `cryptography`.

    python verifier.py FOLDER_OR_FILE --key log.vkey [--witness W.vkey] [--evidence FILE] [--as KIND]

It takes an exported log (a folder), a receipt (`x.tlog-proof` with `x.leaf` beside it, and `x.event` where the event is
disclosed), the receipt of a whole visit (a folder), a checkpoint, or a proof that a newer checkpoint extends an older
one. What it takes a file for, it says in its verdict; a script says what it wants with `--as`, so that nobody hands it a
mere checkpoint for a receipt. Exit status: 0 it holds, 1 it is refused (with the index and the reason), 2 it was called wrongly.

The rules, all of them (docs/log-format.md says the same for writers of other verifiers):

1. A leaf is four fields, each after its length in 4 bytes: index, recorded_at in microseconds, sha256(salt ||
   envelope), sha256(ciphertext). Leaf hash = sha256(0x00 || leaf); node hash = sha256(0x01 || left || right) (RFC 6962).
   The event with index i is leaf i - 1: the position that proofs speak of.
2. A checkpoint (c2sp.org/tlog-checkpoint) is a signed note (c2sp.org/signed-note): origin, size, root; one valid
   Ed25519 signature of the log's key, whose name is the origin. A log's checkpoints have no extension lines.
3. A receipt is a c2sp.org/tlog-proof; its checkpoint must be signed, its leaf must carry the receipt's index.
4. Every hash is 32 bytes. Anything malformed, unknown or left over is refused with a sentence, never passed over.
   Signatures of unknown keys are ignored, as signed-note demands; one of a known key that fails refuses the whole.
5. Each witness that is named must have cosigned (c2sp.org/tlog-cosignature, cosignature/v1).

It is one module on purpose, so that a court's expert can read it from top to bottom and take it away: hence its length.
"""

import argparse
import base64
import binascii
import re
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HASH: Final = 32
SALT: Final = 16
HOLDS, REFUSED, MISUSED = 0, 1, 2
"""The exit statuses."""

_LARGEST: Final = 2**63 - 1
_NOTE_LIMIT: Final = 1_000_000
_LINE_LIMIT: Final = 4 * 1024 * 1024
"""Bytes of the longest line: a payload of 1 MiB in base64, and its envelope."""
_PROOF_LIMIT: Final = 63


class Refused(Exception):  # noqa: N818 - what the verifier says, not a fault in it
    """The evidence does not hold. The message is a sentence; `index` names the event where there is one."""

    def __init__(self, reason: str, *, index: int | None = None) -> None:
        """Keep the reason, and the index of the event (from 1) that it is about."""
        super().__init__(reason)
        self.reason = reason
        self.index = index


class Misused(Exception):  # noqa: N818 - as Refused
    """What was asked for cannot be done: a file that is not there, a key that was not given."""


@contextmanager
def _about(index: int | None, where: str = "") -> Iterator[None]:
    """Whatever is refused in this block is about the event with this index, and is said of this line."""
    try:
        yield
    except Refused as refused:
        index = refused.index if refused.index is not None else index
        raise Refused(where + refused.reason, index=index) from None


# --- Leaves and hashes (RFC 6962, section 2.1) ---

EMPTY_ROOT: Final = sha256(b"").digest()
_LEAF: Final = struct.Struct(">IQIqI32sI32s")
LEAF_LENGTH: Final = _LEAF.size


@dataclass(frozen=True, slots=True)
class Leaf:
    """What one leaf says."""

    index: int
    """Place in the school's log, from 1."""
    recorded_at: int
    """The server's time at the append, in microseconds since 1970-01-01T00:00:00Z."""
    envelope_hash: bytes
    """sha256(salt || envelope)."""
    payload_hash: bytes
    """sha256 of the encrypted payload."""


def leaf_bytes(index: int, recorded_at: int, salt: bytes, envelope: bytes, ciphertext: bytes) -> bytes:
    """The leaf of one event: 96 bytes."""
    return _LEAF.pack(
        8, index, 8, recorded_at, HASH, sha256(salt + envelope).digest(), HASH, sha256(ciphertext).digest()
    )


def parse_leaf(data: bytes) -> Leaf:
    """Read a leaf. Raises Refused where it is not exactly one."""
    if len(data) != LEAF_LENGTH:
        raise Refused(f"a leaf has {LEAF_LENGTH} bytes, not {len(data)}")
    first, index, second, recorded_at, third, envelope_hash, fourth, payload_hash = _LEAF.unpack(data)
    if (first, second, third, fourth) != (8, 8, HASH, HASH):
        raise Refused("the lengths in the leaf are not 8, 8, 32 and 32")
    if not 1 <= index <= _LARGEST:
        raise Refused(f"a leaf's index is at least 1 and below 2^63, not {index}")
    return Leaf(index, recorded_at, envelope_hash, payload_hash)


def check_place(leaf: bytes, index: int) -> None:
    """Refuse a leaf that is not for this index."""
    said = parse_leaf(leaf)
    if said.index != index:
        raise Refused(f"the leaf says index {said.index} where {index} must come", index=index)


def leaf_hash(leaf: bytes) -> bytes:
    """The Merkle hash of a leaf."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The Merkle hash of two nodes."""
    return sha256(b"\x01" + left + right).digest()


class Roots:
    """The root of a growing tree, in memory that grows with the logarithm of its size."""

    def __init__(self) -> None:
        """An empty tree."""
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, hashed_leaf: bytes) -> None:
        """Append a leaf's hash."""
        size = self.size
        while size & 1:
            hashed_leaf = node_hash(self._peaks.pop(), hashed_leaf)
            size >>= 1
        self._peaks.append(hashed_leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root at this size."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


def check_inclusion(hashed_leaf: bytes, position: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Refuse unless the proof leads from the leaf at `position` (from 0) to the root (RFC 9162, 2.1.3.2)."""
    _check_hashes([hashed_leaf, root, *proof])
    if not 0 <= position < size:
        raise Refused(f"there is no leaf {position} in a tree of {size}")
    computed = hashed_leaf
    for node, on_left in _climb(position, size - 1, proof):
        computed = node_hash(node, computed) if on_left else node_hash(computed, node)
    if computed != root:
        raise Refused("the inclusion proof does not lead to the checkpoint's root")


def check_consistency(old_size: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes) -> None:
    """Refuse unless the proof shows that the newer tree extends the older one (RFC 9162, 2.1.4.2).

    An older tree of size 0 is refused: every tree extends it, so that nothing would be proved.
    """
    _check_hashes([old_root, root, *proof])
    if not 0 < old_size <= size:
        raise Refused(f"a tree of {size} cannot be proved to extend one of {old_size}")
    if old_size == size:
        if proof:
            raise Refused("two trees of one size need no proof, yet there is one")
        if old_root != root:
            raise Refused(f"two trees of size {size} have different roots: the log was forked")
        return
    # Where the older tree is one whole subtree, that is the path's first node, and the proof leaves it out.
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not path:
        raise Refused("the consistency proof is empty")
    whole = ((old_size - 1) ^ old_size).bit_length() - 1  # the older tree's right edge is whole up to this level
    old_computed = computed = path[0]
    for node, on_left in _climb((old_size - 1) >> whole, (size - 1) >> whole, path[1:]):
        if on_left:
            old_computed, computed = node_hash(node, old_computed), node_hash(node, computed)
        else:
            computed = node_hash(computed, node)
    if old_computed != old_root:
        raise Refused("the consistency proof does not lead to the older root")
    if computed != root:
        raise Refused("the consistency proof does not lead to the newer root")


def _climb(at: int, last: int, path: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each node on the way from the node `at` of a level to the root, and whether it joins on the left.

    `last` is the level's last node. Raises Refused where the path is not just as long as the way.
    """
    for node in path:
        if last == 0:
            raise Refused("the proof is longer than the way to the root")
        on_left = at & 1 == 1 or at == last
        yield node, on_left
        while on_left and at and not at & 1:  # on the right edge a level without a sibling is passed over
            at >>= 1
            last >>= 1
        at >>= 1
        last >>= 1
    if last != 0:
        raise Refused("the proof is shorter than the way to the root")


def _check_hashes(hashes: Iterable[bytes]) -> None:
    for one in hashes:
        if len(one) != HASH:
            raise Refused(f"a hash has 32 bytes, not {len(one)}")


# --- Signed notes and keys (c2sp.org/signed-note, c2sp.org/tlog-cosignature) ---

LOG_KEY: Final = 0x01
"""Signature type of a log's key: Ed25519 over the note's text."""
WITNESS_KEY: Final = 0x04
"""Signature type of a witness's key: timestamped Ed25519 cosignature."""
_LENGTHS: Final = {LOG_KEY: 64, WITNESS_KEY: 72}
_DASH: Final = "\u2014 "


class VerifierKey(NamedTuple):
    """A public key that signatures are checked with."""

    name: str
    key_id: bytes
    kind: int
    public: bytes

    def __str__(self) -> str:
        """The key as signed-note writes it: name+id+base64."""
        return f"{self.name}+{self.key_id.hex()}+{encode64(bytes([self.kind]) + self.public)}"


def verifier_key(name: str, kind: int, public: bytes) -> VerifierKey:
    """Name a public key; the id is the first four bytes of sha256(name || newline || type || key)."""
    if not name or "+" in name or any(letter.isspace() or letter < " " for letter in name):
        raise Refused(f"{name!a} cannot be the name of a key: it is empty or has a space or a plus sign")
    if kind not in _LENGTHS:
        raise Refused(f"the key of {name!a} is of type {kind:#04x}; this verifier knows 0x01 and 0x04")
    if len(public) != HASH:
        raise Refused(f"the key of {name!a} has {len(public)} bytes, not 32")
    return VerifierKey(name, sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4], kind, public)


def parse_vkey(text: str) -> VerifierKey:
    """Read a verifier key. Raises Refused where its id is not that of its name and key."""
    name, found, rest = text.partition("+")
    key_id, found_too, encoded = rest.partition("+")
    if not (found and found_too) or not re.fullmatch(r"[0-9a-f]{8}", key_id):
        raise Refused("a verifier key looks like this: name+0123abcd+base64")
    material = decode64(encoded, "the verifier key")
    if not material:
        raise Refused("the verifier key is empty")
    key = verifier_key(name, material[0], material[1:])
    if key.key_id.hex() != key_id:
        raise Refused(f"the verifier key of {name!a} says that its id is {key_id}, but it is {key.key_id.hex()}")
    return key


class Signature(NamedTuple):
    """One signature line of a note."""

    name: str
    key_id: bytes
    signed: bytes


class Note(NamedTuple):
    """A text, ending in a newline, and the signatures under it; nothing has been verified yet."""

    text: str
    signatures: tuple[Signature, ...]


def parse_note(data: bytes) -> Note:
    """Read a signed note. Raises Refused where it is not exactly one."""
    if len(data) > _NOTE_LIMIT:
        raise Refused(f"a signed note has {_NOTE_LIMIT} bytes at most, not {len(data)}")
    whole = _text(data, "the note")
    if any(letter < " " and letter != "\n" for letter in whole):
        raise Refused("the note has control characters in it")
    if not whole.endswith("\n"):
        raise Refused("the note does not end in a newline: it was cut short")
    text, divided, signatures = whole.rpartition("\n\n")
    if not divided or not text:
        raise Refused("the note has no empty line between its text and its signatures")
    if not signatures:
        raise Refused("the note has no signature")
    return Note(text + "\n", tuple(_parse_signature(line) for line in signatures[:-1].split("\n")))


def _parse_signature(line: str) -> Signature:
    name, spaced, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not spaced or not name or "+" in name or any(map(str.isspace, name)):
        raise Refused("a signature line of the note is not: em dash, name of the key, base64")
    signed = decode64(encoded, f"the signature of {name!a}")
    if len(signed) < 5:  # noqa: PLR2004 - four bytes of key id and something signed
        raise Refused(f"the signature of {name!a} is too short")
    return Signature(name, signed[:4], signed[4:])


def check_signatures(note: Note, keys: Iterable[VerifierKey]) -> dict[VerifierKey, int | None]:
    """The known keys that signed, each with the time of a cosignature (seconds since 1970) or None for a log's key.

    Raises Refused where a signature of a known key fails; signatures of unknown keys are ignored.
    """
    known = {(key.name, key.key_id): key for key in keys}
    signed: dict[VerifierKey, int | None] = {}
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is not None:
            signed[key] = _check_signature(key, signature.signed, note.text)
    return signed


def _check_signature(key: VerifierKey, signed: bytes, text: str) -> int | None:
    if len(signed) != _LENGTHS[key.kind]:
        raise Refused(f"the signature of {key.name} has {len(signed)} bytes, not {_LENGTHS[key.kind]}")
    message, at = text.encode(), None
    if key.kind == WITNESS_KEY:
        at = int.from_bytes(signed[:8], "big")
        if at > _LARGEST:
            raise Refused(f"the time of the cosignature of {key.name} is out of range")
        message, signed = cosigned_message(text, at), signed[8:]
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signed, message)
    except (InvalidSignature, ValueError):
        raise Refused(f"the signature of {key.name} is not valid for this text") from None
    return at


def cosigned_message(text: str, at: int) -> bytes:
    """What a witness signs: the text of the checkpoint under the time (seconds since 1970)."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


# --- Checkpoints (c2sp.org/tlog-checkpoint) ---


class Checkpoint(NamedTuple):
    """What a log's key signs: so many events, with this root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text of the note."""
        return f"{self.origin}\n{self.size}\n{encode64(self.root)}\n"


class Origin(NamedTuple):
    """Whose log it is."""

    installation: str
    school: str
    epoch: int


class Opened(NamedTuple):
    """A checkpoint whose signatures hold."""

    checkpoint: Checkpoint
    key: VerifierKey
    cosigned: Mapping[str, int]
    """When each named witness cosigned, in seconds since 1970."""


_UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ORIGIN: Final = re.compile(f"({_UUID})/doorstep/([a-z][a-z0-9_]{{0,39}})/([1-9][0-9]{{0,17}})")


def parse_origin(text: str) -> Origin:
    """Read `<installation>/doorstep/<school>/<epoch>`."""
    found = _ORIGIN.fullmatch(text)
    if found is None:
        raise Refused(f"{text!a} is not the origin of a Doorstep log: <installation>/doorstep/<school>/<epoch>")
    return Origin(found[1], found[2], int(found[3]))


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint. Raises Refused where it is not exactly one of a Doorstep log."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:3]):  # noqa: PLR2004 - three lines, each ended
        raise Refused("a checkpoint has three lines: origin, size, root")
    if len(lines) > 4:  # noqa: PLR2004 - as above
        raise Refused("the checkpoint has lines after its root; a Doorstep log writes none")
    parse_origin(lines[0])
    size, root = _number(lines[1], "the checkpoint's size"), decode64(lines[2], "the checkpoint's root")
    if len(root) != HASH:
        raise Refused(f"the checkpoint's root has {len(root)} bytes, not 32")
    if size == 0 and root != EMPTY_ROOT:
        raise Refused("a checkpoint of size 0 must have the root of the empty tree")
    return Checkpoint(lines[0], size, root)


def open_checkpoint(data: bytes, keys: Sequence[VerifierKey], witnesses: Sequence[VerifierKey] = ()) -> Opened:
    """Verify a checkpoint with the log's key (one a log: several for several epochs), and cosignatures.

    Every witness that is named must have cosigned. Raises Refused.
    """
    note = parse_note(data)
    checkpoint = parse_checkpoint(note.text)
    own = [key for key in keys if key.name == checkpoint.origin and key.kind == LOG_KEY]
    if not own:
        expected = " or ".join(key.name for key in keys)
        raise Refused(f"the checkpoint is of {checkpoint.origin}, another log than {expected}")
    signed = check_signatures(note, [*own, *witnesses])
    by_log = [key for key in own if key in signed]
    if not by_log:
        ids = " or ".join(key.key_id.hex() for key in own)
        raise Refused(f"the checkpoint is not signed with the log's key (key id {ids})")
    cosigned = {key.name: at for key, at in signed.items() if at is not None}
    for witness in witnesses:
        if witness not in signed or witness.kind != WITNESS_KEY:
            raise Refused(f"the witness {witness.name} has not cosigned the checkpoint")
    return Opened(checkpoint, by_log[0], cosigned)


# --- Proofs as files (c2sp.org/tlog-proof; consistency as in c2sp.org/tlog-witness, add-checkpoint) ---

_PROOF_HEADER: Final = "c2sp.org/tlog-proof@v1"


class Proof(NamedTuple):
    """A parsed proof and the checkpoint under it, byte for byte; nothing has been verified yet."""

    position: int
    """For a receipt: the leaf's place, from 0. For a consistency proof: the older size."""
    hashes: tuple[bytes, ...]
    checkpoint: bytes


def parse_tlog_proof(data: bytes) -> Proof:
    """Read a receipt. `extra` may be there, is not authenticated, and is ignored."""
    head, checkpoint = _split_proof(data)
    if head[0] != _PROOF_HEADER:
        raise Refused(f"a receipt begins with the line {_PROOF_HEADER}")
    rest = head[1:]
    if rest and rest[0].startswith("extra "):
        decode64(rest[0].removeprefix("extra "), "the extra line of the receipt")
        rest = rest[1:]
    if not rest or not rest[0].startswith("index "):
        raise Refused("the receipt has no index line where it must be")
    return Proof(_number(rest[0].removeprefix("index "), "the receipt's index"), _hashes(rest[1:]), checkpoint)


def parse_consistency(data: bytes) -> Proof:
    """Read a proof that the checkpoint in it extends an older one of the size in its first line."""
    head, checkpoint = _split_proof(data)
    if not head[0].startswith("old "):
        raise Refused("a consistency proof begins with the line: old, space, size")
    return Proof(_number(head[0].removeprefix("old "), "the older size"), _hashes(head[1:]), checkpoint)


def _split_proof(data: bytes) -> tuple[list[str], bytes]:
    if len(data) > _NOTE_LIMIT:
        raise Refused(f"a proof has {_NOTE_LIMIT} bytes at most, not {len(data)}")
    head, divided, checkpoint = data.partition(b"\n\n")
    if not divided:
        raise Refused("the proof has no empty line before its checkpoint: it was cut short")
    return _text(head, "the proof").split("\n"), checkpoint


def _hashes(lines: Sequence[str]) -> tuple[bytes, ...]:
    if len(lines) > _PROOF_LIMIT:
        raise Refused(f"a proof has {_PROOF_LIMIT} hashes at most, not {len(lines)}")
    hashes = tuple(decode64(line, "a hash of the proof") for line in lines)
    _check_hashes(hashes)
    return hashes


# --- Events as they are disclosed ---

_WORD: Final = r"[!#-\[\]-~]{1,200}"
_COUNT: Final = "0|[1-9][0-9]{0,18}"
_INSTANT: Final = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.(?!000000)[0-9]{6})?Z"  # no zeroes: then left out
)
_FIELDS: Final = (
    ("school", _WORD, True),
    ("kind", _WORD, True),
    ("stream", _UUID, True),
    ("version", _COUNT, True),
    ("event_id", _UUID, True),
    ("topic", _WORD, True),
    ("occurred_at", _INSTANT, True),
    ("actor", _UUID, True),
    ("role", _WORD, True),
    ("command_id", _UUID, True),
    ("policy_version", _COUNT, True),
    ("key_id", _UUID, True),
    ("device_at", _INSTANT, False),
    ("said_by", _UUID, False),
    ("deputising_for", _UUID, False),
    ("correlation_id", _UUID, False),
    ("causation_id", _UUID, False),
    ("corrects", _UUID, False),
)
"""The envelope's fields in their order: name, grammar, and whether it must be there."""


def _grammar() -> str:
    parts = []
    for name, grammar, needed in _FIELDS:
        value = f"(?P<{name}>{grammar})" if grammar == _COUNT else f'"(?P<{name}>{grammar})"'
        part = f'"{name}":{value}'
        part = part if name == "school" else "," + part
        parts.append(part if needed else f"(?:{part})?")
    return r"\{" + "".join(parts) + r"\}"


_ENVELOPE: Final = re.compile(_grammar())
_EVENT_LINE: Final = re.compile(
    r'\{"index":([1-9][0-9]{0,18}),"recorded_at":(0|-?[1-9][0-9]{0,18}),"envelope":"((?:[^"\\]|\\["\\])*)",'
    r'"salt":"([A-Za-z0-9+/=]*)","ciphertext":"([A-Za-z0-9+/=]*)"\}'
)


@dataclass(frozen=True, slots=True)
class Disclosed:
    """One event as it lies in the log: everything that its leaf is made of."""

    index: int
    recorded_at: int
    envelope: bytes
    salt: bytes
    ciphertext: bytes


def parse_envelope(envelope: bytes) -> dict[str, str]:
    """The fields of a canonical envelope, all as text. Raises Refused where a byte is not as it must be."""
    found = _ENVELOPE.fullmatch(_text(envelope, "the envelope"))
    if found is None or max(int(found["version"]), int(found["policy_version"])) > _LARGEST:
        raise Refused("the envelope is not canonical: its fields, their order or their form are not as specified")
    return {name: value for name, value in found.groupdict().items() if value is not None}


def parse_event_line(line: str) -> Disclosed:
    """Read one line of `events.jsonl`, without its newline. Raises Refused."""
    found = _EVENT_LINE.fullmatch(line)
    if found is None:
        raise Refused("the line is not of the form of an event: index, recorded_at, envelope, salt, ciphertext")
    envelope = found[3].replace('\\"', '"').replace("\\\\", "\\").encode()
    salt, ciphertext = decode64(found[4], "the salt"), decode64(found[5], "the ciphertext")
    if len(salt) != SALT:
        raise Refused(f"the salt has {len(salt)} bytes, not 16")
    return Disclosed(int(found[1]), int(found[2]), envelope, salt, ciphertext)


def event_line(event: Disclosed) -> str:
    """One line of `events.jsonl`, without its newline: the inverse of `parse_event_line`."""
    envelope = event.envelope.decode().replace("\\", "\\\\").replace('"', '\\"')
    return (
        f'{{"index":{event.index},"recorded_at":{event.recorded_at},"envelope":"{envelope}",'
        f'"salt":"{encode64(event.salt)}","ciphertext":"{encode64(event.ciphertext)}"}}'
    )


def check_disclosed(event: Disclosed, leaf: bytes, school: str) -> dict[str, str]:
    """Refuse unless the leaf is that of this event, of this school; the envelope's fields otherwise."""
    said = parse_leaf(leaf)
    fields = parse_envelope(event.envelope)
    if event.index != said.index:
        raise Refused(f"the event says that its index is {event.index}, its leaf {said.index}")
    if event.recorded_at != said.recorded_at:
        raise Refused("the time of recording is not the one in the leaf")
    if sha256(event.salt + event.envelope).digest() != said.envelope_hash:
        raise Refused("the envelope and its salt are not those of the leaf: the envelope was changed")
    if sha256(event.ciphertext).digest() != said.payload_hash:
        raise Refused("the ciphertext is not that of the leaf: the payload was changed")
    if fields["school"] != school:
        raise Refused(f"the envelope is of school {fields['school']}, the log of {school}")
    return fields


class Streams:
    """Notices a stream whose versions do not go 1, 2, 3, ..."""

    def __init__(self) -> None:
        """No stream yet."""
        self.versions: dict[tuple[str, str], int] = {}

    def add(self, fields: Mapping[str, str]) -> None:
        """Refuse an event that is not its stream's next."""
        stream, version = (fields["kind"], fields["stream"]), int(fields["version"])
        expected = self.versions.get(stream, 0) + 1
        if version != expected:
            raise Refused(f"{stream[0]} {stream[1]} goes on with version {version} where {expected} must come")
        self.versions[stream] = version


# --- Other evidence of the same log ---


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What somebody holds of a log: a verified checkpoint, or a verified receipt (then the leaf too)."""

    name: str
    checkpoint: Checkpoint
    leaf: bytes | None = None
    kept: bool = True
    """Somebody kept it. What is read from beside the log itself may have been signed anew together with it."""


class Replay:
    """A log gone through from its first leaf on, held against all evidence; the earliest contradiction is named."""

    def __init__(self, evidence: Iterable[Evidence]) -> None:
        """`evidence` is verified already: its signatures hold, and it is of this log."""
        self.roots = Roots()
        self._at_size: dict[int, list[Evidence]] = {}
        self._at_index: dict[int, list[Evidence]] = {}
        for one in evidence:
            self._at_size.setdefault(one.checkpoint.size, []).append(one)
            if one.leaf is not None:
                self._at_index.setdefault(parse_leaf(one.leaf).index, []).append(one)
        self._last_good = 0

    def add(self, leaf: bytes) -> None:
        """The log's next leaf. Raises Refused with the index."""
        index = self.roots.size + 1
        check_place(leaf, index)
        for one in self._at_index.get(index, ()):
            if one.leaf != leaf:
                raise Refused(f"{one.name} proves another event at this index: it was changed since", index=index)
        self.roots.add(leaf_hash(leaf))
        for one in self._at_size.get(index, ()):
            if one.checkpoint.root != self.roots.root():
                first = self._last_good + 1
                which = f"event {index}" if first == index else f"an event between {first} and {index}"
                reason = f"{one.name} was signed over {index} events with another root: {which} was changed since"
                raise Refused(reason, index=index)
        if any(one.kept for one in self._at_size.get(index, ())):
            self._last_good = index

    def finish(self) -> None:
        """No leaf comes any more. Raises Refused where evidence knows of further ones."""
        beyond = sorted(size for size in self._at_size if size > self.roots.size)
        if beyond:
            one, size = self._at_size[beyond[0]][0], self.roots.size
            raise Refused(f"{one.name} was signed over {beyond[0]} events, but the log ends at {size}", index=size + 1)


def read_evidence(path: Path, keys: Sequence[VerifierKey]) -> Evidence:
    """What somebody kept, verified with the log's key: a checkpoint, a receipt, a consistency proof or a folder.

    Of a folder (an export, a visit's receipt) it is the checkpoint that counts. Raises Refused, Misused.
    """
    data = _read_part(path, "checkpoint") if path.is_dir() else _read(path)
    if path.suffix == ".tlog-proof" or data.startswith(_PROOF_HEADER.encode()):
        leaf = _leaf_of(path)
        opened = check_receipt(data, leaf, keys)
        return Evidence(name=f"the receipt {path.name}", checkpoint=opened.checkpoint, leaf=leaf)
    if data.startswith(b"old "):
        data = parse_consistency(data).checkpoint
    return Evidence(name=f"the checkpoint {path.name}", checkpoint=open_checkpoint(data, keys).checkpoint)


# --- What is verified as a whole ---


def check_receipt(
    proof: bytes,
    leaf: bytes,
    keys: Sequence[VerifierKey],
    witnesses: Sequence[VerifierKey] = (),
    event: str | None = None,
) -> Opened:
    """Refuse unless the receipt shows that the leaf is in the log; `event` is the line that discloses it, if any."""
    parsed, said = parse_tlog_proof(proof), parse_leaf(leaf)
    opened = open_checkpoint(parsed.checkpoint, keys, witnesses)
    if said.index != parsed.position + 1:
        reason = f"the receipt is for index {parsed.position + 1}, the leaf is that of {said.index}"
        raise Refused(reason, index=said.index)
    with _about(said.index):
        size, root = opened.checkpoint.size, opened.checkpoint.root
        check_inclusion(leaf_hash(leaf), parsed.position, size, parsed.hashes, root)
        if event is not None:
            check_disclosed(parse_event_line(event), leaf, parse_origin(opened.checkpoint.origin).school)
    return opened


def check_extension(
    proof: bytes, older: bytes, keys: Sequence[VerifierKey], witnesses: Sequence[VerifierKey] = ()
) -> Opened:
    """Refuse unless the checkpoint in `proof` extends the older checkpoint."""
    parsed = parse_consistency(proof)
    old, new = open_checkpoint(older, keys).checkpoint, open_checkpoint(parsed.checkpoint, keys, witnesses)
    if old.origin != new.checkpoint.origin:
        raise Refused(f"the checkpoints are of two logs: {old.origin} and {new.checkpoint.origin}")
    if old.size != parsed.position:
        raise Refused(f"the proof begins at {parsed.position} events, the older checkpoint has {old.size}")
    check_consistency(old.size, new.checkpoint.size, parsed.hashes, old.root, new.checkpoint.root)
    return new


def check_export(
    folder: Path,
    keys: Sequence[VerifierKey] = (),
    witnesses: Sequence[VerifierKey] = (),
    evidence: Sequence[Path] = (),
) -> Opened:
    """Refuse unless every event of an exported folder is the one that its checkpoint was signed over."""
    keys = _keys_of(folder, keys)
    opened = open_checkpoint(_read_part(folder, "checkpoint"), keys, witnesses)
    own = Evidence(name="the checkpoint of the folder", checkpoint=opened.checkpoint)
    others = [read_evidence(path, keys) for path in evidence]
    replay = Replay([*others, own])
    school, streams = parse_origin(opened.checkpoint.origin).school, Streams()
    with _open_part(folder, "leaves.b64") as leaves, _open_part(folder, "events.jsonl") as events:
        for index in range(1, opened.checkpoint.size + 1):
            with _about(index, f"leaves.b64, line {index}: "):
                leaf = decode64(_line(leaves), "the leaf")
                check_place(leaf, index)
            with _about(index, f"events.jsonl, line {index}: "):
                streams.add(check_disclosed(parse_event_line(_line(events)), leaf, school))
            replay.add(leaf)
        for name, file in (("leaves.b64", leaves), ("events.jsonl", events)):
            if file.read(1):
                line = opened.checkpoint.size + 1
                raise Refused(f"{name}, line {line}: the checkpoint is over fewer events", index=line)
    if opened.checkpoint.root != replay.roots.root():
        raise Refused("the leaves do not give the checkpoint's root")
    for one in sorted(others, key=lambda one: one.checkpoint.size):
        if one.checkpoint.size > opened.checkpoint.size:
            reason = (
                f"this export ends at {opened.checkpoint.size}; {one.name} is over {one.checkpoint.size} events. Nothing in the"
                " export contradicts it, and nothing in it can show whether it was extended: a newer export can, or a"
                " consistency proof between the two checkpoints"
            )
            raise Refused(reason, index=opened.checkpoint.size + 1)
    return opened


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A visit's receipt that holds."""

    opened: Opened
    streams: Mapping[tuple[str, str], int]
    """How many events of each stream (kind, id) are shown."""

    @property
    def checkpoint(self) -> Checkpoint:
        """What it was all proved against."""
        return self.opened.checkpoint


def check_visit(folder: Path, keys: Sequence[VerifierKey] = (), witnesses: Sequence[VerifierKey] = ()) -> Visit:
    """Refuse unless a visit's receipt holds: it is all that its contents name, each event proved against one checkpoint.

    No version of a stream may be left out. That the streams do not go on after the last event shown, and that no whole
    stream was left out by whoever made the folder or its contents anew, no receipt can prove: an export can.
    """
    keys = _keys_of(folder, keys)
    checkpoint = _read_part(folder, "checkpoint")
    opened = open_checkpoint(checkpoint, keys, witnesses)
    contents = parse_contents(_read_contents(folder))
    for index in contents:
        for ending in (".leaf", ".tlog-proof"):
            if not (folder / f"{index}{ending}").is_file():
                reason = f"its contents name event {index}, and {index}{ending} is missing: it is not whole"
                raise Refused(reason, index=index)
    shown, streams = _check_shown(folder, checkpoint, opened, contents)
    for index in contents:
        if index not in shown:
            raise Refused(f"its contents name event {index}, and events.jsonl does not show it", index=index)
    expected = {f"{index}{ending}" for index in shown for ending in (".tlog-proof", ".leaf")}
    for name in sorted(path.name for path in folder.iterdir() if path.suffix in {".tlog-proof", ".leaf"}):
        if name not in expected:
            raise Refused(f"{name} is of an event that its contents do not name")
    return Visit(opened=opened, streams=streams.versions)


def _check_shown(
    folder: Path, checkpoint: bytes, opened: Opened, contents: Mapping[int, bytes]
) -> tuple[list[int], Streams]:
    """Every event of `events.jsonl` proved: their indices, and how far each stream goes."""
    shown: list[int] = []
    streams = Streams()
    with _open_part(folder, "events.jsonl") as events:
        for number, line in enumerate(_lines(events), 1):
            with _about(None, f"events.jsonl, line {number}: "):
                event = parse_event_line(line)
                if event.index not in contents:
                    raise Refused(f"the contents do not name event {event.index}", index=event.index)
                _check_of_visit(folder, event, checkpoint, opened, contents[event.index])
                if shown and event.index <= shown[-1]:
                    raise Refused("the events are not in the order of their indices", index=event.index)
                streams.add(parse_envelope(event.envelope))
                shown.append(event.index)
    return shown, streams


_CONTENTS_HEADER: Final = "doorstep-visit-receipt@v1"


def contents_text(leaves: Iterable[tuple[int, bytes]]) -> str:
    """What a visit's receipt holds: the index and the leaf of each of its events."""
    return "".join(
        f"{line}\n" for line in [_CONTENTS_HEADER, *(f"{i} {encode64(leaf_hash(leaf))}" for i, leaf in leaves)]
    )


def parse_contents(data: bytes) -> dict[int, bytes]:
    """Read what a visit's receipt says that it holds: the leaf's hash by index. Raises Refused."""
    text = _text(data, "contents")
    lines = text.split("\n")
    if lines[0] != _CONTENTS_HEADER or lines[-1]:
        raise Refused(f"contents begin with the line {_CONTENTS_HEADER}, and each of their lines ends")
    found: dict[int, bytes] = {}
    for number, line in enumerate(lines[1:-1], 2):
        with _about(None, f"contents, line {number}: "):
            said, _, hashed = line.partition(" ")
            index, leaf = _number(said, "the index"), decode64(hashed, "the leaf's hash")
            _check_hashes([leaf])
            if index <= max(found, default=0):
                raise Refused("the indices do not rise")
            found[index] = leaf
    if not found:
        raise Refused("contents name no event")
    return found


def _read_contents(folder: Path) -> bytes:
    if not (folder / "contents").is_file():
        raise Refused(
            "contents is missing, which names all that a visit's receipt holds: it is not whole. Each event in it can still"
            " be verified by itself"
        )
    return _read_part(folder, "contents")


def _check_of_visit(folder: Path, event: Disclosed, checkpoint: bytes, opened: Opened, hashed: bytes) -> None:
    proof, leaf = (_read_part(folder, f"{event.index}{ending}") for ending in (".tlog-proof", ".leaf"))
    if parse_tlog_proof(proof).checkpoint != checkpoint:
        reason = f"{event.index}.tlog-proof is against another checkpoint than the folder's"
        raise Refused(reason, index=event.index)
    check_receipt(proof, leaf, [opened.key], event=event_line(event))
    if leaf_hash(leaf) != hashed:
        raise Refused("the contents name another leaf at this index", index=event.index)


def _keys_of(folder: Path, keys: Sequence[VerifierKey]) -> Sequence[VerifierKey]:
    own = parse_vkey(_single_line(_read_part(folder, "log.vkey"), "log.vkey"))
    if keys and own not in keys:
        raise Refused(f"log.vkey is not the key that was given: it is {own}")
    return keys or (own,)


# --- Reading strictly ---


def encode64(data: bytes) -> str:
    """Standard base64 with padding."""
    return base64.b64encode(data).decode()


def decode64(text: str, what: str) -> bytes:
    """The bytes of standard base64; refused where another text would give the same bytes."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(f"{what} is not base64") from None
    if encode64(data) != text:
        raise Refused(f"{what} is not base64 in its one canonical form")
    return data


def _number(text: str, what: str) -> int:
    if not re.fullmatch(_COUNT, text) or int(text) > _LARGEST:
        raise Refused(f"{what} is not a plain decimal number below 2^63")
    return int(text)


def _text(data: bytes, what: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Refused(f"{what} is not UTF-8") from None


def _single_line(data: bytes, what: str) -> str:
    text = _text(data, what).removesuffix("\n")
    if "\n" in text or not text:
        raise Refused(f"{what} is not one line")
    return text


def _line(file: BinaryIO) -> str:
    data = file.readline(_LINE_LIMIT + 1)
    if not data:
        raise Refused("the line is missing: the file was cut short")
    if len(data) > _LINE_LIMIT:
        raise Refused("the line is too long")
    if not data.endswith(b"\n"):
        raise Refused("the line does not end in a newline: the file was cut short")
    return _text(data[:-1], "the line")


def _lines(file: BinaryIO) -> Iterator[str]:
    size = file.seek(0, 2)
    file.seek(0)
    while file.tell() < size:
        yield _line(file)


def _open_part(folder: Path, name: str) -> BinaryIO:
    try:
        return (folder / name).open("rb")
    except OSError as error:
        raise Refused(f"{name} cannot be read from the folder ({error.strerror})") from None


def _read_part(folder: Path, name: str) -> bytes:
    with _open_part(folder, name) as file:
        data = file.read(_NOTE_LIMIT + 1)
    if len(data) > _NOTE_LIMIT:
        raise Refused(f"{name} is too long")
    return data


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LINE_LIMIT + 1)
    except OSError as error:
        raise Misused(f"{path} cannot be read ({error.strerror})") from None


# --- The command line ---

KINDS: Final = ("export", "visit", "receipt", "consistency", "checkpoint")


def kind_of(path: Path) -> str:
    """What lies at a path: an export, a visit, a receipt, a consistency proof, or a checkpoint. Raises Misused."""
    if path.is_dir():
        of_visit = (path / "contents").exists() or any(path.glob("*.tlog-proof"))
        return "visit" if of_visit and not (path / "leaves.b64").exists() else "export"
    data = _read(path)
    if path.suffix == ".tlog-proof" or data.startswith(_PROOF_HEADER.encode()):
        return "receipt"
    return "consistency" if data.startswith(b"old ") else "checkpoint"


def verify(
    path: Path,
    keys: Sequence[VerifierKey] = (),
    witnesses: Sequence[VerifierKey] = (),
    evidence: Sequence[Path] = (),
    kind: str | None = None,
) -> str:
    """Verify what lies at the path, as a `kind` where one is given; what holds, as a sentence. Raises Refused, Misused."""
    kind = kind or kind_of(path)
    if kind not in {"export", "visit"} and not keys:
        raise Misused("give the log's key: --key log.vkey")
    if kind not in {"export", "consistency"} and evidence:
        raise Misused(f"a {kind} is not held against further evidence: leave --evidence out")
    if kind == "export":
        return _said("every event of this export", check_export(path, keys, witnesses, evidence), keys)
    if kind == "visit":
        visit = check_visit(path, keys, witnesses)
        return "\n".join(
            [
                _said("every event of this visit's receipt", visit.opened, keys),
                *(f"  {kind} {stream}, versions 1 to {last}" for (kind, stream), last in visit.streams.items()),
                "  It is all that its contents name. That nothing is missing of the visit it cannot prove: an export can.",
            ]
        )
    if kind == "receipt":
        disclosed = path.with_suffix(".event")
        event = _single_line(_read(disclosed), disclosed.name) if disclosed.exists() else None
        opened = check_receipt(_read(path), _leaf_of(path), keys, witnesses, event)
        return _said("the event of this receipt", opened, keys)
    if kind == "consistency":
        if len(evidence) != 1:
            raise Misused("give the one older checkpoint: --evidence FILE")
        opened = check_extension(_read(path), _read(evidence[0]), keys, witnesses)
        return _said("everything under the older checkpoint", opened, keys)
    opened = open_checkpoint(_read(path), keys, witnesses)
    return _said("nothing but the signature of this checkpoint was looked at: it", opened, keys)


def _leaf_of(path: Path) -> bytes:
    leaf = path.with_suffix(".leaf")
    if not leaf.exists():
        raise Misused(f"{leaf.name} must lie beside {path.name}")
    return _read(leaf)


def _said(what: str, opened: Opened, keys: Sequence[VerifierKey]) -> str:
    checkpoint = opened.checkpoint
    lines = [
        f"HOLDS: {what} is of the log {checkpoint.origin} with {checkpoint.size} events.",
        f"  root {encode64(checkpoint.root)}",
        f"  signed with {opened.key}",
    ]
    lines += [f"  cosigned by {name} at {at} (seconds since 1970, UTC)" for name, at in opened.cosigned.items()]
    if not keys:
        lines.append("  This key came with the folder: compare it with the one that the school published.")
    return "\n".join(lines)


def read_key(text: str) -> VerifierKey:
    """A verifier key from a file's path, or written out. Raises Refused and Misused."""
    path = Path(text)
    if text.count("+") > 1 and not _is_file(path):
        return parse_vkey(text)
    return parse_vkey(_single_line(_read(path), path.name))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False  # What is too long to be a file's name is a key that was written out.


def main(arguments: Sequence[str]) -> int:
    """Run the command line; the exit status."""
    parser = argparse.ArgumentParser(prog="verifier.py", description="Verifies Doorstep's evidence.")
    parser.add_argument("path", type=Path, help="an exported folder, a receipt, a visit's receipt, a checkpoint")
    parser.add_argument("--key", action="append", default=[], help="the log's verifier key, or a file with it")
    parser.add_argument("--witness", action="append", default=[], help="a witness that must have cosigned")
    parser.add_argument("--evidence", action="append", default=[], type=Path, help="an older checkpoint or receipt")
    parser.add_argument(
        "--as", dest="kind", choices=KINDS, help="refuse anything but this, whatever the file looks like"
    )
    try:
        given = parser.parse_args(arguments)
    except SystemExit as ended:
        return HOLDS if not ended.code else MISUSED
    try:
        keys, witnesses = ([read_key(text) for text in texts] for texts in (given.key, given.witness))
        verdict = verify(given.path, keys, witnesses, given.evidence, given.kind)
    except Refused as refused:
        at = "" if refused.index is None else f" at index {refused.index}"
        print(f"REFUSED{at}: {refused.reason}.")  # noqa: T201 - it speaks at the terminal
        return REFUSED
    except (Misused, OSError) as misused:
        print(f"verifier.py: {misused}.", file=sys.stderr)  # noqa: T201 - as above
        return MISUSED
    print(verdict)  # noqa: T201 - as above
    return HOLDS


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
