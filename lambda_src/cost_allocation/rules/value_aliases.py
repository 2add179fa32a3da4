"""Normalization of tag values: `value_aliases` of the document, and letter case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache

from cost_allocation import query
from cost_allocation.rules.model import Problem, Rules

PART = "value_aliases"
Values = tuple[str | None, ...]


def read_value_aliases(
    given: Mapping[str, Mapping[str, str]], rules: Rules, matched: Iterable[str], problems: list[Problem]
) -> dict[str, dict[str, str]]:
    """Read value aliases, by lower-case dimension and by `spelling`.

    Args:
        given: aliases by tag key or by kind of tag key (`environment`), as alias to value.
        rules: rules with the tag keys.
        matched: dimensions that pools match.
        problems: list to which problems are added.
    """
    kinds = {
        "project": rules.project_tags,
        "team": rules.team_tags,
        "environment": rules.environment_tags,
        "customer": rules.customer_tags,
    }
    read = {key.lower() for keys in kinds.values() for key in keys}
    read |= {key.lower() for name in matched if (key := query.tag_key(name))}
    found: dict[str, dict[str, str]] = {}
    for name, aliases in given.items():
        keys = (name,) if name.lower() in read else kinds.get(name, ())
        if not keys:
            message = f'no rule uses the tag "{name}"; they use {", ".join(sorted(read)) or "none"}'
            problems.append(Problem((PART, name), message))
        problems += _problems(name, aliases, rules)
        for key in keys:
            mine = found.setdefault(query.tag(key.lower()), {})
            mine |= {rules.spelling(alias): value for alias, value in aliases.items()}
    return found


def _problems(name: str, aliases: Mapping[str, str], rules: Rules) -> Iterator[Problem]:
    spelled: dict[str, str] = {}
    for alias in aliases:
        if (other := spelled.setdefault(rules.spelling(alias), alias)) != alias:
            message = f'"{alias}" and "{other}" are the same value when letter case is ignored'
            yield Problem((PART, name, alias), message)
    for alias, value in aliases.items():
        further = spelled.get(rules.spelling(value))
        if further is not None and rules.spelling(aliases[further]) != rules.spelling(value):
            yield Problem((PART, name, alias), f'"{value}" is itself an alias of "{aliases[further]}"; use that value')


def value_normalizer(rules: Rules, dimensions: Sequence[str]) -> Callable[[Values], Values]:
    """Return a function that converts values of dimensions to their displayed form."""
    tags = {name.lower() for name in rules.tag_dimensions}
    spelled = [name.lower() in tags for name in dimensions]
    if not any(spelled) or not (rules.ignore_case or rules.value_aliases):
        return lambda values: values

    @cache
    def shown(values: Values) -> Values:
        triples = zip(dimensions, spelled, values, strict=True)
        return tuple(
            rules.displayed_value(name, its) if is_tag and its is not None else its for name, is_tag, its in triples
        )

    return shown
