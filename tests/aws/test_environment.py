"""A machine with or without AWS configuration: what is put in place, what is left, what is never asked."""

import copy
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import botocore.config
import botocore.session
import pytest

from pytest_sagemaker_ie import OperationNotAnswered, SeedError, mock_inference_experiments

KEYS = {"aws_access_key_id": "someones", "aws_secret_access_key": "secret"}


@pytest.fixture(autouse=True)
def _fresh_default_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3's default session keeps what it has found; each of these tests finds for itself."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory, in the places where botocore looks by itself."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("AWS_CONFIG_FILE")
    monkeypatch.delenv("AWS_SHARED_CREDENTIALS_FILE")
    (tmp_path / ".aws").mkdir()
    return tmp_path


def is_answered() -> bool:
    """Whether a client that names nothing can be made and is answered."""
    with mock_inference_experiments() as backend:
        backend.seed("churn", "Running")
        client = boto3.client("sagemaker")
        return bool(client.describe_inference_experiment(Name="churn")["Status"] == "Running")


def region_of_a_client() -> str:
    """Where a client that names no region is made."""
    region: str = boto3.client("sagemaker").meta.region_name
    return region


class TestNoConfigurationAtAll:
    """The guard of every test fails one that looks for credentials at the instance metadata address."""

    def test_boto3s_client_is_made_and_answered(self) -> None:
        assert is_answered()

    def test_a_botocore_sessions_client_is_made_and_answered(self) -> None:
        with mock_inference_experiments() as backend:
            backend.seed("churn")
            client = botocore.session.get_session().create_client("sagemaker")
            assert client.describe_inference_experiment(Name="churn")["Name"] == "churn"

    def test_another_operation_is_refused_without_looking_for_credentials(self) -> None:
        with mock_inference_experiments(), pytest.raises(NotImplementedError):
            boto3.client("sagemaker").list_models()

    def test_the_region_is_us_east_1(self) -> None:
        with mock_inference_experiments() as backend:
            assert (backend.region, region_of_a_client()) == ("us-east-1", "us-east-1")

    def test_nothing_is_put_in_the_environment(self) -> None:
        before = dict(os.environ)
        with mock_inference_experiments(region="eu-west-1"):
            boto3.client("sagemaker")
            assert dict(os.environ) == before
        assert dict(os.environ) == before

    def test_a_nested_account_gives_the_outer_ones_region_back(self) -> None:
        with mock_inference_experiments():
            with mock_inference_experiments(region="eu-west-1"):
                assert region_of_a_client() == "eu-west-1"
            assert region_of_a_client() == "us-east-1"

    def test_the_region_goes_with_the_account(self) -> None:
        with mock_inference_experiments(region="eu-west-1"):
            pass
        with pytest.raises(botocore.exceptions.NoRegionError):
            boto3.client("sagemaker", **KEYS)

    def test_another_services_client_has_none(self) -> None:
        with mock_inference_experiments(region="eu-west-1"), pytest.raises(botocore.exceptions.NoRegionError):
            boto3.client("dynamodb", **KEYS)

    @pytest.mark.parametrize("where", ["the account", "the fixture's client"])
    def test_boto3s_default_session_is_as_it_was_found(self, where: str, request: pytest.FixtureRequest) -> None:
        if where == "the account":
            with mock_inference_experiments() as backend:
                backend.seed("churn")
        else:
            request.getfixturevalue("sagemaker_ie").list_inference_experiments()
        assert boto3.DEFAULT_SESSION is None

    def test_the_default_session_does_not_keep_the_region(self) -> None:
        with mock_inference_experiments(region="eu-west-1"):
            boto3.client("sagemaker")
        assert boto3._get_default_session().region_name is None

    def test_the_default_session_keeps_no_credentials(self) -> None:
        with mock_inference_experiments():
            boto3.client("sagemaker")
        assert boto3._get_default_session()._session._credentials is None

    def test_no_home_directory_is_needed(self, run_python: Any) -> None:
        result = run_python(
            """
            import os
            for name in ("HOME", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
                os.environ.pop(name, None)
            import boto3
            from pytest_sagemaker_ie import mock_inference_experiments
            with mock_inference_experiments(region="us-east-1") as backend:
                backend.seed("churn", "Running")
                print(boto3.client("sagemaker").describe_inference_experiment(Name="churn")["Status"])
            """
        )
        assert (result.stderr, result.stdout.split()) == ("", ["Running"])


