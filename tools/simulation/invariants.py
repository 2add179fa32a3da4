"""Invariants of the design, checked at the end of a history against the true state of the simulated world.

No code of the function is used for the checks, except the catalogue.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from tag_governance.domain.catalogue import load_catalogue
from tools.simulation.policy import COST_CENTER
from tools.simulation.runner import SETTLEMENT_SECONDS, Outcome
from tools.simulation.scenario import COST_CENTERS, ENVIRONMENTS, NOBODY
from tools.simulation.table import plain_item
from tools.simulation.world import FUNCTION, Resource, TagEdit

CONTEST_AFTER = 3
UNCORRECTED = ("contested", "value_not_allowed", "ambiguous_key")
"""Problems that a person has to decide."""
_CLOSE = timedelta(seconds=2)
_UNCONFIRMED_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule, and the evidence."""

    rule: str
    seen: str


class Invariants:
    """Checks of one history after its end.

    Args:
        outcome: the history.
    """

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        items = [plain_item(item) for key, item in outcome.table.items.items() if not key[0].startswith("progress#")]
        self.states = {
            i["resource"]: i for i in items if i["entry"] == "state" and not i["resource"].startswith("gap#")
        }
        self.gaps = [i for i in items if i["resource"].startswith("gap#")]
        self.changes: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for item in items:
            if item["entry"].startswith("change#"):
                self.changes[item["resource"]].append(item)
        modes = [a.arguments["mode"] for a in outcome.history.actions if a.kind == "mode"]
        self.mode = modes[-1] if modes else outcome.history.mode

    def violations(self) -> list[Violation]:
        """List the violations of all rules."""
        return [Violation(rule, seen) for rule, check in RULES.items() for seen in check(self)]

    @cached_property
    def notices_by_arn(self) -> dict[str, list[dict[str, Any]]]:
        """Published news by the ARN of the resource."""
        notices: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for notice in self.outcome.published:
            for resource in notice["body"]["resources"]:
                notices[resource["arn"]].append({**resource, "at": notice["at"], "owner": notice["body"]["owner"]})
        return notices

    def existing_resources(self) -> Iterator[Resource]:
        """Yield the resources that still exist."""
        return (r for r in self.outcome.world.resources.values() if r.deleted is None)

    def open_problems(self, resource: Resource) -> dict[str, str]:
        """Return the problems of a resource's open violations in the ledger, by key."""
        violations = self.states.get(resource.arn, {}).get("violations", [])
        return {violation["key"]: violation["problem"] for violation in violations}

    # The rules

    def every_message_is_processed(self) -> Iterator[str]:
        """Check that every message is processed: none stays in the queue or becomes a dead letter."""
        for message in self.outcome.queues.messages.values():
            yield f"still in the queue after {message.receives} receives: {message.id}"
        for letter in self.outcome.queues.dead:
            yield f"dead letter: {letter['cause']}"

    def nothing_stays_pending(self) -> Iterator[str]:
        """Check that no entry is pending, claimed or due after its message is gone."""
        for arn, state in self.states.items():
            for name in ("pending", "claim", "asked"):
                if name in state and not self.outcome.world.by_arn[arn].refuses:
                    yield f"{arn}: {name} is {state[name]}"
            single = state.get("shard", "").startswith("denied#") and state["status"] == "non_compliant"
            # An open finding stays in the index: the schedule checks its resource every day.
            due = self.outcome.ended.timestamp() - SETTLEMENT_SECONDS
            is_checked = bool(state.get("violations")) and state.get("due", 0) > due
            # A refusal for a single resource is not retried.
            if "shard" in state and not single and not is_checked:
                yield f"{arn} is still due in {state['shard']}, status {state['status']} {state.get('reason', '')}"
        for gap in self.gaps:
            arns = {arn for denial in gap.get("denials", {}).values() for arn in denial["arns"]}
            if any(not self.outcome.world.by_arn[arn].refuses for arn in arns):
                yield f"{gap['resource']} is still a gap: {gap.get('denials')}"

    def findings_match_violations(self) -> Iterator[str]:
        """Check that there is an open finding for every violation that exists, and for no other."""
        for resource in self.existing_resources():
            wrong = set(wrong_keys(resource.tags))
            found = self.open_problems(resource)
            if self._is_unconfirmed(resource):
                continue
            told_only = {key for key, problem in found.items() if problem == "overwritten"}
            if wrong != set(found) - told_only - self._old_keys(resource, found):
                yield f"{resource.arn}: truly wrong {sorted(wrong)}, findings {found}, tags {resource.tags}"
        for resource in self.outcome.world.resources.values():
            state = self.states.get(resource.arn, {})
            if resource.deleted is not None and "pending" in state:
                yield f"{resource.arn} is deleted and pending"
            tells = load_catalogue().type(resource.type).tells_absence
            if resource.deleted is not None and tells and state.get("violations"):
                yield f"{resource.arn} is deleted and a finding"

    def _is_unconfirmed(self, resource: Resource) -> bool:
        """Check if nothing can have shown a resource for 30 days, so that its finding was closed as unconfirmed."""
        state = self.states.get(resource.arn, {})
        tells = load_catalogue().type(resource.type).tells_absence or any(resource.index(self.outcome.ended) or {})
        shown = max((edit.at for edit in resource.tag_edits), default=resource.created)
        is_long_ago = "last_seen" in state and _time(state["last_seen"]) - shown >= _UNCONFIRMED_AFTER
        return state.get("status") == "unconfirmed" and not tells and is_long_ago

    def _old_keys(self, resource: Resource, found: dict[str, str]) -> set[str]:
        problems = ("old_key_left", "ambiguous_key")
        left = {key for key, problem in found.items() if problem in problems and "env" in resource.tags}
        return left - set(wrong_keys(resource.tags))

    def violations_are_corrected(self) -> Iterator[str]:
        """Check that mode remediate leaves no violation without a visible reason."""
        if self.mode != "remediate" or self.outcome.history.mode != "remediate":
            return
        for resource in self.existing_resources():
            found = self.open_problems(resource)
            for key in wrong_keys(resource.tags):
                problem = found.get(key, "")
                if problem not in UNCORRECTED and not resource.refuses:
                    yield f"{resource.arn}: {key} is left wrong ({problem}), tags {resource.tags}"

    def old_keys_are_removed_or_reported(self) -> Iterator[str]:
        """Check that a replaced misspelt key is removed, or that its owner is notified."""
        for resource in self.existing_resources():
            for change in self.changes.get(resource.arn, []):
                for key, old in ((key, old) for key, olds in change["removed"].items() for old in olds):
                    since = [
                        s for s in resource.tag_edits if s.at > _time(change["at"]) - _CLOSE and s.key in (key, old)
                    ]
                    touched = any(edit.who != FUNCTION for edit in since)
                    # An overwritten value is decided first, the old key after it.
                    asked = self.open_problems(resource).get(key) in ("old_key_left", "ambiguous_key", "overwritten")
                    known = asked or change["state"] == "unknown"
                    if old in resource.tags and not touched and not known and key in resource.tags:
                        yield f"{resource.arn}: {old} is still there beside {key}"

    def defaults_are_the_last_resort(self) -> Iterator[str]:
        """Check that a default is written only if no better source is known."""
        for resource in self.existing_resources():
            tag_edits = [s for s in resource.tag_edits if s.who == FUNCTION]
            last = {s.key: s.after for s in tag_edits}
            right = COST_CENTERS.get(resource.account)
            if right is not None and last.get("CostCenter") == "CC-0000" == resource.tags.get("CostCenter"):
                yield f"{resource.arn}: CostCenter has the default, the account says {right}"
            own = last.get("Owner") == NOBODY == resource.tags.get("Owner")
            # The actor of a compliant creation is not stored.
            forgotten = _once_complied(resource)
            is_reported = self.open_problems(resource).get("Owner") == "overwritten"  # a person decides
            if own and resource.actor is not None and not resource.refuses and not forgotten and not is_reported:
                yield f"{resource.arn}: Owner is {NOBODY}, made by {resource.actor}"

    def allowed_values_of_others_stay(self) -> Iterator[str]:
        """Check that the last allowed value that somebody else set exists, or that a finding reports its loss."""
        for resource in self.existing_resources():
            for key in ("Environment", "Owner", "CostCenter"):
                mine = [s for s in resource.tag_edits if s.key == key and s.who == FUNCTION]
                others = [s for s in resource.tag_edits if s.key == key and s.who != FUNCTION]
                if not others or not mine:
                    continue
                last = others[-1]
                if last.after is None or not _allowed(key, last.after):
                    continue
                # If both write the same value at the same time, the write of the person is invisible.
                same = any(
                    change["after"].get(key) == last.after
                    and -_CLOSE < last.at - _time(change["at"]) < timedelta(seconds=30)
                    for change in self.changes.get(resource.arn, [])
                )
                if (
                    resource.tags.get(key) != last.after
                    and not same
                    and self.open_problems(resource).get(key) != "overwritten"
                ):
                    yield f"{resource.arn}: {key} was {last.after} by {last.who}, is {resource.tags.get(key)}"

    def ungoverned_tags_stay(self) -> Iterator[str]:
        """Check that the function never removes a tag that the schema does not govern."""
        for resource in self.outcome.world.resources.values():
            for key in ("Name", "Team"):
                removed = any(s.who == FUNCTION and s.key == key and s.after is None for s in resource.tag_edits)
                if removed and key not in resource.tags and _last_of_others(resource, key) is not None:
                    yield f"{resource.arn}: {key} was removed by the function"

    def every_change_is_recorded(self) -> Iterator[str]:
        """Check that every write of the function is recorded in the ledger, and that none stays pending."""
        for resource in self.outcome.world.resources.values():
            recorded = self.changes.get(resource.arn, [])
            for edit in resource.tag_edits:
                if edit.who != FUNCTION or edit.key not in ("Environment", "Owner", "CostCenter", "env"):
                    continue
                fitting = [c for c in recorded if _records(c, edit)]
                # Replacing the whole set also writes values that others set in between. They are restored or reported.
                put = resource.type == "s3:bucket" and _came_between(resource, edit)
                if not fitting and resource.deleted is None and not put:
                    yield f"{resource.arn}: {edit.key}={edit.after} at {edit.at} is not recorded"
            states = Counter(change.get("state") for change in recorded)
            if states["pending"]:
                yield f"{resource.arn}: a change stays pending"

    def everything_is_reported(self) -> Iterator[str]:
        """Check that the owner gets a notice about every change, and about every finding once its scope notifies."""
        if self.mode == "observe":
            if self.outcome.published:
                yield "a notice was sent in mode observe"
            return
        for resource in self.existing_resources():
            notices = self.notices_by_arn.get(resource.arn, [])
            for change in self.changes.get(resource.arn, []):
                if change["state"] != "unknown" and not any(
                    c["after"] == v
                    for t in notices
                    for c in t["changes"]
                    for k, v in change["after"].items()
                    if c["key"] == k
                ):
                    yield f"{resource.arn}: the change {change['after']} was never reported"
            state = self.states.get(resource.arn)
            if state is not None and state.get("violations"):
                keys = {v["key"] for v in state["violations"]}
                if not any({v["key"] for v in t["violations"]} >= keys for t in notices):
                    yield f"{resource.arn}: the finding {state['violations']} was never reported"
            locked = self.outcome.locked.get(resource.arn, {})
            if locked.get("violations") and not any(t["at"] <= locked["seen"] for t in notices):
                yield f"{resource.arn}: the finding {locked['violations']} was not reported while its account denied"

    def nothing_is_reported_twice(self) -> Iterator[str]:
        """Check that news is repeated only if its delivery was unknown, and then with the same id."""
        for arn, notices in self.notices_by_arn.items():
            changes = Counter(key for t in notices for key in {change["id"] for change in t["changes"]})
            for key, times in changes.items():
                if times > 1 and key not in self.outcome.unacknowledged:
                    yield f"{arn}: the change {key} was reported {times} times"
            recorded = {change["id"] for change in self.changes.get(arn, [])}
            for key in changes.keys() - recorded:
                yield f"{arn}: the change {key} was reported, but is not recorded"
            yield from self._repeated_findings(arn, notices)

    def _repeated_findings(self, arn: str, notices: list[dict[str, Any]]) -> Iterator[str]:
        before: tuple[tuple[str, str, str], ...] = ()
        known: set[str] = set()
        tag_edits = self.outcome.world.by_arn[arn].tag_edits
        # If somebody set a value and removed it again, the index shows it later. The finding is then a new one.
        lag = timedelta(seconds=self.outcome.world.largest_lag)
        last = None
        for t in notices:
            now = tuple(sorted((v["key"], v["problem"], v["found"] or "") for v in t["violations"]))
            changed = last is None or any(last - lag <= edit.at <= t["at"] for edit in tag_edits)
            unacknowledged = t["finding_id"] in known and t["finding_id"] in self.outcome.unacknowledged
            if now and now == before and not t["changes"] and not changed and not unacknowledged:
                yield f"{arn}: the finding {now} was reported twice"
            before, last = now, t["at"]
            known.add(t["finding_id"])

    def contested_tags_are_not_corrected(self) -> Iterator[str]:
        """Check that a key that is reverted repeatedly is not corrected forever."""
        for resource in self.outcome.world.resources.values():
            written = Counter(s.key for s in resource.tag_edits if s.who == FUNCTION and s.after is not None)
            for key, times in written.items():
                contested = _back_and_forth(resource, key)
                # An interrupted write that was reverted before the next read cannot be counted.
                lost = sum(key in c["after"] and c["state"] != "applied" for c in self.changes[resource.arn])
                if times > CONTEST_AFTER + 2 + lost and contested > CONTEST_AFTER + lost:
                    yield f"{resource.arn}: {key} was written {times} times"

    def calls_stay_within_limits(self) -> Iterator[str]:
        """Check the calls of the function.

        No call goes to another account than that of the resource, or to one outside the organization. No call exceeds
        the limits of AWS. No invocation exceeds its time or ends with an error.
        """
        yield from self.outcome.errors


