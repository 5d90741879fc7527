"""The fuzzing does no harm, in a short run; and a long one would find what does. ``python -m tests.fuzz`` is longer."""

import random
from typing import Any

import pytest
from fuzz import __main__ as command
from fuzz.requests import Requests
from fuzz.run import FuzzError, fuzz
from service_model import OPERATIONS

from pytest_sagemaker_ie import Status
from pytest_sagemaker_ie.core import operations, service, values
from pytest_sagemaker_ie.core.errors import ServiceError
from pytest_sagemaker_ie.core.request import Outcome
from pytest_sagemaker_ie.core.transitions import Transition


@pytest.mark.slow
def test_a_short_run() -> None:
    report = fuzz(1500, seed=20260301, per_round=250, examples=15)
    assert report.requests == sum(report.answers.values()) == 1500
    assert report.answers["success"] > 100
    assert {"ConflictException", "ResourceInUse", "ResourceLimitExceeded", "ResourceNotFound"} <= set(report.answers)
    assert report.answers["ValidationException"] > 100
    assert report.answers["SerializationException"] > 100
    assert len(report.blocks) == 6
    assert report.is_flat, report


def test_a_seed_gives_the_same_requests_again() -> None:
    def some(seed: int) -> list[tuple[str, bytes]]:
        supply = Requests(seed, examples=3)
        return [supply.next() for _ in range(50)]

    first = some(1)
    assert [operation for operation, _ in first] == [operation for operation, _ in some(1)]
    assert first != some(2)
    assert len({operation for operation, _ in first}) > 5


class TestWhatIsFound:
    """Each is a mistake put into the package, which the same short run must find."""

    @staticmethod
    def found() -> str:
        with pytest.raises(FuzzError) as caught:
            fuzz(1500, seed=20260301, per_round=250, examples=15)
        return str(caught.value)

    def test_an_exception_of_the_package(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(service, "_experiment_named", lambda operation, value, region: value["Name"])
        assert "an exception of the package" in self.found()

    def test_an_error_that_the_operation_does_not_have(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def check(*_: Any) -> None:
            raise ServiceError("slowly", "ThrottlingException")

        monkeypatch.setattr(operations, "check_tags", check)
        assert "ThrottlingException is no error of the operation" in self.found()

    def test_a_change_before_the_refusal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        perform = operations.update_inference_experiment

        def hasty(request: Any) -> Any:
            state = request.found()
            state.settings = {**state.settings, "Description": request.parameters.get("Description")}
            return perform(request)

        monkeypatch.setattr(service, "OPERATIONS", {**operations.OPERATIONS, "UpdateInferenceExperiment": hasty})
        assert "a refused request changed something" in self.found()

    @pytest.mark.slow
    def test_a_change_that_shows_later(self, monkeypatch: pytest.MonkeyPatch) -> None:
        perform = operations.update_inference_experiment

        def hasty(request: Any) -> Any:
            state = request.found()
            try:
                return perform(request)
            except ServiceError:
                state.transitions = {Status.UPDATING: Transition(50_000_000, 0)}
                raise

        monkeypatch.setattr(service, "OPERATIONS", {**operations.OPERATIONS, "UpdateInferenceExperiment": hasty})
        assert "a request that was refused earlier changed what came now" in self.found()

    def test_a_response_that_does_not_fit_its_shape(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            service, "OPERATIONS", {**operations.OPERATIONS, "StartInferenceExperiment": lambda _: Outcome({})}
        )
        assert "the response does not fit its shape" in self.found()

    @pytest.mark.slow
    def test_a_leak(self, monkeypatch: pytest.MonkeyPatch) -> None:
        leak = []
        check_tags = values.check_tags

        def leaking(tags: Any, present: Any) -> Any:
            leak.append([[] for _ in range(1000)])
            return check_tags(tags, present)

        monkeypatch.setattr(operations, "check_tags", leaking)
        assert not fuzz(250, seed=20260301, per_round=50, examples=5).is_flat


class TestTheCommand:
    def test_it_says_what_the_answers_were(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert command.main(["--requests", "30", "--seed", "5"]) == 0
        said = capsys.readouterr().out
        assert said.startswith("seed 5\n30 requests in ")
        assert " success" in said
        assert said.endswith("memory is flat\n")

    def test_it_says_what_was_found_and_with_which_seed(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service, "OPERATIONS", dict.fromkeys(OPERATIONS, lambda _: Outcome({"Unknown": 1 / 0})))
        monkeypatch.setattr(random, "randrange", lambda *_: 77)
        assert command.main(["--requests", "300"]) == 1
        said = capsys.readouterr().out
        assert said.startswith("seed 77\nrequest ")
        assert "ZeroDivisionError" in said
