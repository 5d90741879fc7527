"""The report section of a test that failed, as the suites see it in which it appears."""

import re
import textwrap
import xml.etree.ElementTree as ElementTree
from collections import Counter
from datetime import datetime, timezone
from typing import Any

import boto3
import pytest
from freezegun import freeze_time

from pytest_sagemaker_ie import mock_inference_experiments
from pytest_sagemaker_ie.activation import note_unanswered
from pytest_sagemaker_ie.core.backend import service_of
from pytest_sagemaker_ie.core.calls import Call
from pytest_sagemaker_ie.report import timeline as timeline_module
from pytest_sagemaker_ie.report.timeline import UsedAccount, plain, timeline

IMPORTS = """
import boto3
import pytest
from datetime import datetime, timedelta, timezone
from freezegun import freeze_time
from pytest_sagemaker_ie import mock_inference_experiments

MONDAY = datetime(2026, 3, 2, tzinfo=timezone.utc)

def client(region=None):
    return boto3.client("sagemaker", region)
"""
RUNNING = '@freeze_time("2026-03-02")\n@pytest.mark.sagemaker_ie("churn", "Running")\n'


def section_of(output: str) -> list[str]:
    """Return the lines of the one section that the output has."""
    (text,) = re.findall(r"^-+ sagemaker_ie -+\n(.*?)\n(?=(?:\x1b\[\d+m)*[_=-]{8,})", output, re.DOTALL | re.MULTILINE)
    return str(text).splitlines()


