"""The rules file: what is in it, on which line, and what in it can never match."""
