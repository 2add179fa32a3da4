"""The schema applied to an observation. Pure: time, facts and memory come in as arguments.

A decision that waits for a fact says so (`Verdict.needs`) and is made again with it; one that waits for a fact that
could not be asked ends undecided. A value that a person set and the schema allows is never touched; a value that the
schema refuses is corrected only where its meaning is certain (letter case, blanks, an alias), never replaced by a
default.
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
    Lost,
    Memory,
    calmed,
    is_contested,
    is_provisional,
    race,
    undone,
    was_set_again,
)
from tag_governance.domain.failure import Failure
from tag_governance.domain.model import (
    Facts,
    Fix,
    Kept,
    Need,
    NeedKind,
    Observation,
    Origin,
    Problem,
    Status,
    Tags,
    Verdict,
    Violation,
)
from tag_governance.domain.patterns import PatternTooSlow
from tag_governance.domain.policy import Derivation, Policy, TagRule

MAX_TAGS = 50
"""User tags a resource can carry. Source: AWS tagging best practices; `aws:` tags do not count."""

_OF_THE_CREATION = frozenset({"actor", "date", "request_tag", "related_tag"})
"""Sources that only the event of the creation knows."""
_WRITABLE = re.compile(r"[\w .:/=+\-@]{0,256}")
"""Values every tagging API takes: letters, digits, spaces and `_ . : / = + - @`, at most 256."""
_NO_MEMORY = Memory()


class _Waiting(Exception):
    """A derivation needs a fact that was not read yet."""

    def __init__(self, need: Need) -> None:
        super().__init__(need)
        self.need = need


class _Unanswered(Exception):
    """A derivation needs a fact that could not be asked."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class _Judged:
    """The judgement on one key."""

    violation: Violation | None = None
    upgrade: Fix | None = None
    kept: Kept | None = None


def decide(seen: Observation, policy: Policy, facts: Facts, now: datetime, memory: Memory = _NO_MEMORY) -> Verdict:
    """Judge one resource.

    Args:
        seen: the resource; with `tags` None the verdict is UNDECIDED whenever a rule applies.
        facts: answers to the needs of earlier verdicts on the same observation.
        now: the moment that exemptions are compared with.
        memory: what is remembered of the resource.
    """
    foreign = _foreign(seen, policy)
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
    judged = Verdict(seen, Status.COMPLIANT, scope=scope.name, mode=scope.mode, kept=memory.kept)
    governed = seen.resource_type in policy.resource_types
    rules = [rule for rule in scope.rules if governed and rule.applies_to(seen.resource_type)]
    if not rules:
        return replace(judged, status=Status.IGNORED, reason="no tag of the schema applies to this type")
    if seen.tags is None:
        return replace(judged, status=Status.UNDECIDED)
    try:
        return _judge_all(judged, rules, policy, facts, now, memory)
    except _Unanswered as unanswered:
        return replace(judged, status=Status.UNDECIDED, failure=unanswered.failure)
    except PatternTooSlow as error:
        return replace(judged, status=Status.NOT_EVALUATED, reason=str(error))


def _foreign(seen: Observation, policy: Policy) -> str | None:
    """Say why an ARN is not one of the account that the event is from. Some ARNs name no account."""
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
    lost = memory.lost(tags)
    violations: list[Violation] = []
    upgrades: list[Fix] = []
    kept = dict(memory.kept)
    needs: list[Need] = []
    for rule in rules:
        try:
            key = _judge_key(rule, tags, seen, facts, now, memory, lost)
        except _Waiting as waiting:
            needs.append(waiting.need)
            continue
        if key.violation is not None:
            violations.append(key.violation)
        if key.upgrade is not None:
            upgrades.append(key.upgrade)
        if key.kept is not None:
            kept[rule.key] = key.kept
    governed = {rule.key for rule in rules}
    upgrades += [
        Fix(key, back.value, WHY_RESTORED)
        for key, back in lost.items()
        if back.is_certain and key not in governed and _is_writable(key, back.value)
    ]
    judged = replace(judged, kept=kept)
    if not seen.taggable:
        violations, upgrades = [replace(violation, fix=None) for violation in violations], []
    if not violations and not needs:
        return replace(judged, upgrades=tuple(upgrades))
    for exemption in policy.exemptions:
        if exemption.covers(seen, now.date()):
            return replace(judged, status=Status.EXEMPT, violations=tuple(violations), reason=exemption.name)
    if needs:
        return replace(judged, status=Status.UNDECIDED, needs=tuple(dict.fromkeys(needs)))
    violations = list(_within_limit(violations, tags, seen.case_sensitive_keys))
    return replace(judged, status=Status.NON_COMPLIANT, violations=tuple(violations), upgrades=tuple(upgrades))


def _judge_key(
    rule: TagRule, tags: Tags, seen: Observation, facts: Facts, now: datetime, memory: Memory, lost: Mapping[str, Lost]
) -> _Judged:
    """Judge one key by its value, and by what is remembered of it."""
    kept, current = memory.kept.get(rule.key), tags.get(rule.key)
    violation = _judge(rule, tags, seen, facts, kept)
    back = lost.get(rule.key)
    if back is not None and rule.allows(back.value):
        if not back.is_certain:
            return _Judged(_overwritten(rule.key, back.value, current))
        fix = Fix(rule.key, back.value, WHY_RESTORED)
        return _Judged(upgrade=fix) if violation is None else _Judged(replace(violation, fix=fix))
    if kept is None:
        return _Judged(violation)
    if violation is not None:
        if current != kept.value:
            kept = undone(kept, now)
        if is_contested(kept, memory, now):
            violation = Violation(rule.key, Problem.CONTESTED, found=violation.found)
        return _Judged(violation, kept=kept)
    if current is None:
        return _Judged()
    kept = calmed(kept, memory, now)
    if current != kept.value or was_set_again(rule.key, kept, memory):
        # Somebody set another allowed value, or the same by a word of his own: from now on it is this that is kept.
        kept = replace(kept, value=current, why=WHY_SOMEBODY, basis=now, others=(), wrote=())
    return _judge_kept(rule, kept, tags, seen, facts, now, memory)


