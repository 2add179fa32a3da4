"""The table of scenarios: crowds of resources under faults, and for how many of them a promise is broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tools.simulation.judge import Judge
from tools.simulation.runner import Outcome, run
from tools.simulation.scenario import crowd
from tools.simulation.world import FUNCTION

NAMES = ("healthy", "kills", "throttled", "mixed")
SEED = 1
RESOURCES = 1_500


@dataclass(frozen=True, slots=True)
class Row:
    """Result of one crowd. Every number but the last three counts resources."""

    scenario: str
    seed: int
    resources: int
    changed: int
    never_told: int
    """The owner heard nothing of a change or of an open finding."""
    told_more_than_once: int
    """The owner heard the same news again, although the topic had answered."""
    told_again_unanswered: int
    """A publish, or the mark after it, got no answer: the news came again, with the same id."""
    pending: int
    """Something is still to be done, and nobody comes back for it."""
    rules_broken: int
    """Violations of any rule of the judge, those above included."""
    faults: int
    """Calls that failed."""
    killed: int
    """Invocations that were ended at one of their calls."""


def table(resources: int = RESOURCES, seed: int = SEED, names: Iterable[str] = NAMES) -> Iterator[Row]:
    """Run each scenario with a crowd of its own.

    Args:
        resources: how many are made in a day.
        seed: of every crowd: the same resources meet each kind of fault.
        names: the scenarios.
    """
    for name in names:
        yield row_of(run(crowd(seed, name, resources)))


def row_of(outcome: Outcome) -> Row:
    """Count the resources of a crowd, by the rules of the judge."""
    judge = Judge(outcome)
    resources = outcome.world.resources.values()
    return Row(
        scenario=outcome.history.name,
        seed=outcome.history.seed,
        resources=len(resources),
        changed=sum(any(stroke.who == FUNCTION for stroke in resource.strokes) for resource in resources),
        # What is not on record cannot be told.
        never_told=_count([*judge.everything_is_told(), *judge.every_change_is_on_record()]),
        told_more_than_once=_count(judge.nothing_is_told_twice()),
        told_again_unanswered=_told_again(judge),
        pending=_count(judge.nothing_stays_pending()),
        rules_broken=len(judge.violations()),
        faults=len(outcome.faults),
        killed=outcome.invocations["killed"],
    )


def _count(seen: Iterable[str]) -> int:
    """Count the resources that a rule names: what it saw begins with the ARN."""
    return len({text.split(" ", 1)[0].rstrip(":") for text in seen})


def _told_again(judge: Judge) -> int:
    again = 0
    for told in judge.told.values():
        news = Counter(key for notice in told for key in _ids(notice["changes"], notice["finding_id"]))
        again += any(times > 1 and key in judge.outcome.unanswered for key, times in news.items())
    return again


def _ids(changes: Iterable[dict[str, str]], finding: str | None) -> set[str]:
    return {change["id"] for change in changes} | ({finding} if finding else set())
