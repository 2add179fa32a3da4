"""Search in CloudTrail's event history for the principal that changed a tag back, only when a tag is contested."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from tag_governance.aws.attempts import Attempts
from tag_governance.aws.clients import Clients
from tag_governance.domain.arn import resource_id
from tag_governance.domain.budget import CLAIM
from tag_governance.domain.entry import Entry
from tag_governance.domain.failure import Failure
from tag_governance.domain.model import Problem

NOBODY = "unknown"
_TAGGING = re.compile("tag", re.IGNORECASE)


def changed_back_by(entry: Entry, clients: Clients, attempts: Attempts) -> Entry:
    """Ask once who changed the contested tags of a resource back, and remember the answer, whatever it is."""
    keys = [
        violation.key
        for violation in entry.violations
        if violation.problem is Problem.CONTESTED
        and violation.key in entry.kept
        and entry.kept[violation.key].contested_by is None
    ]
    if not keys:
        return entry

    def ask(arns: tuple[str, ...]) -> Mapping[str, str]:
        client = clients.for_tags("cloudtrail", entry.account, entry.region)
        answer = client.lookup_events(
            LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": resource_id(entry.arn)}]
        )
        return {arns[0]: _latest(answer["Events"], clients.own_roles(entry.account)) or NOBODY}

    place = (entry.account, entry.region, "cloudtrail")
    found = attempts.each(place, "cloudtrail:LookupEvents", (entry.arn,), CLAIM + 1, ask)[entry.arn]
    who = NOBODY if isinstance(found, Failure) else found
    return replace(entry, kept={**entry.kept, **{key: replace(entry.kept[key], contested_by=who) for key in keys}})


def _latest(events: Iterable[Mapping[str, Any]], own: frozenset[str]) -> str | None:
    """Find the principal of the latest call that touched tags and is not the function's own.

    The newest event comes first.
    """
    for event in events:
        if not _TAGGING.search(event.get("EventName", "")):
            continue
        try:
            identity = json.loads(event["CloudTrailEvent"])["userIdentity"]
            arn = str(identity["arn"])
        except (KeyError, TypeError, ValueError):
            continue
        if not any(f":assumed-role/{role}/" in arn for role in own):
            return arn
    return None
