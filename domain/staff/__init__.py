"""Members of staff: roles, deputies, telephone numbers."""
