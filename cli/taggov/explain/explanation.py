"""An explanation of what governs an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tag_governance.domain.policy import Exemption
from taggov.explain.governing import EffectiveTag
from taggov.explain.position import HeldPolicy, Node


@dataclass(frozen=True)
class Explanation:
    """Scope, fields and policies that govern an account."""

    account: str
    scope: str
    node: Node | None
    """Node that has the scope; None for the default scope."""
    path: tuple[Node, ...]
    """The account and everything above it; empty without an organization."""
    mode: str
    mode_scope: str | None
    tags: list[EffectiveTag]
    exemptions: list[Exemption]
    policies: list[HeldPolicy] | None
    """None if they were not looked up, because no scope is attached to a part of an organization."""

    @property
    def document(self) -> dict[str, Any]:
        """The explanation as JSON."""
        return {
            "version": 1,
            "account": self.account,
            "scope": self.scope,
            "found_at": None if self.node is None else self.node.id,
            "path": [_node(node) for node in self.path],
            "mode": {"value": self.mode, "scope": self.mode_scope},
            "tags": {
                tag.key: {field.name: {"value": field.value, "scope": field.scope} for field in tag.fields}
                for tag in self.tags
            },
            "exemptions": [
                {"name": one.name, "owner": one.owner, "reason": one.reason, "expires": one.expires.isoformat()}
                for one in self.exemptions
            ],
            "policies": None
            if self.policies is None
            else [
                {"type": one.type, "name": one.name, "id": one.id, "attached_to": _node(one.node)}
                for one in self.policies
            ],
        }


def _node(node: Node) -> dict[str, str]:
    return {"id": node.id, "name": node.name, "kind": node.kind}
