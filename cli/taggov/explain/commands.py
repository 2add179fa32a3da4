"""The command `taggov explain`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from tag_governance.domain.policy import Policy
from taggov.catalogue.entries import read_entries
from taggov.costs.sources.base import SourceError
from taggov.explain.explanation import Explanation
from taggov.explain.governing import effective_tags, exemptions_of, load_policy, mode_source, scope_of
from taggov.explain.position import HeldPolicy, Node, open_organization
from taggov.explain.tables import show
from taggov.terminal import console, exit_for_unknown_name, exit_with_error


def explain(
    account: Annotated[str, typer.Option(metavar="ID", help="The account, 12 digits.")],
    policy: Annotated[
        str, typer.Option(metavar="FILE", help="The policy: output policy_document, or s3://BUCKET/policy.json.")
    ] = "policy.json",
    tag: Annotated[str | None, typer.Option(metavar="KEY", help="Only this tag.")] = None,
    type: Annotated[str | None, typer.Option(metavar="TYPE", help="Only what concerns this type: s3:bucket.")] = None,
    profile: Annotated[str | None, typer.Option(metavar="NAME", help="The AWS profile.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Explain which scope governs an account, and why.

    Prints the scope and how it was found, the mode, each field of the tags with the scope that sets it, exemptions,
    and the policies of the stack that hold there. Reads AWS Organizations, if the policy has scopes for parts of it.
    """
    if not (len(account) == 12 and account.isascii() and account.isdecimal()):
        exit_with_error(f'--account is "{account}"; it is 12 digits')
    try:
        governing = load_policy(policy, profile)
        path: Sequence[Node] = ()
        held: list[HeldPolicy] | None = None
        if governing.known_scope(account) is None:
            organization = open_organization(profile)
            path = organization.path(account)
            held = organization.policies(path, governing.name)
    except SourceError as error:
        exit_with_error(str(error))
    scope, node = scope_of(governing, account, path)
    _check_names(governing, scope, tag, type)
    explanation = Explanation(
        account,
        scope,
        node,
        tuple(path),
        str(governing.scopes[scope].mode),
        mode_source(governing, scope),
        effective_tags(governing, scope, tag, type),
        exemptions_of(governing, account, type, datetime.now(UTC).date()),
        held,
    )
    if as_json:
        typer.echo(json.dumps(explanation.document, indent=2))
        return
    terminal = console()
    for part in show(explanation):
        terminal.print(part)


def _check_names(policy: Policy, scope: str, tag: str | None, resource_type: str | None) -> None:
    keys = {rule.key: rule.key for rule in policy.scopes[scope].rules}
    if tag is not None and tag not in keys:
        exit_for_unknown_name("tag", tag, keys)
    if resource_type is None or resource_type in policy.resource_types:
        return
    known = {entry.type: entry.type for entry in read_entries().types}
    if resource_type not in known:
        exit_for_unknown_name("resource type", resource_type, known)
    exit_with_error(f'"{resource_type}" is not governed: resource_types of the configuration leaves it out')
