"""Findings from mode observe whose accounts have since moved to another scope.

If a scope itself starts to notify, the settlement finds its findings by the name of the scope. For accounts that moved
or that a new policy puts into another scope, all observed findings are scanned once a day and once per policy, a part
of them in each run. Only accounts with such findings are looked up, each once in five minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from tag_governance.aws.errors import AWS_ERRORS
from tag_governance.aws.ledger import Item
from tag_governance.domain.budget import CONCLUDE, READ
from tag_governance.domain.entry import OBSERVED_SHARDS, Entry
from tag_governance.domain.failure import Failure, FailureKind
from tag_governance.domain.model import Mode
from tag_governance.remediation.run import Run

_PROGRESS_NAME = "moved"
_PAGE = 500
_PAGES = 20
"""Pages per run. The next run continues."""
_EVERY = timedelta(days=1)


def recheck_moved_accounts(run: Run, policy_sha256: str, take: Callable[[Sequence[Entry]], None]) -> None:
    """Find observed findings whose accounts must now be notified.

    Args:
        run: the invocation.
        policy_sha256: digest of the current policy.
        take: requests a recheck of the given entries.
    """
    progress = run.ledger.progress(_PROGRESS_NAME, run.budget, READ)
    if isinstance(progress, Failure) or (progress and _is_done(progress, policy_sha256, run)):
        return
    known = progress or {}
    is_same = known.get("policy") == policy_sha256 and "partition" in known
    scopes = sorted({*known.get("scopes", ()), *run.policy.scopes})
    shards = [shard for shard in _shards(scopes, run) if not is_same or shard >= known.get("partition", "")]
    start = known.get("start") if is_same else None
    found: list[Entry] = []
    after: Item = {
        "policy": policy_sha256,
        "scopes": sorted(run.policy.scopes),
        "done": policy_sha256,
        "done_at": run.now().isoformat(),
    }
    for page in range(_PAGES + 1):
        if not shards:
            break
        here = {"policy": policy_sha256, "scopes": scopes, "partition": shards[0], "start": start}
        if page == _PAGES or not run.budget.allows(READ):
            after = here
            break
        try:
            names, start = run.ledger.page(shards[0], start, _PAGE)
        except AWS_ERRORS:
            after = here
            break
        entries, _ = run.ledger.load(names, (), run.budget, READ)
        if any(map(_is_unread, entries.values())):
            after = here | {"start": None}
            break
        moved = _moved_entries([entry for entry in entries.values() if isinstance(entry, Entry)], run)
        if isinstance(moved, Failure):
            after = here
            break
        found += moved
        shards = shards if start else shards[1:]
    take(found)  # in one call, so that each owner gets one notice
    if _are_recorded(found, run):
        _save_progress(run, after)


def _is_done(progress: Item, policy_sha256: str, run: Run) -> bool:
    """Check if no scan is due. Without an organization accounts do not move, so one scan per policy is sufficient."""
    if progress.get("done") != policy_sha256:
        return False
    done_at = datetime.fromisoformat(progress["done_at"]) if "done_at" in progress else datetime.min.replace(tzinfo=UTC)
    return run.policy.organization_id is None or run.now() - done_at < _EVERY


def _are_recorded(found: Sequence[Entry], run: Run) -> bool:
    """Check if all entries were written since. The next run finds the others."""
    entries, _ = run.ledger.load((entry.arn for entry in found), (), run.budget, CONCLUDE)
    versions = {entry.arn: entry.version for entry in found}
    return not any(
        _is_unread(entry) or (isinstance(entry, Entry) and entry.version == versions[arn])
        for arn, entry in entries.items()
    )


def _is_unread(entry: Entry | Failure | None) -> bool:
    """Check if an entry may be readable later. An entry that is never readable does not stop the scan."""
    return isinstance(entry, Failure) and entry.kind is not FailureKind.REFUSED


def _shards(scopes: Iterable[str], run: Run) -> Iterator[str]:
    """List the partitions that the settlement does not read for a notifying scope."""
    for name in scopes:
        known = run.policy.scopes.get(name)
        if known is None or known.mode is Mode.OBSERVE:
            yield from (f"observed#{name}#{number}" for number in range(OBSERVED_SHARDS))


def _moved_entries(entries: Sequence[Entry], run: Run) -> list[Entry] | Failure:
    """List the findings whose accounts are now in a scope that does not observe.

    Findings of a renamed or removed scope are not found by the settlement, so they count as moved. For accounts outside
    the organization nothing is done.

    Returns:
        The findings, or the failure if an account could not be looked up.
    """
    policy = run.policy
    moved: list[Entry] = []
    for entry in entries:
        if not (entry.is_observed_only and entry.has_news):
            continue
        scope = run.deployment.organization.scope_of(entry.account, run.attempts)
        if isinstance(scope, Failure):
            return scope
        if scope is not None and (entry.scope not in policy.scopes or policy.scopes[scope].mode is not Mode.OBSERVE):
            moved.append(entry)
    return moved


def _save_progress(run: Run, progress: Item) -> None:
    try:
        run.ledger.put_progress(_PROGRESS_NAME, {name: value for name, value in progress.items() if value is not None})
    except AWS_ERRORS:
        return  # the next run starts at the same position
