"""The enforcement runtime: what the remediation function runs.

Every arrow goes one way: observe -> decide -> plan -> act. The first three are pure; only `act` and what it
imports touch AWS, and it is imported when, and only when, a batch needs AWS.
"""
