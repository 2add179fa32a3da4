"""How costs are shown: amounts rounded once, tables of the terminal, JSON documents."""
