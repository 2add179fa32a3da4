"""The client: where it goes, how it retries, and what its errors say."""

from __future__ import annotations

import socket
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import NoCredentialsError, UnauthorizedSSOTokenError
from botocore.stub import Stubber
from moto import mock_aws

from cost_allocation.query import CostQuery
from taggov.costs.sources.base import SourceError
from taggov.costs.sources.cost_explorer.client import account, client
from taggov.costs.sources.cost_explorer.source import CostExplorer
from tests.support.cost_explorer import TODAY, client_without_aws

MAY = CostQuery("UnblendedCost", date(2026, 5, 1), date(2026, 6, 1))


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the settings nor the keys of whoever runs the tests."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def session(region: str | None = None) -> boto3.Session:
    return boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name=region)


def source(on: Any) -> CostExplorer:
    return CostExplorer(on, today=TODAY, announce=lambda _: None)


@pytest.mark.parametrize(
    ("region", "endpoint"),
    [
        (None, "https://ce.us-east-1.amazonaws.com"),
        ("eu-central-1", "https://ce.us-east-1.amazonaws.com"),
        ("cn-north-1", "https://ce.cn-northwest-1.amazonaws.com.cn"),
    ],
)
def test_any_region_leads_to_the_one_of_its_partition_that_has_cost_explorer(region: str | None, endpoint: str) -> None:
    assert client(session(region)).meta.endpoint_url == endpoint


def test_botocore_retries_in_adaptive_mode() -> None:
    config: Any = client(session()).meta.config
    assert config.retries == {"mode": "adaptive", "total_max_attempts": 7}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("AccessDeniedException", "Cost Explorer: access denied: the caller needs the IAM action ce:GetCostAndUsage"),
        ("UnrecognizedClientException", "does not know these credentials"),
        ("ExpiredTokenException", "credentials have expired: sign in again"),
        ("LimitExceededException", "too many requests: wait"),
        ("ThrottlingException", "too many requests: wait"),
        ("BillExpirationException", "use a later --start"),
        ("DataUnavailableException", "enable Cost Explorer in the payer account"),
        ("InvalidNextTokenException", "run the query again"),
        ("RequestChangedException", "run the query again"),
        ("ResourceNotFoundException", "does not have the requested data: so says AWS"),
        ("ValidationException", "refused the query: so says AWS"),
        ("BillingViewHealthStatusException", "BillingViewHealthStatusException: so says AWS"),
    ],
)
def test_an_error_of_aws_is_one_line_for_people(code: str, words: str) -> None:
    on = client_without_aws()
    with Stubber(on) as stub:
        stub.add_client_error("get_cost_and_usage", code, "so\nsays AWS")
        with pytest.raises(SourceError, match=words) as raised:
            source(on).fetch(MAY)
    assert "\n" not in str(raised.value)


def test_words_of_aws_with_braces_are_left_alone() -> None:
    on = client_without_aws()
    with Stubber(on) as stub:
        stub.add_client_error("get_cost_and_usage", "NewException", "not {a} 0")
        with pytest.raises(SourceError, match=r"NewException: not \{a\} 0"):
            source(on).fetch(MAY)


def test_without_credentials_one_line_says_how_to_give_some() -> None:
    on = client(boto3.Session(region_name="us-east-1"))
    with pytest.raises(SourceError, match="no AWS credentials found: name a profile with AWS_PROFILE") as raised:
        source(on).fetch(MAY)
    assert isinstance(raised.value.__cause__, NoCredentialsError)


def test_an_sso_session_that_ended_says_how_to_renew_it() -> None:
    on = client_without_aws()

    def refuse(**_: Any) -> None:
        raise UnauthorizedSSOTokenError

    on.meta.events.register("before-call.ce.GetCostAndUsage", refuse)
    with pytest.raises(SourceError, match="aws sso login"):
        source(on).fetch(MAY)


def test_an_endpoint_that_does_not_answer_is_named() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}"
    on = boto3.Session().client(
        "ce",
        region_name="us-east-1",
        endpoint_url=endpoint,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(retries={"total_max_attempts": 1}),
    )
    with pytest.raises(SourceError, match=f'Could not connect to the endpoint URL: "{endpoint}'):
        source(on).fetch(MAY)


def test_the_account_is_that_of_the_caller() -> None:
    with mock_aws():
        assert account(session()) == "123456789012"


def test_without_credentials_there_is_no_account() -> None:
    with pytest.raises(SourceError, match="no AWS credentials"):
        account(boto3.Session(region_name="us-east-1"))
