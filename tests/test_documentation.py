"""The README, the documentation and the examples: each Python block runs, each table is true, each page builds."""

import ast
import datetime
import importlib
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import boto3
import pytest
from freezegun import freeze_time
from packaging.requirements import Requirement

import pytest_sagemaker_ie
from pytest_sagemaker_ie import Event, InferenceExperimentBackend, InferenceExperimentServer, Status
from pytest_sagemaker_ie.core.backend import service_of
from pytest_sagemaker_ie.core.lifecycle import LIFECYCLE, TRANSITIONAL, Move
from pytest_sagemaker_ie.core.rules import MAY_CHANGE, UPDATABLE
from pytest_sagemaker_ie.core.service import Service
from pytest_sagemaker_ie.mocking import now, wait
from pytest_sagemaker_ie.server.command import _reported, main
from pytest_sagemaker_ie.server.seeds import seed_from_file

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
EXAMPLES = DOCS / "examples"
README = ROOT / "README.md"
PAGES = [README, *sorted(DOCS.glob("*.md"))]


class Block(NamedTuple):
    language: str
    line: int
    """The number of the block's first line in the page, from 1."""
    text: str


def blocks_of(page: Path) -> list[Block]:
    """Return the fenced blocks of a page, directives included."""
    blocks: list[Block] = []
    fence = language = ""
    start, inside = 0, list[str]()
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if fence:
            if line.strip() == fence:
                blocks.append(Block(language, start, "\n".join(inside)))
                fence = ""
            else:
                inside.append(line)
        elif opening := re.fullmatch(r"\s*(`{3,})(\S*)(?: [^`]+)?", line):
            fence, language = opening.groups()
            start, inside = number + 1, []
    assert not fence, f"{page.name}: the block at line {start} has no end"
    return blocks


def files_of(page: Path) -> dict[str, str]:
    """Return the files that the page's blocks make, each line at the number that it has in the page.

    A block whose first line is ``# name.py`` is that file; any other Python block belongs to the one before it.
    """
    files: dict[str, list[str]] = {}
    name = f"test_{page.stem.lower().replace('-', '_')}.py"
    for language, line, text in blocks_of(page):
        if language not in ("python", "toml"):
            continue
        named = re.match(r"# (\w+\.(py|toml))$", text, re.MULTILINE)
        assert named or language == "python", f"{page.name}: the block at line {line} doesn't say which file it is"
        current = named[1] if named else name
        if current.endswith(".py"):
            name = current
        lines = files.setdefault(current, [])
        lines += [""] * (line - 1 - len(lines)) + text.splitlines()
    return {name: "\n".join([*lines, ""]) for name, lines in files.items()}


