"""What the folders of a backup say of themselves to whoever finds them in ten years."""

from typing import Final

LOG: Final = """\
This is the log part of a backup of Doorstep: every event, command, claim, tombstone and checkpoint of every school.
What is personal in it is encrypted. The keys that open it are in the other part (-keys) and in the key file, which is
in no backup. Keep this part for as long as your records must be kept. Restore it with:

    doorstep restore --from THIS_FOLDER --keys THE_KEYS_FOLDER
"""
KEYS: Final = """\
This is the keys part of a backup of Doorstep: the data keys, wrapped, and the tombstones of those that were erased.
Keep it apart from the log part and only for days: a key that is erased must not live on in it.

The KEY FILE is not in it, on purpose. Without the key file (DOORSTEP_KEY_FILE) this part opens nothing, and nobody can
read a name or a sentence of the log again: keep a copy of the key file in a safe place that holds no backup.
"""
