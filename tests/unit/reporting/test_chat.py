"""Messages for chat channels: the form that Amazon Q Developer shows, and nothing in it that others could write."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tag_governance.domain.entry import Entry
from tag_governance.domain.model import Fix, Problem, Violation
from tag_governance.reporting.chat import chat_message
from tag_governance.reporting.notices import notices_of
from tests.unit.reporting.test_notices import entry as finding

MISSING = Violation("Cost", Problem.MISSING, fix=Fix("Cost", "shared", "default"))
# https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html#event-schema
CONTENT = {"textType", "title", "description", "nextSteps", "keywords"}
METADATA = {"threadId", "summary", "eventType", "relatedResources", "additionalContext"}


def entry(number: int = 0, **fields: Any) -> Entry:
    return finding(number, **({"violations": (MISSING,)} | fields))


def message(*entries: Entry) -> dict[str, Any]:
    (notice,) = notices_of(entries, "tags")
    return chat_message(json.loads(notice.body))


def test_the_message_has_the_members_that_are_required_and_no_others() -> None:
    made = message(entry())

    assert (made["version"], made["source"]) == ("1.0", "custom")
    assert made.keys() == {"version", "source", "id", "content", "metadata"}
    assert made["content"].keys() <= CONTENT
    assert made["metadata"].keys() <= METADATA
    assert made["content"]["textType"] == "client-markdown"
    assert all(isinstance(value, str) for value in made["metadata"]["additionalContext"].values())


def test_it_says_what_where_and_what_to_do_with_a_link() -> None:
    content = message(entry())["content"]

    assert content["title"] == "[tags] 1 resource(s): 0 changed, 1 with violations"
    assert "Owner: ann" in content["description"]
    place = "(ec2:instance, account 123456789012, us-east-1)"
    link = "https://console.aws.amazon.com/go/view?arn=arn%3Aaws%3Aec2"
    assert f"- instance/i-00000000000000000 {place}: {link}" in content["description"]
    assert content["nextSteps"] == ["Cost is missing. Add the tag, for example with the value 'shared'."]


def test_the_same_step_for_many_resources_is_said_once() -> None:
    assert len(message(*(entry(number) for number in range(5)))["content"]["nextSteps"]) == 1


def test_a_channel_gets_ten_resources_and_the_number_of_the_others() -> None:
    made = message(*(entry(number) for number in range(25)))

    assert len(made["metadata"]["relatedResources"]) == 10
    assert made["content"]["description"].endswith("... and 15 more")


def test_values_of_tags_are_no_markup_link_or_mention() -> None:
    wrong = Violation("Cost", Problem.VALUE_NOT_ALLOWED, found="<!channel> [click](http://example.net) `x` @here")

    content = message(entry(owner="*ann* @all", violations=(wrong,)))["content"]

    text = content["description"] + "".join(content["nextSteps"])
    assert [mark for mark in ("<", ">", "*", "`", "](", "@here", "@all") if mark in text] == []
    assert "\u2217ann\u2217 @\u200ball" in content["description"]


@pytest.mark.parametrize("text", ["http://example.net/x", "https://example.net", "www.example.net", "WWW.example.net"])
def test_a_value_is_no_address_that_a_client_makes_a_link_of(text: str) -> None:
    content = message(entry(owner=text))["content"]

    assert text not in content["description"]


def test_a_message_is_not_longer_than_channels_show() -> None:
    wrong = tuple(Violation(f"Key{n}", Problem.VALUE_NOT_ALLOWED, found="v" * 200) for n in range(20))

    description = message(*(entry(number, violations=wrong) for number in range(10)))["content"]["description"]

    assert len(description) < 3100
    assert description.endswith("... the notice by mail or SNS has more")


def test_notices_to_one_owner_are_one_thread() -> None:
    first, second = message(entry(1)), message(entry(2))

    assert first["metadata"]["threadId"] == second["metadata"]["threadId"] == "tags/ann"
    assert first["id"] != second["id"]