def _judge_kept(
    rule: TagRule, kept: Kept, tags: Tags, seen: Observation, facts: Facts, now: datetime, memory: Memory
) -> _Judged:
    """Judge a value that the function wrote, or that somebody set in its place, and that is still there."""
    left = tuple(key for key in kept.left if key in tags)
    kept = replace(kept, left=left)
    if kept.why != WHY_SOMEBODY:
        raced = race(rule.key, kept, memory, rule.allows, now)
        kept = raced.kept
        if raced.overwritten is not None:
            return _Judged(_overwritten(rule.key, raced.overwritten, kept.value), kept=kept)
        if raced.restore is not None:
            return _Judged(upgrade=Fix(rule.key, raced.restore, WHY_RESTORED, left), kept=kept)
    if any(_meaning(rule, tags[key]) != kept.value for key in left):
        return _Judged(Violation(rule.key, Problem.AMBIGUOUS_KEY, found=", ".join(left)), kept=kept)
    if left:
        fix = Fix(rule.key, kept.value, "key_spelling", left)
        return _Judged(Violation(rule.key, Problem.OLD_KEY_LEFT, found=", ".join(left), fix=fix), kept=kept)
    if is_provisional(kept.why):
        value, why = _derived_value(rule, seen, facts)
        if value is not None and value != kept.value:
            return _Judged(upgrade=Fix(rule.key, value, why), kept=kept)
    return _Judged(kept=kept)


def _overwritten(key: str, value: str, current: str | None) -> Violation:
    return Violation(key, Problem.OVERWRITTEN, found=f"{value!r} was overwritten with {current!r}")


def _judge(rule: TagRule, tags: Tags, seen: Observation, facts: Facts, kept: Kept | None) -> Violation | None:
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
    value, why = _value_for(rule, seen, facts, kept) if seen.taggable else (None, "")
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
    # Where AWS takes both spellings for one key, removing the old one would remove the tag just written.
    removable = (k for k in spellings if case_sensitive_keys or k.casefold() != rule.key.casefold())
    remove = tuple(sorted(removable)) if rule.replace_key_aliases else ()
    return Violation(rule.key, Problem.MISSPELT_KEY, found=found, fix=Fix(rule.key, value, "key_spelling", remove))


def _meaning(rule: TagRule, value: str) -> str | None:
    return value if rule.allows(value) else rule.normalise(value)


def _value_for(rule: TagRule, seen: Observation, facts: Facts, kept: Kept | None) -> tuple[str | None, str]:
    """Choose the value that it had, else the first derived one that the schema allows, else the default."""
    had = None if kept is None or is_provisional(kept.why) else kept.value
    if had is not None and rule.allows(had) and _WRITABLE.fullmatch(had):
        return had, WHY_KEPT
    value, why = _derived_value(rule, seen, facts)
    if value is not None:
        return value, why
    return (None, "") if rule.default is None else (rule.default, WHY_DEFAULT)


def _derived_value(rule: TagRule, seen: Observation, facts: Facts) -> tuple[str | None, str]:
    is_provisional = False
    for derivation in rule.derive_from:
        is_provisional |= seen.origin is None and derivation.source in _OF_THE_CREATION
        for raw in _derived(derivation, rule, seen, facts):
            value = raw if rule.allows(raw) else rule.normalise(raw)
            if value and _WRITABLE.fullmatch(value):
                return value, f"derived from {derivation}{UNTIL_KNOWN if is_provisional else ''}"
    return None, ""


def _derived(derivation: Derivation, rule: TagRule, seen: Observation, facts: Facts) -> Iterator[str]:
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
        case "related_tag":
            for related in origin.related:
                need = Need(NeedKind.RELATED_TAGS, related.arn, related.resource_type)
                yield from _tag(_answer(facts.related_tags, need), derivation, rule)


def _answer(answers: Mapping[str, Tags | Failure], need: Need) -> Tags:
    """Return the tags that are known, which may be none.

    Raises:
        _Waiting: they were not read yet.
        _Unanswered: they could not be read.
    """
    if need.subject not in answers:
        raise _Waiting(need)
    answer = answers[need.subject]
    if isinstance(answer, Failure):
        raise _Unanswered(answer)
    return answer


def _tag(tags: Tags, derivation: Derivation, rule: TagRule) -> Iterator[str]:
    """The tag under its key, or, when it is looked for under the rule's own key, under any spelling of that."""
    for key, value in tags.items():
        if key == derivation.key or (derivation.key == rule.key and key.casefold() in rule.folded_key_aliases):
            yield value


def _is_writable(key: str, value: str) -> bool:
    return not key.lower().startswith("aws:") and len(key) <= 128 and len(value) <= 256


def _within_limit(violations: list[Violation], tags: Tags, case_sensitive_keys: bool) -> Iterator[Violation]:
    """Withdraw the fixes for which the resource has no room left; keys already there cost none.

    Where AWS takes two spellings for one key, another spelling takes the place of the one that is there.
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