class TestTheConfiguredRegion:
    def test_one_in_the_environment_stays(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        with mock_inference_experiments() as backend:
            assert (backend.region, region_of_a_client()) == ("eu-central-1", "eu-central-1")

    def test_an_empty_one_in_the_environment_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "")
        with mock_inference_experiments() as backend:
            assert (backend.region, region_of_a_client()) == ("us-east-1", "us-east-1")

    def test_one_in_the_config_file_is_used(self, home: Path) -> None:
        (home / ".aws/config").write_text("[default]\nregion = eu-north-1\n")
        with mock_inference_experiments() as backend:
            assert backend.region == "eu-north-1"

    def test_that_of_the_profile_is_used(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (home / ".aws/config").write_text("[default]\nregion = eu-north-1\n[profile work]\nregion = eu-south-1\n")
        monkeypatch.setenv("AWS_PROFILE", "work")
        with mock_inference_experiments() as backend:
            assert backend.region == "eu-south-1"

    def test_one_in_a_config_file_elsewhere_is_used(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "mine").write_text("[default]\nregion = eu-north-1\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "mine"))
        with mock_inference_experiments() as backend:
            assert backend.region == "eu-north-1"

    def test_a_config_file_without_one_is_completed(self, home: Path) -> None:
        (home / ".aws/config").write_text("[default]\noutput = json\n")
        with mock_inference_experiments() as backend:
            assert backend.region == "us-east-1"

    def test_the_one_that_is_asked_for_comes_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        with mock_inference_experiments(region="eu-west-1") as backend:
            assert (backend.region, boto3.client("sagemaker").meta.region_name) == ("eu-west-1", "eu-west-1")
        assert os.environ["AWS_DEFAULT_REGION"] == "eu-central-1"


class TestCredentialsThatAreThere:
    """A call that is answered is never signed, so nobody looks for credentials, wherever they may be."""

    def test_the_process_that_gives_them_is_not_run(self, home: Path) -> None:
        (home / ".aws/config").write_text(f"[default]\ncredential_process = touch {home}/was_run\n")
        assert is_answered()
        assert not (home / "was_run").exists()

    @pytest.mark.parametrize(
        "config",
        [
            pytest.param("[default]\naws_access_key_id = only half\n", id="half of them"),
            pytest.param("[profile work]\naws_access_key_id = a\naws_secret_access_key = b\n", id="another profile's"),
            pytest.param("[default]\nweb_identity_token_file = /nowhere\nrole_arn = arn:x\n", id="a token file"),
            pytest.param("[default]\nrole_arn = arn:x\nsource_profile = ghost\n", id="a role of a missing profile"),
            pytest.param("[default]\nrole_arn = arn:x\ncredential_source = Ec2InstanceMetadata\n", id="a role of EC2"),
        ],
    )
    def test_they_are_not_looked_for_in_the_config_file(self, home: Path, config: str) -> None:
        (home / ".aws/config").write_text(config)
        assert is_answered()

    def test_they_are_not_looked_for_in_a_profile_without_any(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (home / ".aws/config").write_text("[profile work]\nregion = eu-west-1\n")
        monkeypatch.setenv("AWS_PROFILE", "work")
        assert is_answered()

    def test_they_are_not_asked_of_the_container(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.2/creds")
        assert is_answered()


class TestCredentialsThatAreFetchedAnew:
    """Those of an assumed role: nothing asks for new ones while SageMaker is answered."""

    @pytest.fixture
    def fetched(self) -> list[int]:
        """How often the role was assumed."""
        return []

    @pytest.fixture
    def client(self, fetched: list[int]) -> Any:
        """A client made as all the recipes for long-lived roles do it; its credentials have expired."""

        def assume_role() -> dict[str, str]:
            fetched.append(1)
            return {"access_key": "ROLE", "secret_key": "b", "token": "t", "expiry_time": "2999-01-01T00:00:00Z"}

        session = botocore.session.get_session()
        session._credentials = botocore.credentials.RefreshableCredentials(
            "ROLE", "b", "t", datetime(2020, 1, 1, tzinfo=timezone.utc), assume_role, "sts-assume-role"
        )
        return boto3.Session(botocore_session=session, region_name="us-east-1").client("sagemaker")

    @pytest.mark.sagemaker_ie("churn")
    def test_an_answered_call_fetches_none(self, client: Any, fetched: list[int]) -> None:
        assert client.describe_inference_experiment(Name="churn")["Status"] == "Created"
        assert fetched == []

    @pytest.mark.sagemaker_ie("churn")
    def test_a_refused_call_fetches_none(self, client: Any, fetched: list[int]) -> None:
        with pytest.raises(OperationNotAnswered):
            client.list_models()
        assert fetched == []

    def test_a_call_that_moto_answers_fetches_none(self, client: Any, fetched: list[int]) -> None:
        moto = pytest.importorskip("moto")
        client.meta.events.register("before-send", moto.core.models.botocore_stubber)
        with moto.mock_aws(), mock_inference_experiments():
            assert client.list_models()["Models"] == []
        assert fetched == []

    @pytest.mark.sagemaker_ie("churn")
    def test_code_that_asks_for_the_keys_fetches_them(self, client: Any, fetched: list[int]) -> None:
        assert client._request_signer._credentials.get_frozen_credentials().access_key == "ROLE"
        assert fetched == [1]

    def test_a_real_call_fetches_them(self, client: Any, fetched: list[int]) -> None:
        assert "Credential=ROLE/" in TestCredentialsOfARealCall.headers_of_a_call(client)["authorization"]
        assert fetched == [1]

    @pytest.mark.sagemaker_ie("churn")
    def test_the_process_of_a_profile_that_the_code_names_is_not_run(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (home / ".aws/config").write_text(f"[profile team]\ncredential_process = touch {home}/was_run\n")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "THEIRS")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        client = boto3.Session(profile_name="team", region_name="us-east-1").client("sagemaker")
        assert client.describe_inference_experiment(Name="churn")["Status"] == "Created"
        with pytest.raises(OperationNotAnswered):
            client.list_models()
        assert not (home / "was_run").exists()


RUNTIME = {"EndpointName": "churn", "Body": b""}


class TestCredentialsOfARealCall:
    """A client whose calls go to AWS signs them as it would without the package."""

    class _SentError(Exception):
        """Raised in place of sending."""

    @classmethod
    def headers_of_a_call(cls, client: Any) -> dict[str, str]:
        sent: list[dict[str, str]] = []

        def before_send(request: Any, **_: Any) -> None:
            sent.append({name.lower(): str(value) for name, value in request.headers.items()})
            raise cls._SentError

        client.meta.events.register("before-send", before_send)
        with pytest.raises(cls._SentError):
            client.describe_inference_experiment(Name="churn")
        return sent[0]

    def test_those_of_the_environment_sign_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "THEIRS")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        headers = self.headers_of_a_call(boto3.client("sagemaker", "us-east-1"))
        assert "Credential=THEIRS/" in headers["authorization"]

    def test_their_session_token_goes_with_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "THEIRS")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
        headers = self.headers_of_a_call(boto3.client("sagemaker", "us-east-1"))
        assert "token" in headers["x-amz-security-token"]

    def test_those_of_a_file_sign_it(self, home: Path) -> None:
        (home / ".aws/credentials").write_text("[default]\naws_access_key_id = FILED\naws_secret_access_key = b\n")
        headers = self.headers_of_a_call(boto3.client("sagemaker", "us-east-1"))
        assert "Credential=FILED/" in headers["authorization"]

    def test_explicit_ones_sign_it(self) -> None:
        client = boto3.client("sagemaker", "us-east-1", aws_access_key_id="GIVEN", aws_secret_access_key="b")
        assert "Credential=GIVEN/" in self.headers_of_a_call(client)["authorization"]

    def test_a_client_that_was_answered_is_signed_with_what_is_there_later(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with mock_inference_experiments() as backend:
            backend.seed("churn")
            client = boto3.client("sagemaker")
            client.describe_inference_experiment(Name="churn")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "LATER")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        assert "Credential=LATER/" in self.headers_of_a_call(client)["authorization"]

    def test_without_any_it_is_the_ordinary_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        client = boto3.client("sagemaker", "us-east-1")
        with pytest.raises(botocore.exceptions.NoCredentialsError):
            client.describe_inference_experiment(Name="churn")

    @pytest.mark.parametrize("where", ["the environment", "the code", "a client that is older than the account"])
    def test_a_presigned_url_has_made_up_ones_while_an_account_is_active(
        self, where: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "THEIRS")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        keys = {"aws_access_key_id": "GIVEN", "aws_secret_access_key": "b"} if where == "the code" else {}
        older = boto3.client("sagemaker", "us-east-1")

        with mock_inference_experiments():
            client = older if where.startswith("a client") else boto3.client("sagemaker", "us-east-1", **keys)
            url = client.generate_presigned_url("list_inference_experiments")
            other = boto3.client("sagemaker-runtime", "us-east-1").generate_presigned_url("invoke_endpoint", RUNTIME)
        later = client.generate_presigned_url("list_inference_experiments")

        assert "Credential=sagemaker-ie-no-real-access-key%2F" in url
        assert "Credential=THEIRS%2F" in other
        assert f"Credential={'GIVEN' if keys else 'THEIRS'}%2F" in later

    def test_they_can_be_read_from_the_client(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "THEIRS")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        assert boto3.client("sagemaker", "us-east-1")._request_signer._credentials.access_key == "THEIRS"

    def test_those_of_a_file_can_be_read_from_the_client(self, home: Path) -> None:
        (home / ".aws/credentials").write_text("[default]\naws_access_key_id = FILED\naws_secret_access_key = b\n")
        with mock_inference_experiments():
            credentials = boto3.client("sagemaker", "us-east-1")._request_signer._credentials
        assert copy.copy(credentials).access_key == credentials.access_key == "FILED"

    def test_a_session_gives_the_credentials_themselves(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "THEIRS")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        assert type(boto3.Session().get_credentials()) is botocore.credentials.Credentials

    def test_another_services_client_has_the_credentials_themselves(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "THEIRS")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        credentials = boto3.client("sts", "us-east-1")._request_signer._credentials
        assert type(credentials) is botocore.credentials.Credentials


class TestTheRegionOfTheMoment:
    """What names no region is where a client that names none is made when it is first looked for."""

    def test_a_default_session_that_is_set_up_later(self) -> None:
        with mock_inference_experiments() as backend:
            experiment = backend.seed("churn", "Running")
            boto3.setup_default_session(region_name="cn-north-1")
            client = boto3.client("sagemaker")
            assert client.describe_inference_experiment(Name="churn")["Status"] == "Running"
            assert (experiment.region, backend.region) == ("cn-north-1", "cn-north-1")
            assert experiment.arn.startswith("arn:aws-cn:sagemaker:cn-north-1:")
            assert str(experiment.role_arn).startswith("arn:aws-cn:iam::")
            assert backend.get("churn").arn == experiment.arn

    def test_a_variable_that_is_set_later(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with mock_inference_experiments() as backend:
            experiment = backend.seed("churn")
            monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
            assert [each.region for each in backend.experiments] == ["eu-west-1"]
            monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
            assert (experiment.region, backend.seed("more").region) == ("eu-west-1", "eu-north-1")

    def test_a_profile(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (home / ".aws/config").write_text("[profile team]\nregion = eu-south-1\n")
        with mock_inference_experiments() as backend:
            backend.seed("churn")
            monkeypatch.setenv("AWS_PROFILE", "team")
            assert boto3.client("sagemaker").describe_inference_experiment(Name="churn")["Name"] == "churn"

    def test_the_region_that_botocore_reads_from_a_pseudo_region(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "fips-us-east-2")
        with mock_inference_experiments() as backend:
            backend.seed("churn")
            assert boto3.client("sagemaker").describe_inference_experiment(Name="churn")["Name"] == "churn"
            assert backend.region == "us-east-2"

    def test_the_code_goes_before_the_account(self, home: Path) -> None:
        config = botocore.config.Config(region_name="eu-west-3")
        (home / ".aws/config").write_text("[profile team]\nregion = eu-south-1\n")
        with mock_inference_experiments():
            regions = [
                boto3.client("sagemaker", region_name="eu-west-2").meta.region_name,
                boto3.client("sagemaker", config=config).meta.region_name,
                boto3.Session(profile_name="team").client("sagemaker").meta.region_name,
            ]
        with mock_inference_experiments(region="us-west-2"):
            regions.append(boto3.Session(region_name="eu-west-1").client("sagemaker").meta.region_name)
            regions.append(
                botocore.session.get_session().create_client("sagemaker", *[None] * 8, config).meta.region_name
            )
        assert regions == ["eu-west-2", "eu-west-3", "eu-south-1", "eu-west-1", "eu-west-3"]

    def test_a_region_of_the_default_session_goes_before_the_accounts(self) -> None:
        with mock_inference_experiments(region="eu-west-1") as backend:
            backend.seed("churn")
            assert backend.region == "eu-west-1"
            boto3.setup_default_session()
            assert backend.region == "eu-west-1"
            boto3.setup_default_session(region_name="us-west-2")
            assert boto3.client("sagemaker").describe_inference_experiment(Name="churn")["Name"] == "churn"

    def test_a_default_session_that_is_no_session_has_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", mock.MagicMock())
        with mock_inference_experiments() as backend:
            assert backend.region == "us-east-1"
        with mock_inference_experiments(region="eu-west-1") as backend:
            assert backend.region == "eu-west-1"

    def test_two_seeds_that_come_together_are_a_mistake(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with mock_inference_experiments() as backend:
            backend.seed("churn")
            backend.seed("churn", region="eu-west-1")
            monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
            with pytest.raises(SeedError, match="'churn' is seeded twice in eu-west-1"):
                _ = backend.experiments


class TestDuringCollection:
    """A client that is made while modules are imported has a region only if the suite says which."""

    @pytest.fixture(autouse=True)
    def _no_instance_metadata(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without an account, botocore looks for credentials when the client is made."""
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    @staticmethod
    def module(pytester: pytest.Pytester, region: str) -> None:
        pytester.makepyfile(
            app=f"import boto3\nCLIENT = boto3.client('sagemaker')\nassert CLIENT.meta.region_name == {region!r}\n",
            test_app=f"""
            import app
            import boto3
            import pytest

            @pytest.fixture(scope="module")
            def client():
                return boto3.client("sagemaker")

            class TestIt:
                @classmethod
                def setup_class(cls):
                    cls.client = boto3.client("sagemaker")

                @pytest.mark.sagemaker_ie("churn")
                def test_it_is_answered(self, client):
                    for each in (app.CLIENT, client, self.client, boto3.client("sagemaker")):
                        assert each.meta.region_name == {region!r}
                        assert each.describe_inference_experiment(Name="churn")["Name"] == "churn"
            """,
        )

    def test_without_the_option_there_is_none_and_a_hint(self, pytester: pytest.Pytester) -> None:
        self.module(pytester, "us-east-1")
        result = pytester.runpytest_inprocess()
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(["*NoRegionError*", "*set the ini option sagemaker_ie_region, as in: *"])

    def test_a_conftest_gets_the_hint_too(self, pytester: pytest.Pytester) -> None:
        pytester.makeconftest("import boto3\nCLIENT = boto3.client('sagemaker')\n")
        result = pytester.runpytest_subprocess()
        result.stderr.fnmatch_lines(["*set the ini option sagemaker_ie_region, as in: *", "*NoRegionError*"])

    @pytest.mark.parametrize("way", ["", "--collect-only", "--fixtures", "--fixtures-per-test"])
    def test_it_is_the_one_of_the_option(self, pytester: pytest.Pytester, way: str) -> None:
        self.module(pytester, "eu-west-1")
        pytester.makeini("[pytest]\nsagemaker_ie_region = eu-west-1\n")
        pytester.makeconftest("import boto3\nCLIENT = boto3.client('sagemaker')\n")
        assert pytester.runpytest_inprocess(*way.split()).ret == pytest.ExitCode.OK
        with pytest.raises(botocore.exceptions.NoRegionError):
            boto3.client("sagemaker", **KEYS)

    def test_what_is_no_region_is_a_mistake_of_the_command_line(self, pytester: pytest.Pytester) -> None:
        result = pytester.runpytest_inprocess("--sagemaker-ie-region=europe")
        assert result.ret == pytest.ExitCode.USAGE_ERROR

    def test_one_in_the_environment_stays(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
        self.module(pytester, "eu-north-1")
        pytester.runpytest_inprocess().assert_outcomes(passed=1)

    def test_one_in_a_config_file_stays(
        self, pytester: pytest.Pytester, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "config").write_text("[default]\nregion = eu-north-1\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        self.module(pytester, "eu-north-1")
        pytester.runpytest_inprocess().assert_outcomes(passed=1)


@pytest.mark.slow
def test_a_run_that_does_not_use_the_plugin_needs_no_home(run_python: Any) -> None:
    result = run_python(
        """
        import os, pwd, sys

        def nobody(uid):
            raise KeyError(uid)

        os.environ.pop("HOME", None)
        os.environ.pop("AWS_CONFIG_FILE", None)
        pwd.getpwuid = nobody
        import pytest
        sys.exit(pytest.main(["-q", "-p", "no:asyncio", "-p", "no:cacheprovider", "--collect-only", "."]) != 5)
        """
    )
    assert (result.returncode, result.stderr) == (0, ""), result.stdout[-3000:] + result.stderr[-3000:]
