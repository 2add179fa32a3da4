"""Evaluation of an observation by the schema. Pure: time, facts and memory are arguments.

* If a fact is missing, the verdict names it in `needs`, and the decision is made again with the fact. If the fact could
  not be read, the verdict stays undecided.
* A value that a person set and the schema allows is never changed.
* A value that the schema does not allow is corrected only if its meaning is certain (letter case, blanks, an alias). It
  is never replaced by a default.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from tag_governance.decision.memory import (
    UNTIL_KNOWN,
    WHY_DEFAULT,
    WHY_KEPT,
    WHY_RESTORED,
    WHY_SOMEBODY,
    LostValue,
    Memory,
    find_race,
    is_contested,
    is_provisional,
    was_set_again,
    with_calm_period,
    with_revert,
)
from tag_governance.domain.failure import Failure
from tag_governance.domain.model import (
    Correction,
    Facts,
    Fix,
    ManagedByAws,
    Mode,
    Need,
    NeedKind,
    Observation,
    Origin,
    Problem,
    RelatedResource,
    Status,
    Tags,
    Verdict,
    Violation,
)
from tag_governance.domain.patterns import PatternTooSlow
from tag_governance.domain.policy import Derivation, Policy, TagRule
from tag_governance.domain.system_tags import load_system_tags

MAX_TAGS = 50
"""User tags per resource; `aws:` tags do not count. Source: AWS tagging best practices."""

_CREATION_SOURCES = frozenset({"actor", "date", "request_tag", "related_tag"})
"""Sources that only the event of the creation has."""
_WRITABLE = re.compile(r"[\w .:/=+\-@]{0,256}")
"""Values that every tagging API accepts: letters, digits, spaces and `_ . : / = + - @`, at most 256 characters."""
_NO_MEMORY = Memory()


class _FactNeeded(Exception):
    """A derivation needs a fact that was not read yet."""

    def __init__(self, need: Need) -> None:
        super().__init__(need)
        self.need = need


class _FactUnavailable(Exception):
    """A derivation needs a fact that could not be read."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class _KeyVerdict:
    """Verdict on one key."""

    violation: Violation | None = None
    upgrade: Fix | None = None
    correction: Correction | None = None


def decide(seen: Observation, policy: Policy, facts: Facts, now: datetime, memory: Memory = _NO_MEMORY) -> Verdict:
    """Evaluate one resource.

    Args:
        seen: the resource. If `tags` is None and a rule applies, the verdict is UNDECIDED.
        facts: answers to the needs of earlier verdicts on the same observation.
        now: the time to compare exemptions with.
        memory: the stored knowledge about the resource.
    """
    foreign = _foreign_reason(seen, policy)
    if foreign is not None:
        return Verdict(seen, Status.IGNORED, reason=foreign)
    scope_name = _scope_of(seen.account, policy, facts)
    if isinstance(scope_name, Need):
        return Verdict(seen, Status.UNDECIDED, needs=(scope_name,))
    if isinstance(scope_name, Failure):
        return Verdict(seen, Status.UNDECIDED, failure=scope_name)
    if scope_name is None:
        return Verdict(seen, Status.NOT_EVALUATED, reason=f"account {seen.account} is in no scope of the organization")
    scope = policy.scopes[scope_name]
    judged = Verdict(seen, Status.COMPLIANT, scope=scope.name, mode=scope.mode, corrections=memory.corrections)
    manager = None if policy.managed_by_aws is ManagedByAws.GOVERN else load_system_tags().manager_of(seen)
    if manager is not None and policy.managed_by_aws is ManagedByAws.IGNORE:
        return replace(judged, status=Status.IGNORED, reason=f"{manager} manages it")
    if manager is not None and scope.mode is Mode.REMEDIATE:
        judged = replace(judged, mode=Mode.NOTIFY)
    governed = seen.resource_type in policy.resource_types
    rules = [rule for rule in scope.rules if governed and rule.applies_to(seen.resource_type)]
    if not rules:
        return replace(judged, status=Status.IGNORED, reason="no tag of the schema applies to this type")
    if seen.tags is None:
        return replace(judged, status=Status.UNDECIDED)
    try:
        return _judge_all(judged, rules, policy, facts, now, memory)
    except _FactUnavailable as unanswered:
        return replace(judged, status=Status.UNDECIDED, failure=unanswered.failure)
    except PatternTooSlow as error:
        return replace(judged, status=Status.NOT_EVALUATED, reason=str(error))


