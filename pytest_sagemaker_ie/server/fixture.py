"""What the fixture `sagemaker_ie_server` gives a test: where its account is, and what a child process needs to know."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pytest_sagemaker_ie.aws.sessions import service_model
from pytest_sagemaker_ie.core.backend import service_of
from pytest_sagemaker_ie.server.application import KEY_PREFIX, Served

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.backend import InferenceExperimentBackend
    from pytest_sagemaker_ie.server.listener import Listener

__all__ = ["InferenceExperimentServer", "served"]


class InferenceExperimentServer:
    """The test's account, as other processes see it: over HTTP."""

    def __init__(self, url: str, region: str) -> None:
        self._url = url
        self._region = region
        self._access_key = KEY_PREFIX + secrets.token_hex(8)

    @property
    def url(self) -> str:
        """The endpoint URL of SageMaker clients, as ``"http://127.0.0.1:40123"``."""
        return self._url

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that lead the SageMaker clients of a child process here: a new dict, to be changed.

        Add them to those that the child needs anyway, as in ``{**os.environ, **server.environment}``. They hold the
        endpoint URL of SageMaker, the region of the test's account, and credentials. The credentials are made up and
        the test's own: after it they open nothing, so a process that outlives its test does not disturb the next.
        """
        return {
            "AWS_ENDPOINT_URL_SAGEMAKER": self._url,
            "AWS_ACCESS_KEY_ID": self._access_key,
            "AWS_SECRET_ACCESS_KEY": "sagemaker-ie-no-real-secret-key",
            "AWS_REGION": self._region,
            "AWS_DEFAULT_REGION": self._region,
            # What may be set where the tests run, and would lead a client to AWS, or to real credentials.
            "AWS_SESSION_TOKEN": "",
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
            "AWS_USE_FIPS_ENDPOINT": "false",
            "AWS_USE_DUALSTACK_ENDPOINT": "false",
            "AWS_EC2_METADATA_DISABLED": "true",
            **_past_proxies(self._url),
        }

    def __repr__(self) -> str:
        return f"<InferenceExperimentServer at {self._url}>"


def _past_proxies(url: str) -> dict[str, str]:
    """Return the variables that keep a client from asking a proxy for `url`, if one is set."""
    if not any(map(os.environ.get, ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"))):
        return {}
    others = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    host = urlsplit(url).hostname
    value = f"{others},{host}" if others else f"{host}"
    return {"no_proxy": value, "NO_PROXY": value}


@contextmanager
def served(listener: "Listener", backend: "InferenceExperimentBackend") -> Iterator[InferenceExperimentServer]:
    """Serve `backend` at the listener's port, while the block lasts, and nothing after it."""
    server = InferenceExperimentServer(listener.url, backend.region)
    access_key = server.environment["AWS_ACCESS_KEY_ID"]
    with listener.serving(Served(service_of(backend).answer, service_model(), backend.region, access_key)):
        yield server
