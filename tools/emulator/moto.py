"""moto with missing parts of Organizations and of StackSets (`stack_sets.py`). Run it with `python -m`.

- The resource policy of an organization, with which the management account delegates.
- Calls of other accounts, recognized by their access keys, are refused unless all accounts may make them or the
  resource
  policy allows account and action. Sessions of roles are accepted: only MiniStack knows their account.
"""

from __future__ import annotations

import json
import re
from typing import Any

from moto import server
from moto.core.exceptions import JsonRESTError
from moto.organizations.responses import OrganizationsResponse

from tools.emulator import stack_sets
from tools.emulator.decode import Signature
from tools.permissions.policy import Principal, read_policy

OF_ALL_ACCOUNTS = {"DescribeOrganization"}
"""Calls that need no delegation. Source: DescribeOrganization in the Organizations API reference."""

_ID = "rp-emulated"
_ACCOUNT = re.compile(r"[0-9]{12}")

_call_action = OrganizationsResponse.call_action
_list_tags_for_resource = OrganizationsResponse.list_tags_for_resource
_contents: dict[str, str] = {}
"""The resource policies, by management account."""


def call_action(self: OrganizationsResponse) -> Any:
    """Refuse calls that are not delegated to the account."""
    account, action = _caller(self), self._get_action()
    if account == self.current_account or action in OF_ALL_ACCOUNTS or _is_delegated(self, account, action):
        return _call_action(self)
    error = {"__type": "AccessDeniedException", "Message": f"{action} is not delegated to {account}"}
    return 400, {**self.response_headers, "status": 400}, json.dumps(error)


def put_resource_policy(self: OrganizationsResponse) -> str:
    """Replace the policy."""
    _contents[self.current_account] = self.request_params["Content"]
    return _policy_document(self)


def describe_resource_policy(self: OrganizationsResponse) -> str:
    """Return the policy, or an error if there is none."""
    if self.current_account not in _contents:
        raise JsonRESTError("ResourcePolicyNotFoundException", "no resource policy")
    return _policy_document(self)


def delete_resource_policy(self: OrganizationsResponse) -> str:
    """Delete the policy."""
    _contents.pop(self.current_account, None)
    return "{}"


def list_tags_for_resource(self: OrganizationsResponse) -> str:
    """Answer also for the resource policy, which has no tags."""
    return '{"Tags": []}' if self.request_params["ResourceId"] == _ID else _list_tags_for_resource(self)


def _caller(response: OrganizationsResponse) -> str:
    """Read the account from the access key. Other keys belong to the management account."""
    signature = Signature.of({name.lower(): value for name, value in response.headers.items()})
    key = signature.access_key if signature else ""
    return key if _ACCOUNT.fullmatch(key) else str(response.current_account)


def _is_delegated(response: OrganizationsResponse, account: str, action: str) -> bool:
    principal = Principal(f"arn:aws:iam::{account}:root", account)
    return any(
        statement.allows and statement.names(principal) and f"organizations:{action}" in statement.actions
        for statement in read_policy("resource policy", _contents.get(response.current_account, '{"Statement": []}'))
    )


def _policy_document(response: OrganizationsResponse) -> str:
    account = response.current_account
    organization = response.organizations_backend.describe_organization()["Organization"]["Id"]
    arn = f"arn:aws:organizations::{account}:resourcepolicy/{organization}/{_ID}"
    summary = {"Id": _ID, "Arn": arn}
    return json.dumps({"ResourcePolicy": {"ResourcePolicySummary": summary, "Content": _contents[account]}})


for replacement in (
    call_action,
    put_resource_policy,
    describe_resource_policy,
    delete_resource_policy,
    list_tags_for_resource,
):
    setattr(OrganizationsResponse, replacement.__name__, replacement)
stack_sets.install()

if __name__ == "__main__":
    server.main()