def wrong_keys(tags: dict[str, str]) -> list[str]:
    """List the keys that are missing or have a value that is not allowed."""
    return [key for key in ("Environment", "Owner", "CostCenter") if key not in tags or not _allowed(key, tags[key])]


def _allowed(key: str, value: str) -> bool:
    match key:
        case "Environment":
            return value in ENVIRONMENTS
        case "CostCenter":
            return re.fullmatch(COST_CENTER, value) is not None
        case _:
            return bool(value.strip())


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _records(change: dict[str, Any], edit: TagEdit) -> bool:
    if edit.after is None:
        return any(edit.key in keys for keys in change["removed"].values())
    return bool(change["after"].get(edit.key) == edit.after)


def _once_complied(resource: Resource) -> bool:
    tags: dict[str, str | None] = {}
    for edit in resource.tag_edits:
        if edit.who == FUNCTION:
            return False
        tags[edit.key] = edit.after
        if not wrong_keys({key: value for key, value in tags.items() if value is not None}):
            return True
    return False


def _came_between(resource: Resource, edit: TagEdit) -> bool:
    return any(s.who != FUNCTION and abs(s.at - edit.at) < _CLOSE and s.key == edit.key for s in resource.tag_edits)


def _last_of_others(resource: Resource, key: str) -> str | None:
    values = [s.after for s in resource.tag_edits if s.key == key and s.who != FUNCTION]
    return values[-1] if values else None


def _back_and_forth(resource: Resource, key: str) -> int:
    """Count the reverts of the function's writes."""
    times, before = 0, ""
    for edit in resource.tag_edits:
        if edit.key == key:
            times += before == FUNCTION and edit.who != FUNCTION
            before = edit.who
    return times


RULES: dict[str, Callable[[Invariants], Iterator[str]]] = {
    "every message is processed": Invariants.every_message_is_processed,
    "nothing stays pending": Invariants.nothing_stays_pending,
    "findings match violations": Invariants.findings_match_violations,
    "violations are corrected": Invariants.violations_are_corrected,
    "old keys are removed or reported": Invariants.old_keys_are_removed_or_reported,
    "defaults are the last resort": Invariants.defaults_are_the_last_resort,
    "allowed values of others stay": Invariants.allowed_values_of_others_stay,
    "ungoverned tags stay": Invariants.ungoverned_tags_stay,
    "every change is recorded": Invariants.every_change_is_recorded,
    "everything is reported": Invariants.everything_is_reported,
    "nothing is reported twice": Invariants.nothing_is_reported_twice,
    "contested tags are not corrected": Invariants.contested_tags_are_not_corrected,
    "calls stay within limits": Invariants.calls_stay_within_limits,
}
