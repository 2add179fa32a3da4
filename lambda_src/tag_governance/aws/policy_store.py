"""Storage of the policy document: always in S3, and also in the environment if it fits."""

from __future__ import annotations

import gzip
from base64 import b64decode
from binascii import Error as Base64Error
from contextlib import suppress
from hashlib import sha256
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
    """Read the object that is named by the hash, else the current policy if it has this hash.

    When an apply ends half-way and the next one goes back to the former policy, Terraform deletes the object that it
    has just made again, because the former one had the same name.
    """
    from botocore.session import Session

    client: S3Client = Session().create_client("s3")  # type: ignore[assignment]
    try:
        return _read_key(client, settings.policy_bucket, f"policy/{settings.policy_sha256}.json")
    except PolicyError:
        with suppress(PolicyError):
            current = _read_key(client, settings.policy_bucket, "policy.json")
            if sha256(current.encode()).hexdigest() == settings.policy_sha256:
                return current
        raise


def _read_key(client: S3Client, bucket: str, key: str) -> str:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return client.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    except (ClientError, BotoCoreError, UnicodeDecodeError) as error:
        raise PolicyError(f"policy document s3://{bucket}/{key} cannot be read: {error}") from error
