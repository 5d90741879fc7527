"""The pytest layer: fixtures, marker and options. What they do is `mock_inference_experiments`'s affair.

pytest loads this module in every run, so it imports nothing of boto3, botocore or freezegun.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from pytest_sagemaker_ie import botocore_hook
from pytest_sagemaker_ie.core.backend import InferenceExperimentBackend
from pytest_sagemaker_ie.core.errors import SeedError
from pytest_sagemaker_ie.environment import region_for_imports
from pytest_sagemaker_ie.frozen import frozen_by_decorator
from pytest_sagemaker_ie.mocking import DEFAULT_ACCOUNT_ID, DEFAULT_REGION, mock_inference_experiments

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

_MARKER = "sagemaker_ie"
_BACKEND = "sagemaker_ie_backend"
_VALIDATION = "parameter_validation"
_SIGNATURE = (
    'sagemaker_ie(name, status="Created", *, region=None, transition=None, parameter_validation=True, **parameters)'
)

botocore_hook.install()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("sagemaker_ie", "SageMaker inference experiments")
    for name, metavar, text in (
        (
            "region",
            "REGION",
            "region of clients and seeds that name none"
            f" (default: the one that is configured for AWS, else {DEFAULT_REGION})",
        ),
        ("account_id", "DIGITS", f"account id in the ARNs (default: {DEFAULT_ACCOUNT_ID})"),
    ):
        group.addoption(f"--sagemaker-ie-{name.replace('_', '-')}", metavar=metavar, help=text)
        parser.addini(f"sagemaker_ie_{name}", text)
    parser.addini(
        "sagemaker_ie_parameter_validation",
        "hold requests and seeds to the service model's lengths, ranges, patterns and enums (default: true)",
        type="bool",
        default=True,
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{_SIGNATURE}: seed an inference experiment and answer every SageMaker client of the test;"
        " parameters are spelled as CreateInferenceExperiment and"
        " DescribeInferenceExperiment spell them.",
    )
    try:
        _mock(config, _validates(config))
    except ValueError as error:
        raise pytest.UsageError(f"pytest-sagemaker-ie: {error}") from None


def pytest_report_header(config: pytest.Config) -> str | None:
    if _validates(config):
        return None
    return "sagemaker_ie: the service model's lengths, ranges, patterns and enums are not checked"


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    with _region_for_imports(early_config):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    with _region_for_imports(session.config):
        return (yield)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let a marked test be stubbed whether or not it names a fixture: otherwise it would call AWS."""
    if isinstance(item, pytest.Function) and item.get_closest_marker(_MARKER) is not None:
        # A new list: the present one is shared by all the parameters' items of the function.
        names = [name for name in item.fixturenames if name != _BACKEND]
        definitions = item._fixtureinfo.name2fixturedefs
        wider = [name for name in names if name in definitions and definitions[name][-1].scope != "function"]
        # Before the test's own fixtures, which may call SageMaker; after those of a wider scope, which outlive it.
        item.fixturenames = [*wider, _BACKEND, *(name for name in names if name not in wider)]


@pytest.fixture
def sagemaker_ie_backend(request: pytest.FixtureRequest) -> Iterator[InferenceExperimentBackend]:
    """The account behind the test's SageMaker clients, with the experiments that its markers seed."""
    validates = next(
        (bool(mark.kwargs[_VALIDATION]) for mark in _marks(request.node) if _VALIDATION in mark.kwargs),
        _validates(request.config),
    )
    with _mock(request.config, validates) as backend:
        with frozen_by_decorator(getattr(request.node, "obj", None)):
            _seed_marked(request.node, backend)
        yield backend


@pytest.fixture
def sagemaker_ie(sagemaker_ie_backend: InferenceExperimentBackend) -> "SageMakerClient":
    """A real boto3 SageMaker client, answered by `sagemaker_ie_backend`."""
    from pytest_sagemaker_ie.client import fresh_client

    return fresh_client(sagemaker_ie_backend.region)


