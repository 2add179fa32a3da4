"""Storage of the policy document: always in S3, and also in the environment if it fits."""

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
    a larger one is read from S3, where its SHA-256 is its name. Both have to match the deployed SHA-256.

    Raises:
        PolicyError: it cannot be read, or is not the one that was deployed.
    """
    text = _read_inline(settings.policy_inline) if settings.policy_inline else _read_object(settings)
    return read_policy(text, settings.policy_sha256)


def _read_inline(packed: str) -> str:
    try:
        return gzip.decompress(b64decode(packed, validate=True)).decode()
    except (Base64Error, OSError, EOFError, UnicodeDecodeError) as error:
        raise PolicyError(f"environment variable POLICY_INLINE is not gzip in base64: {error}") from error


def _read_object(settings: Settings) -> str:
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.session import Session

    client: S3Client = Session().create_client("s3")  # type: ignore[assignment]
    key = f"policy/{settings.policy_sha256}.json"
    try:
        answer = client.get_object(Bucket=settings.policy_bucket, Key=key)
        return str(answer["Body"].read().decode())
    except (ClientError, BotoCoreError, UnicodeDecodeError) as error:
        raise PolicyError(f"policy document s3://{settings.policy_bucket}/{key} cannot be read: {error}") from error
