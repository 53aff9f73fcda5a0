"""The concern: a worry about a child, and what was done about it."""
