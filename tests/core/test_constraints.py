"""The service model's constraints: every one is checked, of every operation's input, and worded as the service does.

What is sent and what is expected come from `service_model`, which reads the same model and shares no code with the
package.
"""

import copy
import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import boto3
import botocore
import botocore.session
import pytest
import service_model
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.model import ShapeResolver
from botocore.validate import ParamValidator
from constants import ARN
from fuzz.door import answer_of
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from service_model import OPERATIONS, Case, Site, broken, input_shape, installed_model, message, valid, wire
from valid_requests import creation, shadow_mode, variant

from pytest_sagemaker_ie import OperationNotAnswered, Status, mock_inference_experiments
from pytest_sagemaker_ie.core import constraints
from pytest_sagemaker_ie.core.constraints import checked, read_request
from pytest_sagemaker_ie.core.errors import SerializationException, ValidationException
from pytest_sagemaker_ie.core.java import java_matcher, map_order
from pytest_sagemaker_ie.core.wire import TIMES, from_seconds, to_wire

KEYS = {"aws_access_key_id": "someones", "aws_secret_access_key": "secret"}
MODELS_FORM = re.compile(r"\d+ validation errors? detected: ")

SITES = [(operation, site) for operation in OPERATIONS for site in service_model.sites(input_shape(operation))]
EDGES = [(operation, site) for operation in OPERATIONS for site in service_model.edges(input_shape(operation))]


