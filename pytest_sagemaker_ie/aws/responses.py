"""Turns an answer of the account into the one that botocore's endpoint returns. This module knows no operation."""

import functools
import itertools
import json
import time
import uuid
from email.utils import formatdate
from typing import Any

from botocore.awsrequest import AWSResponse

from pytest_sagemaker_ie.aws.install import at_once
from pytest_sagemaker_ie.core.wire import Wire

encode = json.JSONEncoder(separators=(",", ":")).encode
# Request ids have the form of the service's UUIDs: the number of the request, then a part that each process makes anew.
_request_number = itertools.count(1)
_process = str(uuid.uuid4())[8:]
_http_date = functools.lru_cache(maxsize=1)(formatdate)


class _Content(bytes):
    """Content that sync clients read and async clients await."""

    def __await__(self) -> Any:
        yield from ()
        return self


class _Text(str):
    __await__ = _Content.__await__


class _Response(AWSResponse):
    """An AWSResponse whose content is in memory."""

    def __init__(self, url: str, status_code: int, headers: Any, body: Wire) -> None:
        super().__init__(url, status_code, headers, None)
        self._body = body

    @property
    def content(self) -> Any:
        return _Content(self.text.encode())

    @property
    def text(self) -> Any:
        return _Text(encode(self._body))


def respond(model: Any, url: str, status_code: int, body: Wire, parsers: Any) -> tuple[Any, Wire]:
    """Return the HTTP response and the parsed response, as the endpoint with these `parsers` returns them."""
    content = encode(body)
    headers = _headers(content)
    parsed: Any
    if status_code < 300 and all(type(value) is str for value in body.values()):
        # botocore's parser would return the same values: the tests compare both.
        about = {"RequestId": headers["x-amzn-requestid"], "HTTPStatusCode": status_code, "HTTPHeaders": headers}
        parsed = {**body, "ResponseMetadata": about}
    else:
        response = {"headers": headers, "status_code": status_code, "body": content.encode(), "context": {}}
        parse = parsers.create_parser("json").parse
        parsed = at_once(parse(response, model.output_shape))
        if status_code >= 300:
            error_shape = model.service_model.shape_for_error_code(body["__type"])
            if error_shape is not None:
                parsed.update(at_once(parse(response, error_shape)))
    parsed["ResponseMetadata"]["RetryAttempts"] = 0
    return _Response(url, status_code, headers, body), parsed


def http_response(url: str, status_code: int, body: Wire) -> AWSResponse:
    """Return the HTTP response for `body`, which botocore parses."""
    return _Response(url, status_code, _headers(encode(body)), body)


def _headers(content: str) -> dict[str, str]:
    return {
        "x-amzn-requestid": request_id(),
        "content-type": "application/x-amz-json-1.1",
        "content-length": str(len(content)),  # JSON is ASCII here
        "date": _http_date(int(time.time()), usegmt=True),
    }


def request_id() -> str:
    """Return a request id, new for each answer."""
    return f"{next(_request_number):08x}{_process}"