@pytest.fixture
def run(pytester: pytest.Pytester) -> Any:
    """Run a suite of one module."""

    def ran(code: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(IMPORTS + textwrap.dedent(code))
        return pytester.runpytest_inprocess("--tb=short", *arguments)

    return ran


@pytest.fixture
def section(run: Any) -> Any:
    """Run a suite of one failing test, and return the lines of its section."""

    def shown(code: str, *arguments: str) -> list[str]:
        return section_of(str(run(code, *arguments).stdout))

    return shown


class TestWhatItTells:
    def test_a_list_call_of_another_region_comes_after_the_moves_there(self, section: Any) -> None:
        assert section(
            """
            LATER = MONDAY + timedelta(days=2)

            @pytest.mark.sagemaker_ie_clock("2026-03-02")
            @pytest.mark.sagemaker_ie("churn", "Running", Schedule={"EndTime": MONDAY + timedelta(days=1)})
            @pytest.mark.sagemaker_ie("far", "Running", region="eu-west-1", Schedule={"EndTime": LATER})
            def test_it(sagemaker_ie, sagemaker_ie_clock):
                sagemaker_ie_clock.tick(days=3)
                sagemaker_ie.list_inference_experiments()
                client("eu-west-1").list_inference_experiments()
                assert False
            """
        )[2:6] == [
            "2026-03-03 00:00:00  (EndTime comes)  churn             Running -> Completed",
            "2026-03-04 00:00:00  (EndTime comes)  far in eu-west-1  Running -> Completed",
            "2026-03-05 00:00:00  List",
            "2026-03-05 00:00:00  List             in eu-west-1",
        ]

    def test_a_list_call_comes_after_the_moves_that_it_saw(self, section: Any) -> None:
        assert section(
            """
            @pytest.mark.sagemaker_ie_clock("2026-03-02")
            @pytest.mark.sagemaker_ie("far", "Completed", region="eu-west-1")
            @pytest.mark.sagemaker_ie("later", "Running", Schedule={"EndTime": MONDAY + timedelta(days=2)})
            @pytest.mark.sagemaker_ie("churn", "Running", Schedule={"EndTime": MONDAY + timedelta(days=1)})
            def test_it(sagemaker_ie, sagemaker_ie_clock):
                for _ in range(2):
                    sagemaker_ie.list_inference_experiments()
                    sagemaker_ie.list_inference_experiments()
                    sagemaker_ie_clock.tick(days=3)
                sagemaker_ie.describe_inference_experiment(Name="churn")
                assert False
            """
        )[2:] == [
            "2026-03-02 00:00:00  List                                          2 times, until 2026-03-02 00:00:00",
            "2026-03-03 00:00:00  (EndTime comes)  churn  Running -> Completed",
            "2026-03-04 00:00:00  (EndTime comes)  later  Running -> Completed",
            "2026-03-05 00:00:00  List                                          2 times, until 2026-03-05 00:00:00",
            "2026-03-08 00:00:00  Describe         churn  Completed",
            "Seeded, and named in no call: later, far in eu-west-1",
        ]

    def test_what_an_update_changed(self, section: Any) -> None:
        assert section(
            RUNNING
            + """
def test_it():
    client().describe_inference_experiment(Name="churn")
    client().update_inference_experiment(
        Name="churn", Description="x", Schedule={"EndTime": MONDAY + timedelta(days=9)}
    )
    assert False
"""
        ) == [
            "Seeded: churn (Running)",
            "Calls answered on 2026-03-02, times in UTC:",
            "00:00:00  Describe  churn  Running",
            "00:00:00  Update    churn  Running",
            "    Description: None -> 'x'",
            "    Schedule.EndTime: 2026-03-08T00:00:00Z -> 2026-03-11T00:00:00Z",
        ]

    def test_an_update_that_changed_nothing(self, section: Any) -> None:
        shown = section(
            RUNNING
            + """
def test_it():
    client().update_inference_experiment(Name="churn")
    assert False
"""
        )
        assert shown[2:] == ["00:00:00  Update  churn  Running", "    nothing changed"]

    def test_a_refusal_with_its_reason_and_what_was_sent(self, section: Any) -> None:
        shown = section(
            """
            @freeze_time("2026-03-02")
            @pytest.mark.sagemaker_ie("churn", "Completed")
            def test_it():
                client().update_inference_experiment(Name="churn", Description="x")
            """
        )
        assert shown[2:] == [
            "00:00:00  Update  churn  Completed  ConflictException",
            "    Description='x'",
            "    Cannot update Description of inference experiment churn: its status is Completed. An",
            "    update is allowed only in the statuses Created and Running.",
        ]

    def test_what_came_and_went(self, section: Any) -> None:
        shown = section(
            RUNNING
            + """
def test_it():
    client().stop_inference_experiment(Name="churn", ModelVariantActions={"production": "Retain"})
    client().delete_inference_experiment(Name="churn")
    assert False
"""
        )
        assert shown[2:] == [
            "00:00:00  Stop    churn  Running -> Cancelled",
            "    ModelVariantActions={'production': 'Retain'}",
            "00:00:00  Delete  churn  Cancelled -> (deleted)",
        ]

    def test_what_is_long_is_left_out_of_a_creation(self, section: Any) -> None:
        shown = section(
            """
            @freeze_time("2026-03-02")
            def test_it(sagemaker_ie_backend):
                seed = sagemaker_ie_backend.seed("other")
                variants = [{key: each[key] for key in each if key != "Status"} for each in seed.model_variants]
                client().create_inference_experiment(
                    Name="churn", Type="ShadowMode", RoleArn=seed.role_arn, EndpointName="e" * 60,
                    ModelVariants=variants, ShadowModeConfig=seed.shadow_mode_config,
                )
                assert False
            """
        )
        text = " ".join(line.strip() for line in shown)
        assert "Create  churn  (none) -> Running" in text
        assert f"EndpointName='{'e' * 44}..., ModelVariants=[...], ShadowModeConfig={{...}}" in text

    def test_an_experiment_that_does_not_exist(self, section: Any) -> None:
        shown = section(RUNNING + 'def test_it():\n    client().describe_inference_experiment(Name="chrun")\n')
        assert shown == [
            "Seeded: churn (Running)",
            "Calls answered on 2026-03-02, times in UTC:",
            "00:00:00  Describe  chrun  (none)  ResourceNotFound",
            "    Inference experiment chrun does not exist in us-east-1; known there: churn.",
            "Seeded, and named in no call: churn",
        ]

    def test_that_no_call_was_made(self, section: Any) -> None:
        assert section(RUNNING + "def test_it():\n    assert False\n") == [
            "Seeded: churn (Running)",
            "The account answered no call: neither the test nor the code under test made one.",
        ]

    def test_other_regions(self, section: Any) -> None:
        shown = section(
            """
            @freeze_time("2026-03-02")
            @pytest.mark.sagemaker_ie("churn", region="eu-west-1")
            def test_it():
                client("eu-west-1").describe_inference_experiment(Name="churn")
                client("eu-west-1").list_inference_experiments(StatusEquals="Running")
                assert False
            """
        )
        assert shown == [
            "Seeded: churn in eu-west-1 (Created)",
            "Calls answered on 2026-03-02, times in UTC:",
            "00:00:00  Describe  churn in eu-west-1  Created",
            "00:00:00  List      in eu-west-1",
            "    StatusEquals='Running'",
        ]

    def test_milliseconds_if_there_are_any(self, section: Any) -> None:
        shown = section(
            """
            @freeze_time("2026-03-02 00:00:00.125")
            def test_it(sagemaker_ie):
                sagemaker_ie.list_inference_experiments()
                assert False
            """
        )
        assert shown == ["Calls answered on 2026-03-02, times in UTC:", "00:00:00.125  List"]


class TestCallsThatWereNotAnswered:
    def test_they_are_listed_with_the_reason(self, section: Any) -> None:
        shown = section(
            RUNNING
            + """
def test_it():
    from pytest_sagemaker_ie.activation import note_unanswered

    note_unanswered("CreateModel", "It is no operation of inference experiments.")
    note_unanswered("UpdateInferenceExperiment", "Parameter validation failed:\\nMissing required parameter: Name")
    assert False
"""
        )
        assert shown == [
            "Seeded: churn (Running)",
            "Calls that were not answered:",
            "    CreateModel:",
            "        It is no operation of inference experiments.",
            "    UpdateInferenceExperiment:",
            "        Parameter validation failed: Missing required parameter: Name",
        ]

    def test_a_client_makes_them(self, section: Any) -> None:
        shown = section(
            RUNNING
            + """
def test_it(sagemaker_ie):
    for call in (sagemaker_ie.list_models, sagemaker_ie.describe_inference_experiment):
        with pytest.raises(Exception):
            call()
    assert False
"""
        )
        assert shown == [
            "Seeded: churn (Running)",
            "Calls that were not answered:",
            "    ListModels:",
            "        pytest-sagemaker-ie does not answer it.",
            "    DescribeInferenceExperiment:",
            '        Parameter validation failed: Missing required parameter in input: "Name"',
        ]

    def test_only_the_tests_own_and_not_too_many(self, section: Any) -> None:
        shown = section(
            """
            from pytest_sagemaker_ie.activation import note_unanswered

            @pytest.fixture(scope="module")
            def account():
                with mock_inference_experiments() as account:
                    yield account

            def test_before(account):
                note_unanswered("CreateModel", "before the test")

            def test_it(account):
                for number in range(12):
                    note_unanswered("CreateModel", f"number {number}")
                assert False
            """
        )
        assert "before the test" not in "".join(shown)
        assert shown[-3:] == ["    CreateModel:", "        number 9", "    and 2 more"]

    def test_without_an_account_nothing_is_noted(self) -> None:
        note_unanswered("CreateModel", "nothing is active")


class TestAnExceptionOfAnotherSession:
    @pytest.mark.parametrize(("session", "is_told"), [("boto3.Session()", True), ("boto3", False)])
    def test_it_is_told(self, section: Any, session: str, is_told: bool) -> None:
        shown = section(
            f"""
            @pytest.mark.sagemaker_ie("churn", "Running")
            def test_it(sagemaker_ie):
                with pytest.raises(sagemaker_ie.exceptions.ResourceNotFound):
                    {session}.client("sagemaker").start_inference_experiment(Name="churn")
            """
        )
        assert ("This ConflictException comes from another session's client: it is not" in "".join(shown)) is is_told

    def test_it_is_told_of_no_other_error(self, section: Any) -> None:
        shown = section("def test_it(sagemaker_ie):\n    sagemaker_ie.list_inference_experiments()\n    assert False\n")
        assert "another session" not in "".join(shown)


class TestTrouble:
    def test_what_was_scripted_and_did_not_happen(self, section: Any) -> None:
        shown = section(
            RUNNING
            + """
def test_it(sagemaker_ie_backend):
    sagemaker_ie_backend.fail("StopInferenceExperiment", "ThrottlingException")
    client().describe_inference_experiment(Name="churn")
    assert False
"""
        )
        assert shown[3] == "Scripted, and did not happen:"
        assert "StopInferenceExperiment" in shown[4]

    def test_what_a_fault_did_and_that_the_client_tried_again(self, section: Any) -> None:
        shown = section(
            RUNNING
            + """
def test_it(sagemaker_ie_backend, sagemaker_ie_clock):
    sagemaker_ie_backend.fail("UpdateInferenceExperiment", "ThrottlingException", message="Rate exceeded")
    client().update_inference_experiment(Name="churn", Description="x")
    assert False
"""
        )
        rows = [re.sub(r"^\S+  |after .* s$", "", line) if line[0] != " " else line for line in shown[2:]]
        assert rows[0] == "Update  churn  Running  ThrottlingException"
        assert rows[1] == "    Description='x'"
        assert "Rate exceeded" in rows[2]
        assert rows[3].startswith("    the client tried again, after ")
        assert rows[4:] == ["Update  churn  Running", "    Description: None -> 'x'"]

    def test_the_waits_of_many_retries(self, section: Any) -> None:
        shown = section(
            RUNNING
            + """
def test_it(sagemaker_ie_backend, sagemaker_ie_clock):
    sagemaker_ie_backend.fail("StartInferenceExperiment", "ThrottlingException", times=None)
    with pytest.raises(Exception, match="ThrottlingException"):
        client().start_inference_experiment(Name="churn")
    assert False
"""
        )
        (row,) = [each for each in shown if "tried again" in each]
        assert re.fullmatch(r"    the client tried again [0-9]+ times, after \S+ to \S+ s, \S+ s in all", row)
        times, low, high, total = (float(each) for each in re.findall(r"[\d.]+", row))
        assert low <= high <= total <= times * high + 0.1

    def test_an_answer_that_was_lost_after_its_change(self, section: Any) -> None:
        shown = section(
            RUNNING
            + """
def test_it(sagemaker_ie_backend, sagemaker_ie_clock):
    sagemaker_ie_backend.seed("other")
    sagemaker_ie_backend.fail("DeleteInferenceExperiment", "ConnectionClosedError", answer_lost=True)
    client().delete_inference_experiment(Name="other")
"""
        )
        assert "Delete  other  Created -> (deleted)  ConnectionClosedError" in "\n".join(shown)

    def test_an_experiment_that_failed(self, section: Any) -> None:
        shown = section(
            """
            def test_it(sagemaker_ie, sagemaker_ie_backend):
                with freeze_time("2026-03-02"):
                    sagemaker_ie_backend.seed("churn", "Updating")
                    sagemaker_ie.describe_inference_experiment(Name="churn")
                    sagemaker_ie_backend.fail_experiment("churn", "Updating")
                    sagemaker_ie.describe_inference_experiment(Name="churn")
                assert False
            """
        )
        assert shown[2:] == [
            "00:00:00  Describe    churn  Updating",
            "00:00:00  (it fails)  churn  Updating -> Cancelled",
            "00:00:00  Describe    churn  Cancelled",
        ]


class TestWhatHappenedByItself:
    def test_a_schedule_that_passed(self, section: Any) -> None:
        shown = section(
            """
            def test_it(sagemaker_ie, sagemaker_ie_backend):
                with freeze_time("2026-03-02") as clock:
                    sagemaker_ie_backend.seed("churn")
                    sagemaker_ie.describe_inference_experiment(Name="churn")
                    clock.tick(timedelta(days=40))
                    sagemaker_ie.describe_inference_experiment(Name="churn")
                assert False
            """
        )
        assert shown[1:] == [
            "Calls answered, times in UTC:",
            "2026-03-02 00:00:00  Describe           churn  Created",
            "2026-03-03 00:00:00  (StartTime comes)  churn  Created -> Running",
            "2026-03-10 00:00:00  (EndTime comes)    churn  Running -> Completed",
            "2026-04-11 00:00:00  Describe           churn  Completed",
        ]

    def test_a_transitional_status_that_ended(self, section: Any) -> None:
        shown = section(
            """
            def test_it(sagemaker_ie, sagemaker_ie_backend):
                with freeze_time("2026-03-02") as clock:
                    sagemaker_ie_backend.seed("churn", "Running", transition={"progression": "time", "seconds": 60})
                    sagemaker_ie.update_inference_experiment(Name="churn", Description="x")
                    clock.tick(90)
                    sagemaker_ie.update_inference_experiment(Name="churn", Description="y")
                assert False
            """
        )
        assert [line for line in shown[2:] if not line.startswith(" ")] == [
            "00:00:00  Update                          churn  Running -> Updating",
            "00:01:00  (the transitional status ends)  churn  Updating -> Running",
            "00:01:30  Update                          churn  Running -> Updating",
        ]

    def test_what_a_look_of_the_test_found_at_the_end(self, section: Any) -> None:
        shown = section(
            """
            def test_it(sagemaker_ie, sagemaker_ie_backend):
                with freeze_time("2026-03-02") as clock:
                    sagemaker_ie_backend.seed("churn", "Running")
                    sagemaker_ie.describe_inference_experiment(Name="churn")
                    clock.tick(timedelta(days=10))
                    assert sagemaker_ie_backend.get("churn").status == "Running"
            """
        )
        assert shown[-1] == "2026-03-08 00:00:00  (EndTime comes)  churn  Running -> Completed"

    def test_what_a_seed_of_the_same_name_began_with_is_no_move(self, section: Any) -> None:
        shown = section(
            """
            @freeze_time("2026-03-02")
            def test_it(sagemaker_ie, sagemaker_ie_backend):
                sagemaker_ie_backend.seed("churn", "Completed")
                sagemaker_ie.delete_inference_experiment(Name="churn")
                sagemaker_ie_backend.seed("churn", "Running")
                sagemaker_ie.describe_inference_experiment(Name="churn")
                assert False
            """
        )
        assert shown == [
            "Seeded: churn (Running), churn (Completed)",
            "Calls answered on 2026-03-02, times in UTC:",
            "00:00:00  Delete    churn  Completed -> (deleted)",
            "00:00:00  Describe  churn  Running",
        ]


class TestWhatIsLong:
    def test_the_same_call_again_and_again_is_one_row(self, section: Any) -> None:
        shown = section(
            """
            def test_it(sagemaker_ie, sagemaker_ie_backend):
                with freeze_time("2026-03-02") as clock:
                    sagemaker_ie_backend.seed("churn", "Updating")
                    for _ in range(12):
                        sagemaker_ie.describe_inference_experiment(Name="churn")
                        clock.tick(60)
                    for _ in range(2):
                        with pytest.raises(sagemaker_ie.exceptions.ConflictException):
                            sagemaker_ie.delete_inference_experiment(Name="churn")
                assert False
            """
        )
        assert shown[2:4] == [
            "00:00:00  Describe  churn  Updating  12 times, until 00:11:00",
            "00:12:00  Delete    churn  Updating  ConflictException  2 times, until 00:12:00",
        ]

    def test_the_middle_of_many_is_left_out(self, section: Any) -> None:
        shown = section(
            RUNNING
            + """
def test_it():
    lists = client().list_inference_experiments
    for number in range(100):
        lists(NameContains=str(number))
    assert False
"""
        )
        assert shown[2:] == [
            *(text for number in range(5) for text in ("00:00:00  List", f"    NameContains='{number}'")),
            "    ... 80 rows left out; the backend's `calls` has every call ...",
            *(text for number in range(85, 100) for text in ("00:00:00  List", f"    NameContains='{number}'")),
            "Seeded, and named in no call: churn",
        ]

    def test_what_is_left_out_costs_nothing_and_steps_are_walked_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        steps, details = Counter[int](), 0
        changed, moment = Call.changed.fget, timeline_module.moment

        def counted_changes(call: Call) -> Any:
            nonlocal details
            details += 1
            return changed(call)

        def counted_moment(seconds: float) -> Any:
            steps[int(seconds)] += 1
            return moment(seconds)

        with freeze_time("2026-03-02") as clock, mock_inference_experiments() as account:
            account.set_transition({"progression": "time", "seconds": 1})
            account.seed("churn", "Running", Schedule={"EndTime": datetime(2026, 3, 30, tzinfo=timezone.utc)})
            client = boto3.client("sagemaker", "us-east-1")
            for number in range(1500):
                client.update_inference_experiment(Name="churn", Description=str(number))
                clock.tick(10)
        monkeypatch.setattr(Call, "changed", property(counted_changes))
        monkeypatch.setattr(timeline_module, "moment", counted_moment)
        shown = plain(timeline([UsedAccount(service_of(account))]))

        assert "    ... 2979 rows left out; the backend's `calls` has every call ..." in shown
        assert details <= 2 * (5 + 15)
        assert max(steps.values()) == 1

    def test_many_seeds_are_counted(self, section: Any) -> None:
        shown = section(
            """
            def test_it(sagemaker_ie_backend):
                for number in range(100):
                    sagemaker_ie_backend.seed(f"churn-{number}")
                assert False
            """
        )
        assert " ".join(each.strip() for each in shown[:-1]).endswith("churn-9 (Created) and 90 more")

    def test_a_long_name_and_a_long_message_are_cut(self, section: Any) -> None:
        shown = section(
            """
            @freeze_time("2026-03-02")
            def test_it(sagemaker_ie):
                sagemaker_ie.describe_inference_experiment(Name=" ".join(["churn"] * 1000))
            """
        )
        assert f"Describe  {('churn ' * 10)}...  (none)  ValidationException" in shown[1]
        assert shown[-1].endswith(" ...")
        assert len("".join(shown)) < 1000

    @pytest.mark.parametrize("arguments", [[], pytest.param(["-p", "xdist", "-n", "1"], marks=pytest.mark.slow)])
    def test_what_a_terminal_would_obey_is_written_out(self, section: Any, arguments: list[str]) -> None:
        shown = section(
            """
            @freeze_time("2026-03-02")
            def test_it(sagemaker_ie):
                with pytest.raises(sagemaker_ie.exceptions.ClientError):
                    sagemaker_ie.describe_inference_experiment(Name="a\\x1b[31m\\ud800")
                assert False
            """,
            *arguments,
        )
        assert r"Describe  a\x1b[31m\ud800  (none)  ValidationException" in shown[1]


class TestWhere:
    def test_not_on_a_test_that_passes(self, run: Any) -> None:
        result = run(RUNNING + 'def test_it():\n    client().describe_inference_experiment(Name="churn")\n', "-rA")
        result.assert_outcomes(passed=1)
        result.stdout.no_fnmatch_line("*- sagemaker_ie -*")

    def test_not_on_a_test_that_used_no_account(self, run: Any) -> None:
        result = run("def test_it():\n    assert False\n")
        result.assert_outcomes(failed=1)
        result.stdout.no_fnmatch_line("*- sagemaker_ie -*")

    def test_on_a_test_that_failed_without_a_traceback(self, section: Any) -> None:
        assert (
            section(RUNNING + "def test_it():\n    pytest.fail('x', pytrace=False)\n")[0] == "Seeded: churn (Running)"
        )

    def test_on_a_set_up_that_made_a_call(self, section: Any) -> None:
        shown = section(
            """
            @pytest.fixture
            def started(sagemaker_ie):
                sagemaker_ie.start_inference_experiment(Name="churn")

            @pytest.mark.sagemaker_ie("churn", "Running")
            def test_it(started):
                pass
            """
        )
        assert shown[2].endswith("Start  churn  Running  ConflictException")

    def test_not_on_a_mistake_in_a_marker(self, run: Any) -> None:
        result = run('@pytest.mark.sagemaker_ie("a")\n@pytest.mark.sagemaker_ie("b", "Runing")\ndef test_it(): ...\n')
        result.assert_outcomes(errors=1)
        result.stdout.no_fnmatch_line("*- sagemaker_ie -*")

    def test_not_on_a_tear_down(self, run: Any) -> None:
        result = run(
            """
            @pytest.fixture
            def checked(sagemaker_ie):
                yield
                sagemaker_ie.describe_inference_experiment(Name="nothing")

            def test_it(checked):
                pass
            """
        )
        result.assert_outcomes(passed=1, errors=1)
        result.stdout.no_fnmatch_line("*- sagemaker_ie -*")

    def test_accounts_that_the_test_entered_itself(self, section: Any) -> None:
        shown = section(
            RUNNING
            + """
def test_it():
    client().describe_inference_experiment(Name="churn")
    with mock_inference_experiments(account_id="210987654321") as inner:
        inner.seed("inner")
        client().delete_inference_experiment(Name="inner")
    assert False
"""
        )
        assert shown == [
            "Account 1 of 2, 123456789012:",
            "Seeded: churn (Running)",
            "Calls answered on 2026-03-02, times in UTC:",
            "00:00:00  Describe  churn  Running",
            "Account 2 of 2, 210987654321:",
            "Seeded: inner (Created)",
            "Calls answered on 2026-03-02, times in UTC:",
            "00:00:00  Delete  inner  Created -> (deleted)",
        ]

    @pytest.mark.parametrize("options", [(), ("--sagemaker-ie-report=html:report.html",)])
    def test_the_last_three_of_many_accounts(self, section: Any, options: tuple[str, ...]) -> None:
        shown = section(
            """
            def test_it():
                for number in range(5):
                    with mock_inference_experiments() as account:
                        account.seed(f"churn-{number}")
                assert False
            """,
            *options,
        )
        assert [line for line in shown if line.startswith("Seeded")] == [
            f"Seeded: churn-{number} (Created)" for number in (2, 3, 4)
        ]

    def test_of_an_older_account_only_the_tests_own_calls(self, section: Any) -> None:
        shown = section(
            """
            @pytest.fixture(scope="module")
            def account():
                with mock_inference_experiments() as account:
                    account.seed("shared", "Running")
                    yield account

            @freeze_time("2026-03-02")
            def test_one(account):
                client().describe_inference_experiment(Name="shared")

            @freeze_time("2026-03-02")
            def test_other(account):
                client().update_inference_experiment(Name="shared", Description="x")
                assert False
            """
        )
        assert shown[2:] == ["00:00:00  Update  shared  Running", "    Description: None -> 'x'"]

    def test_of_an_older_account_only_the_moves_that_the_test_saw(self, section: Any) -> None:
        shown = section(
            """
            @pytest.fixture(scope="module")
            def account():
                with freeze_time("2026-03-02"), mock_inference_experiments() as account:
                    account.seed("shared")
                    yield account

            @freeze_time("2026-03-04")
            def test_one(account):
                client().describe_inference_experiment(Name="shared")

            def test_other(account):
                with freeze_time("2026-03-05") as clock:
                    client().describe_inference_experiment(Name="shared")
                    clock.move_to("2026-04-05")
                    assert account.get("shared").status == "Running"
            """
        )
        assert shown[1:] == [
            "Calls answered, times in UTC:",
            "2026-03-05 00:00:00  Describe         shared  Running",
            "2026-03-10 00:00:00  (EndTime comes)  shared  Running -> Completed",
        ]

    def test_not_of_an_older_account_that_the_test_did_not_call(self, run: Any) -> None:
        result = run(
            """
            @pytest.fixture(scope="session", autouse=True)
            def account():
                with mock_inference_experiments() as account:
                    yield account

            def test_one():
                pass

            def test_it():
                assert False
            """
        )
        result.assert_outcomes(passed=1, failed=1)
        result.stdout.no_fnmatch_line("*- sagemaker_ie -*")

    def test_not_with_show_capture_no(self, run: Any) -> None:
        result = run(RUNNING + "def test_it():\n    assert False\n", "--show-capture=no")
        result.assert_outcomes(failed=1)
        result.stdout.no_fnmatch_line("*- sagemaker_ie -*")


class TestTheTestsOwnErrorIsShown:
    """Whatever the test has left behind."""

    @pytest.mark.parametrize("options", [(), ("--sagemaker-ie-report=html:report.html",)])
    def test_in_each_case(self, run: Any, options: tuple[str, ...]) -> None:
        result = run(
            """
            def test_seeds_that_contradict_each_other(sagemaker_ie_backend):
                sagemaker_ie_backend.seed("churn")
                sagemaker_ie_backend.seed("churn", region="us-east-1")
                assert 0, "own error 1"

            def test_a_configuration_that_is_broken(sagemaker_ie_backend, monkeypatch, tmp_path):
                sagemaker_ie_backend.seed("churn")
                (tmp_path / "config").write_text("[default]")
                monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
                monkeypatch.setenv("AWS_PROFILE", "none")
                monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
                assert 0, "own error 2"

            class TestWithAFixtureOfTheSameName:
                @pytest.fixture
                def sagemaker_ie(self):
                    return object()

                @pytest.mark.sagemaker_ie("churn", "Running")
                def test_it(self, sagemaker_ie):
                    client("us-east-1").start_inference_experiment(Name="churn")
            """,
            "--show-capture=all",
            *options,
        )
        result.assert_outcomes(failed=3)
        result.stdout.fnmatch_lines(["*own error 1", "*own error 2", "*ConflictException*Cannot start inference*"])
        assert result.stdout.str().count("- sagemaker_ie -") == 3


FAILS = (
    RUNNING
    + """
def test_it():
    client().update_inference_experiment(Name="churn", Description="x")
    client().start_inference_experiment(Name="churn")
"""
)
SHOWN = [
    "Seeded: churn (Running)",
    "Calls answered on 2026-03-02, times in UTC:",
    "00:00:00  Update  churn  Running",
    "    Description: None -> 'x'",
    "00:00:00  Start   churn  Running  ConflictException",
    "    Cannot start inference experiment churn: its status is Running. This is allowed only",
    "    in the status Created.",
]


class TestWhoShowsIt:
    def test_a_terminal(self, section: Any) -> None:
        assert section(FAILS) == SHOWN

    def test_a_terminal_with_colours(self, section: Any) -> None:
        shown = section(FAILS, "--color=yes")
        assert shown[4] == ("\x1b[2m00:00:00  \x1b[0mStart   churn  Running\x1b[31m  ConflictException\x1b[0m")
        assert [re.sub(r"\x1b\[\d+m", "", each) for each in shown] == SHOWN

    def test_a_terminal_with_colours_of_a_failure_without_a_traceback(self, section: Any) -> None:
        code = RUNNING + "def test_it():\n    pytest.fail('x', pytrace=False)\n"
        assert section(code, "--color=yes")[-1].startswith("\x1b[33mThe account answered no call")

    @pytest.mark.parametrize("colour", ["yes", "no"])
    def test_an_item_whose_failure_is_a_text(self, pytester: pytest.Pytester, colour: str) -> None:
        pytester.makeconftest(
            """
            import pytest
            from pytest_sagemaker_ie import mock_inference_experiments

            class Sheet(pytest.File):
                def collect(self):
                    yield Row.from_parent(self, name="row")

            class Row(pytest.Item):
                def runtest(self):
                    print("printed")
                    with mock_inference_experiments() as account:
                        account.seed("churn", "Running")
                        raise AssertionError

                def repr_failure(self, excinfo):
                    return "the row is wrong"

            def pytest_collect_file(file_path, parent):
                if file_path.suffix == ".txt":
                    return Sheet.from_parent(parent, path=file_path)
            """
        )
        pytester.maketxtfile(test_sheet="")
        result = pytester.runpytest_inprocess(f"--color={colour}")
        assert section_of(str(result.stdout))[0] == "Seeded: churn (Running)"
        result.stdout.fnmatch_lines(["*the row is wrong*", "printed"])

    def test_no_terminal(self, pytester: pytest.Pytester) -> None:
        pytester.makepyfile(IMPORTS + FAILS)
        pytester.runpytest_inprocess("-p", "no:terminal", "--junitxml=junit.xml")
        assert "sagemaker_ie" in (pytester.path / "junit.xml").read_text(encoding="utf-8")

    @pytest.mark.slow
    @pytest.mark.parametrize("colour", ["yes", "no"])
    def test_a_worker_of_xdist(self, section: Any, colour: str) -> None:
        shown = section(FAILS, "-p", "xdist", "-n", "1", f"--color={colour}")
        assert [re.sub(r"\x1b\[\d+m", "", each) for each in shown] == SHOWN
        assert ("\x1b" in "".join(shown)) == (colour == "yes")

    def test_junits_xml_has_it_as_plain_text(self, run: Any, pytester: pytest.Pytester) -> None:
        run(FAILS, "--color=yes", "--junitxml=junit.xml")
        (failure,) = ElementTree.parse(pytester.path / "junit.xml").iter("failure")
        assert "\n".join(SHOWN) in str(failure.text)
        assert "#x1B[2m" not in str(failure.text)
