"""Currency rates in the rules file, or in a file that it names."""

from __future__ import annotations

import csv
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from taggov.costs.rules.file import RulesFileError, read_rules_file, read_rules_text

TABLE = "month,currency,rate\n2026-05,USD,1\n2026-05,EUR,1.08\n2026-06,USD,1\n2026-06, EUR ,1.1\n"
EXPECTED = {
    date(2026, 5, 1): {"USD": Fraction(1), "EUR": Fraction(27, 25)},
    date(2026, 6, 1): {"USD": Fraction(1), "EUR": Fraction(11, 10)},
}


def rules_naming(folder: Path, name: str, text: str) -> Path:
    """Rules beside the file with rates that they name."""
    (folder / name).write_text(text)
    path = folder / "rules.yaml"
    path.write_text(f"version: 1\ncurrency_rates: {name}\n")
    return path


def test_rates_stand_in_the_rules() -> None:
    text = "currency_rates:\n  2026-05: {USD: 1, EUR: 1.08}\n  2026-06: {USD: 1, EUR: 1.1}\n"

    assert read_rules_text(text, "rules.yaml").currency_rates == EXPECTED


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rates.csv", TABLE),
        ("rates.CSV", "\ufeff" + TABLE.replace("\n", "\r\n")),
        ("rates.yaml", "2026-05: {USD: 1, EUR: 1.08}\n2026-06: {USD: 1, EUR: 1.1}\n"),
        ("rates.json", '{"2026-05": {"USD": 1, "EUR": 1.08}, "2026-06": {"USD": 1, "EUR": 1.1}}'),
    ],
)
def test_rates_stand_in_a_file_beside_the_rules(tmp_path: Path, name: str, text: str) -> None:
    assert read_rules_file(rules_naming(tmp_path, name, text)).currency_rates == EXPECTED


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("rates.csv", "month,code,rate\n", "rates.csv: no column currency; the first line must be month,currency,rate"),
        ("rates.csv", "", "rates.csv: no column month, currency, rate; the first line must be month,currency,rate"),
        ("rates.csv", "month,currency,rate\n", "rates.csv: has no currency rates"),
        ("rates.yaml", "# later\n", "rates.yaml: has no currency rates"),
        ("rates.csv", f"{TABLE}2026-05,EUR,2\n", "rates.csv, line 6: EUR of 2026-05 occurs twice"),
        (
            "rates.csv",
            "month,currency,rate\n2026-05,USD,1\n2026-05,EUR,many\n",
            'rates.csv, line 3: 2026-05.EUR: must be a number, not "many"',
        ),
        (
            "rates.csv",
            "month,currency,rate\n2026-05,USD,1\n2026-05,EUR\n",
            'rates.csv, line 3: 2026-05.EUR: must be a number, not ""',
        ),
        (
            "rates.csv",
            "month,currency,rate\n2026-05,USD,1\n2026-05,EUR,0\n",
            'rates.csv, line 3: 2026-05.EUR: must be more than 0: "0"',
        ),
        (
            "rates.csv",
            "month,currency,rate\n2026-05,USD,1\n2026-05,EUR,-1\n",
            'rates.csv, line 3: 2026-05.EUR: must be a number, not "-1"',
        ),
        (
            "rates.csv",
            "month,currency,rate\n2026-05,USD,NaN\n",
            'rates.csv, line 2: 2026-05.USD: must be a number, not "NaN"',
        ),
        (
            "rates.csv",
            "month,currency,rate\nMay 2026,USD,1\n",
            'rates.csv, line 1: the document: "May 2026" is not a valid name; a name must be a month, YYYY-MM',
        ),
        (
            "rates.yaml",
            "2026-05: {usd: 1}\n",
            'rates.yaml, line 1: 2026-05: "usd" is not a valid name; a name must be a currency code such as EUR',
        ),
        ("rates.yaml", "- 1\n", "rates.yaml, line 1: the document: must be a mapping, not a list"),
        (
            "rates.csv",
            "month,currency,rate\n2026-05,EUR,1.08\n",
            "rules.yaml, line 2: currency_rates.2026-05: no currency has the rate 1; "
            "name the currency of the rates: USD: 1",
        ),
    ],
)
def test_rates_that_are_wrong_are_told_with_file_and_line(tmp_path: Path, name: str, text: str, complaint: str) -> None:
    with pytest.raises(RulesFileError) as caught:
        read_rules_file(rules_naming(tmp_path, name, text))

    assert caught.value.problems == [f"{tmp_path}/{complaint}"]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("currency_rates: rates.csv\n")

    with pytest.raises(RulesFileError, match="No such file or directory"):
        read_rules_file(path)


def test_a_text_without_a_folder_cannot_name_a_file() -> None:
    with pytest.raises(RulesFileError) as caught:
        read_rules_text("currency_rates: rates.csv\n", "rules.yaml")

    assert caught.value.problems == [
        'rules.yaml, line 1: currency_rates: names the file "rates.csv", which cannot be read here; '
        "list the rates instead"
    ]


@pytest.mark.parametrize("header", ["month,currency,rate\n2026-05,", "month,"])
def test_a_field_that_is_too_long_is_refused(tmp_path: Path, header: str) -> None:
    path = rules_naming(tmp_path, "rates.csv", f"{header}{'x' * 101},1\n")
    usual = csv.field_size_limit(100)
    try:
        with pytest.raises(RulesFileError, match=r"rates\.csv, line \d: field larger than field limit"):
            read_rules_file(path)
    finally:
        csv.field_size_limit(usual)


@pytest.mark.parametrize("separator", ["\u2028", "\x85", "\x0c"])
def test_only_line_ends_end_a_line(tmp_path: Path, separator: str) -> None:
    path = rules_naming(tmp_path, "rates.csv", f"month,currency,rate,note\n2026-05,USD,1,a{separator}b\n")

    assert read_rules_file(path).currency_rates == {date(2026, 5, 1): {"USD": Fraction(1)}}