def share(of_the_profile: float) -> settings:
    """Settings for a test of which there are many: a share of the profile's examples is enough for each."""
    examples = max(2, round(settings().max_examples * of_the_profile))
    return settings(max_examples=examples, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def named(operation: str, site: Site) -> str:
    return f"{operation}.{site}"


def method(client: Any, operation: str) -> Any:
    return getattr(client, re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower())


def violations_of(shape: Any, value: Any, path: str = "", constrained: bool = True) -> list[str]:
    return checked(shape, value, path, constrained=constrained)[1]


def as_kept(shape: Any, value: Any) -> Any:
    """A value in wire form as the core keeps it: with its times in milliseconds."""
    if shape.type_name == "structure":
        return {name: as_kept(shape.members[name], each) for name, each in value.items()}
    if shape.type_name == "list":
        return [as_kept(shape.member, each) for each in value]
    return from_seconds(value) if shape.type_name == "timestamp" else value


def refusal(operation: str, value: Any) -> str:
    """What the validator says of a request, in the form that travels."""
    with pytest.raises(ValidationException) as caught:
        read_request(input_shape(operation), value)
    return str(caught.value)


@pytest.fixture(scope="module")
def unchecked() -> Any:
    """A client that checks nothing itself."""
    return boto3.client("sagemaker", "us-east-1", **KEYS, config=Config(parameter_validation=False))


def test_the_operations_are_those_that_have_something_to_check() -> None:
    assert {operation for operation, _ in SITES} == set(OPERATIONS)
    assert {site.constraint for _, site in SITES} == {"required", "max", "min", "pattern", "enum"}


class TestValidRequests:
    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_the_validator_returns_them(self, operation: str) -> None:
        @given(valid(input_shape(operation)))
        def check(value: Any) -> None:
            sent = wire(operation, value)
            assert read_request(input_shape(operation), copy.deepcopy(sent)) == as_kept(input_shape(operation), sent)

        check()

    @pytest.mark.parametrize(("operation", "site"), EDGES, ids=[named(*each) for each in EDGES])
    def test_what_just_keeps_a_constraint_is_accepted(self, operation: str, site: Site) -> None:
        @share(0.06)
        @given(service_model.case(input_shape(operation), frozenset([site])))
        def check(made: Case) -> None:
            assert made.faults == []
            read_request(input_shape(operation), wire(operation, made.value))

        check()

    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_no_answer_speaks_of_the_model(self, operation: str, unchecked: Any) -> None:
        """The client's own botocore validates them too; and they fail for reasons of state and of values only."""
        checked = boto3.client("sagemaker", "us-east-1", **KEYS)

        @share(0.5)
        @given(valid(input_shape(operation)), st.booleans(), st.booleans())
        def check(value: Any, is_known: bool, checks: bool) -> None:
            if is_known and "Name" in value:
                value = {**value, "Name": "churn"}
            if is_known and "ResourceArn" in value:
                value = {**value, "ResourceArn": ARN}
            with mock_inference_experiments() as backend:
                backend.seed("churn")
                try:
                    answer = answer_of(method(checked if checks else unchecked, operation), **value)
                except OperationNotAnswered:
                    assert not is_known
                else:
                    error = answer.get("Error", {"Code": "", "Message": ""})
                    assert not MODELS_FORM.match(error["Message"])
                    assert error["Code"] != "SerializationException"

        check()


class TestViolations:
    @pytest.mark.parametrize(("operation", "site"), SITES, ids=[named(*each) for each in SITES])
    def test_each_is_refused_with_its_path_and_words(self, operation: str, site: Site) -> None:
        shape = input_shape(operation)

        @share(0.06)
        @given(service_model.case(shape, frozenset([site])))
        def check(made: Case) -> None:
            assert made.faults
            assert refusal(operation, wire(operation, made.value)) == message(made.faults)

        check()

    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_several_are_told_in_one_answer_in_the_order_of_the_model(self, operation: str) -> None:
        shape = input_shape(operation)
        everything = list(service_model.sites(shape))

        @given(st.data())
        def check(data: st.DataObject) -> None:
            plan = frozenset(data.draw(st.lists(st.sampled_from(everything), min_size=1, max_size=6)))
            made = data.draw(service_model.case(shape, plan))
            assert refusal(operation, wire(operation, made.value)) == message(made.faults)

        check()

    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_the_client_is_told(self, operation: str, unchecked: Any) -> None:
        shape = input_shape(operation)
        everything = list(service_model.sites(shape))

        @share(0.25)
        @given(st.data())
        def check(data: st.DataObject) -> None:
            made = data.draw(service_model.case(shape, frozenset([data.draw(st.sampled_from(everything))])))
            # The ARN of another resource would not be answered at all.
            arn = made.value.get("ResourceArn", "")
            if re.fullmatch("arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:.+", arn, re.DOTALL):
                assume(not broken(shape.members["ResourceArn"], arn))
                made.value["ResourceArn"] = ARN
            with mock_inference_experiments() as backend:
                backend.seed("churn")
                with pytest.raises(ClientError) as caught:
                    method(unchecked, operation)(**made.value)
                [call] = backend.calls
            assert type(caught.value) is ClientError
            response = caught.value.response
            assert response["Error"]["Code"] == call.error == "ValidationException"
            assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
            assert response["Error"]["Message"] == message(made.faults)

        check()

    def test_a_fault_as_the_service_words_it(self) -> None:
        """Verbatim, so that the form does not rest on what generates the others."""
        request = creation(
            "ENTER_NAME",
            ModelVariants=[variant("production", instance_type="ml.m5.huge"), variant("shadow", count=-1)],
            ShadowModeConfig=shadow_mode(sampling=101),
            Tags=[{"Key": "", "Value": "x" * 257}],
        )
        del request["EndpointName"]
        enum = ", ".join(service_model.in_set_order(instance_types(installed_model())))
        name, tag = (pattern_of(shape) for shape in ("InferenceExperimentName", "TagKey"))
        value = "x" * 257
        assert tag.strip("^$") == r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)"
        assert refusal("CreateInferenceExperiment", request) == (
            "7 validation errors detected: "
            "Value 'ENTER_NAME' at 'name' failed to satisfy constraint: "
            f"Member must satisfy regular expression pattern: {name}; "
            "Value null at 'endpointName' failed to satisfy constraint: Member must not be null; "
            "Value 'ml.m5.huge' at "
            "'modelVariants.1.member.infrastructureConfig.realTimeInferenceConfig.instanceType' "
            f"failed to satisfy constraint: Member must satisfy enum value set: [{enum}]; "
            "Value '-1' at 'modelVariants.2.member.infrastructureConfig.realTimeInferenceConfig.instanceCount' "
            "failed to satisfy constraint: Member must have value greater than or equal to 0; "
            "Value '101' at 'shadowModeConfig.shadowModelVariants.1.member.samplingPercentage' "
            "failed to satisfy constraint: Member must have value less than or equal to 100; "
            "Value '' at 'tags.1.member.key' "
            "failed to satisfy constraint: Member must have length greater than or equal to 1; "
            f"Value '{value}' at 'tags.1.member.value' "
            "failed to satisfy constraint: Member must have length less than or equal to 256"
        )

    def test_faults_of_a_map_as_the_service_words_them(self) -> None:
        actions = {"pro_duction": "Keep", "shadow": "Drop", "third": "Remove"}
        name = pattern_of("ModelVariantName")
        least = "Member must have length greater than or equal to 0, " if "min" in limits_of("ModelVariantName") else ""
        place = "Value '{shadow=Drop, third=Remove, pro_duction=Keep}' at 'modelVariantActions' failed to satisfy"
        assert refusal("StopInferenceExperiment", {"Name": "churn", "ModelVariantActions": actions}) == (
            f"3 validation errors detected: {place} constraint: Member must have length less than or equal to 2; "
            f"{place} constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 63, "
            f"{least}Member must satisfy regular expression pattern: {name}]; "
            f"{place} constraint: Map value must satisfy constraint: "
            "[Member must satisfy enum value set: [Promote, Remove, Retain]]"
        )

    def test_a_value_that_reads_like_a_violation_is_none(self) -> None:
        key = "a' at 'b' failed to satisfy constraint: c; "
        refused = refusal("StopInferenceExperiment", {"Name": "churn", "ModelVariantActions": {key: "Retain"}})
        assert refused.startswith(
            f"1 validation error detected: Value '{{{key}=Retain}}' at 'modelVariantActions' failed to satisfy"
            " constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 63, "
        )

    def test_a_list_is_shown_as_the_service_shows_it(self) -> None:
        unknown = {"Status": None, "Ready": True, "Broken": False}
        faulty = {"Name": "churn", "ModelVariants": [variant("a"), {**variant("b"), **unknown}, variant("c")]}
        shown = (
            "{{ModelName=churn-model, VariantName={}, InfrastructureConfig={{InfrastructureType=RealTimeInference,"
            " RealTimeInferenceConfig={{InstanceType=ml.m5.xlarge, InstanceCount=1}}}}{}}}"
        )
        listed = ", ".join(
            [shown.format("a", ""), shown.format("b", ", Status=null, Ready=true, Broken=false"), shown.format("c", "")]
        )
        assert refusal("UpdateInferenceExperiment", faulty) == (
            f"1 validation error detected: Value '[{listed}]' at 'modelVariants' failed to satisfy constraint:"
            " Member must have length less than or equal to 2"
        )


