"""Each way of making a client, at each moment, with and without moto: answered, or its real way untouched."""

import asyncio
import importlib.util
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import botocore.session
import pytest
from botocore.config import Config

from pytest_sagemaker_ie import InferenceExperimentBackend, mock_inference_experiments

KEYS = {"aws_access_key_id": "GIVEN", "aws_secret_access_key": "secret"}
TOKEN = "token of the role"
ROLE_KEYS = {"aws_access_key_id": "ROLE", "aws_secret_access_key": "secret", "aws_session_token": TOKEN}

# Reading the service model takes most of the time of making a client, so the sessions here share what was read.
LOADER = botocore.session.get_session().get_component("data_loader")


class NothingSentError(Exception):
    """Raised in place of sending."""


class Synchronous:
    """An async client to be called as the others are: `describe_inference_experiment(...)` waits."""

    def __init__(self, session: Any, loop: asyncio.AbstractEventLoop, **settings: Any) -> None:
        self._loop = loop
        self._entered = session.create_client("sagemaker", **settings)
        self._client = loop.run_until_complete(self._entered.__aenter__())
        self.meta, self.exceptions = self._client.meta, self._client.exceptions

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def call(**parameters: Any) -> Any:
            return self._loop.run_until_complete(method(**parameters))

        return call

    def close(self) -> None:
        self._loop.run_until_complete(self._entered.__aexit__(None, None, None))


class Making(NamedTuple):
    """What a way of making a client has at hand."""

    directory: Path
    monkeypatch: pytest.MonkeyPatch
    stack: ExitStack
    """Closed at the end of the test."""


def of_botocore(**settings: Any) -> botocore.session.Session:
    session = botocore.session.Session(**settings)
    session.register_component("data_loader", LOADER)
    return session


def of_boto3(**settings: Any) -> boto3.Session:
    profile = settings.pop("profile_name", None)
    return boto3.Session(botocore_session=of_botocore(profile=profile), **settings)


def with_boto3_client(_: Making) -> Any:
    return boto3.client("sagemaker", region_name="us-east-1")


def with_a_session(_: Making) -> Any:
    return of_boto3().client("sagemaker", region_name="us-east-1")


def with_a_sessions_region(_: Making) -> Any:
    return of_boto3(region_name="us-east-1").client("sagemaker")


def with_a_botocore_session(_: Making) -> Any:
    return of_botocore().create_client("sagemaker", region_name="us-east-1")


def with_a_new_default_session(making: Making) -> Any:
    making.monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    boto3.setup_default_session(botocore_session=of_botocore(), region_name="us-east-1")
    return boto3.client("sagemaker")


def with_a_default_session_that_has_credentials(making: Making) -> Any:
    making.monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    boto3.setup_default_session(botocore_session=of_botocore(), region_name="us-east-1", **KEYS)
    return boto3.client("sagemaker")


def with_an_endpoint_url(_: Making) -> Any:
    return boto3.client("sagemaker", region_name="us-east-1", endpoint_url="https://sagemaker.example.com:8443/")


def with_a_config(_: Making) -> Any:
    config = Config(region_name="us-east-1", retries={"total_max_attempts": 4}, read_timeout=1, user_agent="rollout")
    return boto3.client("sagemaker", config=config)


def with_explicit_credentials(_: Making) -> Any:
    return boto3.client("sagemaker", region_name="us-east-1", **KEYS)


def with_a_session_that_has_credentials(_: Making) -> Any:
    return of_boto3(region_name="us-east-1", **KEYS).client("sagemaker")


def with_an_assumed_role(_: Making) -> Any:
    return of_boto3(region_name="us-east-1", **ROLE_KEYS).client("sagemaker")


def with_a_profile(making: Making) -> Any:
    config = making.directory / "config"
    config.write_text(
        "[default]\nregion = ap-south-1\n"
        "[profile team]\nregion = us-east-1\naws_access_key_id = TEAM\naws_secret_access_key = secret\n"
    )
    making.monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    return of_boto3(profile_name="team").client("sagemaker", region_name="us-east-1")


def asynchronous(making: Making, **settings: Any) -> Any:
    if importlib.util.find_spec("aiobotocore") is None:
        pytest.skip("needs the extra `async`")
    from aiobotocore.session import get_session

    session = get_session()
    session.register_component("data_loader", LOADER)
    loop = asyncio.new_event_loop()
    making.stack.callback(loop.close)
    client = Synchronous(session, loop, region_name="us-east-1", **settings)
    making.stack.callback(client.close)
    return client


def with_aiobotocore(making: Making) -> Any:
    return asynchronous(making)


def with_aiobotocore_and_credentials(making: Making) -> Any:
    return asynchronous(making, **KEYS)


class Way(NamedTuple):
    make: Callable[[Making], Any]
    signs_as: str | None
    """The access key that a real call of the client is signed with; `None` for that of the environment."""


