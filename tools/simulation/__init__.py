"""Deterministic simulation of the functions' environment: queue, clock, AWS, people and other tools. One seed is one
history.

Faults are part of the simulated world, not of a test. All invariants of the design are checked at the end of a history.
"""
