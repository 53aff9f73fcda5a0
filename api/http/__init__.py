"""The JSON API: one documented route a command and a question. Routes translate; they decide nothing."""
