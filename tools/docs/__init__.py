"""Writes what the code and the catalogue say into Markdown: input and output tables, and the page of coverage."""
