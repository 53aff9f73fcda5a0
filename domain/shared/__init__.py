"""What any stream may hold: deviations, corrections, spoken words, readings."""
