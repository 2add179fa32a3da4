"""`taggov lint` names what Terraform accepts without a word, with file, line and suggestion."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from taggov.lint.interface import document_of, packaged_interface, read_interface
from tests.support.command_line import taggov
from tests.support.linted import call, found, write
from tools import ROOT

TODAY = datetime.now(UTC).date()

# What is written, and the findings in it: line, rule, subject, and a part of the message or suggestion.
FOUND: dict[str, tuple[str, list[tuple[int, str, str, str]]]] = {
    "a field in the singular": (
        """
        tags = {
          Owner = {
            allowed_value = ["a"]
          }
        }
        """,
        [(5, "unknown-field", 'tags["Owner"].allowed_value', "Did you mean allowed_values?")],
    ),
    "a field by another tool's name": (
        'tags = { Owner = { mandatory = true, "regex" : "[a-z]+" } }',
        [
            (3, "unknown-field", 'tags["Owner"].mandatory', "Did you mean required?"),
            (3, "unknown-field", 'tags["Owner"].regex', "Did you mean pattern?"),
        ],
    ),
    "a field in camel case": (
        'tags = { Owner = { allowedValues = ["a"] } }',
        [(3, "unknown-field", 'tags["Owner"].allowedValues', "Did you mean allowed_values?")],
    ),
    "a field like no other": (
        "tags = { Owner = { zzz = 1 } }",
        [(3, "unknown-field", 'tags["Owner"].zzz', "There are allowed_values, ")],
    ),
    "a field of an override": (
        """
        tags   = { Owner = {} }
        scopes = { dev = { target_id = "111122223333", tags = { Owner = { require = false } } } }
        """,
        [(4, "unknown-field", 'scopes["dev"].tags["Owner"].require', "Did you mean required?")],
    ),
    "fields of other settings": (
        """
        tags          = { Owner = {} }
        detection     = { settle_second = 5 }
        notifications = { subscriptions = { me = { protocol = "sqs", endpoint = "x", filter = {} } } }
        exemptions    = { a = { arns = ["arn:aws:s3:::a"], reason = "", owner = "", expires = "2999-01-01", why = "" } }
        """,
        [
            (4, "unknown-field", "detection.settle_second", "Did you mean settle_seconds?"),
            (5, "unknown-field", 'notifications.subscriptions["me"].filter', "Did you mean filter_policy?"),
            (6, "unknown-field", 'exemptions["a"].why', "There are accounts"),
        ],
    ),
    "an argument": (
        """
        tags  = { Owner = {} }
        scope = {}
        """,
        [(4, "unknown-field", "scope", "Did you mean scopes?")],
    ),
    "null for a tag": ("tags = { Owner = null }", [(3, "null-object", 'tags["Owner"]', "Write {}")]),
    "a misspelt key in a scope": (
        """
        tags = { Owner = {} }
        scopes = {
          dev = {
            target_id = "111122223333"
            tags = {
              Ownr = { required = false }
            }
          }
        }
        """,
        [(8, "similar-key", 'scopes["dev"].tags["Ownr"]', 'Did you mean "Owner"?')],
    ),
    "a key with other signs in a scope": (
        """
        tags   = { CostCenter = {} }
        scopes = { dev = { target_id = "111122223333", tags = { "cost-center" = { required = false } } } }
        """,
        [(4, "similar-key", 'scopes["dev"].tags["cost-center"]', 'Did you mean "CostCenter"?')],
    ),
    "two keys that differ by signs": (
        """
        tags = {
          CostCenter    = {}
          "Cost Center" = {}
        }
        """,
        [(5, "similar-key", 'tags["Cost Center"]', "key_aliases")],
    ),
    "a misspelt key in an exemption and in notifications": (
        """
        tags          = { Environment = {} }
        exemptions    = { a = { tags = { Enviroment = "x" }, reason = "r", owner = "o", expires = "2999-01-01" } }
        notifications = { owner_tag = "Environmnet" }
        """,
        [
            (4, "similar-key", 'exemptions["a"].tags["Enviroment"]', 'Did you mean "Environment"?'),
            (5, "similar-key", "notifications.owner_tag", 'Did you mean "Environment"?'),
        ],
    ),
    "an override without fields": (
        """
        tags   = { Owner = {} }
        scopes = { dev = { target_id = "111122223333", mode = "notify", tags = { Owner = {} } } }
        """,
        [(4, "dead-override", 'scopes["dev"].tags["Owner"]', "sets no field")],
    ),
    "an override that equals the schema, its defaults included": (
        """
        tags = { Owner = { allowed_values = ["a", "b"] } }
        scopes = { dev = { target_id = "111122223333", tags = { Owner = {
          allowed_values = ["a", "b"]
          required       = "true"
          pattern        = null
          protected      = true
        } } } }
        """,
        [
            (5, "dead-override", 'scopes["dev"].tags["Owner"].allowed_values', 'the same in tags["Owner"]'),
            (6, "dead-override", 'scopes["dev"].tags["Owner"].required', "Remove it."),
            (7, "dead-override", 'scopes["dev"].tags["Owner"].pattern', "null keeps the value from above"),
        ],
    ),
    "the mode of all": (
        """
        mode   = "notify"
        tags   = { Owner = {} }
        scopes = { dev = { target_id = "111122223333", mode = "notify" } }
        """,
        [(5, "dead-override", 'scopes["dev"].mode', "the mode is the same above")],
    ),
    "what a root sets, which has nothing above": (
        """
        organization = { id = "o-abcdefghij" }
        tags         = { Owner = { protected = true } }
        scopes = {
          all  = { target_id = "r-ab12", tags = { Owner = { protected = true } } }
          unit = { target_id = "ou-ab12-cdefgh34", tags = { Owner = { protected = false } } }
        }
        """,
        [(6, "dead-override", 'scopes["all"].tags["Owner"].protected', "the same in tags")],
    ),
    "what an account sets beside another, which is not above it": (
        """
        tags = { Owner = { required = true } }
        scopes = {
          a = { target_id = "111122223333", tags = { Owner = { required = true } } }
          b = { target_id = "444455556666", tags = { Owner = { required = false, pattern = "x" } } }
        }
        """,
        [(5, "dead-override", 'scopes["a"].tags["Owner"].required', "the same in tags")],
    ),
    "a scope without target": (
        """
        tags   = { Owner = {} }
        scopes = { dev = { mode = "notify" }, blank = { target_id = "" }, none = { target_id = null } }
        """,
        [(4, "unused-scope", f'scopes["{name}"]', "no target_id") for name in ("blank", "dev", "none")],
    ),
    "a unit of no organization": (
        """
        tags   = { Owner = {} }
        scopes = { dev = { target_id = "ou-ab12-cdefgh34", mode = "notify" } }
        """,
        [(4, "unused-scope", 'scopes["dev"]', "organization is not set")],
    ),
    "a scope that sets nothing and takes no policy": (
        """
        tags   = { Owner = {} }
        scopes = { dev = { target_id = "111122223333", tags = {} } }
        """,
        [(4, "unused-scope", 'scopes["dev"]', "sets neither mode nor tags")],
    ),
    "a tag that nothing reads": (
        """
        tags = {
          Owner = {}
          Note  = { required = false, description = "for people", default = "x" }
        }
        """,
        [(5, "unread-tag", 'tags["Note"]', "no cost rules were given")],
    ),
    "an exemption that is over": (
        """
        tags       = { Owner = {} }
        exemptions = { a = { accounts = ["111122223333"], reason = "r", owner = "o", expires = "2020-01-31" } }
        """,
        [(4, "exemption-ended", 'exemptions["a"].expires', "ended on 2020-01-31")],
    ),
    "a date in another form": (
        """
        tags       = { Owner = {} }
        exemptions = { a = { accounts = ["111122223333"], reason = "r", owner = "o", expires = "29990228" } }
        """,
        [(4, "exemption-date", 'exemptions["a"].expires', "Write it as YYYY-MM-DD.")],
    ),
    "a date that does not exist": (
        """
        tags       = { Owner = {} }
        exemptions = { a = { accounts = ["111122223333"], reason = "r", owner = "o", expires = "2999-02-30" } }
        """,
        [(4, "exemption-date", 'exemptions["a"].expires', "is not a valid date")],
    ),
}

# What gives no finding: it is right, or the files do not tell.
NOTHING: dict[str, str] = {
    "a scope of a schema that two parts share": """
        tags         = { Owner = {} }
        scopes       = { root = { target_id = "r-ab12" } }
        organization = { id = "o-abcdefghij", tag_policies = false, service_control_policies = false }
        """,
    "the least": "tags = { Owner = {} }",
    "an override that differs": """
        tags   = { Owner = { allowed_values = ["a", "b"] } }
        scopes = { dev = { target_id = "111122223333", tags = { Owner = { allowed_values = ["a"] } } } }
    """,
    "an override that takes back what a unit above may have changed": """
        organization = { id = "o-abcdefghij" }
        tags         = { Owner = { required = true } }
        scopes = {
          unit    = { target_id = "ou-ab12-cdefgh34", tags = { Owner = { required = false } } }
          account = { target_id = "111122223333", tags = { Owner = { required = true } } }
        }
    """,
    "a mode that takes back what a unit above may have changed": """
        organization = { id = "o-abcdefghij" }
        tags         = { Owner = {} }
        scopes = {
          unit    = { target_id = "ou-ab12-cdefgh34", mode = "notify" }
          account = { target_id = "111122223333", mode = "observe" }
        }
    """,
    "a scope to which policies are attached": """
        organization = { id = "o-abcdefghij" }
        tags         = { Owner = {} }
        scopes       = { all = { target_id = "r-ab12" } }
    """,
    "a new key in a scope": """
        tags   = { Owner = {} }
        scopes = { dev = { target_id = "111122223333", tags = { ExpiresOn = { pattern = "[0-9]+" } } } }
    """,
    "keys of their own that are near to others": """
        tags = { Owner = {}, Application = {}, CreatedBy = {}, ServiceTier1 = {}, Cost = {} }
        scopes = { dev = { target_id = "111122223333", tags = {
          ApplicationID = { required = false, pattern = "a" }, CreatedOn = {}, ServiceTier2 = {}, Host = {}
        } } }
    """,
    "an optional tag that others read": """
        tags = {
          Owner    = { derive_from = ["request_tag:Creator", "actor"] }
          Creator  = { required = false }
          Contact  = { required = false }
          Project  = { required = false, allowed_values = ["a"] }
          Customer = { required = false, deny_create_without = ["sqs:queue"] }
          Legacy   = { required = false }
        }
        notifications = { owner_tag = "Contact" }
        exemptions    = { a = { tags = { Legacy = "x" }, reason = "r", owner = "o", expires = "2999-01-01" } }
    """,
    "an alias where a key stands": """
        tags       = { Environment = { key_aliases = ["Environments"] } }
        exemptions = { a = { tags = { environments = "x" }, reason = "r", owner = "o", expires = "2999-01-01" } }
    """,
    "an optional tag that a scope requires": """
        tags   = { Owner = { required = false } }
        scopes = { prod = { target_id = "111122223333", tags = { Owner = { required = true } } } }
    """,
    "an exemption with time": """
        tags       = { Owner = {} }
        exemptions = { a = { accounts = ["111122223333"], reason = "r", owner = "o", expires = "2999-12-31" } }
    """,
    "arguments that every module takes": """
        providers  = { aws = aws.org }
        depends_on = [aws_s3_bucket.trail]
        count      = var.enabled ? 1 : 0
        tags       = { Owner = {} }
    """,
    "a line that is meant as it is": """
        tags = {
          Owner = {}
          Note  = { required = false } # taggov:ignore people read it
        }
    """,
}


@pytest.mark.parametrize("case", FOUND)
def test_what_is_wrong_is_named_with_line_and_suggestion(case: str, tmp_path: Path) -> None:
    arguments, expected = FOUND[case]
    write(tmp_path, {"main.tf": call(arguments)})

    result = taggov("lint", str(tmp_path))

    lines = result.stdout.splitlines()
    assert result.exit_code == 1
    assert len(lines) == len(expected), lines
    for line, (number, rule, subject, words) in zip(lines, sorted(expected), strict=True):
        assert line.startswith(f"{tmp_path}/main.tf:{number}: {subject}: "), line
        assert line.endswith(f" [{rule}]")
        assert words in line


@pytest.mark.parametrize("case", NOTHING)
def test_what_is_right_or_not_told_is_not_named(case: str, tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": call(NOTHING[case])})

    result = taggov("lint", str(tmp_path))

    assert (result.exit_code, result.output) == (0, "")


@pytest.mark.parametrize(
    ("days", "option", "rules"),
    [(0, (), ["exemption-ends"]), (29, (), ["exemption-ends"]), (32, (), []), (5, ("--ends-within", "3"), [])],
)
def test_an_exemption_is_named_before_it_ends(
    days: int, option: tuple[str, ...], rules: list[str], tmp_path: Path
) -> None:
    ends = TODAY + timedelta(days=days)
    exemption = f'{{ accounts = ["111122223333"], reason = "r", owner = "o", expires = "{ends}" }}'
    write(tmp_path, {"main.tf": call(f"tags = {{ Owner = {{}} }}\nexemptions = {{ a = {exemption} }}")})

    assert [rule for _, _, rule, _ in found(tmp_path, *option)] == rules


def test_a_tag_that_cost_rules_read_is_not_named(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "main.tf": call("tags = { Squad = { required = false }, Note = { required = false } }"),
            "allocation_rules.yaml": "tag_keys: {team: [squad]}\n",
            "other.yaml": "tag_keys: {project: [Note]}\n",
        },
    )

    assert [subject for *_, subject in found(tmp_path)] == ['tags["Note"]']
    assert [subject for *_, subject in found(tmp_path, "--rules", str(tmp_path / "other.yaml"))] == ['tags["Squad"]']


def test_cost_rules_that_can_not_be_read_are_refused(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": call("tags = { Owner = {} }"), "allocation_rules.yaml": "teams: [\n"})

    result = taggov("lint", str(tmp_path))

    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "allocation_rules.yaml" in result.stderr


def test_json_has_every_part_of_a_finding(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": call("tags = { Owner = { mandatory = true } }")})

    document = json.loads(taggov("lint", str(tmp_path), "--json").stdout)

    assert document == {
        "version": 1,
        "calls": 1,
        "findings": [
            {
                "file": f"{tmp_path}/main.tf",
                "line": 3,
                "rule": "unknown-field",
                "subject": 'tags["Owner"].mandatory',
                "message": "unknown field, which Terraform ignores silently",
                "suggestion": "Did you mean required?",
            }
        ],
        "errors": [],
    }


def test_fields_are_those_of_the_module() -> None:
    assert document_of(packaged_interface()) == document_of(read_interface(ROOT)), "run `make docs`"


def test_the_examples_and_the_readme_have_nothing_to_name(tmp_path: Path) -> None:
    result = taggov("lint", str(ROOT / "examples"))
    assert (result.exit_code, result.output) == (0, "")

    usage = (ROOT / "README.md").read_text(encoding="utf-8").partition("```hcl\n")[2].partition("```")[0]
    write(tmp_path, {"main.tf": usage})
    assert found(tmp_path) == []
