"""The report over a suite: its totals, its forms, and the share below which a run fails."""

import json
import os
import re
import sys
import textwrap
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from pytest_sagemaker_ie.core.lifecycle import LIFECYCLE, Event
from pytest_sagemaker_ie.report.page import page
from pytest_sagemaker_ie.report.summary import BY_STATUS, Summary

SUITE = """
import boto3
import pytest
from pytest_sagemaker_ie import mock_inference_experiments

def client():
    return boto3.client("sagemaker")

@pytest.mark.sagemaker_ie("churn", "Running")
def test_update():
    client().update_inference_experiment(Name="churn", Description="x")
    client().describe_inference_experiment(Name="churn")

@pytest.mark.sagemaker_ie("churn", "Completed")
def test_refused():
    with pytest.raises(Exception, match="Conflict"):
        client().update_inference_experiment(Name="churn", Description="x")
    client().delete_inference_experiment(Name="churn")

def test_a_list(sagemaker_ie):
    sagemaker_ie.list_inference_experiments()

@pytest.fixture(scope="module")
def shared():
    with mock_inference_experiments() as account:
        account.seed("shared", "Running")
        yield account

@pytest.mark.parametrize("number", [1, 2])
def test_shared(shared, number):
    client().update_inference_experiment(Name="shared", Description=str(number))

def test_without():
    pass
"""
TESTS = ["test_a_list", "test_refused", "test_shared[1]", "test_shared[2]", "test_update"]


@pytest.fixture
def run(pytester: pytest.Pytester) -> Any:
    """Run a suite of one module."""

    def ran(*arguments: str, code: str = SUITE) -> pytest.RunResult:
        pytester.makepyfile(test_it=textwrap.dedent(code))
        return pytester.runpytest_inprocess(*arguments)

    return ran


@pytest.fixture
def totals(run: Any, pytester: pytest.Pytester) -> Any:
    """Run a suite of one module, and return its JSON report."""

    def reported(*arguments: str, code: str = SUITE) -> Any:
        run("--sagemaker-ie-report=json:report.json", *arguments, code=code)
        return json.loads((pytester.path / "report.json").read_text(encoding="utf-8"))

    return reported


@pytest.fixture(scope="module")
def kept() -> dict[Any, Any]:
    """What the module's tests share: each is about what the same run reports."""
    return {}


@pytest.fixture
def report(totals: Any, kept: dict[Any, Any]) -> Any:
    """The JSON report of the suite."""
    if "report" not in kept:
        kept["report"] = totals()
    return kept["report"]


def calls(report: Any) -> dict[tuple[str, str | None], tuple[int, int]]:
    """Return how often each operation was called and refused, by the status."""
    return {
        (each["operation"], each["status"]): (each["calls"], each["refused"])
        for each in report["cells"]
        if each["calls"]
    }


CALLS = {
    ("UpdateInferenceExperiment", "Running"): (3, 0),
    ("DescribeInferenceExperiment", "Running"): (1, 0),
    ("UpdateInferenceExperiment", "Completed"): (1, 1),
    ("DeleteInferenceExperiment", "Completed"): (1, 0),
    ("ListInferenceExperiments", None): (1, 0),
}


