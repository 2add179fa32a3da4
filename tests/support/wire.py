"""A tap on the wire between botocore and moto: counts calls, holds AWS's own limits, and lets calls fail on demand.

moto accepts what AWS refuses (25 ARNs in one TagResources, `aws:` keys), so the limits are asserted here, from the
botocore model where it states them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.loaders import Loader, create_loader
from botocore.model import ListShape, OperationModel, Shape, StructureShape
from botocore.session import Session

_LOADER = create_loader()
"""Shared, so that a test does not read service models from disk that another has read."""

Failing = Callable[[Mapping[str, Any]], "tuple[str, str, int, int] | None"]

# Limits that the models do not state. Sources: EC2 API reference (CreateTags: 1,000 resources; filters: 200 values).
_ARRAY_LIMITS = {"ec2:CreateTags": ("Resources", 1000), "ec2:DescribeTags": ("Filters.Values", 200)}


class Wire:
    """Makes sessions whose every call goes through this tap."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.requests: list[tuple[str, Mapping[str, Any]]] = []
        self._failing: dict[str, Failing] = {}
        self._answers: dict[str, Mapping[str, Any]] = {}
        self._unknown: frozenset[str] = frozenset()

    def untapped_session(self) -> Session:
        """A session for the test's own calls."""
        session = Session()
        session.register_component("data_loader", _LOADER)
        session.set_default_client_config(Config(user_agent="tests"))  # botocore makes the usual one for each call
        return session

    def session(self) -> Session:
        """A session for the function."""
        session = self.untapped_session()
        if self._unknown:
            session.register_component("data_loader", _Older(self._unknown))
        session.register("provide-client-params.*.*", self._taken)
        # An answer given here is taken instead of a request; the stubs know only handlers that return nothing.
        session.register("before-call.*.*", self._before_call)  # type: ignore[arg-type]
        return session

    def fail(
        self,
        operation: str,
        code: str,
        message: str = "",
        when: Callable[[Mapping[str, Any]], bool] | None = None,
        status: int = 400,
        retries: int = 0,
    ) -> None:
        """Let an operation such as `ec2:CreateTags` fail, always or for the requests that `when` picks.

        `retries` is how often the SDK has sent the request again until it got this answer.
        """
        failure = (code, message, status, retries)
        self._failing[operation] = lambda params: failure if when is None or when(params) else None

    def age(self, *members: str) -> None:
        """Let the SDK of sessions made from now on be one from before some members of requests and answers."""
        self._unknown = frozenset(members)

    def before(self, operation: str, action: Callable[[], object], call: int = 1) -> None:
        """Let something happen just before a call of an operation: the first one, or another."""
        due = self.calls[operation] + call

        def happen(_: Mapping[str, Any]) -> None:
            if self.calls[operation] == due:
                action()

        self._failing[operation] = happen

    def answer(self, operation: str, body: Mapping[str, Any]) -> None:
        """Let an operation succeed with this answer instead of moto's."""
        self._answers[operation] = body

    def recover(self) -> None:
        """Let every operation succeed again, answered by moto."""
        self._failing.clear()
        self._answers.clear()

    def parameters(self, operation: str) -> list[Mapping[str, Any]]:
        """List the parameters of every call of an operation."""
        return [parameters for name, parameters in self.requests if name == operation]

    def count(self, *services: str) -> int:
        """Calls of these services."""
        return sum(n for operation, n in self.calls.items() if operation.split(":")[0] in services)

    def _taken(self, **event: Any) -> None:
        params, model = event["params"], event["model"]
        operation = _name(model)
        self.calls[operation] += 1
        self.requests.append((operation, params))
        if model.input_shape is not None:
            _check(model.input_shape, params, operation)
        if operation in _ARRAY_LIMITS:
            path, limit = _ARRAY_LIMITS[operation]
            assert len(_at(params, path)) <= limit, f"{operation} takes {limit} {path}"
        written = [key for key in _written_keys(params) if key.lower().startswith("aws:")]
        assert written == [] or operation.startswith("s3:"), f"{operation} cannot write {written}"

    def _before_call(self, **event: Any) -> tuple[Any, Any] | None:
        operation = _name(event["model"])
        if operation in self._answers:
            return AWSResponse("", 200, {}, None), self._answers[operation]  # type: ignore[arg-type]
        failing = self._failing.get(operation)
        failure = failing(self.requests[-1][1]) if failing else None
        if failure is None:
            return None
        code, message, status, retries = failure
        metadata = {"HTTPStatusCode": status, "RetryAttempts": retries}
        answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}
        return AWSResponse("", status, {}, None), answer  # type: ignore[arg-type]


class _Older(Loader):
    """The service models without some members."""

    def __init__(self, unknown: frozenset[str]) -> None:
        super().__init__(_LOADER.search_paths)
        self._unknown = unknown

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        model = _LOADER.load_service_model(service_name, type_name, api_version)
        if type_name != "service-2":
            return model
        return {**model, "shapes": {name: self._without(shape) for name, shape in model["shapes"].items()}}

    def _without(self, shape: Mapping[str, Any]) -> Mapping[str, Any]:
        if shape["type"] != "structure":
            return shape
        return {**shape, "members": {n: m for n, m in shape["members"].items() if n not in self._unknown}}


def _name(model: OperationModel) -> str:
    return f"{model.service_model.service_name}:{model.name}"


def _check(shape: Shape, value: Any, path: str) -> None:
    """Every `max` that the model states for a list or a text."""
    limit = shape.metadata.get("max")
    if limit is not None and isinstance(value, (str, list, tuple, dict)):
        assert len(value) <= limit, f"{path} takes {limit}, got {len(value)}"
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        for name, member in value.items():
            if name in shape.members:
                _check(shape.members[name], member, f"{path}.{name}")
    if isinstance(shape, ListShape) and isinstance(value, (list, tuple)):
        for item in value:
            _check(shape.member, item, path)


def _at(params: Mapping[str, Any], path: str) -> list[Any]:
    head, _, rest = path.partition(".")
    found = params.get(head, [])
    return [item for part in found for item in part.get(rest, [])] if rest else list(found)


def _written_keys(params: Mapping[str, Any]) -> list[str]:
    tags = params.get("Tags", [])
    return list(tags) if isinstance(tags, Mapping) else [tag["Key"] for tag in tags]
