"""Tags of a resource, from everything that tells them. Pure.

Events are late, repeated and out of order; indexes of tags lag by seconds, and one of them lists only what was ever
tagged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from tag_governance.domain.failure import Failure, postponed
from tag_governance.domain.model import SAME_TIME, Evidence, Observation, Tags


def shown_by(observations: Iterable[Observation]) -> tuple[Evidence, ...]:
    """List the tags that messages show, each at its own time."""
    return tuple(Evidence(o.tags, o.time, o.version, changed=o.changed) for o in observations if o.tags is not None)


def newest_of(evidence: Sequence[Evidence]) -> Evidence | None:
    """Find the newest evidence; None where there is none."""
    newest: Evidence | None = None
    for item in evidence:
        if newest is None or item.is_newer_than(newest):
            newest = item
    return newest


def is_news(evidence: Evidence, known: Evidence | None) -> bool:
    """Say if evidence is certainly newer than what is known: older news never closes a newer finding."""
    if known is None:
        return True
    if evidence.version is not None and known.version is not None:
        return evidence.version > known.version
    return evidence.at > known.at + SAME_TIME


def joined(
    shown: Sequence[Evidence], reading: Tags | None, read_at: datetime, lag: timedelta, heard: datetime
) -> Evidence | Failure:
    """Join what events show with what a read says.

    As long as the index may not have seen yet what an event is about, a read counts only if the event says the same.

    Args:
        shown: tags by events, and by the ledger.
        reading: tags by a read; None where the index does not list the resource, which may never have had a tag.
        read_at: when they were read.
        lag: how far the index may be behind.
        heard: the time of the newest event about the resource.

    Returns:
        The tags to decide by, or a failure while nobody can tell: then the question is asked again later.
    """
    young = [evidence for evidence in shown if not evidence.is_read and evidence.at > read_at - lag]
    newest = newest_of(young)
    latest = [_governable(evidence.tags) for evidence in young if newest is None or not is_news(newest, evidence)]
    if any(tags != latest[0] for tags in latest):
        return postponed("events that have no order contradict each other")
    if reading is None:
        # That it was not listed earlier either contradicts nothing that an event shows.
        newest = newest_of([evidence for evidence in shown if evidence.tags or not evidence.is_read])
        if newest is None and heard > read_at - lag:
            return postponed("the index of tags does not list the resource yet")
        return newest or Evidence({}, read_at, is_read=True)
    if latest and latest[0] != _governable(reading):
        return postponed("an event and the index of tags contradict each other")
    if not latest and heard > read_at - lag:
        return postponed("the index of tags may not have caught up yet")
    return Evidence(reading, read_at, is_read=True)


def _governable(tags: Tags) -> dict[str, str]:
    return {key: value for key, value in tags.items() if not key.lower().startswith("aws:")}
