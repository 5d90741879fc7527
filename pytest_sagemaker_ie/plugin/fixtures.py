"""The fixtures. `mock_inference_experiments`, `virtual_clock` and the server do what they give.

pytest loads this module in every run, so what only a test that uses a fixture needs is imported by it.
"""

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_sagemaker_ie.plugin.options import configured_mock, is_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_sagemaker import SageMakerClient

    from pytest_sagemaker_ie.clock.virtual import VirtualClock
    from pytest_sagemaker_ie.core.backend import InferenceExperimentBackend
    from pytest_sagemaker_ie.server.fixture import InferenceExperimentServer
    from pytest_sagemaker_ie.server.listener import Listener

FAILED: Final = pytest.StashKey[bool]()
"""In a test's item: whether it has failed, or was skipped."""
REQUESTS: Final = pytest.StashKey[list[Any]]()
"""In a test's item: the requests for the fixtures that have to end with it."""


@pytest.fixture
def sagemaker_ie_backend(request: pytest.FixtureRequest) -> "Iterator[InferenceExperimentBackend]":
    """The account behind the test's SageMaker clients, with the experiments that its markers seed."""
    request.node.stash[REQUESTS].append(request)
    with account_of(request.node) as backend:
        yield backend
    if not request.node.stash.get(FAILED, False):
        from pytest_sagemaker_ie.plugin.markers import refuse_unspent

        refuse_unspent(backend)


@pytest.fixture
def sagemaker_ie_clock(request: pytest.FixtureRequest) -> "Iterator[VirtualClock]":
    """The virtual clock: time stands until the test, or a sleep of the code under test, moves it."""
    from pytest_sagemaker_ie.clock.virtual import virtual_clock
    from pytest_sagemaker_ie.plugin.markers import asked_clock

    request.node.stash[REQUESTS].append(request)
    with virtual_clock(**asked_clock(request.node)) as clock:
        yield clock


@pytest.fixture
def sagemaker_ie(sagemaker_ie_backend: "InferenceExperimentBackend") -> "SageMakerClient":
    """A real boto3 SageMaker client, answered by `sagemaker_ie_backend`."""
    from pytest_sagemaker_ie.aws.sessions import fresh_client

    client = fresh_client(sagemaker_ie_backend.region)
    _ = sagemaker_ie_backend.experiments  # the seeds that name no region are where this client is, from now on
    return client


@pytest.fixture(scope="session")
def _sagemaker_ie_listener(request: pytest.FixtureRequest) -> "Iterator[Listener]":
    """The port at which the tests of this process are served, one after the other."""
    from pytest_sagemaker_ie.server.listener import Listener

    host = request.config.getini("sagemaker_ie_server_host")
    try:
        listener = Listener(host, allowed_hosts=request.config.getini("sagemaker_ie_server_allowed_hosts"))
    except OSError as error:
        pytest.fail(f"sagemaker_ie_server_host: cannot listen at {host!r}: {error}", pytrace=False)
    listener.start()
    try:
        yield listener
    finally:
        listener.close()


@pytest.fixture
def sagemaker_ie_server(
    request: pytest.FixtureRequest,
    sagemaker_ie_backend: "InferenceExperimentBackend",
    _sagemaker_ie_listener: "Listener",
) -> "Iterator[InferenceExperimentServer]":
    """The account of `sagemaker_ie_backend` over HTTP, for other processes."""
    from pytest_sagemaker_ie.server.fixture import served

    request.node.stash[REQUESTS].append(request)
    with served(_sagemaker_ie_listener, sagemaker_ie_backend) as server:
        yield server


@contextmanager
def account_of(item: pytest.Item) -> "Iterator[InferenceExperimentBackend]":
    """Enter an account with the experiments that the test's markers seed, and leave it at the end of the block."""
    from pytest_sagemaker_ie.plugin.markers import asked_validation, seed_marked

    asked = asked_validation(item)
    mock = configured_mock(item.config, is_set(item.config, "parameter_validation") if asked is None else asked)
    backend = mock.start()
    try:
        seed_marked(item, backend)
        yield backend
    finally:
        mock.leave()
