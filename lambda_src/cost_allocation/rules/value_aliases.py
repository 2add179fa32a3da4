"""Values of tags that stand for others: `value_aliases` of the document, and letter case where it is ignored."""

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
    """Read what values stand for, by dimension in lower case and by the spelling in which values are compared.

    Args:
        given: by tag key, or by what the rules call their tag keys (`environment`); alias to value.
        rules: for their tag keys.
        matched: dimensions that pools match.
        problems: gets what is wrong.
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
            said = f'no rule looks at the tag "{name}"; they look at {", ".join(sorted(read)) or "none"}'
            problems.append(Problem((PART, name), said))
        problems += _problems(name, aliases, rules)
        for key in keys:
            mine = found.setdefault(query.tag(key.lower()), {})
            mine |= {rules.spelling(alias): value for alias, value in aliases.items()}
    return found


def _problems(name: str, aliases: Mapping[str, str], rules: Rules) -> Iterator[Problem]:
    spelled: dict[str, str] = {}
    for alias in aliases:
        if (other := spelled.setdefault(rules.spelling(alias), alias)) != alias:
            yield Problem((PART, name, alias), f'"{alias}" and "{other}" are one value when letter case is ignored')
    for alias, value in aliases.items():
        further = spelled.get(rules.spelling(value))
        if further is not None and rules.spelling(aliases[further]) != rules.spelling(value):
            yield Problem((PART, name, alias), f'"{value}" stands for "{aliases[further]}" itself; name that')


def speller(rules: Rules, dimensions: Sequence[str]) -> Callable[[Values], Values]:
    """Make what spells the values of dimensions in the way that results show them: one way for each value."""
    tags = {name.lower() for name in rules.tag_dimensions}
    spelled = [name.lower() in tags for name in dimensions]
    if not any(spelled) or not (rules.ignore_case or rules.value_aliases):
        return lambda values: values

    @cache
    def shown(values: Values) -> Values:
        triples = zip(dimensions, spelled, values, strict=True)
        return tuple(rules.shown(name, its) if is_tag and its is not None else its for name, is_tag, its in triples)

    return shown
