"""Results in, notices out: one message for each owner in a batch, with attributes subscriptions can filter on. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tag_governance.domain.model import Result, Violation
from tag_governance.domain.policy import Policy

UNKNOWN_OWNER = "unknown"
_RESOURCES_PER_NOTICE = 100
"""Keeps a message well below the 256 KiB that SNS takes."""
_LONGEST_ATTRIBUTE = 256
_LONGEST_SUBJECT = 100


@dataclass(frozen=True, slots=True)
class Notice:
    """One message.

    `attributes` maps a name to one text or to several; SNS filter policies match either.
    """

    subject: str
    body: str
    text: str
    attributes: dict[str, str | list[str]]


def notices_of(results: Iterable[Result], policy: Policy) -> list[Notice]:
    """Group what has to be told by the owner of the resource, as its tags say after the fixes."""
    by_owner: dict[str, list[Result]] = {}
    for result in results:
        by_owner.setdefault(owner_of(result, policy), []).append(result)
    return [_notice(owner, part, policy) for owner, told in sorted(by_owner.items()) for part in _parts(told)]


def owner_of(result: Result, policy: Policy) -> str:
    """The value of the owner tag, else who created the resource, else `unknown`."""
    seen = result.verdict.observation
    if policy.owner_tag is not None:
        tags = dict(seen.tags or {})
        if result.changed:
            tags.update({fix.key: fix.value for fix in result.verdict.fixes})
        owner = tags.get(policy.owner_tag, "").strip()
        if owner:
            return owner
    return seen.actor or UNKNOWN_OWNER


def _notice(owner: str, results: Sequence[Result], policy: Policy) -> Notice:
    fixed = sum(1 for r in results if r.changed)
    left = sum(1 for r in results if r.remaining)
    kinds = [kind for kind, count in (("changed", fixed), ("violation", left)) if count]
    subject = f"[{policy.name}] {len(results)} resource(s): {fixed} changed, {left} with violations"
    body = {
        "version": 1,
        "policy": policy.name,
        "owner": owner,
        "changed": fixed,
        "violations": left,
        "resources": [_resource(r) for r in results],
    }
    observations = [r.verdict.observation for r in results]
    return Notice(
        subject=subject[:_LONGEST_SUBJECT],
        body=json.dumps(body, separators=(",", ":")),
        text="\n".join([f"{subject}, owner {owner}", "", *(line for r in results for line in _lines(r))]),
        attributes={
            "owner": owner[:_LONGEST_ATTRIBUTE],
            "kind": kinds,
            "account": sorted({o.account for o in observations}),
            "scope": sorted({r.verdict.scope or "" for r in results}),
            "resource_type": sorted({o.resource_type for o in observations}),
        },
    )


def _resource(result: Result) -> dict[str, Any]:
    seen = result.verdict.observation
    before = seen.tags or {}
    return {
        "arn": seen.arn,
        "resource_type": seen.resource_type,
        "account": seen.account,
        "region": seen.region,
        "scope": result.verdict.scope,
        "mode": result.verdict.mode.value,
        "actor": seen.actor,
        "changes": [
            {"key": f.key, "before": before.get(f.key), "after": f.value, "why": f.why, "removed": list(f.remove_keys)}
            for f in (result.verdict.fixes if result.changed else ())
        ],
        "violations": [_violation(v) for v in result.remaining],
    }


def _violation(violation: Violation) -> dict[str, Any]:
    proposed = None if violation.fix is None else violation.fix.value
    return {"key": violation.key, "problem": violation.problem.value, "found": violation.found, "proposed": proposed}


def _lines(result: Result) -> Iterator[str]:
    yield result.verdict.observation.arn
    if result.changed:
        for fix in result.verdict.fixes:
            yield f"  set {fix.key}={fix.value} ({fix.why})"
    for violation in result.remaining:
        found = "" if violation.found is None else f", found {violation.found!r}"
        yield f"  {violation.key}: {violation.problem.value}{found}"


def _parts(results: list[Result]) -> Iterator[list[Result]]:
    for start in range(0, len(results), _RESOURCES_PER_NOTICE):
        yield results[start : start + _RESOURCES_PER_NOTICE]
