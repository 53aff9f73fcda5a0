"""What acts on time and on events: the overdue watch, notices, the sealer."""
