"""AWS clients for any account and region. No other module creates sessions.

A warm function takes the role of a member account once an hour: the credentials, which are small, outlive the clients,
and botocore refreshes them shortly before they expire. Session name and source identity are the name of the stack, by
which CloudTrail shows these calls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)
from botocore.session import Session

from tag_governance.domain.policy import Policy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_organizations.client import OrganizationsClient
    from mypy_boto3_sns.client import SNSClient
    from mypy_boto3_sqs.client import SQSClient

CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=2, read_timeout=4, tcp_keepalive=True
)
"""Two attempts of at most six seconds each, and a pause of at most one second: `domain.budget.CALL_SECONDS`. What still
fails is retried through the queue, which takes no time from other messages."""
_CLIENT_CACHE_SIZE = 128
"""Number of cached clients. A warm function of a large organization calls hundreds of accounts; this many clients fit
into its memory."""
_CREDENTIALS_CACHE_SIZE = 4096
"""Number of accounts whose credentials are kept, a few kilobytes each. An organization may have more accounts, but one
copy of the function does not get events of more within an hour."""


class NoRoute(Exception):
    """Error: no member role is configured, so the account cannot be reached."""


class Clients:
    """Clients by service, account and region. They count the requests that are sent.

    Args:
        policy: names the home account and the role to assume in other accounts.
        new_session: creates botocore sessions. The first one has the function's own credentials, from the environment.
    """

    def __init__(self, policy: Policy, new_session: Callable[[], Session] = Session) -> None:
        self._policy = policy
        self._new_session = new_session
        self._home = new_session()
        self.calls: Counter[str] = Counter()
        self._credentials_of = lru_cache(_CREDENTIALS_CACHE_SIZE)(self._make_credentials)
        self._session_of = lru_cache(_CLIENT_CACHE_SIZE)(self._make_session)
        self._client = lru_cache(_CLIENT_CACHE_SIZE)(self._make_client)

    def for_tags(self, service: str, account: str, region: str) -> Any:
        """Return a client that reads or writes tags in the account that owns the resources.

        Raises:
            NoRoute: the account is not the home account, and the policy names no member role.
        """
        return self._client(service, account, region)

    def function_role_names(self, account: str) -> frozenset[str]:
        """Return the names of the roles that the function uses in an account."""
        own = self._policy.function_role_name if account == self._policy.account else self._policy.member_role_name
        return frozenset() if own is None else frozenset({own})

    @property
    def dynamodb(self) -> DynamoDBClient:
        client: DynamoDBClient = self._client("dynamodb", self._policy.account, None)
        return client

    @property
    def sns(self) -> SNSClient:
        client: SNSClient = self._client("sns", self._policy.account, None)
        return client

    @property
    def ses(self) -> Any:
        return self._client("sesv2", self._policy.account, None)

    @property
    def sqs(self) -> SQSClient:
        client: SQSClient = self._client("sqs", self._policy.account, None)
        return client

    @property
    def organizations(self) -> OrganizationsClient:
        client: OrganizationsClient = self._client("organizations", self._policy.account, None)
        return client

    def _make_client(self, service: str, account: str, region: str | None) -> Any:
        return self._count_requests_of(
            self._session_of(account).create_client(service, region_name=region, config=CONFIG)
        )

    def _make_session(self, account: str) -> Session:
        if account == self._policy.account:
            return self._home
        credentials = self._credentials_of(account)
        member = self._new_session()
        member.set_config_variable("region", self._home.get_config_variable("region"))
        member.register_component("credential_provider", CredentialResolver([_AssumedRole(credentials)]))
        # All accounts share the service models, which are read from disk once.
        member.register_component("data_loader", self._home.get_component("data_loader"))
        return member

    def _make_credentials(self, account: str) -> DeferredRefreshableCredentials:
        role = self._policy.member_role_name
        if role is None:
            raise NoRoute(f"account {account} cannot be reached: no member role is configured")
        name, external_id = self._policy.name, self._policy.member_external_id
        fetcher = AssumeRoleCredentialFetcher(
            # One client for all accounts: the credentials of this session refresh themselves.
            client_creator=lambda service, **_: self._client(service, self._policy.account, None),
            source_credentials=self._home.get_credentials(),
            role_arn=f"arn:{self._policy.partition}:iam::{account}:role/{role}",
            extra_args={"RoleSessionName": name, "SourceIdentity": name}
            | ({} if external_id is None else {"ExternalId": external_id}),
        )
        return DeferredRefreshableCredentials(fetcher.fetch_credentials, _AssumedRole.METHOD)

    def _count_requests_of(self, client: Any) -> Any:
        # before-send.SERVICE.OPERATION fires once per request, including retries.
        client.meta.events.register("before-send", self._count_request)
        return client

    def _count_request(self, event_name: str, **_: object) -> None:
        self.calls[":".join(event_name.split(".")[1:3])] += 1


class _AssumedRole(CredentialProvider):
    METHOD = "assume-role"

    def __init__(self, credentials: DeferredRefreshableCredentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> DeferredRefreshableCredentials:
        return self._credentials
