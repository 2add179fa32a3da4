"""Conversion between ledger entries and DynamoDB items.

Times are ISO 8601 text, except the ones that DynamoDB compares, which are numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tag_governance.domain.entry import Change, ChangeRecord, Claim, Entry
from tag_governance.domain.gap import Denial, Gap
from tag_governance.domain.model import (
    Correction,
    Evidence,
    Fix,
    Mode,
    ObservedValue,
    Origin,
    Problem,
    RelatedResource,
    Status,
    TagSetWrite,
    TagWrite,
    Violation,
)

Item = dict[str, Any]


def entry_item(entry: Entry, version: int, expires: datetime) -> Item:
    """Convert the state of a resource to an item without empty attributes. The item expires only if nothing is open."""
    due = entry.due
    item = {
        "resource": entry.arn,
        "entry": "state",
        "version": version,
        "resource_type": entry.resource_type,
        "account": entry.account,
        "region": entry.region,
        "scope": entry.scope,
        "mode": entry.mode.value,
        "status": entry.status.value,
        "reason": entry.reason,
        "owner": entry.owner,
        "violations": [_violation_map(v) for v in entry.violations],
        "first_seen": _iso_time(entry.first_seen),
        "last_seen": _iso_time(entry.last_seen),
        "confirmed": _iso_time(entry.confirmed_at),
        "check_after": _iso_time(entry.check_after),
        "origin": _origin_map(entry.origin),
        "since": _iso_time(entry.since),
        "evidence": _evidence_map(entry.evidence),
        "heard": [_evidence_map(evidence) for evidence in entry.deferred_evidence],
        "kept": {key: _correction_map(correction) for key, correction in entry.corrections.items()},
        "puts": [_tag_set_write_map(put) for put in entry.tag_set_writes],
        "refused": entry.refused_plan,
        "pending": None if entry.pending_change is None else _change_map(entry.pending_change),
        "claim": None if entry.claim is None else {"by": entry.claim.by, "until": _iso_time(entry.claim.until)},
        "changes": [_change_map(change) for change in entry.changes],
        "told": entry.notified_digest,
        "tellings": entry.notice_count or None,
        "tell_after": _iso_time(entry.notify_after),
        "undeliverable": entry.undeliverable,
        "waits_for": entry.denying_account,
        "asked": _iso_time(entry.recheck_requested_at),
        "shard": due[0] if due else None,
        "due": None if due is None else int(due[1].timestamp()),
        "expires_at": None if due is not None or entry.is_open else int(expires.timestamp()),
    }
    return _without_empty(item)


def entry_of(item: Mapping[str, Any]) -> Entry:
    """Convert an item to the state of a resource."""
    pending, claim = item.get("pending"), item.get("claim")
    return Entry(
        arn=item["resource"],
        resource_type=item["resource_type"],
        account=item["account"],
        region=item["region"],
        version=int(item["version"]),
        scope=item.get("scope"),
        mode=Mode(item["mode"]),
        status=Status(item["status"]),
        reason=item.get("reason", ""),
        owner=item.get("owner", ""),
        violations=tuple(_violation_of(violation) for violation in item.get("violations", ())),
        first_seen=_optional_time(item.get("first_seen")),
        last_seen=_optional_time(item.get("last_seen")),
        confirmed_at=_optional_time(item.get("confirmed")),
        check_after=_optional_time(item.get("check_after")),
        origin=_origin_of(item.get("origin")),
        since=_optional_time(item.get("since")),
        evidence=_evidence_of(item.get("evidence")),
        deferred_evidence=tuple(_evidence_from(evidence) for evidence in item.get("heard", ())),
        corrections={key: _correction_of(correction) for key, correction in item.get("kept", {}).items()},
        tag_set_writes=tuple(_tag_set_write_of(put) for put in item.get("puts", ())),
        refused_plan=item.get("refused"),
        pending_change=None if pending is None else _change_of(pending),
        claim=None if claim is None else Claim(claim["by"], _required_time(claim["until"])),
        changes=tuple(_change_of(change) for change in item.get("changes", ())),
        notified_digest=item.get("told"),
        notice_count=int(item.get("tellings", 0)),
        notify_after=_optional_time(item.get("tell_after")),
        undeliverable=item.get("undeliverable"),
        denying_account=item.get("waits_for"),
        recheck_requested_at=_optional_time(item.get("asked")),
    )


def change_item(entry: Entry, recorded: ChangeRecord, expires: datetime) -> Item:
    """Build the item of one change.

    The key contains the time of the plan, not of the write, so a repeated write creates the same item.
    """
    change = recorded.change
    return _without_empty(
        {
            "resource": entry.arn,
            "entry": f"change#{_iso_time(change.at)}#{change.id}",
            "resource_type": entry.resource_type,
            "account": entry.account,
            "region": entry.region,
            "scope": entry.scope,
            "mode": entry.mode.value,
            "actor": entry.origin.actor if entry.origin else None,
            "state": recorded.state,
            "cause": recorded.cause,
            "expires_at": int(expires.timestamp()),
        }
    ) | _change_map(change)


def gap_item(key: str, gap: Gap, version: int, expires: datetime) -> Item:
    """Build the item for the denials of an account."""
    due = gap.due
    return _without_empty(
        {
            "resource": key,
            "entry": "state",
            "version": version,
            "account": gap.account,
            "denials": {
                operation: {"code": d.code, "cause": d.cause, "arns": list(d.arns), "since": _iso_time(d.since)}
                for operation, d in gap.denials.items()
            },
            "shard": due[0] if due else None,
            "due": None if due is None else int(due[1].timestamp()),
            "expires_at": None if due is not None else int(expires.timestamp()),
        }
    )


def gap_of(item: Mapping[str, Any]) -> Gap:
    """Convert an item to the denials of an account."""
    return Gap(
        account=item["account"],
        version=int(item["version"]),
        denials={
            operation: Denial(d["code"], d["cause"], tuple(d["arns"]), _required_time(d["since"]))
            for operation, d in item.get("denials", {}).items()
        },
        next_look=None if item.get("due") is None else datetime.fromtimestamp(int(item["due"]), UTC),
    )


def number_of(time: datetime) -> str:
    """Convert a time to the number that DynamoDB compares: whole seconds since 1970."""
    return str(int(time.timestamp()))


def _without_empty(item: Item) -> Item:
    return {name: value for name, value in item.items() if value not in (None, "", [], {})}


def _violation_map(violation: Violation) -> Item:
    fix = violation.fix
    return _without_empty(
        {
            "key": violation.key,
            "problem": violation.problem.value,
            "found": violation.found,
            "proposed": None
            if fix is None
            else _without_empty({"value": fix.value, "why": fix.why, "remove_keys": list(fix.remove_keys)}),
        }
    )


def _violation_of(item: Mapping[str, Any]) -> Violation:
    proposed = item.get("proposed")
    fix = (
        None
        if proposed is None
        else Fix(item["key"], proposed.get("value", ""), proposed["why"], tuple(proposed.get("remove_keys", ())))
    )
    return Violation(item["key"], Problem(item["problem"]), item.get("found"), fix)


def _origin_map(origin: Origin | None) -> Item | None:
    if origin is None:
        return None
    related = [{"arn": r.arn, "resource_type": r.resource_type} for r in origin.related]
    return _without_empty(
        {
            "at": _iso_time(origin.at),
            "actor": origin.actor,
            "request_tags": dict(origin.request_tags),
            "related": related,
        }
    )


def _origin_of(item: Mapping[str, Any] | None) -> Origin | None:
    if item is None:
        return None
    related = tuple(RelatedResource(r["arn"], r["resource_type"]) for r in item.get("related", ()))
    return Origin(_required_time(item["at"]), item.get("actor"), item.get("request_tags", {}), related)


def _evidence_map(evidence: Evidence | None) -> Item | None:
    if evidence is None:
        return None
    item: Item = {"at": _iso_time(evidence.at), "tags": dict(evidence.tags)}
    if evidence.changed is not None:
        item["changed"] = list(evidence.changed)  # an empty list differs from a missing one
    return item | _without_empty({"version": evidence.version, "is_read": evidence.is_read or None})


def _evidence_of(item: Mapping[str, Any] | None) -> Evidence | None:
    return None if item is None else _evidence_from(item)


def _evidence_from(item: Mapping[str, Any]) -> Evidence:
    version, changed = item.get("version"), item.get("changed")
    return Evidence(
        tags=item["tags"],
        at=_required_time(item["at"]),
        version=None if version is None else int(version),
        is_read=bool(item.get("is_read", False)),
        changed=None if changed is None else tuple(changed),
    )


def _tag_set_write_map(put: TagSetWrite) -> Item:
    return {
        "read": _iso_time(put.read_at),
        "written": _iso_time(put.written_at),
        "tags": dict(put.tags),
        "meant": list(put.intended_keys),
        "others": {key: [_observed_value_map(shown) for shown in others] for key, others in put.others.items()},
    }


def _tag_set_write_of(item: Mapping[str, Any]) -> TagSetWrite:
    others = {key: tuple(_observed_value_of(shown) for shown in others) for key, others in item["others"].items()}
    return TagSetWrite(
        _required_time(item["read"]), _required_time(item["written"]), item["tags"], tuple(item["meant"]), others
    )


def _observed_value_map(shown: ObservedValue) -> Item:
    return {"value": shown.value, "at": _iso_time(shown.at), "version": shown.version}


def _observed_value_of(item: Mapping[str, Any]) -> ObservedValue:
    return ObservedValue(
        item["value"], _required_time(item["at"]), None if item["version"] is None else int(item["version"])
    )


def _tag_write_map(written: TagWrite) -> Item:
    times = {"since": _iso_time(written.since), "until": _iso_time(written.until)}
    return {"value": written.value, **times, "is_certain": written.is_certain}


def _tag_write_of(item: Mapping[str, Any]) -> TagWrite:
    return TagWrite(item["value"], _required_time(item["since"]), _required_time(item["until"]), item["is_certain"])


def _correction_map(correction: Correction) -> Item:
    return {
        "value": correction.value,
        "basis": _iso_time(correction.basis),
        **_without_empty(
            {
                "why": correction.why,
                "wrote": [_tag_write_map(w) for w in correction.writes],
                "undone": [_iso_time(at) for at in correction.reverts],
                "restored": correction.is_restored or None,
                "others": [_observed_value_map(shown) for shown in correction.others],
                "contested_by": correction.contested_by,
                "allowed_since": _iso_time(correction.allowed_since),
                "left": list(correction.leftover_keys),
            }
        ),
    }


def _correction_of(item: Mapping[str, Any]) -> Correction:
    return Correction(
        value=item["value"],
        why=item.get("why", ""),
        basis=_required_time(item["basis"]),
        writes=tuple(_tag_write_of(w) for w in item.get("wrote", ())),
        reverts=tuple(_required_time(at) for at in item.get("undone", ())),
        is_restored=bool(item.get("restored", False)),
        others=tuple(_observed_value_of(shown) for shown in item.get("others", ())),
        contested_by=item.get("contested_by"),
        allowed_since=_optional_time(item.get("allowed_since")),
        leftover_keys=tuple(item.get("left", ())),
    )


def _change_map(change: Change) -> Item:
    return {
        "id": change.id,
        "at": _iso_time(change.at),
        "basis": _iso_time(change.basis),
        "before": dict(change.before),
        "after": dict(change.after),
        "removed": {key: list(keys) for key, keys in change.removed.items()},
        "why": dict(change.why),
        "event": change.event_id,
    }


def _change_of(item: Mapping[str, Any]) -> Change:
    return Change(
        id=item["id"],
        at=_required_time(item["at"]),
        before=item["before"],
        after=item["after"],
        removed={key: tuple(keys) for key, keys in item["removed"].items()},
        why=item["why"],
        basis=_required_time(item["basis"]),
        event_id=item["event"],
    )


def _iso_time(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _optional_time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _required_time(text: Any) -> datetime:
    return datetime.fromisoformat(text)
