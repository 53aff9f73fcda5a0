"""The trip: who leaves together, when they are back, and who watches. The safety timer is here."""
