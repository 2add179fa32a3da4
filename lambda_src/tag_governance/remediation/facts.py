"""Facts for decisions: scopes of accounts, tags of accounts, tags of related resources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tag_governance.aws.readers import Reading, read_tags
from tag_governance.decision.plan import plan_reads
from tag_governance.domain.failure import Failure, FailureKind, postponement
from tag_governance.domain.model import Facts, NeedKind, Observation, RelatedResource, Tags, Verdict
from tag_governance.remediation.run import Run


def answer_needs(verdicts: Iterable[Verdict], facts: Facts, run: Run) -> Facts:
    """Read all needed facts, each subject once."""
    scopes, accounts, units = dict(facts.scope_of_account), dict(facts.account_tags), dict(facts.unit_tags)
    related: dict[str, Observation] = {}
    young: set[str] = set()
    for verdict in verdicts:
        for need in verdict.needs:
            match need.kind:
                case NeedKind.SCOPE_OF_ACCOUNT if need.subject not in scopes:
                    scopes[need.subject] = run.deployment.organization.scope_of(need.subject, run.attempts)
                case NeedKind.ACCOUNT_TAGS if need.subject not in accounts:
                    accounts[need.subject] = run.deployment.organization.tags_of(
                        need.subject, need.subject, run.attempts
                    )
                case NeedKind.UNIT_TAGS if need.subject not in units:
                    units[need.subject] = run.deployment.organization.unit_tags(need.subject, run.attempts)
                case NeedKind.RELATED_TAGS:
                    other = RelatedResource(need.subject, need.resource_type or "")
                    seen = verdict.observation
                    related[other.arn] = replace(
                        seen,
                        arn=other.arn,
                        resource_type=other.resource_type,
                        region=other.arn.split(":")[3] or seen.region,
                        tags=None,
                    )
                    if run.now() - seen.time < run.deployment.lag:
                        young.add(other.arn)
    read = read_tags(plan_reads(related.values(), run.deployment.catalogue), run.clients, run.attempts)
    tags = {arn: _related_tags(reading, arn in young) for arn, reading in read.items()}
    return Facts(scopes, accounts, units, {**facts.related_tags, **tags})


def _related_tags(reading: Reading, young: bool) -> Tags | Failure:
    """Return the tags that can be inherited.

    A missing resource has none. An unlisted resource has none once the index is up to date.
    """
    if isinstance(reading, Failure):
        return {} if reading.kind is FailureKind.NOT_FOUND else reading
    if not reading and young:
        return postponement("the tag index may not list a related resource yet")
    return reading or {}
