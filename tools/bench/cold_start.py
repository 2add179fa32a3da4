"""Cold start of the function, compared with a program that only creates a client.

Each run is a new interpreter on a newly unpacked zip. As in Lambda, whose code folder is read-only, the function is
compiled from source each time, while the SDK is precompiled.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tools import ROOT
from tools.bench import deployment

ZIP = ROOT / "modules" / "remediation" / "lambda" / "tag_governance.zip"
RUNS = 7

_FUNCTION = """
import sys
sys.path.insert(0, {code!r})
from tag_governance.handlers.remediate import handle
assert handle({event!r}, None) == {{"batchItemFailures": []}}
assert "boto3" not in sys.modules and "botocore" not in sys.modules
"""
_RIVAL = """
import boto3
boto3.client("ec2")
"""
# On Linux, ru_maxrss of a child includes the memory of its parent (it survives exec), so the peak of the child is read
# from /proc where it exists.
_MEASURED = """
import time
start = time.perf_counter()
{body}
seconds = time.perf_counter() - start
import json, os, re, resource, sys
kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if os.path.exists("/proc/self/status"):
    kib = int(re.search("VmHWM:[^0-9]*([0-9]+)", open("/proc/self/status").read())[1])
print(json.dumps([seconds, kib]), file=sys.stderr)
"""


def figures() -> Iterator[dict[str, object]]:
    """Measure median time from import to answer, and peak memory, of both programs."""
    event = deployment.batch([deployment.compliant_creation()])
    with TemporaryDirectory() as code:
        with zipfile.ZipFile(ZIP) as archive:
            archive.extractall(code)
        ours = [_FUNCTION.format(code=code, event=event)] * RUNS
        rival = [_RIVAL] * RUNS
        # In turns, so that load of the machine affects both programs.
        pairs = [(_run(a, code), _run(b, code)) for a, b in zip(ours, rival, strict=True)]
    for position, name, unit in ((0, "cold_start", "s"), (1, "cold_start_peak_memory", "KiB")):
        own, other = (statistics.median(pair[side][position] for pair in pairs) for side in (0, 1))
        yield {
            "figure": name,
            "unit": unit,
            "value": round(own, 4),
            "rival": "import boto3; boto3.client('ec2')",
            "rival_value": round(other, 4),
            "ratio": round(own / other, 3),
        }


def _run(body: str, folder: str) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED.format(body=body)],
        cwd=Path(folder),
        env={**os.environ, **deployment.environment(), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the measured program failed:\n{done.stderr}")
    seconds, kib = json.loads(done.stderr.splitlines()[-1])
    return float(seconds), float(kib)