WAYS = {
    "boto3.client": Way(with_boto3_client, None),
    "Session().client": Way(with_a_session, None),
    "a session with a region": Way(with_a_sessions_region, None),
    "a botocore session": Way(with_a_botocore_session, None),
    "setup_default_session": Way(with_a_new_default_session, None),
    "setup_default_session with credentials": Way(with_a_default_session_that_has_credentials, "GIVEN"),
    "endpoint_url": Way(with_an_endpoint_url, None),
    "Config": Way(with_a_config, None),
    "explicit credentials": Way(with_explicit_credentials, "GIVEN"),
    "a session with credentials": Way(with_a_session_that_has_credentials, "GIVEN"),
    "an assumed role": Way(with_an_assumed_role, "ROLE"),
    "a profile": Way(with_a_profile, "TEAM"),
    "aiobotocore": Way(with_aiobotocore, None),
    "aiobotocore with credentials": Way(with_aiobotocore_and_credentials, "GIVEN"),
}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Way:
    return WAYS[request.param]


@pytest.fixture(params=["alone", "with moto"])
def key_of_the_environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """With credentials in the environment, or in moto's block, which puts its own there."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "THEIRS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    # boto3's default session keeps what it has found; each of these tests finds for itself.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    boto3.setup_default_session(botocore_session=of_botocore())
    if request.param == "alone":
        yield "THEIRS"
        return
    moto = pytest.importorskip("moto")
    with moto.mock_aws():
        boto3.setup_default_session(botocore_session=of_botocore())
        yield "FOOBARKEY"


@pytest.fixture
def make(
    way: Way, key_of_the_environment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Any]]:
    with ExitStack() as stack:
        yield lambda: way.make(Making(tmp_path, monkeypatch, stack))


@pytest.fixture
def expected_key(way: Way, key_of_the_environment: str) -> str:
    return way.signs_as or key_of_the_environment


def assert_answered(client: Any, backend: InferenceExperimentBackend, status: str = "Running") -> None:
    """Seed an experiment, and see it through the client, changed by the client, and refused to the client."""
    before = len(backend.calls)
    experiment = backend.seed(f"churn-{before}", status)
    assert client.describe_inference_experiment(Name=experiment.name)["Status"] == status
    client.update_inference_experiment(Name=experiment.name, Description="changed")
    assert experiment.description == "changed"
    with pytest.raises(client.exceptions.ResourceNotFound):
        client.describe_inference_experiment(Name="ghost")
    assert [call.error for call in backend.calls[before:]] == [None, None, "ResourceNotFound"]


def assert_goes_out(client: Any, expected_key: str) -> None:
    """See the client's calls on their way to AWS, signed with the credentials that they would have had."""
    requests: list[Any] = []

    def before_send(request: Any, **_: Any) -> None:
        requests.append(request)
        raise NothingSentError

    client.meta.events.register_first("before-send", before_send)
    try:
        for call in (
            lambda: client.describe_inference_experiment(Name="churn"),
            lambda: client.update_inference_experiment(Name="churn", Description="changed"),
            lambda: client.list_models(),
        ):
            with pytest.raises(NothingSentError):
                call()
    finally:
        client.meta.events.unregister("before-send", before_send)
    assert [request.url for request in requests] == [client.meta.endpoint_url.rstrip("/") + "/"] * 3
    for request in requests:
        headers = {name.lower(): as_text(value) for name, value in request.headers.items()}
        assert f"Credential={expected_key}/" in headers["authorization"]
        assert headers.get("x-amz-security-token") == (
            ROLE_KEYS["aws_session_token"] if expected_key == "ROLE" else None
        )


def as_text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def test_made_before_and_first_used_inside(make: Callable[[], Any], expected_key: str) -> None:
    client = make()
    with mock_inference_experiments(region="us-east-1") as backend:
        assert_answered(client, backend)
    assert_goes_out(client, expected_key)


def test_made_and_used_before(make: Callable[[], Any], expected_key: str) -> None:
    client = make()
    assert_goes_out(client, expected_key)
    with mock_inference_experiments(region="us-east-1") as backend:
        assert_answered(client, backend)


def test_made_inside_and_used_after_and_in_another(make: Callable[[], Any], expected_key: str) -> None:
    with mock_inference_experiments(region="us-east-1") as backend:
        client = make()
        assert_answered(client, backend)
    assert_goes_out(client, expected_key)
    with mock_inference_experiments(region="us-east-1") as another:
        assert_answered(client, another)
    assert len(backend.calls) == 3


def test_made_after(make: Callable[[], Any], expected_key: str) -> None:
    with mock_inference_experiments(region="us-east-1"):
        pass
    assert_goes_out(make(), expected_key)


@pytest.fixture(scope="class")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A client of each way."""
    clients = {}
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
            for name, way in WAYS.items():
                if "aiobotocore" not in name or importlib.util.find_spec("aiobotocore") is not None:
                    clients[name] = way.make(Making(tmp_path_factory.mktemp("kept"), monkeypatch, stack))
        yield clients


@pytest.mark.sagemaker_ie("churn", "Running")
class TestKeptFromTestToTest:
    """One client of each way, kept for the class: each test, in whichever order, is answered from its account."""

    @pytest.mark.parametrize("mine", ["one", "two", "three"])
    def test_of_three(self, kept: dict[str, Any], sagemaker_ie_backend: InferenceExperimentBackend, mine: str) -> None:
        sagemaker_ie_backend.seed(mine)
        for way, client in kept.items():
            listed = client.list_inference_experiments(SortBy="Name", SortOrder="Ascending")["InferenceExperiments"]
            assert [each["Name"] for each in listed] == sorted(["churn", mine]), way
        assert len(sagemaker_ie_backend.calls) == len(kept) >= len(WAYS) - 2
