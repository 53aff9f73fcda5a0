"""How long personal data stays, what holds it longer, and its erasure (DV-11). On the stream of whoever it is about."""
