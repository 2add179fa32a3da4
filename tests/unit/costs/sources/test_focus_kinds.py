"""A file of another kind is called what it is, with what to do about it."""

from __future__ import annotations

import bz2
import io
import lzma
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
import xlsxwriter

from cost_allocation.query import CostQuery
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.focus.files import FocusFiles
from tests.support.focus import charge, write_focus
from tests.support.focus_parquet import write_parquet

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"


def refusal(path: Path) -> str:
    with pytest.raises(SourceError) as refused:
        FocusFiles([str(path)]).fetch(CostQuery("BilledCost", None, None))
    said = str(refused.value)
    assert "\n" not in said
    return said.removeprefix(str(path))


def workbook() -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        book.add_worksheet().write(0, 0, "BilledCost")
    return content.getvalue()


def archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr("costs.csv", "BilledCost")
    return content.getvalue()


def tar() -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as packed:
        packed.addfile(tarfile.TarInfo("costs.csv"))
    return content.getvalue()


KINDS: Mapping[str, tuple[bytes, str]] = {
    "XLSX": (workbook(), "an Excel workbook (XLSX); save it as CSV UTF-8"),
    "XLS": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "an Excel workbook (XLS); save it as CSV UTF-8"),
    "ZIP": (archive(), "a ZIP archive; unpack it first"),
    "tar": (tar(), "a tar archive; unpack it first"),
    "bzip2": (bz2.compress(b"BilledCost\n"), "compressed with bzip2; unpack it first"),
    "xz": (lzma.compress(b"BilledCost\n"), "compressed with xz; unpack it first"),
    "Git LFS": (LFS, "a Git LFS pointer; fetch the file with `git lfs pull`"),
    "PDF": (b"%PDF-1.7\n", "a PDF document; export Parquet or CSV"),
    "XML": (
        b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
        "an XML document, perhaps the error of a download; fetch the file again",
    ),
    "HTML": (b"\n<!DOCTYPE html><html>", "a web page, perhaps the error of a download; fetch the file again"),
    "JSON": (b'{"rows": []}', "JSON; export Parquet or CSV"),
}


@pytest.mark.parametrize(("content", "kind"), KINDS.values(), ids=KINDS)
def test_by_its_first_bytes_whatever_its_name(tmp_path: Path, content: bytes, kind: str) -> None:
    for name, said in (
        ("x.csv", f": not CSV: it is {kind}"),
        ("x.parquet", f": not a Parquet file (it is {kind})"),
        ("x.bin", f": neither CSV nor Parquet: it is {kind}; expected .csv, .csv.gz, .parquet"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        assert refusal(path) == said


def test_parquet_by_the_name_of_csv(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "x.csv", charge("1"))
    assert refusal(path) == ": not CSV: it is a Parquet file; name it .parquet"


def test_csv_by_the_name_of_parquet(tmp_path: Path) -> None:
    path = write_focus(tmp_path / "x.parquet", charge("1"))
    assert refusal(path) == ": not a Parquet file (it does not begin with PAR1)"


@pytest.mark.parametrize("name", ["ORC_Cost", "BZh", "BZh9", "PAR1", "{id}", "[id]", '[{"id"}]'])
def test_a_header_that_begins_like_another_kind_is_a_header(tmp_path: Path, name: str) -> None:
    path = write_focus(tmp_path / "x.csv", {name: "", **charge("1")})
    assert FocusFiles([str(path)]).fetch(CostQuery("BilledCost", None, None)).rows[0].rows == 1


def test_orc_is_told_from_a_word(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"ORC\n\x03\x00BilledCost")
    assert refusal(tmp_path / "x.csv") == ": not CSV: it is an ORC file; export Parquet or CSV"


EXPORTS = {
    "identity/LineItemId,lineItem/UsageStartDate,lineItem/UnblendedCost,lineItem/CurrencyCode": (
        "an AWS Cost and Usage Report (CUR); export FOCUS with AWS Data Exports, or read Cost Explorer"
    ),
    "identity_line_item_id,line_item_usage_start_date,line_item_unblended_cost,product": (
        "an AWS Cost and Usage Report (CUR); export FOCUS with AWS Data Exports, or read Cost Explorer"
    ),
    "InvoiceID,PayerAccountId,LinkedAccountId,RecordType,RecordID,BlendedCost": (
        "an AWS billing report; export FOCUS with AWS Data Exports, or read Cost Explorer"
    ),
    "SubscriptionId,Date,MeterCategory,MeterId,CostInBillingCurrency,BillingCurrencyCode,Tags": (
        "Azure cost details; create an export of the dataset `Cost and usage (FOCUS)`"
    ),
    "invoiceId,date,meterCategory,costInBillingCurrency,costInPricingCurrency,billingCurrency,tags": (
        "Azure cost details; create an export of the dataset `Cost and usage (FOCUS)`"
    ),
    "SubscriptionGuid,UsageDateTime,MeterCategory,PreTaxCost,Currency,Tags": (
        "Azure usage details; create an export of the dataset `Cost and usage (FOCUS)`"
    ),
    "lineItem/referenceNo,lineItem/tenantId,lineItem/intervalUsageStart,cost/myCost,cost/currencyCode": (
        "an OCI cost report; take the reports below `FOCUS Reports/`"
    ),
    "lineItem/referenceNo,lineItem/intervalUsageStart,usage/billedQuantity": (
        "an OCI usage report; take the reports below `FOCUS Reports/`"
    ),
    "billing_account_id,service,sku,usage_start_time,cost,currency": (
        "a Google Cloud billing export; use its FOCUS view of BigQuery"
    ),
}


@pytest.mark.parametrize(("header", "kind"), EXPORTS.items(), ids=[kind.partition(";")[0] for kind in EXPORTS.values()])
def test_an_export_that_is_not_focus_by_its_columns(tmp_path: Path, header: str, kind: str) -> None:
    row = dict.fromkeys(header.split(","), "1")
    for path in (write_focus(tmp_path / "x.csv", row), write_parquet(tmp_path / "x.parquet", row, Tags="varchar")):
        assert refusal(path) == f": not FOCUS: it is {kind}"


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_an_export_that_is_not_focus_with_any_delimiter(tmp_path: Path, delimiter: str) -> None:
    header, kind = next(iter(EXPORTS.items()))
    (tmp_path / "x.csv").write_text(f"{header}\n1,2,3,4\n".replace(",", delimiter))
    assert refusal(tmp_path / "x.csv") == f": not FOCUS: it is {kind}"


def test_columns_of_our_own_do_not_make_focus_another_export(tmp_path: Path) -> None:
    path = write_focus(tmp_path / "x.csv", {**charge("1"), "MeterCategory": "x", "CostInBillingCurrency": "1"})
    assert FocusFiles([str(path)]).fetch(CostQuery("BilledCost", None, None)).rows[0].rows == 1
