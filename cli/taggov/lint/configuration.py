"""Reading of a Terraform configuration: module calls with their arguments."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from taggov.costs.rules.lines import Document, NotYaml, load
from taggov.lint.evaluation import NoNames, evaluate
from taggov.lint.syntax import Attribute, Block, Body, NotTerraform, read_body
from taggov.lint.values import Entry, Items, Known, Pairs, Place, Value

_META_ARGUMENTS = frozenset({"count", "depends_on", "for_each", "providers", "source", "version"})


@dataclass(frozen=True, slots=True)
class Call:
    """A module block. `source` is None if it is not a literal text."""

    name: str
    place: Place
    folder: Path
    source: str | None
    arguments: Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class Folder:
    """Module calls of a folder."""

    calls: Sequence[Call]
    """Module blocks, once for each set of variable values."""
    problems: Sequence[NotTerraform]
    """Files that cannot be read. Their content counts as unknown."""


def folders(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the folders with Terraform files among and below the paths; for a file, its folder.

    Hidden folders, such as `.terraform`, are left out.
    """
    seen: set[Path] = set()
    for path in paths:
        for found in _below(path) if path.is_dir() else [path.parent]:
            if found.resolve() not in seen and _is_configuration(found):
                seen.add(found.resolve())
                yield found


def read_folder(folder: Path, var_files: Sequence[Path] = ()) -> Folder:
    """Read a folder as Terraform does.

    Args:
        var_files: variable files for every plan. By default, each variable file that Terraform does not load
            automatically (`prod.tfvars`, `environments/prod.tfvars`) is a separate plan, besides the plan without one.
    """
    problems: list[NotTerraform] = []
    files = _Files(problems)
    blocks = _Blocks(files.read(path) for path in _configuration(folder))
    loaded = [files.values(path) for path in _auto_loaded_files(folder)]
    if var_files:
        plans = [[*loaded, *map(files.values, var_files)]]
        optional: set[str] = set()
    else:
        further = [files.values(path) for path in _other_var_files(folder)]
        plans = [loaded, *([*loaded, one] for one in further)]
        optional = {name for one in further for name in one}
    calls: list[Call] = []
    for plan in plans:
        given = {name: value for one in plan for name, value in one.items()}
        names = _Names(folder, blocks, given, optional - set(plan[-1] if len(plan) > len(loaded) else ()))
        calls += [_call(block, folder, names) for block in blocks.modules.values()]
    return Folder(calls, problems)


class _Files:
    """Reader of files that collects their errors."""

    def __init__(self, problems: list[NotTerraform]) -> None:
        self._problems = problems

    def read(self, path: Path) -> Body:
        try:
            return read_body(path, str(path))
        except NotTerraform as error:
            self._problems.append(error)
            return Body({}, [])

    def values(self, path: Path) -> dict[str, Value]:
        body = self.read(path)
        return {name: evaluate(one.expression, NoNames()) for name, one in body.attributes.items()}


class _Blocks:
    """Blocks of all files. Override files come last and replace single attributes."""

    def __init__(self, bodies: Iterator[Body]) -> None:
        self.modules: dict[str, Block] = {}
        self.variables: dict[str, Block] = {}
        self.locals: dict[str, Attribute] = {}
        for body in bodies:
            for block in body.blocks:
                if block.kind == "locals":
                    self.locals |= block.body.attributes
                elif len(block.labels) == 1 and block.kind in ("module", "variable"):
                    known = self.modules if block.kind == "module" else self.variables
                    before = known.setdefault(block.labels[0], block)
                    before.body.attributes.update(block.body.attributes)


@dataclass
class _Names:
    """Locals and variables of one plan."""

    folder: Path
    blocks: _Blocks
    set_values: Mapping[str, Value]
    set_elsewhere: set[str]
    """Variables that only other plans set. Their values are unknown in this plan."""
    _locals: dict[str, Value | None] = field(default_factory=dict)

    def local(self, name: str) -> Value | None:
        if name not in self._locals:
            self._locals[name] = None  # A local that refers to itself stays unknown.
            attribute = self.blocks.locals.get(name)
            self._locals[name] = evaluate(attribute.expression, self) if attribute else None
        return self._locals[name]

    def variable(self, name: str) -> Value | None:
        return None if name in self.set_elsewhere else self.set_values.get(name)

    def variable_default(self, name: str) -> Value | None:
        block = self.blocks.variables.get(name)
        default = block.body.attributes.get("default") if block and name not in self.set_elsewhere else None
        return evaluate(default.expression, NoNames()) if default else None

    def file(self, path: str) -> Value | None:
        found = self.folder / path
        try:
            # JSON is YAML, and the YAML reader has line numbers.
            document = load(found.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError, NotYaml):
            return None
        return _decode(document, document.value, (), str(found))


def _decode(document: Document, value: Any, path: tuple[str | int, ...], shown: str) -> Value:
    place = Place(shown, document.line(path))
    if isinstance(value, Mapping):
        inner = {key: _decode(document, one, (*path, key), shown) for key, one in value.items()}
        return Pairs(place, {key: Entry(one.place, one) for key, one in inner.items()})
    if isinstance(value, list):
        return Items(place, tuple(_decode(document, one, (*path, i), shown) for i, one in enumerate(value)))
    return Known(place, float(value) if isinstance(value, Decimal) else value)


def _call(block: Block, folder: Path, names: _Names) -> Call:
    source = block.body.attributes.get("source")
    written = evaluate(source.expression, names) if source else None
    return Call(
        name=block.labels[0],
        place=block.place,
        folder=folder,
        source=str(written.content) if isinstance(written, Known) else None,
        arguments={
            name: Entry(one.place, evaluate(one.expression, names))
            for name, one in block.body.attributes.items()
            if name not in _META_ARGUMENTS
        },
    )


def _below(folder: Path) -> Iterator[Path]:
    for found, inner, _ in os.walk(folder):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        yield Path(found)


def _files_ending_in(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    return sorted(
        path
        for path in folder.iterdir()
        if path.name.endswith(endings) and not path.name.startswith(".") and path.is_file()
    )


def _configuration(folder: Path) -> list[Path]:
    """List the configuration files, override files last. Source: Terraform language, Override Files."""
    files = _files_ending_in(folder, (".tf", ".tf.json"))
    return sorted(files, key=lambda path: (path.name.split(".")[0].split("_")[-1] == "override", path.name))


def _auto_loaded_files(folder: Path) -> list[Path]:
    """List variable files that Terraform loads itself; the last wins. Source: Terraform language, Input Variables."""
    named = [folder / name for name in ("terraform.tfvars", "terraform.tfvars.json")]
    return [path for path in named if path.exists()] + _files_ending_in(folder, (".auto.tfvars", ".auto.tfvars.json"))


def _other_var_files(folder: Path) -> Iterator[Path]:
    """Find variable files for `-var-file`: in the folder, and below it where there is no other configuration."""
    for path in _files_ending_in(folder, (".tfvars", ".tfvars.json")):
        if path.name not in ("terraform.tfvars", "terraform.tfvars.json") and ".auto.tfvars" not in path.name:
            yield path
    for found, inner, names in os.walk(folder):
        inner[:] = sorted(
            name for name in inner if not name.startswith(".") and not _is_configuration(Path(found, name))
        )
        if Path(found) != folder:
            yield from (Path(found, name) for name in sorted(names) if name.endswith((".tfvars", ".tfvars.json")))


def _is_configuration(folder: Path) -> bool:
    return bool(_files_ending_in(folder, (".tf", ".tf.json")))