class TestTotals:
    def test_calls_by_operation_and_status(self, report: Any) -> None:
        assert calls(report) == CALLS

    def test_moves(self, report: Any) -> None:
        taken = {(each["status_before"], each["event"]): each["taken"] for each in report["moves"] if each["taken"]}
        assert taken == {("Running", "Update"): 3, ("Completed", "Delete"): 1}

    def test_moves_are_those_that_can_be_made(self, report: Any) -> None:
        moves = [(each["status_before"], each["event"]) for each in report["moves"]]
        assert moves == [key for key in LIFECYCLE if key[1] is not Event.FAIL]

    def test_errors_are_those_that_the_model_gives_each_operation(self, report: Any) -> None:
        found = [(each["operation"], each["error"], each["provoked"]) for each in report["errors"]]
        refused = [("ConflictException", 0), ("ResourceNotFound", 0)]
        provoked = [("ConflictException", 1), ("ResourceNotFound", 0)]
        assert sorted(found) == [
            ("CreateInferenceExperiment", "ResourceInUse", 0),
            ("CreateInferenceExperiment", "ResourceLimitExceeded", 0),
            *(("DeleteInferenceExperiment", *each) for each in refused),
            ("DescribeInferenceExperiment", "ResourceNotFound", 0),
            *(("StartInferenceExperiment", *each) for each in refused),
            *(("StopInferenceExperiment", *each) for each in refused),
            *(("UpdateInferenceExperiment", *each) for each in provoked),
        ]

    def test_the_tests_of_a_cell(self, report: Any) -> None:
        (cell,) = [
            each for each in report["cells"] if (each["operation"], each["calls"]) == ("UpdateInferenceExperiment", 3)
        ]
        assert cell["tests"] == ["test_it.py::test_shared[1]", "test_it.py::test_shared[2]", "test_it.py::test_update"]

    def test_points(self, report: Any) -> None:
        assert report["points"] == {
            "cells": {"made": 5, "of": 4 * 8 + 7},
            "moves": {"made": 2, "of": 12},
            "errors": {"made": 1, "of": 11},
        }
        assert report["percent"] == 12.9  # 8 of 62

    def test_a_test_without_an_account_is_none_of_the_tests(self, report: Any) -> None:
        assert report["tests"] == len(TESTS)

    @pytest.mark.slow
    def test_workers_of_xdist_add_up_and_are_held_to_the_share(self, run: Any, pytester: Any, report: Any) -> None:
        of_xdist = ("--sagemaker-ie-report=json:report.json", "-p", "xdist", "-n")
        assert run("--sagemaker-ie-fail-under=12.9", *of_xdist, "2").ret == pytest.ExitCode.OK
        assert json.loads((pytester.path / "report.json").read_text(encoding="utf-8")) == report
        assert run("--sagemaker-ie-fail-under=14", *of_xdist, "1").ret == pytest.ExitCode.TESTS_FAILED

    def test_a_worker_of_xdist_reports_nothing_itself(self, run: Any, pytester: pytest.Pytester) -> None:
        pytester.makeconftest(
            """
            import pytest

            @pytest.hookimpl(tryfirst=True)
            def pytest_configure(config):
                config.workerinput = {"workerid": "gw0"}
            """
        )
        result = run("--sagemaker-ie-report=json:r.json", "--sagemaker-ie-fail-under=100", "-p", "no:xdist")
        assert result.ret == pytest.ExitCode.OK
        result.stdout.no_fnmatch_line("*sagemaker_ie: what*")
        assert not (pytester.path / "r.json").exists()

    def test_with_x_those_that_ran(self, totals: Any) -> None:
        code = SUITE.replace('match="Conflict"', 'match="Nothing of the kind"')
        assert calls(totals("-x", code=code)) == {
            ("UpdateInferenceExperiment", "Running"): (1, 0),
            ("DescribeInferenceExperiment", "Running"): (1, 0),
            ("UpdateInferenceExperiment", "Completed"): (1, 1),
        }

    def test_a_test_that_is_run_again_counts_once(self, totals: Any, pytester: pytest.Pytester) -> None:
        # As pytest-rerunfailures does it: the same item's protocol again, and reports of each run.
        pytester.makeconftest(
            """
            from _pytest.runner import runtestprotocol

            def pytest_runtest_protocol(item, nextitem):
                item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
                for again in (True, False):
                    item._initrequest()
                    reports = runtestprotocol(item, nextitem=nextitem, log=False)
                    for report in reports:
                        item.ihook.pytest_runtest_logreport(report=report)
                item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
                return True
            """
        )
        code = SUITE.replace('scope="module"', 'scope="function"')
        assert calls(totals(code=code)) == CALLS

    def test_time_that_moved_an_experiment_is_counted(self, totals: Any) -> None:
        report = totals(
            code="""
            import datetime
            from freezegun import freeze_time

            def test_it(sagemaker_ie, sagemaker_ie_backend):
                with freeze_time("2026-03-02") as clock:
                    sagemaker_ie_backend.seed("churn")
                    clock.tick(datetime.timedelta(days=40))
                    sagemaker_ie.list_inference_experiments()
            """
        )
        taken = [(each["status_before"], each["event"]) for each in report["moves"] if each["taken"]]
        assert taken == [("Created", "StartTime comes"), ("Running", "EndTime comes")]

    def test_of_a_suite_without_accounts(self, totals: Any) -> None:
        report = totals(code="def test_it(): pass")
        assert (report["tests"], report["percent"]) == (0, 0.0)
        assert {kind: points["of"] for kind, points in report["points"].items()} == {
            "cells": 39,
            "moves": 12,
            "errors": 11,
        }


