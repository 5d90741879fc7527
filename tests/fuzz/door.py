"""A client that sends whatever body it is told to, and all that there is to see of an account behind it."""

import functools
import re
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

__all__ = ["Door", "answer_of", "everything_of"]


class Door:
    """A real client without checks of its own. What its requests hold is replaced on the way to the account."""

    def __init__(self, region: str = "us-east-1", **options: Any) -> None:
        # Some requests are not answered: those are stopped only after they were signed.
        keys = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
        self.client: Any = boto3.client(
            "sagemaker", region, config=Config(parameter_validation=False), **keys, **options
        )
        self._methods: dict[str, Any] = {}
        self._body = b""
        self.client.meta.events.register_first("before-call.sagemaker", self._replace)

    def send(self, operation: str, body: bytes) -> dict[str, Any]:
        """Call an operation with `body` as the bytes that travel, and return the response."""
        if operation not in self._methods:
            name = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
            self._methods[operation] = getattr(self.client, name)
        self._body = body
        response: dict[str, Any] = self._methods[operation]()
        return response

    def _replace(self, params: dict[str, Any], **_: Any) -> None:
        params["body"] = self._body


def answer_of(call: Any, *arguments: Any, **parameters: Any) -> dict[str, Any]:
    """Return what a call is answered with: the response, or that of the error, which has an ``Error`` in it."""
    answer: dict[str, Any]
    try:
        answer = call(*arguments, **parameters)
    except ClientError as error:
        answer = dict(error.response)
    return answer


def everything_of(backend: Any) -> list[dict[str, Any]]:
    """Everything that can be seen of an account's experiments, their histories included."""
    return [{name: getattr(each, name) for name in _seen_of(type(each))} for each in backend.experiments]


@functools.cache
def _seen_of(view: type) -> list[str]:
    return [name for name in dir(view) if isinstance(getattr(view, name), property)]
