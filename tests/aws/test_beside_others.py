"""Beside moto, Stubber and the plugins that stop, replay or serve requests: each answers what is its own."""

import datetime
import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import boto3
import botocore.credentials
import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from freezegun import freeze_time

from pytest_sagemaker_ie import OperationNotAnswered, mock_inference_experiments

moto = pytest.importorskip("moto")

KEYS = {"aws_access_key_id": "someones", "aws_secret_access_key": "secret"}
ROLE = "arn:aws:iam::123456789012:role/shadow-tests"

# Made when this module is imported, in a session that has moto's handler and this package's.
AT_IMPORT = boto3.Session(region_name="us-east-1", **KEYS).client("sagemaker")


@pytest.fixture(autouse=True)
def _a_default_session_that_moto_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto's handler is in the sessions that are made after moto was imported; boto3's may be older."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


def assert_each_answers_its_own(client: Any, backend: Any) -> None:
    """Hold a client to both: experiments are the account's; models, endpoints and their tags, and S3, are moto's."""
    before = len(backend.calls)
    experiment = backend.seed("churn", "Running", Tags=[{"Key": "of", "Value": "the account"}])
    assert client.describe_inference_experiment(Name="churn")["Status"] == "Running"
    client.update_inference_experiment(Name="churn", Description="changed")
    assert experiment.description == "changed"
    names = [each["Name"] for each in client.list_inference_experiments()["InferenceExperiments"]]
    assert names == ["churn"]

    model = client.create_model(
        ModelName="churn-model",
        ExecutionRoleArn=ROLE,
        PrimaryContainer={"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1"},
        Tags=[{"Key": "of", "Value": "moto"}],
    )["ModelArn"]
    assert [each["ModelName"] for each in client.list_models()["Models"]] == ["churn-model"]

    for arn, owner in ((experiment.arn, "the account"), (model, "moto")):
        assert client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "of", "Value": owner}]
        client.add_tags(ResourceArn=arn, Tags=[{"Key": "added to", "Value": owner}])
        client.delete_tags(ResourceArn=arn, TagKeys=["of"])
        assert client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "added to", "Value": owner}]
    assert [call.operation for call in backend.calls[before:]] == [
        "DescribeInferenceExperiment",
        "UpdateInferenceExperiment",
        "ListInferenceExperiments",
        "ListTags",
        "AddTags",
        "DeleteTags",
        "ListTags",
    ]

    with pytest.raises(client.exceptions.ResourceNotFound):
        client.describe_inference_experiment(Name="ghost")

    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="captured")
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["captured"]
    assert boto3.client("sts", region_name="us-east-1").get_caller_identity()["Account"] == "123456789012"


CLIENTS: dict[str, Callable[[], Any]] = {
    "made inside": lambda: boto3.client("sagemaker", region_name="us-east-1"),
    "of a session made inside": lambda: boto3.Session(region_name="us-east-1").client("sagemaker"),
    "with credentials": lambda: boto3.client("sagemaker", region_name="us-east-1", **KEYS),
    "made at import": lambda: AT_IMPORT,
}


