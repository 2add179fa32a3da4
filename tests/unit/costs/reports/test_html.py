"""Reports as web pages."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cost_allocation.model import CostTable
from taggov.costs.render.labels import About
from taggov.costs.reports.html import write_html
from tests.support.allocated import bill, charge, reported, two_currencies

ABOUT = About("2026-05-01 to 2026-06-30", "allocation_rules.yaml")
VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """The elements and the cells of a page; it fails when tags do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += data
        elif data.strip() and "style" not in self.open:
            self.texts.append(data.strip())


def page(table: CostTable, path: Path, *columns: str) -> tuple[Page, str]:
    write_html(reported(table, *columns), ABOUT, path / "report.html")
    text = (path / "report.html").read_text(encoding="utf-8")
    return Page(text), text


def test_the_page_has_the_rows_and_their_totals(tmp_path: Path) -> None:
    read, _ = page(two_currencies(), tmp_path, "month", "team")

    assert ["Month", "Team", "Currency", "Direct cost", "Shared cost", "Cost"] in read.rows
    assert ["2026-05", "dev", "USD", "100.00", "16.67", "116.67"] in read.rows
    assert ["2026-06*", "unknown", "USD", "-2.61", "0.00", "-2.61"] in read.rows
    assert ["Total", "USD", "167.52", "33.33", "200.85"] in read.rows
    assert ["Total", "JPY", "1,500", "11", "1,511"] in read.rows


def test_the_proof_has_the_amounts_of_the_table_and_warnings_are_read_first(tmp_path: Path) -> None:
    read, _ = page(two_currencies(), tmp_path, "team")

    assert ["USD", "210.84", "200.85", "9.99", "-2.61", "6"] in read.rows
    assert "USD: input 210.84 = output 200.85 + excluded 9.99, equal to the last digit" in read.texts
    assert read.texts.index("tag team is not activated") < read.texts.index("Totals")
    assert {"2026-05-01 to 2026-06-30", "BilledCost", "bill.csv", "allocation_rules.yaml"} <= set(read.texts)


def test_nothing_is_fetched_and_nothing_runs(tmp_path: Path) -> None:
    read, text = page(two_currencies(), tmp_path, "month", "team")

    assert not {tag for tag, _ in read.elements} & {"script", "link", "img", "iframe", "object", "base", "form"}
    assert not [attributes for _, attributes in read.elements if {"src", "href", "style"} & set(attributes)]
    assert not re.search(r"https?:|url\(|@import", text)
    policy = [attributes["content"] for _, attributes in read.elements if "http-equiv" in attributes]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "&lt;"]
)
def test_texts_are_never_markup(tmp_path: Path, hostile: str) -> None:
    table = bill(charge("1", "web", environment=hostile, service=hostile), warnings=(hostile,))

    read, text = page(table, tmp_path, "environment", "service")

    assert [hostile, hostile, "USD", "1.00", "0.00", "1.00"] in read.rows
    assert hostile in read.texts
    assert "<script" not in text
    assert not [tag for tag, _ in read.elements if tag == "img"]


def test_tables_are_told_to_those_who_hear_them(tmp_path: Path) -> None:
    read, _ = page(two_currencies(), tmp_path, "month", "team")

    tags = [tag for tag, _ in read.elements]
    assert tags.count("caption") == tags.count("table") == 2
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in read.elements if tag == "th")
    assert ("html", {"lang": "en"}) in read.elements
    regions = [attributes for _, attributes in read.elements if attributes.get("role") == "region"]
    assert all(region["tabindex"] == "0" and region["aria-label"] for region in regions)


def test_bars_grow_from_a_common_zero_and_credits_grow_the_other_way(tmp_path: Path) -> None:
    read, _ = page(bill(charge("30", "web"), charge("-10")), tmp_path, "team")

    bars = [attributes for tag, attributes in read.elements if tag == "rect"]
    assert [(bar["x"], bar["width"], bar.get("class")) for bar in bars] == [
        ("25.000", "75.000", None),
        ("0.000", "25.000", "negative"),
    ]
    assert "Cost by team in USD" in read.texts


def test_a_chart_of_many_values_leaves_nothing_out(tmp_path: Path) -> None:
    read, _ = page(bill(*(charge("2", region=f"r{index:02}") for index in range(40))), tmp_path, "region")

    at = read.texts.index("28 others")
    assert read.texts[at + 1] == "56.00"
    assert len([tag for tag, _ in read.elements if tag == "rect"]) == 13


def test_both_colour_schemes_can_be_read(tmp_path: Path) -> None:
    _, text = page(two_currencies(), tmp_path, "team")

    schemes = [dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{([^}]*)\}", text)]
    assert len(schemes) == 3
    for scheme in schemes:
        for front in ("text", "quiet"):
            for back in ("page", "band", "alert"):
                assert contrast(scheme[front], scheme[back]) >= 4.5
        assert min(contrast(scheme[bar], scheme["page"]) for bar in ("bar", "credit")) >= 3


def contrast(one: str, other: str) -> float:
    """By WCAG 2.2, from 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_report_of_nothing_says_so(tmp_path: Path) -> None:
    read, _ = page(bill(), tmp_path, "month", "team")

    assert ["No costs in this period."] in read.rows


def test_a_report_without_columns_has_its_totals(tmp_path: Path) -> None:
    read, _ = page(bill(charge("1")), tmp_path)

    assert ["Total USD", "1.00", "0.00", "1.00"] in read.rows
