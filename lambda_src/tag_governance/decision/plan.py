"""AWS calls for verdicts: ordered, and batched by account, region and API. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tag_governance.domain.catalogue import Catalogue, Describe, Native
from tag_governance.domain.model import Observation, Tags, Verdict

READ_BATCH = {"ec2": 200, "tagging": 100, "autoscaling": 50, "s3": 1, "native": 1}
"""Resources per read call. Sources: EC2 filters take 200 values; GetResources takes 100 ARNs (botocore model). Auto
Scaling documents no limit for a filter; 50 is the page size of DescribeAutoScalingGroups."""

WRITE_BATCH = {"ec2": 1000, "tagging": 20, "autoscaling": 1, "s3": 1, "native": 1}
"""Resources per write call. Sources: EC2 CreateTags takes 1,000 ids; TagResources takes 20 ARNs (botocore model)."""

T = TypeVar("T")
Pairs = tuple[tuple[str, str], ...]
Change = tuple[Pairs, tuple[str, ...], Pairs | None]


@dataclass(frozen=True, slots=True)
class ReadCall:
    """Call that reads the tags of several resources."""

    account: str
    region: str
    api: str
    native: Native | None
    arns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DescribeCall:
    """Call that shows which of several resources exist."""

    account: str
    region: str
    describe: Describe
    arns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WriteCall:
    """Same change to several resources: write `tags`, then remove `remove_keys`.

    `expected` is the tags that the decision is based on, if the API can check them. For EC2 it is the removed tags: EC2
    removes them only with that value. For S3 it is the whole set, since S3 can only replace it.
    """

    account: str
    region: str
    api: str
    native: Native | None
    arns: tuple[str, ...]
    tags: Pairs
    remove_keys: tuple[str, ...]
    expected: Pairs | None = None


def plan_reads(seen: Iterable[Observation], catalogue: Catalogue) -> list[ReadCall]:
    """Build the minimum number of calls that read the tags of these resources."""
    groups: dict[tuple[str, str, str, Native | None], dict[str, None]] = {}
    for resource in seen:
        known = catalogue.type(resource.resource_type)
        # The Tagging API can read types that it cannot write.
        key = (resource.account, resource.region, known.tag_api or "tagging", known.native)
        groups.setdefault(key, {})[resource.arn] = None
    return [
        ReadCall(account, region, api, native, arns)
        for (account, region, api, native), found in sorted(groups.items(), key=lambda group: group[0][:3])
        for arns in _chunks(list(found), READ_BATCH[api])
    ]


def plan_describes(seen: Iterable[Observation], catalogue: Catalogue) -> list[DescribeCall]:
    """Build the minimum number of calls that show which of these resources exist. Some types have no such call."""
    groups: dict[tuple[str, str, str], dict[str, None]] = {}
    for resource in seen:
        groups.setdefault((resource.account, resource.region, resource.resource_type), {})[resource.arn] = None
    return [
        DescribeCall(account, region, known.describe, arns)
        for (account, region, name), found in sorted(groups.items())
        if (known := catalogue.type(name)).describe is not None
        for arns in _chunks(list(found), READ_BATCH[known.tag_api or "tagging"])
    ]


def plan_writes(verdicts: Iterable[Verdict], catalogue: Catalogue) -> list[WriteCall]:
    """Build the minimum number of calls for the changes of verdicts. Resources with the same change share a call."""
    groups: dict[tuple[str, str, str, Change, Native | None], dict[str, None]] = {}
    for verdict in verdicts:
        seen = verdict.observation
        before = seen.tags or {}
        tags = tuple(sorted((fix.key, fix.value) for fix in verdict.fixes if before.get(fix.key) != fix.value))
        remove = tuple(sorted(key for fix in verdict.fixes for key in fix.remove_keys))
        known = catalogue.type(seen.resource_type)
        if known.tag_api is not None:
            expected = _expected(known.tag_api, before, remove)
            key = (seen.account, seen.region, known.tag_api, (tags, remove, expected), known.native)
            groups.setdefault(key, {})[seen.arn] = None
    return [
        WriteCall(account, region, api, native, arns, *change)
        for (account, region, api, change, native), found in sorted(groups.items(), key=lambda group: group[0][:4])
        for arns in _chunks(list(found), WRITE_BATCH[api])
    ]


def _expected(api: str, before: Tags, remove: tuple[str, ...]) -> Pairs | None:
    match api:
        case "s3":
            return tuple(sorted(before.items()))
        case "ec2":
            return tuple((key, before[key]) for key in remove if key in before)
        case _:
            return None


def _chunks(items: Sequence[T], size: int) -> Iterator[tuple[T, ...]]:
    for start in range(0, len(items), size):
        yield tuple(items[start : start + size])
