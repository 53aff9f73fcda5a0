"""Break-glass: a DSL of another school of the trust reads this school's records, for a while and in an emergency."""
