"""Decide what is wrong with a resource and plan the calls that fix it. Pure."""
