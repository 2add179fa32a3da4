"""Table of scenarios: many resources under faults, and the number of resources for which a rule is broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tools.simulation.invariants import Invariants
from tools.simulation.runner import Outcome, run
from tools.simulation.scenario import crowd_history
from tools.simulation.world import FUNCTION

NAMES = ("healthy", "kills", "throttled", "mixed")
SEED = 1
RESOURCES = 1_500


@dataclass(frozen=True, slots=True)
class ScenarioRow:
    """Result of one scenario. All numbers except the last three count resources."""

    scenario: str
    seed: int
    resources: int
    changed: int
    never_told: int
    """The owner got no notice about a change or an open finding."""
    told_more_than_once: int
    """The owner got the same news again, although the topic had answered."""
    told_again_unanswered: int
    """A publish, or its record in the ledger, got no answer: the news was sent again with the same id."""
    pending: int
    """Something is still to be done, and nothing will bring it back."""
    rules_broken: int
    """Violations of all rules, including those above."""
    faults: int
    """Failed calls."""
    killed: int
    """Invocations that were ended during a call."""


def table(resources: int = RESOURCES, seed: int = SEED, names: Iterable[str] = NAMES) -> Iterator[ScenarioRow]:
    """Run each scenario with many resources.

    Args:
        resources: number of resources created in a day.
        seed: seed of all scenarios; the same resources meet each kind of fault.
        names: the scenarios.
    """
    for name in names:
        yield row_of(run(crowd_history(seed, name, resources)))


def row_of(outcome: Outcome) -> ScenarioRow:
    """Count the resources of a history for which a rule is broken."""
    invariants = Invariants(outcome)
    resources = outcome.world.resources.values()
    return ScenarioRow(
        scenario=outcome.history.name,
        seed=outcome.history.seed,
        resources=len(resources),
        changed=sum(any(edit.who == FUNCTION for edit in resource.tag_edits) for resource in resources),
        # A change that is not recorded cannot be reported.
        never_told=_count([*invariants.everything_is_reported(), *invariants.every_change_is_recorded()]),
        told_more_than_once=_count(invariants.nothing_is_reported_twice()),
        told_again_unanswered=_repeated_news_count(invariants),
        pending=_count(invariants.nothing_stays_pending()),
        rules_broken=len(invariants.violations()),
        faults=len(outcome.faults),
        killed=outcome.invocations["killed"],
    )


def _count(seen: Iterable[str]) -> int:
    """Count the resources in violations, which begin with the ARN."""
    return len({text.split(" ", 1)[0].rstrip(":") for text in seen})


def _repeated_news_count(invariants: Invariants) -> int:
    again = 0
    for told in invariants.notices_by_arn.values():
        news = Counter(key for notice in told for key in _ids(notice["changes"], notice["finding_id"]))
        again += any(times > 1 and key in invariants.outcome.unacknowledged for key, times in news.items())
    return again


def _ids(changes: Iterable[dict[str, str]], finding: str | None) -> set[str]:
    return {change["id"] for change in changes} | ({finding} if finding else set())
