"""Who may sign in: accounts, passwords, second factors, sessions, invitations. Ids only; people are in the schools' logs."""
