"""Speed of the pure part on one core."""

from __future__ import annotations

import contextlib
import io
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from statistics import median

from tag_governance.aws.policy_store import load_policy
from tag_governance.decision.decide import decide
from tag_governance.domain.catalogue import load_catalogue
from tag_governance.domain.model import Facts
from tag_governance.domain.settings import Settings
from tag_governance.events.observe import observe
from tag_governance.events.resolve import resolve
from tag_governance.handlers import remediate
from tools import ROOT
from tools.bench import deployment

CATALOGUE = ROOT / "lambda_src" / "tag_governance" / "catalogue.json"
SECONDS = 1.0
ROUNDS = 3
BATCH = 10


def figures() -> Iterator[dict[str, object]]:
    """Measure loading the catalogue, resolving an event, and events decided and handled per second."""
    policy = load_policy(Settings.from_environment(deployment.environment()))
    event = deployment.compliant_creation()
    body = json.dumps(event)
    now = datetime.now(UTC)
    catalogue = load_catalogue()

    def load() -> None:
        load_catalogue.__wrapped__()

    def load_all() -> None:
        json.loads(CATALOGUE.read_text(encoding="utf-8"))

    def resolved() -> None:
        resolve(event, catalogue)

    def resolved_first() -> None:
        resolve(event, load_catalogue.__wrapped__())

    def decided() -> None:
        for seen in observe(json.loads(body), catalogue, policy):
            decide(seen, policy, Facts(), now)

    records = deployment.batch([event] * BATCH)

    def handled() -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            remediate.handle(records, None)

    own, other = _seconds(load), _seconds(load_all)
    yield {
        "figure": "catalogue_load",
        "unit": "ms",
        "value": round(1000 * own, 2),
        "rival": "json.loads of the whole file",
        "rival_value": round(1000 * other, 2),
        "ratio": round(own / other, 3),
    }
    yield {
        "figure": "resolve_first_event",
        "unit": "ms",
        "value": round(1000 * _seconds(resolved_first), 2),
        "note": "the catalogue loaded, its entries of one service parsed",
    }
    yield {"figure": "resolve_event", "unit": "us", "value": round(1e6 * _seconds(resolved), 1)}
    yield {"figure": "events_decided", "unit": "1/s", "value": round(1 / _seconds(decided))}
    yield {
        "figure": "events_handled",
        "unit": "1/s",
        "value": round(BATCH / _seconds(handled)),
        "note": f"SQS batches of {BATCH} through the handler, output included",
    }


def _seconds(work: Callable[[], None]) -> float:
    """Measure the median time of one call over several rounds of about a second."""
    work()
    rounds = []
    for _ in range(ROUNDS):
        calls, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < SECONDS:
            work()
            calls += 1
        rounds.append(spent / calls)
    return median(rounds)