def _foreign_reason(seen: Observation, policy: Policy) -> str | None:
    """Return why an ARN does not belong to the account of the event; None if it does. Some ARNs contain no account."""
    _, partition, _, _, account, _ = seen.arn.split(":", 5)
    if partition != policy.partition:
        return f"the ARN is of partition {partition}"
    if account not in ("", seen.account):
        return f"the ARN is of account {account}, the event of {seen.account}"
    return None


def _scope_of(account: str, policy: Policy, facts: Facts) -> str | Need | Failure | None:
    known = policy.known_scope(account)
    if known is not None:
        return known
    if account not in facts.scope_of_account:
        return Need(NeedKind.SCOPE_OF_ACCOUNT, account)
    return facts.scope_of_account[account]


def _judge_all(
    judged: Verdict, rules: list[TagRule], policy: Policy, facts: Facts, now: datetime, memory: Memory
) -> Verdict:
    seen = judged.observation
    tags = {key: value for key, value in (seen.tags or {}).items() if not key.lower().startswith("aws:")}
    lost = memory.lost_values(tags)
    violations: list[Violation] = []
    upgrades: list[Fix] = []
    corrections = dict(memory.corrections)
    needs: list[Need] = []
    for rule in rules:
        try:
            key = _judge_key(rule, tags, seen, facts, now, memory, lost)
        except _FactNeeded as waiting:
            needs.append(waiting.need)
            continue
        if key.violation is not None:
            violations.append(key.violation)
        if key.upgrade is not None:
            upgrades.append(key.upgrade)
        if key.correction is not None:
            corrections[rule.key] = key.correction
    governed = {rule.key for rule in rules}
    upgrades += [
        Fix(key, back.value, WHY_RESTORED)
        for key, back in lost.items()
        if back.is_certain and key not in governed and _is_writable(key, back.value)
    ]
    judged = replace(judged, corrections=corrections)
    if not seen.taggable:
        violations, upgrades = [replace(violation, fix=None) for violation in violations], []
    if not violations and not needs:
        return replace(judged, upgrades=tuple(upgrades))
    for exemption in policy.exemptions:
        if exemption.covers(seen, now.date()):
            return replace(judged, status=Status.EXEMPT, violations=tuple(violations), reason=exemption.name)
    if needs:
        return replace(judged, status=Status.UNDECIDED, needs=tuple(dict.fromkeys(needs)))
    violations = list(_within_tag_limit(violations, tags, seen.case_sensitive_keys))
    return replace(judged, status=Status.NON_COMPLIANT, violations=tuple(violations), upgrades=tuple(upgrades))


def _judge_key(
    rule: TagRule,
    tags: Tags,
    seen: Observation,
    facts: Facts,
    now: datetime,
    memory: Memory,
    lost: Mapping[str, LostValue],
) -> _KeyVerdict:
    """Evaluate one key by its value and its history."""
    correction, current = memory.corrections.get(rule.key), tags.get(rule.key)
    violation = _judge(rule, tags, seen, facts, correction)
    back = lost.get(rule.key)
    if back is not None and rule.allows(back.value):
        if not back.is_certain:
            return _KeyVerdict(_overwritten_violation(rule.key, back.value, current))
        fix = Fix(rule.key, back.value, WHY_RESTORED)
        return _KeyVerdict(upgrade=fix) if violation is None else _KeyVerdict(replace(violation, fix=fix))
    if correction is None:
        return _KeyVerdict(violation)
    if violation is not None:
        if current != correction.value:
            correction = with_revert(correction, now)
        if is_contested(correction, memory, now):
            violation = Violation(rule.key, Problem.CONTESTED, found=violation.found)
        return _KeyVerdict(violation, correction=correction)
    if current is None:
        return _KeyVerdict()
    correction = with_calm_period(correction, memory, now)
    if current != correction.value or was_set_again(rule.key, correction, memory):
        # Somebody set another allowed value, or set the same one again: from now on that value counts.
        correction = replace(correction, value=current, why=WHY_SOMEBODY, basis=now, others=(), writes=())
    return _judge_correction(rule, correction, tags, seen, facts, now, memory)