def limits_of(shape: str) -> Any:
    return installed_model().shape_for(shape).metadata


def pattern_of(shape: str) -> str:
    return limits_of(shape)["pattern"]


def instance_types(model: Any) -> list[str]:
    # The shape has another name in older models.
    return model.shape_for("RealTimeInferenceConfig").members["InstanceType"].enum


# Anything that JSON can hold, and so that it comes near what is asked for.
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["ShadowMode", "Created", "ml.m5.xlarge", "Retain", 2**31, -(2**31) - 1, 0, 1, 50, 100, 101]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def near_valid(draw: Any, operation: str) -> Any:
    """A request with faults of any kind: broken constraints, other types, nulls, members too many or too few."""
    shape = input_shape(operation)
    plan = draw(st.frozensets(st.sampled_from(list(service_model.sites(shape))), max_size=2))
    value = wire(operation, draw(service_model.case(shape, plan)).value)
    for _ in range(draw(st.integers(0, 3))):
        value = draw(altered(value))
    return value


@st.composite
def altered(draw: Any, value: Any) -> Any:
    """The same with one thing in it replaced, added or taken away, at any depth."""
    if not isinstance(value, (dict, list)) or not value or draw(st.integers(0, 5)) == 0:
        return draw(JSON)
    value = copy.copy(value)
    place = draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value))))
    what = draw(st.integers(0, 5))
    if what == 0:
        del value[place]
    elif what == 1 and isinstance(value, dict):
        value[draw(st.text(max_size=3))] = draw(JSON)
    elif what == 1:
        value.insert(place, draw(JSON))
    else:
        value[place] = draw(altered(value[place]))
    return value


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_request_is_refused_if_and_only_if_it_violates_something(operation: str) -> None:
    shape = input_shape(operation)

    @share(0.6)
    @given(near_valid(operation) | JSON)
    def check(value: Any) -> None:
        try:
            found = violations_of(shape, value)
        except SerializationException as unreadable:
            with pytest.raises(SerializationException, match=re.escape(str(unreadable))):
                read_request(shape, value)
            return
        if found:
            assert refusal(operation, value) == message(found)
        else:
            read_request(shape, value)

    check()


