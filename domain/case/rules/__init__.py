"""The rules about restricted cases, one small function each."""
