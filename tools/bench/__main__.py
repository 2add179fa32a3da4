"""`python -m tools.bench`: print every figure as one JSON line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

# The function is on the path the way Lambda has it: as a package of its own.
from . import aws_calls, cold_start, deployment, throughput


def main() -> None:
    """Measure everything, printing as it goes."""
    os.environ.update(deployment.environment())
    for figure in figures():
        print(json.dumps(figure), flush=True)


def figures() -> Iterator[dict[str, object]]:
    """Every figure there is."""
    yield from cold_start.figures()
    yield from throughput.figures()
    yield from aws_calls.figures()
    yield {"figure": "zip_size", "unit": "KiB", "value": round(cold_start.ZIP.stat().st_size / 1024, 1)}


if __name__ == "__main__":
    main()
