"""The school: the settings it adopted and the records it exported."""
