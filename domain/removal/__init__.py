"""A school that leaves: its records go out whole, and what was kept here of it goes."""
