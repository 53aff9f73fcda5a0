"""What a school's export says to whoever finds it."""

from eventlog.whole.shapes import Described

_TEXT = """\
This is everything that {name} ({school}) had in Doorstep when it was written, on {made_at}: {events} events.

IT HOLDS CHILDREN'S NAMES AND ADDRESSES IN CLEAR ({readable}). Keep it where only those can read it who may read all
records of the school: on an encrypted disk, and not in e-mail. Whoever takes it over answers for it from then on.

What is in it

  readable.jsonl      every event as it can be read: one JSON object a line, with who, when, in which role, and what.
                      What was erased is not in it: of that only the envelope is left, and when and by which rule it went.
  log/                the same events as they were sealed: what is personal is encrypted, and every byte is under a signed
                      checkpoint. log/log.vkey is the verifier key. This is the proof.
  verifier.py         checks log/ by itself, with Python and the package "cryptography" and nothing of Doorstep's.
  epochs/             where the log began anew after a restore: last checkpoint, verifier key and tree of each earlier epoch.
  keys.age            the data keys that open what is encrypted in log/. Sealed for {keys_for}, in the format of age
                      (c2sp.org/age): the program "age" opens it too. Without it log/ is proved and not read.
  policy.yaml         the policy that the school runs, as Doorstep reads it; settings.json has all settings with their source.
  accounts.json       who had an account: member of staff, sign-in name, which second step. No password and no secret.
  tables/             what the log keeps beside its events: commands that were answered, tombstones, released checkpoints.
  manifest.json       the size and SHA-256 of every file; manifest.sha256 that of manifest.json.

How to check it

  sha256sum --check manifest.sha256               whether the manifest is as it was written
  doorstep school check THIS_FOLDER               everything that can be checked, file by file and event by event; with
                                                  --passphrase-file or --identity also that the keys open the log
  python verifier.py log --key THE_VERIFIER_KEY   the proof alone. Take the verifier key from the school's own papers, not
                                                  from this folder, and compare: {key}

How to go on with it

  doorstep school import THIS_FOLDER              brings it into another installation of Doorstep, where the short name is free:
                                                  every event as it was sealed, with --passphrase-file or --identity

Whoever takes it over without Doorstep reads readable.jsonl with any tool.
"""


def readme_of(described: Described, key: str) -> str:
    """The text of README.txt; `key` is the log's verifier key."""
    return _TEXT.format(
        name=described.name,
        school=described.school,
        made_at=f"{described.made_at:%d %B %Y at %H:%M} UTC".removeprefix("0"),
        events=described.events,
        readable="readable.jsonl",
        keys_for=described.keys_for,
        key=key,
    )
