"""The proof: a Merkle tree over a school's log, signed checkpoints kept outside the database, receipts, a witness.

`verifier` stands by itself (an outsider runs it without Doorstep); everything that makes evidence is checked with it.
"""
