"""Size of ledger entries: they fit into an item of DynamoDB even with the longest tags."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from tag_governance.aws.ledger_items import entry_item
from tag_governance.decision.bookkeeping import draft_entry
from tag_governance.decision.tag_set_writes import with_tag_set_write
from tag_governance.domain.entry import Change, Entry
from tag_governance.domain.model import Evidence, Observation, Source, Status, Tags, Verdict

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ITEM_TAKES = 400_000
"""Bytes of an item. Source: DynamoDB service quotas."""
ARN = "arn:aws:s3:::records"
SEEN = Observation(ARN, "s3:bucket", "1", "us-east-1", NOW, Source.TAG_CHANGE, "e")


def longest_tags(number: int) -> Tags:
    """Build the maximum number of tags with the maximum length, in characters of three bytes."""
    return {f"{key:02}" + "語" * 126: f"{number}" + "値" * 255 for key in range(49)}


def size_of(entry: Entry) -> int:
    item = entry_item(entry, 1, NOW)
    return len(json.dumps(item, default=str, ensure_ascii=False).encode())


def change(number: int) -> Change:
    at = NOW + timedelta(hours=number)
    return Change(f"c-{number}", at, {}, {"Environment": "dev"}, {}, {"Environment": "default"}, at, "e")


def test_whole_set_writes_fit_into_an_item_and_include_the_newest() -> None:
    entry = Entry(ARN, "s3:bucket", "1", "us-east-1")
    for number in range(10):
        at = NOW + timedelta(hours=number)
        planned = Entry(ARN, "s3:bucket", "1", "us-east-1", evidence=Evidence(longest_tags(number), at))
        entry = with_tag_set_write(entry, planned, change(number), at, at)

    assert size_of(entry) < ITEM_TAKES / 2
    assert entry.tag_set_writes[-1].tags == {**longest_tags(9), "Environment": "dev"}


def test_short_sets_are_stored_up_to_the_maximum_number() -> None:
    entry = Entry(ARN, "s3:bucket", "1", "us-east-1")
    for number in range(10):
        at = NOW + timedelta(hours=number)
        planned = Entry(ARN, "s3:bucket", "1", "us-east-1", evidence=Evidence({"n": str(number)}, at))
        entry = with_tag_set_write(entry, planned, change(number), at, at)

    assert [put.tags["n"] for put in entry.tag_set_writes] == ["4", "5", "6", "7", "8", "9"]


def test_deferred_events_fit_into_an_item_and_include_the_newest() -> None:
    entry = None
    for number in range(10):
        deferred_evidence = Evidence(longest_tags(number), NOW + timedelta(hours=number))
        entry = draft_entry(entry, Verdict(SEEN, Status.NOT_EVALUATED), NOW, None, None, (deferred_evidence,))

    assert entry is not None
    assert size_of(entry) < ITEM_TAKES / 2
    assert entry.deferred_evidence[-1].tags == longest_tags(9)
