"""What the fixture `sagemaker_ie_server` gives a test: its account's URL, and the environment for child processes."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from pytest_sagemaker_ie.core.backend import InferenceExperimentBackend, service_of
from pytest_sagemaker_ie.server.listener import KEY_PREFIX, Application, Listener


@dataclass(frozen=True, eq=False, repr=False)
class InferenceExperimentServer:
    """The test's account over HTTP, for other processes."""

    url: str
    """The endpoint URL for SageMaker clients, such as ``"http://127.0.0.1:40123"``."""
    _region: str
    _access_key: str

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables with which SageMaker clients of a child process call this server, as a new dict.

        Add them to the child's environment, as in ``{**os.environ, **server.environment}``. They hold the URL, the
        region of the test's account, and made-up credentials. The server refuses the credentials after the test, so a
        process that outlives its test does not disturb the next test.
        """
        variables = {
            "AWS_ENDPOINT_URL_SAGEMAKER": self.url,
            "AWS_ACCESS_KEY_ID": self._access_key,
            "AWS_SECRET_ACCESS_KEY": "sagemaker-ie-no-real-secret-key",
            "AWS_REGION": self._region,
            "AWS_DEFAULT_REGION": self._region,
            # The environment of the tests may have values with which a client calls AWS or finds real credentials.
            "AWS_SESSION_TOKEN": "",
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
            "AWS_USE_FIPS_ENDPOINT": "false",
            "AWS_USE_DUALSTACK_ENDPOINT": "false",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        if any(map(os.environ.get, ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"))):
            others = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
            variables["no_proxy"] = variables["NO_PROXY"] = ",".join(
                filter(None, (others, urlsplit(self.url).hostname))
            )
        return variables

    def __repr__(self) -> str:
        return f"<InferenceExperimentServer at {self.url}>"


@contextmanager
def served(listener: Listener, backend: InferenceExperimentBackend) -> Iterator[InferenceExperimentServer]:
    """Serve `backend` at the listener's port while the block lasts."""
    service, access_key = service_of(backend), KEY_PREFIX + secrets.token_hex(8)
    with listener.serving(Application(service, service.answer, access_key)):
        yield InferenceExperimentServer(listener.url, service.region(), access_key)
