"""The place of the policy document: in the environment when it fits there, and always in S3."""

from __future__ import annotations

import gzip
from base64 import b64decode
from binascii import Error as Base64Error
from typing import TYPE_CHECKING

from tag_governance.domain.policy import Policy, PolicyError, read_policy
from tag_governance.domain.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


def load_policy(settings: Settings) -> Policy:
    """Read the deployed policy.

    A document small enough travels in the function's environment, so that a cold start needs no AWS call and no SDK;
    a larger one is read from its S3 object version. Both have to match the deployed SHA-256.

    Raises:
        PolicyError: it can not be read, or is not the one that was deployed.
    """
    text = _inline(settings.policy_inline) if settings.policy_inline else _stored(settings)
    return read_policy(text, settings.policy_sha256)


def _inline(packed: str) -> str:
    try:
        return gzip.decompress(b64decode(packed, validate=True)).decode()
    except (Base64Error, OSError, EOFError, UnicodeDecodeError) as error:
        raise PolicyError(f"environment variable POLICY_INLINE is not gzip in base64: {error}") from error


def _stored(settings: Settings) -> str:
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.session import Session

    client: S3Client = Session().create_client("s3")  # type: ignore[assignment]
    try:
        answer = client.get_object(
            Bucket=settings.policy_bucket, Key=settings.policy_key, VersionId=settings.policy_version_id
        )
        return str(answer["Body"].read().decode())
    except (ClientError, BotoCoreError, UnicodeDecodeError) as error:
        location = f"s3://{settings.policy_bucket}/{settings.policy_key}"
        raise PolicyError(f"policy document {location} can not be read: {error}") from error
