"""Pupils and their families."""
