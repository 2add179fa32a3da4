"""Rule: an account is governed by the scope that it is in, as AWS Organizations said within the last five minutes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tag_governance.domain.model import Status
from tests.support.events import ADDED, run_instances
from tests.support.policies import HOME, scope
from tests.support.world import NOW, World
from tools.policy_document import rule

MINUTES = timedelta(minutes=1)
COMPLIANT = {"Environment": "dev", "Owner": "ann"}


class Tree:
    """The organization: the root, `outer` in it, and `inner` and `other` in that."""

    def __init__(self, world: World) -> None:
        self.client = world.home.client("organizations")
        self.client.create_organization()
        self.root = self.client.list_roots()["Roots"][0]["Id"]
        self.outer = self.unit("outer", self.root)
        self.inner = self.unit("inner", self.outer)
        self.other = self.unit("other", self.outer)

    def unit(self, name: str, parent: str) -> str:
        made = self.client.create_organizational_unit(ParentId=parent, Name=name)
        return made["OrganizationalUnit"]["Id"]

    def account(self, name: str, unit: str) -> str:
        """Create an account in a unit."""
        status = self.client.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]
        self.move(status["AccountId"], unit)
        return status["AccountId"]

    def move(self, account: str, unit: str) -> None:
        (parent,) = self.client.list_parents(ChildId=account)["Parents"]
        if parent["Id"] != unit:
            self.client.move_account(AccountId=account, SourceParentId=parent["Id"], DestinationParentId=unit)


@pytest.fixture
def tree(world: World) -> Tree:
    return Tree(world)


def scopes(**targets: tuple[str, str]) -> dict[str, Any]:
    """Build a policy whose default scope observes, with scopes of a mode and a target."""
    return {"scopes": {"default": scope("observe")} | {name: scope(mode, to) for name, (mode, to) in targets.items()}}


def launch(world: World, account: str, event_id: str = "e-1", **policy: Any) -> str | None:
    """Report an untagged instance of an account to the function. Return the scope by which it was judged."""
    world.run(run_instances([f"i-{event_id}"], account=account, event_id=event_id), **policy)
    return world.results[0].verdict.scope


def listed(world: World) -> list[str]:
    """List the accounts and units whose parents were asked for."""
    return [call["ChildId"] for call in world.wire.parameters("organizations:ListParents")]


def test_the_nearest_scope_governs_an_account(world: World, tree: Tree) -> None:
    named, inner, outer, top = (
        tree.account(name, unit)
        for name, unit in (("a", tree.inner), ("b", tree.inner), ("c", tree.other), ("d", tree.root))
    )
    policy = scopes(
        root=("notify", tree.root), outer=("notify", tree.outer), inner=("notify", tree.inner), one=("notify", named)
    )

    judged = [launch(world, account, account, **policy) for account in (named, inner, outer, top, HOME)]

    assert judged == ["one", "inner", "outer", "root", "root"]


def test_an_account_below_no_scope_is_governed_by_the_default(world: World, tree: Tree) -> None:
    assert launch(world, tree.account("a", tree.root), **scopes(outer=("notify", tree.outer))) == "default"


def test_accounts_of_one_unit_share_what_is_above_it(world: World, tree: Tree) -> None:
    first, second = tree.account("a", tree.inner), tree.account("b", tree.inner)
    policy = scopes(root=("notify", tree.root))

    world.run(
        run_instances(["i-1"], account=first),
        run_instances(["i-2"], account=second, event_id="e-2"),
        run_instances(["i-3"], account=second, event_id="e-3"),
        **policy,
    )

    assert sorted(listed(world)) == sorted([first, tree.inner, tree.outer, second])


def test_without_a_scope_for_a_part_of_the_organization_nothing_is_asked(world: World) -> None:
    assert launch(world, "444455556666", scopes={"default": scope("observe")}) == "default"
    assert listed(world) == []


def test_without_an_organization_the_scope_of_an_account_is_known(world: World) -> None:
    policy = scopes(one=("notify", HOME))

    judged = [launch(world, account, account, organization_id=None, **policy) for account in (HOME, "444455556666")]

    assert judged == ["one", "default"]
    assert listed(world) == []


def test_a_moved_account_is_governed_by_its_new_scope_after_five_minutes(world: World, tree: Tree) -> None:
    account = tree.account("a", tree.inner)
    policy = scopes(inner=("observe", tree.inner), other=("remediate", tree.other))
    launch(world, account, **policy)
    tree.move(account, tree.other)

    judged = []
    for minutes in (4, 6):
        world.now = NOW + minutes * MINUTES
        judged.append(launch(world, account, f"e-{minutes}", **policy))

    assert judged == ["inner", "other"]


def test_an_account_that_arrived_after_the_apply_is_governed(world: World, tree: Tree) -> None:
    policy = scopes(outer=("remediate", tree.outer))
    launch(world, tree.account("a", tree.inner), **policy)

    assert launch(world, tree.account("b", tree.inner), "e-2", **policy) == "outer"


def test_nothing_is_written_in_an_account_outside_the_organization(world: World, tree: Tree) -> None:
    world.wire.fail("organizations:ListParents", "ChildNotFoundException", "no such child")
    (instance,) = world.instances(1)

    assert (
        world.run(run_instances([instance]), **scopes(outer=("remediate", tree.outer), own=("remediate", HOME))) == []
    )

    assert [result.status for result in world.results] == [Status.NOT_EVALUATED]
    assert world.instance_tags(instance) == [{}]
    assert world.gaps() == []


def test_an_account_that_left_is_outside_after_five_minutes(world: World, tree: Tree) -> None:
    policy = scopes(root=("remediate", tree.root))
    first, second = world.instances(2)
    world.run(run_instances([first]), **policy)
    world.wire.fail("organizations:ListParents", "ChildNotFoundException")

    world.run(run_instances([second], event_id="e-2"), now=NOW + 6 * MINUTES, **policy)

    assert world.instance_tags(first, second) == [ADDED, {}]


@pytest.mark.parametrize(("code", "status"), [("TooManyRequestsException", 400), ("ServiceException", 500)])
def test_an_unanswered_question_is_asked_again_and_an_old_answer_is_not_used(
    world: World, tree: Tree, code: str, status: int
) -> None:
    policy = scopes(root=("remediate", tree.root))
    first, second = world.instances(2)
    world.run(run_instances([first]), **policy)
    world.wire.fail("organizations:ListParents", code, status=status)
    event = run_instances([second], event_id="e-2")

    assert world.run(event, now=NOW + 6 * MINUTES, **policy) == ["m0"]
    assert world.instance_tags(second) == [{}]
    world.wire.recover()
    assert world.run(event, now=NOW + 7 * MINUTES, **policy) == []
    assert world.instance_tags(second) == [ADDED]


def test_a_known_position_outlasts_a_failure_of_organizations_for_five_minutes(world: World, tree: Tree) -> None:
    policy = scopes(root=("remediate", tree.root))
    first, second = world.instances(2)
    world.run(run_instances([first]), **policy)
    world.wire.fail("organizations:ListParents", "ServiceException", status=500)

    assert world.run(run_instances([second], event_id="e-2"), now=NOW + 4 * MINUTES, **policy) == []

    assert world.instance_tags(second) == [ADDED]


def test_denied_access_to_the_organization_is_one_gap_that_ends(world: World, tree: Tree) -> None:
    policy = scopes(root=("notify", tree.root))
    accounts = [tree.account(name, tree.inner) for name in "abcd"]
    world.wire.fail("organizations:ListParents", "AccessDeniedException", "not authorized", status=403)

    events = [run_instances([f"i-{n}"], account=account, event_id=account) for n, account in enumerate(accounts)]
    assert world.run(*events, **policy) == []

    assert {result.status for result in world.results} == {Status.NOT_EVALUATED}
    assert [(gap["account"], list(gap["denials"])) for gap in world.gaps()] == [(HOME, ["organizations:ListParents"])]
    world.wire.recover()
    for minutes in (20, 25, 40, 45):
        world.settle(NOW + minutes * MINUTES, **policy)
    # The instances are invented: EC2, which is asked at last, does not know them.
    assert {state["status"] for state in world.states()} == {"gone"}
    assert [gap for gap in world.gaps() if gap.get("denials")] == []


def test_an_account_whose_unit_is_gone_has_moved(world: World, tree: Tree) -> None:
    (account, policy) = tree.account("a", tree.inner), scopes(other=("notify", tree.other))
    tree.account("b", tree.other)
    world.wire.fail(
        "organizations:ListParents", "ChildNotFoundException", when=lambda call: call["ChildId"] == tree.inner
    )
    event = run_instances(["i-1"], account=account)
    assert world.run(event, **policy) == ["m0"]

    tree.move(account, tree.other)

    world.run(event, now=NOW + MINUTES, **policy)
    assert world.results[0].verdict.scope == "other"


def test_a_compliant_creation_costs_no_call_but_the_one_for_its_account(world: World, tree: Tree) -> None:
    policy = scopes(root=("remediate", tree.root))
    events = [run_instances([f"i-{n}"], COMPLIANT, event_id=f"e-{n}") for n in range(3)]

    world.run(*events, **policy)

    assert [result.status for result in world.results] == [Status.COMPLIANT] * 3
    assert dict(world.wire.calls) == {"organizations:ListParents": 1}


def test_the_tags_of_an_account_are_read_once_in_five_minutes(world: World, tree: Tree) -> None:
    tree.client.tag_resource(ResourceId=HOME, Tags=[{"Key": "Owner", "Value": "ann"}])
    policy: dict[str, Any] = {"scopes": {"default": scope(tags=[rule("Owner", derive_from=["account_tag"])])}}
    ids = world.instances(3)
    for instance, minutes in zip(ids, (0, 4), strict=False):
        world.run(run_instances([instance], event_id=instance), now=NOW + minutes * MINUTES, **policy)
    tree.client.tag_resource(ResourceId=HOME, Tags=[{"Key": "Owner", "Value": "ben"}])

    world.run(run_instances(ids[2:], event_id="e-3"), now=NOW + 6 * MINUTES, **policy)

    assert [tags["Owner"] for tags in world.instance_tags(*ids)] == ["ann", "ann", "ben"]
    assert world.wire.calls["organizations:ListTagsForResource"] == 2
