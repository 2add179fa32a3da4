"""AWS errors as one-line messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from taggov.costs.sources.base import SourceError

_DENIED = "access denied: the caller needs the IAM action {action}"
_INVALID_KEYS = "AWS does not know these credentials: check the profile or the access keys"
_EXPIRED = "the AWS credentials have expired: sign in again, for example with `aws sso login`"
_TOO_MANY = "too many requests: wait a minute and try again"

_CODES: Mapping[str, str] = MappingProxyType(
    {
        "AccessDenied": _DENIED,
        "AccessDeniedException": _DENIED,
        "UnrecognizedClientException": _INVALID_KEYS,
        "InvalidClientTokenId": _INVALID_KEYS,
        "SignatureDoesNotMatch": _INVALID_KEYS,
        "InvalidSignatureException": _INVALID_KEYS,
        "ExpiredToken": _EXPIRED,
        "ExpiredTokenException": _EXPIRED,
        "LimitExceededException": _TOO_MANY,
        "Throttling": _TOO_MANY,
        "ThrottlingException": _TOO_MANY,
    }
)
"""Messages for the error codes that all services share (AWS, Common Error Types)."""


@contextmanager
def source_errors(service: str, action: str, codes: Mapping[str, str] = MappingProxyType({})) -> Iterator[None]:
    """Convert errors of botocore to `SourceError`.

    Args:
        service: display name.
        action: the IAM action that the block needs.
        codes: messages for error codes of this service. `{message}` is replaced by the message from AWS.
    """
    try:
        yield
    except NoCredentialsError as error:
        raise SourceError(
            "no AWS credentials found: name a profile with AWS_PROFILE, set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or sign in with `aws sso login`"
        ) from error
    except ClientError as error:
        raise SourceError(f"{service}: {_meaning(error, action, {**_CODES, **codes})}") from error
    except BotoCoreError as error:
        raise SourceError(f"{service}: {_one_line(str(error))}") from error


def _meaning(error: ClientError, action: str, codes: Mapping[str, str]) -> str:
    code = error.response["Error"].get("Code", "unknown error")
    message = _one_line(error.response["Error"].get("Message", ""))
    return codes.get(code, f"{code}: {{message}}").format(action=action, message=message or code)


def _one_line(text: str) -> str:
    return " ".join(text.split())
