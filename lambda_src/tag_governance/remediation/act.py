"""The part of a batch that needs AWS: read, decide again, announce, write, conclude, tell.

Imported only when a batch needs it; a batch of compliant creations never gets here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tag_governance.aws.clients import Clients
from tag_governance.aws.ledger import Finding, Ledger, violations_digest
from tag_governance.aws.readers import AWS_ERRORS, account_tags, failure_of, find_attached, read_tags, scope_of_account
from tag_governance.aws.senders import bury, publish
from tag_governance.aws.writers import write_tags
from tag_governance.decision.decide import decide, may_change
from tag_governance.decision.plan import plan_reads, plan_writes
from tag_governance.domain.catalogue import Catalogue
from tag_governance.domain.failure import Failure, FailureKind
from tag_governance.domain.model import (
    Facts,
    Mode,
    NeedKind,
    Observation,
    RelatedResource,
    Result,
    Source,
    Status,
    Tags,
    Verdict,
)
from tag_governance.domain.policy import DEFAULT_SCOPE, Policy
from tag_governance.domain.settings import Settings
from tag_governance.reporting.notices import notices_of

NOT_YET = timedelta(minutes=15)
"""How long after its event a resource that AWS does not find counts as not there yet, and then as gone."""


class Undelivered(Exception):
    """A notice reached neither people nor the dead-letter queue."""


@dataclass(frozen=True)
class Aws:
    """What acting needs besides verdicts."""

    policy: Policy
    catalogue: Catalogue
    settings: Settings
    clients: Clients
    ledger: Ledger


def act(verdicts: Iterable[Verdict], aws: Aws, now: datetime) -> list[Result]:
    """Bring verdicts to their end.

    Args:
        verdicts: whatever is not finished by the event alone; several may be about one resource.

    Returns:
        One result per resource. A result with a failure is to be tried again.
    """
    # Events arrive in any order, so one that complies must not hide one that does not: then the tags are read.
    # A creation knows more than a tag change (who, with what siblings), so of two it is the one to decide by.
    named, unnamed = _named(verdicts, aws, now)
    ordered = sorted(named, key=lambda v: (v.status is Status.COMPLIANT, v.observation.source is not Source.CREATION))
    unique = {v.observation.arn: v for v in reversed(ordered)}
    settled = {arn: Result(v) for arn, v in unique.items() if v.status is Status.COMPLIANT}
    current = _current([v for arn, v in unique.items() if arn not in settled], aws, now)
    changed = _change([r for r in current if r.failure is None and may_change(r.verdict)], aws, now)
    results = [*unnamed, *settled.values(), *(changed.get(r.verdict.observation.arn, r) for r in current)]
    return _conclude(results, aws, now)


def _named(verdicts: Iterable[Verdict], aws: Aws, now: datetime) -> tuple[list[Verdict], list[Result]]:
    """Put the resources that hang on others in place of the verdicts that stand for them."""
    named: list[Verdict] = []
    unnamed: list[Verdict] = []
    for verdict in verdicts:
        (named if verdict.observation.is_named else unnamed).append(verdict)
    if not unnamed:
        return named, []
    found = find_attached((v.observation for v in unnamed), aws.catalogue, aws.policy.partition, aws.clients)
    failed: list[Result] = []
    for verdict in unnamed:
        attached = found[verdict.observation.subject]
        if isinstance(attached, Failure):
            failed.append(_failed(replace(verdict, status=Status.UNDECIDED), attached, now))
        else:
            named += [replace(verdict, observation=replace(verdict.observation, arn=arn)) for arn in attached]
    return named, failed


def _current(verdicts: Sequence[Verdict], aws: Aws, now: datetime) -> list[Result]:
    """Decide by the tags as they are now, reading the facts that decisions ask for."""
    tags = read_tags(plan_reads((v.observation for v in verdicts), aws.catalogue), aws.clients)
    results: list[Result] = []
    waiting: list[Observation] = []
    for verdict in verdicts:
        seen, found = verdict.observation, tags[verdict.observation.arn]
        if isinstance(found, Failure):
            results.append(_failed(verdict, found, now))
        else:
            waiting.append(replace(seen, tags=found))
    facts = Facts()
    while waiting:
        decided = [decide(seen, aws.policy, facts, now) for seen in waiting]
        results += [Result(v) for v in decided if v.status is not Status.UNDECIDED]
        open_verdicts = [v for v in decided if v.status is Status.UNDECIDED]
        waiting = [v.observation for v in open_verdicts]
        facts = _answer(open_verdicts, facts, aws)
    return results


def _answer(verdicts: Iterable[Verdict], facts: Facts, aws: Aws) -> Facts:
    """Every open need answered, each subject asked about once."""
    scopes, accounts = dict(facts.scope_of_account), dict(facts.account_tags)
    related: dict[str, Observation] = {}
    for verdict in verdicts:
        for need in verdict.needs:
            match need.kind:
                case NeedKind.SCOPE_OF_ACCOUNT if need.subject not in scopes:
                    scopes[need.subject] = scope_of_account(
                        need.subject, aws.policy.scope_of_target, DEFAULT_SCOPE, aws.clients
                    )
                case NeedKind.ACCOUNT_TAGS if need.subject not in accounts:
                    accounts[need.subject] = account_tags(need.subject, aws.clients)
                case NeedKind.RELATED_TAGS:
                    other = RelatedResource(need.subject, need.resource_type or "")
                    related[other.arn] = replace(
                        verdict.observation, arn=other.arn, resource_type=other.resource_type, tags=None
                    )
    return Facts(scopes, accounts, {**facts.related_tags, **_related_tags(related, aws)})


def _related_tags(related: Mapping[str, Observation], aws: Aws) -> dict[str, Tags | None]:
    found = read_tags(plan_reads(related.values(), aws.catalogue), aws.clients)
    return {arn: None if isinstance(tags, Failure) else tags for arn, tags in found.items()}


def _change(results: Sequence[Result], aws: Aws, now: datetime) -> dict[str, Result]:
    """Write the tags of these verdicts; no change without its entry in the ledger."""
    if not results:
        return {}
    verdicts = [r.verdict for r in results]
    try:
        aws.ledger.announce(verdicts, now)
    except AWS_ERRORS as error:
        failure = failure_of(error)
        return {v.observation.arn: Result(v, failure=failure) for v in verdicts}
    outcomes = write_tags(plan_writes(verdicts, aws.catalogue), aws.clients)
    ended: dict[str, Result] = {}
    for verdict in verdicts:
        failure_or_none = outcomes[verdict.observation.arn]
        if failure_or_none is None:
            ended[verdict.observation.arn] = Result(verdict, changed=True, attempted=True)
        else:
            ended[verdict.observation.arn] = replace(_failed(verdict, failure_or_none, now), attempted=True)
    return ended


def _failed(verdict: Verdict, failure: Failure, now: datetime) -> Result:
    if failure.kind is FailureKind.NOT_FOUND and now - verdict.observation.time > NOT_YET:
        return Result(verdict, gone=True)
    return Result(verdict, failure=failure)


def _conclude(results: Sequence[Result], aws: Aws, now: datetime) -> list[Result]:
    """Tell who has to know, then put on record what is left; what is on record was told before."""
    known = (r for r in results if r.verdict.observation.is_named)
    recorded = [r for r in known if r.status in (Status.COMPLIANT, Status.NON_COMPLIANT) or r.gone]
    try:
        findings = aws.ledger.findings(r.verdict.observation.arn for r in recorded)
        _tell([r for r in recorded if _is_news(r, findings)], aws)
        aws.ledger.conclude(recorded, findings, now)
    except (*AWS_ERRORS, Undelivered) as error:
        failure = failure_of(error)
        unsaid = {r.verdict.observation.arn for r in recorded}
        return [replace(r, failure=r.failure or failure) if r.verdict.observation.arn in unsaid else r for r in results]
    return list(results)


def _is_news(result: Result, findings: Mapping[str, Finding]) -> bool:
    if result.verdict.mode is Mode.OBSERVE or result.failure is not None:
        return False
    known = findings.get(result.verdict.observation.arn)
    is_new = known is None or known.digest != violations_digest(result.remaining)
    return result.changed or (bool(result.remaining) and is_new)


def _tell(results: Sequence[Result], aws: Aws) -> None:
    rejected = publish(notices_of(results, aws.policy), aws.clients, aws.settings.notification_topic_arn)
    if rejected and len(bury(rejected, aws.clients, aws.settings.dead_letter_queue_url)) < len(rejected):
        raise Undelivered("notices could neither be published nor kept in the dead-letter queue")