FAULTS = """
import boto3
import pytest

@pytest.mark.sagemaker_ie("churn", "Running")
def test_faults(sagemaker_ie, sagemaker_ie_backend, sagemaker_ie_clock):
    sagemaker_ie_backend.fail("UpdateInferenceExperiment", "ConflictException", message="scripted")
    with pytest.raises(sagemaker_ie.exceptions.ConflictException):
        sagemaker_ie.update_inference_experiment(Name="churn")
    sagemaker_ie_backend.delay("StartInferenceExperiment", 2)
    with pytest.raises(sagemaker_ie.exceptions.ConflictException):
        sagemaker_ie.start_inference_experiment(Name="churn")
    sagemaker_ie_backend.delay("DeleteInferenceExperiment", 1000)
    with pytest.raises(sagemaker_ie.exceptions.ConflictException):
        sagemaker_ie.delete_inference_experiment(Name="churn")

def test_failures(sagemaker_ie, sagemaker_ie_backend):
    sagemaker_ie_backend.seed("fails", "Updating")
    sagemaker_ie_backend.fail_experiment("fails", "Updating")
    sagemaker_ie.describe_inference_experiment(Name="fails")
"""


class TestFaults:
    """A scripted fault shows nothing of what the tests exercise of the rules."""

    @pytest.fixture
    def reports(self, run: Any, pytester: pytest.Pytester, kept: dict[Any, Any]) -> Any:
        """The terminal's lines, the page and the JSON report."""
        if "faults" not in kept:
            forms = ("terminal", "html:r.html", "json:r.json")
            result = run(*(f"--sagemaker-ie-report={form}" for form in forms), code=FAULTS)
            html, loaded = ((pytester.path / name).read_text(encoding="utf-8") for name in ("r.html", "r.json"))
            kept["faults"] = (result.stdout, html, json.loads(loaded))
        return kept["faults"]

    def test_in_the_json_report(self, reports: Any) -> None:
        report = reports[2]
        assert report["version"] == 2
        assert calls(report) == {
            ("StartInferenceExperiment", "Running"): (1, 1),
            ("DeleteInferenceExperiment", "Running"): (1, 1),
            ("DescribeInferenceExperiment", "Cancelled"): (1, 0),
        }
        assert [(each["operation"], each["error"]) for each in report["errors"] if each["provoked"]] == [
            ("StartInferenceExperiment", "ConflictException"),
            ("DeleteInferenceExperiment", "ConflictException"),
        ]
        assert [each for each in report["moves"] if each["taken"]] == []
        keys = ("operation", "status", "error", "happened")
        assert {tuple(each[key] for key in keys) for each in report["faults"]} == {
            ("UpdateInferenceExperiment", "Running", "ConflictException", 1),
            ("StartInferenceExperiment", "Running", None, 1),
            ("DeleteInferenceExperiment", "Running", "ReadTimeoutError", 1),
            (None, "Updating", None, 1),
        }
        assert {*report["faults"][0]} == {*keys, "tests"}

    def test_in_the_terminal(self, reports: Any) -> None:
        reports[0].fnmatch_lines(
            [
                "Scripted faults, which do not count as calls, moves or errors:",
                "               Updating   the experiment failed: 1",
                "    Delete     Running    ReadTimeoutError: 1",
                "    Start      Running    delayed: 1",
                "    Update     Running    ConflictException: 1",
                "Exercised: 8 %, 5 of 62 (cells 3 of 39, moves 0 of 12, errors 2 of 11)",
            ],
            consecutive=True,
        )

    def test_in_the_page(self, reports: Any) -> None:
        html = reports[1]
        assert (
            "<tr><td>Delete</td><td>Running</td><td>ReadTimeoutError</td><td><details><summary>1 time, in 1 test"
            in html
        )
        assert "<tr><td></td><td>Updating</td><td>the experiment failed</td>" in html
        assert re.findall('class="(arrow[^"]*) taken"', html) == ["arrow fails"]


