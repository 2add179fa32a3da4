"""The other questions of `taggov costs`."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from tests.support.command_line import asked, shown, taggov
from tests.support.focus import charge, write_focus


def test_the_total_of_each_month(bill: Path) -> None:
    document = asked("total", "--focus", str(bill))

    assert document["totals"] == [{"currency": "USD", "cost": "230.01"}]
    assert [(one["month"], one["cost"]) for one in document["months"]] == [("2026-05", "100"), ("2026-06", "130.01")]
    assert "230.01" in shown("total", "--focus", str(bill))


def test_the_values_of_a_tag_with_the_largest_first(bill: Path) -> None:
    document = asked("by-tag", "project", "--focus", str(bill))

    assert [(one["value"], one["cost"]) for one in document["values"]] == [
        ("web", "130.01"),
        ("api", "53"),
        ("shared", "40"),
        (None, "7"),
    ]
    assert "56.5 %" in shown("by-tag", "project", "--focus", str(bill))


def test_coverage_is_told_gross_net_and_by_category_with_what_would_help(bill: Path, rules: Path) -> None:
    document = asked("coverage", "--focus", str(bill), "--rules", str(rules))

    assert {one["of"]: one["ratio"] for one in document["coverage"]} == {
        "gross": 0.957083,
        "net": 0.969567,
        "Credit": None,
        "Usage": 0.957083,
    }
    assert [(one["account"], one["cost"]) for one in document["untagged"]] == [
        ("444455556666", "10"),
        ("111122223333", "-3"),
    ]


def test_coverage_below_the_target_fails_after_it_was_printed(bill: Path, rules: Path) -> None:
    arguments = ("coverage", "--focus", str(bill), "--rules", str(rules), "--fail-under-coverage")

    asked(*arguments, "97", code=3)
    asked(*arguments, "96.9", "--coverage", "net")


def test_kpis_are_by_team_owner_environment_and_customer(bill: Path, rules: Path, folder: Path) -> None:
    (folder / "metrics.csv").write_text("month,metric,team,value\n2026-06,orders,,130\n2026-06,orders,dev,0\n")

    document = asked("kpis", "--focus", str(bill), "--rules", str(rules), "--metrics", "metrics.csv")

    assert {one["environment"]: one["cost"] for one in document["per_environment"]} == {"prod": "113", None: "117.01"}
    assert {one["team"]: one["cost"] for one in document["per_team"]} == {"dev": "150.01", "ops": "73", "unknown": "7"}
    units = {(one["team"], one["metric"]): one["per_unit"] for one in document["unit_costs"]}
    assert units[None, "orders"].startswith("1.00007692307692")
    assert units["dev", "orders"] is None
    changes = {one["team"]: one for one in document["changes"]}
    assert (changes["dev"]["before"], changes["dev"]["after"], changes["dev"]["delta"]) == ("80", "70.01", "-9.99")
    assert changes["dev"]["drivers"][0] == {"name": "Amazon VPC", "delta": "-20"}


def test_a_trace_adds_up_from_the_amount_to_the_source_rows(bill: Path, rules: Path) -> None:
    document = asked("trace", "ops", "--focus", str(bill), "--rules", str(rules))

    assert sum(Decimal(one["cost"]) for one in document["origins"]) == 73
    shared = next(one for one in document["origins"] if one["shares"])["shares"][0]
    assert (shared["pool"], shared["weight"], shared["of"], shared["cost"]) == ("shared", "1/2", "40", "20")
    assert shared["pool_costs"]["rows"][0]["rule"] == 'shared.shared (tag project "shared")'
    assert "20.00 = 1/2 of 40.00 in shared.shared (fixed)" in shown(
        "trace", "ops", "--focus", str(bill), "--rules", str(rules)
    )


def test_a_trace_ends_at_the_rows_of_the_files(bill: Path, rules: Path) -> None:
    arguments = (
        "trace",
        "ops",
        "--focus",
        str(bill),
        "--rules",
        str(rules),
        "--only",
        "service=Amazon EC2",
        "--rows",
        "3",
    )

    (origin,) = asked(*arguments)["origins"]
    (row,) = origin["rows"][0]["source_rows"]

    assert row["file"] == str(bill)
    assert (row["columns"]["BilledCost"], row["columns"]["SubAccountId"]) == ("53", "111122223333")
    assert "SubAccountId=111122223333" in shown(*arguments)


def test_a_trace_of_a_team_that_there_is_not_names_the_nearest(bill: Path, rules: Path) -> None:
    result = taggov("costs", "trace", "opps", "--focus", str(bill), "--rules", str(rules))

    assert result.exit_code == 2
    assert result.stderr == 'taggov: unknown team "opps"; did you mean "ops"?\n'


def test_rules_are_checked_with_every_problem_by_line(folder: Path) -> None:
    (folder / "bad.yaml").write_text("projects:\n  web: 3\nshared: {dev: 0.5, ops: 0.6}\nteems: {}\n")

    result = taggov("costs", "rules", "check", "bad.yaml")

    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        'taggov: bad.yaml, line 2: projects.web: must be a text or a mapping or a list, not "3"',
        'taggov: bad.yaml, line 4: teems: unknown field; did you mean "teams"?',
    ]


def test_rules_that_are_right_are_still_looked_over(folder: Path) -> None:
    (folder / "good.yaml").write_text("projects: {web: shopp}\nteams: {shop: ana}\ndefault_owner: finops\n")

    document = asked("rules", "check", "good.yaml")

    assert document["valid"] is True
    assert document["notices"] == ['team "shopp" is not under teams, so finops owns its costs; did you mean "shop"?']


def test_a_pool_that_no_tag_reaches_is_pointed_out(folder: Path) -> None:
    (folder / "odd.yaml").write_text("projects: {net: shop}\nteams: {shop: ana}\nshared: {net: {split: even}}\n")

    assert asked("rules", "check", "odd.yaml")["notices"] == [
        "projects.net goes to shop, so no tag assigns costs to the pool of that name"
    ]


def test_the_schema_is_printed_for_editors() -> None:
    document = json.loads(taggov("costs", "rules", "schema").stdout)
    assert "shared" in document["properties"]


def test_a_diff_shows_what_moves_between_teams(bill: Path, rules: Path, folder: Path) -> None:
    (folder / "new.yaml").write_text(rules.read_text().replace("web: dev", "web: ops"))

    document = asked("rules", "diff", str(rules), "new.yaml", "--focus", str(bill))
    same = asked("rules", "diff", str(rules), str(rules), "--focus", str(bill))

    assert document["moves"] == [{"from": "dev", "to": "ops", "currency": "USD", "cost": "130.01"}]
    assert {one["team"]: one["delta"] for one in document["teams"]} == {
        "dev": "-130.01",
        "ops": "130.01",
        "unknown": "0",
    }
    (reason,) = document["rules"]
    assert reason == {
        "before": 'projects.web (tag project "web"): dev',
        "after": 'projects.web (tag project "web"): ops',
        "currency": "USD",
        "cost": "130.01",
    }
    assert same["moves"] == same["rules"] == []
    assert "nothing moves" in shown("rules", "diff", str(rules), str(rules), "--focus", str(bill))


def test_readings_that_agree(bill: Path) -> None:
    document = asked("reconcile", "--focus", str(bill))

    assert document["agree"] is True
    assert [one["difference"] for one in document["checks"]] == ["0", "0"]
    assert "agree" in shown("reconcile", "--focus", str(bill))


def test_allocated_rows_are_exported_for_other_tools(bill: Path, rules: Path, folder: Path) -> None:
    arguments = ("--focus", str(bill), "--rules", str(rules))
    for name, form in (("focus.csv", "focus"), ("rows.csv", "csv"), ("cbf.csv", "cloudzero-cbf")):
        written = asked("export", name, "--format", form, "--month", "2026-05", *arguments)
        dead, *absent = written.pop("warnings")
        assert written == {"file": name, "format": form, "rows": 3}
        assert dead == 'projects.api: no cost has the tag project "api"; there are shared, web'
        empty = [line.split(":")[0] for line in absent]
        assert empty == ([f"{cost} is empty" for cost in ("ListCost", "ContractedCost")] if form == "focus" else [])

    assert "x_Team" in (folder / "focus.csv").read_text().splitlines()[0]
    assert "cost/cost" in (folder / "cbf.csv").read_text().splitlines()[0]


def test_a_bill_of_the_made_up_company_is_written_and_read(folder: Path) -> None:
    made = asked("sample", "bill.parquet", "--rows", "2000")

    assert made == {"file": "bill.parquet", "rows": 2000, "seed": 1, "months": 6}
    totals = asked("report", "--focus", "bill.parquet")["totals"]
    assert {one["currency"] for one in totals} == {"EUR", "USD"}
    assert all(one["input"] == one["output"] for one in totals)


def test_the_built_in_sample_needs_nothing(folder: Path) -> None:
    document = asked("report", "--sample", "--by", "team")

    assert len({row["team"] for row in document["allocations"]}) > 8
    assert asked("kpis", "--sample")["unit_costs"]


def test_an_empty_month_is_an_answer(folder: Path) -> None:
    bill = write_focus(folder / "may.csv", charge("1"))

    assert asked("total", "--focus", str(bill), "--month", "2026-03")["totals"] == []
    assert "no costs" in shown("total", "--focus", str(bill), "--month", "2026-03")
    assert "no costs" in shown("report", "--focus", str(bill), "--month", "2026-03")


def test_no_costs_are_no_coverage(folder: Path) -> None:
    """A pipeline that reads nothing has not reached its target."""
    bill = write_focus(folder / "may.csv", charge("1"))

    result = taggov("costs", "coverage", "--focus", str(bill), "--month", "2026-03", "--fail-under-coverage", "1")
    assert result.exit_code == 3
    assert "taggov: warning: no costs in 2026-03; there are costs in 2026-05" in result.stderr.splitlines()
    assert result.stderr.splitlines()[-1] == "taggov: gross coverage is unknown: there are no costs"


def test_metrics_of_a_team_without_costs_are_pointed_out(bill: Path, rules: Path, folder: Path) -> None:
    (folder / "metrics.csv").write_text("month,metric,team,value\n2026-06,orders,devv,5\n")

    document = asked("kpis", "--focus", str(bill), "--rules", str(rules), "--metrics", "metrics.csv")
    assert document["warnings"] == ['metrics are given for team "devv", which has no costs']
