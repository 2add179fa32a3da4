"""Whether everything ended as it should."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tools.emulator.deployed import Deployed

from .checks import Checks
from .play import Outcome
from .report import compliance, describe
from .scenario import Ending


def judge(outcome: Outcome, deployed: Deployed, checks: Checks) -> None:
    """Check the end of every resource and every trace the function has to leave."""
    for ending in Ending:
        wrong = [describe(r) for r in outcome.resources if r.case.ending is ending and r.after != r.case.after]
        checks.that(f"every resource that should end as '{ending.value}' carries its tags", not wrong, wrong)

    changed = {e["resource"] for e in deployed.ledger() if e["entry"].startswith("change#")}
    unrecorded = [r.arn for r in outcome.resources if r.after != r.before and r.arn not in changed]
    checks.that("the ledger has every change", not unrecorded, unrecorded)
    pending = [e["resource"] for e in deployed.ledger() if e.get("state") == "pending"]
    checks.that("no change is left half done in the ledger", not pending, pending)

    findings = {e["resource"] for e in deployed.ledger() if e["entry"] == "finding"}
    left_open = {r.arn for r in outcome.resources if r.case.ending is Ending.LEFT_OPEN}
    checks.that("the ledger has an open finding for what only a person can mend", findings == left_open, findings)

    told = {told["arn"] for notice in outcome.notices for told in _message(notice)["resources"]}
    untold = {r.arn for r in outcome.resources if r.after != r.before} - told
    checks.that("every change was told", not untold, untold)
    owners = {_message(notice)["owner"] for notice in outcome.notices}
    checks.that("each owner got notices of his own", {"alice@example.com", "bob@example.com"} <= owners, owners)

    letters = deployed.dead_letters()
    checks.that("no event ended in the dead-letter queue", not letters, [letter["Body"] for letter in letters])

    before, after = compliance(outcome)
    checks.that("compliance rose", after > before, f"{before:.0f} % -> {after:.0f} %")
    checks.that("the function's own metrics tell of the work", outcome.metrics["Remediated"] > 0, outcome.metrics)
    failed = outcome.metrics["Failed"] + outcome.metrics["NotEvaluated"]
    checks.that("nothing failed and nothing stayed unevaluated", failed == 0, outcome.metrics)


def _message(notice: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.loads(notice["Body"])["Message"])
    return found
