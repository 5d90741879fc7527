"""The benchmarks run and print every row; how fast anything is, no test says."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from benchmarks import __main__ as command
from benchmarks.rounds import Contender, medians
from benchmarks.table import Budget, Row, shown_time

ROOT = Path(__file__).parents[1]

# By the beginning of its title: the contenders of each row, the one compared with first.
ROWS = {
    "One UpdateInferenceExperiment: Name and Description": ("floor", "ours", "Stubber", "moto: update_trial_component"),
    "One UpdateInferenceExperiment: all parameters": ("floor", "ours", "Stubber", "moto: update_trial_component"),
    "Set-up, one call and tear-down of a test": (
        "fresh client + Stubber",
        "ours",
        "ours, region in an AWS config file",
        "moto at best: client and session kept",
        "moto by default: a new client",
    ),
    "A SageMaker client in a new session, outside and inside an account": ("outside", "inside"),
    "A test of code that makes a client in a new session": (
        "Stubber",
        "ours",
        "moto",
        "ours and moto, for a test of both",
    ),
    "Added to a pytest run that does not use the plugin": ("without the plugin", "with the plugin"),
    "Added to the tests of a run that does not use the plugin": ("without the plugin", "with the plugin"),
    **{
        f"With many experiments in the region: {call}": ("10 experiments", "1,000 experiments")
        for call in (
            "DescribeInferenceExperiment",
            "UpdateInferenceExperiment",
            "CreateInferenceExperiment and DeleteInferenceExperiment",
            "ListInferenceExperiments by Name",
            "ListInferenceExperiments by CreationTime",
            "ListInferenceExperiments by Status",
        )
    },
    "The memory of 1,000 seeds": (),
    "One look in a loop that sleeps a minute after each, under the virtual clock": ("plain", "ours"),
    **{
        f"One update over HTTP: {of}": ("moto_server: update_trial_component", "ours")
        for of in (
            "one boto3 client",
            "32 clients at once, seconds for each call of all",
            "32 clients at once, 99 of 100 calls within",
        )
    },
}


@pytest.mark.slow
def test_the_command_prints_every_row_with_its_contenders_and_budgets():
    for needed in ("moto", "flask_cors"):
        pytest.importorskip(needed)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "--quick"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    blocks = ran.stdout.split("\n\n")[1:]
    assert len(blocks) == len(ROWS)
    for block, (title, contenders) in zip(blocks, ROWS.items(), strict=True):
        assert block.startswith(title)
        for contender in contenders:
            assert re.search(rf"^ +{re.escape(contender)} +[\d.]+ (µs|ms) +[-+\d.]+ (x|ms)$", block, re.MULTILINE), (
                block
            )
        assert re.search(r"^ +budget: .+: .+, (met|MISSED)$", block, re.MULTILINE), block
    assert "budget: imports none of boto3, botocore, freezegun: none, met" in ran.stdout


def test_a_row_can_be_asked_for_alone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked = []
    for name in command.ROWS:
        row = Row(name, "how", {"ours": 1.0}, base="ours", budgets=[])
        monkeypatch.setitem(command.ROWS, name, lambda row=row, **how: asked.append(how) or [row])
    command.main(["--quick", "unused_plugin"])
    assert asked == [{"quick": True}]
    assert [block.splitlines()[0] for block in capsys.readouterr().out.split("\n\n")[1:]] == ["unused_plugin"]


def test_an_unknown_row_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        command.main(["no_such_row"])
    assert caught.value.code == 2
    rows = "update_call, setup_call_teardown, session_clients, unused_plugin, scale, looks, over_http"
    assert f"there is no row 'no_such_row'; there are {rows}" in capsys.readouterr().err


def test_contenders_take_turns_and_each_is_called_as_often_as_it_says():
    happened: list[str] = []

    def contender(name: str, calls: int) -> Contender:
        return Contender(name, lambda: nullcontext(lambda: happened.append(name)), calls)

    medians([contender("A", 1), contender("B", 2), contender("C", 1)], rounds=3)
    # The uncounted round first; then each begins one further on.
    assert "".join(happened) == "CABB" + "ABBC" + "BBCA" + "CABB"


def test_a_time_is_the_median_over_the_rounds_of_the_mean_over_a_turns_calls():
    now = 0.0
    durations = iter([99, 99, 1, 3, 10, 20, 4, 4])  # a warm-up round and three counted, two calls each

    def call() -> None:
        nonlocal now
        now += next(durations)

    @contextmanager
    def turn() -> Iterator[object]:
        nonlocal now
        now += 1000  # what a turn does before and after its calls is not timed
        yield call
        now += 1000

    assert medians([Contender("A", turn, 2)], rounds=3, clock=lambda: now) == {"A": 4}


@pytest.mark.parametrize(
    ("budget", "line"),
    [
        (Budget.of_ratio("ours", 1.15, 1.15, "the floor", 1), "ours at most 1.15 times the floor: 1.1500, met"),
        (Budget.of_ratio("ours", 1.16, 1.15, "the floor", 1), "ours at most 1.15 times the floor: 1.1600, MISSED"),
        (Budget.of_time("ours", 0.001, 0.001), "ours at most 1.00 ms: 1.00 ms, met"),
        (Budget.of_time("ours", 0.002, 0.001), "ours at most 1.00 ms: 2.00 ms, MISSED"),
    ],
)
def test_a_row_says_whether_its_budget_is_met(budget, line):
    row = Row("Title", "how", {"the floor": 1.0, "ours": 1.15}, base="the floor", budgets=[budget])
    assert str(row).splitlines() == [
        "Title",
        "  how",
        "    the floor    1000 ms      1.00 x",
        "    ours         1150 ms      1.15 x",
        f"    budget: {line}",
    ]


def test_a_row_may_show_differences():
    row = Row("Title", "how", {"without": 0.2, "with": 0.25}, base="without", budgets=[], difference=True)
    assert str(row).splitlines()[2:] == ["    without     200 ms      +0.0 ms", "    with        250 ms     +50.0 ms"]


@pytest.mark.parametrize(
    ("seconds", "shown"), [(12.34e-6, "12.3 µs"), (1.2e-3, "1.20 ms"), (0.2, "200 ms"), (-1e-3, "-1000.0 µs")]
)
def test_times_are_shown_in_the_unit_that_suits_them(seconds, shown):
    assert shown_time(seconds) == shown
