"""The ledger: open findings, and every change made, from which a change can be undone.

One DynamoDB table, partition key `resource` (ARN), sort key `entry`:

* `finding`: the open violations of a resource; deleted when it complies.
* `change#<time of the event>#<digest>`: one change. It is written with state `pending` before the tags are, and then
  becomes `applied` or `failed`, so no change can happen unrecorded. The digest makes a repeated batch write the same
  entry again instead of a second one. `before` holds the touched keys that existed, `after` what was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tag_governance.domain.model import Observation, Result, Verdict, Violation

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import DynamoDBServiceResource

FINDING = "finding"
_GET_BATCH = 100
"""Keys per BatchGetItem. Source: DynamoDB API reference."""


class Ledger:
    """Reads and writes the ledger table.

    Args:
        resource: a DynamoDB service resource; its batch writer resends what DynamoDB did not take.
        table: the table's name.
        retention_days: how long a change stays on record.
    """

    def __init__(self, resource: DynamoDBServiceResource, table: str, retention_days: int) -> None:
        self._resource = resource
        self._table = table
        self._retention = timedelta(days=retention_days)

    def announce(self, verdicts: Iterable[Verdict], now: datetime) -> None:
        """Record changes about to be made."""
        self._write(puts=[self._change(v, now, "pending", "") for v in verdicts])

    def findings(self, arns: Iterable[str]) -> dict[str, Finding]:
        """The open findings of these resources, by ARN."""
        keys = [{"resource": arn, "entry": FINDING} for arn in dict.fromkeys(arns)]
        found: dict[str, Finding] = {}
        for start in range(0, len(keys), _GET_BATCH):
            answer = self._resource.batch_get_item(
                RequestItems={self._table: {"Keys": keys[start : start + _GET_BATCH], "ConsistentRead": True}}
            )
            for item in answer["Responses"].get(self._table, []):
                found[str(item["resource"])] = Finding(str(item["digest"]), str(item["first_seen"]))
        return found

    def conclude(self, results: Iterable[Result], findings: Mapping[str, Finding], now: datetime) -> None:
        """Record how changes ended, open findings for what is left, and close those of resources that comply."""
        puts: list[dict[str, Any]] = []
        deletes: list[dict[str, Any]] = []
        for result in results:
            arn = result.verdict.observation.arn
            if result.changed:
                puts.append(self._change(result.verdict, now, "applied", None))
            elif result.failure is not None and result.attempted:
                puts.append(self._change(result.verdict, now, "failed", result.failure.cause))
            if result.remaining:
                known = findings.get(arn)
                puts.append(_finding(result, known.first_seen if known else now.isoformat(), now))
            elif arn in findings and result.failure is None:
                deletes.append({"resource": arn, "entry": FINDING})
        self._write(puts, deletes)

    def _write(self, puts: Iterable[dict[str, Any]], deletes: Iterable[dict[str, Any]] = ()) -> None:
        # The same change may be asked for by two records of a batch; DynamoDB refuses a batch that names a key twice.
        with self._resource.Table(self._table).batch_writer(overwrite_by_pkeys=["resource", "entry"]) as batch:
            for item in puts:
                batch.put_item(Item=item)
            for key in deletes:
                batch.delete_item(Key=key)

    def _change(self, verdict: Verdict, now: datetime, state: str, cause: str | None) -> dict[str, Any]:
        seen = verdict.observation
        before = seen.tags or {}
        removed = [key for fix in verdict.fixes for key in fix.remove_keys]
        touched = {*removed, *(fix.key for fix in verdict.fixes)}
        return {
            **_subject(verdict),
            "entry": f"change#{seen.time.isoformat()}#{_digest(seen, verdict)}",
            "state": state,
            "cause": cause,
            "before": {key: before[key] for key in sorted(touched) if key in before},
            "after": {fix.key: fix.value for fix in verdict.fixes},
            "removed": sorted(removed),
            "why": {fix.key: fix.why for fix in verdict.fixes},
            "actor": seen.actor,
            "event": seen.event_id,
            "at": now.isoformat(),
            "expires_at": int((now + self._retention).timestamp()),
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """What is already on record about a resource."""

    digest: str
    first_seen: str


def violations_digest(violations: Iterable[Violation]) -> str:
    """The same for the same violations: what was once said of a resource is not said again."""
    return sha256(repr(sorted((v.key, v.problem.value, v.found or "") for v in violations)).encode()).hexdigest()[:16]


def _finding(result: Result, first_seen: str, now: datetime) -> dict[str, Any]:
    return {
        **_subject(result.verdict),
        "entry": FINDING,
        "digest": violations_digest(result.remaining),
        "violations": [{"key": v.key, "problem": v.problem.value, "found": v.found} for v in result.remaining],
        "cause": result.failure.cause if result.failure else None,
        "first_seen": first_seen,
        "last_seen": now.isoformat(),
    }


def _subject(verdict: Verdict) -> dict[str, Any]:
    seen = verdict.observation
    return {
        "resource": seen.arn,
        "resource_type": seen.resource_type,
        "account": seen.account,
        "region": seen.region,
        "scope": verdict.scope,
        "mode": verdict.mode.value,
    }


def _digest(seen: Observation, verdict: Verdict) -> str:
    change = repr((seen.event_id, seen.arn, [(f.key, f.value, f.remove_keys) for f in verdict.fixes]))
    return sha256(change.encode()).hexdigest()[:16]