def _judge_correction(
    rule: TagRule, correction: Correction, tags: Tags, seen: Observation, facts: Facts, now: datetime, memory: Memory
) -> _KeyVerdict:
    """Evaluate a value that the function wrote, or that somebody set in its place, and that still exists."""
    left = tuple(key for key in correction.leftover_keys if key in tags)
    correction = replace(correction, leftover_keys=left)
    if correction.why != WHY_SOMEBODY:
        raced = find_race(rule.key, correction, memory, rule.allows, now)
        correction = raced.correction
        if raced.overwritten_value is not None:
            return _KeyVerdict(
                _overwritten_violation(rule.key, raced.overwritten_value, correction.value), correction=correction
            )
        if raced.value_to_restore is not None:
            return _KeyVerdict(upgrade=Fix(rule.key, raced.value_to_restore, WHY_RESTORED, left), correction=correction)
    if any(_meaning(rule, tags[key]) != correction.value for key in left):
        return _KeyVerdict(Violation(rule.key, Problem.AMBIGUOUS_KEY, found=", ".join(left)), correction=correction)
    if left:
        fix = Fix(rule.key, correction.value, "key_spelling", left)
        return _KeyVerdict(
            Violation(rule.key, Problem.OLD_KEY_LEFT, found=", ".join(left), fix=fix), correction=correction
        )
    if is_provisional(correction.why):
        value, why = _derive_value(rule, seen, facts)
        if value is not None and value != correction.value:
            return _KeyVerdict(upgrade=Fix(rule.key, value, why), correction=correction)
    return _KeyVerdict(correction=correction)


def _overwritten_violation(key: str, value: str, current: str | None) -> Violation:
    return Violation(key, Problem.OVERWRITTEN, found=f"{value!r} was overwritten with {current!r}")


def _judge(
    rule: TagRule, tags: Tags, seen: Observation, facts: Facts, correction: Correction | None
) -> Violation | None:
    present = tags.get(rule.key)
    if present is not None and not (rule.required and not present.strip() and not rule.allows(present)):
        return _judge_value(rule, present)
    spellings = {
        key: value
        for key, value in tags.items()
        if key != rule.key and key.casefold() in rule.folded_key_aliases and value.strip()
    }
    if spellings:
        return _judge_spellings(rule, spellings, seen.case_sensitive_keys)
    if not rule.required:
        return None
    value, why = _value_for(rule, seen, facts, correction) if seen.taggable else (None, "")
    fix = None if value is None else Fix(rule.key, value, why)
    return Violation(rule.key, Problem.MISSING, found=present, fix=fix)


def _judge_value(rule: TagRule, value: str) -> Violation | None:
    if rule.allows(value):
        return None
    meant = rule.normalise(value)
    if meant is None:
        return Violation(rule.key, Problem.VALUE_NOT_ALLOWED, found=value)
    return Violation(rule.key, Problem.MISSPELT_VALUE, found=value, fix=Fix(rule.key, meant, "value_spelling"))


def _judge_spellings(rule: TagRule, spellings: Mapping[str, str], case_sensitive_keys: bool) -> Violation:
    found = ", ".join(sorted(spellings))
    meant = {_meaning(rule, value) for value in spellings.values()}
    if len(meant) > 1:
        return Violation(rule.key, Problem.AMBIGUOUS_KEY, found=found)
    value = meant.pop()
    if value is None:
        return Violation(rule.key, Problem.VALUE_NOT_ALLOWED, found=", ".join(sorted(set(spellings.values()))))
    # If AWS ignores the case of keys, removing the old spelling would remove the tag that was just written.
    removable = (k for k in spellings if case_sensitive_keys or k.casefold() != rule.key.casefold())
    remove = tuple(sorted(removable)) if rule.replace_key_aliases else ()
    return Violation(rule.key, Problem.MISSPELT_KEY, found=found, fix=Fix(rule.key, value, "key_spelling", remove))


def _meaning(rule: TagRule, value: str) -> str | None:
    return value if rule.allows(value) else rule.normalise(value)


