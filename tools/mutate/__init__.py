"""Mutation of the code: mistakes are put in, one at a time, and a test has to fail for each."""