FAILING = """
import time
import boto3
import pytest
from datetime import datetime, timedelta
from freezegun import freeze_time
from pytest_sagemaker_ie import mock_inference_experiments

def test_that_passes(sagemaker_ie):
    sagemaker_ie.list_inference_experiments()

@pytest.mark.sagemaker_ie("churn", "Running", transition={"progression": "time", "seconds": 600})
@pytest.mark.sagemaker_ie("idle")
def test_that_fails(sagemaker_ie, sagemaker_ie_backend, sagemaker_ie_clock):
    sagemaker_ie_backend.fail("DescribeInferenceExperiment", "ThrottlingException")
    sagemaker_ie.update_inference_experiment(Name="churn", Description="<&>")
    sagemaker_ie.describe_inference_experiment(Name="churn")
    sagemaker_ie.list_inference_experiments()
    time.sleep(900)
    sagemaker_ie.start_inference_experiment(Name="churn")

@pytest.mark.sagemaker_ie("churn", "Running")
def test_of_many(sagemaker_ie, sagemaker_ie_backend):
    for number in range(10):
        sagemaker_ie.update_inference_experiment(Name="churn", Description=str(number))
    sagemaker_ie.stop_inference_experiment(Name="churn", ModelVariantActions={"production": "Retain"})
    for number in range(20):
        sagemaker_ie.describe_inference_experiment(Name="churn")
        sagemaker_ie.list_inference_experiments()
    assert False

@pytest.mark.sagemaker_ie("only-seeded")
def test_without_calls(sagemaker_ie_backend):
    with mock_inference_experiments(account_id="210987654321") as inner:
        inner.seed("inner")
    assert False
"""


class TestThePictureOfAFailingTest:
    @pytest.fixture(
        params=[(), pytest.param(("-p", "xdist", "-n", "1"), marks=pytest.mark.slow)], ids=["alone", "xdist"]
    )
    def html(self, run: Any, pytester: pytest.Pytester, request: Any, kept: dict[Any, Any]) -> str:
        if request.param not in kept:
            run("--sagemaker-ie-report=html:r.html", *request.param, code=FAILING)
            kept[request.param] = (pytester.path / "r.html").read_text(encoding="utf-8")
        return str(kept[request.param])

    def picture(self, html: str, test: str) -> ElementTree.Element:
        start = html.index(f'<details class="failed" open><summary><code>test_it.py::{test}')
        end = re.compile(r"</ol></details>").search(html, start)
        assert end is not None
        return ElementTree.fromstring(html[start : end.end()].replace(" open>", ">"))

    def bars(self, picture: ElementTree.Element) -> dict[str, list[str]]:
        return {
            str(life.findtext("b")): [str(bar.text) for bar in life.iter("span")]
            for life in picture.iter("div")
            if life.get("class") == "life"
        }

    def test_lives_are_bars_and_calls_are_ticks(self, html: str) -> None:
        picture = self.picture(html, "test_that_fails")
        assert self.bars(picture) == {
            "churn": ["Running", "Updating", "Running"],
            "(no experiment)": [],
            "idle": ["Created"],
        }
        ticks = list(picture.iter("a"))
        assert [str(each.get("class")) for each in ticks] == [
            "tick call",
            "tick fault",
            "tick call",
            "tick moved",
            "tick refused",
            "tick call",
        ]
        assert "Description: None -> '<&>'" in str(ticks[0].get("aria-label"))
        assert "Cannot start inference experiment churn" in str(ticks[4].get("title"))
        places = [float(str(each.get("style"))[5:-1]) for each in sorted(ticks, key=lambda each: int(str(each.text)))]
        assert places == sorted(set(places))
        assert places[4] - places[3] > places[1] - places[0]  # a long wait is longer

    def test_a_tick_leads_to_its_text(self, html: str) -> None:
        picture = self.picture(html, "test_that_fails")
        texts = {f"#{each.get('id')}": str(each.findtext("pre")).split() for each in picture.iter("li")}
        assert [texts[str(each.get("href"))] for each in picture.iter("a")] == [
            str(each.get("aria-label")).split() for each in picture.iter("a")
        ]

    def test_what_was_left_out_has_no_bar(self, html: str) -> None:
        picture = self.picture(html, "test_of_many")
        said = str(picture.findtext("p"))
        assert said.endswith("times in UTC. 31 rows left out; the backend's `calls` has every call.")
        lengths = [re.findall(r"[\d.]+", str(each.get("style"))) for each in picture.iter("span") if each.get("class")]
        (running, stopped) = ([float(number) for number in each] for each in lengths)
        assert running[0] == 0.0
        assert running[1] < stopped[0]  # nothing is known of the time between
        assert sum(stopped) == 100.0

    def test_of_each_account_and_of_tests_without_calls(self, html: str) -> None:
        picture = self.picture(html, "test_without_calls")
        assert [each.text for each in picture.iter("p")] == ["Account 123456789012. ", "Account 210987654321. "]
        assert self.bars(picture) == {"only-seeded": ["Created"], "inner": ["Created"]}

    def test_of_no_test_that_passes(self, html: str) -> None:
        assert html.count('<details class="failed"') == 3

    def test_of_a_run_in_which_all_pass(self, run: Any, pytester: pytest.Pytester) -> None:
        run("--sagemaker-ie-report=html:r.html", "-k", "passes", code=FAILING)
        assert "<section hidden>" in (pytester.path / "r.html").read_text(encoding="utf-8")


