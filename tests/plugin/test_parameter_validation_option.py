"""How strict a test is, is its suite's choice: by the marker, the ini option, or the context manager's argument."""

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError
from fuzz.door import answer_of
from valid_requests import creation, shadow_mode, variant

from pytest_sagemaker_ie import SeedError, mock_inference_experiments

HEADER = "sagemaker_ie: the service model's lengths and patterns of strings are not checked"
SHORT = "arn:aws:iam::1:role/x-y-z"
UNHEARD_OF = creation(
    "churn_v2",
    RoleArn=SHORT,
    EndpointName="e_1",
    Description="two\nlines" * 300,
    ModelVariants=[variant("a_1", model="m/1"), variant("b_1")],
    ShadowModeConfig=shadow_mode("a_1", "b_1", 50),
    Tags=[{"Key": "a!", "Value": "b!" * 200}],
)

SUITE = """
    import pytest
    from botocore.exceptions import ClientError

    REFUSED, ACCEPTED = True, False

    def is_refused(client):
        try:
            client.describe_inference_experiment(Name="churn_v2")
        except client.exceptions.ResourceNotFound:
            return False
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ValidationException"
            return True

    def test_without_a_marker(sagemaker_ie):
        assert is_refused(sagemaker_ie) is {default}

    @pytest.mark.sagemaker_ie("churn")
    def test_with_a_seed(sagemaker_ie):
        assert is_refused(sagemaker_ie) is {default}

    @pytest.mark.sagemaker_ie(parameter_validation=False)
    def test_turned_off(sagemaker_ie, sagemaker_ie_backend):
        assert is_refused(sagemaker_ie) is ACCEPTED
        assert sagemaker_ie_backend.experiments == []

    @pytest.mark.sagemaker_ie(parameter_validation=True)
    def test_turned_on(sagemaker_ie, sagemaker_ie_backend):
        assert is_refused(sagemaker_ie) is REFUSED
        assert sagemaker_ie_backend.experiments == []

    @pytest.mark.sagemaker_ie("churn_v3", RoleArn="arn:aws:iam::1:role/x", parameter_validation=False)
    def test_turned_off_with_a_seed(sagemaker_ie, sagemaker_ie_backend):
        assert is_refused(sagemaker_ie) is ACCEPTED
        assert sagemaker_ie_backend.get("churn_v3").role_arn == "arn:aws:iam::1:role/x"

    @pytest.mark.sagemaker_ie("churn_v3", parameter_validation=False)
    @pytest.mark.sagemaker_ie("churn_v4")
    def test_one_of_two_turns_it_off_for_both(sagemaker_ie, sagemaker_ie_backend):
        assert is_refused(sagemaker_ie) is ACCEPTED
        assert len(sagemaker_ie_backend.experiments) == 2

    @pytest.mark.sagemaker_ie(parameter_validation=False)
    class TestAClass:
        def test_it(self, sagemaker_ie):
            assert is_refused(sagemaker_ie) is ACCEPTED

        @pytest.mark.sagemaker_ie("churn_v3")
        def test_it_with_a_seed_of_its_own(self, sagemaker_ie):
            assert is_refused(sagemaker_ie) is ACCEPTED

        @pytest.mark.sagemaker_ie(parameter_validation=True)
        def test_the_closest_counts(self, sagemaker_ie):
            assert is_refused(sagemaker_ie) is REFUSED

    class TestASubclass(TestAClass):
        pass

    @pytest.mark.sagemaker_ie(parameter_validation=True)
    class TestAStricterSubclass(TestAClass):
        def test_it(self, sagemaker_ie):
            assert is_refused(sagemaker_ie) is REFUSED

        test_it_with_a_seed_of_its_own = None

    @pytest.mark.parametrize("expected", [
        pytest.param(ACCEPTED, marks=pytest.mark.sagemaker_ie(parameter_validation=False)),
        pytest.param(REFUSED, marks=pytest.mark.sagemaker_ie(parameter_validation=True)),
        {default},
    ])
    def test_a_parameter(sagemaker_ie, expected):
        assert is_refused(sagemaker_ie) is expected
"""
TESTS = 17


@pytest.mark.parametrize("ini", [None, "true", "false"])
def test_marker_and_ini_option(pytester: pytest.Pytester, ini: "str | None") -> None:
    if ini is not None:
        pytester.makeini(f"[pytest]\nsagemaker_ie_parameter_validation = {ini}")
    pytester.makepyfile(SUITE.format(default=ini != "false"))
    result = pytester.runpytest()
    result.assert_outcomes(passed=TESTS)
    assert result.outlines.count(HEADER) == (ini == "false")


def test_it_can_be_turned_off_on_the_command_line(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SUITE.format(default=False))
    result = pytester.runpytest("-o", "sagemaker_ie_parameter_validation=false")
    result.assert_outcomes(passed=TESTS)
    result.stdout.fnmatch_lines([HEADER])


