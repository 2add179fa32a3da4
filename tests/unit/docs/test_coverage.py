"""The page of what is covered."""

from __future__ import annotations

from typing import Any

from taggov.catalogue.entries import Entries, Entry
from tools.docs.coverage import page


def entry(name: str, *events: str, **fields: Any) -> Entry:
    create = [{"event_source": "x.amazonaws.com", "event_name": event, "tags": None} for event in events]
    document = {"create": create, "request_tag_actions": [], "enforced_for": None, "tag_api": "tagging"}
    document |= {"report_required_tag_for": None}
    return Entry(document | {"type": name} | fields)


def test_each_service_has_a_section_and_each_type_a_line() -> None:
    types = [
        entry("shop:order", "CreateOrder", "ImportOrder", request_tag_actions=["shop:CreateOrder"]),
        entry("shop:widget", "CreateWidget", enforced_for="shop:widgets"),
        entry("zoo:cage", "CreateCage", enforced_for="zoo:cage", report_required_tag_for="zoo:cage", tag_api="zoo"),
    ]

    text = page(Entries({"generated_from": {"botocore": "1.2.3"}}, types))

    assert "3 resource types of 2 services, created by 4 different events; made from botocore 1.2.3." in text
    assert "[shop](#shop) · [zoo](#zoo)" in text
    lines = [line for line in text.splitlines() if line.startswith(("## ", "| `"))]
    assert lines == [
        "## shop",
        "| `shop:order` | CreateOrder, ImportOrder | - | yes | - | tagging |",
        "| `shop:widget` | CreateWidget | - | - | enforce | tagging |",
        "## zoo",
        "| `zoo:cage` | CreateCage | - | - | yes | zoo |",
    ]
