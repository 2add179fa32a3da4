"""`python -m taggov`."""

from __future__ import annotations

from taggov.main import main

main()
