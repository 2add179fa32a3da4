"""Tags of a resource, combined from events and reads. Pure.

Events can be late, repeated and out of order. The tag indexes of AWS lag by seconds, and the index of the Resource
Groups Tagging API lists only resources that have ever had a tag.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from tag_governance.domain.failure import Failure, postponement
from tag_governance.domain.model import SAME_TIME, Evidence, Observation, Tags


def evidence_from(observations: Iterable[Observation]) -> tuple[Evidence, ...]:
    """List the tags that messages contain, each with the time of its event."""
    return tuple(Evidence(o.tags, o.time, o.version, changed=o.changed) for o in observations if o.tags is not None)


def newest_evidence(evidence: Sequence[Evidence]) -> Evidence | None:
    """Return the newest evidence, or None."""
    newest: Evidence | None = None
    for item in evidence:
        if newest is None or item.is_newer_than(newest):
            newest = item
    return newest


def is_news(evidence: Evidence, known: Evidence | None) -> bool:
    """Check if evidence is certainly newer than the known state. Older news never closes a newer finding."""
    if known is None:
        return True
    if evidence.version is not None and known.version is not None:
        return evidence.version > known.version
    return evidence.at > known.at + SAME_TIME


def join_evidence(
    shown: Sequence[Evidence], reading: Tags | None, read_at: datetime, lag: timedelta, latest_event: datetime
) -> Evidence | Failure:
    """Combine the tags from events with the tags from a read.

    While the index may not yet contain the change of an event, a read counts only if it agrees with the event.

    Args:
        shown: tags from events and from the ledger.
        reading: tags from a read; None if the index does not list the resource, which may never have had a tag.
        read_at: the time of the read.
        lag: the maximum lag of the index.
        latest_event: the time of the newest event about the resource.

    Returns:
        The tags to decide by, or a failure if the state is unknown. Then the resource is evaluated again later.
    """
    young = [evidence for evidence in shown if not evidence.is_read and evidence.at > read_at - lag]
    newest = newest_evidence(young)
    latest = [_governable(evidence.tags) for evidence in young if newest is None or not is_news(newest, evidence)]
    if any(tags != latest[0] for tags in latest):
        return postponement("events of unknown order contradict each other")
    if reading is None:
        # An earlier read without a result does not contradict an event.
        newest = newest_evidence([evidence for evidence in shown if evidence.tags or not evidence.is_read])
        if newest is None and latest_event > read_at - lag:
            return postponement("the tag index does not list the resource yet")
        return newest or Evidence({}, read_at, is_read=True)
    if latest and latest[0] != _governable(reading):
        return postponement("an event and the tag index contradict each other")
    if not latest and latest_event > read_at - lag:
        return postponement("the tag index may not be up to date yet")
    return Evidence(reading, read_at, is_read=True)


def _governable(tags: Tags) -> dict[str, str]:
    return {key: value for key, value in tags.items() if not key.lower().startswith("aws:")}
