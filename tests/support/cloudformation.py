"""CloudFormation templates with their functions resolved for one account and region.

Anything that the resolver does not know is an error, so that no test compares what is not there. Source: the intrinsic
functions and the return values of each resource type in the CloudFormation template reference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_REFERENCE = re.compile(r"\$\{(!?)([^}]*)\}")


@dataclass(frozen=True)
class Place:
    """The account and region of a stack."""

    account: str
    region: str
    partition: str = "aws"

    def arn(self, service: str, resource: str, *, is_global: bool = False) -> str:
        """Write the ARN of a resource in this place."""
        return f"arn:{self.partition}:{service}:{'' if is_global else self.region}:{self.account}:{resource}"


class UnknownInTemplateError(Exception):
    """Error: a template uses a function, name or attribute that the resolver does not know."""


_Value = Callable[[Place, dict[str, Any]], str]

_RETURNED: dict[tuple[str, str], _Value] = {
    ("AWS::IAM::Role", "Ref"): lambda place, made: str(made["RoleName"]),
    ("AWS::IAM::Role", "Arn"): lambda place, made: place.arn("iam", f"role/{made['RoleName']}", is_global=True),
    ("AWS::SQS::Queue", "Ref"): lambda place, made: (
        f"https://sqs.{place.region}.amazonaws.com/{place.account}/{made['QueueName']}"
    ),
    ("AWS::SQS::Queue", "Arn"): lambda place, made: place.arn("sqs", str(made["QueueName"])),
    ("AWS::SQS::Queue", "QueueName"): lambda place, made: str(made["QueueName"]),
    ("AWS::Events::Rule", "Arn"): lambda place, made: place.arn("events", f"rule/{made['Name']}"),
    ("AWS::CloudWatch::Alarm", "Arn"): lambda place, made: place.arn("cloudwatch", f"alarm:{made['AlarmName']}"),
}
"""Return values by resource type and attribute; `Ref` for what a reference to the resource gives."""


@dataclass(frozen=True)
class Template:
    """A template, its parameters, and the place of the stack."""

    document: Mapping[str, Any]
    place: Place
    parameters: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str, place: Place, parameters: Mapping[str, str] | None = None) -> Template:
        """Read a JSON template.

        Raises:
            UnknownInTemplateError: the parameters are not those that the template declares.
        """
        document = json.loads(text)
        given, declared = set(parameters or {}), set(document.get("Parameters", {}))
        if given != declared:
            raise UnknownInTemplateError(f"parameters {sorted(given)}, and the template has {sorted(declared)}")
        return cls(document, place, parameters or {})

    def of_type(self, resource_type: str) -> list[dict[str, Any]]:
        """Return the resolved properties of the resources of a type, in the template's order."""
        found = self.document["Resources"].items()
        return [self.properties(name) for name, resource in found if resource["Type"] == resource_type]

    def properties(self, name: str) -> dict[str, Any]:
        """Return the resolved properties of one resource."""
        if "Condition" in self._resource(name):
            raise UnknownInTemplateError(f"{name} has a Condition")
        return {key: self.resolve(value) for key, value in self._resource(name).get("Properties", {}).items()}

    def resolve(self, value: Any) -> Any:
        """Resolve every function in a value.

        Raises:
            UnknownInTemplateError: a function, name or attribute is not known.
        """
        if isinstance(value, list):
            return [self.resolve(part) for part in value]
        if not isinstance(value, dict):
            return value
        functions = [key for key in value if key == "Ref" or key.startswith("Fn::")]
        if not functions:
            return {key: self.resolve(part) for key, part in value.items()}
        if len(value) > 1:
            raise UnknownInTemplateError(f"{functions[0]} among other keys: {sorted(value)}")
        return self._call(functions[0], value[functions[0]])

    def _call(self, function: str, argument: Any) -> str:
        match function, argument:
            case "Ref", str(name):
                return self._reference(name)
            case "Fn::GetAtt", [str(name), str(attribute)]:
                return self._attribute(name, attribute)
            case "Fn::Sub", str(text):
                return _REFERENCE.sub(self._substitute, text)
            case "Fn::Join", [str(separator), list(parts)]:
                return separator.join(str(self.resolve(part)) for part in parts)
        raise UnknownInTemplateError(f"{function} of {json.dumps(argument)}")

    def _substitute(self, found: re.Match[str]) -> str:
        is_literal, name = found.groups()
        if is_literal:
            return f"${{{name}}}"
        resource, _, attribute = name.partition(".")
        return self._attribute(resource, attribute) if attribute else self._reference(name)

    def _reference(self, name: str) -> str:
        pseudo = {
            "AWS::AccountId": self.place.account,
            "AWS::Region": self.place.region,
            "AWS::Partition": self.place.partition,
        }
        if name in pseudo:
            return pseudo[name]
        return self.parameters[name] if name in self.parameters else self._attribute(name, "Ref")

    def _attribute(self, name: str, attribute: str) -> str:
        resource_type = self._resource(name)["Type"]
        if (resource_type, attribute) not in _RETURNED:
            raise UnknownInTemplateError(f"{attribute} of {name} ({resource_type})")
        return _RETURNED[resource_type, attribute](self.place, self.properties(name))

    def _resource(self, name: str) -> Mapping[str, Any]:
        if name not in self.document["Resources"]:
            raise UnknownInTemplateError(f"{name} is no parameter and no resource of the template")
        found: Mapping[str, Any] = self.document["Resources"][name]
        return found
