"""Text of notices for people: what happened, where, since when, what comes next, and what to do. Pure.

The texts are made from the body of a notice, which is its JSON form (`reporting.notices`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from tag_governance.domain.model import Mode, Problem

_LONGEST_VALUE = 256
_REASONS: Mapping[str, str] = {
    "default": "the default of the schema",
    "key_spelling": "copied from another spelling of the key",
    "value_spelling": "the correct spelling of the value",
    "kept": "the value that it had before",
    "restored": "the value that another change had set",
}
_PROBLEMS: Mapping[Problem, str] = {
    Problem.MISSING: "{key} is missing{found}. Add the tag{proposed}.",
    Problem.MISSPELT_KEY: "{key} has a misspelt key{found}. Use the key {key}{proposed}.",
    Problem.AMBIGUOUS_KEY: "{key} has misspelt keys with different values{found}. Set {key} and remove the other keys.",
    Problem.OLD_KEY_LEFT: "{key} is set, but a misspelt key could not be removed{found}. Remove that key.",
    Problem.MISSPELT_VALUE: "{key} has a misspelt value{found}. Correct the value{target}.",
    Problem.VALUE_NOT_ALLOWED: "{key} has a value that is not allowed{found}. Set an allowed value.",
    Problem.NO_ROOM: "{key} is missing{found}, and the resource has no room for more tags. Remove a tag and add {key}.",
    Problem.CONTESTED: "{key} is contested{found}{changed_back}. The function stopped correcting it. "
    "Find out who changes it, and set an allowed value.",
    Problem.OVERWRITTEN: "{key} may have lost a value that somebody set{found}. Set the value that is right.",
}
_CONSOLES: Mapping[str, str] = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


def single_line(text: str) -> str:
    """Convert a text to one printable line: tag values must not add lines or reverse the text direction."""
    return "".join(c if c.isprintable() else " " for c in text)[:_LONGEST_VALUE]


def title_of(body: Mapping[str, Any]) -> str:
    """Write the subject of a notice."""
    if body.get("exemptions"):
        return f"[{body['policy']}] {len(body['exemptions'])} exemption(s) end"
    counts = f"{body['changed']} changed, {body['violations']} with violations"
    return f"[{body['policy']}] {len(body['resources'])} resource(s): {counts}"


def text_of(body: Mapping[str, Any]) -> str:
    """Write the text of a notice: a title, and a paragraph for each resource or exemption."""
    title = f"{title_of(body)}, owner {single_line(body['owner'])}"
    paragraphs = [
        *(exemption_lines(exemption) for exemption in body.get("exemptions", ())),
        *(lines_of(resource) for resource in body["resources"]),
    ]
    return "\n".join([title, *(line for paragraph in paragraphs for line in ("", *paragraph))])


def exemption_lines(exemption: Mapping[str, str]) -> tuple[str, str]:
    """Write the paragraph of an exemption that ends."""
    name, reason = single_line(exemption["name"]), single_line(exemption["reason"])
    if exemption["state"] == "expired":
        outlook = "Its resources are governed again. Remove it from the configuration, or give it another end."
    else:
        outlook = "After that day its resources are governed again. Tag them, or give the exemption another end."
    return f"Exemption {name}: {exemption['state']}, last day {exemption['expires']} ({reason}).", f"  {outlook}"


def lines_of(resource: Mapping[str, Any]) -> Iterator[str]:
    """Write the paragraph of one resource."""
    yield single_line(resource["arn"])
    yield f"  {resource['resource_type']} in account {resource['account']}, region {resource['region']}"
    for change in resource["changes"]:
        reason = single_line(_REASONS.get(change["why"], change["why"]))
        yield f"  Changed: {single_line(change['key'])} was set to {single_line(change['after'])!r} ({reason})."
    for violation in resource["violations"]:
        yield f"  Violation: {problem_of(violation)}"
    if resource["violations"]:
        yield f"  {_outlook(resource)}"
    if resource["cause"]:
        yield f"  Reason: {single_line(resource['cause'])}"
    link = console_link(resource["arn"])
    if link:
        yield f"  {link}"


def problem_of(violation: Mapping[str, Any]) -> str:
    """Write what is wrong with a tag, and what to do."""
    found, proposed, principal = violation["found"], violation["proposed"], violation.get("changed_back_by")
    return _PROBLEMS[Problem(violation["problem"])].format(
        key=single_line(violation["key"]),
        found="" if found is None else f" (found {single_line(found)!r})",
        proposed="" if proposed is None else f", for example with the value {single_line(proposed)!r}",
        target="" if proposed is None else f" to {single_line(proposed)!r}",
        changed_back="" if principal is None else f", changed back by {single_line(principal)}",
    )


def console_link(arn: str) -> str | None:
    """Write the address of a resource in the console of its partition; None for a partition without a public one."""
    console = _CONSOLES.get(arn.split(":")[1])
    return None if console is None else f"https://{console}/go/view?arn={quote(arn, safe='')}"


def _outlook(resource: Mapping[str, Any]) -> str:
    first_seen, mode = resource["first_seen"], resource["mode"]
    since = "" if first_seen is None else f"Open since {datetime.fromisoformat(first_seen):%Y-%m-%d %H:%M} UTC. "
    unchanged = "" if mode == Mode.REMEDIATE else f"The function changes no tags in mode {mode}. "
    return f"{since}{unchanged}The finding is closed when its tags comply."
