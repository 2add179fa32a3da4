"""Costs as they are shown: amounts rounded once, tables of the terminal, JSON documents."""