def _value_for(rule: TagRule, seen: Observation, facts: Facts, correction: Correction | None) -> tuple[str | None, str]:
    """Choose the value for a missing tag: the value it had, else the first allowed derived value, else the default."""
    had = None if correction is None or is_provisional(correction.why) else correction.value
    if had is not None and rule.allows(had) and _WRITABLE.fullmatch(had):
        return had, WHY_KEPT
    value, why = _derive_value(rule, seen, facts)
    if value is not None:
        return value, why
    return (None, "") if rule.default is None else (rule.default, WHY_DEFAULT)


def _derive_value(rule: TagRule, seen: Observation, facts: Facts) -> tuple[str | None, str]:
    is_provisional = False
    for derivation in rule.derive_from:
        is_provisional |= seen.origin is None and derivation.source in _CREATION_SOURCES
        for raw in _derive(derivation, rule, seen, facts):
            value = raw if rule.allows(raw) else rule.normalise(raw)
            if value and _WRITABLE.fullmatch(value):
                return value, f"derived from {derivation}{UNTIL_KNOWN if is_provisional else ''}"
    return None, ""


def _derive(derivation: Derivation, rule: TagRule, seen: Observation, facts: Facts) -> Iterator[str]:
    origin = seen.origin or Origin(seen.time)
    match derivation.source:
        case "actor":
            if origin.actor is not None:
                yield origin.actor
        case "account_id":
            yield seen.account
        case "region":
            yield seen.region
        case "date":
            if seen.origin is not None:
                yield origin.at.date().isoformat()
        case "request_tag":
            yield from _tag(origin.request_tags, derivation, rule)
        case "account_tag":
            need = Need(NeedKind.ACCOUNT_TAGS, seen.account)
            yield from _tag(_answer(facts.account_tags, need), derivation, rule)
        case "ou_tag":
            need = Need(NeedKind.UNIT_TAGS, seen.account)
            yield from _tag(_answer(facts.unit_tags, need), derivation, rule)
        case "related_tag" | "stack_tag":
            for related in _related(derivation.source, origin, seen):
                need = Need(NeedKind.RELATED_TAGS, related.arn, related.resource_type)
                yield from _tag(_answer(facts.related_tags, need), derivation, rule)


def _related(source: str, origin: Origin, seen: Observation) -> tuple[RelatedResource, ...]:
    """List the stack, or the resources that the creation and then the tags of a resource name."""
    rows = load_system_tags()
    return rows.stack_of(seen) if source == "stack_tag" else (*origin.related, *rows.related_to(seen))


def _answer(answers: Mapping[str, Tags | Failure], need: Need) -> Tags:
    """Return the known tags, which may be empty.

    Raises:
        _FactNeeded: they were not read yet.
        _FactUnavailable: they could not be read.
    """
    if need.subject not in answers:
        raise _FactNeeded(need)
    answer = answers[need.subject]
    if isinstance(answer, Failure):
        raise _FactUnavailable(answer)
    return answer


def _tag(tags: Tags, derivation: Derivation, rule: TagRule) -> Iterator[str]:
    """Yield the values of the tag with the derivation's key. If that is the key of the rule, its aliases count too."""
    for key, value in tags.items():
        if key == derivation.key or (derivation.key == rule.key and key.casefold() in rule.folded_key_aliases):
            yield value


def _is_writable(key: str, value: str) -> bool:
    return not key.lower().startswith("aws:") and len(key) <= 128 and len(value) <= 256


def _within_tag_limit(violations: list[Violation], tags: Tags, case_sensitive_keys: bool) -> Iterator[Violation]:
    """Remove the fixes that would exceed the tag limit of the resource. Keys that exist already do not count.

    If AWS ignores the case of keys, another spelling replaces the existing tag.
    """
    room = MAX_TAGS - len(tags)
    present = set(tags) if case_sensitive_keys else {key.casefold() for key in tags}
    for violation in violations:
        key = violation.fix.key if violation.fix is not None else ""
        if violation.fix is not None and (key if case_sensitive_keys else key.casefold()) not in present:
            if room <= 0:
                yield replace(violation, problem=Problem.NO_ROOM, fix=None)
                continue
            room -= 1
        yield violation
