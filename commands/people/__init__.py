"""Bringing people in: files of the school's own system read, compared with the register, and brought in row by row."""