EVERYTHING = """
import boto3
import pytest
from pytest_sagemaker_ie import Status

REQUESTS = {"update": {"Description": "x"}, "start": {}, "delete": {},
            "stop": {"ModelVariantActions": {"production": "Retain"}, "DesiredState": "Completed"}}

@pytest.mark.parametrize("operation", REQUESTS)
def test_all(sagemaker_ie, sagemaker_ie_backend, operation):
    for status in [*Status, None]:
        name = f"churn-{status}"
        if status:
            sagemaker_ie_backend.seed(name, status)
        try:
            getattr(sagemaker_ie, f"{operation}_inference_experiment")(Name=name, **REQUESTS[operation])
        except sagemaker_ie.exceptions.ClientError:
            pass

@pytest.mark.parametrize("status", ["Creating", "Starting", "Updating", "Stopping"])
def test_failures(sagemaker_ie, sagemaker_ie_backend, status):
    sagemaker_ie_backend.seed("churn", status)
    sagemaker_ie_backend.fail_experiment("churn", status)
    sagemaker_ie.describe_inference_experiment(Name="churn")

def test_the_rest(sagemaker_ie, sagemaker_ie_backend):
    from datetime import datetime, timedelta, timezone
    from freezegun import freeze_time
    with freeze_time("2026-03-02") as clock:
        seed = sagemaker_ie_backend.seed("churn")
        sagemaker_ie_backend.seed("stopped", "Running")
        sagemaker_ie.stop_inference_experiment(Name="stopped", ModelVariantActions={"production": "Retain"})
        sagemaker_ie.describe_endpoint(EndpointName="churn-endpoint")
        sagemaker_ie.list_tags(ResourceArn=seed.arn)
        sagemaker_ie.add_tags(ResourceArn=seed.arn, Tags=[{"Key": "a", "Value": "b"}])
        sagemaker_ie.delete_tags(ResourceArn=seed.arn, TagKeys=["a"])
        variants = [{key: each[key] for key in each if key != "Status"} for each in seed.model_variants]
        request = {"Type": "ShadowMode", "RoleArn": seed.role_arn, "EndpointName": "x", "ModelVariants": variants,
                   "ShadowModeConfig": seed.shadow_mode_config}
        sagemaker_ie.create_inference_experiment(Name="new", **request)
        tomorrow = datetime.now(timezone.utc) + timedelta(days=1)
        sagemaker_ie.create_inference_experiment(Name="planned", Schedule={"StartTime": tomorrow}, **request)
        for name in ("new", "newer"):
            sagemaker_ie_backend.experiments_limit = 1
            with pytest.raises(sagemaker_ie.exceptions.ClientError):
                sagemaker_ie.create_inference_experiment(Name=name, **request)
        clock.tick(timedelta(days=40))
        with pytest.raises(sagemaker_ie.exceptions.ResourceNotFound):
            sagemaker_ie.describe_inference_experiment(Name="ghost")
        sagemaker_ie.list_inference_experiments()
"""


