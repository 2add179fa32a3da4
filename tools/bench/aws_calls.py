"""AWS calls and ledger requests of a batch, compared with a simple implementation.

The account is simulated. There are no failures and no retries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tools.bench import baseline, deployment
from tools.bench.account import Account

INSTANCES = 50
EVENTS = 10
RUNS_A_DAY = 24 * 60 // 5


def figures() -> Iterator[dict[str, object]]:
    """Count the calls for a compliant creation, one untagged instance, a launch of 50, ten such launches, and an idle
    run of the schedule."""
    yield _calls("compliant_creation", Account().handle([deployment.compliant_creation()]), rival=0)
    yield from _launches("run_instances_1", 1, 1)
    yield from _launches("run_instances_50", 1, INSTANCES)
    largest = _launches(f"{EVENTS}_times_run_instances_50", EVENTS, INSTANCES)
    old = (
        baseline.CALLS_10_TIMES_RUN_INSTANCES_50,
        baseline.LEDGER_WRITES_10_TIMES_RUN_INSTANCES_50,
        *baseline.LEDGER_PER_CHANGE.values(),
    )
    yield from ({**figure, "before": value} for figure, value in zip(largest, old, strict=True))
    idle = Account().settle()
    yield {
        "figure": "calls_settlement_idle",
        "unit": "calls",
        "value": idle.total(),
        "calls": dict(sorted(idle.items())),
        "a_day": RUNS_A_DAY * idle.total(),
        "note": "one run of the schedule that finds nothing to do; there is one each 5 minutes",
    }


def _launches(name: str, events: int, instances: int) -> Iterator[dict[str, object]]:
    """Count all calls, the calls that write the ledger, and the ledger's requests and write units per change."""
    account = Account()
    calls = account.handle([account.launch(instances) for _ in range(events)])
    yield _calls(name, calls, rival=2 * events * instances)
    yield {
        "figure": f"calls_{name}_writing_the_ledger",
        "unit": "calls",
        "value": sum(calls[call] for call in ("dynamodb:TransactWriteItems", "dynamodb:UpdateItem")),
        "of": calls.total(),
    }
    yield from ledger_per_change(name, calls, account.table.writes, account.changed_resources)


def ledger_per_change(name: str, calls: Counter[str], units: int, changed: int) -> Iterator[dict[str, object]]:
    """Divide the requests (reads included) and the write request units of the ledger by the changed resources."""
    requests = sum(count for call, count in calls.items() if call.startswith("dynamodb:"))
    for figure, unit, total in (("ledger_requests", "requests", requests), ("ledger_write_units", "units", units)):
        yield {
            "figure": f"{figure}_{name}",
            "unit": f"{unit} per changed resource",
            "value": round(total / changed, 3),
            unit: total,
            "changed": changed,
            "rival": "one PutItem of 1 KB after each change, without a condition",
            "rival_value": 1,
            "ratio": round(total / changed, 3),
        }


def _calls(name: str, calls: Counter[str], rival: int) -> dict[str, object]:
    return {
        "figure": f"calls_{name}",
        "unit": "calls",
        "value": calls.total(),
        "calls": dict(sorted(calls.items())),
        "rival": "one describe and one create-tags per instance, its interface included; no ledger, no notice",
        "rival_value": rival,
        **({"ratio": round(calls.total() / rival, 3)} if rival else {}),
    }
