"""aiobotocore's and aioboto3's clients: answered by the same account, through the same door, as boto3's."""

import asyncio
import datetime
import importlib
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, NoCredentialsError, ParamValidationError, ReadTimeoutError
from botocore.stub import Stubber
from valid_requests import creation

from pytest_sagemaker_ie import OperationNotAnswered, Status, mock_inference_experiments
from pytest_sagemaker_ie.core.operations import OPERATIONS

aiobotocore_session = pytest.importorskip("aiobotocore.session", reason="needs the extra `async`")

KEYS = {"aws_access_key_id": "someones", "aws_secret_access_key": "secret"}

Client = AbstractAsyncContextManager[Any]


# Reading the service model takes most of the time of making a client, so these sessions share what was read.
LOADER = botocore.session.get_session().get_component("data_loader")


def session_of_its_own() -> Any:
    session = aiobotocore_session.get_session()
    session.register_component("data_loader", LOADER)
    return session


def of_aiobotocore(**settings: Any) -> Client:
    client: Client = session_of_its_own().create_client("sagemaker", **settings)
    return client


def of_aioboto3(**settings: Any) -> Client:
    aioboto3 = pytest.importorskip("aioboto3")
    client: Client = aioboto3.Session(botocore_session=session_of_its_own()).client("sagemaker", **settings)
    return client


LIBRARIES = {"aiobotocore": of_aiobotocore, "aioboto3": of_aioboto3}


@pytest.fixture(params=LIBRARIES)
def make(request: pytest.FixtureRequest) -> Callable[..., Client]:
    """Make a client of each library, for `async with`, in a session of its own."""
    if request.param == "aioboto3":
        pytest.importorskip("aioboto3")
    return LIBRARIES[request.param]


@pytest.fixture
async def client(make: Callable[..., Client], sagemaker_ie_backend: Any) -> AsyncIterator[Any]:
    async with make() as made:
        yield made


class NothingSentError(Exception):
    """Raised in place of sending."""


def catch_requests(client: Any) -> list[Any]:
    """Catch what a client hands to its connection."""
    requests: list[Any] = []

    async def send(request: Any) -> None:
        requests.append(request)
        raise NothingSentError

    client._endpoint.http_session.send = send
    return requests


def authorization(request: Any) -> str:
    value = request.headers["Authorization"]
    return value.decode() if isinstance(value, bytes) else value


def without_times(value: Any) -> Any:
    """A response, with what two calls cannot have in common put out of it."""
    if isinstance(value, dict):
        return {
            name: without_times(each)
            for name, each in value.items()
            if name not in ("RequestId", "HTTPHeaders", "StatusReason")
        }
    if isinstance(value, list):
        return [without_times(each) for each in value]
    return datetime.datetime if isinstance(value, datetime.datetime) else value


ARN = "arn:aws:sagemaker:us-east-1:123456789012:inference-experiment/churn"
NOW = datetime.datetime.now(datetime.timezone.utc)
LATER = {"StartTime": NOW + datetime.timedelta(days=1), "EndTime": NOW + datetime.timedelta(days=8)}

# A life of one experiment, in which each operation is called and each modeled error is met.
LIFE: list[tuple[str, dict[str, Any]]] = [
    ("create_inference_experiment", creation("churn", Schedule=LATER)),
    ("create_inference_experiment", creation("churn")),
    ("describe_inference_experiment", {"Name": "churn"}),
    ("list_inference_experiments", {"NameContains": "hur", "SortBy": "Name"}),
    ("update_inference_experiment", {"Name": "churn", "Description": "more"}),
    ("start_inference_experiment", {"Name": "churn"}),
    ("start_inference_experiment", {"Name": "churn"}),
    ("delete_inference_experiment", {"Name": "churn"}),
    ("add_tags", {"ResourceArn": ARN, "Tags": [{"Key": "team", "Value": "growth"}, {"Key": "cost", "Value": "7"}]}),
    ("delete_tags", {"ResourceArn": ARN, "TagKeys": ["cost"]}),
    ("list_tags", {"ResourceArn": ARN}),
    ("describe_endpoint", {"EndpointName": "churn-endpoint"}),
    ("describe_endpoint", {"EndpointName": "ghost"}),
    (
        "stop_inference_experiment",
        {"Name": "churn", "ModelVariantActions": {"production": "Remove", "shadow": "Promote"}},
    ),
    ("describe_endpoint", {"EndpointName": "churn-endpoint"}),
    ("update_inference_experiment", {"Name": "churn", "Description": "too late"}),
    ("describe_inference_experiment", {"Name": "churn"}),
    ("update_inference_experiment", {"Name": "churn", "Description": "x" * 1025}),
    ("delete_inference_experiment", {"Name": "churn"}),
    ("describe_inference_experiment", {"Name": "churn"}),
    ("list_inference_experiments", {}),
]


