"""The one door to storage: append, read, subscribe; the embedded database; migrations."""
