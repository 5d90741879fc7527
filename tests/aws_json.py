"""A client of the AWS JSON 1.1 protocol that sends what it is told to, well-formed or not. It knows no operation."""

import json
import socket
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit

__all__ = ["Answer", "address_of", "headers_of", "post", "send_bytes"]


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: Any

    @property
    def code(self) -> str:
        """The error's code."""
        code: str = self.body["__type"]
        return code


def address_of(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


def headers_of(
    operation: str, *, key: str = "any", region: str = "us-east-1", **others: "str | None"
) -> dict[str, str]:
    """Return the headers that an SDK sends, and `others`: ``Sec_Fetch_Site`` is Sec-Fetch-Site, `None` is left out."""
    headers = {
        "X-Amz-Target": f"SageMaker.{operation}",
        "Content-Type": "application/x-amz-json-1.1",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={key}/20300615/{region}/sagemaker/aws4_request,"
        " SignedHeaders=host;x-amz-date;x-amz-target, Signature=0000",
        **{name.replace("_", "-"): value for name, value in others.items()},
    }
    return {name: value for name, value in headers.items() if value is not None}


def post(
    url: str,
    operation: str,
    parameters: Any = None,
    *,
    connection: "HTTPConnection | None" = None,
    method: str = "POST",
    path: str = "/",
    **headers: "str | None",
) -> Answer:
    """Send one request, over a connection of its own unless one is given; bytes travel as they are."""
    its_own = connection is None
    if connection is None:
        connection = HTTPConnection(*address_of(url), timeout=10)
    body = parameters if isinstance(parameters, bytes) else json.dumps(parameters or {}).encode()
    try:
        connection.request(method, path, body, headers_of(operation, **headers))  # type: ignore[arg-type]
        response = connection.getresponse()
        content = response.read()
        return Answer(
            response.status,
            {name.lower(): value for name, value in response.getheaders()},
            json.loads(content) if content else None,
        )
    finally:
        if its_own:
            connection.close()


def send_bytes(url: str, content: bytes, *, end: bool = True) -> bytes:
    """Send `content` over a connection, end its sending half if `end`, and return all that comes back."""
    with socket.create_connection(address_of(url), timeout=10) as connection:
        connection.sendall(content)
        if end:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(2**16):
            received += chunk
        return received
