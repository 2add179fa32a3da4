"""Notices as custom notifications of Amazon Q Developer in chat applications, for Slack and Microsoft Teams. Pure.

A message of another form on the topic of a channel is not shown. Source: "Custom notifications" in the administrator
guide of Amazon Q Developer in chat applications.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tag_governance.reporting.notice_text import console_link, exemption_lines, problem_of, single_line, title_of

_LINK = re.compile(r"(?<=:)//|(?<=www)\.|(?<=WWW)\.", re.IGNORECASE)
_RESOURCES = 10
"""Resources that one message describes. A channel is for people; the topic of notices has them all."""
_LONGEST_DESCRIPTION = 3000
"""Characters; Slack cuts a block there, and no limit of Amazon Q Developer is documented."""
_LOOKALIKES = str.maketrans({"<": "\u2039", ">": "\u203a", "*": "\u2217", "`": "'", "@": "@\u200b"})
"""Slack and Teams know different markup, and no escape that both would take away."""


def chat_message(body: Mapping[str, Any]) -> dict[str, Any]:
    """Build the message for a channel from the body of a notice."""
    resources: Sequence[Mapping[str, Any]] = body["resources"]
    shown = resources[:_RESOURCES]
    lines = [line for exemption in body.get("exemptions", ()) for line in map(_plain, exemption_lines(exemption))]
    lines += [line for resource in shown for line in _lines(resource)]
    if len(resources) > len(shown):
        lines.append(f"... and {len(resources) - len(shown)} more")
    return {
        "version": "1.0",
        "source": "custom",
        "id": body["id"],
        "content": {
            "textType": "client-markdown",
            "title": title_of(body),
            "description": _cut([f"Owner: {_plain(body['owner'])}", *lines]),
            "nextSteps": list(dict.fromkeys(step for resource in shown for step in _steps(resource)))[:_RESOURCES],
            "keywords": [body["policy"]],
        },
        "metadata": {
            "threadId": f"{body['policy']}/{body['owner']}",
            "summary": title_of(body),
            "eventType": "tag-governance",
            "relatedResources": [resource["arn"] for resource in shown],
            "additionalContext": {"owner": body["owner"], "notice": body["id"]},
        },
    }


def _lines(resource: Mapping[str, Any]) -> Iterator[str]:
    link = console_link(resource["arn"])
    name = _plain(resource["arn"].split(":", 5)[5])
    place = f"{_plain(resource['resource_type'])}, account {resource['account']}, {resource['region']}"
    yield f"- {name} ({place}){'' if link is None else f': {link}'}"
    for change in resource["changes"]:
        yield f"  {_plain(change['key'])} was set to {_plain(change['after'])}"
    for violation in resource["violations"]:
        yield f"  {_plain(problem_of(violation))}"


def _steps(resource: Mapping[str, Any]) -> Iterator[str]:
    """List what the owner has to do. It is the same for many resources, so it names none."""
    yield from (_plain(problem_of({**violation, "found": None})) for violation in resource["violations"])


def _plain(text: str) -> str:
    """Keep a text of others from being read as markup, a link or a mention."""
    text = single_line(text).translate(_LOOKALIKES).replace("](", "] (")
    return _LINK.sub("\u200b\\g<0>\u200b", text)


def _cut(lines: Iterable[str]) -> str:
    """Join lines up to the limit, and say if there are more."""
    text = "\n".join(lines)
    if len(text) <= _LONGEST_DESCRIPTION:
        return text
    return f"{text[:_LONGEST_DESCRIPTION].rpartition(chr(10))[0]}\n... the notice by mail or SNS has more"
