"""What botocore would have made of an answer, had it come over the wire. It knows no operation.

It imports botocore, so it is loaded with the first call.
"""

import inspect
import itertools
import json
import time
import uuid
from email.utils import formatdate
from functools import lru_cache
from typing import Any

from botocore.awsrequest import AWSResponse, HeadersDict

from pytest_sagemaker_ie.core.wire import Wire

__all__ = ["encode", "http_response", "request_id", "respond"]

encode = json.JSONEncoder(separators=(",", ":")).encode
# Request ids look like the service's UUIDs: a number that counts, then what tells one process from another.
_request_number = itertools.count(1)
_process = str(uuid.uuid4())[8:]
_flat: dict[str, bool] = {}
_date = (0, "")


class _Response(AWSResponse):
    """An AWSResponse that makes its headers and its content when asked: few callers ask, and making them costs."""

    def __init__(self, url: str, status_code: int, headers: dict[str, str], body: Wire) -> None:
        self.url = url
        self.status_code = status_code
        self.raw = None
        self._plain_headers = headers
        self._body = body

    def __getattr__(self, name: str) -> Any:
        if name == "headers":
            self.headers: Any = HeadersDict(self._plain_headers)
            return self.headers
        if name == "_content":
            self._content = encode(self._body).encode()
            return self._content
        raise AttributeError(name)


class _AsyncResponse(_Response):
    """The same for an async client, which awaits the content."""

    @property
    def content(self) -> Any:
        return self._awaited()

    async def _awaited(self) -> Any:
        return self._content


def respond(model: Any, url: str, status_code: int, body: Wire, parsers: Any) -> tuple[Any, Wire]:
    """Return the HTTP response and the parsed response for `body`, as an endpoint returns them.

    Args:
        model: botocore's model of the operation.
        url: where the request would have gone.
        status_code: the HTTP status.
        body: the answer in wire form; an error has its code as ``__type``.
        parsers: what makes the endpoint's parsers.
    """
    headers = _headers()
    if status_code < 300 and _is_flat(model):
        # The parser would give back what goes in, so it is not asked; the test suite holds the two against each other.
        headers["content-length"] = _content_length(*body.items())
        parsed = {
            **body,
            "ResponseMetadata": {
                "RequestId": headers["x-amzn-requestid"],
                "HTTPStatusCode": status_code,
                "HTTPHeaders": headers,
            },
        }
    else:
        content = encode(body).encode()
        headers["content-length"] = str(len(content))
        response = {"headers": headers, "status_code": status_code, "body": content, "context": {}}
        parse = parsers.create_parser("json").parse
        parsed = _at_once(parse(response, model.output_shape))
        if status_code >= 300:
            error_shape = model.service_model.shape_for_error_code(body["__type"])
            if error_shape is not None:
                parsed.update(_at_once(parse(response, error_shape)))
    parsed["ResponseMetadata"]["RetryAttempts"] = 0
    return _Response(url, status_code, headers, body), parsed


def _at_once(parsed: Any) -> Any:
    """Return what was parsed; an async client's parser gives a coroutine, which has nothing to wait for."""
    if inspect.iscoroutine(parsed):
        try:
            parsed.send(None)
        except StopIteration as end:
            return end.value
    return parsed


def http_response(url: str, status_code: int, body: Wire, *, for_async: bool) -> AWSResponse:
    """Return the HTTP response for `body`, as a ``before-send`` handler gives it: botocore parses it itself."""
    headers = _headers()
    headers["content-length"] = str(len(encode(body).encode()))
    return (_AsyncResponse if for_async else _Response)(url, status_code, headers, body)


def _headers() -> dict[str, str]:
    return {
        "x-amzn-requestid": request_id(),
        "content-type": "application/x-amz-json-1.1",
        "content-length": "",
        "date": _http_date(),
    }


def _is_flat(model: Any) -> bool:
    """Whether the operation's response is strings and nothing else, as that of Update is."""
    flat = _flat.get(model.name)
    if flat is None:
        flat = _flat[model.name] = all(each.type_name == "string" for each in model.output_shape.members.values())
    return flat


@lru_cache(maxsize=256)
def _content_length(*items: tuple[str, str]) -> str:
    return str(len(encode(dict(items))))


def request_id() -> str:
    """Return a request id, new for each answer."""
    return f"{next(_request_number):08x}{_process}"


def _http_date() -> str:
    global _date
    now = int(time.time())
    if _date[0] != now:
        _date = (now, formatdate(now, usegmt=True))
    return _date[1]
