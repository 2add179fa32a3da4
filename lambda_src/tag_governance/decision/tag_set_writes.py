"""Replacements of a whole set of tags, which S3 knows instead of changes of single tags. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeVar

from tag_governance.domain.entry import Change, Entry
from tag_governance.domain.model import Tags, TagSetWrite

T = TypeVar("T")

_REMEMBERED_WRITES = 6
"""Replacements that are remembered: an event from the time of one of them may arrive hours late."""
_REMEMBERED_BYTES = 100_000
_RETRY_WINDOW = timedelta(minutes=15)


def with_tag_set_write(entry: Entry, draft: Entry, change: Change, read_at: datetime, written_at: datetime) -> Entry:
    """Add the replacement of a whole set of tags to an entry.

    Args:
        entry: the entry after the change.
        draft: the entry before the change, with the tags from before as its evidence.
        read_at, written_at: the time between which others may have written.
    """
    before = draft.evidence.tags if draft.evidence else {}
    removed = change.removed_keys
    tags = {key: value for key, value in before.items() if key not in removed} | dict(change.after)
    write = TagSetWrite(read_at, written_at, tags, (*change.after, *removed))
    earlier = entry.tag_set_writes
    if earlier and _is_retry(earlier[-1], write):
        earlier, write = earlier[:-1], replace(write, read_at=earlier[-1].read_at, others=earlier[-1].others)
    return replace(entry, tag_set_writes=_limit((*earlier, write)))


def _limit(writes: tuple[TagSetWrite, ...]) -> tuple[TagSetWrite, ...]:
    """Drop the oldest replacement when there are too many. Two attempts at the same one are merged first."""
    writes = newest_within_size(writes, lambda write: write.tags)
    if len(writes) <= _REMEMBERED_WRITES:
        return writes
    for number, (first, second) in enumerate(pairwise(writes)):
        if _is_equal(first, second):
            merged = replace(second, read_at=first.read_at, others=first.others | second.others)
            return (*writes[:number], merged, *writes[number + 2 :])
    return writes[1:]


def newest_within_size(items: tuple[T, ...], tags: Callable[[T], Tags]) -> tuple[T, ...]:
    """Select the newest items whose tags fit into `_REMEMBERED_BYTES`.

    An item of the ledger can have 400 KB in all. Source: DynamoDB service quotas.
    """
    size, count = 0, 0
    for item in reversed(items):
        size += sum(
            len(key.encode(errors="replace")) + len(value.encode(errors="replace")) for key, value in tags(item).items()
        )
        if count and size > _REMEMBERED_BYTES:
            break
        count += 1
    return items[len(items) - count :]


def _is_retry(earlier: TagSetWrite, write: TagSetWrite) -> bool:
    """Check if a replacement repeats an earlier one, and nobody else wrote in between."""
    is_recent = write.read_at - earlier.written_at <= _RETRY_WINDOW
    return _is_equal(earlier, write) and is_recent and all(earlier.others.values())


def _is_equal(first: TagSetWrite, second: TagSetWrite) -> bool:
    return (first.tags, first.intended_keys) == (second.tags, second.intended_keys)
