"""`taggov`, the command line of the module: what the catalogue covers, and what it makes of your events."""

__version__ = "1.0.0"