class TestInTheTerminal:
    def test_the_matrix(self, run: Any) -> None:
        result = run("--sagemaker-ie-report")
        result.stdout.fnmatch_lines(
            [
                "*= sagemaker_ie: what 5 tests exercised =*",
                "Calls by the experiment's status, with the refused ones in brackets; - means never.",
                "               Create  Describe  List  Update  Start  Stop  Delete",
                "    (none)                          1",
                "    Creating                                -      -     -       -",
                "    Created                                 -      -     -       -",
                "    Updating                                -      -     -       -",
                "    Starting                                -      -     -       -",
                "    Running                   1             3      -     -       -",
                "    Stopping                                -      -     -       -",
                "    Completed                           1 (1)      -     -       1",
                "    Cancelled                               -      -     -       -",
                "    all             -         1     1   4 (1)                    1",
            ],
            consecutive=True,
        )

    def test_what_is_missing(self, run: Any) -> None:
        result = run("--sagemaker-ie-report=terminal", "-k", "update")
        result.stdout.fnmatch_lines(
            [
                "Moves never taken:",
                "    (none)     Create                 -> Created",
                "    (none)     Create (no StartTime)  -> Running",
                "    Created    StartTime comes        -> Running",
                "    Created    Start                  -> Running",
                "    Created    Update                 -> Created",
                "    Running    EndTime comes          -> Completed",
                "    Running    Stop (Completed)       -> Completed",
                "    Running    Stop (Cancelled)       -> Cancelled",
                "    Created    Delete                 -> (deleted)",
                "    Completed  Delete                 -> (deleted)",
                "    Cancelled  Delete                 -> (deleted)",
                "Errors never provoked:",
                "    Create    ResourceInUse, ResourceLimitExceeded",
                "    Describe  ResourceNotFound",
                "    Update    ConflictException, ResourceNotFound",
                "    Start     ConflictException, ResourceNotFound",
                "    Stop      ConflictException, ResourceNotFound",
                "    Delete    ConflictException, ResourceNotFound",
                "Exercised: 4.8 %, 3 of 62 (cells 2 of 39, moves 1 of 12, errors 0 of 11)",
            ],
            consecutive=True,
        )

    def test_the_columns_of_tags_if_there_are_any(self, run: Any) -> None:
        code = """
        def test_it(sagemaker_ie, sagemaker_ie_backend):
            sagemaker_ie.list_tags(ResourceArn=sagemaker_ie_backend.seed("churn").arn)
        """
        result = run("--sagemaker-ie-report", code=code)
        result.stdout.fnmatch_lines(["*= sagemaker_ie: what 1 test exercised =*", "* Delete  ListTags", "*Created* 1"])

    def test_the_column_of_endpoints_if_there_is_any(self, run: Any) -> None:
        code = """
        def test_it(sagemaker_ie, sagemaker_ie_backend):
            sagemaker_ie_backend.seed("churn")
            sagemaker_ie.describe_endpoint(EndpointName="churn-endpoint")
        """
        result = run("--sagemaker-ie-report", code=code)
        result.stdout.fnmatch_lines(["* Delete  DescribeEndpoint", "    (none) * 1", "    all * 1"])

    def test_a_suite_that_exercises_everything(self, run: Any) -> None:
        result = run("--sagemaker-ie-report", "--sagemaker-ie-fail-under=100", code=EVERYTHING)
        result.stdout.fnmatch_lines(["Exercised: 100 %, 62 of 62 (cells 39 of 39, moves 12 of 12, errors 11 of 11)"])
        result.stdout.no_fnmatch_line("*never *")
        assert result.ret == pytest.ExitCode.OK

    def test_only_the_totals_if_the_report_is_in_a_file(self, run: Any, pytester: pytest.Pytester) -> None:
        result = run("--sagemaker-ie-report=json:reports/new/r.json")
        result.stdout.fnmatch_lines(
            [
                "*= sagemaker_ie: what 5 tests exercised =*",
                "Exercised: 12.9 %, 8 of 62 (cells 5 of 39, moves 2 of 12, errors 1 of 11)",
                f"json report: {pytester.path / 'reports/new/r.json'}",
            ],
            consecutive=True,
        )

    def test_several_forms(self, run: Any, pytester: pytest.Pytester) -> None:
        run("--sagemaker-ie-report", "--sagemaker-ie-report=html:r.html", "--sagemaker-ie-report=json:r.json")
        assert (pytester.path / "r.html").exists()
        assert (pytester.path / "r.json").exists()

    def test_colours(self, run: Any) -> None:
        result = run("--sagemaker-ie-report", "--color=yes")
        assert "\x1b[33m      -\x1b[0m" in str(result.stdout)

    def test_nothing_without_the_option(self, run: Any) -> None:
        run().stdout.no_fnmatch_line("*sagemaker_ie: what*")

    def test_nothing_when_tests_are_only_collected(self, run: Any, pytester: pytest.Pytester) -> None:
        run("--sagemaker-ie-report=json:r.json", "--collect-only").stdout.no_fnmatch_line("*sagemaker_ie: what*")
        assert not (pytester.path / "r.json").exists()

    def test_no_terminal(self, run: Any, pytester: pytest.Pytester) -> None:
        run("--sagemaker-ie-report=json:r.json", "-p", "no:terminal")
        assert (pytester.path / "r.json").exists()


