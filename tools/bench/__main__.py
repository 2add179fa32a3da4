"""`python -m tools.bench [--large] [function] [faults] [plan] [costs]`: print every figure as one JSON line."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator

# The function is importable as in Lambda, as the package `tag_governance`.
from tools.bench import aws_calls, burst, cold_start, costs, creations, deployment, notices, plan, scenarios, throughput


def main() -> None:
    """Run the benchmarks and print each figure at once."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument(
        "subjects", nargs="*", choices=[[], *SUBJECTS], help="what to measure; everything when left out"
    )
    parser.add_argument(
        "--large", action="store_true", help="allocate 100 million rows too: minutes, and 10 GB of disk"
    )
    arguments = parser.parse_args()
    os.environ.update(deployment.environment())
    for subject in arguments.subjects or SUBJECTS:
        for figure in SUBJECTS[subject](arguments.large):
            print(json.dumps(figure), flush=True)


def function(large: bool) -> Iterator[dict[str, object]]:
    """Measure the functions: cold start, events per second, AWS calls, notices, size."""
    yield from cold_start.figures()
    yield from throughput.figures()
    yield from aws_calls.figures()
    yield from creations.figures()
    yield from burst.figures()
    yield from notices.figures()
    yield {"figure": "zip_size", "unit": "KiB", "value": round(cold_start.ZIP.stat().st_size / 1024, 1)}


def faults(large: bool) -> Iterator[dict[str, object]]:
    """Measure the functions under faults."""
    yield from scenarios.figures()


def planning(large: bool) -> Iterator[dict[str, object]]:
    """Measure what a plan costs."""
    yield from plan.figures()


SUBJECTS = {"function": function, "faults": faults, "plan": planning, "costs": costs.figures}


if __name__ == "__main__":
    main()
