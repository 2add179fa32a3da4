"""The enforcement runtime: what the functions of the remediation module run.

Each folder uses only those below it; the last two rows are pure (no clock, no network, no environment):

    handlers      entry points
    remediation   a batch of records from verdict to end
    aws           everything that calls AWS; imported when, and only when, a batch needs it
    events        decision        reporting
    domain
"""
