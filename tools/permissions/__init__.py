"""Review of the rendered permissions: are they sufficient, and are they the minimum? Every call is evaluated as IAM
does it.

* `policy`: policy documents, and the requests that their statements match.
* `estate`: the roles and policies of a plan or a state, and their combined effect.
* `calls`: calls of the SDK and of AWS services, translated to requests by `operations.json` and `service_calls.json`.
* `review`: refused requests, unused grants, and needless statements.
* `simulated`, `call_driver`: the calls of simulated histories, and further calls. The emulator records its own
  (`tools.emulator.calls`).
"""