def _option(config: pytest.Config, name: str) -> str | None:
    return config.getoption(f"sagemaker_ie_{name}", None) or config.getini(f"sagemaker_ie_{name}") or None


def _validates(config: pytest.Config) -> bool:
    return bool(config.getini("sagemaker_ie_parameter_validation"))


def _mock(config: pytest.Config, parameter_validation: bool) -> AbstractContextManager[InferenceExperimentBackend]:
    return mock_inference_experiments(
        region=_option(config, "region"),
        account_id=_option(config, "account_id") or DEFAULT_ACCOUNT_ID,
        parameter_validation=parameter_validation,
    )


def _region_for_imports(config: pytest.Config) -> AbstractContextManager[None]:
    """A module that makes its client when it is imported needs a region then: the one that its tests will have."""
    return region_for_imports(_option(config, "region"), DEFAULT_REGION)


def _marks(node: pytest.Item) -> Iterator[pytest.Mark]:
    """Give the test's markers, the closest first."""
    for place in reversed(list(_places(node))):
        yield from place


def _seed_marked(node: pytest.Item, backend: InferenceExperimentBackend) -> None:
    wanted: dict[tuple[object, object], pytest.Mark] = {}
    for place in _places(node):
        here: dict[tuple[object, object], pytest.Mark] = {}
        for mark in place:
            if not mark.args and set(mark.kwargs) == {_VALIDATION}:
                continue  # it says how strict the test is, and seeds nothing
            key = _key(node, mark, backend.region)
            if key in here:
                _refuse(node, f"{key[0]!r} is seeded twice in one place, in {key[1]}")
            here[key] = mark
        wanted.update(here)
    mistake = None
    for mark in wanted.values():
        try:
            backend.seed(*mark.args, **{name: each for name, each in mark.kwargs.items() if name != _VALIDATION})
        except SeedError as error:
            mistake = str(error)
            break
    if mistake is not None:  # said here, so that pytest shows the mistake without the exception it came from
        _refuse(node, mistake)


def _places(node: pytest.Item) -> Iterator[list[pytest.Mark]]:
    """Give the test's markers place by place, the closest last: module, class and its bases, function, parameters."""
    for each in node.listchain():
        if isinstance(each, pytest.Class):
            # pytest puts a class's own marks and its bases' into one list; here a subclass is closer than its base.
            for cls in reversed(each.obj.__mro__):
                yield _ours(_own_marks(cls))
            continue
        parameters = getattr(getattr(each, "callspec", None), "marks", [])
        yield _ours([mark for mark in each.own_markers if not any(mark is other for other in parameters)])
        yield _ours(parameters)


def _own_marks(cls: type) -> list[pytest.Mark]:
    """The marks that stand on this very class; pytest keeps them in its `pytestmark`, one or a list."""
    kept: Any = vars(cls).get("pytestmark", [])
    marks: list[Any] = kept if isinstance(kept, list) else [kept]
    return [mark.mark if isinstance(mark, pytest.MarkDecorator) else mark for mark in marks]


def _ours(marks: Iterable[pytest.Mark]) -> list[pytest.Mark]:
    return [mark for mark in marks if mark.name == _MARKER]


def _key(node: pytest.Item, mark: pytest.Mark, region: str) -> tuple[object, object]:
    name = mark.kwargs.get("name", mark.args[0] if mark.args else None)
    if name is None or len(mark.args) + ("name" in mark.kwargs) + ("status" in mark.kwargs) > 2:
        arguments = [*map(repr, mark.args), *(f"{key}={value!r}" for key, value in mark.kwargs.items())]
        _refuse(
            node,
            f"sagemaker_ie({', '.join(arguments)}) is not a seed: the marker takes the experiment's name, its status,"
            f" and the rest by keyword: {_SIGNATURE}",
        )
    return name, mark.kwargs.get("region") or region


def _refuse(node: pytest.Item, mistake: str) -> NoReturn:
    pytest.fail(f"{node.nodeid}: marker sagemaker_ie: {mistake}", pytrace=False)
