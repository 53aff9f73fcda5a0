"""The one way in: load state, gather facts, decide, append, retry."""
