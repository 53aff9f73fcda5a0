"""The web pages: HTML for people. Translates, decides nothing."""
