"""Findings that were recorded while their scope only observed, of accounts that are in another scope by now.

Where a scope itself begins to tell, the settlement finds its findings by its name. An account that a new policy puts in
another scope is found by one walk through what scopes have observed, a part of it in each run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from tag_governance.aws.errors import AWS_ERRORS
from tag_governance.aws.ledger import Item
from tag_governance.domain.budget import CONCLUDE, READ
from tag_governance.domain.entry import OBSERVED_SHARDS, Entry
from tag_governance.domain.failure import Failure, FailureKind
from tag_governance.domain.model import Mode
from tag_governance.remediation.run import Run

_NAME = "moved"
_PAGE = 500
_PAGES = 20
"""Pages of one run: the next run takes the rest."""


def find_moved(run: Run, policy_sha256: str, take: Callable[[Sequence[Entry]], None]) -> None:
    """Hand over what waits in silence although its account is to be told, once for each policy.

    Args:
        run: the invocation.
        policy_sha256: which policy is in force.
        take: takes such entries, to have them looked at again.
    """
    progress = run.ledger.progress(_NAME, run.budget, READ)
    if isinstance(progress, Failure) or (progress and progress.get("done") == policy_sha256):
        return
    known = progress or {}
    is_same = known.get("policy") == policy_sha256
    scopes = sorted({*known.get("scopes", ()), *run.policy.scopes})
    shards = [shard for shard in _shards(scopes, run) if not is_same or shard >= known.get("partition", "")]
    start = known.get("start") if is_same else None
    found: list[Entry] = []
    after: Item = {"policy": policy_sha256, "scopes": sorted(run.policy.scopes), "done": policy_sha256}
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
        found += _moved((entry for entry in entries.values() if isinstance(entry, Entry)), run)
        shards = shards if start else shards[1:]
    take(found)  # all at once: each owner gets one message
    if _are_taken(found, run):
        _remember(run, after)


def _are_taken(found: Sequence[Entry], run: Run) -> bool:
    """Say if every entry was written since. Of those that were not, the next run finds the rest."""
    entries, _ = run.ledger.load((entry.arn for entry in found), (), run.budget, CONCLUDE)
    versions = {entry.arn: entry.version for entry in found}
    return not any(
        _is_unread(entry) or (isinstance(entry, Entry) and entry.version == versions[arn])
        for arn, entry in entries.items()
    )


def _is_unread(entry: Entry | Failure | None) -> bool:
    """Say if an entry may be read later. One that nobody can read stops nothing."""
    return isinstance(entry, Failure) and entry.kind is not FailureKind.REFUSED


def _shards(scopes: Iterable[str], run: Run) -> Iterator[str]:
    """List the partitions that nobody looks into by the name of a scope that notifies."""
    for name in scopes:
        known = run.policy.scopes.get(name)
        if known is None or known.mode is Mode.OBSERVE:
            yield from (f"observed#{name}#{number}" for number in range(OBSERVED_SHARDS))


def _moved(entries: Iterable[Entry], run: Run) -> Iterator[Entry]:
    policy = run.policy
    for entry in entries:
        name = policy.known_scope(entry.account)
        # Where an account lies that the policy does not name, only the tree can tell. Nobody looks into what a scope
        # observed that was renamed or removed.
        has_moved = name is None or entry.scope not in policy.scopes or policy.scopes[name].mode is not Mode.OBSERVE
        if entry.is_silent and entry.is_untold and has_moved:
            yield entry


def _remember(run: Run, progress: Item) -> None:
    try:
        run.ledger.put_progress(_NAME, {name: value for name, value in progress.items() if value is not None})
    except AWS_ERRORS:
        return  # the next run begins where this one did
