from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cost_allocation.rules.document import read_rules
from cost_allocation.rules.model import Problem, RulesError
from tests.support.costs import schema, validator

NAMES = ("a", "b", "c", "unknown", "shared", "direct_cost", " A", "to", "from", "by", "1")
DATES = ("2026-05-01", "2026-05-17", "2026-06-01", "2026-02-30", "0001-01-01", "9999-12-31", "0000-00-00")
MONTHS = ("2026-05", "2026-06", "2026-13", "0000-01")
SHORT_WEIGHTS = ("a:0.5", "b: 1/2", "a:b:50", "shared:1", "unknown:0")
WEIGHTS = (0, 1, 100, 50, 0.5, 0.1, "1/2", "0.5", "50", "1/3", 1e300, 5e-324)


def form(node: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values of a part of the schema, out of a few names, days and numbers, so that they meet each other."""
    if "$ref" in node:
        return form(schema()["$defs"][node["$ref"].rpartition("/")[2]])
    if "anyOf" in node:
        return st.one_of([form(one) for one in node["anyOf"]])
    if "enum" in node or "const" in node:
        return st.sampled_from(node.get("enum") or [node["const"]])
    forms: dict[str, Callable[[dict[str, Any]], st.SearchStrategy[Any]]] = {
        "object": mappings,
        "array": lambda array: st.lists(form(array["items"]), min_size=array.get("minItems", 0), max_size=3),
        "string": texts,
        "number": lambda _: st.sampled_from([weight for weight in WEIGHTS if not isinstance(weight, str)]),
        "boolean": lambda _: st.booleans(),
        "null": lambda _: st.none(),
    }
    return forms[node["type"]](node)


def mappings(node: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "properties" in node:
        required = {name: form(one) for name, one in node["properties"].items() if name in node.get("required", ())}
        optional = {name: form(one) for name, one in node["properties"].items() if name not in required}
        return st.fixed_dictionaries(required, optional=optional)
    names = texts(node["propertyNames"]) if "pattern" in node["propertyNames"] else st.sampled_from(NAMES)
    return st.dictionaries(names, form(node["additionalProperties"]), max_size=4)


def texts(node: dict[str, Any]) -> st.SearchStrategy[str]:
    if node["pattern"].endswith("[0-9]{2}-[0-9]{2}$"):
        return st.sampled_from(DATES)
    if "[0-9]{4}" in node["pattern"]:
        return st.sampled_from(MONTHS)
    if "[A-Z]{3}" in node["pattern"]:
        return st.sampled_from(("USD", "EUR"))
    if ":" in node["pattern"]:
        return st.sampled_from(SHORT_WEIGHTS)
    if node["pattern"].startswith("^[0-9]+"):
        return st.sampled_from([weight for weight in WEIGHTS if isinstance(weight, str)])
    return st.sampled_from(NAMES)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


def problems_of(document: dict[str, Any]) -> tuple[Problem, ...]:
    try:
        read_rules(document)
    except RulesError as error:
        return error.problems
    return ()


@settings(max_examples=300)
@given(form(schema()).filter(validator().is_valid))
def test_what_has_the_right_form_is_read_or_refused_with_its_place(document: dict[str, Any]) -> None:
    assert all(problem.place and problem.message for problem in problems_of(document))


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"version": 1},
        {"projects": {"web": "dev"}},
        {"teams": {"dev": None}},
        {"shared": {"dev": 0.5, "ops": "1/2"}},
        {"shared": {"net": {"dev": 50, "ops": 50}}},
        {"shared": {"net": {"to": {"dev": "0.5", "ops": "0.5"}}}},
        {"shared": ["dev:0.5", "ops:0.5"]},
        {"shared": {"net": ["dev:0.5", "ops: 1/2"]}},
        {"shared": {"net": {"to": ["dev:50", "ops:50"]}}},
        {"currency_rates": {"2026-05": {"USD": 1, "EUR": 1.1}}},
        {"currency_rates": "rates.csv"},
    ],
)
def test_forms_that_are_allowed(document: dict[str, Any]) -> None:
    assert validator().is_valid(document)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"project": {}},
        {"version": 2},
        {"projects": {"web": None}},
        {"projects": {"": "dev"}},
        {"projects": {"web": " "}},
        {"projects": {"web": []}},
        {"projects": {"web": {"from": "2026-05-01"}}},
        {"projects": {"web": {"team": "dev", "from": "May"}}},
        {"filters": {"tags": ["x"]}},
        {"filters": {"services": []}},
        {"shared": {"net": {}}},
        {"shared": {"net": {"split": "equal"}}},
        {"shared": {"dev": -0.5, "ops": 1.5}},
        {"shared": {"net": {"to": {"": 1}}}},
        {"shared": {"net": {"match": {"tags": {" ": ["x"]}}}}},
        {"shared": {"net": {"dev": "1/0"}}},
        {"shared": ["dev", "ops:1"]},
        {"shared": []},
        {"currency_rates": {"2026-5": {"USD": 1}}},
        {"currency_rates": {"2026-05": {"usd": 1}}},
        {"currency_rates": {"2026-05": {"USD": 0}}},
        {"currency_rates": {"2026-05": {}}},
        {"shared": {"net": {"dev": "1" * 41}}},
        {"metrics": {"requests": {"dev": -1}}},
        {"metrics": {"requests": {"dev": "1"}}},
    ],
)
def test_forms_that_are_not(document: Any) -> None:
    assert not validator().is_valid(document)


@pytest.mark.parametrize("field", ["split", "to", "by", "when_zero", "match", "from", "until"])
@pytest.mark.parametrize("shared", ["{field}", "net.{field}", "net.to.{field}"])
def test_weights_can_not_be_mistaken_for_the_fields_of_a_pool(shared: str, field: str) -> None:
    document: Any = {"dev": 0.5}
    for depth, step in enumerate(reversed(shared.format(field=field).split("."))):
        document = {step: document if depth else 0.5} | ({"ops": 0.5} if not depth else {})

    assert not validator().is_valid({"shared": document})