def names_of_tests(source: str) -> list[str]:
    """Return the names of the test functions, those of classes too."""
    names = [node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert not [name for name, times in Counter(names).items() if times > 1], "a name that hides another"
    return [name for name in names if name.startswith("test_")]


RunPytest = Callable[..., pytest.RunResult]


@pytest.fixture
def run_pytest(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> RunPytest:
    """Run pytest as a user would who has installed the package and no other plugin."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-W error --strict-markers -p sagemaker_ie -p no:cacheprovider")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(EXAMPLES)

    def run(directory: Path, *arguments: str) -> pytest.RunResult:
        monkeypatch.chdir(directory)
        for each in directory.glob("*.py"):  # some are called as modules of this suite are
            monkeypatch.delitem(sys.modules, each.stem, raising=False)
        return pytester.runpytest_inprocess(*arguments)

    return run


def passed(result: pytest.RunResult) -> int:
    """Return how many tests of a run passed; fail if any did not."""
    assert result.ret == pytest.ExitCode.OK
    return result.parseoutcomes()["passed"]


@pytest.mark.parametrize("page", [page for page in PAGES if files_of(page)], ids=lambda page: page.name)
def test_the_blocks_of_a_page(page: Path, tmp_path: Path, run_pytest: RunPytest) -> None:
    expected = 0
    for name, text in files_of(page).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        expected += len(names_of_tests(text)) if name.endswith(".py") else 0

    assert passed(run_pytest(tmp_path)) >= expected > 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_python_block_is_missed(page: Path) -> None:
    fences = re.findall(r"^\s*(?:`{3,}|~{3,}|:{3,})\s*(?:python|py\b|\{code)", page.read_text("utf-8"), re.MULTILINE)
    assert len(fences) == [block.language for block in blocks_of(page)].count("python")


def test_pages_with_blocks() -> None:
    without = {"assumptions", "changes", "supported"}
    assert {page.stem for page in PAGES if files_of(page)} == {page.stem for page in PAGES} - without


def test_the_examples(run_pytest: RunPytest) -> None:
    modules = sorted(EXAMPLES.glob("test_*.py"))
    assert [each.name for each in modules] == ["test_promotion.py", "test_rollout.py"]
    expected = sum(len(names_of_tests(each.read_text(encoding="utf-8"))) for each in modules)
    assert passed(run_pytest(ROOT, "docs/examples")) > expected


def test_the_mistake_that_the_tutorial_shows(tmp_path: Path, run_pytest: RunPytest) -> None:
    files = files_of(DOCS / "tutorial.md")
    (tmp_path / "rollout.py").write_text(files["rollout.py"])
    right = 'status="Running")\ndef test_extend():'
    assert right in files["test_rollout.py"]
    (tmp_path / "test_rollout.py").write_text(files["test_rollout.py"].replace(right, right.replace("nn", "n")))

    output = run_pytest(tmp_path, "-k", "test_extend and not test_extend_").stdout.str()

    (shown,) = [block.text for block in blocks_of(DOCS / "tutorial.md") if block.language == "text"]
    assert f"\n{shown}\n" in output
    assert "1 error" in output


@pytest.mark.parametrize(
    ("test", "right", "wrong", "options", "position"),
    [
        ("test_extended_twice", "timedelta(days=5)", "timedelta(days=10)", (), 0),
        ("test_one_update", 'extend("churn-v2", days=3)', 'extend("churn-v2", days=4)', (), 1),
        ("test_extended_twice", "", "", ("--sagemaker-ie-report",), 2),
    ],
    ids=["the section of a failure", "a failing assertion", "the report over the suite"],
)
def test_what_the_reports_page_shows(
    tmp_path: Path,
    run_pytest: RunPytest,
    test: str,
    right: str,
    wrong: str,
    options: tuple[str, ...],
    position: int,
) -> None:
    source = files_of(DOCS / "reports.md")["test_reports.py"]
    assert right in source
    (tmp_path / "test_reports.py").write_text(source.replace(right, wrong))

    output = run_pytest(tmp_path, "-k", test, *options).stdout.str()

    shown = [block.text for block in blocks_of(DOCS / "reports.md") if block.language == "text"]
    assert f"\n{shown[position]}\n" in output


def test_the_picture_of_a_failure_shows_what_the_reports_page_shows(extension: Callable[[str], ModuleType]) -> None:
    module = extension("failure_picture")
    assert module.PICTURE.read_text(encoding="utf-8") == module.picture(module.section())


def test_the_keys_of_the_json_report(tmp_path: Path, run_pytest: RunPytest) -> None:
    (tmp_path / "test_nothing.py").write_text("def test_nothing(): pass")
    run_pytest(tmp_path, "--sagemaker-ie-report=json:report.json")
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    table = dict(table_rows(DOCS / "reports.md", "key", "value"))
    assert [key.strip("`") for key in table] == list(report)
    for key in ("cells", "moves", "errors"):
        assert set(re.findall(r"`(\w+)`", table[f"`{key}`"])) - {"null"} == set(report[key][0])


def test_the_commands_of_the_readme() -> None:
    commands = [
        line
        for block in blocks_of(README)
        if block.language == "console"
        for line in block.text.splitlines()
        if "venv" in line
    ]
    assert len(commands) == 2
    # Not `python -m pytest` for the examples: that would import the checkout and not what was installed.
    for command, environment, does in zip(
        commands, [".venv-examples", ".venv-test"], ["pytest docs/examples", "python -m pytest -n 2"], strict=True
    ):
        create, install, run = command.split(" && ")
        assert create == f"python3 -m venv {environment}"
        assert install in (f"{environment}/bin/pip install -q .", f'{environment}/bin/pip install -q -e ".[test]"')
        assert run == f"{environment}/bin/{does}"


@pytest.mark.parametrize(
    "page",
    [README, *(ROOT / f"{name}.md" for name in ("CONTRIBUTING", "CHANGELOG", "SECURITY"))],
    ids=lambda page: page.name,
)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
        assert (ROOT / target).exists(), target


def test_the_reference_names_the_whole_surface(tmp_path: Path, run_pytest: RunPytest) -> None:
    reference = (DOCS / "reference.md").read_text(encoding="utf-8")
    help_text = run_pytest(tmp_path, "--help").stdout.str()
    options = set(re.findall(r"--sagemaker-ie-[a-z-]+|sagemaker_ie_\w+", help_text))
    assert len(options) >= 4
    names = {*options, *pytest_sagemaker_ie.__all__, "AWS_DEFAULT_REGION"}
    assert [name for name in names if name not in reference] == []


def test_each_public_error_links_to_its_page() -> None:
    reference = (DOCS / "reference.md").read_text(encoding="utf-8")
    errors = dict(re.findall(r"autoexception:: (\w+)\n```\n\n(.+(?:\n.+)*)", reference))
    public = [name for name in pytest_sagemaker_ie.__all__ if _is_exception(getattr(pytest_sagemaker_ie, name))]
    assert sorted(errors) == sorted(public)
    for name, text in errors.items():
        assert re.search(r"\]\([\w-]*(\.md)?(#[\w-]+)?\)", text), name


def _is_exception(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, BaseException)


def test_the_supported_versions_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = {each.name: str(each.specifier) for each in map(Requirement, project["dependencies"])}
    required["Python"] = project["requires-python"]
    rows = table_rows(DOCS / "supported.md", "", "oldest version", "for how long")
    assert {name: f">={oldest}" for name, oldest, _ in rows} == {
        name: bound for name, bound in required.items() if name != "tomli"
    }


def test_the_reference_lists_what_a_backend_has_and_no_more(sagemaker_ie_backend: InferenceExperimentBackend) -> None:
    [listed] = re.findall(
        r"autoclass:: InferenceExperimentBackend\n +:members: (.+)", (DOCS / "reference.md").read_text(encoding="utf-8")
    )
    assert sorted(listed.split(", ")) == [name for name in dir(sagemaker_ie_backend) if not name.startswith("_")]


def table_rows(page: Path, *header: str) -> list[list[str]]:
    """Return the cells of the one Markdown table that has this header."""
    lines = page.read_text(encoding="utf-8").splitlines()
    row = lines.index(f"| {' | '.join(header)} |") + 2
    rows = []
    while row < len(lines) and lines[row].startswith("|"):
        rows.append([cell.strip() for cell in lines[row].strip("|").split("|")])
        row += 1
    return rows


def test_the_schedules_of_seeds(sagemaker_ie_backend: InferenceExperimentBackend) -> None:
    now = datetime.datetime(2026, 3, 2, tzinfo=datetime.timezone.utc)

    def when(words: str) -> datetime.datetime:
        days = int((re.search(r"\d+", words) or ["0"])[0])
        return now + datetime.timedelta(days=-days if words.endswith("ago") else days)

    seen = []
    with freeze_time(now):
        for statuses, start, end in table_rows(DOCS / "reference.md", "status", "StartTime", "EndTime"):
            for status in statuses.split(", "):
                experiment = sagemaker_ie_backend.seed(f"seed-{status}", status)
                assert experiment.schedule == {"StartTime": when(start), "EndTime": when(end)}, status
                seen.append(status)
    assert sorted(seen) == sorted(Status)


def test_where_seeds_in_a_passing_status_go(sagemaker_ie_backend: InferenceExperimentBackend) -> None:
    now = datetime.datetime(2026, 3, 2, tzinfo=datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    # Whether the time that decides has come: the StartTime of an update, the EndTime of a stop.
    schedules = {
        (Status.UPDATING, True): {"StartTime": now - day},
        (Status.UPDATING, False): {"StartTime": now + day},
        (Status.STOPPING, True): {"EndTime": now - day},
        (Status.STOPPING, False): {"StartTime": now - day, "EndTime": now + day},
    }
    seen = []
    with freeze_time(now):
        for name, goes_on_to in table_rows(DOCS / "polling.md", "seeded in", "goes on to"):
            status = Status(name)
            ends = goes_on_to.split(", else ")
            for end in ends:
                schedule = schedules.get((status, " if its " in end), {})
                experiment = sagemaker_ie_backend.seed(
                    f"seed-{len(seen)}", status, transition={"progression": "manual", "times": 1}, Schedule=schedule
                )
                boto3.client("sagemaker").describe_inference_experiment(Name=experiment.name)
                assert experiment.status == end.split()[0], (status, end)
                seen.append(status)
    assert set(seen) == TRANSITIONAL


def test_the_header_that_says_what_is_not_checked(tmp_path: Path, run_pytest: RunPytest) -> None:
    (shown,) = [block.text for block in blocks_of(DOCS / "checks.md") if block.language == "text"]
    (tmp_path / "test_nothing.py").write_text("def test_nothing(): pass")
    assert shown in run_pytest(tmp_path, "-o", "sagemaker_ie_parameter_validation=false").outlines
    assert shown not in run_pytest(tmp_path).stdout.str()


def test_the_seed_file_and_the_lines_of_the_command(
    tmp_path: Path, sagemaker_ie_backend: InferenceExperimentBackend
) -> None:
    page = DOCS / "other-processes.md"
    path = tmp_path / "seeds.toml"
    path.write_text(files_of(page)["seeds.toml"], encoding="utf-8")
    model = service_of(sagemaker_ie_backend).model
    service = Service(model, region=lambda: "eu-central-1", account_id="123456789012", clock=now, wait=wait)
    assert seed_from_file(path, InferenceExperimentBackend(service)) == 2

    lines: list[str] = []
    answer = _reported(service, lines.append)
    for operation, parameters in (
        ("StopInferenceExperiment", {"ModelVariantActions": {"shadow": "Promote"}, "DesiredState": "Completed"}),
        ("DescribeInferenceExperiment", {}),
        ("UpdateInferenceExperiment", {"Description": "too late"}),
    ):
        body = json.dumps({"Name": "churn-v2", **parameters}).encode()
        answer(operation, "eu-central-1", body, model.operation_model(operation).input_shape)

    (shown,) = [block.text for block in blocks_of(page) if block.language == "text"]
    assert lines == shown.splitlines()


def test_the_options_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help", "--version"}
    rows = table_rows(DOCS / "other-processes.md", "option", "default")
    assert {row[0].strip("`").split()[0] for row in rows} == options


def test_the_environment_of_the_server(
    sagemaker_ie_server: InferenceExperimentServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    rows = table_rows(DOCS / "other-processes.md", "variable", "value")
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row[0])} == sagemaker_ie_server.environment.keys()


@pytest.fixture
def extension(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Import a module of the documentation's own."""
    monkeypatch.syspath_prepend(DOCS / "_extensions")
    return importlib.import_module


REQUESTS: dict[str, list[dict[str, Any]]] = {
    "Update": [{"Description": "changed"}],
    "Start": [{}],
    "Stop": [
        {"ModelVariantActions": {"production": "Retain"}, "DesiredState": state} for state in ("Completed", "Cancelled")
    ],
    "Delete": [{}],
}


def test_the_table_of_operations_is_what_the_client_answers(
    extension: Callable[[str], ModuleType], sagemaker_ie_backend: InferenceExperimentBackend
) -> None:
    module = extension("operation_table")
    table = module.operation_table(LIFECYCLE, MAY_CHANGE)
    client = boto3.client("sagemaker")

    for status in Status:
        assert table[status].keys() == REQUESTS.keys()
        for operation, requests in REQUESTS.items():
            ends = []
            for request in requests:
                experiment = sagemaker_ie_backend.seed(f"{status}-{operation}-{len(ends)}", status)
                call = getattr(client, f"{operation.lower()}_inference_experiment")
                try:
                    call(Name=experiment.name, **request)
                except client.exceptions.ConflictException:
                    ends.append(module.REFUSED)
                    assert experiment.status is status
                else:
                    ends.append(experiment.status or "(no experiment)")
            assert table[status][operation] == " or ".join(dict.fromkeys(ends)), (status, operation)


def test_a_life_cycle_and_rules_that_disagree_on_updates(extension: Callable[[str], ModuleType]) -> None:
    module = extension("operation_table")
    with pytest.raises(module.TableError, match="do not agree on updates in the status Completed"):
        module.operation_table(LIFECYCLE, {*MAY_CHANGE, Status.COMPLETED})


def test_each_rule_is_shown_on_one_of_its_pages(extension: Callable[[str], ModuleType]) -> None:
    pytest.importorskip("docutils")
    module = extension("rule_pages")
    shown = []
    for page, directive in (("fidelity", "sourced-rules"), ("assumptions", "assumptions")):
        for block in re.findall(rf"^```{{{directive}}} (.+)$", (DOCS / f"{page}.md").read_text("utf-8"), re.MULTILINE):
            shown += [rule.id for rule in module.of_section(block, assumptions=page == "assumptions")]
    assert sorted(shown) == sorted(rule.id for rule in module.rules.RULES)


def test_a_rule_is_confirmed_by_the_latest_report_of_the_service(
    extension: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    pytest.importorskip("docutils")
    confirmed = extension("rule_pages").confirmed
    for number, (date, aws, outcome) in enumerate(
        [
            ("2030-01-01", True, "agrees"),
            ("2030-02-01", True, "not run"),
            ("2030-03-01", False, "differs"),
        ]
    ):
        report = {"date": date, "aws": aws, "rules": {"a": {"outcome": outcome}}}
        (tmp_path / f"{number}.json").write_text(json.dumps(report))
    assert confirmed("a", tmp_path) == "confirmed on 2030-01-01"
    assert confirmed("b", tmp_path) == "not confirmed"
    (tmp_path / "later.json").write_text(
        json.dumps({"date": "2030-04-01", "aws": True, "rules": {"a": {"outcome": "differs"}}})
    )
    assert confirmed("a", tmp_path) == "differs on 2030-04-01"


def test_the_diagram_is_drawn_from_the_table(extension: Callable[[str], ModuleType]) -> None:
    module = extension("state_diagram")
    assert module.DRAWING.read_text(encoding="utf-8") == module.state_diagram(LIFECYCLE)


def test_the_diagram_shows_the_whole_table(extension: Callable[[str], ModuleType]) -> None:
    module = extension("state_diagram")
    svg = ElementTree.fromstring(module.state_diagram(LIFECYCLE))

    texts = Counter(element.text for element in svg.iter("{http://www.w3.org/2000/svg}text"))
    assert {status: texts[status] for status in Status} == dict.fromkeys(Status, 1)
    assert {event for event in Event if not texts[event]} == {Event.FINISH}  # that is what a dashed arrow means
    # An arrow may stand for several moves from one status, each named at it; so count those.
    for event in Event:
        assert texts[event] >= sum(key[1] is event for key in LIFECYCLE), event

    paths = [element.get("class", "") for element in svg.iter("{http://www.w3.org/2000/svg}path")]
    arrows = [each for each in paths if each.startswith("arrow")]
    assert len(arrows) == len(module.arrows(LIFECYCLE))
    assert sum("by-itself" in each for each in arrows) == len(
        {(move.through, move.to) for move in LIFECYCLE.values() if move.through}
    )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {(Status.COMPLETED, Event.START): Move(Status.STARTING, Status.RUNNING, "")},
            "arrow with no place in the drawing: Completed -> Starting",
        ),
        (
            {(Status.CREATED, Event.STOP_CANCELLED): Move(None, "Paused", "")},
            "no place in the drawing: Created -> Paused",
        ),
        ({(Status.CREATED, Event.DELETE): None}, "arrow with a place .* none in the table: Created -> None"),
        (
            {(Status.RUNNING, Event.UPDATE): Move(Status.UPDATING, Status.STOPPING, "")},
            "no place in the drawing: Updating -> Stopping by itself",
        ),
        (
            {(Status.STOPPING, Event.FAIL): None, (Status.RUNNING, Event.STOP_CANCELLED): None},
            "a place in the drawing but none in the table: Stopping -> Cancelled; Stopping -> Cancelled by itself",
        ),
    ],
)
def test_a_table_that_does_not_fit_the_diagram(
    changed: dict[tuple[Status | None, Event], Move | None], message: str, extension: Callable[[str], ModuleType]
) -> None:
    table = {key: move for key, move in {**LIFECYCLE, **changed}.items() if move is not None}
    module = extension("state_diagram")
    with pytest.raises(module.LayoutError, match=message):
        module.state_diagram(table)