class TestPatterns:
    """Java's patterns, as `java_matcher` makes functions of them."""

    TAG_KEY = r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)"

    @pytest.mark.parametrize("category", sorted(service_model._characters_by_category()))
    def test_each_unicode_category_is_in_the_classes_of_its_letters_and_in_no_other(self, category: str) -> None:
        codes = service_model._characters_by_category()[category]
        characters = {chr(code) for code in [*codes[:130], *codes[:: max(1, len(codes) // 50)], *codes[-5:]]}
        for other in (
            "L",
            "Lu",
            "Ll",
            "Lt",
            "Lm",
            "Lo",
            "M",
            "Mn",
            "Z",
            "Zs",
            "N",
            "Nd",
            "Nl",
            "P",
            "S",
            "Sc",
            "C",
            "Co",
        ):
            alone, inside, outside = (java_matcher(each % other) for each in (r"\p{%s}", r"[-\p{%s}!]", r"[^\p{%s}]"))
            belongs = category.startswith(other)
            for character in characters:
                assert (alone(character) is not None) == belongs, (other, character)
                assert (inside(character) is not None) == (belongs or character in "-!"), (other, character)
                assert (outside(character) is not None) == (not belongs), (other, character)

    def test_a_tag_key_may_hold_letters_separators_numbers_and_some_signs(self) -> None:
        matches = java_matcher(self.TAG_KEY)
        for code in [*range(0x300), *range(0x300, 0x110000, 37)]:
            character = chr(code)
            allowed = unicodedata.category(character)[0] in "LZN" or character in "_.:/=+-@"
            assert (matches(character) is not None) == allowed, hex(code)

    def test_categories_are_told_apart_within_one_value(self) -> None:
        matches = java_matcher(r"\p{Lu}\p{Ll}*(\p{Zs}|-)\p{Nd}{2}")
        assert matches("Ärger-10")
        assert matches("Ж\u2003٣4")
        assert matches("A\u00a0\U0001d7d8\U0001d7d9")
        assert not matches("ärger-10")
        assert not matches("Ärger\u202810")
        assert not matches("ÄRger-10")
        assert not matches("Ärger-1Ⅷ")

    def test_a_private_character_stands_for_itself_alone(self) -> None:
        matches = java_matcher(self.TAG_KEY)
        assert [chr(code) for code in range(0xE000, 0xE020) if matches(chr(code))] == []

    @pytest.mark.parametrize("terminator", ["\n", "\r", "\r\n", "\x85", "\u2028", "\u2029"])
    def test_a_dot_stops_at_a_line_terminator(self, terminator: str) -> None:
        assert not java_matcher(".*")(f"one{terminator}two")
        assert not java_matcher(".*")(terminator)
        assert not java_matcher(".*")(f"one{terminator}")
        assert java_matcher("[.]*|one.*")("one....")

    @pytest.mark.parametrize("other", ["\t", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x00", "\u200b", "😀", "\ud800"])
    def test_a_dot_stops_at_nothing_else(self, other: str) -> None:
        assert java_matcher(".*")(f"one{other}two")

    def test_a_dot_in_a_class_or_behind_a_backslash_is_a_dot(self) -> None:
        assert java_matcher("[.]")(".")
        assert not java_matcher("[.]")("x")
        assert java_matcher(r"a\.b")("a.b")
        assert not java_matcher(r"a\.b")("axb")

    def test_brackets_in_a_class_are_themselves(self) -> None:
        matches = java_matcher(r"[^ ~^:?*\[]+.")
        assert matches("a]b.")
        assert not matches("a[b.")
        assert not matches("ab\n")
        matches = java_matcher(r"[[]].")
        assert matches("[]x")
        assert not matches("[]\n")

    @pytest.mark.parametrize("digit", ["\u0663", "\uff13", "\U0001d7d8", "²"])
    def test_digits_words_and_spaces_are_ascii(self, digit: str) -> None:
        assert not java_matcher(r"\d")(digit)
        assert not java_matcher(r"\w")(digit)
        assert not java_matcher(r"\s")("\u00a0")
        assert java_matcher(r"\d\w\s")("1a\t")

    def test_the_whole_value_must_match(self) -> None:
        matches = java_matcher("[a-z]+|[0-9]+")
        assert matches("abc")
        assert matches("123")
        assert not matches("abc1")
        assert not matches("abc\n")
        assert not java_matcher("^[a-z]+$")("abc\n")

    def test_every_pattern_of_the_operations_agrees_with_another_translation(self) -> None:
        shapes = {}

        def collect(shape: Any) -> None:
            below = {"structure": lambda: shape.members.values(), "list": lambda: [shape.member]}
            below["map"] = lambda: [shape.key, shape.value]
            for each in below.get(shape.type_name, list)():
                collect(each)
            if "pattern" in shape.metadata:
                shapes[shape.name] = shape

        for operation in OPERATIONS:
            collect(input_shape(operation))

        @given(st.sampled_from(sorted(shapes)), st.data())
        def check(name: str, data: st.DataObject) -> None:
            shape = shapes[name]
            text = data.draw(st.text(max_size=20) | service_model.valid(shape))
            if data.draw(st.booleans()):
                text += data.draw(st.text(max_size=3) | st.sampled_from(service_model._SUSPECTS))
            pattern = shape.metadata["pattern"]
            assert (java_matcher(pattern)(text) is not None) == service_model.matches(pattern, text)

        assert len(shapes) > 10
        check()


class TestShapesToCome:
    """What a later model may have, and no operation has now."""

    SHAPES: ClassVar[dict[str, Any]] = {
        "Input": {
            "type": "structure",
            "members": {name: {"shape": name} for name in ("Flag", "Flags", "Rates", "Labels", "When")},
        },
        "Flag": {"type": "boolean"},
        "Flags": {"type": "list", "member": {"shape": "Flag"}},
        "Rates": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Rate"}, "min": 1},
        "Rate": {"type": "double"},
        "Labels": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Name"}},
        "Name": {"type": "string", "max": 3, "min": 1, "pattern": "[a-z]*"},
        "When": {"type": "timestamp"},
    }
    FITTING: ClassVar[dict[str, Any]] = {
        "Flag": True,
        "Flags": [False, True],
        "Rates": {"a": 0.5},
        "Labels": {"a": "b"},
    }

    @pytest.fixture
    def shape(self) -> Any:
        return ShapeResolver(self.SHAPES).get_shape_by_name("Input")

    @pytest.mark.parametrize("constrained", [True, False])
    @pytest.mark.parametrize("more", [{}, {"Unknown": 5}])
    def test_a_value_of_a_new_kind_is_taken_as_it_is(self, shape: Any, constrained: bool, more: Any) -> None:
        assert read_request(shape, {**self.FITTING, **more}, constrained=constrained) == self.FITTING

    def test_a_seeds_value_of_a_new_kind_is_copied(self, shape: Any) -> None:
        wire = to_wire(shape, self.FITTING, "seed")
        assert wire == self.FITTING
        assert wire["Rates"] is not self.FITTING["Rates"]

    @pytest.mark.parametrize("member", ["Flags", "Rates"])
    def test_null_in_a_list_or_a_map_is_a_fault_whatever_its_kind(self, shape: Any, member: str) -> None:
        value, words = {
            "Flags": ([True, None], "Value null at 'flags.2.member' failed to satisfy constraint: Member"),
            "Rates": ({"a": None}, "Value '{a=null}' at 'rates' failed to satisfy constraint: Map value must satisfy"),
        }[member]
        [fault] = violations_of(shape, {member: value}, "")
        assert fault.startswith(words)
        assert "Member must not be null" in fault

    def test_null_is_as_good_as_nothing_whatever_its_kind(self, shape: Any) -> None:
        assert read_request(shape, {"Flag": None, "Flags": []}) == {"Flags": []}

    def test_the_keys_and_the_values_of_a_map_are_texts_with_all_constraints(self, shape: Any) -> None:
        words = (
            "[Member must have length less than or equal to 3, Member must have length greater than or equal to 1,"
            " Member must satisfy regular expression pattern: [a-z]*]"
        )
        place = "Value '{A=b, c=four}' at 'labels' failed to satisfy constraint: Map"

        def refusal_of(value: Any) -> str:
            with pytest.raises(ValidationException) as caught:
                read_request(shape, value)
            return str(caught.value)

        assert refusal_of({"Labels": {"A": "b", "c": "four"}}) == message(
            [f"{place} keys must satisfy constraint: {words}", f"{place} value must satisfy constraint: {words}"]
        )
        assert "1 validation error detected: Value '{A=b}'" in refusal_of({"Labels": {"A": "b"}})
        assert "1 validation error detected: Value '{c=four}'" in refusal_of({"Labels": {"c": "four"}})

    @pytest.mark.parametrize("more", [{}, {"Unknown": 5}])
    @pytest.mark.parametrize("text", ["", "A", "four"])
    def test_texts_may_have_any_form_where_they_are_not_constrained(self, shape: Any, text: str, more: Any) -> None:
        value = {"Labels": {text: text}}
        assert read_request(shape, {**value, **more}, constrained=False) == value

    def test_an_empty_map_may_be_too_small(self, shape: Any) -> None:
        assert violations_of(shape, {"Rates": {}}, "", constrained=False) == [
            "Value '{}' at 'rates' failed to satisfy constraint: Member must have length greater than or equal to 1"
        ]

    @pytest.mark.parametrize("when", TIMES)
    def test_the_first_and_the_last_moment_are_times_beside_a_fault_too(self, shape: Any, when: int) -> None:
        assert len(violations_of(shape, {"Rates": {}, "When": when}, "")) == 1


class TestCompiling:
    """What a shape's constraints are made into is kept: making it takes much longer than using it."""

    @pytest.fixture
    def compiled(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The shapes that were compiled, by name."""
        names = []
        check_of, depth = constraints._check_of, 0

        def recorded(shape: Any, constrained: bool) -> Any:
            nonlocal depth
            names.extend([shape.name] * (not depth))  # and not the shapes in it
            depth += 1
            try:
                return check_of(shape, constrained)
            finally:
                depth -= 1

        monkeypatch.setattr(constraints, "_kept", {})
        monkeypatch.setattr(constraints, "_check_of", recorded)
        return names

    def test_it_is_done_once_for_all_accounts_and_for_all_clients_of_a_session(self, compiled: list[str]) -> None:
        for _ in range(2):
            client = boto3.client("sagemaker", "us-east-1", **KEYS)
            with mock_inference_experiments() as backend:
                backend.seed("churn")
                client.describe_inference_experiment(Name="churn")
                client.describe_inference_experiment(Name="churn")
        assert compiled.count("DescribeInferenceExperimentRequest") == 1

    def test_it_is_done_for_each_way_of_checking(self, compiled: list[str]) -> None:
        shape = input_shape("DescribeInferenceExperiment")
        for constrained in (True, False, True, False):
            assert read_request(shape, {"Name": "churn"}, constrained=constrained) == {"Name": "churn"}
        assert compiled == [shape.name] * 2

    def test_texts_are_constrained_unless_it_is_said_that_they_are_not(self) -> None:
        with pytest.raises(ValidationException, match="at 'name' failed to satisfy constraint"):
            read_request(input_shape("DescribeInferenceExperiment"), {"Name": "churn_v2"})

    def test_shapes_that_are_not_botocores_are_told_apart(self, compiled: list[str]) -> None:
        for most, count in ((3, 1), (4, 0), (2, 1)):
            shape: Any = SimpleNamespace(name="Word", type_name="string", metadata={"max": most})
            assert len(violations_of(shape, "four", "word")) == count
        assert compiled == ["Word"] * 3

    def test_no_more_is_kept_than_some_sessions_need(
        self, compiled: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(constraints, "_MOST_KEPT", 3)
        for operation in OPERATIONS[:3]:
            violations_of(input_shape(operation), {}, "")
        assert len(constraints._kept) == 3
        violations_of(input_shape(OPERATIONS[3]), {}, "")
        assert len(constraints._kept) == 1


class TestResponses:
    """Every response satisfies its shape, by botocore's own validator and by the constraints that it leaves out."""

    @staticmethod
    def violations(shape: Any, value: Any) -> Iterator[str]:
        if shape.type_name == "structure":
            for name, each in value.items():
                yield from TestResponses.violations(shape.members[name], each)
        elif shape.type_name == "list":
            for each in value:
                yield from TestResponses.violations(shape.member, each)
        if shape.type_name in ("list", "string", "integer"):
            yield from (f"{value!r}: {words}" for words in broken(shape, value))

    def check(self, operation: str, response: dict[str, Any]) -> None:
        shape = installed_model().operation_model(operation).output_shape
        answer = {name: value for name, value in response.items() if name != "ResponseMetadata"}
        report = ParamValidator().validate(answer, shape)
        assert not report.has_errors(), report.generate_report()
        assert list(self.violations(shape, answer)) == []
        for member in shape.required_members:
            assert answer[member] is not None

    @pytest.mark.parametrize("operation", OPERATIONS)
    def test_over_random_states(self, operation: str, unchecked: Any) -> None:
        succeeded = 0
        seeds = {
            name: shape
            for name, shape in input_shape("CreateInferenceExperiment").members.items()
            if name in ("Description", "RoleArn", "DataStorageConfig", "KmsKey", "Tags")
        }
        names = st.sampled_from(["churn", "other", "new"])
        ready = {"StopInferenceExperiment": "Running", "DeleteInferenceExperiment": "Completed"}.get(
            operation, "Created"
        )

        def call(operation: str, name: str, data: st.DataObject) -> bool:
            request = self.sensible(operation, name, data.draw(valid(input_shape(operation))))
            answer = answer_of(method(unchecked, operation), **request)
            if "Error" in answer:
                assert not MODELS_FORM.match(answer["Error"]["Message"])
                return False
            self.check(operation, answer)
            return True

        @share(0.6)
        @given(st.data())
        def walk(data: st.DataObject) -> None:
            nonlocal succeeded
            with mock_inference_experiments() as backend:
                for name in ("churn", "other"):
                    members = data.draw(st.lists(st.sampled_from(sorted(seeds)), unique=True, max_size=3))
                    parameters = {member: data.draw(valid(seeds[member])) for member in members}
                    if "Tags" in parameters:  # the model does not say that a key comes once
                        parameters["Tags"] = list({tag["Key"]: tag for tag in parameters["Tags"]}.values())
                    backend.seed(name, data.draw(st.sampled_from([ready, ready, *Status])), **parameters)
                for before in data.draw(st.lists(st.sampled_from(OPERATIONS), max_size=4)):
                    call(before, data.draw(names), data)
                succeeded += call(operation, data.draw(names), data)
                for each in backend.experiments:
                    call("DescribeInferenceExperiment", each.name, data)

        walk()
        assert succeeded

    @staticmethod
    def sensible(operation: str, name: str, request: dict[str, Any]) -> dict[str, Any]:
        """The request about one of few experiments, with values that fit each other, so that it may succeed."""
        fitting = {
            "Name": name,
            "ResourceArn": ARN.replace("churn", name),
            "EndpointName": f"{name}-endpoint",
            "ModelVariants": [variant("production"), variant("shadow")],
            "ShadowModeConfig": shadow_mode(),
            "ModelVariantActions": {"production": "Retain"},
        }
        unfitting = ("Schedule", "DesiredModelVariants", "NextToken")
        return {
            member: fitting.get(member, value)
            for member, value in request.items()
            if member not in unfitting and not (operation.startswith("List") and "Time" in member)
        }

    @pytest.mark.parametrize("status", Status)
    def test_in_each_status(self, status: Status, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        sagemaker_ie_backend.seed("churn", status)
        self.check("DescribeInferenceExperiment", sagemaker_ie.describe_inference_experiment(Name="churn"))
        self.check("ListInferenceExperiments", sagemaker_ie.list_inference_experiments())

    def test_of_a_listing_with_the_longest_filters(self, sagemaker_ie: Any, sagemaker_ie_backend: Any) -> None:
        for number in range(3):
            sagemaker_ie_backend.seed(str(number) + "a" * 119)
        response = sagemaker_ie.list_inference_experiments(
            NameContains="a" * 63, Type="ShadowMode", StatusEquals="Created", MaxResults=1, SortBy="Status"
        )
        assert response["NextToken"]
        self.check("ListInferenceExperiments", response)


class TestTheClientsOwnModel:
    """The constraints are read from the model that the client itself uses."""

    @staticmethod
    def client_of(tmp_path: Path, added: list[str], removed: list[str]) -> Any:
        """A client of a session whose model of SageMaker has other instance types."""
        loader = botocore.session.get_session().get_component("data_loader")
        model = loader.load_service_model("sagemaker", "service-2")
        name = model["shapes"]["RealTimeInferenceConfig"]["members"]["InstanceType"]["shape"]
        shape = model["shapes"][name]
        enum = [each for each in [*shape["enum"], *added] if each not in removed]
        shapes = {**model["shapes"], name: {**shape, "enum": enum}}
        place = tmp_path / "sagemaker" / model["metadata"]["apiVersion"]
        place.mkdir(parents=True)
        (place / "service-2.json").write_text(json.dumps({**model, "shapes": shapes}), encoding="utf-8")
        session = botocore.session.Session()
        session.set_config_variable("data_path", str(tmp_path))
        loader = session.get_component("data_loader")
        loader.search_paths.insert(0, str(tmp_path))
        return boto3.Session(botocore_session=session).client("sagemaker", "us-east-1")

    REFUSED = "failed to satisfy constraint: Member must satisfy enum value set: ["

    @pytest.mark.usefixtures("sagemaker_ie_backend")
    def test_an_instance_type_that_the_installed_model_lacks_is_refused(self, sagemaker_ie: Any) -> None:
        with pytest.raises(ClientError) as caught:
            sagemaker_ie.create_inference_experiment(
                **creation(ModelVariants=[variant("production"), variant("shadow", instance_type="ml.z99.large")])
            )
        told = caught.value.response["Error"]["Message"]
        assert told.startswith(
            "1 validation error detected: Value 'ml.z99.large' at"
            f" 'modelVariants.2.member.infrastructureConfig.realTimeInferenceConfig.instanceType' {self.REFUSED}"
        )

    @pytest.mark.usefixtures("sagemaker_ie_backend")
    def test_a_newer_model_accepts_newer_instance_types(self, tmp_path: Path, sagemaker_ie: Any) -> None:
        newer = self.client_of(tmp_path, ["ml.z99.large"], [])
        wanted = creation(ModelVariants=[variant("production"), variant("shadow", instance_type="ml.z99.large")])
        newer.create_inference_experiment(**wanted)
        shown = sagemaker_ie.describe_inference_experiment(Name="churn")["ModelVariants"][1]["InfrastructureConfig"]
        assert shown["RealTimeInferenceConfig"]["InstanceType"] == "ml.z99.large"
        with pytest.raises(ClientError, match=re.escape(self.REFUSED)):
            sagemaker_ie.create_inference_experiment(**{**wanted, "Name": "other"})
        newer.create_inference_experiment(**{**wanted, "Name": "other"})

    @pytest.mark.usefixtures("sagemaker_ie_backend")
    def test_an_older_model_refuses_what_it_does_not_know(self, tmp_path: Path, sagemaker_ie: Any) -> None:
        older = self.client_of(tmp_path, [], ["ml.m5.xlarge"])
        with pytest.raises(ClientError, match=re.escape(self.REFUSED)):
            older.create_inference_experiment(**creation())
        sagemaker_ie.create_inference_experiment(**creation())


def test_a_map_of_more_than_twelve_entries_is_shown_in_the_order_of_more_buckets() -> None:
    # In 16 buckets, "p" would be first and "q" next to "a".
    assert map_order(reversed("abcdefghijklmnopq")) == list("abcdefghijklmnopq")
