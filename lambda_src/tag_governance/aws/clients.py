"""AWS clients for any account and region. The only module that makes sessions.

Credentials of member accounts refresh themselves (botocore's own assume-role fetcher), so a warm function calls STS
once an hour for each account.
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
"""Two attempts of at most six seconds, and a pause of at most one: `domain.budget.CALL_SECONDS`. What fails then is
tried again by way of the queue, which costs no neighbour its time."""
_KEPT_CLIENTS = 128
"""A warm function of a large organization meets hundreds of accounts; this many clients fit its memory."""


class NoRoute(Exception):
    """The account cannot be reached: no member role is configured."""


class Clients:
    """Clients by service, account and region; counts the requests that leave them.

    Args:
        policy: says which account is home, and which role opens the others.
        new_session: makes botocore sessions; the first has the function's own credentials, from the environment.
    """

    def __init__(self, policy: Policy, new_session: Callable[[], Session] = Session) -> None:
        self._policy = policy
        self._new_session = new_session
        self._home = new_session()
        self.calls: Counter[str] = Counter()
        self._session_of = lru_cache(_KEPT_CLIENTS)(self._make_session)
        self._client = lru_cache(_KEPT_CLIENTS)(self._make_client)

    def for_tags(self, service: str, account: str, region: str) -> Any:
        """A client that reads or writes tags in the account that owns the resources.

        Raises:
            NoRoute: the account is not the function's own and the policy names no member role.
        """
        return self._client(service, account, region)

    def own_roles(self, account: str) -> frozenset[str]:
        """List the names of the roles under which the function works in an account."""
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
    def sqs(self) -> SQSClient:
        client: SQSClient = self._client("sqs", self._policy.account, None)
        return client

    @property
    def organizations(self) -> OrganizationsClient:
        client: OrganizationsClient = self._client("organizations", self._policy.account, None)
        return client

    def _make_client(self, service: str, account: str, region: str | None) -> Any:
        return self._counted(self._session_of(account).create_client(service, region_name=region, config=CONFIG))

    def _make_session(self, account: str) -> Session:
        if account == self._policy.account:
            return self._home
        role = self._policy.member_role_name
        if role is None:
            raise NoRoute(f"account {account} cannot be reached: no member role is configured")
        fetcher = AssumeRoleCredentialFetcher(
            client_creator=lambda service, **keys: self._counted(
                self._home.create_client(service, config=CONFIG, **keys)
            ),
            source_credentials=self._home.get_credentials(),
            role_arn=f"arn:{self._policy.partition}:iam::{account}:role/{role}",
            extra_args={"RoleSessionName": self._policy.name},
        )
        member = self._new_session()
        member.set_config_variable("region", self._home.get_config_variable("region"))
        member.register_component("credential_provider", CredentialResolver([_AssumedRole(fetcher)]))
        # Service models are read from disk once for all accounts.
        member.register_component("data_loader", self._home.get_component("data_loader"))
        return member

    def _counted(self, client: Any) -> Any:
        # before-send.SERVICE.OPERATION fires once for each request on the wire, retries included.
        client.meta.events.register("before-send", self._count)
        return client

    def _count(self, event_name: str, **_: object) -> None:
        self.calls[":".join(event_name.split(".")[1:3])] += 1


class _AssumedRole(CredentialProvider):
    METHOD = "assume-role"

    def __init__(self, fetcher: AssumeRoleCredentialFetcher) -> None:
        super().__init__()
        self._fetcher = fetcher

    def load(self) -> DeferredRefreshableCredentials:
        return DeferredRefreshableCredentials(self._fetcher.fetch_credentials, self.METHOD)
