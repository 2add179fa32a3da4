"""The check that everything ended as it should."""

from __future__ import annotations

from collections import Counter

from tools.demo.checks import Checks
from tools.demo.play import Outcome
from tools.demo.report import compliance, describe
from tools.demo.scenario import Account, Ending
from tools.emulator.deployed import Deployed
from tools.emulator.stack import FURTHER_REGION


def judge(outcome: Outcome, deployed: Deployed, checks: Checks) -> None:
    """Check the end of every resource and every trace the function has to leave."""
    for ending in Ending:
        wrong = [describe(r) for r in outcome.resources if r.case.ending is ending and r.after != r.case.after]
        checks.that(f"every resource that should end as '{ending.value}' carries its tags", not wrong, wrong)
    for account in Account:
        fixed = [r for r in outcome.resources if r.case.account is account and r.after != r.before]
        regions = {r.case.region for r in fixed}
        expectation = f"resources of the {account.name.lower()} account were fixed in {FURTHER_REGION} too"
        checks.that(expectation, FURTHER_REGION in regions, regions)
    _judge_ledger(outcome, deployed, checks)
    _judge_notices(outcome, checks)

    letters = deployed.dead_letters()
    checks.that("no event ended in the dead-letter queue", not letters, [letter["Body"] for letter in letters])

    before, after = compliance(outcome)
    checks.that("compliance rose", after > before, f"{before:.0f} % -> {after:.0f} %")
    for metric in ("Remediated", "TriedAgain", "Refused"):
        checks.that(f"the function counted what it did: {metric}", outcome.metrics[metric] > 0, outcome.metrics)
    checks.that("nothing stayed unevaluated", outcome.metrics["NotEvaluated"] == 0, outcome.metrics)


def _judge_ledger(outcome: Outcome, deployed: Deployed, checks: Checks) -> None:
    states, changes = deployed.states(), deployed.changes()
    changed = {change["resource"] for change in changes if change["state"] == "applied"}
    unrecorded = [r.arn for r in outcome.resources if r.after != r.before and r.arn not in changed]
    checks.that("the ledger has every change", not unrecorded, unrecorded)
    uncertain = [(c["resource"], c["state"], c.get("cause")) for c in changes if c["state"] != "applied"]
    checks.that("the ledger has no change of which nobody knows what became", not uncertain, uncertain)
    pending = [arn for arn, state in states.items() if state.keys() & {"pending", "claim"}]
    checks.that("no change is left half done in the ledger", not pending, pending)
    findings = {arn for arn, state in states.items() if "violations" in state}
    left_open = {r.arn for r in outcome.resources if r.case.ending is Ending.LEFT_OPEN}
    checks.that("the ledger has an open finding for what only a person can mend", findings == left_open, findings)
    untold = [arn for arn, state in states.items() if "changes" in state or "undeliverable" in state]
    checks.that("the ledger has nothing that is still to be told", not untold, untold)
    gaps = deployed.gaps()
    checks.that("no account denied anything", not gaps, gaps)


def _judge_notices(outcome: Outcome, checks: Checks) -> None:
    told = {r["arn"] for notice in outcome.notices for r in notice.body["resources"]}
    untold = {r.arn for r in outcome.resources if r.after != r.before or r.case.ending is Ending.LEFT_OPEN} - told
    checks.that("every change and every finding was told", not untold, untold)
    news = Counter(
        key for notice in outcome.notices for resource in outcome.resources for key in notice.news(resource.arn)
    )
    twice = [key for key, times in news.items() if times > 1]
    checks.that("nothing was told twice", not twice, twice)
    owners = {notice.owner for notice in outcome.notices}
    checks.that("each owner got notices of his own", {account.actor for account in Account} <= owners, owners)
