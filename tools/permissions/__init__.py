"""Are the permissions that Terraform renders sufficient and least? Every call is judged as IAM would judge it.

* `policy`: policy documents, and which requests their statements are about.
* `estate`: the roles and policies of a plan or a state, and what they allow together.
* `calls`: calls of the SDK and of AWS's services, translated to requests by `operations.json` and `service_calls.json`.
* `review`: what is refused, what is granted and never used, which statement nobody would miss.
* `simulated`, `driven`: the calls of simulated histories, and of what the simulation leaves out. An emulator writes
  down its own (`tools.emulator.calls`).
"""
