"""Entries of the ledger as items of its table, and back. Times are ISO 8601 texts, but for those that DynamoDB
compares."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tag_governance.domain.entry import Change, Claim, Entry, Recorded
from tag_governance.domain.gap import Denial, Gap
from tag_governance.domain.model import (
    Evidence,
    Fix,
    Kept,
    Mode,
    Origin,
    Problem,
    Put,
    RelatedResource,
    Shown,
    Status,
    Violation,
    Written,
)

Item = dict[str, Any]


def entry_item(entry: Entry, version: int, expires: datetime) -> Item:
    """Build the item of a resource's state; what is empty is left out. It expires once nothing is open any more."""
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
        "first_seen": _text(entry.first_seen),
        "last_seen": _text(entry.last_seen),
        "confirmed": _text(entry.confirmed),
        "check_after": _text(entry.check_after),
        "origin": _origin_map(entry.origin),
        "since": _text(entry.since),
        "evidence": _evidence_map(entry.evidence),
        "heard": [_evidence_map(evidence) for evidence in entry.heard],
        "kept": {key: _kept_map(kept) for key, kept in entry.kept.items()},
        "puts": [_put_map(put) for put in entry.puts],
        "refused": entry.refused,
        "pending": None if entry.pending is None else _change_map(entry.pending),
        "claim": None if entry.claim is None else {"by": entry.claim.by, "until": _text(entry.claim.until)},
        "changes": [_change_map(change) for change in entry.changes],
        "told": entry.told,
        "tellings": entry.tellings or None,
        "tell_after": _text(entry.tell_after),
        "undeliverable": entry.undeliverable,
        "waits_for": entry.waits_for,
        "asked": _text(entry.asked),
        "shard": due[0] if due else None,
        "due": None if due is None else int(due[1].timestamp()),
        "expires_at": None if due is not None or entry.is_open else int(expires.timestamp()),
    }
    return _filled(item)


def entry_of(item: Mapping[str, Any]) -> Entry:
    """Read the state of a resource from an item."""
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
        first_seen=_time(item.get("first_seen")),
        last_seen=_time(item.get("last_seen")),
        confirmed=_time(item.get("confirmed")),
        check_after=_time(item.get("check_after")),
        origin=_origin_of(item.get("origin")),
        since=_time(item.get("since")),
        evidence=_evidence_of(item.get("evidence")),
        heard=tuple(_evidence_from(evidence) for evidence in item.get("heard", ())),
        kept={key: _kept_of(kept) for key, kept in item.get("kept", {}).items()},
        puts=tuple(_put_of(put) for put in item.get("puts", ())),
        refused=item.get("refused"),
        pending=None if pending is None else _change_of(pending),
        claim=None if claim is None else Claim(claim["by"], _must(claim["until"])),
        changes=tuple(_change_of(change) for change in item.get("changes", ())),
        told=item.get("told"),
        tellings=int(item.get("tellings", 0)),
        tell_after=_time(item.get("tell_after")),
        undeliverable=item.get("undeliverable"),
        waits_for=item.get("waits_for"),
        asked=_time(item.get("asked")),
    )


