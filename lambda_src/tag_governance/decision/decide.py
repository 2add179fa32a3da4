"""The schema applied to an observation. Pure: time and facts come in as arguments.

A decision that waits for a fact says so (`Verdict.needs`) and is made again with it. A value that a person set and
the schema allows is never touched; a value that the schema refuses is corrected only where its meaning is certain
(letter case, blanks, an alias), never replaced by a default.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from tag_governance.domain.model import (
    Facts,
    Fix,
    Mode,
    Need,
    NeedKind,
    Observation,
    Problem,
    Status,
    Tags,
    Verdict,
    Violation,
)
from tag_governance.domain.policy import DEFAULT_SCOPE, Derivation, Policy, TagRule

MAX_TAGS = 50
"""User tags a resource can carry. Source: AWS tagging best practices; `aws:` tags do not count."""

_WRITABLE = re.compile(r"[\w .:/=+\-@]{0,256}")
"""Values every tagging API takes: letters, digits, spaces and `_ . : / = + - @`, at most 256."""


class _Waiting(Exception):
    """A derivation needs a fact that was not read yet."""

    def __init__(self, need: Need) -> None:
        super().__init__(need)
        self.need = need


def decide(seen: Observation, policy: Policy, facts: Facts, now: datetime) -> Verdict:
    """Judge one resource.

    Args:
        seen: the resource; with `tags` None the verdict is UNDECIDED whenever a rule applies.
        facts: answers to the needs of earlier verdicts on the same observation.
        now: the moment that exemptions are compared with.
    """
    scope_name = _scope_of(seen.account, policy, facts)
    if isinstance(scope_name, Need):
        return Verdict(seen, Status.UNDECIDED, needs=(scope_name,))
    if scope_name is None:
        return Verdict(seen, Status.NOT_EVALUATED, reason=f"the scope of account {seen.account} can not be told")
    scope = policy.scopes[scope_name]
    judged = Verdict(seen, Status.COMPLIANT, scope=scope.name, mode=scope.mode)
    rules = [rule for rule in scope.rules if rule.applies_to(seen.resource_type)]
    if not rules:
        return replace(judged, status=Status.IGNORED, reason="no tag of the schema applies to this type")
    if seen.tags is None:
        return replace(judged, status=Status.UNDECIDED)
    tags = {key: value for key, value in seen.tags.items() if not key.lower().startswith("aws:")}

    violations: list[Violation] = []
    needs: list[Need] = []
    for rule in rules:
        try:
            violation = _judge(rule, tags, seen, facts)
        except _Waiting as waiting:
            needs.append(waiting.need)
            continue
        if violation is not None:
            violations.append(violation)
    if not violations and not needs:
        return judged
    for exemption in policy.exemptions:
        if exemption.covers(seen, now.date()):
            return replace(judged, status=Status.EXEMPT, violations=tuple(violations), reason=exemption.name)
    if needs:
        return replace(judged, status=Status.UNDECIDED, needs=tuple(dict.fromkeys(needs)))
    if not seen.taggable:
        violations = [replace(violation, fix=None) for violation in violations]
    return replace(judged, status=Status.NON_COMPLIANT, violations=tuple(_within_limit(violations, tags)))


def _scope_of(account: str, policy: Policy, facts: Facts) -> str | Need | None:
    known = policy.scope_of_account.get(account) or policy.scope_of_target.get(account)
    if known is not None:
        return known
    if not policy.scope_of_target or account == policy.account:
        return DEFAULT_SCOPE
    # An account vended since the last apply: its place in the tree decides.
    if account not in facts.scope_of_account:
        return Need(NeedKind.SCOPE_OF_ACCOUNT, account)
    return facts.scope_of_account[account]


def _judge(rule: TagRule, tags: Tags, seen: Observation, facts: Facts) -> Violation | None:
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
    value, why = _value_for(rule, seen, facts) if seen.taggable else (None, "")
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
    meant = {value if rule.allows(value) else rule.normalise(value) for value in spellings.values()}
    if len(meant) > 1:
        return Violation(rule.key, Problem.AMBIGUOUS_KEY, found=found)
    value = meant.pop()
    if value is None:
        return Violation(rule.key, Problem.VALUE_NOT_ALLOWED, found=", ".join(sorted(set(spellings.values()))))
    # Where AWS takes both spellings for one key, removing the old one would remove the tag just written.
    removable = (k for k in spellings if case_sensitive_keys or k.casefold() != rule.key.casefold())
    remove = tuple(sorted(removable)) if rule.replace_key_aliases else ()
    return Violation(rule.key, Problem.MISSPELT_KEY, found=found, fix=Fix(rule.key, value, "key_spelling", remove))


def _value_for(rule: TagRule, seen: Observation, facts: Facts) -> tuple[str | None, str]:
    """The first derived value that the schema allows, else the default, each with its reason."""
    for derivation in rule.derive_from:
        for raw in _derived(derivation, rule, seen, facts):
            value = raw if rule.allows(raw) else rule.normalise(raw)
            if value and _WRITABLE.fullmatch(value):
                return value, f"derived from {derivation}"
    if rule.default is not None:
        return rule.default, "default"
    return None, ""


def _derived(derivation: Derivation, rule: TagRule, seen: Observation, facts: Facts) -> Iterator[str]:
    match derivation.source:
        case "actor":
            if seen.actor is not None:
                yield seen.actor
        case "account_id":
            yield seen.account
        case "region":
            yield seen.region
        case "date":
            yield seen.time.date().isoformat()
        case "request_tag":
            yield from _tag(seen.request_tags, derivation, rule)
        case "account_tag":
            if seen.account not in facts.account_tags:
                raise _Waiting(Need(NeedKind.ACCOUNT_TAGS, seen.account))
            yield from _tag(facts.account_tags[seen.account], derivation, rule)
        case "related_tag":
            for related in seen.related:
                if related.arn not in facts.related_tags:
                    raise _Waiting(Need(NeedKind.RELATED_TAGS, related.arn, related.resource_type))
                yield from _tag(facts.related_tags[related.arn], derivation, rule)


def _tag(tags: Tags | None, derivation: Derivation, rule: TagRule) -> Iterator[str]:
    """The tag under its key, or, when it is looked for under the rule's own key, under any spelling of that."""
    for key, value in (tags or {}).items():
        if key == derivation.key or (derivation.key == rule.key and key.casefold() in rule.folded_key_aliases):
            yield value


def _within_limit(violations: list[Violation], tags: Tags) -> Iterator[Violation]:
    """Withdraw the fixes for which the resource has no room left; keys already there cost none."""
    room = MAX_TAGS - len(tags)
    for violation in violations:
        if violation.fix is not None and violation.fix.key not in tags:
            if room <= 0:
                yield replace(violation, problem=Problem.NO_ROOM, fix=None)
                continue
            room -= 1
        yield violation


def may_change(verdict: Verdict) -> bool:
    """Whether the scope lets the function write tags for this verdict, and there is something to write."""
    return verdict.mode is Mode.REMEDIATE and verdict.status is Status.NON_COMPLIANT and bool(verdict.fixes)
