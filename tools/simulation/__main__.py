"""`python -m tools.simulation --seeds 10000`: run histories, one JSON line each. The exit status is 1 if one breaks a
rule."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TypeVar

from tools.simulation import removals, results
from tools.simulation.results import Result
from tools.simulation.scenario import SCENARIOS

T = TypeVar("T")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r}, expected a whole number of at least 1")
    return int(text)


def main() -> int:
    """Run the selected histories.

    Returns:
        0 if no rule is broken, else 1.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.simulation", description=__doc__)
    parser.add_argument("--seeds", type=_count, default=100, help="histories to run (100)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--scenario", choices=SCENARIOS, help="one scenario; by default it follows from the seed")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--order", action="store_true", help="run each history in several orders, and compare the final states"
    )
    what.add_argument("--hostile", action="store_true", help="1,000 records per seed, one in ten malformed")
    what.add_argument("--organization", action="store_true", help="accounts arrive, move, leave and lose their role")
    what.add_argument("--removals", action="store_true", help="remove each rule, and print the seed that detects it")
    arguments = parser.parse_args()
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    failed = 0
    if arguments.removals:
        found = _in_parallel(results.run_removal, list(removals.RULES))
    elif arguments.order:
        found = _in_parallel(results.run_orders, seeds)
    elif arguments.hostile:
        found = _in_parallel(results.run_hostile, seeds)
    elif arguments.organization:
        found = _in_parallel(results.run_organization, seeds)
    else:
        found = _in_parallel(partial(results.run_seed, arguments.scenario), seeds)
    for line in found:
        failed += bool(line.get("violations"))
        print(json.dumps(line, ensure_ascii=False), flush=True)
    return 1 if failed else 0


def _in_parallel(job: Callable[[T], Result], inputs: Sequence[T]) -> Iterator[Result]:
    """Yield the results of a job in the order of its inputs, computed on all cores."""
    with ProcessPoolExecutor() as pool:
        yield from pool.map(job, inputs, chunksize=max(1, min(20, len(inputs) // 8)))


if __name__ == "__main__":
    sys.exit(main())
