"""One rule, one small function, in the file you would guess."""
