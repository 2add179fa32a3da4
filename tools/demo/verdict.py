"""Checks of the final state of the demonstration."""

from __future__ import annotations

from collections import Counter

from tools.demo.checks import Checks
from tools.demo.report import compliance, describe
from tools.demo.scenario import Account, Ending
from tools.demo.steps import Outcome
from tools.emulator.deployed_stack import DeployedStack
from tools.emulator.stack import FURTHER_REGION


def judge(outcome: Outcome, deployed: DeployedStack, checks: Checks) -> None:
    """Check the final state of each resource, the ledger, the notices and the metrics."""
    for ending in Ending:
        wrong = [describe(r) for r in outcome.resources if r.case.ending is ending and r.after != r.case.after]
        checks.expect(f"every resource with the expected end '{ending.value}' has the expected tags", not wrong, wrong)
    for account in Account:
        fixed = [r for r in outcome.resources if r.case.account is account and r.after != r.before]
        regions = {r.case.region for r in fixed}
        expectation = f"resources of the {account.name.lower()} account were fixed in {FURTHER_REGION} too"
        checks.expect(expectation, FURTHER_REGION in regions, regions)
    _judge_ledger(outcome, deployed, checks)
    _judge_notices(outcome, checks)

    letters = deployed.dead_letters()
    checks.expect("no event ended in the dead-letter queue", not letters, [letter["Body"] for letter in letters])

    before, after = compliance(outcome)
    checks.expect("compliance rose", after > before, f"{before:.0f} % -> {after:.0f} %")
    for metric in ("Remediated", "TriedAgain", "Refused"):
        checks.expect(f"the function published the metric {metric}", outcome.metrics[metric] > 0, outcome.metrics)
    checks.expect("every resource was evaluated", outcome.metrics["NotEvaluated"] == 0, outcome.metrics)


def _judge_ledger(outcome: Outcome, deployed: DeployedStack, checks: Checks) -> None:
    states, changes = deployed.states(), deployed.changes()
    changed = {change["resource"] for change in changes if change["state"] == "applied"}
    unrecorded = [r.arn for r in outcome.resources if r.after != r.before and r.arn not in changed]
    checks.expect("the ledger has every change", not unrecorded, unrecorded)
    uncertain = [(c["resource"], c["state"], c.get("cause")) for c in changes if c["state"] != "applied"]
    checks.expect("the ledger has no change with an unknown result", not uncertain, uncertain)
    pending = [arn for arn, state in states.items() if state.keys() & {"pending", "claim"}]
    checks.expect("no change is pending in the ledger", not pending, pending)
    findings = {arn for arn, state in states.items() if "violations" in state}
    left_open = {r.arn for r in outcome.resources if r.case.ending is Ending.LEFT_OPEN}
    checks.expect(
        "the ledger has an open finding for each resource that only a person can fix", findings == left_open, findings
    )
    due = [arn for arn, state in states.items() if "changes" in state or "undeliverable" in state]
    checks.expect("the ledger has no due notice", not due, due)
    gaps = deployed.gaps()
    checks.expect("no account denied a call", not gaps, gaps)


def _judge_notices(outcome: Outcome, checks: Checks) -> None:
    reported = {r["arn"] for notice in outcome.notices for r in notice.body["resources"]}
    missing = {r.arn for r in outcome.resources if r.after != r.before or r.case.ending is Ending.LEFT_OPEN} - reported
    checks.expect("every change and finding was reported", not missing, missing)
    news = Counter(
        key for notice in outcome.notices for resource in outcome.resources for key in notice.news(resource.arn)
    )
    twice = [key for key, times in news.items() if times > 1]
    checks.expect("nothing was reported twice", not twice, twice)
    owners = {notice.owner for notice in outcome.notices}
    checks.expect("each owner got a notice", {account.actor for account in Account} <= owners, owners)
