"""A deterministic simulation of the function's world: queue, clock, AWS, people and other tools. One seed is one
history.

Faults are part of the world, not of a test, and every rule of the design is checked at the end of a history.
"""
