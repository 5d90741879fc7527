"""What the fixture `sagemaker_ie_server` gives a test: where its account is, and what a child process needs to know."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from pytest_sagemaker_ie.aws.sessions import service_model
from pytest_sagemaker_ie.server.application import KEY_PREFIX, Served

if TYPE_CHECKING:
    from pytest_sagemaker_ie.core.backend import InferenceExperimentBackend
    from pytest_sagemaker_ie.server.listener import Listener

__all__ = ["InferenceExperimentServer", "served"]

# What may be set where the tests run, and would lead a client elsewhere: to AWS, or to somebody's credentials.
_UNSET: Final = {
    "AWS_SESSION_TOKEN": "",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
    "AWS_USE_FIPS_ENDPOINT": "false",
    "AWS_USE_DUALSTACK_ENDPOINT": "false",
    "AWS_EC2_METADATA_DISABLED": "true",
}
_PROXIES: Final = ("http_proxy", "all_proxy")
_NO_PROXY: Final = "no_proxy"


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

        They are to be added to those that the child needs beside, as in ``{**os.environ, **server.environment}``: the
        endpoint URL of SageMaker, the region of the test's account, and credentials. The latter are made up and the
        test's own: when it is over they open nothing, so a process that outlives its test does not disturb the next.
        """
        return {
            "AWS_ENDPOINT_URL_SAGEMAKER": self._url,
            "AWS_ACCESS_KEY_ID": self._access_key,
            "AWS_SECRET_ACCESS_KEY": "sagemaker-ie-no-real-secret-key",
            "AWS_REGION": self._region,
            "AWS_DEFAULT_REGION": self._region,
            **_UNSET,
            **_past_proxies(self._url),
        }

    def __repr__(self) -> str:
        return f"<InferenceExperimentServer at {self._url}>"


def _past_proxies(url: str) -> dict[str, str]:
    """Return the variables that keep a client from asking a proxy for `url`, if one is set."""
    if not any(os.environ.get(spelled) for name in _PROXIES for spelled in (name, name.upper())):
        return {}
    host = url.removeprefix("http://").rpartition(":")[0].strip("[]")
    without = os.environ.get(_NO_PROXY) or os.environ.get(_NO_PROXY.upper())
    value = f"{without},{host}" if without else host
    return {_NO_PROXY: value, _NO_PROXY.upper(): value}


@contextmanager
def served(listener: "Listener", backend: "InferenceExperimentBackend") -> Iterator[InferenceExperimentServer]:
    """Serve `backend` at the listener's port, while the block lasts, and nothing after it."""
    server = InferenceExperimentServer(listener.url, backend.region)
    access_key = server.environment["AWS_ACCESS_KEY_ID"]
    with listener.serving(Served(backend.answer, service_model(), backend.region, access_key)):
        yield server
