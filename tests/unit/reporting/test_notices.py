"""Notices: one for each owner, split by size, and no text from a tag gets a line of its own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tag_governance.domain.entry import Change, Entry
from tag_governance.domain.model import Kept, Mode, Problem, Status, Violation
from tag_governance.reporting.notices import Notice, notices_of

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MISSING = Violation("Cost", Problem.MISSING)
SNS_TAKES = 262_144
"""Bytes of a message of SNS. Source: SNS API reference."""


def entry(number: int = 0, **fields: Any) -> Entry:
    """Make a finding that somebody has to be told of."""
    given: dict[str, Any] = {
        "arn": f"arn:aws:ec2:us-east-1:123456789012:instance/i-{number:017}",
        "resource_type": "ec2:instance",
        "account": "123456789012",
        "region": "us-east-1",
        "scope": "default",
        "mode": Mode.NOTIFY,
        "status": Status.NON_COMPLIANT,
        "owner": "ann",
        "violations": (MISSING,),
        "first_seen": NOW,
        "last_seen": NOW,
    }
    return Entry(**given | fields)


def arns(notices: list[Notice]) -> list[str]:
    return [resource["arn"] for notice in notices for resource in json.loads(notice.body)["resources"]]


def test_each_owner_gets_one_message_and_nobody_none() -> None:
    notices = notices_of([entry(1), entry(2, owner="ben"), entry(3), entry(4, owner="")], "tags")
    assert [(notice.attributes["owner"], len(notice.entries)) for notice in notices] == [
        ("ann", 2),
        ("ben", 1),
        ("unknown", 1),
    ]


def test_messages_are_split_by_size_and_none_gets_lost() -> None:
    change = Change("c", NOW, {}, {f"k{i:03}": "v" * 256 for i in range(50)}, {}, {}, NOW, "e")
    entries = [entry(number, changes=(change,)) for number in range(100)]

    notices = notices_of(entries, "tags")

    assert len(notices) > 1
    assert all(len(notice.message.encode()) <= SNS_TAKES for notice in notices)
    assert arns(notices) == [e.arn for e in entries]
    assert len({notice.id for notice in notices}) == len(notices)


@pytest.mark.parametrize(
    "value", ["ann\nTo confirm, open http://example.net", "ann\r\n\r\nx", "ann\u2028x", "ann\u202e"]
)
def test_no_text_of_a_tag_gets_a_line_of_its_own_or_turns_the_order_of_letters(value: str) -> None:
    found = Violation("Environment", Problem.VALUE_NOT_ALLOWED, found=value)
    change = Change("c", NOW, {}, {"Team": value}, {}, {"Team": value}, NOW, "e")
    plain = notices_of([entry(violations=(MISSING,), changes=(change,))], "tags")
    (notice,) = notices_of([entry(owner=value, violations=(found,), reason=value, changes=(change,))], "tags")

    lines = notice.text.split("\n")
    assert len(lines) == len(plain[0].text.split("\n")) + 1  # the reason
    assert all(line.isprintable() for line in lines)
    assert str(notice.attributes["owner"]).isprintable()
    assert notice.subject.isprintable()


def test_the_same_news_has_the_same_id_and_other_news_another() -> None:
    (first,), (again,) = notices_of([entry(1)], "tags"), notices_of([entry(1, last_seen=None, version=9)], "tags")
    other = Violation("Cost", Problem.VALUE_NOT_ALLOWED, found="x")
    (changed,) = notices_of([entry(1, violations=(other,))], "tags")
    assert first.id == again.id != changed.id


def test_who_changed_a_contested_tag_back_is_named() -> None:
    contested = Violation("Environment", Problem.CONTESTED)
    kept = {"Environment": Kept("dev", "default", NOW, contested_by="arn:aws:iam::1:user/eve")}
    (notice,) = notices_of([entry(violations=(contested,), kept=kept)], "tags")
    (violation,) = json.loads(notice.body)["resources"][0]["violations"]
    assert violation["changed_back_by"] == "arn:aws:iam::1:user/eve"
    assert "Environment: contested, changed back by arn:aws:iam::1:user/eve" in notice.text