class TestMoto:
    @pytest.mark.parametrize("client", CLIENTS)
    def test_entered_first(self, client: str) -> None:
        with moto.mock_aws(), mock_inference_experiments(region="us-east-1") as backend:
            assert_each_answers_its_own(CLIENTS[client](), backend)

    @pytest.mark.parametrize("client", CLIENTS)
    def test_entered_second(self, client: str) -> None:
        with mock_inference_experiments(region="us-east-1") as backend, moto.mock_aws():
            assert_each_answers_its_own(CLIENTS[client](), backend)

    def test_of_a_fixture_around_the_fixture(self, around: None, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        assert_each_answers_its_own(sagemaker_ie, sagemaker_ie_backend)

    def test_of_a_fixture_inside_the_fixture(self, sagemaker_ie: Any, sagemaker_ie_backend: Any, inside: None) -> None:
        assert_each_answers_its_own(sagemaker_ie, sagemaker_ie_backend)
        with mock_inference_experiments(region="us-east-1") as another:
            assert_each_answers_its_own_again(another)

    @moto.mock_aws
    def test_as_a_decorator(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        assert_each_answers_its_own(sagemaker_ie, sagemaker_ie_backend)

    @moto.mock_aws
    @mock_inference_experiments(region="us-east-1")
    def test_both_as_decorators(self) -> None:
        self.assert_an_empty_account_and_moto()

    @mock_inference_experiments(region="us-east-1")
    @moto.mock_aws
    def test_both_as_decorators_the_other_way_round(self) -> None:
        self.assert_an_empty_account_and_moto()

    @staticmethod
    def assert_an_empty_account_and_moto() -> None:
        client = boto3.client("sagemaker")
        assert client.list_inference_experiments()["InferenceExperiments"] == []
        assert client.list_models()["Models"] == []

    @pytest.mark.sagemaker_ie("churn", "Running")
    @moto.mock_aws
    def test_as_a_decorator_beside_the_marker(self) -> None:
        client = boto3.client("sagemaker")
        assert client.describe_inference_experiment(Name="churn")["Status"] == "Running"
        assert client.list_models()["Models"] == []

    @pytest.mark.sagemaker_ie("churn", "Completed")
    @moto.mock_aws
    def test_the_fixtures_exceptions_catch_what_code_under_moto_meets(self, sagemaker_ie: Any) -> None:
        """moto gives boto3 a new default session, and exceptions belong to sessions."""
        with pytest.raises(sagemaker_ie.exceptions.ConflictException):
            boto3.client("sagemaker").update_inference_experiment(Name="churn", Description="too late")

    @pytest.mark.sagemaker_ie("churn", "Completed")
    def test_the_exceptions_of_a_client_made_outside_its_block_catch_what_one_made_inside_meets(
        self, default_client: Any, around: None, sagemaker_ie: Any
    ) -> None:
        inside = boto3.client("sagemaker")
        for catching, calling in itertools.permutations([default_client, inside, sagemaker_ie], 2):
            with pytest.raises(catching.exceptions.ConflictException):
                calling.update_inference_experiment(Name="churn", Description="too late")

    def test_another_sessions_exceptions_are_its_own_in_its_block(self, around: None, sagemaker_ie: Any) -> None:
        other = boto3.Session(region_name="us-east-1").client("sagemaker")
        with pytest.raises(other.exceptions.ResourceNotFound) as caught:
            other.describe_inference_experiment(Name="ghost")
        assert not isinstance(caught.value, sagemaker_ie.exceptions.ResourceNotFound)

    def test_without_it_a_new_default_session_has_its_own_exceptions(
        self, default_client: Any, sagemaker_ie: Any
    ) -> None:
        boto3.setup_default_session(region_name="us-east-1")
        with pytest.raises(ClientError) as caught:
            boto3.client("sagemaker").describe_inference_experiment(Name="ghost")
        assert not isinstance(caught.value, default_client.exceptions.ResourceNotFound)

    def test_left_before_the_account_is(self) -> None:
        with ExitStack() as stack:
            aws = moto.mock_aws()
            aws.start()
            backend = stack.enter_context(mock_inference_experiments(region="us-east-1"))
            client = boto3.client("sagemaker")
            assert_each_answers_its_own(client, backend)
            aws.stop()
            assert client.describe_inference_experiment(Name="churn")["Status"] == "Running"
            with pytest.raises(OperationNotAnswered, match="nothing was sent to AWS"):
                client.list_models()

    def test_entered_and_left_while_the_account_is_there(self) -> None:
        with mock_inference_experiments(region="us-east-1") as backend:
            client = boto3.client("sagemaker")
            with pytest.raises(OperationNotAnswered):
                client.list_models()
            with moto.mock_aws():
                assert_each_answers_its_own(client, backend)
            with pytest.raises(OperationNotAnswered):
                client.list_models()
            assert client.describe_inference_experiment(Name="churn")["Status"] == "Running"

    def test_that_was_imported_but_not_entered_answers_nothing(self, sagemaker_ie: Any) -> None:
        with pytest.raises(OperationNotAnswered, match=r"^ListModels is not answered .* also enter moto's mock_aws"):
            sagemaker_ie.list_models()

    def test_is_alone_again_after_the_account(self) -> None:
        with moto.mock_aws():
            client = boto3.client("sagemaker", region_name="us-east-1")
            with mock_inference_experiments() as backend:
                assert_each_answers_its_own(client, backend)
            assert [each["ModelName"] for each in client.list_models()["Models"]] == ["churn-model"]
            with pytest.raises(NotImplementedError) as caught:
                client.list_inference_experiments()
            assert not isinstance(caught.value, OperationNotAnswered)

    def test_the_tags_of_an_endpoint_that_moto_does_not_know_are_motos_error(self, around: None) -> None:
        with mock_inference_experiments(region="us-east-1") as backend:
            with pytest.raises(ClientError):
                boto3.client("sagemaker").describe_endpoint(EndpointName="ghost")
            assert backend.calls == []

    def test_an_operation_that_moto_does_not_know_is_motos_error(self, around: None, sagemaker_ie: Any) -> None:
        with pytest.raises(NotImplementedError) as caught:
            sagemaker_ie.list_edge_packaging_jobs()
        assert not isinstance(caught.value, OperationNotAnswered)

    def test_its_credentials_stay(self, around: None, monkeypatch: pytest.MonkeyPatch) -> None:
        with mock_inference_experiments(region="us-east-1"):
            assert boto3.client("sts")._request_signer._credentials.access_key == "FOOBARKEY"
            assert boto3.Session().get_credentials().access_key == "FOOBARKEY"

    def test_a_session_that_assumes_a_role_keeps_its_account(self, around: None) -> None:
        """moto knows the account by the key that signs."""
        sts = boto3.client("sts", region_name="us-east-1")
        made_at = datetime.datetime.now(datetime.timezone.utc)

        def assume_role() -> dict[str, str]:
            role = sts.assume_role(RoleArn="arn:aws:iam::999999999999:role/data", RoleSessionName="training")[
                "Credentials"
            ]
            return {
                "access_key": role["AccessKeyId"],
                "secret_key": role["SecretAccessKey"],
                "token": role["SessionToken"],
                "expiry_time": (made_at + datetime.timedelta(hours=1)).isoformat(),
            }

        session = botocore.session.get_session()
        session._credentials = botocore.credentials.RefreshableCredentials.create_from_metadata(
            assume_role(), assume_role, "sts-assume-role"
        )
        with mock_inference_experiments(region="us-east-1") as backend:
            backend.seed("churn")
            client = boto3.Session(botocore_session=session).client("sagemaker")
            assert client.describe_inference_experiment(Name="churn")["Name"] == "churn"
            with freeze_time(made_at + datetime.timedelta(days=2)):
                arn = client.create_model(ModelName="x", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": "x:1"})
        assert ":999999999999:" in arn["ModelArn"]


@pytest.fixture
def default_client() -> Any:
    """A client of the default session that the process has outside moto's blocks."""
    return boto3.client("sagemaker", region_name="us-east-1", **KEYS)


def assert_each_answers_its_own_again(backend: Any) -> None:
    backend.seed("inner", "Running")
    client = boto3.client("sagemaker")
    assert client.describe_inference_experiment(Name="inner")["Status"] == "Running"
    assert [each["ModelName"] for each in client.list_models()["Models"]] == ["churn-model"]


@pytest.fixture
def around() -> Iterator[None]:
    with moto.mock_aws():
        yield


@pytest.fixture
def inside() -> Iterator[None]:
    with moto.mock_aws():
        yield


@pytest.mark.slow
def test_moto_imported_after_the_fixtures_client_was_made(run_python: Any) -> None:
    result = run_python(
        """
        import boto3
        from pytest_sagemaker_ie import mock_inference_experiments
        from pytest_sagemaker_ie.aws.sessions import fresh_client

        with mock_inference_experiments(region="us-east-1") as backend:
            early = fresh_client("us-east-1")
            backend.seed("churn", "Running")
            from moto import mock_aws
            with mock_aws():
                for client in (boto3.client("sagemaker"), fresh_client("us-east-1"), early):
                    print(client.describe_inference_experiment(Name="churn")["Status"], client.list_models()["Models"])
        """
    )
    assert (result.stderr, result.stdout.splitlines()) == ("", ["Running []"] * 3)


class TestStubber:
    @pytest.mark.sagemaker_ie("churn", "Running")
    def test_it_wins_for_its_client_alone(self, sagemaker_ie_backend: Any) -> None:
        stubbed, other = boto3.client("sagemaker"), boto3.client("sagemaker")
        answer = {"InferenceExperimentArn": "arn:aws:sagemaker:us-east-1:1:inference-experiment/stubbed"}
        with Stubber(stubbed) as stubber:
            stubber.add_response("update_inference_experiment", answer, {"Name": "churn"})
            stubber.add_client_error("describe_inference_experiment", "ThrottlingException")
            assert stubbed.update_inference_experiment(Name="churn")["InferenceExperimentArn"].endswith("/stubbed")
            with pytest.raises(ClientError, match="ThrottlingException"):
                stubbed.describe_inference_experiment(Name="churn")
            assert other.describe_inference_experiment(Name="churn")["Status"] == "Running"
            stubber.assert_no_pending_responses()
        assert stubbed.describe_inference_experiment(Name="churn")["Status"] == "Running"
        assert [call.operation for call in sagemaker_ie_backend.calls] == ["DescribeInferenceExperiment"] * 2

    def test_one_that_was_active_before(self) -> None:
        client = boto3.client("sagemaker", region_name="us-east-1", **KEYS)
        with Stubber(client) as stubber, mock_inference_experiments(region="us-east-1") as backend:
            stubber.add_response("list_inference_experiments", {"InferenceExperiments": []})
            backend.seed("churn")
            assert client.list_inference_experiments()["InferenceExperiments"] == []

    def test_it_answers_what_is_not_answered_here(self, sagemaker_ie: Any) -> None:
        with Stubber(sagemaker_ie) as stubber:
            stubber.add_response("list_models", {"Models": []})
            assert sagemaker_ie.list_models()["Models"] == []
        with pytest.raises(OperationNotAnswered):
            sagemaker_ie.list_models()


class TestOtherServices:
    """They are as they were: their calls, their credentials, what their clients are made of."""

    @pytest.mark.parametrize(("service", "method"), [("s3", "list_buckets"), ("sts", "get_caller_identity")])
    @pytest.mark.sagemaker_ie("churn")
    def test_a_call_goes_where_it_went(
        self, service: str, method: str, monkeypatch: pytest.MonkeyPatch, network_attempts: list[object]
    ) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "THEIRS")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        client = boto3.Session(region_name="us-east-1").client(service)
        sent: list[Any] = []

        def before_send(request: Any, **_: Any) -> None:
            sent.append(request)
            raise ConnectionAbortedError

        client.meta.events.register("before-send", before_send)
        with pytest.raises(ConnectionAbortedError):
            getattr(client, method)()
        assert sent[0].url.startswith(
            (f"https://{service}.us-east-1.amazonaws.com/", f"https://{service}.amazonaws.com/")
        )
        assert "Credential=THEIRS/" in repr(sent[0].headers["Authorization"])

    @pytest.mark.sagemaker_ie("churn")
    def test_without_credentials_there_are_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        client = boto3.Session(region_name="us-east-1").client("sts")
        assert client._request_signer._credentials is None
        assert boto3.Session().get_credentials() is None

    @pytest.mark.sagemaker_ie("churn")
    def test_a_stubber_on_one(self) -> None:
        s3 = boto3.client("s3", region_name="us-east-1", **KEYS)
        with Stubber(s3) as stubber:
            stubber.add_response("list_buckets", {"Buckets": []})
            assert s3.list_buckets()["Buckets"] == []


TEST_OF_BOTH = """
    import boto3
    import pytest

    @pytest.mark.sagemaker_ie("churn", "Running")
    def test_an_experiment({fixture}):
        assert boto3.client("sagemaker").describe_inference_experiment(Name="churn")["Status"] == "Running"
        with pytest.raises(NotImplementedError, match="nothing was sent"):
            boto3.client("sagemaker").list_models()
"""


@pytest.fixture
def run(pytester: pytest.Pytester, run_alone: Callable[..., pytest.RunResult]) -> Callable[..., pytest.RunResult]:
    """Run a suite with a plugin beside this one, in a process of its own: these plugins change the whole process."""

    def ran(plugin: str, code: str, *arguments: str) -> pytest.RunResult:
        pytest.importorskip(plugin.partition(".")[0])
        pytester.makepyfile(code)
        return run_alone(*arguments, plugins=(plugin,))

    return ran


@pytest.mark.slow
class TestOtherPlugins:
    def test_pytest_socket(self, run: Callable[..., pytest.RunResult]) -> None:
        run("pytest_socket", TEST_OF_BOTH.format(fixture=""), "--disable-socket").assert_outcomes(passed=1)

    def test_pytest_socket_and_async(self, run: Callable[..., pytest.RunResult]) -> None:
        pytest.importorskip("aiobotocore")
        run(
            "pytest_socket",
            """
            import asyncio
            import pytest
            from aiobotocore.session import get_session

            async def status():
                async with get_session().create_client("sagemaker", region_name="us-east-1") as client:
                    return (await client.describe_inference_experiment(Name="churn"))["Status"]

            @pytest.mark.sagemaker_ie("churn", "Running")
            def test_an_experiment():
                assert asyncio.run(status()) == "Running"
            """,
            "--disable-socket",
            "--allow-unix-socket",
        ).assert_outcomes(passed=1)

    def test_pytest_httpserver(self, run: Callable[..., pytest.RunResult]) -> None:
        run(
            "pytest_httpserver.pytest_plugin",
            """
            import urllib.request
            import boto3
            import pytest

            @pytest.mark.sagemaker_ie("churn", "Running")
            def test_each_answers_its_own(httpserver):
                httpserver.expect_request("/").respond_with_data("ours")
                client = boto3.client("sagemaker", endpoint_url=httpserver.url_for("/"))
                assert client.describe_inference_experiment(Name="churn")["Status"] == "Running"
                with pytest.raises(NotImplementedError, match="nothing was sent"):
                    client.list_models()
                assert httpserver.log == []
                assert urllib.request.urlopen(httpserver.url_for("/")).read() == b"ours"

            def test_without_the_marker_the_server_answers(httpserver):
                httpserver.expect_request("/").respond_with_json({"Status": "the server's"})
                keys = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
                client = boto3.client("sagemaker", endpoint_url=httpserver.url_for("/"), **keys)
                assert client.describe_inference_experiment(Name="churn")["Status"] == "the server's"
            """,
        ).assert_outcomes(passed=2)

    def test_pytest_recording(self, run: Callable[..., pytest.RunResult], pytester: pytest.Pytester) -> None:
        directory = pytester.mkdir("cassettes") / "test_recorded"
        directory.mkdir()
        (directory / "test_each_answers_its_own.yaml").write_text(
            "interactions:\n"
            "- request: {method: GET, uri: 'http://example.com/', body: null, headers: {}}\n"
            "  response: {status: {code: 200, message: OK}, headers: {}, body: {string: recorded}}\n"
            "version: 1\n"
        )
        code = """
            import urllib.request
            import boto3
            import pytest

            @pytest.mark.vcr
            @pytest.mark.sagemaker_ie("churn", "Running")
            def test_each_answers_its_own(vcr):
                assert boto3.client("sagemaker").describe_inference_experiment(Name="churn")["Status"] == "Running"
                with pytest.raises(NotImplementedError, match="nothing was sent"):
                    boto3.client("sagemaker").list_models()
                assert vcr.play_count == 0
                assert urllib.request.urlopen("http://example.com/").read() == b"recorded"
                assert vcr.play_count == 1
        """
        pytester.makepyfile(test_recorded=code)
        run("pytest_recording.plugin", "", "--block-network", "test_recorded.py").assert_outcomes(passed=1)

    def test_responses(self, sagemaker_ie_backend: Any) -> None:
        responses = pytest.importorskip("responses")
        requests = pytest.importorskip("requests")
        sagemaker_ie_backend.seed("churn", "Running")
        with responses.RequestsMock() as mock:
            mock.get("https://example.com/", body="ours")
            client = boto3.client("sagemaker")
            assert client.describe_inference_experiment(Name="churn")["Status"] == "Running"
            assert requests.get("https://example.com/", timeout=5).text == "ours"
            with pytest.raises(OperationNotAnswered):
                client.list_models()
            assert len(mock.calls) == 1


async def test_an_async_clients_experiments_are_answered_beside_moto() -> None:
    aiobotocore_session = pytest.importorskip("aiobotocore.session", reason="needs the extra `async`")
    with moto.mock_aws(), mock_inference_experiments(region="us-east-1") as backend:
        backend.seed("churn", "Running")
        async with aiobotocore_session.get_session().create_client("sagemaker") as client:
            assert (await client.describe_inference_experiment(Name="churn"))["Status"] == "Running"
