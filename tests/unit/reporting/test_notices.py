"""Notices: one per owner, split by size, with single-line texts of tags."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tag_governance.domain.entry import Change, Entry
from tag_governance.domain.model import Correction, Fix, Mode, Problem, Status, Violation
from tag_governance.reporting.notices import Notice, notices_of

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MISSING = Violation("Cost", Problem.MISSING)
SNS_MESSAGE_LIMIT = 262_144
"""Bytes of an SNS message. Source: SNS API reference."""


def entry(number: int = 0, **fields: Any) -> Entry:
    """Build a finding to report."""
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


def test_each_owner_gets_one_notice() -> None:
    notices = notices_of([entry(1), entry(2, owner="ben"), entry(3), entry(4, owner="")], "tags")
    assert [(notice.attributes["owner"], len(notice.entries)) for notice in notices] == [
        ("ann", 2),
        ("ben", 1),
        ("unknown", 1),
    ]


def test_notices_are_split_by_size_without_loss() -> None:
    change = Change("c", NOW, {}, {f"k{i:03}": "v" * 256 for i in range(50)}, {}, {}, NOW, "e")
    entries = [entry(number, changes=(change,)) for number in range(100)]

    notices = notices_of(entries, "tags")

    assert len(notices) > 1
    assert all(len(notice.message.encode()) <= SNS_MESSAGE_LIMIT for notice in notices)
    assert arns(notices) == [e.arn for e in entries]
    assert len({notice.id for notice in notices}) == len(notices)


@pytest.mark.parametrize(
    "value", ["ann\nTo confirm, open http://example.net", "ann\r\n\r\nx", "ann\u2028x", "ann\u202e"]
)
def test_tag_text_adds_no_lines_and_does_not_reverse_text(value: str) -> None:
    found = Violation("Environment", Problem.VALUE_NOT_ALLOWED, found=value)
    change = Change("c", NOW, {}, {"Team": value}, {}, {"Team": value}, NOW, "e")
    plain = notices_of([entry(violations=(MISSING,), changes=(change,))], "tags")
    (notice,) = notices_of([entry(owner=value, violations=(found,), reason=value, changes=(change,))], "tags")

    lines = notice.text.split("\n")
    assert len(lines) == len(plain[0].text.split("\n")) + 1  # the line of the reason
    assert all(line.isprintable() for line in lines)
    assert str(notice.attributes["owner"]).isprintable()
    assert notice.subject.isprintable()


def test_the_id_of_a_notice_identifies_its_news() -> None:
    (first,), (again,) = notices_of([entry(1)], "tags"), notices_of([entry(1, last_seen=None, version=9)], "tags")
    other = Violation("Cost", Problem.VALUE_NOT_ALLOWED, found="x")
    (changed,) = notices_of([entry(1, violations=(other,))], "tags")
    assert first.id == again.id != changed.id


def test_the_principal_that_reverted_a_contested_tag_is_named() -> None:
    contested = Violation("Environment", Problem.CONTESTED)
    corrections = {"Environment": Correction("dev", "default", NOW, contested_by="arn:aws:iam::1:user/eve")}
    (notice,) = notices_of([entry(violations=(contested,), corrections=corrections)], "tags")
    (violation,) = json.loads(notice.body)["resources"][0]["violations"]
    assert violation["changed_back_by"] == "arn:aws:iam::1:user/eve"
    assert "Environment is contested, changed back by arn:aws:iam::1:user/eve." in notice.text


def test_the_text_says_what_happened_where_since_when_and_what_to_do() -> None:
    misspelt = Violation("Stage", Problem.MISSPELT_VALUE, "PROD", Fix("Stage", "prod", "value_spelling"))
    change = Change("c", NOW, {}, {"Team": "web"}, {}, {"Team": "default"}, NOW, "e")
    (notice,) = notices_of([entry(violations=(MISSING, misspelt), changes=(change,), reason="AccessDenied")], "tags")
    assert notice.text == (
        "[tags] 1 resource(s): 1 changed, 1 with violations, owner ann\n"
        "\n"
        "arn:aws:ec2:us-east-1:123456789012:instance/i-00000000000000000\n"
        "  ec2:instance in account 123456789012, region us-east-1\n"
        "  Changed: Team was set to 'web' (the default of the schema).\n"
        "  Violation: Cost is missing. Add the tag.\n"
        "  Violation: Stage has a misspelt value (found 'PROD'). Correct the value to 'prod'.\n"
        "  Open since 2026-06-01 00:00 UTC. The function changes no tags in mode notify. "
        "The finding is closed when its tags comply.\n"
        "  Reason: AccessDenied\n"
        "  https://console.aws.amazon.com/go/view?arn="
        "arn%3Aaws%3Aec2%3Aus-east-1%3A123456789012%3Ainstance%2Fi-00000000000000000"
    )


@pytest.mark.parametrize("problem", Problem)
def test_every_problem_has_a_sentence_that_names_the_tag(problem: Problem) -> None:
    (notice,) = notices_of([entry(violations=(Violation("Stage", problem, "x"),))], "tags")
    (line,) = [line for line in notice.text.split("\n") if line.startswith("  Violation: ")]
    assert line.startswith("  Violation: Stage ")
    assert "(found 'x')" in line