class TestThePage:
    @pytest.fixture
    def html(self, run: Any, pytester: pytest.Pytester, kept: dict[Any, Any]) -> str:
        if "html" not in kept:
            run("--sagemaker-ie-report=html:report.html")
            kept["html"] = (pytester.path / "report.html").read_text(encoding="utf-8")
        return str(kept["html"])

    @pytest.fixture
    def svg(self, html: str) -> ElementTree.Element:
        return ElementTree.fromstring(html[html.index("<svg") : html.index("</svg>") + len("</svg>")])

    def test_it_needs_nothing_next_to_it(self, html: str) -> None:
        assert re.findall(r"(?:src|href)=\"(?!#)[^\"]*|url\(|@import|https?://(?!www\.w3\.org/2000/svg)", html) == []

    def test_moves_that_were_taken_and_those_that_were_not(self, svg: ElementTree.Element) -> None:
        classes = [each.get("class", "").split() for each in svg.iter() if "arrow" in each.get("class", "").split()]
        # An update of a Running experiment and its end, and the deletion of a Completed one.
        assert sum("taken" in each for each in classes) == 3
        assert sum("missing" in each for each in classes) == len(classes) - 3

    def test_an_event_that_did_not_happen_next_to_one_that_did(self) -> None:
        shown = page(Summary({"test": [("step", "Stop (Completed)", "Running", "Stopping", 1)]}, {}))
        assert 'class="event taken" x="350" y="460"' in shown  # Stop (Completed)
        assert 'class="event missing" x="350" y="444"' in shown  # EndTime comes

    def test_a_cell_leads_to_its_tests(self, html: str) -> None:
        assert '<td class="made"><a href="#Update-Completed">1 (1)</a></td>' in html
        (listed,) = re.findall(r'<details id="Update-Completed">.*?</details>', html, re.DOTALL)
        assert "Update in Completed:" in listed
        assert "1 call, 1 refused, in 1 test" in listed
        assert "<li><code>test_it.py::test_refused</code></li>" in listed

    def test_every_link_has_its_place(self, html: str) -> None:
        links, places = re.findall(r'href="#([^"]+)"', html), re.findall(r'id="([^"]+)"', html)
        assert len(links) == len(CALLS)
        assert set(links) <= set(places)
        assert len(places) == len(set(places))

    def test_points_that_are_missing(self, html: str) -> None:
        assert html.count('<td class="missing">never</td>') == 62 - 8

    def test_names_of_tests_are_escaped(self) -> None:
        shown = page(Summary({"<b>&": [("call", "ListInferenceExperiments", "", "", 1)]}, {}))
        assert "<code>&lt;b&gt;&amp;</code>" in shown
        assert "<b>&" not in shown


