"""Calls that the simulation does not make: read, tag and untag every type of the catalogue; attached resources; the
organization; messages that fail; the policy in S3."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.session import Session

from tag_governance.aws.attempts import Attempts
from tag_governance.aws.ledger import Ledger
from tag_governance.aws.organization import Organization
from tag_governance.aws.policy_store import load_policy
from tag_governance.aws.readers import check_existence, find_attached_arns, node_tags, read_tags
from tag_governance.aws.senders import DeadLetter, send_dead_letters
from tag_governance.aws.writers import write_tags
from tag_governance.decision.plan import DescribeCall, ReadCall, WriteCall
from tag_governance.domain.arn import resource_id
from tag_governance.domain.budget import Budget
from tag_governance.domain.catalogue import ResourceType, load_catalogue
from tag_governance.domain.model import Observation, Source
from tag_governance.domain.policy import PolicyError
from tools.emulator.calls import Call
from tools.permissions.calls import all_types
from tools.permissions.simulated import principal
from tools.simulation.clients import SimulatedClients, session
from tools.simulation.policy import policy, settings
from tools.simulation.scenario import HOME
from tools.simulation.services import client_error

_PLACE = {"Partition", "Region", "Account"}
_POLICY = policy("remediate", 0, 60, True)
_NOW = datetime(2026, 6, 1, tzinfo=UTC)
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_REGION = "eu-west-1"
_OU = "ou-ab12-11111111"


class CallDriver:
    """Driver of the function's readers, writers and senders. All answers of AWS are empty.

    `calls` are the recorded calls. `arns` are ARNs by id, for services that are called with ids.

    Args:
        function: the function that makes the calls.
    """

    def __init__(self, function: str = "remediation") -> None:
        self.calls: list[Call] = []
        self.arns: dict[str, str] = {}
        self._function = function
        self._clients = SimulatedClients(_POLICY, self._answer)
        self._refused = frozenset({"GetObject"})

    def catalogue(self, account: str) -> None:
        """Read, tag and untag a resource of every type in one account."""
        for kind in _types():
            region = kind.regions.get("aws", _REGION)
            arn = _arn_of(kind, region, account)
            self.arns[resource_id(arn)] = arn
            api = kind.tag_api or "tagging"
            read_tags([ReadCall(account, region, api, kind.native, (arn,))], self._clients, _attempts())
            if kind.tag_api is not None:
                pairs, keys = (("Environment", "dev"),), ("env",)
                write = WriteCall(account, region, api, kind.native, (arn,), pairs, keys, ())
                write_tags([write], self._clients, _attempts())

    def resources_that_may_be_gone(self, account: str) -> None:
        """Check the existence of a resource of every type with such a call."""
        for kind in _types():
            if kind.describe is not None:
                arn = _arn_of(kind, _REGION, account)
                check_existence([DescribeCall(account, _REGION, kind.describe, (arn,))], self._clients, _attempts())

    def bucket_with_attribute_based_access_control(self, account: str) -> None:
        """Tag and untag a bucket that refuses PutBucketTagging."""
        before, self._refused = self._refused, self._refused | {"PutBucketTagging"}
        pairs = (("Environment", "dev"),)
        write = WriteCall(account, _REGION, "s3", None, ("arn:aws:s3:::bucket",), pairs, ("env",), ())
        write_tags([write], self._clients, _attempts())
        self._refused = before

    def volumes_of_an_instance(self, account: str) -> None:
        """Find the volumes of an instance."""
        arn = f"arn:aws:ec2:{_REGION}:{account}:instance/i-1"
        seen = Observation(arn, "ec2:volume", account, _REGION, _NOW, Source.CREATION, "1", attached_to=arn)
        find_attached_arns([seen], load_catalogue(), "aws", self._clients, _attempts())

    def scope_of_account(self, account: str) -> None:
        """Find the scope of an account, two levels up."""
        scopes = {name: replace(scope, target="r-ab12") for name, scope in _POLICY.scopes.items()}
        governing = replace(_POLICY, scopes=scopes)
        Organization(self._clients, governing, lambda: _NOW).scope_of(account, _attempts())

    def tags_of_account(self, account: str) -> None:
        """Read the tags of an account."""
        node_tags(account, account, HOME, self._clients, _attempts())

    def dead_letter(self) -> None:
        """Send a dead letter."""
        send_dead_letters(
            [DeadLetter("1", "{}", "because")], self._clients, settings().dead_letter_queue_url, Budget.of(None), 1
        )

    def failure_of_a_message(self) -> None:
        """Count a failure of a message."""
        Ledger(self._clients.dynamodb, settings().ledger_table, 400).count_failure("1", _NOW)

    def policy_in_s3(self, bucket: str) -> None:
        """Read a policy that does not fit into the environment."""
        stored = replace(settings(), policy_bucket=bucket, policy_sha256="0" * 64)
        client = self._clients.for_tags("s3", HOME, "us-east-1")
        with patch.object(Session, "create_client", lambda *_: client), suppress(PolicyError):
            load_policy(stored)

    def _answer(self, service: str, operation: str, place: tuple[str, str], parameters: Mapping[str, Any]) -> Any:
        account, region = place
        self.calls.append(Call(principal(self._function, account), service, operation, region, parameters))
        if operation in self._refused:
            raise client_error(operation, "InvalidRequest", "not for this resource")
        match operation:
            case "UpdateItem":
                return {"Attributes": {"failures": {"N": "1"}}}
            case "ListParents" if parameters["ChildId"].isdigit():
                return {"Parents": [{"Id": _OU, "Type": "ORGANIZATIONAL_UNIT"}]}
            case "ListParents":
                return {"Parents": [{"Id": "r-ab12", "Type": "ROOT"}]}
        return _nothing(session().get_service_model(service).operation_model(operation).output_shape)


def _types() -> Iterator[ResourceType]:
    catalogue = load_catalogue()
    for name, template in all_types():
        # This loads all types of a service at once.
        catalogue.type_of_arn(template)
        yield catalogue.type(name)


def _arn_of(kind: ResourceType, region: str, account: str) -> str:
    """Build an ARN whose last part is unique across types and accounts."""
    own = f"{kind.name.replace(':', '-').replace(' ', '-')}-{account}"
    names = [name for name in _VARIABLE.findall(kind.arn_template) if name not in _PLACE]
    ids = {name: account if name.endswith("Account") else f"{name}-{own}" for name in names}
    return kind.arn("aws", region, account, ids)


def _attempts() -> Attempts:
    return Attempts(Budget.of(None), {}, lambda: _NOW)


def _nothing(shape: Shape | None) -> Any:
    """Build an answer with empty lists and maps."""
    members = shape.members if isinstance(shape, StructureShape) else {}
    return {name: [] if isinstance(m, ListShape) else {} for name, m in members.items() if _is_many(m)}


def _is_many(shape: Shape) -> bool:
    return isinstance(shape, (ListShape, MapShape))
