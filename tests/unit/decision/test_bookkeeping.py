"""Size of the ledger's entry of a resource: it fits into an item of DynamoDB, however long the tags are."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from tag_governance.aws.ledger_items import entry_item
from tag_governance.decision.bookkeeping import drafted, with_put
from tag_governance.domain.entry import Change, Entry
from tag_governance.domain.model import Evidence, Observation, Source, Status, Tags, Verdict

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ITEM_TAKES = 400_000
"""Bytes of an item. Source: DynamoDB service quotas."""
ARN = "arn:aws:s3:::records"
SEEN = Observation(ARN, "s3:bucket", "1", "us-east-1", NOW, Source.TAG_CHANGE, "e")


def longest_tags(number: int) -> Tags:
    """Make as many and as long tags as AWS accepts, in letters of three bytes."""
    return {f"{key:02}" + "語" * 126: f"{number}" + "値" * 255 for key in range(49)}


def size_of(entry: Entry) -> int:
    item = entry_item(entry, 1, NOW)
    return len(json.dumps(item, default=str, ensure_ascii=False).encode())


def change(number: int) -> Change:
    at = NOW + timedelta(hours=number)
    return Change(f"c-{number}", at, {}, {"Environment": "dev"}, {}, {"Environment": "default"}, at, "e")


def test_the_sets_of_tags_that_were_put_fit_and_the_newest_is_among_them() -> None:
    entry = Entry(ARN, "s3:bucket", "1", "us-east-1")
    for number in range(10):
        at = NOW + timedelta(hours=number)
        planned = Entry(ARN, "s3:bucket", "1", "us-east-1", evidence=Evidence(longest_tags(number), at))
        entry = with_put(entry, planned, change(number), at, at)

    assert size_of(entry) < ITEM_TAKES / 2
    assert entry.puts[-1].tags == {**longest_tags(9), "Environment": "dev"}


def test_short_tags_are_remembered_for_as_many_sets_as_ever() -> None:
    entry = Entry(ARN, "s3:bucket", "1", "us-east-1")
    for number in range(10):
        at = NOW + timedelta(hours=number)
        planned = Entry(ARN, "s3:bucket", "1", "us-east-1", evidence=Evidence({"n": str(number)}, at))
        entry = with_put(entry, planned, change(number), at, at)

    assert [put.tags["n"] for put in entry.puts] == ["4", "5", "6", "7", "8", "9"]


def test_what_events_showed_of_a_resource_that_cannot_be_read_fits_and_the_newest_is_among_it() -> None:
    entry = None
    for number in range(10):
        heard = Evidence(longest_tags(number), NOW + timedelta(hours=number))
        entry = drafted(entry, Verdict(SEEN, Status.NOT_EVALUATED), NOW, None, None, (heard,))

    assert entry is not None
    assert size_of(entry) < ITEM_TAKES / 2
    assert entry.heard[-1].tags == longest_tags(9)