class TestFailUnder:
    def test_less_fails_the_run(self, run: Any) -> None:
        result = run("--sagemaker-ie-fail-under=13.2")
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        result.assert_outcomes(passed=6)
        result.stdout.fnmatch_lines(
            [
                "Exercised: 12.9 %, 8 of 62 (cells 5 of 39, moves 2 of 12, errors 1 of 11)",
                "FAILED: 12.9 % is less than the 13.2 % of --sagemaker-ie-fail-under",
            ]
        )

    def test_enough_does_not(self, run: Any) -> None:
        result = run("--sagemaker-ie-fail-under=12.9")
        assert result.ret == pytest.ExitCode.OK
        result.stdout.no_fnmatch_line("FAILED*")

    def test_a_run_that_failed_otherwise_stays_what_it_was(self, run: Any) -> None:
        assert run("--sagemaker-ie-fail-under=100", "-k", "nothing").ret == pytest.ExitCode.NO_TESTS_COLLECTED


class TestMistakes:
    @pytest.mark.parametrize("form", ["tests", "html", "html:", "xml:report.xml", "terminal:x"])
    def test_a_form_that_there_is_not(self, run: Any, form: str) -> None:
        result = run(f"--sagemaker-ie-report={form}")
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([f"ERROR: *'{form}' is not a report: write terminal, html:FILE or json:FILE.*"])

    @pytest.mark.parametrize("percent", ["x", "101", "-1", "nan", ""])
    def test_a_percentage_that_is_none(self, run: Any, percent: str) -> None:
        result = run(f"--sagemaker-ie-fail-under={percent}")
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([f"ERROR: *'{percent}' is not a percentage from 0 to 100"])

    @pytest.mark.parametrize(
        "forms", [("html:r", "json:r"), ("html:r", "html:./new/../r"), ("json:~/r", "html:{home}/r")]
    )
    def test_two_reports_in_one_file(
        self, run: Any, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, forms: tuple[str, str]
    ) -> None:
        monkeypatch.setenv("HOME", str(pytester.path))
        monkeypatch.setenv("USERPROFILE", str(pytester.path))
        result = run(*(f"--sagemaker-ie-report={each.format(home=pytester.path)}" for each in forms))
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines(["ERROR: *two reports have the same file: give each *"])


@pytest.mark.parametrize("form", ["html", "json"])
def test_a_file_in_the_users_home(
    run: Any, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    home = pytester.mkdir("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    run(f"--sagemaker-ie-report={form}:~/report")
    assert (home / "report").stat().st_size > 1000


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_test_file_whose_name_is_not_utf_8(pytester: pytest.Pytester) -> None:
    name = os.fsdecode(b"test_\xff.py")
    Path(name).write_text("def test_it(sagemaker_ie): sagemaker_ie.list_inference_experiments()")
    pytester.runpytest_inprocess("--sagemaker-ie-report=html:r.html", "--sagemaker-ie-report=json:r.json", name)
    assert r"<code>test_\udcff.py::test_it</code>" in Path("r.html").read_text(encoding="utf-8")
    assert r"test_\udcff.py::test_it" in Path("r.json").read_text(encoding="utf-8")


def test_operations_whose_answer_depends_on_the_status_make_all_other_events() -> None:
    by_itself = {Event.START_TIME, Event.END_TIME, Event.FINISH, Event.FAIL, Event.CREATE, Event.CREATE_AT_ONCE}
    assert {event for events in BY_STATUS.values() for event in events} == set(Event) - by_itself


def test_a_report_that_cannot_be_written_fails_the_run_and_hides_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(sagemaker_ie): sagemaker_ie.list_inference_experiments()")
    pytester.mkdir("taken")
    result = pytester.runpytest("--sagemaker-ie-report=html:taken")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["FAILED: cannot write the html report: *taken*"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED
