"""The restricted case: an allegation, a complaint or a physical intervention, open to a few named people (DV-08)."""
