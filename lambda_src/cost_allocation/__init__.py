"""The allocation engine: cost rows and rules in, amounts per team out, equal to the last digit.

Standard library only, and pure: no clock, no network, no files. Every amount is a `Decimal`.
"""