def test_a_module_can_turn_it_off_for_itself(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_lax="""
        import pytest
        pytestmark = pytest.mark.sagemaker_ie(parameter_validation=False)

        def test_it(sagemaker_ie_backend):
            sagemaker_ie_backend.seed("a_b")

        @pytest.mark.sagemaker_ie("c_d")
        def test_a_seed(sagemaker_ie_backend):
            assert sagemaker_ie_backend.get("c_d").status == "Created"
        """,
        test_strict="""
        import pytest

        def test_it(sagemaker_ie_backend):
            with pytest.raises(ValueError, match="regular expression pattern"):
                sagemaker_ie_backend.seed("a_b")
        """,
    )
    result = pytester.runpytest()
    result.assert_outcomes(passed=3)
    assert HEADER not in result.outlines


def test_a_marker_that_breaks_a_constraint_is_an_error_of_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.sagemaker_ie("churn_v2", RoleArn="arn:aws:iam::1:role/x")
        def test_it():
            pass
        """
    )
    result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "Value 'churn_v2' at 'name' failed to satisfy constraint: Member must*"
            " Value 'arn:aws:iam::1:role/x' at 'RoleArn' failed to satisfy constraint: Member must satisfy*",
        ]
    )


class TestTheContextManager:
    @staticmethod
    def is_refused() -> bool:
        client: Any = boto3.client("sagemaker", "us-east-1")
        code = answer_of(client.describe_inference_experiment, Name="churn_v2")["Error"]["Code"]
        assert code in ("ValidationException", "ResourceNotFound")
        return code == "ValidationException"

    def test_it_checks_unless_it_is_told_not_to(self) -> None:
        with mock_inference_experiments():
            assert self.is_refused()
        with mock_inference_experiments(parameter_validation=True):
            assert self.is_refused()
        with mock_inference_experiments(parameter_validation=False):
            assert not self.is_refused()

    def test_each_of_two_has_its_own_way(self) -> None:
        with mock_inference_experiments(parameter_validation=False):
            with mock_inference_experiments():
                assert self.is_refused()
            assert not self.is_refused()

    def test_as_a_decorator(self) -> None:
        assert not mock_inference_experiments(parameter_validation=False)(self.is_refused)()
        assert mock_inference_experiments(self.is_refused)()

    def test_seeds_are_checked_as_strictly(self) -> None:
        with mock_inference_experiments() as backend, pytest.raises(SeedError, match="at 'RoleArn'"):
            backend.seed("churn", RoleArn=SHORT)
        with mock_inference_experiments(parameter_validation=False) as backend:
            assert backend.seed("churn_v2", RoleArn=SHORT).role_arn == SHORT


class TestTurnedOff:
    """Lengths and patterns of strings are not looked at then, and everything else is."""

    @pytest.fixture
    def backend(self) -> Any:
        with mock_inference_experiments(parameter_validation=False) as backend:
            yield backend

    @pytest.fixture
    def client(self, backend: Any) -> Any:
        return boto3.client("sagemaker", "us-east-1", config=Config(parameter_validation=False))

    def test_texts_of_any_form_are_taken(self, backend: Any, client: Any) -> None:
        client.create_inference_experiment(**UNHEARD_OF)
        shown = client.describe_inference_experiment(Name="churn_v2")
        for member in ("Name", "RoleArn", "Description", "ShadowModeConfig"):
            assert shown[member] == UNHEARD_OF[member]
        client.stop_inference_experiment(Name="churn_v2", ModelVariantActions={"a_1": "Retain"}, Reason="\n" * 2000)
        assert backend.get("churn_v2").status_reason == "\n" * 2000
        assert backend.get("churn_v2").tags == {"a!": "b!" * 200}

    @pytest.mark.parametrize(
        ("parameters", "code"),
        [
            ({"Name": None}, "ValidationException"),
            ({"Name": 5}, "SerializationException"),
            ({"ShadowModeConfig": {}}, "ValidationException"),
            ({"Tags": [{"Key": "a"}]}, "ValidationException"),
            ({"ShadowModeConfig": shadow_mode("a_1", "b_1", 2**31)}, "SerializationException"),
            ({"ShadowModeConfig": shadow_mode("a_1", "c_1")}, "ValidationException"),
            ({"ModelVariants": []}, "ValidationException"),
            ({"Type": "Other"}, "ValidationException"),
            ({"ModelVariants": [variant("a_1", instance_type="ml.z99.large"), variant("b_1")]}, "ValidationException"),
            ({"ModelVariants": [variant("a_1", count=-1), variant("b_1")]}, "ValidationException"),
            ({"ModelVariants": [variant("a_1"), variant("b_1"), variant("c_1")]}, "ValidationException"),
            ({"ShadowModeConfig": shadow_mode("a_1", "b_1", 101)}, "ValidationException"),
            ({"Tags": [{"Key": "aws:x", "Value": ""}]}, "ValidationException"),
            ({"Tags": [{"Key": str(number), "Value": ""} for number in range(51)]}, "ValidationException"),
        ],
    )
    def test_the_rest_of_the_model_and_the_rules_of_values_hold(
        self, backend: Any, client: Any, parameters: dict[str, Any], code: str
    ) -> None:
        with pytest.raises(ClientError) as caught:
            client.create_inference_experiment(**{**UNHEARD_OF, **parameters})
        assert caught.value.response["Error"]["Code"] == code
        assert backend.experiments == []

    def test_the_clients_own_checks_are_its_own(self, backend: Any) -> None:
        with pytest.raises(ParamValidationError):
            boto3.client("sagemaker", "us-east-1").describe_inference_experiment(Name="")
        assert backend.calls == []

    @pytest.mark.parametrize(
        "parameters",
        [
            {"SortBy": "Age"},
            {"SortOrder": "Random"},
            {"StatusEquals": "Gone"},
            {"Type": "Other"},
            {"MaxResults": 0},
            {"MaxResults": 101},
            {"NextToken": "\n"},
        ],
    )
    def test_a_listing_that_makes_no_sense_is_refused(
        self, backend: Any, client: Any, parameters: dict[str, Any]
    ) -> None:
        backend.seed("a_b")
        answer = answer_of(client.list_inference_experiments, **parameters)
        assert answer["Error"]["Code"] == "ValidationException"

    def test_a_filter_of_any_form_is_taken(self, backend: Any, client: Any) -> None:
        for name in ("a_b", "a-b"):
            backend.seed(name)
        listed = client.list_inference_experiments(NameContains="_")["InferenceExperiments"]
        assert [each["Name"] for each in listed] == ["a_b"]

    def test_the_keys_of_a_map_may_have_any_form_and_its_values_not(self, backend: Any, client: Any) -> None:
        backend.seed("churn", "Running")
        stop = client.stop_inference_experiment
        told = answer_of(stop, Name="churn", ModelVariantActions={"pro_duction": "Keep"})["Error"]["Message"]
        assert told == (
            "1 validation error detected: Value '{pro_duction=Keep}' at 'modelVariantActions' failed to satisfy"
            " constraint: Map value must satisfy constraint:"
            " [Member must satisfy enum value set: [Promote, Remove, Retain]]"
        )
        told = answer_of(stop, Name="churn", ModelVariantActions={"pro_duction": "Retain"})["Error"]["Message"]
        assert (
            told == "ModelVariantActions name pro_duction, which is not one of the ModelVariants: production, shadow."
        )


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        (
            {"Description": "two\nlines"},
            "Value 'two\nlines' at 'Description' failed to satisfy constraint: Member must",
        ),
        ({"RoleArn": SHORT}, f"Value '{SHORT}' at 'RoleArn' failed to satisfy constraint: Member must satisfy regular"),
        ({"Tags": [{"Key": "!", "Value": ""}]}, "Value '!' at 'Tags.1.member.key' failed to satisfy constraint: "),
        (
            {"ModelVariants": [{**variant("a"), "Status": "Gone"}, {**variant("b"), "Status": "Creating"}]},
            "Value 'Gone' at 'ModelVariants.1.member.status' failed to satisfy constraint: Member must satisfy enum",
        ),
        ({"ModelVariants": [{**variant("a", count=-1)}, variant("b")]}, "greater than or equal to 0"),
        ({"EndpointMetadata": {"EndpointName": "e", "EndpointStatus": "Fine"}}, "'EndpointMetadata.endpointStatus'"),
        ({"StatusReason": "x" * 1025}, "at 'StatusReason' failed to satisfy constraint: Member must have length less"),
        ({"ShadowModeConfig": shadow_mode(sampling=2**40)}, "ShadowModeConfig.shadowModelVariants.1.member.sampling"),
        ({"Schedule": {"EndTime": 1e18}}, "Schedule."),
        ({"Schedule": {"EndTime": float("nan")}}, "Schedule."),
    ],
)
def test_a_seed_is_told_what_it_breaks(sagemaker_ie_backend: Any, parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(SeedError) as caught:
        sagemaker_ie_backend.seed("churn", **parameters)
    assert words in str(caught.value)
    assert sagemaker_ie_backend.experiments == []


def test_a_seed_is_told_all_that_it_breaks(sagemaker_ie_backend: Any) -> None:
    with pytest.raises(SeedError) as caught:
        sagemaker_ie_backend.seed("churn_v2", RoleArn="x" * 2049, Type="Other")
    assert [fault.partition(" at ")[2].partition(" ")[0] for fault in str(caught.value).split("; ")] == [
        "'name'",
        "'RoleArn'",
        "'RoleArn'",
        "'Type'",
    ]