@pytest.mark.slow
def test_the_build_has_no_warning(tmp_path: Path) -> None:
    for needed in ("sphinx", "furo", "myst_parser", "sphinx_copybutton"):
        pytest.importorskip(needed)
    html = tmp_path / "html"
    result = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "-n", "--keep-going", "-q", "-d", tmp_path / "doctrees", DOCS, html],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")

    rules = (html / "rules.html").read_text(encoding="utf-8")
    assert rules.count('<svg class="life-cycle"') == 1
    for field in UPDATABLE:
        assert f">{field}</" in rules
    assert rules.count("<tr") >= len(LIFECYCLE) + len(UPDATABLE) + len(Status) + 3

    index = json.loads((html / "searchindex.js").read_text(encoding="utf-8")[len("Search.setIndex(") : -1])
    for stem, page in (  # as Sphinx stems the words sampling, hypothesis, CloudWatch and guard
        ("sampl", "cookbook"),
        ("hypothesi", "reference"),
        ("cloudwatch", "other-tools"),
        ("guard", "other-tools"),
    ):
        found = [index[where].get(stem, []) for where in ("terms", "titleterms")]  # of a word on one page, its number
        numbers = [number for each in found for number in ([each] if isinstance(each, int) else each)]
        assert page in [index["docnames"][number] for number in numbers], stem
