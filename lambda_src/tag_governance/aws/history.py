"""Search in CloudTrail's event history for the principal that reverted a tag. It runs only for contested tags."""

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


def with_contesting_principal(entry: Entry, clients: Clients, attempts: Attempts) -> Entry:
    """Look up once who reverted the contested tags of a resource, and store the result, even if it is unknown."""
    keys = [
        violation.key
        for violation in entry.violations
        if violation.problem is Problem.CONTESTED
        and violation.key in entry.corrections
        and entry.corrections[violation.key].contested_by is None
    ]
    if not keys:
        return entry

    def ask(arns: tuple[str, ...]) -> Mapping[str, str]:
        client = clients.for_tags("cloudtrail", entry.account, entry.region)
        answer = client.lookup_events(
            LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": resource_id(entry.arn)}]
        )
        return {arns[0]: _latest_principal(answer["Events"], clients.function_role_names(entry.account)) or NOBODY}

    place = (entry.account, entry.region, "cloudtrail")
    found = attempts.call_resources(place, "cloudtrail:LookupEvents", (entry.arn,), CLAIM + 1, ask)[entry.arn]
    who = NOBODY if isinstance(found, Failure) else found
    return replace(
        entry,
        corrections={**entry.corrections, **{key: replace(entry.corrections[key], contested_by=who) for key in keys}},
    )


def _latest_principal(events: Iterable[Mapping[str, Any]], own: frozenset[str]) -> str | None:
    """Find the principal of the latest call about tags that the function did not make itself.

    Args:
        events: CloudTrail events, newest first.
        own: names of the function's roles.
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
