"""Schema of the next major version of the AWS provider, read from the bindings that are generated from it.

The bindings (`requirements/bindings.in`) are one wheel, which is never installed: a Python module for each resource and
data source, with a class for each block. Docstrings have the names that Terraform uses.
"""

from __future__ import annotations

import ast
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from tools import WORK

_PACKAGE = "cdktf_cdktf_provider_aws"
_PARAMETER = re.compile(
    r":param (?P<parameter>\w+):.*?/providers/hashicorp/aws/(?P<version>[\d.]+)/docs\S*#(?P<name>\w+) \w+#(?P=name)\}"
)


@dataclass(frozen=True, slots=True)
class Block:
    """Arguments of a block by name: the block that an argument holds, or None for a plain value."""

    arguments: Mapping[str, Block | None]
    required: frozenset[str] = field(default=frozenset())
    attributes: frozenset[str] = field(default=frozenset())
    """Values that others may read of a resource or data source."""


@cache
def block(kind: str, name: str) -> Block | None:
    """Schema of a resource, a data source or the provider; None when the provider has none of that name.

    Args:
        kind: `resource`, `data` or `provider`.
        name: as in Terraform, such as `aws_sqs_queue`; `aws` for the provider.
    """
    module = {"data": "data_" + name, "provider": "provider"}.get(kind, name.removeprefix("aws_"))
    try:
        tree = ast.parse(_wheel().read(f"{_PACKAGE}/{module}/__init__.py"))
    except KeyError:
        return None
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    (configuration,) = (
        name for name, node in classes.items() if name == "AwsProviderConfig" or "MetaArguments" in _bases(node)
    )
    return _block(classes, configuration, _properties(classes[configuration.removesuffix("Config")]))


@cache
def version() -> str:
    """Version of the provider that the bindings are generated from."""
    text = _wheel().read(f"{_PACKAGE}/sqs_queue/__init__.py").decode()
    found = _PARAMETER.search(text)
    assert found
    return found["version"]


@cache
def _wheel() -> zipfile.ZipFile:
    wheels = list((WORK / "bindings").glob("*.whl"))
    assert len(wheels) == 1, "the schema comes from bindings of the provider: `make test-static` downloads them"
    return zipfile.ZipFile(wheels[0])


def _bases(node: ast.ClassDef) -> str:
    return " ".join(map(ast.unparse, node.bases))


def _properties(node: ast.ClassDef) -> frozenset[str]:
    return frozenset(
        member.name
        for member in node.body
        if isinstance(member, ast.FunctionDef) and "builtins.property" in map(ast.unparse, member.decorator_list)
    )


def _block(classes: Mapping[str, ast.ClassDef], name: str, attributes: frozenset[str] = frozenset()) -> Block:
    (constructor,) = (
        node for node in classes[name].body if isinstance(node, ast.FunctionDef) and node.name == "__init__"
    )
    documented = {
        found["parameter"]: found["name"] for found in _PARAMETER.finditer(ast.get_docstring(constructor) or "")
    }
    arguments: dict[str, Block | None] = {}
    required: set[str] = set()
    for argument, default in zip(constructor.args.kwonlyargs, constructor.args.kw_defaults, strict=True):
        if argument.arg not in documented:
            continue  # count, for_each and the like, which every resource has
        inner = _class_of(argument.annotation, classes)
        arguments[documented[argument.arg]] = _block(classes, inner) if inner else None
        if default is None:
            required.add(documented[argument.arg])
    return Block(arguments, frozenset(required), attributes)


def _class_of(annotation: ast.expr | None, classes: Mapping[str, ast.ClassDef]) -> str | None:
    """Name of the class that an annotation such as `Optional[Union["SqsQueueTimeouts", Dict[str, Any]]]` holds."""
    assert annotation is not None
    named = (
        node.value if isinstance(node, ast.Constant) else node.id
        for node in ast.walk(annotation)
        if isinstance(node, ast.Constant | ast.Name)
    )
    return next((str(name) for name in named if name in classes), None)