def outcome_of(error: ClientError) -> tuple[str, Any]:
    return type(error).__name__, without_times(error.response)


def life_of_boto3() -> list[Any]:
    outcomes: list[Any] = []
    with mock_inference_experiments():
        client = boto3.client("sagemaker")
        for method, parameters in LIFE:
            try:
                outcomes.append(without_times(getattr(client, method)(**parameters)))
            except ClientError as error:
                outcomes.append(outcome_of(error))
    return outcomes


async def test_each_operation_answers_as_it_answers_boto3(client: Any, sagemaker_ie_backend: Any) -> None:
    outcomes: list[Any] = []
    for method, parameters in LIFE:
        try:
            outcomes.append(without_times(await getattr(client, method)(**parameters)))
        except ClientError as error:
            outcomes.append(outcome_of(error))
    assert outcomes == life_of_boto3()
    assert {call.operation for call in sagemaker_ie_backend.calls} == set(OPERATIONS)
    errors = [each[0] for each in outcomes if isinstance(each, tuple)]
    assert set(errors) >= {"ResourceInUse", "ConflictException", "ResourceNotFound", "ClientError"}


class TestErrors:
    async def test_a_modeled_error_is_of_the_clients_exceptions(self, client: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", "Completed")
        with pytest.raises(client.exceptions.ConflictException) as caught:
            await client.update_inference_experiment(Name="churn", Description="too late")
        assert caught.value.response["Error"]["Code"] == "ConflictException"
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400

    async def test_one_that_is_not_modeled_is_a_client_error(self, client: Any) -> None:
        with pytest.raises(ClientError, match="ValidationException"):
            await client.describe_inference_experiment(Name="not/a/name")

    async def test_the_clients_own_check_comes_first(self, client: Any, sagemaker_ie_backend: Any) -> None:
        with pytest.raises(ParamValidationError):
            await client.update_inference_experiment(Name=7)
        assert sagemaker_ie_backend.calls == []

    @pytest.mark.parametrize(
        ("method", "parameters"),
        [
            ("list_models", {}),
            ("delete_endpoint", {"EndpointName": "x"}),
            ("list_tags", {"ResourceArn": "arn:aws:sagemaker:us-east-1:123456789012:endpoint/churn"}),
        ],
    )
    async def test_an_operation_that_nobody_answers_is_refused(
        self, client: Any, method: str, parameters: dict[str, str], network_attempts: list[object]
    ) -> None:
        with pytest.raises(OperationNotAnswered, match="nothing was sent to AWS"):
            await getattr(client, method)(**parameters)
        assert network_attempts == []


class TestPaginators:
    NAMES = tuple(f"churn-{number:02}" for number in range(23))

    async def test_they_give_every_experiment_once(self, client: Any, sagemaker_ie_backend: Any) -> None:
        for name in self.NAMES:
            sagemaker_ie_backend.seed(name)
        paginator = client.get_paginator("list_inference_experiments")
        pages = [page async for page in paginator.paginate(SortBy="Name", SortOrder="Ascending")]
        assert [len(page["InferenceExperiments"]) for page in pages] == [10, 10, 3]
        assert [each["Name"] for page in pages for each in page["InferenceExperiments"]] == list(self.NAMES)

    async def test_page_size_and_limit(self, client: Any, sagemaker_ie_backend: Any) -> None:
        for name in self.NAMES:
            sagemaker_ie_backend.seed(name)
        paginator = client.get_paginator("list_inference_experiments")
        result = await paginator.paginate(PaginationConfig={"PageSize": 4, "MaxItems": 9}).build_full_result()
        assert len(result["InferenceExperiments"]) == 9
        assert [call.parameters.get("MaxResults") for call in sagemaker_ie_backend.calls] == [4, 4, 4]

    async def test_search(self, client: Any, sagemaker_ie_backend: Any) -> None:
        for name, status in (("one", Status.RUNNING), ("two", Status.COMPLETED), ("three", Status.RUNNING)):
            sagemaker_ie_backend.seed(name, status)
        found = client.get_paginator("list_inference_experiments").paginate()
        running = found.search("InferenceExperiments[?Status == 'Running'].Name")
        assert {name async for name in running} == {"one", "three"}

    async def test_of_tags(self, client: Any, sagemaker_ie_backend: Any) -> None:
        arn = sagemaker_ie_backend.seed("churn", Tags=[{"Key": "team", "Value": "growth"}]).arn
        tags = client.get_paginator("list_tags").paginate(ResourceArn=arn)
        assert [tag async for page in tags for tag in page["Tags"]] == [{"Key": "team", "Value": "growth"}]


class TestWhenTheClientWasMade:
    async def test_before_the_account(self, make: Callable[..., Client]) -> None:
        async with make(region_name="us-east-1") as client:
            with mock_inference_experiments() as backend:
                backend.seed("churn", "Running")
                assert (await client.describe_inference_experiment(Name="churn"))["Status"] == "Running"

    async def test_before_the_account_with_a_session_that_answers_later_clients(self) -> None:
        session = session_of_its_own()
        for status in (Status.RUNNING, Status.COMPLETED):
            with mock_inference_experiments() as backend:
                backend.seed("churn", status)
                async with session.create_client("sagemaker") as client:
                    assert (await client.describe_inference_experiment(Name="churn"))["Status"] == status

    async def test_in_an_earlier_account(self, make: Callable[..., Client]) -> None:
        with mock_inference_experiments() as backend:
            backend.seed("churn", "Running")
            client_of_the_first = make()
            client = await client_of_the_first.__aenter__()
            assert (await client.describe_inference_experiment(Name="churn"))["Status"] == "Running"
        with mock_inference_experiments() as backend:
            backend.seed("churn", "Completed")
            assert (await client.describe_inference_experiment(Name="churn"))["Status"] == "Completed"
        await client_of_the_first.__aexit__(None, None, None)

    async def test_after_the_account_it_goes_its_real_way(
        self, make: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "THEIRS")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        with mock_inference_experiments():
            pass
        async with make(region_name="eu-west-1") as client:
            requests = catch_requests(client)
            with pytest.raises(NothingSentError):
                await client.describe_inference_experiment(Name="churn")
        assert [request.url for request in requests] == ["https://api.sagemaker.eu-west-1.amazonaws.com/"]
        assert "Credential=THEIRS/" in authorization(requests[0])

    async def test_inside_and_used_after_it_goes_its_real_way(
        self, make: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with mock_inference_experiments() as backend:
            backend.seed("churn")
            inside = make()
            client = await inside.__aenter__()
            await client.describe_inference_experiment(Name="churn")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "LATER")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        requests = catch_requests(client)
        with pytest.raises(NothingSentError):
            await client.list_models()
        await inside.__aexit__(None, None, None)
        assert "Credential=LATER/" in authorization(requests[0])

    def test_before_the_package_was_imported(self, run_python: Any) -> None:
        result = run_python(
            """
            import asyncio, sys
            from aiobotocore.session import get_session

            async def main():
                session = get_session()
                keys = {"region_name": "us-east-1", "aws_access_key_id": "k", "aws_secret_access_key": "s"}
                async with session.create_client("sagemaker", **keys) as before:
                    assert not any(name.startswith("pytest") for name in sys.modules)
                    from pytest_sagemaker_ie import mock_inference_experiments

                    with mock_inference_experiments() as backend:
                        backend.seed("churn", "Running")
                        async with session.create_client("sagemaker") as later:
                            for client in (before, later):
                                print((await client.describe_inference_experiment(Name="churn"))["Status"])
                                try:
                                    await client.list_models()
                                except NotImplementedError as error:
                                    print(type(error).__name__)
                        print(len(backend.calls))

            asyncio.run(main())
            """
        )
        assert (result.stderr, result.stdout.split()) == ("", ["Running", "OperationNotAnswered"] * 2 + ["2"])

    def test_after_the_package_was_imported(self, run_python: Any) -> None:
        result = run_python(
            """
            import asyncio
            from pytest_sagemaker_ie import mock_inference_experiments

            async def main():
                with mock_inference_experiments() as backend:
                    from aiobotocore.session import get_session

                    backend.seed("churn", "Running")
                    async with get_session().create_client("sagemaker") as client:
                        print((await client.describe_inference_experiment(Name="churn"))["Status"])
                        try:
                            await client.list_models()
                        except NotImplementedError as error:
                            print(type(error).__name__)

            asyncio.run(main())
            """
        )
        assert (result.stderr, result.stdout.split()) == ("", ["Running", "OperationNotAnswered"])


class TestSettings:
    @pytest.mark.parametrize(
        "settings",
        [
            pytest.param({}, id="none"),
            pytest.param(KEYS, id="explicit credentials"),
            pytest.param({**KEYS, "aws_session_token": "token"}, id="a session token"),
            pytest.param({"endpoint_url": "http://localhost:4566"}, id="an endpoint_url"),
            pytest.param({"use_ssl": False}, id="without TLS"),
            pytest.param({"region_name": "us-east-1"}, id="a region"),
        ],
    )
    async def test_any_are_answered(
        self, make: Callable[..., Client], sagemaker_ie_backend: Any, settings: dict[str, Any]
    ) -> None:
        sagemaker_ie_backend.seed("churn", "Running")
        async with make(**settings) as client:
            assert (await client.describe_inference_experiment(Name="churn"))["Status"] == "Running"

    async def test_a_client_sees_the_experiments_of_its_region(
        self, make: Callable[..., Client], sagemaker_ie_backend: Any
    ) -> None:
        sagemaker_ie_backend.seed("churn", "Running", region="eu-west-1")
        async with make(region_name="eu-west-1") as there, make() as here:
            assert ":eu-west-1:" in (await there.describe_inference_experiment(Name="churn"))["Arn"]
            with pytest.raises(here.exceptions.ResourceNotFound):
                await here.describe_inference_experiment(Name="churn")

    async def test_it_shares_the_account_with_boto3(self, client: Any, sagemaker_ie: Any) -> None:
        await client.create_inference_experiment(**creation("churn"))
        sagemaker_ie.update_inference_experiment(Name="churn", Description="from boto3")
        assert (await client.describe_inference_experiment(Name="churn"))["Description"] == "from boto3"

    async def test_a_handler_of_the_test_comes_before_the_account(self, client: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        answer = AWSResponse("https://example.com/", 200, {}, None), {"Status": "x"}
        client.meta.events.register("before-call.sagemaker.DescribeInferenceExperiment", lambda **_: answer)
        assert (await client.describe_inference_experiment(Name="churn"))["Status"] == "x"

    async def test_a_stubber_on_it_comes_before_the_account(self, client: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn")
        with Stubber(client) as stubber:
            stubber.add_response("list_models", {"Models": []})
            assert (await client.list_models())["Models"] == []
        assert (await client.describe_inference_experiment(Name="churn"))["Name"] == "churn"


class TestCredentials:
    """An answered call is not signed, so nobody looks for credentials; a real one has those it would have had."""

    @pytest.fixture
    def home(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.delenv("AWS_CONFIG_FILE")
        monkeypatch.delenv("AWS_SHARED_CREDENTIALS_FILE")
        (tmp_path / ".aws").mkdir()
        return tmp_path

    async def test_the_process_that_gives_them_is_not_run(self, make: Callable[..., Client], home: Path) -> None:
        (home / ".aws/config").write_text(f"[default]\ncredential_process = touch {home}/was_run\n")
        with mock_inference_experiments() as backend:
            backend.seed("churn")
            async with make() as client:
                await client.describe_inference_experiment(Name="churn")
                with pytest.raises(OperationNotAnswered):
                    await client.list_models()
        assert not (home / "was_run").exists()

    async def test_those_of_a_file_sign_a_real_call(self, make: Callable[..., Client], home: Path) -> None:
        (home / ".aws/credentials").write_text("[default]\naws_access_key_id = FILED\naws_secret_access_key = b\n")
        async with make(region_name="us-east-1") as client:
            requests = catch_requests(client)
            with pytest.raises(NothingSentError):
                await client.list_models()
        assert "Credential=FILED/" in authorization(requests[0])

    async def test_explicit_ones_sign_a_real_call(self, make: Callable[..., Client]) -> None:
        async with make(region_name="us-east-1", **KEYS, aws_session_token="token") as client:
            requests = catch_requests(client)
            with pytest.raises(NothingSentError):
                await client.describe_inference_experiment(Name="churn")
        assert "Credential=someones/" in authorization(requests[0])
        assert "token" in str(requests[0].headers["X-Amz-Security-Token"])

    async def test_a_presigned_url_has_made_up_ones(self, make: Callable[..., Client]) -> None:
        keys = {"aws_access_key_id": "GIVEN", "aws_secret_access_key": "b"}
        with mock_inference_experiments():
            async with make(**keys) as client:
                url = await client.generate_presigned_url("list_inference_experiments")
        assert "Credential=sagemaker-ie-no-real-access-key%2F" in url

    async def test_without_any_a_real_call_is_the_ordinary_error(
        self, make: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        async with make(region_name="us-east-1") as client:
            with pytest.raises(NoCredentialsError):
                await client.describe_inference_experiment(Name="churn")

    async def test_another_services_client_has_its_own(
        self, monkeypatch: pytest.MonkeyPatch, sagemaker_ie_backend: Any
    ) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "THEIRS")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        async with session_of_its_own().create_client("sts", region_name="us-east-1") as client:
            requests = catch_requests(client)
            with pytest.raises(NothingSentError):
                await client.get_caller_identity()
        assert "Credential=THEIRS/" in authorization(requests[0])


class TestTasks:
    async def test_many_at_once_lose_nothing(self, client: Any, sagemaker_ie_backend: Any) -> None:
        names = [f"churn-{number}" for number in range(40)]
        await asyncio.gather(*(client.create_inference_experiment(**creation(name)) for name in names))
        shown = await asyncio.gather(*(client.describe_inference_experiment(Name=name) for name in names))
        assert [each["Name"] for each in shown] == names
        assert len(sagemaker_ie_backend.calls) == 80

    async def test_two_tasks_with_accounts_of_their_own_stay_apart(self, make: Callable[..., Client]) -> None:
        entered = asyncio.Barrier(2) if hasattr(asyncio, "Barrier") else None

        async def run(status: str, account_id: str) -> tuple[str, str]:
            with mock_inference_experiments(account_id=account_id) as backend:
                backend.seed("churn", status)
                if entered is not None:
                    await entered.wait()
                else:
                    await asyncio.sleep(0.05)
                async with make(region_name="us-east-1") as client:
                    shown = await client.describe_inference_experiment(Name="churn")
                return shown["Status"], shown["Arn"].split(":")[4]

        seen = await asyncio.gather(run("Running", "1" * 12), run("Completed", "2" * 12))
        assert seen == [("Running", "1" * 12), ("Completed", "2" * 12)]

    async def test_a_task_has_the_account_of_the_one_that_started_it(self, make: Callable[..., Client]) -> None:
        async def status() -> str:
            async with make(region_name="us-east-1") as client:
                shown: str = (await client.describe_inference_experiment(Name="churn"))["Status"]
                return shown

        with mock_inference_experiments() as first:
            first.seed("churn", "Running")
            task = asyncio.create_task(status())
            with mock_inference_experiments() as second:
                second.seed("churn", "Completed")
                assert await task == "Running"
                assert await asyncio.create_task(status()) == "Completed"


def test_the_documentations_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sagemaker_ie_backend: Any) -> None:
    page = Path(__file__).parents[2] / "docs/other-tools.md"
    (block,) = re.findall(r"```python\n(# rollout_async.py\n.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "rollout_async.py").write_text(block)
    monkeypatch.syspath_prepend(tmp_path)
    rollout_async = importlib.import_module("rollout_async")

    sagemaker_ie_backend.seed("churn-v2", "Running")
    assert asyncio.run(rollout_async.status_of("churn-v2")) == "Running"
    assert asyncio.run(rollout_async.names()) == ["churn-v2"]


class TestTrouble:
    @pytest.mark.parametrize("mode", ["standard", "adaptive", "legacy"])
    async def test_the_clients_own_retries_deal_with_it(
        self, make: Callable[..., Client], sagemaker_ie_backend: Any, mode: str
    ) -> None:
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie_backend.fail("DescribeInferenceExperiment", "ThrottlingException", times=2)
        async with make(config=config_of(retries={"mode": mode})) as client:
            response = await client.describe_inference_experiment(Name="churn")
        waits = [call.retry_wait for call in sagemaker_ie_backend.calls]
        assert (response["ResponseMetadata"]["RetryAttempts"], waits[2]) == (2, None)
        assert min(waits[:2]) > 0

    async def test_the_end_of_a_connection_is_botocores_exception(
        self, make: Callable[..., Client], sagemaker_ie_backend: Any
    ) -> None:
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie_backend.fail("UpdateInferenceExperiment", "ReadTimeoutError", times=None, answer_lost=True)
        async with make(config=config_of(retries={"mode": "standard"})) as client:
            with pytest.raises(ReadTimeoutError):
                await client.update_inference_experiment(Name="churn", Description="x")
        assert (sagemaker_ie_backend.get("churn").description, len(sagemaker_ie_backend.calls)) == ("x", 3)

    async def test_an_error_of_the_service_is_the_clients_exception(
        self, client: Any, sagemaker_ie_backend: Any
    ) -> None:
        sagemaker_ie_backend.fail("UpdateInferenceExperiment", "ConflictException")
        with pytest.raises(client.exceptions.ConflictException):
            await client.update_inference_experiment(Name="churn", Description="x")

    async def test_a_virtual_clock_shows_the_waits(
        self, make: Callable[..., Client], sagemaker_ie_backend: Any, sagemaker_ie_clock: Any
    ) -> None:
        began = sagemaker_ie_clock.now()
        sagemaker_ie_backend.seed("churn")
        sagemaker_ie_backend.fail("DescribeInferenceExperiment", "ThrottlingException", times=8)
        async with make(config=config_of(retries={"mode": "adaptive", "total_max_attempts": 10})) as client:
            await client.describe_inference_experiment(Name="churn")
        waited = sum(call.retry_wait or 0 for call in sagemaker_ie_backend.calls)
        assert abs((sagemaker_ie_clock.now() - began).total_seconds() - waited) < 0.1


def config_of(**settings: Any) -> Any:
    return importlib.import_module("aiobotocore.config").AioConfig(**settings)


@pytest.mark.filterwarnings("ignore:aiobotocore's httpx backend:DeprecationWarning")
@pytest.mark.parametrize("loop", ["asyncio", "trio"])
@pytest.mark.parametrize("mode", ["standard", "adaptive"])
def test_an_endpoint_of_httpx_skips_and_notes_the_waits(loop: str, mode: str, sagemaker_ie_backend: Any) -> None:
    anyio, httpx_session = pytest.importorskip("anyio"), pytest.importorskip("aiobotocore.httpxsession")
    for library in (loop, "httpx"):
        pytest.importorskip(library)
    if not hasattr(importlib.import_module("aiobotocore.endpoint"), "AnyioEndpoint"):
        pytest.skip("this aiobotocore waits with asyncio alone")
    sagemaker_ie_backend.seed("churn")
    sagemaker_ie_backend.fail("DescribeInferenceExperiment", "ThrottlingException", times=6)
    config = config_of(retries={"mode": mode, "total_max_attempts": 8}, http_session_cls=httpx_session.HttpxSession)

    async def status() -> Any:
        async with of_aiobotocore(config=config, region_name="us-east-1") as client:
            return await client.describe_inference_experiment(Name="churn")

    began = time.perf_counter()
    assert anyio.run(status, backend=loop)["ResponseMetadata"]["RetryAttempts"] == 6
    waits = [call.retry_wait for call in sagemaker_ie_backend.calls]
    assert (len(waits), waits[-1]) == (7, None)
    assert time.perf_counter() - began < sum(waits[:-1])


@pytest.mark.parametrize("fault", [False, True])
async def test_a_handler_after_the_call_awaits_the_content(client: Any, sagemaker_ie_backend: Any, fault: bool) -> None:
    if fault:
        sagemaker_ie_backend.fail("ListInferenceExperiments", "InternalServerError")
    read = []

    async def after_call(http_response: Any, **kwargs: Any) -> None:
        read.append((await http_response.content, await http_response.text))

    client.meta.events.register("after-call.sagemaker.*", after_call)
    await client.list_inference_experiments()

    assert read == [(b'{"InferenceExperiments":[]}', '{"InferenceExperiments":[]}')]
