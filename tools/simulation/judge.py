"""The rules of the design, checked at the end of a history by what truly happened.

None of the function's own code decides here.
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
from tools.simulation.world import FUNCTION, Resource, Stroke

CONTEST_AFTER = 3
_CLOSE = timedelta(seconds=2)
_UNCONFIRMED_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a history broke, and what was seen."""

    rule: str
    seen: str


class Judge:
    """Looks at one history after its end.

    Args:
        outcome: the history.
        writes_allowed: the last mode of the stack.
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
    def told(self) -> dict[str, list[dict[str, Any]]]:
        """News that reached people, by the ARN of the resource."""
        told: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for notice in self.outcome.published:
            for resource in notice["body"]["resources"]:
                told[resource["arn"]].append({**resource, "at": notice["at"], "owner": notice["body"]["owner"]})
        return told

    def living(self) -> Iterator[Resource]:
        """Yield the resources that still exist."""
        return (r for r in self.outcome.world.resources.values() if r.deleted is None)

    def open_keys(self, resource: Resource) -> dict[str, str]:
        """Map the key of each open violation of a resource in the ledger to its problem."""
        violations = self.states.get(resource.arn, {}).get("violations", [])
        return {violation["key"]: violation["problem"] for violation in violations}

    # The rules

    def every_message_ends(self) -> Iterator[str]:
        """Check that every message is settled, and that none stays in the queue or becomes a dead letter."""
        for message in self.outcome.queues.messages.values():
            yield f"still in the queue after {message.receives} receives: {message.id}"
        for letter in self.outcome.queues.dead:
            yield f"dead letter: {letter['cause']}"

    def nothing_stays_pending(self) -> Iterator[str]:
        """Check that nothing is pending, claimed or untold once its message is gone."""
        for arn, state in self.states.items():
            for name in ("pending", "claim", "asked"):
                if name in state and not self.outcome.world.by_arn[arn].refuses:
                    yield f"{arn}: {name} is {state[name]}"
            single = state.get("shard", "").startswith("denied#") and state["status"] == "non_compliant"
            # A finding stands in the index as long as it is open: the schedule looks for its resource every day.
            due = self.outcome.ended.timestamp() - SETTLEMENT_SECONDS
            is_checked = bool(state.get("violations")) and state.get("due", 0) > due
            # What AWS refuses for one resource alone waits for nobody.
            if "shard" in state and not single and not is_checked:
                yield f"{arn} is still due in {state['shard']}, status {state['status']} {state.get('reason', '')}"
        for gap in self.gaps:
            arns = {arn for denial in gap.get("denials", {}).values() for arn in denial["arns"]}
            if any(not self.outcome.world.by_arn[arn].refuses for arn in arns):
                yield f"{gap['resource']} is still a gap: {gap.get('denials')}"

    def the_ledger_is_true(self) -> Iterator[str]:
        """Check that a finding is open for every violation that is there, and for no other."""
        for resource in self.living():
            wrong = set(_wrong_keys(resource.tags))
            found = self.open_keys(resource)
            if self._is_out_of_sight(resource):
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

    def _is_out_of_sight(self, resource: Resource) -> bool:
        """Say if nothing can have shown a resource for 30 days, so that its finding ended as unconfirmed."""
        state = self.states.get(resource.arn, {})
        tells = load_catalogue().type(resource.type).tells_absence or any(resource.index(self.outcome.ended) or {})
        shown = max((stroke.at for stroke in resource.strokes), default=resource.created)
        is_long_ago = "last_seen" in state and _time(state["last_seen"]) - shown >= _UNCONFIRMED_AFTER
        return state.get("status") == "unconfirmed" and not tells and is_long_ago

    def _old_keys(self, resource: Resource, found: dict[str, str]) -> set[str]:
        problems = ("old_key_left", "ambiguous_key")
        left = {key for key, problem in found.items() if problem in problems and "env" in resource.tags}
        return left - set(_wrong_keys(resource.tags))

    def what_can_be_corrected_is(self) -> Iterator[str]:
        """Check that mode remediate leaves nothing wrong without a reason that a person can see."""
        if self.mode != "remediate" or self.outcome.history.mode != "remediate":
            return
        for resource in self.living():
            found = self.open_keys(resource)
            for key in _wrong_keys(resource.tags):
                problem = found.get(key, "")
                certain = problem in ("contested", "value_not_allowed", "ambiguous_key")
                if not certain and not resource.refuses:
                    yield f"{resource.arn}: {key} is left wrong ({problem}), tags {resource.tags}"

    def no_old_key_is_forgotten(self) -> Iterator[str]:
        """Check that a misspelt key whose place was taken is removed, or that its owner is told of it."""
        for resource in self.living():
            for change in self.changes.get(resource.arn, []):
                for key, old in ((key, old) for key, olds in change["removed"].items() for old in olds):
                    since = [s for s in resource.strokes if s.at > _time(change["at"]) - _CLOSE and s.key in (key, old)]
                    touched = any(stroke.who != FUNCTION for stroke in since)
                    # An overwritten value has to be decided first; what is left of the old key comes after it.
                    asked = self.open_keys(resource).get(key) in ("old_key_left", "ambiguous_key", "overwritten")
                    known = asked or change["state"] == "unknown"
                    if old in resource.tags and not touched and not known and key in resource.tags:
                        yield f"{resource.arn}: {old} is still there beside {key}"

    def no_wrong_default(self) -> Iterator[str]:
        """Check that a default is written only where no better source is known."""
        for resource in self.living():
            strokes = [s for s in resource.strokes if s.who == FUNCTION]
            last = {s.key: s.after for s in strokes}
            right = COST_CENTERS.get(resource.account)
            if right is not None and last.get("CostCenter") == "CC-0000" == resource.tags.get("CostCenter"):
                yield f"{resource.arn}: CostCenter has the default, the account says {right}"
            own = last.get("Owner") == NOBODY == resource.tags.get("Owner")
            # A creation that complies costs no call, and who made the resource is not remembered.
            forgotten = _once_complied(resource)
            told = self.open_keys(resource).get("Owner") == "overwritten"  # a person decides
            if own and resource.actor is not None and not resource.refuses and not forgotten and not told:
                yield f"{resource.arn}: Owner is {NOBODY}, made by {resource.actor}"

    def a_persons_value_stays(self) -> Iterator[str]:
        """Check that the last allowed value that anybody else set is there, or that a finding reports the loss."""
        for resource in self.living():
            for key in ("Environment", "Owner", "CostCenter"):
                mine = [s for s in resource.strokes if s.key == key and s.who == FUNCTION]
                others = [s for s in resource.strokes if s.key == key and s.who != FUNCTION]
                if not others or not mine:
                    continue
                last = others[-1]
                if last.after is None or not _allowed(key, last.after):
                    continue
                # Where both write the same at the same time, nobody can tell that the person wrote at all.
                same = any(
                    change["after"].get(key) == last.after
                    and -_CLOSE < last.at - _time(change["at"]) < timedelta(seconds=30)
                    for change in self.changes.get(resource.arn, [])
                )
                if (
                    resource.tags.get(key) != last.after
                    and not same
                    and self.open_keys(resource).get(key) != "overwritten"
                ):
                    yield f"{resource.arn}: {key} was {last.after} by {last.who}, is {resource.tags.get(key)}"

    def no_tag_of_others_is_lost(self) -> Iterator[str]:
        """Check that the function never removes a tag that the schema does not govern."""
        for resource in self.outcome.world.resources.values():
            for key in ("Name", "Team"):
                removed = any(s.who == FUNCTION and s.key == key and s.after is None for s in resource.strokes)
                if removed and key not in resource.tags and _last_of_others(resource, key) is not None:
                    yield f"{resource.arn}: {key} was removed by the function"

    def every_change_is_on_record(self) -> Iterator[str]:
        """Check that every write of the function is on record in the ledger, and that none stays pending."""
        for resource in self.outcome.world.resources.values():
            recorded = self.changes.get(resource.arn, [])
            for stroke in resource.strokes:
                if stroke.who != FUNCTION or stroke.key not in ("Environment", "Owner", "CostCenter", "env"):
                    continue
                fitting = [c for c in recorded if _records(c, stroke)]
                # A whole set that is put back takes with it what came in between: it is put back again, or told.
                put = resource.type == "s3:bucket" and _came_between(resource, stroke)
                if not fitting and resource.deleted is None and not put:
                    yield f"{resource.arn}: {stroke.key}={stroke.after} at {stroke.at} is not on record"
            states = Counter(change.get("state") for change in recorded)
            if states["pending"]:
                yield f"{resource.arn}: a change stays pending"

    def everything_is_told(self) -> Iterator[str]:
        """Check that the owner of a resource is told of every change, and of every finding once its scope notifies."""
        if self.mode == "observe":
            if self.outcome.published:
                yield "somebody was told in mode observe"
            return
        for resource in self.living():
            told = self.told.get(resource.arn, [])
            for change in self.changes.get(resource.arn, []):
                if change["state"] != "unknown" and not any(
                    c["after"] == v
                    for t in told
                    for c in t["changes"]
                    for k, v in change["after"].items()
                    if c["key"] == k
                ):
                    yield f"{resource.arn}: the change {change['after']} was never told"
            state = self.states.get(resource.arn)
            if state is not None and state.get("violations"):
                keys = {v["key"] for v in state["violations"]}
                if not any({v["key"] for v in t["violations"]} >= keys for t in told):
                    yield f"{resource.arn}: the finding {state['violations']} was never told"
            locked = self.outcome.locked.get(resource.arn, {})
            if locked.get("violations") and not any(t["at"] <= locked["seen"] for t in told):
                yield f"{resource.arn}: the finding {locked['violations']} was not told while its account denied"

    def nothing_is_told_twice(self) -> Iterator[str]:
        """Check that news is repeated only where nobody knew if it had arrived, and then with the same id."""
        for arn, told in self.told.items():
            changes = Counter(key for t in told for key in {change["id"] for change in t["changes"]})
            for key, times in changes.items():
                if times > 1 and key not in self.outcome.unanswered:
                    yield f"{arn}: the change {key} was told {times} times"
            recorded = {change["id"] for change in self.changes.get(arn, [])}
            for key in changes.keys() - recorded:
                yield f"{arn}: the change {key} was told, and is not on record"
            yield from self._findings_told_twice(arn, told)

    def _findings_told_twice(self, arn: str, told: list[dict[str, Any]]) -> Iterator[str]:
        before: tuple[tuple[str, str, str], ...] = ()
        known: set[str] = set()
        strokes = self.outcome.world.by_arn[arn].strokes
        # An index shows later what somebody set and took away again: then the finding had truly gone, and is new.
        lag = timedelta(seconds=self.outcome.world.largest_lag)
        last = None
        for t in told:
            now = tuple(sorted((v["key"], v["problem"], v["found"] or "") for v in t["violations"]))
            changed = last is None or any(last - lag <= stroke.at <= t["at"] for stroke in strokes)
            unanswered = t["finding_id"] in known and t["finding_id"] in self.outcome.unanswered
            if now and now == before and not t["changes"] and not changed and not unanswered:
                yield f"{arn}: the finding {now} was told twice"
            before, last = now, t["at"]
            known.add(t["finding_id"])

    def a_fight_is_called(self) -> Iterator[str]:
        """Check that a key that is changed back again and again is not corrected for ever."""
        for resource in self.outcome.world.resources.values():
            written = Counter(s.key for s in resource.strokes if s.who == FUNCTION and s.after is not None)
            for key, times in written.items():
                contested = _back_and_forth(resource, key)
                # A write that was cut short, and changed back before anybody could look, cannot be counted.
                lost = sum(key in c["after"] and c["state"] != "applied" for c in self.changes[resource.arn])
                if times > CONTEST_AFTER + 2 + lost and contested > CONTEST_AFTER + lost:
                    yield f"{resource.arn}: {key} was written {times} times"

    def nothing_foreign(self) -> Iterator[str]:
        """Check that no call goes to another account than the resource's, or to one outside the organization; that none
        is larger than AWS accepts; and that no invocation exceeds its time or ends in an error."""
        yield from self.outcome.errors


def _wrong_keys(tags: dict[str, str]) -> list[str]:
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


def _records(change: dict[str, Any], stroke: Stroke) -> bool:
    if stroke.after is None:
        return any(stroke.key in keys for keys in change["removed"].values())
    return bool(change["after"].get(stroke.key) == stroke.after)


def _once_complied(resource: Resource) -> bool:
    tags: dict[str, str | None] = {}
    for stroke in resource.strokes:
        if stroke.who == FUNCTION:
            return False
        tags[stroke.key] = stroke.after
        if not _wrong_keys({key: value for key, value in tags.items() if value is not None}):
            return True
    return False


def _came_between(resource: Resource, stroke: Stroke) -> bool:
    return any(s.who != FUNCTION and abs(s.at - stroke.at) < _CLOSE and s.key == stroke.key for s in resource.strokes)


def _last_of_others(resource: Resource, key: str) -> str | None:
    values = [s.after for s in resource.strokes if s.key == key and s.who != FUNCTION]
    return values[-1] if values else None


def _back_and_forth(resource: Resource, key: str) -> int:
    """Count how often somebody changed back what the function wrote."""
    times, before = 0, ""
    for stroke in resource.strokes:
        if stroke.key == key:
            times += before == FUNCTION and stroke.who != FUNCTION
            before = stroke.who
    return times


RULES: dict[str, Callable[[Judge], Iterator[str]]] = {
    "every message ends": Judge.every_message_ends,
    "nothing stays pending": Judge.nothing_stays_pending,
    "the ledger is true": Judge.the_ledger_is_true,
    "what can be corrected is": Judge.what_can_be_corrected_is,
    "no old key is forgotten": Judge.no_old_key_is_forgotten,
    "no wrong default": Judge.no_wrong_default,
    "a person's value stays": Judge.a_persons_value_stays,
    "no tag of others is lost": Judge.no_tag_of_others_is_lost,
    "every change is on record": Judge.every_change_is_on_record,
    "everything is told": Judge.everything_is_told,
    "nothing is told twice": Judge.nothing_is_told_twice,
    "a fight is called": Judge.a_fight_is_called,
    "nothing foreign, nothing over time": Judge.nothing_foreign,
}