def change_item(entry: Entry, recorded: Recorded, expires: datetime) -> Item:
    """Build the item of one change.

    Its key holds the time of the plan, not that of the write: a repeated write is the same.
    """
    change = recorded.change
    return _filled(
        {
            "resource": entry.arn,
            "entry": f"change#{_text(change.at)}#{change.id}",
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
    """Build the item of what an account denies."""
    due = gap.due
    return _filled(
        {
            "resource": key,
            "entry": "state",
            "version": version,
            "account": gap.account,
            "denials": {
                operation: {"code": d.code, "cause": d.cause, "arns": list(d.arns), "since": _text(d.since)}
                for operation, d in gap.denials.items()
            },
            "shard": due[0] if due else None,
            "due": None if due is None else int(due[1].timestamp()),
            "expires_at": None if due is not None else int(expires.timestamp()),
        }
    )


def gap_of(item: Mapping[str, Any]) -> Gap:
    """Read what an account denies from an item."""
    return Gap(
        account=item["account"],
        version=int(item["version"]),
        denials={
            operation: Denial(d["code"], d["cause"], tuple(d["arns"]), _must(d["since"]))
            for operation, d in item.get("denials", {}).items()
        },
        next_look=None if item.get("due") is None else datetime.fromtimestamp(int(item["due"]), UTC),
    )


def number_of(time: datetime) -> str:
    """Convert a time to the number that DynamoDB compares: whole seconds since 1970."""
    return str(int(time.timestamp()))


def _filled(item: Item) -> Item:
    return {name: value for name, value in item.items() if value not in (None, "", [], {})}


def _violation_map(violation: Violation) -> Item:
    fix = violation.fix
    return _filled(
        {
            "key": violation.key,
            "problem": violation.problem.value,
            "found": violation.found,
            "proposed": None
            if fix is None
            else _filled({"value": fix.value, "why": fix.why, "remove_keys": list(fix.remove_keys)}),
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
    return _filled(
        {
            "at": _text(origin.at),
            "actor": origin.actor,
            "request_tags": dict(origin.request_tags),
            "related": related,
        }
    )


def _origin_of(item: Mapping[str, Any] | None) -> Origin | None:
    if item is None:
        return None
    related = tuple(RelatedResource(r["arn"], r["resource_type"]) for r in item.get("related", ()))
    return Origin(_must(item["at"]), item.get("actor"), item.get("request_tags", {}), related)


def _evidence_map(evidence: Evidence | None) -> Item | None:
    if evidence is None:
        return None
    item: Item = {"at": _text(evidence.at), "tags": dict(evidence.tags)}
    if evidence.changed is not None:
        item["changed"] = list(evidence.changed)  # an empty list is not the same as none
    return item | _filled({"version": evidence.version, "is_read": evidence.is_read or None})


def _evidence_of(item: Mapping[str, Any] | None) -> Evidence | None:
    return None if item is None else _evidence_from(item)


def _evidence_from(item: Mapping[str, Any]) -> Evidence:
    version, changed = item.get("version"), item.get("changed")
    return Evidence(
        tags=item["tags"],
        at=_must(item["at"]),
        version=None if version is None else int(version),
        is_read=bool(item.get("is_read", False)),
        changed=None if changed is None else tuple(changed),
    )


def _put_map(put: Put) -> Item:
    return {
        "read": _text(put.read),
        "written": _text(put.written),
        "tags": dict(put.tags),
        "meant": list(put.meant),
        "others": {key: [_shown_map(shown) for shown in others] for key, others in put.others.items()},
    }


def _put_of(item: Mapping[str, Any]) -> Put:
    others = {key: tuple(_shown_of(shown) for shown in others) for key, others in item["others"].items()}
    return Put(_must(item["read"]), _must(item["written"]), item["tags"], tuple(item["meant"]), others)


def _shown_map(shown: Shown) -> Item:
    return {"value": shown.value, "at": _text(shown.at), "version": shown.version}


def _shown_of(item: Mapping[str, Any]) -> Shown:
    return Shown(item["value"], _must(item["at"]), None if item["version"] is None else int(item["version"]))


def _written_map(written: Written) -> Item:
    times = {"since": _text(written.since), "until": _text(written.until)}
    return {"value": written.value, **times, "is_certain": written.is_certain}


def _written_of(item: Mapping[str, Any]) -> Written:
    return Written(item["value"], _must(item["since"]), _must(item["until"]), item["is_certain"])


def _kept_map(kept: Kept) -> Item:
    return {
        "value": kept.value,
        "basis": _text(kept.basis),
        **_filled(
            {
                "why": kept.why,
                "wrote": [_written_map(w) for w in kept.wrote],
                "undone": [_text(at) for at in kept.undone],
                "restored": kept.restored or None,
                "others": [_shown_map(shown) for shown in kept.others],
                "contested_by": kept.contested_by,
                "allowed_since": _text(kept.allowed_since),
                "left": list(kept.left),
            }
        ),
    }


def _kept_of(item: Mapping[str, Any]) -> Kept:
    return Kept(
        value=item["value"],
        why=item.get("why", ""),
        basis=_must(item["basis"]),
        wrote=tuple(_written_of(w) for w in item.get("wrote", ())),
        undone=tuple(_must(at) for at in item.get("undone", ())),
        restored=bool(item.get("restored", False)),
        others=tuple(_shown_of(shown) for shown in item.get("others", ())),
        contested_by=item.get("contested_by"),
        allowed_since=_time(item.get("allowed_since")),
        left=tuple(item.get("left", ())),
    )


def _change_map(change: Change) -> Item:
    return {
        "id": change.id,
        "at": _text(change.at),
        "basis": _text(change.basis),
        "before": dict(change.before),
        "after": dict(change.after),
        "removed": {key: list(keys) for key, keys in change.removed.items()},
        "why": dict(change.why),
        "event": change.event_id,
    }


def _change_of(item: Mapping[str, Any]) -> Change:
    return Change(
        id=item["id"],
        at=_must(item["at"]),
        before=item["before"],
        after=item["after"],
        removed={key: tuple(keys) for key, keys in item["removed"].items()},
        why=item["why"],
        basis=_must(item["basis"]),
        event_id=item["event"],
    )


def _text(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _must(text: Any) -> datetime:
    return datetime.fromisoformat(text)
